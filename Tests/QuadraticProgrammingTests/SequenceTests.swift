import LinearAlgebra
import QuadraticProgramming
import Synchronization
import TestSupport
import Testing

@Suite("Sequences and batches")
struct SequenceTests {
  @Test(
    "every point of a sequence equals a fresh solution",
    arguments: [QuadraticProgram.Method.automatic, .activeSet, .interiorPoint])
  func sequence(method: QuadraticProgram.Method) throws {
    var random = TestRandom(seed: 5)
    let (n, m) = (30, 6)
    let planted = PlantedProgram(n: n, equalities: 2, inequalities: m, rank: n, seed: 21)
    let settings = InteriorPointSolver.Settings(method: method)
    var sequence = try ProgramSequence(planted.problem, settings)
    for round in 0..<24 {
      let before = sequence.program
      switch round % 4 {
      case 0: try sequence.update(linearCost: before.linearCost.map { $0 + random.signedUnit() })
      case 1:
        try sequence.update(
          equalityValues: before.equalityValues.map { $0 + 0.1 * random.signedUnit() },
          upperBounds: before.upperBounds.map { $0 + abs(random.signedUnit()) })
      case 2:
        let F = Matrix(rows: n, columns: n) { _, _ in random.signedUnit() }
        try sequence.update(quadraticCost: .dense(F.timesTransposed()))
      default:
        try sequence.update(
          inequalityMatrix: SparseMatrix(
            Matrix(rows: m, columns: n) { _, _ in random.signedUnit() }))
      }
      let warm = try sequence.solve()
      let fresh = try sequence.program.solve(settings)
      #expect(warm.status.name == fresh.status.name, "round \(round)")
      guard fresh.status == .optimal else { continue }
      let distance = zip(warm.x, fresh.x).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(distance <= (method == .interiorPoint ? 1e-5 : 1e-9), "round \(round)")
      #expect(isClose(warm.objective, fresh.objective, relative: 1e-8, absolute: 1e-8))
    }
  }

  @Test("a frontier that ends infeasible says so with a proof, and recovers")
  func frontier() throws {
    var program = QuadraticProgram(
      quadraticCost: [[2, 0.5], [0.5, 1]] as Matrix, linearCost: [0, 0])
    program.constrain([[1, 2]] as Matrix, atLeast: [0])
    program.bound(atLeast: [0, 0], atMost: [1, 1])
    var sequence = try ProgramSequence(program)
    for bound in [0.5, 1, 2, 3, 3.5, 4, 1] {
      try sequence.update(inequalityLower: [bound])
      let solution = try sequence.solve()
      if bound > 3 {
        guard case .primalInfeasible(let proof) = solution.status else {
          Issue.record("\(bound): \(solution.status)")
          continue
        }
        #expect(proof.residual <= 1e-9)
      } else {
        #expect(solution.status == .optimal)
        #expect(solution.method == .activeSet)
        #expect(solution.x == (try sequence.program.solve()).x || solution.residuals.satisfy(1e-13))
      }
    }
  }

  @Test("an update that is refused leaves the sequence as it was; a P that is not convex is found")
  func refusedUpdates() throws {
    var sequence = try ProgramSequence(
      QuadraticProgram(quadraticCost: [[2, 0], [0, 2]], linearCost: [1, 1]))
    let unchanged = sequence.program
    let before = try sequence.solve()
    #expect(
      throws: ProblemError.notFinite(part: .linearCost, row: 0, column: 0, value: .infinity)
    ) { try sequence.update(linearCost: [.infinity, 1]) }
    #expect(throws: ProblemError.notSymmetric(row: 0, column: 1, difference: 1)) {
      try sequence.update(quadraticCost: .dense([[2, 1], [0, 2]]))
    }
    #expect(sequence.program == unchanged)
    // Starting at the answer may add a step of refinement: equal but for rounding.
    for (again, first) in zip(try sequence.solve().x, before.x) {
      #expect(abs(again - first) <= 1e-15)
    }
    try sequence.update(quadraticCost: .dense([[2, 3], [3, 2]]))
    #expect(throws: ProblemError.notConvex(variable: 1)) { try sequence.solve() }
  }

  @Test(
    "a batch has the bits of single solutions for every number of workers, errors in their place")
  func batch() throws {
    var programs = (0..<60).map { seed in
      PlantedProgram(
        n: 5 + seed % 20, equalities: seed % 3, inequalities: 4,
        rank: seed % 5 == 0 ? 3 : 5 + seed % 20, seed: UInt64(seed)
      ).problem
    }
    programs[7] = QuadraticProgram(quadraticCost: [[1, 2], [2, 1]], linearCost: [0, 1])
    let one = QuadraticProgram.solve(batch: programs, workerCount: 1)
    let three = QuadraticProgram.solve(batch: programs, workerCount: 3)
    #expect(one.count == programs.count && three.count == programs.count)
    for i in programs.indices where i != 7 {
      let single = try programs[i].solve()
      #expect(try one[i].get().x == single.x && three[i].get().x == single.x, "\(i)")
      #expect(try one[i].get().duals == single.duals && three[i].get().duals == single.duals)
    }
    #expect(throws: ProblemError.notConvex(variable: 1)) { try one[7].get() }
    #expect(throws: ProblemError.notConvex(variable: 1)) { try three[7].get() }
    #expect(QuadraticProgram.solve(batch: []).isEmpty)
  }

  @Test("programs loaded into reused storage have the answers of programs of their own")
  func loadedBatch() throws {
    let count = 50
    let solver = BatchSolver(maxVariables: 2, maxRows: 1, workerCount: 2)
    let found = Mutex([Double](repeating: .nan, count: count))
    solver.solve(count: count) { i, program in
      program.quadraticCost = [1, 0, 0, 1]
      program.linearCost = [-Double(i), 0]
      program.rows = [1, 1]
      program.rowUpper = [10]
      program.upper = [20, .infinity]
    } deliver: { i, answer in
      let value = answer.status == .optimal ? answer.point(0) + 1000 * answer.point(1) : .nan
      found.withLock { $0[i] = value }
    }
    // ½x₁² + ½x₂² − i x₁ with x₁ + x₂ ≤ 10 and x₁ ≤ 20: x₁ = i up to 10, then x₁ − i = x₂ and the
    // row is active: x₁ = 5 + i/2 until 20, x₂ = 10 − x₁.
    for (i, value) in found.withLock({ $0 }).enumerated() {
      let first = i <= 10 ? Double(i) : min(5 + Double(i) / 2, 20)
      let second = i <= 10 ? 0 : 10 - first
      #expect(isClose(value, first + 1000 * second, relative: 1e-12, absolute: 1e-9), "\(i)")
    }
  }
}
