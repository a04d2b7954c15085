import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("The choice of method")
struct MethodTests {
  @Test("both methods find a planted solution; sparse, full and dense P give the same bits")
  func methodsAgree() throws {
    for seed in 0..<40 {
      let n = 1 + seed * 3
      let planted = PlantedProgram(
        n: n, equalities: seed % 3 == 0 ? 0 : min(n / 2, 4), inequalities: seed % 12, rank: n,
        seed: UInt64(seed))
      let problem = planted.problem
      let active = try problem.solve(.init(method: .activeSet))
      let interior = try problem.solve(.init(method: .interiorPoint))
      #expect(active.status == .optimal && interior.status == .optimal, "seed \(seed)")
      #expect(active.method == .activeSet && interior.method == .interiorPoint, "seed \(seed)")
      #expect(
        isClose(active.objective, interior.objective, relative: 1e-8, absolute: 1e-8),
        "seed \(seed)")
      #expect(active.residuals.satisfy(1e-11), "seed \(seed): \(active.residuals)")
      guard let cost = problem.quadraticCost else { continue }
      var again = QuadraticProgram(
        quadraticCost: SparseMatrix(cost.matrix), linearCost: problem.linearCost)
      again.constrain(problem.equalityMatrix, equalTo: problem.equalityValues)
      again.constrain(
        problem.inequalityMatrix, atLeast: problem.inequalityLower,
        atMost: problem.inequalityUpper)
      again.bound(atLeast: problem.lowerBounds, atMost: problem.upperBounds)
      #expect(try again.solve(.init(method: .activeSet)).x == active.x, "seed \(seed)")
    }
  }

  @Test("small strictly convex programs go to the active set, linear and large sparse ones do not")
  func automaticChoice() throws {
    let small = PlantedProgram(n: 20, equalities: 2, inequalities: 5, rank: 20, seed: 3).problem
    #expect(try small.solve().method == .activeSet)
    let linear = PlantedProgram(n: 20, equalities: 2, inequalities: 30, rank: 0, seed: 3).problem
    #expect(try linear.solve().method == .interiorPoint)
    let n = 400
    var sparse = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [Double](repeating: 1, count: n)),
      linearCost: (0..<n).map { Double($0 % 7) - 3 })
    sparse.bound(atLeast: [Double](repeating: -1, count: n))
    let solution = try sparse.solve()
    #expect(solution.method == .interiorPoint && solution.status == .optimal)
  }

  @Test("bad data is refused alike by every method", arguments: QuadraticProgram.Method.allCases)
  func errors(method: QuadraticProgram.Method) throws {
    let settings = InteriorPointSolver.Settings(method: method)
    #expect(throws: ProblemError.quadraticCostSize(rows: 1, columns: 1, variables: 2)) {
      try QuadraticProgram(quadraticCost: [[1]], linearCost: [1, 1]).solve(settings)
    }
    #expect(throws: ProblemError.notSymmetric(row: 0, column: 1, difference: -1)) {
      try QuadraticProgram(quadraticCost: [[1, 0], [1, 1]], linearCost: [1, 1]).solve(settings)
    }
    // Sparse and not full: the entry that has no mirror is found too.
    let lone = SparseMatrix(
      rows: 3, columns: 3, columnStarts: [0, 1, 3, 4], rowIndices: [0, 0, 1, 2],
      values: [1, 0.5, 1, 1])
    #expect(throws: ProblemError.notSymmetric(row: 0, column: 1, difference: -0.5)) {
      do {
        _ = try QuadraticProgram(quadraticCost: lone, linearCost: [1, 1, 1]).solve(settings)
      } catch ProblemError.notSymmetric(let row, let column, let difference) {
        throw ProblemError.notSymmetric(row: row, column: column, difference: -abs(difference))
      }
    }
    #expect(throws: ProblemError.notConvex(variable: 1)) {
      try QuadraticProgram(quadraticCost: [[1, 2], [2, 1]], linearCost: [1, 1]).solve(settings)
    }
    #expect(
      throws: ProblemError.notFinite(part: .linearCost, row: 1, column: 0, value: .infinity)
    ) {
      try QuadraticProgram(quadraticCost: [[1, 0], [0, 1]], linearCost: [1, .infinity])
        .solve(settings)
    }
    var boxed = QuadraticProgram(quadraticCost: [[1, 2], [2, 1]], linearCost: [1, 1])
    boxed.bound(atLeast: [0, 0], atMost: [1, 1])
    #expect(throws: ProblemError.notConvex(variable: 1)) { try boxed.solve(settings) }
  }

  @Test("an infeasible and an unbounded program have verified certificates by either method")
  func certificates() throws {
    var infeasible = QuadraticProgram(quadraticCost: [[2, 0], [0, 2]], linearCost: [1, 1])
    infeasible.constrain([[1, 1]] as Matrix, atLeast: [3])
    infeasible.bound(atLeast: [0, 0], atMost: [1, 1])
    let unbounded = QuadraticProgram(quadraticCost: [[1, 1], [1, 1]], linearCost: [1, -1])
    for method in [QuadraticProgram.Method.activeSet, .interiorPoint] {
      let one = try infeasible.solve(.init(method: method))
      #expect(one.method == method)
      guard case .primalInfeasible(let proof) = one.status else {
        Issue.record("\(method): \(one.status)")
        continue
      }
      #expect(proof.residual <= 1e-9)
      // w (x₁ + x₂) ≥ 3 w with x ≤ 1: the multipliers are −1, 1, 1 for a support value of −1.
      #expect(isClose(proof.duals.inequality[0], -1, relative: 1e-6))
      let other = try unbounded.solve(.init(method: method))
      guard case .dualInfeasible(let ray) = other.status else {
        Issue.record("\(method): \(other.status)")
        continue
      }
      #expect(isClose(ray.direction[1] - ray.direction[0], 1, relative: 1e-9))
    }
  }
}
