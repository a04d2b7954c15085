import Margin
import Pricing

extension HedgeProblem {
  /// The plan of trades x, priced by the exact rule.
  func plan(
    at x: [Double], from answer: EpigraphProgram.Answer, margin: MarginFunction,
    measures: MeasureTable, modelSeconds: Double
  ) throws -> HedgePlan {
    let trades = instruments.indices.filter { x[$0] != 0 }.map {
      HedgePlan.Trade(
        instrument: instruments[$0], quantity: x[$0], premium: x[$0] * measures.prices[$0].premium,
        cost: measures.prices[$0].cost(of: x[$0]))
    }
    let after = portfolio.adding(trades.map { Position($0.quantity, $0.instrument) })
    func margins(_ level: MarginLevel) throws -> HedgePlan.Margins {
      HedgePlan.Margins(
        before: try methodology.margin(level, on: portfolio, in: market),
        after: try methodology.margin(level, on: after, in: market))
    }
    let minimized = try margins(level)
    let cost = measures.cost(of: x)
    var objective = marginWeight * minimized.after.amount + costWeight * cost
    if let variance = measures.variance { objective += riskAversion / 2 * variance.value(at: x) }
    let risk = riskFigures(at: x, measures: measures, margin: minimized)
    return HedgePlan(
      trades: trades, margin: minimized,
      otherMargin: try margins(level == .initial ? .maintenance : .initial), cost: cost,
      premium: trades.reduce(0) { $0 + $1.premium }, objective: objective, bound: answer.bound,
      relation: margin.relation, ruleBound: margin.relation == .exact ? answer.bound : nil,
      risk: risk,
      bindingLimits: bindingLimits(answer, at: x, measures: measures, risk: risk),
      limitViolation: risk.reduce(0) { max($0, $1.relativeViolation) },
      statistics: HedgeStatistics(
        instruments: instruments.count, variables: answer.program.variableCount,
        rows: answer.program.rows.count, rounds: answer.rounds, iterations: answer.iterations,
        modelSeconds: modelSeconds, solveSeconds: answer.solveSeconds))
  }

  /// Measures before and after the trades, margin by the exact rule.
  private func riskFigures(
    at x: [Double], measures: MeasureTable, margin: HedgePlan.Margins
  ) -> [HedgePlan.RiskFigure] {
    let none = [Double](repeating: 0, count: x.count)
    var reported = limits
    let underlyings = Set((instruments + portfolio.positions.map(\.instrument)).map(\.underlying))
    for measure in [RiskMeasure.delta, .gamma, .vega] {
      for underlying in underlyings.sorted()
      where !limits.contains(where: { $0.measure == measure && $0.underlying == underlying }) {
        reported.append(RiskLimit(measure, of: underlying))
      }
    }
    return reported.map { limit in
      func value(_ x: [Double], _ margin: MarginRequirement) -> Double {
        guard limit.measure.isOfMargin else { return measures.value(of: limit, at: x) }
        return margin.amount + (limit.measure.countsCost ? measures.cost(of: x) : 0)
      }
      return HedgePlan.RiskFigure(
        name: limit.name, unit: limit.unit, before: value(none, margin.before),
        after: value(x, margin.after), lower: limit.lower, upper: limit.upper)
    }
  }

  /// The limits at which the plan lies, with their multipliers. An interior point leaves a small
  /// multiplier on limits that are far away too, which is no price.
  private func bindingLimits(
    _ answer: EpigraphProgram.Answer, at x: [Double], measures: MeasureTable,
    risk: [HedgePlan.RiskFigure]
  ) -> [HedgePlan.BindingLimit] {
    zip(answer.program.rows, answer.rowDuals).compactMap { row, dual in
      // A frontier's limit on cost is none of the problem's.
      guard case .limit(let k) = row.role, limits.indices.contains(k), abs(dual) > 1e-6 else {
        return nil
      }
      let limit = limits[k]
      let isUpper = dual > 0
      let value = isUpper ? limit.upper : limit.lower
      // Of a margin it is the convex face that binds.
      guard abs(measures.value(of: limit, at: x) - value) <= 1e-5 * risk[k].scale else {
        return nil
      }
      return HedgePlan.BindingLimit(
        name: limit.name, unit: limit.unit, isUpper: isUpper, value: value, price: abs(dual))
    }.sorted { $0.price * max(1, abs($0.value)) > $1.price * max(1, abs($1.value)) }
  }
}

extension HedgePlan.RiskFigure {
  /// The size of the measure: of its limits and its value before the trades, at least one.
  var scale: Double {
    [lower, upper, before].filter(\.isFinite).reduce(1) { max($0, abs($1)) }
  }

  var relativeViolation: Double {
    max(0, after - upper, lower - after) / scale
  }
}
