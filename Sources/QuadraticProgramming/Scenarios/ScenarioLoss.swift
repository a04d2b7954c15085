public import LinearAlgebra

/// The loss of a book and of positions x over equally likely scenarios:
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

  /// The number of scenarios, S.
  public var scenarioCount: Int { outcomes.rows }

  /// A loss from profits and losses by scenario.
  ///
  /// - Parameters:
  ///   - outcomes: R, a row per scenario, a column per position.
  ///   - book: An entry per scenario; nil for an empty book.
  ///   - variables: The variables of the program that the columns belong to; nil for the first ones.
  public init(outcomes: Matrix, book: [Double]? = nil, variables: [Int]? = nil) {
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
    self.outcomes = outcomes
    self.book = book
    self.variables = variables
  }

  /// The loss in every scenario at the point x of the program. O(Sk).
  public func values(at x: [Double]) -> [Double] {
    let earned = outcomes * variables.map { x[$0] }
    return zip(book, earned).map { -($0 + $1) }
  }

  /// The expected shortfall at x by sorting: the mean of the largest losses that hold the share
  /// 1 − confidence of all scenarios, the last of them in part.
  ///
  /// C. Acerbi, D. Tasche, "On the coherence of expected shortfall" (2002), definition 2.6.
  /// O(Sk + S log S).
  public func expectedShortfall(at x: [Double], confidence: Double) -> Double {
    let tail = (1 - confidence) * Double(scenarioCount)
    let losses = values(at: x).sorted(by: >)
    let whole = min(Int(tail), losses.count)
    var sum = losses[..<whole].reduce(0, +)
    if whole < losses.count { sum += (tail - Double(whole)) * losses[whole] }
    return sum / tail
  }

  /// The largest loss at x. O(Sk).
  public func worstCase(at x: [Double]) -> Double { values(at: x).max() ?? 0 }
}
