import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Second-order cones of all lengths in the suite over the ways of factoring: short ones have a full
/// block in the sparse way, long ones are expanded by two variables.
extension FactorizationTests {
  private func solve(
    _ program: QuadraticProgram, _ way: Way,
    observe: (InteriorPointSolver.Progress) -> Void = { _ in }
  ) throws -> Solution {
    var settings = InteriorPointSolver.Settings()
    settings.factorization = way
    var solver = try InteriorPointSolver(program, settings)
    return solver.solve(observe: observe)
  }

  /// minimize Σ tᵢ + cᵀx + ½ · 0.01 ‖x‖², tᵢ ≥ ‖Lᵢx + bᵢ‖ over cones of k rows, x in a box.
  static func chain(rows k: Int, total: Int, _ random: inout TestRandom) -> QuadraticProgram {
    let cones = total / k + 1
    let core = cones * (k - 1) + 1
    let n = core + cones
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: (0..<n).map { $0 < core ? 0.01 : 0 }),
      linearCost: (0..<n).map { $0 < core ? random.signedUnit() : 1 })
    for cone in 0..<cones {
      var triplets = [Triplet(row: 0, column: core + cone, value: 1)]
      for i in 1..<k {
        let j = cone * (k - 1) + i - 1
        triplets.append(Triplet(row: i, column: j, value: 1))
        triplets.append(Triplet(row: i, column: j + 1, value: random.signedUnit()))
      }
      program.constrainToCone(
        SparseMatrix(rows: k, columns: n, triplets: triplets),
        plus: (0..<k).map { $0 == 0 ? 0 : random.signedUnit() })
    }
    program.bound(
      atLeast: (0..<n).map { $0 < core ? -1 : -100 }, atMost: (0..<n).map { $0 < core ? 1 : 100 })
    return program
  }

  @Test(
    "cones of all lengths: one objective, and the conditions", arguments: [3, 6, 16, 17, 48, 150])
  func longCones(k: Int) throws {
    var random = TestRandom(seed: UInt64(k))
    for _ in 0..<10 {
      let program = Self.chain(rows: k, total: 300, &random)
      let reference = try solve(program, .condensed)
      for way in Self.ways {
        var primal = Double.infinity
        let solution = try solve(program, way) { primal = $0.primal }
        #expect(solution.status == .optimal, "\(way)")
        #expect(isClose(solution.objective, reference.objective, relative: 1e-8), "\(way)")
        expectConditions(program, solution, within: 1e-8)
        // What an observer sees at the end is what is verified.
        #expect(primal <= 1e-8, "\(way)")
        #expect(solution.iterations <= 40, "\(way)")
      }
    }
  }

  /// The ball of a long norm around a point outside: its projection is known, and the nearer the point is
  /// to the ball, or the ball to nothing, the nearer all of it is to the boundary.
  @Test(
    "at the boundary of a long cone", arguments: [1e-9, 1e-6, 1e-3, 1, 1e3], [1e-6, 1e-3, 1, 1e3])
  func boundary(distance: Double, radius: Double) throws {
    let n = 60
    var random = TestRandom(seed: 9)
    let direction = (0..<n).map { _ in random.signedUnit() }
    let norm = euclidean(direction)
    let target = direction.map { $0 / norm * (radius + distance) }
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [Double](repeating: 1, count: n)),
      linearCost: target.map { -$0 })
    program.limit(
      normOf: SparseMatrix(diagonal: [Double](repeating: 1, count: n)), atMost: radius)
    for way in Self.ways {
      let solution = try solve(program, way)
      #expect(solution.status == .optimal, "\(way)")
      // As P is the identity half the squared distance to the solution is at most the gap.
      let size = max(1, radius * (radius + distance))
      let error = zip(solution.x, direction).map { $0 - $1 / norm * radius }
      #expect(euclidean(error) <= (2 * 2e-9 * size).squareRoot(), "\(way)")
      expectConditions(program, solution, within: 1e-8 * size)
    }
  }
}
