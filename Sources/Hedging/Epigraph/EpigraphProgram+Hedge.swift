import LinearAlgebra
import Margin
import Pricing
import QuadraticProgramming
import Simulation

extension EpigraphProgram {
  /// The program of a hedge problem without its limits: boxes, margin, cost and variance.
  init(_ problem: HedgeProblem, measures: MeasureTable, margin: MarginFunction) throws {
    try self.init(boxesOf: problem, measures: measures)
    addToObjective(epigraph(of: margin.function))
    if problem.costWeight != 0 {
      addToObjective(costExpression(measures, underlying: nil), times: problem.costWeight)
    }
    try addVariance(problem)
    addDomain(margin)
  }

  /// Boxes only.
  ///
  /// - Throws: `HedgeError.outOfRange` for a size that is no number: boxes must be finite.
  init(boxesOf problem: HedgeProblem, measures: MeasureTable) throws(HedgeError) {
    let optionSizes = problem.instruments.map { instrument in
      if let size = problem.tradeSizes[instrument.name] { return size }
      guard instrument.isOption, let quote = problem.market[instrument.name] else { return 0 }
      return problem.tradeSize.limit(for: quote)
    }
    let sizes = zip(problem.instruments, optionSizes).map { instrument, size in
      instrument.isOption || problem.tradeSizes[instrument.name] != nil
        ? size
        : problem.futureSize
          ?? measures.deltaWithinReach(of: instrument.underlying, optionSizes: optionSizes)
    }
    for (instrument, size) in zip(problem.instruments, sizes) where !(size >= 0 && size.isFinite) {
      throw .outOfRange("the trade size of \(instrument.name)", value: size)
    }
    self.init(
      maximumBuy: zip(sizes, measures.prices).map { $1.buying == nil ? 0 : $0 },
      maximumSell: zip(sizes, measures.prices).map { $1.selling == nil ? 0 : $0 })
  }

  /// The range for which the margin function is what is stated.
  mutating func addDomain(_ margin: MarginFunction) {
    for (k, limit) in margin.domain.enumerated() {
      let range = limit.function.range(lower: tradeLower, upper: tradeUpper)
      if range.lowerBound >= limit.lower && range.upperBound <= limit.upper { continue }
      addRow(
        linear(limit.function), atLeast: limit.lower, atMost: limit.upper, role: .domain(k))
    }
  }

  /// The cost of buying and selling, in dollars.
  func costExpression(_ measures: MeasureTable, underlying: String?) -> LinearExpression {
    var cost = LinearExpression()
    for (i, instrument) in measures.problem.instruments.enumerated()
    where underlying == nil || underlying == instrument.underlying {
      cost.add(measures.prices[i].buying ?? 0, i)
      cost.add(measures.prices[i].selling ?? 0, tradeCount + i)
    }
    return cost
  }

  /// A limited measure in the program's variables.
  mutating func expression(of limit: RiskLimit, measures: MeasureTable) -> LinearExpression {
    measures.function(of: limit).map { epigraph(of: $0) }
      ?? costExpression(measures, underlying: limit.underlying)
  }

  mutating func addLimits(of problem: HedgeProblem, measures: MeasureTable) {
    for (k, limit) in problem.limits.enumerated() {
      addRow(
        expression(of: limit, measures: measures), atLeast: limit.lower, atMost: limit.upper,
        role: .limit(k))
    }
  }

  /// η/2 · Var of the P&L b + R x over the scenarios: with both centred, η/2 · |b + R x|² / (S − 1).
  private mutating func addVariance(_ problem: HedgeProblem) throws {
    guard problem.riskAversion > 0, let scenarios = problem.scenarios else { return }
    let variance = try ProfitAndLossVariance(problem, scenarios: scenarios)
    let η = problem.riskAversion
    var quadratic = variance.quadratic
    for k in quadratic.elements.indices { quadratic.elements[k] *= η }
    tradeQuadratic = quadratic
    var linearPart = linear(AffineFunction(variance.linear.map { η * $0 }))
    linearPart.constant = η / 2 * variance.constant
    addToObjective(linearPart)
  }
}

/// The variance of the book's P&L as a quadratic of trades: constant + 2 linearᵀx + xᵀQx.
///
/// With probabilities p of the scenarios it is Σ p_s (y_s − ȳ)² / (1 − Σ p_s²), Bessel's correction
/// where they are equal: the square of `LossDistribution.standardDeviation`.
struct ProfitAndLossVariance {
  var quadratic: Matrix
  var linear: [Double]
  var constant: Double

  init(_ problem: HedgeProblem, scenarios: ScenarioSet) throws {
    let traded = try Revaluation.profitAndLoss(
      of: problem.instruments, in: scenarios, market: problem.market)
    let held = problem.portfolio.positions
    let base = try ExpectedShortfallFunction(
      of: problem.portfolio, trading: [], in: scenarios, market: problem.market, confidence: 0.5
    ).losses(at: []).map { -$0 }
    precondition(held.isEmpty || base.count == scenarios.count, "One P&L for each scenario.")
    let rows = scenarios.count
    let relative = scenarios.weights ?? [Double](repeating: 1, count: rows)
    let total = relative.reduce(0, +)
    let probability = relative.map { $0 / total }
    let correction = 1 - probability.reduce(0) { $0 + $1 * $1 }
    var columns = Matrix(rows: rows, columns: traded.columns + 1)
    for j in 0...traded.columns {
      let column = j < traded.columns ? traded.column(j) : base
      let mean = zip(column, probability).reduce(0) { $0 + $1.0 * $1.1 }
      for s in 0..<rows {
        columns.elements[s + j * rows] = probability[s].squareRoot() * (column[s] - mean)
      }
    }
    let n = traded.columns
    var gram = BLAS.withSingleThreadedBLAS { columns.gram() }
    for k in gram.elements.indices { gram.elements[k] *= correction > 0 ? 1 / correction : 0 }
    quadratic = Matrix(rows: n, columns: n) { i, j in gram[i, j] }
    linear = (0..<n).map { gram[$0, n] }
    constant = gram[n, n]
  }

  func value(at x: [Double]) -> Double {
    var value = constant
    for j in x.indices {
      var row = 2 * linear[j]
      for i in x.indices { row += quadratic[i, j] * x[i] }
      value += row * x[j]
    }
    return value
  }
}
