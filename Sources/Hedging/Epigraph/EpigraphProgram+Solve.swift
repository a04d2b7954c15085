import QuadraticProgramming

extension EpigraphProgram {
  /// A solution with the program, cuts included, that it solves.
  struct Answer {
    var program: EpigraphProgram
    var solution: Solution
    /// No point of the full problem has a lower objective.
    var bound: Double
    var rounds: Int
    var iterations: Int
    var solveSeconds: Double
  }

  /// Solves the program, adding cuts of expected shortfalls until none is violated.
  ///
  /// Every round's program relaxes the full one, so its certified bound holds for that; the best
  /// one is kept.
  func solve(
    _ settings: HedgeProblem.Settings, clock: Stopwatch,
    observe: (HedgeProblem.Progress) -> Void
  ) throws -> Answer {
    var program = self
    program.addCutsAtNoTrade()
    var bound = -Double.infinity
    var iterations = 0
    var rounds = 0
    var solveSeconds = 0.0
    while true {
      let model = program.quadraticProgram()
      var solver = settings.solver
      solver.timeLimit = min(solver.timeLimit, max(0, settings.timeLimit - clock.seconds))
      let solution = try model.solve(solver)
      rounds += 1
      iterations += solution.iterations
      solveSeconds += solution.setupSeconds + solution.solveSeconds
      bound = max(
        bound,
        CertifiedBound.lowerBound(
          of: model, at: solution.x, equalityDuals: solution.duals.equality,
          inequalityDuals: solution.duals.inequality))
      let answer = Answer(
        program: program, solution: solution, bound: bound, rounds: rounds,
        iterations: iterations, solveSeconds: solveSeconds)
      if case .primalInfeasible = solution.status { return answer }
      if program.shortfalls.isEmpty { return answer }
      let (violation, added) = program.addCuts(
        at: solution.x, relativeTolerance: settings.cutTolerance)
      observe(.init(round: rounds, bound: bound, violation: violation))
      if violation <= settings.cutTolerance || added == 0 || rounds >= settings.roundLimit
        || clock.seconds > settings.timeLimit
      {
        return answer
      }
    }
  }

  /// Gives every expected shortfall its first cut.
  mutating func addCutsAtNoTrade() {
    if shortfalls.isEmpty { return }
    _ = addCuts(at: [Double](repeating: 0, count: variableCount), relativeTolerance: -.infinity)
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
