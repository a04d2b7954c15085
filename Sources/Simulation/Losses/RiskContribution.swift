public import LinearAlgebra

/// A risk measure of a book, split into what each position adds to it.
///
/// Both measures are homogeneous of degree one in the quantities, so Euler's theorem gives
/// components that sum to the whole: the component of position j is its mean loss in the scenarios
/// that make up the measure (Tasche, "Risk contributions and performance measurement", 1999).
public struct RiskContribution: Sendable, Hashable {
  /// The measure of the whole book.
  public let total: Double
  /// What each position adds, in the order of the columns of the P&L; they sum to `total`.
  public let components: [Double]
  /// What one more unit of each position adds, to first order: the component for each unit held, and
  /// defined also where nothing is held.
  public let marginals: [Double]
}

extension RiskContribution {
  /// Components of expected shortfall: mean losses in the tail of mass 1 − `confidence`.
  ///
  /// Scenarios with a loss of exactly value-at-risk share what is left of the tail, so the result
  /// does not depend on the order of scenarios.
  /// - Parameters:
  ///   - profitAndLoss: P&L of one unit of each instrument, scenarios × instruments.
  ///   - quantities: what is held of each instrument.
  ///   - weights: relative weights of the scenarios; nil where all are equal.
  /// - Throws: what `LossDistribution.init` throws.
  public static func expectedShortfall(
    _ confidence: Double, profitAndLoss: Matrix, quantities: [Double], weights: [Double]? = nil
  ) throws(SimulationError) -> RiskContribution {
    let distribution = try LossDistribution(
      losses: losses(profitAndLoss, quantities: quantities), weights: weights)
    let q = distribution.valueAtRisk(confidence)
    let p = 1 - confidence
    var (beyond, at) = ([(Int, Double)](), [(Int, Double)]())
    for (s, loss) in distribution.losses.enumerated() where loss >= q {
      if loss > q {
        beyond.append((s, distribution.weight(s)))
      } else {
        at.append((s, distribution.weight(s)))
      }
    }
    let massBeyond = beyond.lazy.map { $0.1 }.compensatedSum()
    let massAt = at.lazy.map { $0.1 }.compensatedSum()
    let share = massAt > 0 ? (p - massBeyond) / massAt : 0
    let tail = (beyond + at.map { ($0.0, $0.1 * share) }).map { ($0.0, $0.1 / p) }
    let marginals = meanLosses(profitAndLoss, over: tail)
    return RiskContribution(
      total: distribution.expectedShortfall(confidence),
      components: zip(quantities, marginals).map(*), marginals: marginals)
  }

  /// Components of value-at-risk: mean losses in the scenarios around the order statistic.
  ///
  /// The one scenario that attains value-at-risk gives components that jump with the sample.
  /// Averaging over `neighbours` order statistics on either side steadies them; they are then scaled
  /// to sum to value-at-risk (Epperlein and Smillie, "Cracking VaR with kernels", Risk 2006).
  /// - Parameter neighbours: order statistics on either side that are averaged; 0 for the scenario
  ///   alone (all of them, where several attain it).
  /// - Throws: what `LossDistribution.init` throws.
  public static func valueAtRisk(
    _ confidence: Double, profitAndLoss: Matrix, quantities: [Double], weights: [Double]? = nil,
    neighbours: Int = 0
  ) throws(SimulationError) -> RiskContribution {
    precondition(neighbours >= 0, "The number of neighbours cannot be negative.")
    let distribution = try LossDistribution(
      losses: losses(profitAndLoss, quantities: quantities), weights: weights)
    let q = distribution.valueAtRisk(confidence)
    let L = distribution.losses
    let order = L.indices.sorted { (L[$0], $1) > (L[$1], $0) }
    guard let first = order.firstIndex(where: { L[$0] <= q }),
      let last = order.lastIndex(where: { L[$0] >= q })
    else {
      let none = quantities.map { _ in 0.0 }
      return RiskContribution(total: q, components: none, marginals: none)
    }
    let window = order[max(first - neighbours, 0)...min(last + neighbours, L.count - 1)]
    let mass = window.lazy.map { distribution.weight($0) }.compensatedSum()
    let members = window.map { s in
      (s, mass > 0 ? distribution.weight(s) / mass : 1 / Double(window.count))
    }
    var marginals = meanLosses(profitAndLoss, over: members)
    let sum = zip(quantities, marginals).lazy.map(*).compensatedSum()
    if neighbours > 0 && sum != 0 { marginals = marginals.map { $0 * (q / sum) } }
    return RiskContribution(
      total: q, components: zip(quantities, marginals).map(*), marginals: marginals)
  }

  /// What each position adds as a whole: the risk of the book less that of the book without it.
  ///
  /// - Parameters: As of `expectedShortfall(_:profitAndLoss:quantities:weights:)`.
  /// - Throws: what `LossDistribution.init` throws.
  /// - Complexity: O(scenarios) for each position.
  public static func incremental(
    _ confidence: Double, profitAndLoss: Matrix, quantities: [Double], weights: [Double]? = nil
  ) throws(SimulationError) -> [TailRisk] {
    let whole = losses(profitAndLoss, quantities: quantities)
    let book = try LossDistribution(losses: whole, weights: weights).tailRisk(confidence)
    var result: [TailRisk] = []
    for (j, quantity) in quantities.enumerated() {
      var rest = whole
      BLAS.axpy(
        rest.count, quantity,
        Array(profitAndLoss.elements[(j * rest.count)..<((j + 1) * rest.count)]),
        &rest)
      let without = try LossDistribution(losses: rest, weights: weights).tailRisk(confidence)
      result.append(
        TailRisk(
          valueAtRisk: book.valueAtRisk - without.valueAtRisk,
          expectedShortfall: book.expectedShortfall - without.expectedShortfall))
    }
    return result
  }

  /// −Σ wₛ Pₛⱼ over the given scenarios, for one unit of each position.
  private static func meanLosses(
    _ pnl: Matrix, over scenarios: [(scenario: Int, weight: Double)]
  ) -> [Double] {
    (0..<pnl.columns).map { j in
      -scenarios.lazy.map { $0.weight * pnl.elements[j * pnl.rows + $0.scenario] }
        .compensatedSum()
    }
  }
}
