import LinearAlgebra
import Margin
import Pricing
import QuadraticProgramming
import Simulation

extension EpigraphProgram {
  /// The program of a hedge problem without its limits: boxes, margin, cost and variance.
  init(_ problem: HedgeProblem, measures: MeasureTable, margin: MarginFunction) throws {
    try self.init(boxesOf: problem, measures: measures)
    if problem.marginWeight != 0 {
      addToObjective(epigraph(of: margin.function), times: problem.marginWeight)
    }
    if problem.costWeight != 0 {
      addToObjective(costExpression(measures, underlying: nil), times: problem.costWeight)
    }
    if let variance = measures.variance {
      addVariance(variance, riskAversion: problem.riskAversion)
    }
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
      maximumBuy: zip(sizes, measures.prices).map { min($0, $1.buying?.depth ?? 0) },
      maximumSell: zip(sizes, measures.prices).map { min($0, $1.selling?.depth ?? 0) })
    for (i, prices) in measures.prices.enumerated() {
      addKinks(of: prices.buying, at: i)
      addKinks(of: prices.selling, at: tradeCount + i)
    }
  }

  /// A variable for each kink of a cost within reach: coins beyond it, of which each costs more.
  private mutating func addKinks(of ladder: CostLadder?, at variable: Int) {
    for kink in ladder?.kinks ?? [] where kink.beyond < upper[variable] && kink.rise > 0 {
      let beyond = addVariable(in: 0...(upper[variable] - kink.beyond))
      addRow(
        LinearExpression(terms: [variable: 1, beyond: -1]), atMost: kink.beyond, role: .epigraph)
      costKinks[variable, default: []].append((beyond, kink.rise))
    }
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
      let sides = [(measures.prices[i].buying, i), (measures.prices[i].selling, tradeCount + i)]
      for (ladder, variable) in sides {
        cost.add(ladder?.steps.first?.cost ?? 0, variable)
        for kink in costKinks[variable] ?? [] { cost.add(kink.rise, kink.variable) }
      }
    }
    return cost
  }

  /// A limited measure in the program's variables.
  mutating func expression(of limit: RiskLimit, measures: MeasureTable) -> LinearExpression {
    var expression = measures.function(of: limit).map { epigraph(of: $0) } ?? LinearExpression()
    let share = measures.costShare(of: limit)
    if share != 0 {
      expression.add(costExpression(measures, underlying: limit.underlying), times: share)
    }
    return expression
  }

  mutating func addLimits(of problem: HedgeProblem, measures: MeasureTable) {
    for (k, limit) in problem.limits.enumerated() {
      addRow(
        expression(of: limit, measures: measures), atLeast: limit.lower, atMost: limit.upper,
        role: .limit(k))
    }
  }

  /// η/2 · Var of the P&L over the scenarios.
  private mutating func addVariance(_ variance: ProfitAndLossVariance, riskAversion η: Double) {
    tradeQuadratic = η * variance.quadratic
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

  /// The variance of the same losses, of which the confidence plays no part.
  init(of shortfall: ExpectedShortfallFunction) {
    let traded = shortfall.profitAndLoss
    let (rows, n) = (traded.rows, traded.columns)
    let probability =
      shortfall.weights ?? [Double](repeating: 1 / Double(rows), count: rows)
    let correction = 1 - probability.reduce(0) { $0 + $1 * $1 }
    var columns = Matrix(rows: rows, columns: n + 1)
    for j in 0...n {
      let column = j < n ? traded.column(j) : shortfall.baseLosses.map { -$0 }
      let mean = zip(column, probability).reduce(0) { $0 + $1.0 * $1.1 }
      for s in 0..<rows {
        columns.elements[s + j * rows] = probability[s].squareRoot() * (column[s] - mean)
      }
    }
    let gram =
      (correction > 0 ? 1 / correction : 0) * BLAS.withSingleThreadedBLAS { columns.gram() }
    quadratic = Matrix(rows: n, columns: n) { i, j in gram[i, j] }
    linear = (0..<n).map { gram[$0, n] }
    constant = gram[n, n]
  }

  func value(at x: [Double]) -> Double {
    BLAS.withSingleThreadedBLAS {
      constant + 2 * dot(linear, x) + quadratic.quadraticForm(x)
    }
  }
}
