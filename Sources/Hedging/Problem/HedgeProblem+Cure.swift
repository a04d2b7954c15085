extension HedgeProblem {
  /// The problem of the cheapest trades that cure a margin call: of least trading cost such that
  /// margin after them is at most the equity, under the same limits, sizes and rules.
  ///
  /// The plan's objective and bound are trading costs; its ``HedgePlan/bindingLimits`` say what one
  /// dollar more of equity saves. Where no trades do, the ``LimitConflict`` says to how much margin can
  /// be brought, or which other limits are in the way. Weights of margin and cost are replaced, and so is
  /// the weight of variance. Without ``TradeRules`` trades are tightened until the exact margin itself,
  /// not only within the solver's tolerance, is at most the equity; under them it is kept to 1e-8 of its
  /// size, like other limits.
  ///
  /// - Parameters:
  ///   - equity: Dollars that count as margin. Trades at the mark leave it as it is; their cost does not.
  ///   - payingCost: Whether the trading cost comes out of the equity, so that margin and cost together
  ///     are held to it.
  /// - Throws: `HedgeError.limitNotANumber` where the equity is not finite.
  public func cheapestCure(
    equity: Double, payingCost: Bool = false
  ) throws(HedgeError) -> HedgeProblem {
    guard equity.isFinite else { throw .limitNotANumber("margin") }
    var cure = self
    (cure.marginWeight, cure.costWeight, cure.riskAversion) = (0, 1, 0)
    try cure.limit(payingCost ? .marginAndCost : .margin, atMost: equity)
    return cure
  }

  /// A plan whose exact margin is at most what it is limited to, where the solver's tolerance left it above.
  ///
  /// Solves again with the limit moved inward by twice what it was broken by. The bound stays that of the
  /// limit as given.
  func tightened(
    _ found: HedgePlan, from answer: EpigraphProgram.Answer, settings: Settings, clock: Stopwatch,
    plan: (EpigraphProgram.Answer) throws -> HedgePlan
  ) throws -> HedgePlan {
    var (best, current) = (found, answer)
    for _ in 0..<Self.tighteningLimit {
      let broken = limits.indices.filter {
        limits[$0].measure.isOfMargin && best.risk[$0].after > best.risk[$0].upper
      }
      if broken.isEmpty || clock.seconds > settings.timeLimit { return best }
      var program = current.program
      for k in broken {
        let figure = best.risk[k]
        let step = 2 * (figure.after - figure.upper) + 1e-12 * figure.scale
        program.setUpper(ofLimit: k) { $0 - step }
      }
      var next = try program.solve(settings, clock: clock, observe: { _ in })
      guard next.primalResidual < 1e-6 else { return best }
      next.bound = answer.bound
      next.rounds += current.rounds
      next.iterations += current.iterations
      next.solveSeconds += current.solveSeconds
      let tighter = try plan(next)
      guard tighter.limitViolation <= best.limitViolation else { return best }
      (best, current) = (tighter, next)
    }
    return best
  }

  private static let tighteningLimit = 4
}
