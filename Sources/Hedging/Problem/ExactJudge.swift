import Margin
import Pricing

/// Trades judged by the exact rule, not by a convex face of it.
struct ExactJudge {
  let problem: HedgeProblem
  let measures: MeasureTable
  /// Of each limit, what its violation is relative to.
  private let scales: [Double]
  private let functions: [ConvexFunction?]

  init(_ problem: HedgeProblem, measures: MeasureTable) {
    (self.problem, self.measures) = (problem, measures)
    let none = [Double](repeating: 0, count: problem.instruments.count)
    functions = problem.limits.map { $0.measure.isOfMargin ? nil : measures.function(of: $0) }
    scales = zip(problem.limits, functions).map { limit, function in
      let before =
        limit.measure.isOfMargin ? 0 : measures.value(of: limit, by: function, at: none)
      return [limit.lower, limit.upper, before].filter(\.isFinite).reduce(1) { max($0, abs($1)) }
    }
  }

  /// Trades with what they come to.
  struct Verdict {
    var trades: [Double]
    var margin: Double
    /// Weighted margin, cost and variance, in dollars.
    var objective: Double
    /// The largest violation of a limit, relative to the limit's size.
    var violation: Double
    /// The same of limits on margin alone, which are kept to the last digit.
    var marginViolation: Double

    /// Whether limits are broken by no more than rounding, and no more than by other trades.
    func isAdmissible(beside other: Verdict? = nil) -> Bool {
      violation <= max(1e-8, other?.violation ?? 0)
        && marginViolation <= max(0, other?.marginViolation ?? 0)
    }
  }

  /// The book after trades.
  func portfolio(after x: [Double]) -> Portfolio {
    problem.portfolio.adding(
      zip(x, problem.instruments).compactMap { $0 == 0 ? nil : Position($0, $1) })
  }

  /// The margin of the book after trades, in dollars.
  func margin(at x: [Double]) throws -> Double {
    try problem.methodology.margin(problem.level, on: portfolio(after: x), in: problem.market)
      .amount
  }

  func verdict(on x: [Double]) throws -> Verdict {
    let margin = try margin(at: x)
    let cost = measures.cost(of: x)
    var objective = problem.marginWeight * margin + problem.costWeight * cost
    if let variance = measures.variance {
      objective += problem.riskAversion / 2 * variance.value(at: x)
    }
    var (violation, marginViolation) = (0.0, 0.0)
    for (k, limit) in problem.limits.enumerated() {
      let value =
        limit.measure.isOfMargin
        ? margin + (limit.measure.countsCost ? cost : 0)
        : measures.value(of: limit, by: functions[k], at: x)
      let broken = max(limit.lower - value, value - limit.upper) / scales[k]
      violation = broken.isNaN ? .infinity : max(violation, broken)
      if limit.measure.isOfMargin { marginViolation = max(marginViolation, broken) }
    }
    return Verdict(
      trades: x, margin: margin, objective: objective, violation: violation,
      marginViolation: marginViolation)
  }
}
