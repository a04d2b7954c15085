import Margin

extension HedgeProblem {
  /// Whether the margin matters to the answer, and its convex face is not the rule.
  func isBounded(_ margin: MarginFunction) -> Bool {
    margin.relation != .exact && (marginWeight > 0 || limits.contains(where: \.measure.isOfMargin))
  }

  /// A plan that successive convex models make better by the exact rule, with what the rule's floor proves of
  /// it; or the one given.
  ///
  /// - Parameter face: the convex face at the book before the trades.
  func refined(
    _ found: HedgePlan, face: MarginFunction, measures: MeasureTable, settings: Settings,
    clock: Stopwatch, observe: (Progress) -> Void
  ) throws -> HedgePlan {
    let models = SuccessiveModels(self, measures: measures, settings: settings, clock: clock)
    let start = try models.judge.verdict(on: quantities(of: found))
    var result = try models.run(from: start, observe: observe)
    var proof: ChoiceSearch.Result?
    if let floor = face.floor {
      let search = try ChoiceSearch(
        self, face: face, floor: floor, measures: measures, settings: settings, clock: clock)
      let proven = try search.run(from: result.verdict, observe: observe)
      if proven.best.objective < result.verdict.objective {
        let again = try models.run(from: proven.best, observe: observe)
        result.verdict = again.verdict
        result.count(again)
      }
      proof = proven
    }
    var plan = try refinedPlan(of: result, after: found)
    plan.firstObjective = found.objective
    plan.ruleBound = proof.map { min($0.bound, plan.objective) }
    plan.statistics.nodes = proof?.nodes ?? 0
    return plan
  }

  /// The plan of trades that successive models ended at. The bound of a model that does not touch the rule
  /// at them says nothing of the rule: that of the face stands.
  private func refinedPlan(
    of result: SuccessiveModels.Result, after found: HedgePlan
  ) throws -> HedgePlan {
    let first = found.statistics
    var plan = found
    if let last = result.last {
      plan = try self.plan(
        at: result.verdict.trades, from: last.answer, margin: last.margin, measures: last.measures,
        modelSeconds: first.modelSeconds)
      if !result.touches { plan.bound = found.bound }
    }
    plan.statistics.models = first.models + result.models
    plan.statistics.rounds = first.rounds + result.rounds
    plan.statistics.iterations = first.iterations + result.iterations
    plan.statistics.solveSeconds = first.solveSeconds + result.solveSeconds
    return plan
  }

  /// A plan where the convex face finds that the limits of margin cannot be met, though the rule itself
  /// may: the least margin is sought first, without those limits, and the plan from there.
  ///
  /// - Returns: nil where no admissible trades were found that way.
  func planFromLeastMargin(
    measures: MeasureTable, settings: Settings, clock: Stopwatch, observe: (Progress) -> Void
  ) throws -> HedgePlan? {
    var least = self
    least.limits.removeAll { $0.measure.isOfMargin }
    least.tradeRules = TradeRules()
    (least.marginWeight, least.riskAversion) = (1, 0)
    least.costWeight = limits.contains { $0.measure == .marginAndCost } ? 1 : 0
    var remaining = settings
    remaining.timeLimit = max(0, settings.timeLimit - clock.seconds)
    guard let found = try least.solve(remaining, observe: observe).plan else { return nil }
    let models = SuccessiveModels(self, measures: measures, settings: settings, clock: clock)
    let start = try models.judge.verdict(on: quantities(of: found))
    guard start.isAdmissible() else { return nil }
    let result = try models.run(from: start, observe: observe)
    guard result.last != nil else { return nil }
    var plan = try refinedPlan(of: result, after: found)
    // The bound of least margin is none of least cost.
    if !result.touches { plan.bound = -.infinity }
    return plan
  }

  /// What a plan trades of each instrument.
  private func quantities(of plan: HedgePlan) -> [Double] {
    let traded = Dictionary(uniqueKeysWithValues: plan.trades.map { ($0.instrument, $0.quantity) })
    return instruments.map { traded[$0] ?? 0 }
  }
}
