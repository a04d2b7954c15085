import TestSupport
import Testing

import QuadraticProgramming

@Suite("Active sets: random programs")
struct ActiveSetFuzzTests {
  /// Whatever the data: a point, a Farkas proof or a ray, each checked by plain sums; the methods
  /// agree, and so do warm and cold starts.
  @Test("five hundred programs are decided, by every method alike")
  func everyProgramIsDecided() {
    var outcomes: [ActiveSetStatus: Int] = [:]
    var converged = 0
    for seed in 0..<500 {
      var generator = ActiveSetPrograms(seed: UInt64(seed))
      let p = generator.anything()
      let solver = ActiveSetSolver(maxVariables: p.variableCount, maxRows: p.rowCount)
      solver.solve(p)
      let answer = solver.solution
      outcomes[answer.status, default: 0] += 1
      #expect(p.fault(answer) == nil, "seed \(seed) \(answer.status): \(p.fault(answer) ?? "")")

      let dual = ActiveSetSolver(maxVariables: p.variableCount, maxRows: p.rowCount)
      dual.method = .dual
      dual.solve(p)
      #expect(p.fault(dual.solution) == nil, "dual, seed \(seed): \(p.fault(dual.solution) ?? "")")
      #expect(dual.status == answer.status, "seed \(seed)")
      if answer.status == .optimal {
        let (f, g) = (p.objective(answer.x), p.objective(dual.solution.x))
        #expect(abs(f - g) <= 1e-8 * (1 + abs(f)), "seed \(seed)")
      }
      if answer.status == .unbounded { expectFeasible(p, seed) }

      let newton = ActiveSetSolver(maxVariables: p.variableCount, maxRows: p.rowCount)
      newton.method = .newton
      if newton.solve(p) == .optimal {
        converged += 1
        #expect(p.fault(newton.solution) == nil, "Newton, seed \(seed)")
      }
      for start in [ActiveSetSolver.Start.lastSides, .lastFactors] {
        solver.solve(p, from: start)
        #expect(solver.status == answer.status, "\(start), seed \(seed)")
        #expect(
          p.fault(solver.solution) == nil,
          "\(start), seed \(seed): \(p.fault(solver.solution) ?? "")")
      }
    }
    // All outcomes must occur, or the generator tests nothing.
    #expect(outcomes.count == 3 && outcomes.values.allSatisfy { $0 > 20 }, "\(outcomes)")
    #expect(converged > 100)
  }

  /// A ray proves an unbounded objective only together with a feasible point.
  func expectFeasible(_ p: DenseProgram, _ seed: Int) {
    var q = p
    q.linearCost = q.linearCost.map { _ in 0 }
    let solver = ActiveSetSolver(maxVariables: q.variableCount, maxRows: q.rowCount)
    #expect(solver.solve(q) == .optimal, "seed \(seed)")
  }
}
