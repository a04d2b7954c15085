import Foundation
import MarginOptimization
import Workloads

extension RatioSuite {
  /// Whole searches for the hedge of least margin against a part of them that cannot be left out:
  /// the solution of their program, or the revaluation of their scenarios.
  static var hedging: RatioSuite {
    RatioSuite(section: "hedging") {
      let book = try SampleBook.shared.get()
      let profiles: [ScenarioGridProfile.Bundled] = [.deribit, .paradex]
      return try profiles.flatMap { try grid($0, book: book) }
        + profiles.map { try frontier($0, book: book) }
        + [5000, 50_000].map { try shortfall(scenarios: $0, book: book) }
    }
  }
}

private func grid(
  _ profile: ScenarioGridProfile.Bundled, book: SampleBook
) throws -> [Comparison] {
  let problem = try book.hedge(under: profile, instruments: 200)
  let program = try problem.quadraticProgram()
  let iterations = try program.solve().iterations
  let floor = FactorFloor(program)
  let name = "\(profile) hedge, 200 instruments"
  return [
    Comparison(
      name: name, peerName: "its program by our solver", ours: { solve(problem) },
      peer: { if let solution = try? program.solve() { keep(solution.objective) } },
      note: try note(on: problem)),
    Comparison(
      name: name, peerName: "\(iterations) (dsyrk + dpotrf)", ours: { solve(problem) },
      peer: { floor.run(iterations: iterations) }),
  ]
}

/// Twelve points of a frontier against its ten inner ones, each from scratch under a limit on cost.
private func frontier(
  _ profile: ScenarioGridProfile.Bundled, book: SampleBook
) throws -> Comparison {
  let problem = try book.hedge(under: profile, instruments: 200)
  let points = try problem.frontier(points: 12).frontier?.points ?? []
  let alone = try points.dropFirst().dropLast().map { point in
    var alone = problem
    alone.costWeight = 0
    try alone.limit(.tradingCost, atMost: point.cost)
    return alone
  }
  return Comparison(
    name: "\(profile) frontier, 12 points", peerName: "\(alone.count) searches from scratch",
    ours: {
      if let frontier = try? problem.frontier(points: 12).frontier {
        keep(Double(frontier.points.count))
      }
    },
    peer: { for problem in alone { solve(problem) } })
}

private func shortfall(scenarios: Int, book: SampleBook) throws -> Comparison {
  let problem = try book.shortfallHedge(scenarios: scenarios, instruments: 60)
  let methodology = problem.methodology
  return Comparison(
    name: "shortfall hedge \(scenarios) x 60", peerName: "its revaluation alone",
    ours: { solve(problem) },
    peer: {
      if let margin = try? methodology.marginFunction(
        .initial, trading: problem.instruments, on: problem.portfolio, in: problem.market)
      {
        keep(margin.domain.count)
      }
    },
    note: try note(on: problem))
}

private func solve(_ problem: HedgeProblem) {
  if let plan = try? problem.solve().plan { keep(plan.objective) }
}

/// What one search reports of itself, with the share of its time that the solver took.
private func note(on problem: HedgeProblem) throws -> (Measurement) -> String? {
  let start = ContinuousClock.now
  let outcome = try problem.solve()
  let seconds = (ContinuousClock.now - start) / .seconds(1)
  guard let plan = outcome.plan else { return { _ in "no plan: \(outcome)" } }
  let s = plan.statistics
  let text =
    "\(s.variables) variables, \(s.rows) rows, \(s.rounds) rounds, \(s.iterations) iterations; "
    + String(
      format:
        "solver %.0f %%, model %.0f %% of the time; margin %.0f to %.0f at cost %.0f, gap %.1e",
      100 * s.solveSeconds / seconds, 100 * s.modelSeconds / seconds,
      plan.margin.before.amount, plan.margin.after.amount, plan.cost, plan.gap)
  return { _ in text }
}
