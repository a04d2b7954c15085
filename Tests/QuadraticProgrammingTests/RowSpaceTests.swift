import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Linear programs with bounds on every variable and few rows take the row-space form of the Newton
/// system; one free variable that does nothing sends the same program through the other form.
@Suite("Linear programs with more variables than rows")
struct RowSpaceTests {
  /// A boxed program with a feasible point; `spread` scales columns by 10^(±spread).
  static func program(
    n: Int, inequalities m: Int, equalities p: Int, spread: Double, seed: UInt64,
    idleVariable: Bool = false
  ) -> QuadraticProgram {
    var random = TestRandom(seed: seed)
    let scales = (0..<n).map { _ in
      (0..<Int(spread)).reduce(1.0) { product, _ in
        product * (1 + 9 * abs(random.signedUnit()))
      }
    }
    let inside = scales.map { random.signedUnit() / $0 }
    func matrix(_ rows: Int) -> Matrix {
      Matrix(rows: rows, columns: n) { _, j in
        random.signedUnit() < -0.3 ? 0 : random.signedUnit() * scales[j]
      }
    }
    let (G, A) = (matrix(m), matrix(p))
    let cost = scales.map { random.signedUnit() * $0 }
    let idle = idleVariable ? 1 : 0
    func widened(_ matrix: Matrix) -> Matrix {
      Matrix(rows: matrix.rows, columns: n + idle) { i, j in j < n ? matrix[i, j] : 0 }
    }
    var problem = QuadraticProgram(linearCost: cost + [Double](repeating: 0, count: idle))
    let center = G * inside
    if m > 0 {
      problem.constrain(
        widened(G), atLeast: center.map { $0 - 0.5 }, atMost: center.map { $0 + 0.25 })
    }
    if p > 0 { problem.constrain(widened(A), equalTo: A * inside) }
    let free = [Double](repeating: .infinity, count: idle)
    problem.bound(
      atLeast: scales.map { -2 / $0 } + free.map { -$0 }, atMost: scales.map { 2 / $0 } + free)
    return problem
  }

  @Test(
    "both forms of the Newton system reach one optimum",
    arguments: [
      (2, 1, 0), (5, 2, 1), (12, 3, 0), (40, 10, 5), (40, 0, 0), (40, 0, 10), (120, 60, 20),
      (300, 40, 10),
    ])
  func bothForms(n: Int, m: Int, p: Int) throws {
    for (seed, spread) in [(1, 0.0), (2, 2), (3, 4)] {
      func solve(idleVariable: Bool) throws -> Solution {
        try Self.program(
          n: n, inequalities: m, equalities: p, spread: spread, seed: UInt64(100 * n + seed),
          idleVariable: idleVariable
        ).solve()
      }
      let (rows, variables) = (
        try solve(idleVariable: false), try solve(idleVariable: true)
      )
      #expect(rows.status == .optimal)
      #expect(variables.status == .optimal)
      #expect(rows.residuals.largestRelative <= 1e-9)
      #expect(isClose(rows.objective, variables.objective, relative: 1e-8, absolute: 1e-8))
    }
  }

  @Test("repeated rows, repeated equalities, a row of zeros")
  func redundant() throws {
    let base = Self.program(n: 30, inequalities: 4, equalities: 3, spread: 1, seed: 9)
    let expected = try base.solve().objective
    var problem = base
    problem.constrain(
      base.inequalityMatrix, atLeast: base.inequalityLower, atMost: base.inequalityUpper)
    problem.constrain(base.equalityMatrix, equalTo: base.equalityValues)
    problem.constrain(Matrix(rows: 1, columns: 30), equalTo: [0])
    problem.constrain(Matrix(rows: 1, columns: 30), atMost: [1])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(isClose(solution.objective, expected, relative: 1e-8, absolute: 1e-8))
  }

  @Test("rows that the box cannot meet are certified infeasible", arguments: 1...20)
  func infeasible(seed: Int) throws {
    var problem = Self.program(
      n: 25, inequalities: 5, equalities: 2, spread: 1, seed: UInt64(seed))
    // The largest value of one more row over the box, and a little beyond it.
    let row = Matrix(rows: 1, columns: 25) { _, j in Double(j % 5) - 2 }
    let most = (0..<25).reduce(0.0) { sum, j in
      sum + max(row[0, j] * problem.lowerBounds[j], row[0, j] * problem.upperBounds[j])
    }
    problem.constrain(row, atLeast: [most + 0.01])
    guard case .primalInfeasible = try problem.solve().status else {
      Issue.record("seed \(seed): the program has no feasible point")
      return
    }
  }

  @Test("a solver updated with new costs and sides equals a fresh one")
  func update() throws {
    let first = Self.program(n: 50, inequalities: 8, equalities: 2, spread: 2, seed: 4)
    var solver = try InteriorPointSolver(first)
    _ = solver.solve()
    let cost = first.linearCost.map { -0.5 * $0 }
    try solver.update(linearCost: cost)
    let updated = solver.solve()
    var second = QuadraticProgram(linearCost: cost)
    second.constrain(
      first.inequalityMatrix, atLeast: first.inequalityLower, atMost: first.inequalityUpper)
    second.constrain(first.equalityMatrix, equalTo: first.equalityValues)
    second.bound(atLeast: first.lowerBounds, atMost: first.upperBounds)
    let fresh = try second.solve()
    #expect(updated.status == .optimal)
    #expect(isClose(updated.objective, fresh.objective, relative: 1e-9, absolute: 1e-9))
  }
}
