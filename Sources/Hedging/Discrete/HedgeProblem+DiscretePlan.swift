import Margin
import QuadraticProgramming

extension HedgeProblem {
  /// The plan of the best trades that keep the rules. It has no prices of limits: they would be those
  /// of trades that cannot move.
  func discretePlan(
    from answer: EpigraphProgram.Answer, margin: MarginFunction, measures: MeasureTable,
    modelSeconds: Double, settings: Settings, clock: Stopwatch, observe: (Progress) -> Void
  ) throws -> HedgeOutcome {
    // The search solves relaxations by cuts: it starts from those around the optimum.
    var answer = try answer.program.solveByCuts(
      from: answer, settings, clock: clock, observe: observe)
    let found = search(
      from: answer, margin: margin, measures: measures, settings: settings, clock: clock,
      observe: observe)
    guard let trades = found.trades else {
      return .notSolved(
        reason: found.isComplete
          ? "no trades in these lots, sizes and numbers meet the limits, though trades of any size "
            + "would; the search proved it"
          : "the search ended before it found trades in these lots, sizes and numbers that meet the "
            + "limits; allow more time, or widen the limits")
    }
    answer.add(search: found)
    func plan(
      _ trades: [Double], _ answer: EpigraphProgram.Answer, _ margin: MarginFunction,
      _ measures: MeasureTable
    ) throws -> HedgePlan {
      var plan = try self.plan(
        at: trades, from: answer, margin: margin, measures: measures, modelSeconds: modelSeconds)
      plan.bindingLimits = []
      return plan
    }
    var best = try plan(trades, answer, margin, measures)
    best.statistics.nodes = found.nodes
    guard isBounded(margin), settings.modelLimit > 1 else { return .plan(best) }
    let models = SuccessiveModels(self, measures: measures, settings: settings, clock: clock)
    if let refined = try models.run(under: tradeRules, from: trades, observe: observe) {
      let (first, nodes) = (best.objective, best.statistics.nodes)
      best = try plan(
        refined.trades, refined.answer, refined.step.margin, refined.step.measures)
      best.firstObjective = first
      best.statistics.models = 1 + refined.models
      best.statistics.nodes = nodes + refined.nodes
    }
    return .plan(best)
  }
}

extension EpigraphProgram.Answer {
  /// Takes over the bound of a search that started from this answer, and counts its work.
  mutating func add(search: TradeSearch.Result) {
    bound = search.bound
    iterations += search.iterations
    solveSeconds += search.solveSeconds
  }
}
