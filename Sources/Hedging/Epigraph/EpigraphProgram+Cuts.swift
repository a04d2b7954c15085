import LinearAlgebra
import Margin
import QuadraticProgramming

/// Expected shortfalls by cutting planes (A. Künzi-Bay, J. Mayer, "Computational aspects of minimizing
/// conditional value-at-risk", Computational Management Science 3 (2006)): for relaxations that are
/// solved often, and where the scenarios themselves did not lead to a proof.
extension EpigraphProgram {
  /// Adds the cuts of expected shortfalls that the solution is below by more than a tolerance.
  ///
  /// A cut that the program has already is below its variable but for the solver's rounding; to
  /// add it again would change nothing.
  /// - Returns: the largest violation relative to the size of the shortfall, and the number of new
  ///   cuts.
  mutating func addCuts(
    at v: [Double], relativeTolerance: Double
  ) -> (violation: Double, added: Int) {
    let x = trades(in: v)
    var worst = 0.0
    var added = 0
    for k in shortfalls.indices {
      let shortfall = shortfalls[k]
      let (value, support) = shortfall.function.cut(at: x)
      let violation = (value - v[shortfall.variable]) / max(1, abs(value))
      worst = max(worst, violation)
      guard violation > relativeTolerance, shortfalls[k].cuts.insert(support).inserted else {
        continue
      }
      added += 1
      addCut(support, below: shortfall.variable)
    }
    return (worst, added)
  }

  /// Holds a variable above an affine function.
  mutating func addCut(_ support: AffineFunction, below variable: Int) {
    var gap = linear(support)
    gap.add(-1, variable)
    addRow(gap, atMost: 0, role: .epigraph)
  }

  /// Gives every expected shortfall its first cut.
  mutating func addCutsAtNoTrade() {
    if shortfalls.isEmpty { return }
    _ = addCuts(at: [Double](repeating: 0, count: variableCount), relativeTolerance: -.infinity)
  }

  /// Adds cuts to those of an answer until none is violated.
  ///
  /// Every round's program relaxes the full one, so its certified bound holds for that; the best one
  /// is kept.
  func solveByCuts(
    from start: Answer, _ settings: HedgeProblem.Settings, clock: Stopwatch,
    observe: (HedgeProblem.Progress) -> Void
  ) throws -> Answer {
    var answer = start
    var program = start.program
    if case .primalInfeasible = answer.status { return answer }
    while true {
      let (violation, added) = program.addCuts(
        at: answer.variables, relativeTolerance: settings.cutTolerance)
      if answer.rounds > start.rounds {
        observe(.init(round: answer.rounds, bound: answer.bound, violation: violation))
      }
      if violation <= settings.cutTolerance || added == 0 || answer.rounds >= settings.roundLimit
        || clock.seconds > settings.timeLimit
      {
        return answer
      }
      answer = try program.solveRelaxation(after: answer, settings, clock: clock)
      if case .primalInfeasible = answer.status { return answer }
    }
  }
}
