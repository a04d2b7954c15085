import Margin
import QuadraticProgramming

extension HedgeProblem {
  /// The domain of each trade under the rules, within its box.
  func tradeDomains(in program: EpigraphProgram) -> [TradeDomain] {
    instruments.indices.map { i in
      let name = instruments[i].name
      return TradeDomain(
        lower: program.tradeLower[i], upper: program.tradeUpper[i],
        lot: tradeRules.lots[name] ?? tradeRules.lot,
        minimumSize: tradeRules.minimumSizes[name] ?? tradeRules.minimumSize)
    }
  }

  /// The best trades that keep the rules, and a bound on all that do.
  ///
  /// - Parameter start: trades that keep the rules and the limits.
  func search(
    from answer: EpigraphProgram.Answer, knowing start: [Double]? = nil, margin: MarginFunction,
    measures: MeasureTable, settings: Settings, clock: Stopwatch, observe: (Progress) -> Void
  ) -> TradeSearch.Result {
    let deadline = min(settings.timeLimit, clock.seconds + settings.searchTimeLimit)
    var solver = settings.solver
    solver.timeLimit = min(solver.timeLimit, max(0.1, deadline - clock.seconds))
    let search = TradeSearch(
      answer.program, rules: tradeDomains(in: answer.program),
      maximumTrades: tradeRules.maximumTrades, bound: answer.bound,
      relativeGap: settings.relativeGap, solver: solver,
      isOutOfTime: { clock.seconds >= deadline },
      judge: judge(margin: margin, measures: measures))
    if let start { search.propose(start) }
    return search.run { nodes, bound, incumbent in
      observe(
        Progress(
          round: answer.rounds, bound: bound, violation: 0, nodes: nodes, incumbent: incumbent))
    }
  }

  /// The objective by the convex face; nil for trades that break a limit by more than rounding.
  private func judge(margin: MarginFunction, measures: MeasureTable) -> TradeSearch.Judge {
    let none = [Double](repeating: 0, count: instruments.count)
    let checks = limits.map { limit in
      let before = measures.value(of: limit, at: none)
      let scale = [limit.lower, limit.upper, before].filter(\.isFinite)
        .reduce(1) { max($0, abs($1)) }
      return (limit: limit, function: measures.function(of: limit), slack: 1e-8 * scale)
    }
    return { x in
      for check in checks {
        let value = measures.value(of: check.limit, by: check.function, at: x)
        // Written so that a NaN is refused.
        guard
          value >= check.limit.lower - check.slack && value <= check.limit.upper + check.slack
        else { return nil }
      }
      for domain in margin.domain {
        let value = domain.function.value(at: x)
        let slack = 1e-8 * max(1, abs(value))
        guard value >= domain.lower - slack && value <= domain.upper + slack else { return nil }
      }
      var objective = self.costWeight * measures.cost(of: x)
      if self.marginWeight != 0 { objective += self.marginWeight * margin.function.value(at: x) }
      if let variance = measures.variance {
        objective += self.riskAversion / 2 * variance.value(at: x)
      }
      return objective.isFinite ? objective : nil
    }
  }
}
