public import LinearAlgebra

/// The loss of a book and of positions x over scenarios, equally likely or with probabilities:
///
///     loss = −(book + R x),     a row of R for each scenario, a column for each position.
///
/// R is kept by reference: a matrix of 100,000 × 200 is read where it lies and never copied.
public struct ScenarioLoss: Sendable {
  /// R, S × k: what one unit of each position earns in each scenario, in dollars.
  public let outcomes: Matrix
  /// What the book earns in each scenario, in dollars; S entries.
  public let book: [Double]
  /// The variables of the program that are the positions, one for each column of R.
  public let variables: [Int]
  /// The probability of each scenario, which sum to 1; nil where all are equal.
  public let probabilities: [Double]?

  /// The number of scenarios, S.
  public var scenarioCount: Int { outcomes.rows }

  /// A loss from profits and losses by scenario.
  ///
  /// - Parameters:
  ///   - outcomes: R, a row per scenario, a column per position.
  ///   - book: An entry per scenario; nil for an empty book.
  ///   - variables: The variables of the program that the columns belong to; nil for the first ones.
  ///   - weights: Relative weights of the scenarios, which are made probabilities; nil where all are
  ///     equal. Each is finite, none is negative and some are positive. Where some are zero the other
  ///     scenarios are copied for the solution.
  public init(
    outcomes: Matrix, book: [Double]? = nil, variables: [Int]? = nil, weights: [Double]? = nil
  ) {
    precondition(outcomes.rows > 0, "A loss needs at least one scenario.")
    let book = book ?? [Double](repeating: 0, count: outcomes.rows)
    let variables = variables ?? Array(0..<outcomes.columns)
    precondition(
      book.count == outcomes.rows,
      "The book needs an entry per scenario: \(outcomes.rows), not \(book.count).")
    precondition(
      variables.count == outcomes.columns,
      "The loss needs a variable per column of outcomes: \(outcomes.columns), not \(variables.count)."
    )
    precondition(
      Set(variables).count == variables.count,
      "The loss names a variable twice; add up the columns of outcomes that belong to it.")
    self.outcomes = outcomes
    self.book = book
    self.variables = variables
    probabilities = weights.map { weights in
      let total = weights.reduce(0, +)
      precondition(
        weights.count == outcomes.rows && total > 0 && total.isFinite
          && weights.allSatisfy { $0 >= 0 },
        "Scenarios need one weight each, none negative and some positive: \(outcomes.rows) of them."
      )
      return weights.map { $0 / total }
    }
  }

  /// The probability of scenario s.
  func probability(of s: Int) -> Double { probabilities?[s] ?? 1 / Double(scenarioCount) }

  /// The scenarios of positive probability; nil for all.
  var possibleScenarios: [Int]? {
    guard let probabilities, probabilities.contains(0) else { return nil }
    return probabilities.indices.filter { probabilities[$0] > 0 }
  }

  /// The loss over some of the scenarios, whose probabilities sum to 1. O(Sk).
  func selecting(_ scenarios: [Int]) -> ScenarioLoss {
    ScenarioLoss(
      outcomes: Matrix(rows: scenarios.count, columns: outcomes.columns) { i, j in
        outcomes[scenarios[i], j]
      },
      book: scenarios.map { book[$0] }, variables: variables,
      weights: probabilities.map { p in scenarios.map { p[$0] } })
  }

  /// The loss in every scenario at the point x of the program. O(Sk).
  public func values(at x: [Double]) -> [Double] {
    let earned = outcomes * variables.map { x[$0] }
    return zip(book, earned).map { -($0 + $1) }
  }

  /// The expected shortfall at x by sorting: the mean of the largest losses that hold the share
  /// 1 − confidence of all probability, the last of them in part.
  ///
  /// C. Acerbi, D. Tasche, "On the coherence of expected shortfall" (2002), definition 2.6.
  /// O(Sk + S log S).
  public func expectedShortfall(at x: [Double], confidence: Double) -> Double {
    let losses = values(at: x)
    guard let probabilities else {
      let tail = (1 - confidence) * Double(scenarioCount)
      let sorted = losses.sorted(by: >)
      let whole = min(Int(tail), sorted.count)
      var sum = sorted[..<whole].reduce(0, +)
      if whole < sorted.count { sum += (tail - Double(whole)) * sorted[whole] }
      return sum / tail
    }
    var (left, sum, used) = (1 - confidence, 0.0, 0.0)
    for s in losses.indices.sorted(by: { losses[$0] > losses[$1] }) where left > 0 {
      let mass = min(probabilities[s], left)
      sum += mass * losses[s]
      used += mass
      left -= mass
    }
    return sum / used
  }

  /// The largest loss at x over the scenarios of positive probability. O(Sk).
  public func worstCase(at x: [Double]) -> Double {
    let losses = values(at: x)
    guard let probabilities else { return losses.max() ?? 0 }
    return losses.indices.lazy.filter { probabilities[$0] > 0 }.map { losses[$0] }.max() ?? 0
  }
}
