import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("Programs small enough to solve by hand")
struct SmallProgramTests {
  @Test("the two-variable program of the documentation")
  func documentation() throws {
    var problem = QuadraticProgram(quadraticCost: [[4, 1], [1, 2]], linearCost: [1, 1])
    problem.constrain([[1, 1]], equalTo: [1])
    problem.bound(atLeast: [0, 0], atMost: [0.7, 0.7])

    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(isClose(solution.x[0], 0.3, absolute: 1e-8))
    #expect(isClose(solution.x[1], 0.7, absolute: 1e-8))
    #expect(isClose(solution.objective, 1.88, absolute: 1e-9))
    #expect(isClose(solution.dualObjective, 1.88, absolute: 1e-9))
    // Stationarity: 4·0.3 + 0.7 + 1 + y = 0 and 0.3 + 2·0.7 + 1 + y + z₂ = 0.
    #expect(isClose(solution.duals.equality[0], -2.9, absolute: 1e-7))
    #expect(isClose(solution.duals.bounds[1], 0.2, absolute: 1e-7))
    #expect(solution.residuals.largest <= 1e-9)
  }
}
