import QuadraticProgramming

extension EpigraphProgram {
  /// A solution with the program, cuts included, to which it belongs.
  struct Answer {
    var program: EpigraphProgram
    var status: Solution.Status
    /// The point, and the multipliers of the program's rows.
    var variables: [Double]
    var rowDuals: [Double]
    /// The relative residual of the rows and bounds, scenarios included where they were solved.
    var primalResidual: Double
    /// No point of the full problem has a lower objective.
    var bound = -Double.infinity
    var rounds = 0
    var iterations = 0
    var solveSeconds = 0.0

    /// How far the bound lies below the program's objective, relatively.
    var gap: Double {
      let objective = zip(program.cost, variables).reduce(program.objectiveConstant) {
        $0 + $1.0 * $1.1
      }
      let x = program.trades(in: variables)
      let value = objective + (program.tradeQuadratic.map { 0.5 * $0.quadraticForm(x) } ?? 0)
      return (value - bound) / max(1, abs(value))
    }

    /// Whether there is nothing more to look for: no point, or one that the bound proves.
    var isDecided: Bool {
      if case .primalInfeasible = status { return true }
      return gap <= HedgePlan.provenGap
        && program.violation(at: variables) <= EpigraphProgram.provenViolation
    }

    /// Counts what was done before; its bound is as good as this one's.
    mutating func add(workOf other: Answer) {
      bound = max(bound, other.bound)
      rounds += other.rounds
      iterations += other.iterations
      solveSeconds += other.solveSeconds
    }
  }

  /// Solves the program: expected shortfalls that are only limited by a few rounds of cuts; where those do
  /// not decide, and where a shortfall is minimized, over all scenarios at once; and where the bound that
  /// their multipliers certify leaves a gap, by cuts until none is violated.
  func solve(
    _ settings: HedgeProblem.Settings, clock: Stopwatch,
    observe: (HedgeProblem.Progress) -> Void
  ) throws -> Answer {
    let none = Answer(
      program: self, status: .stalled, variables: [], rowDuals: [], primalResidual: .infinity)
    if shortfalls.isEmpty { return try solveRelaxation(after: none, settings, clock: clock) }
    guard settings.usesScenarios else {
      return try solveByCuts(settings, clock: clock, observe: observe)
    }
    var begun = none
    if shortfalls.allSatisfy({ isOnlyLimited($0.variable) }) {
      var few = settings
      few.roundLimit = min(settings.roundLimit, Self.roundsForLimits)
      begun = try solveByCuts(few, clock: clock, observe: observe)
      if begun.isDecided { return begun }
    }
    var answer = try solveOverScenarios(settings, clock: clock)
    answer.add(workOf: begun)
    if case .primalInfeasible = answer.status { return answer }
    let violation = answer.program.violation(at: answer.variables)
    observe(.init(round: answer.rounds, bound: answer.bound, violation: violation))
    if answer.isDecided { return answer }
    return try solveByCuts(from: answer, settings, clock: clock, observe: observe)
  }

  /// Whether a variable is in limits alone, and in nothing that is minimized. Before there are cuts.
  private func isOnlyLimited(_ variable: Int) -> Bool {
    cost[variable] == 0
      && !rows.contains { $0.role == .epigraph && $0.terms[variable] != nil }
  }

  /// Rounds of cuts after which limits are left to the scenarios. Limits on expected shortfalls are
  /// decided by a handful of cuts, if they bind at all, and each round is a program without scenarios.
  private static let roundsForLimits = 60

  private func solveByCuts(
    _ settings: HedgeProblem.Settings, clock: Stopwatch, observe: (HedgeProblem.Progress) -> Void
  ) throws -> Answer {
    var program = self
    program.addCutsAtNoTrade()
    let none = Answer(
      program: program, status: .stalled, variables: [], rowDuals: [], primalResidual: .infinity)
    let first = try program.solveRelaxation(after: none, settings, clock: clock)
    return try program.solveByCuts(from: first, settings, clock: clock, observe: observe)
  }

  /// Solves the program without scenarios, cuts in their place; takes over what came before.
  func solveRelaxation(
    after last: Answer, _ settings: HedgeProblem.Settings, clock: Stopwatch
  ) throws -> Answer {
    let model = quadraticProgram()
    return answer(
      try model.solve(settings.solver(within: clock)), to: model, after: last)
  }

  /// What a solution of the program without scenarios says, certified.
  func answer(_ solution: Solution, to model: QuadraticProgram, after last: Answer) -> Answer {
    let bound = CertifiedBound.lowerBound(
      of: model, at: solution.x, equalityDuals: solution.duals.equality,
      inequalityDuals: solution.duals.inequality,
      coneDuals: solution.duals.cones)
    return Answer(
      program: self, status: solution.status, variables: solution.x,
      rowDuals: solution.duals.inequality, primalResidual: solution.residuals.relativePrimal,
      bound: max(last.bound, bound), rounds: last.rounds + 1,
      iterations: last.iterations + solution.iterations,
      solveSeconds: last.solveSeconds + solution.setupSeconds + solution.solveSeconds)
  }

  /// The trades in a solution, kept to their boxes, with those below 1e-9 of their size left out:
  /// interior points never reach a bound.
  func cleanTrades(in v: [Double]) -> [Double] {
    trades(in: v).enumerated().map { i, x in
      let kept = min(max(x, tradeLower[i]), tradeUpper[i])
      return abs(kept) <= 1e-9 * (tradeUpper[i] - tradeLower[i]) ? 0 : kept
    }
  }
}

extension HedgeProblem.Settings {
  /// The settings of the solver within the time that is left.
  func solver(within clock: Stopwatch) -> InteriorPointSolver.Settings {
    var result = solver
    result.timeLimit = min(solver.timeLimit, max(0, timeLimit - clock.seconds))
    return result
  }
}
