import Margin

extension SuccessiveModels {
  /// The best trades that keep rules, and the last model that was searched at them.
  struct RuledResult {
    var trades: [Double]
    var step: Step
    /// The last search's bound, and the work of all.
    var answer: EpigraphProgram.Answer
    var models: Int
    var nodes: Int
  }

  /// From trades that keep rules on, for as long as the exact objective falls: each model is searched as the
  /// first face was. Only models that touch the rule by themselves are searched; a corrected one says nothing
  /// of trades a lot away.
  ///
  /// - Returns: nil where no model touched or was searched in time.
  func run(
    under rules: TradeRules, from start: [Double], observe: (HedgeProblem.Progress) -> Void
  ) throws -> RuledResult? {
    var here = try judge.verdict(on: start)
    var result: RuledResult?
    var remaining = settings
    while (result?.models ?? 0) < settings.modelLimit - 1 && clock.seconds < deadline {
      let (margin, touches) = try model(at: here)
      guard touches, let step = try solve(margin, around: here.trades, radius: 1) else {
        return result
      }
      remaining.searchTimeLimit = deadline - clock.seconds
      var answer = try step.answer.program.solveByCuts(
        from: step.answer, remaining, clock: clock, observe: { _ in })
      let found = problem.search(
        from: answer, knowing: here.trades, margin: margin, measures: step.measures,
        settings: remaining, clock: clock, observe: observe)
      answer.add(search: found)
      var next = RuledResult(
        trades: here.trades, step: step, answer: answer, models: (result?.models ?? 0) + 1,
        nodes: (result?.nodes ?? 0) + found.nodes)
      next.answer.iterations += result?.answer.iterations ?? 0
      next.answer.solveSeconds += result?.answer.solveSeconds ?? 0
      guard let trades = found.trades, trades != here.trades,
        let verdict = try? judge.verdict(on: trades), verdict.isAdmissible(beside: here),
        verdict.objective < here.objective - Self.progress * max(1, abs(here.objective))
      else { return next }
      here = verdict
      next.trades = trades
      result = next
    }
    return result
  }
}
