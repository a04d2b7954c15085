import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// The same suite over every way of factoring the Newton system.
@Suite("Ways of factoring")
struct FactorizationTests {
  typealias Way = InteriorPointSolver.Settings.Factorization
  static let ways: [Way] = [.condensed, .rowSpace, .sparse]

  private func settings(_ way: Way) -> InteriorPointSolver.Settings {
    var settings = InteriorPointSolver.Settings()
    settings.factorization = way
    return settings
  }

  /// A program with a diagonal cost, bounds, two-sided rows and equalities: every way can take it.
  private func program(_ n: Int, _ random: inout TestRandom) -> QuadraticProgram {
    var triplets: [Triplet] = []
    for i in 0..<max(1, n / 3) {
      for _ in 0..<4 {
        let column = Int.random(in: 0..<n, using: &random)
        triplets.append(Triplet(row: i, column: column, value: random.signedUnit()))
      }
    }
    let rows = SparseMatrix(rows: max(1, n / 3), columns: n, triplets: triplets)
    let x = (0..<n).map { _ in random.signedUnit() }
    let values = rows * x
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(
        diagonal: (0..<n).map { $0 % 3 == 0 ? 0 : abs(random.signedUnit()) }),
      linearCost: (0..<n).map { _ in random.signedUnit() })
    program.constrain(
      rows, atLeast: values.map { $0 - 0.1 }, atMost: values.map { $0 + abs(random.signedUnit()) })
    program.constrain(
      SparseMatrix(Matrix(rows: [[Double](repeating: 1, count: n)])),
      equalTo: [x.reduce(0, +)])
    program.bound(
      atLeast: [Double](repeating: -2, count: n), atMost: [Double](repeating: 2, count: n))
    return program
  }

  @Test("agree in objective, and each meets the conditions", arguments: [1, 2, 5, 30, 120])
  func waysAgree(n: Int) throws {
    var random = TestRandom(seed: UInt64(n))
    for _ in 0..<5 {
      let program = program(n, &random)
      let reference = try program.solve()
      #expect(reference.status == .optimal)
      for way in Self.ways {
        var solver = try InteriorPointSolver(program, settings(way))
        let solution = solver.solve()
        #expect(solution.status == .optimal, "\(way)")
        #expect(solution.residuals.largest <= 1e-9, "\(way)")
        #expect(isClose(solution.objective, reference.objective, relative: 1e-8), "\(way)")
        // The same factorization space, used again.
        #expect(solver.solve().x == solution.x, "\(way)")
      }
    }
  }

  @Test("prove infeasibility", arguments: ways)
  func infeasible(way: Way) throws {
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [1, 1, 0]), linearCost: [0, 1, 1])
    program.bound(atLeast: [0, 0, 0], atMost: [1, 1, 1])
    program.constrain([[1, 1, 1]], atLeast: [4])
    var solver = try InteriorPointSolver(program, settings(way))
    guard case .primalInfeasible(let certificate) = solver.solve().status else {
      Issue.record("an infeasible program was not recognised")
      return
    }
    #expect(certificate.residual <= 1e-9)
  }
}
