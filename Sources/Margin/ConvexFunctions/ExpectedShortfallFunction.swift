public import LinearAlgebra
import Simulation

/// The expected shortfall of a book's loss as a convex function of trades.
///
/// With P&L matrix R (S × n, a column per instrument) and base losses L₀ the loss in scenario s is
/// L_s(x) = L₀_s − (R x)_s, and, with k = S (1 − c) scenarios in the tail,
/// ES(x) = 1/k · (sum of the ⌊k⌋ largest losses + (k − ⌊k⌋) · the next): the tail mean of Acerbi
/// and Tasche (2002), convex in x and polyhedral. Where scenarios have weights, their mass takes the
/// place of counts: the tail is the worst mass 1 − c. The subgradient at x is the tail's mean
/// gradient (Rockafellar and Uryasev 2002), which gives the cuts that the optimizer adds.
public struct ExpectedShortfallFunction: Sendable {
  /// P&L of one unit of each instrument, scenarios by rows, in dollars.
  public let profitAndLoss: Matrix
  /// The loss of the book before any trade, by scenario.
  public let baseLosses: [Double]
  /// The confidence c, as in 0.975.
  public let confidence: Double
  /// Probabilities of the scenarios, which sum to 1; nil where all are equal.
  public let weights: [Double]?

  /// The function of a P&L matrix and base losses.
  ///
  /// - Parameter weights: relative weights of the scenarios; nil where all are equal.
  /// - Precondition: one base loss, and one weight, for each row; 0 < confidence < 1; at least one
  ///   scenario; weights are finite, none negative, some positive.
  public init(
    profitAndLoss: Matrix, baseLosses: [Double], confidence: Double, weights: [Double]? = nil
  ) {
    precondition(
      profitAndLoss.rows == baseLosses.count && !baseLosses.isEmpty,
      "An expected shortfall needs one base loss for each scenario, and at least one.")
    precondition(confidence > 0 && confidence < 1, "A confidence lies between 0 and 1.")
    self.profitAndLoss = profitAndLoss
    self.baseLosses = baseLosses
    self.confidence = confidence
    self.weights = weights.map { weights in
      let total = weights.reduce(0, +)
      precondition(
        weights.count == baseLosses.count && total > 0 && total.isFinite
          && weights.allSatisfy { $0 >= 0 },
        "Scenarios need one weight each, none negative and some positive.")
      return weights.map { $0 / total }
    }
  }

  /// The same losses at another confidence.
  public func at(confidence: Double) -> ExpectedShortfallFunction {
    ExpectedShortfallFunction(
      profitAndLoss: profitAndLoss, baseLosses: baseLosses, confidence: confidence,
      weights: weights)
  }

  /// The number of equally likely scenarios in the tail, S (1 − c), at least one, not always whole.
  public var tailCount: Double { max(1, Double(baseLosses.count) * (1 - confidence)) }

  /// The loss in every scenario after trades x. Complexity: O(S n).
  public func losses(at x: [Double]) -> [Double] {
    zip(baseLosses, Simulation.losses(profitAndLoss, quantities: x)).map { $0 + $1 }
  }

  public func value(at x: [Double]) -> Double { tail(at: x).shortfall }

  /// The value at x, and the affine function that touches from below there: the same to the last
  /// digit wherever the tail is the same.
  public func cut(at x: [Double]) -> (value: Double, support: AffineFunction) {
    let (shortfall, ordered) = tail(at: x)
    let members = ordered.sorted { $0.scenario < $1.scenario }
    var gradient = [Double](repeating: 0, count: profitAndLoss.columns)
    for j in gradient.indices {
      let column = j * profitAndLoss.rows
      gradient[j] = members.reduce(0) {
        $0 - $1.weight * profitAndLoss.elements[column + $1.scenario]
      }
    }
    let constant = members.reduce(0) { $0 + $1.weight * baseLosses[$1.scenario] }
    return (shortfall, AffineFunction(gradient, constant: constant))
  }

