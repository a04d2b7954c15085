import Foundation
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

  /// A shortfall of S scenarios held below a variable, and one of as many under a limit: their z are
  /// singles that a row each couples. Lines, absolute values and an equality stand beside them.
  private func coupledProgram(_ S: Int, _ random: inout TestRandom) -> QuadraticProgram {
    let k = 5
    let n = k + 1 + 2 * (1 + S)
    var triplets: [Triplet] = []
    for part in 0..<2 {
      let first = k + 1 + part * (1 + S)
      for s in 0..<S {
        for j in 0..<k {
          triplets.append(Triplet(row: part * S + s, column: j, value: random.signedUnit()))
        }
        triplets.append(Triplet(row: part * S + s, column: first, value: 1))
        triplets.append(
          Triplet(row: part * S + s, column: first + 1 + s, value: 0.5 + abs(random.signedUnit())))
        triplets.append(
          Triplet(
            row: 2 * S + part, column: first + 1 + s,
            value: (1 + abs(random.signedUnit())) / Double(S)))
      }
      triplets.append(Triplet(row: 2 * S + part, column: first, value: 1))
    }
    triplets.append(Triplet(row: 2 * S, column: k, value: -1))
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(
        diagonal: (0..<n).map { $0 < k ? 0.1 : 0 }),
      linearCost: (0..<n).map { $0 == k ? 1 : $0 < k ? random.signedUnit() : 0 })
    program.constrain(
      SparseMatrix(rows: 2 * S + 2, columns: n, triplets: triplets),
      atLeast: (0..<2 * S).map { _ in random.signedUnit() } + [-.infinity, -.infinity],
      atMost: [Double](repeating: .infinity, count: 2 * S) + [0, 2])
    program.constrain(
      SparseMatrix(
        rows: 1, columns: n, triplets: (0..<k).map { Triplet(row: 0, column: $0, value: 1) }),
      equalTo: [0.5])
    program.bound(
      atLeast: (0..<n).map { $0 < k ? -1 : $0 > k + 1 && $0 != k + 2 + S ? 0 : -.infinity },
      atMost: (0..<n).map { $0 < k ? 1 : .infinity })
    return program
  }

  /// Rows and multipliers as they are in the middle of the iteration, at its end, and far apart.
  @Test(
    "solve the Newton system written out, singles that a row couples included",
    arguments: [0.0, 2, 4, 6], [60, 400])
  func newtonSystem(spread: Double, S: Int) throws {
    var random = TestRandom(seed: 17)
    let program = coupledProgram(S, &random)
    for way in [Way.condensed, .sparse] {
      var point = TestRandom(seed: 18)
      // λ/s from 10^−2·spread to 10^2·spread, at random.
      let system = try #require(
        NewtonSystem(program, way) { _ in
          let exponent = spread * point.signedUnit()
          return (pow(10, -exponent), pow(10, exponent))
        })
      #expect(system.couplingCount == (way == .condensed ? 2 : 0))
      let size = system.matrix.rows
      for _ in 0..<5 {
        let solution = (0..<size).map { _ in random.signedUnit() }
        let right = system.matrix * solution
        // A single condensed solution has the regularisation of 1e-12, times the weights, and three
        // refinements take it away. Sparsely the pivots of equalities are replaced, so that only
        // refinement makes it right: as often as the engine does.
        let single = 1e-11 * pow(10, max(0, 3 * spread - 6))
        for (refinements, tolerance) in way == .sparse ? [(7, 1e-14)] : [(0, single), (3, 1e-14)] {
          let found = system.solve(right, refinements: refinements)
          let reached = system.matrix * found
          var error = 0.0
          for i in 0..<size {
            var scale = abs(right[i])
            for j in 0..<size { scale += abs(system.matrix[i, j] * found[j]) }
            error = max(error, abs(reached[i] - right[i]) / scale)
          }
          #expect(error <= tolerance, "\(way), spread \(spread), \(refinements) refinements")
        }
      }
    }
  }
}