  /// The affine function Σ qₛ lossₛ(x) of weights in the dual set of the expected shortfall, which is
  /// never above it:
  ///
  ///     ES(x) = max { Σ qₛ lossₛ(x) : 0 ≤ qₛ ≤ pₛ/(1 − c), Σ q = 1 },
  ///
  /// with the probabilities p of the scenarios (Acerbi and Tasche 2002; 1/max(1, S (1 − c)) is the cap
  /// where they are equal). The given weights are scaled, and held to their caps, until they are in it.
  /// O(Sn).
  ///
  /// - Returns: The function, and the weights; nil where those given are no numbers or leave too many
  ///   scenarios out to be scaled.
  public func support(
    weights given: [Double]
  ) -> (function: AffineFunction, weights: [Double])? {
    precondition(
      given.count == baseLosses.count, "The dual of a shortfall has one weight for each scenario.")
    guard let q = weightsInDualSet(near: given) else { return nil }
    let earned = BLAS.withSingleThreadedBLAS { q * profitAndLoss }
    let constant = zip(q, baseLosses).reduce(0) { $0 + $1.0 * $1.1 }
    return (AffineFunction(earned.map { -$0 }, constant: constant), q)
  }

  /// min(cap, λq), where λ makes the sum 1: Newton's method on a concave function of λ, which rises to
  /// its root in finitely many steps.
  private func weightsInDualSet(near given: [Double]) -> [Double]? {
    let caps = weights.map { $0.map { min(1, $0 / (1 - confidence)) } }
    let cap = 1 / tailCount
    guard given.allSatisfy(\.isFinite) else { return nil }
    let q = given.map { max(0, $0) }
    var λ = 0.0
    while true {
      var (held, free) = (0.0, 0.0)
      for s in q.indices where q[s] > 0 {
        let most = caps?[s] ?? cap
        if λ * q[s] >= most { held += most } else { free += q[s] }
      }
      let next = (1 - held) / free
      if next > λ, next.isFinite {
        λ = next
      } else {
        // All that is left is rounding, or the scenarios do not suffice.
        guard abs(held + λ * free - 1) <= 1e-12 else { return nil }
        return q.indices.map { min(caps?[$0] ?? cap, λ * q[$0]) }
      }
    }
  }

  /// Scenarios of the tail with their weights, which sum to one.
  private func tail(
    at x: [Double]
  ) -> (shortfall: Double, members: [(scenario: Int, weight: Double)]) {
    let losses = losses(at: x)
    let order = losses.indices.sorted { (losses[$0], $1) > (losses[$1], $0) }
    if let weights { return weightedTail(of: losses, in: order, weights: weights) }
    let whole = min(Int(tailCount), losses.count)
    let fraction = whole < losses.count ? tailCount - Double(whole) : 0
    var members = order.prefix(whole).map { (scenario: $0, weight: 1 / tailCount) }
    if fraction > 0 { members.append((order[whole], fraction / tailCount)) }
    return (members.reduce(0) { $0 + $1.weight * losses[$1.scenario] }, members)
  }

  /// Walks from the worst scenario down until the mass 1 − c is used up, the last one in part.
  private func weightedTail(
    of losses: [Double], in order: [Int], weights: [Double]
  ) -> (shortfall: Double, members: [(scenario: Int, weight: Double)]) {
    var members: [(scenario: Int, weight: Double)] = []
    var (left, shortfall) = (1 - confidence, 0.0)
    for s in order where weights[s] > 0 {
      let mass = min(weights[s], left)
      members.append((s, mass / (1 - confidence)))
      shortfall += mass / (1 - confidence) * losses[s]
      left -= mass
      if left <= 0 { break }
    }
    return (shortfall, members)
  }

  /// Bounds over a box of trades: the mean loss from below, the tail mean of each scenario's
  /// largest loss from above.
  public func range(lower: [Double], upper: [Double]) -> ClosedRange<Double> {
    let rows = profitAndLoss.rows
    var largest = baseLosses
    let weight = weights ?? [Double](repeating: 1 / Double(rows), count: rows)
    var leastMean = zip(baseLosses, weight).reduce(0) { $0 + $1.0 * $1.1 }
    for j in lower.indices {
      var mean = 0.0
      for s in 0..<rows {
        let gain = profitAndLoss.elements[s + j * rows]
        largest[s] += max(-gain * lower[j], -gain * upper[j])
        mean += weight[s] * gain
      }
      leastMean += min(-mean * lower[j], -mean * upper[j])
    }
    let worst = ExpectedShortfallFunction(
      profitAndLoss: Matrix(rows: rows, columns: 0), baseLosses: largest, confidence: confidence,
      weights: weights)
    return leastMean...max(leastMean, worst.value(at: []))
  }
}
