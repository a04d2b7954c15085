import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Programs without a solution: what the presolve finds, and what the solver finds after it, is proved
/// on the program as given.
@Suite("Certificates through the presolve")
struct PresolveCertificateTests {
  private func row(_ entries: Double...) -> Matrix {
    Matrix(rows: 1, columns: entries.count) { entries[$1] }
  }

  private func expect(
    _ name: String, _ problem: QuadraticProgram, byPresolve: Bool? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let solution = try problem.solve(.init(method: .interiorPoint))
    #expect(solution.status.name == name, sourceLocation: sourceLocation)
    #expect(
      FuzzTests().excess(of: solution, problem) <= 1e-9, "\(solution.status)",
      sourceLocation: sourceLocation)
    #expect(solution.presolve != nil, sourceLocation: sourceLocation)
    if let byPresolve {
      #expect((solution.iterations == 0) == byPresolve, sourceLocation: sourceLocation)
    }
  }

  @Test("a row without variables that cannot hold")
  func emptyRow() throws {
    for (lower, upper) in [(1.0, Double.infinity), (-.infinity, -1.0)] {
      var problem = QuadraticProgram(linearCost: [1, 1])
      problem.constrain(row(2, -1), atLeast: [lower], atMost: [upper])
      problem.bound(atLeast: [1, 2], atMost: [1, 2])
      try expect("primalInfeasible", problem, byPresolve: true)
    }
  }

  @Test("rows of one variable against a bound and against each other")
  func singletonRows() throws {
    for a in [2.0, -3.0] {
      var problem = QuadraticProgram(linearCost: [1, 1])
      problem.constrain(row(a, 0), equalTo: [a * 5])
      problem.constrain(row(1, 1), atLeast: [-9])
      problem.bound(atLeast: [-1, -1], atMost: [4, 4])
      try expect("primalInfeasible", problem, byPresolve: true)

      var two = QuadraticProgram(linearCost: [1, 1])
      two.constrain(
        row(a, 0), atLeast: [a > 0 ? 10 * a : -.infinity], atMost: [a > 0 ? .infinity : 10 * a])
      two.constrain(row(3, 0), atMost: [6])
      two.constrain(row(1, 1), atLeast: [-9])
      try expect("primalInfeasible", two, byPresolve: true)
    }
  }

  @Test("a chain of equalities that ends outside a bound")
  func chain() throws {
    let n = 6
    var problem = QuadraticProgram(linearCost: [Double](repeating: 1, count: n))
    problem.constrain(
      Matrix(rows: n, columns: n) { $1 == $0 || $1 == $0 - 1 ? 1 : 0 },
      equalTo: [1] + [Double](repeating: 3, count: n - 1))
    problem.bound(atMost: [Double](repeating: 5, count: n - 1) + [1.5])
    try expect("primalInfeasible", problem, byPresolve: true)
  }

  @Test("a row out of the reach of the bounds, with bounds from other rows")
  func activity() throws {
    for side in [1.0, -1.0] {
      var problem = QuadraticProgram(linearCost: [0, 0, 0])
      problem.constrain(
        row(side, side, -side), atLeast: [side > 0 ? 10 : -.infinity],
        atMost: [side > 0 ? .infinity : -10])
      problem.constrain(row(2, 0, 0), atMost: [8])
      problem.constrain(row(0, 0, -1), atMost: [1])
      problem.bound(atMost: [.infinity, 3, .infinity])
      try expect("primalInfeasible", problem, byPresolve: true)
    }
  }

  @Test("parallel rows that contradict each other", arguments: [2.0, -2.0, -0.25])
  func parallel(factor: Double) throws {
    for isUpper in [true, false] {
      var problem = QuadraticProgram(linearCost: [0, 0])
      problem.constrain(
        row(1, 2), atLeast: [isUpper ? -.infinity : 3], atMost: [isUpper ? 1 : .infinity])
      let value = (isUpper ? 2 : 1) * factor
      problem.constrain(row(factor, 2 * factor), equalTo: [value])
      try expect("primalInfeasible", problem, byPresolve: true)
    }
  }

  @Test("a contradiction that the solver finds in what is left")
  func bySolver() throws {
    // x + y ≥ 3, x − y ≥ 1, x + 2y… with z = 1 by a row and t a slack; no two rows alone conflict.
    var problem = QuadraticProgram(linearCost: [1, 1, 1, 5])
    problem.constrain(row(1, 1, 1, 0), atLeast: [4])
    problem.constrain(row(1, -2, 0, 0), atLeast: [1])
    problem.constrain(row(-3, 1, 0, 1), equalTo: [-2])
    problem.constrain(row(0, 0, 2, 0), equalTo: [2])
    problem.bound(
      atLeast: [-.infinity, -.infinity, -.infinity, -4], atMost: [.infinity, .infinity, 9, 0])
    // 3x − y = 2 + t ∈ [−2, 2], x ≥ 1 + 2y, x + y ≥ 3: the first two give 3 + 5y ≤ 2, y ≤ −0.2;
    // x ≥ 3.2 then 3x − y ≥ 9.8.
    try expect("primalInfeasible", problem, byPresolve: false)
  }

  @Test("a variable alone, or held by no row, that falls without limit")
  func ray() throws {
    var alone = QuadraticProgram(linearCost: [1, -1])
    alone.bound(atLeast: [0, 0])
    try expect("dualInfeasible", alone, byPresolve: true)

    var held = QuadraticProgram(linearCost: [1, -1, 0])
    held.constrain(row(1, 2, 1), atLeast: [1])
    held.bound(atLeast: [0, 0, 0])
    try expect("dualInfeasible", held, byPresolve: true)
  }

  @Test("a ray that moves a substituted variable, found before and after")
  func rayWithSlack() throws {
    // t = x − y, free; the cost is −t.
    var problem = QuadraticProgram(linearCost: [0, 0, -1])
    problem.constrain(row(1, -1, -1), equalTo: [0])
    problem.bound(atLeast: [0, 0, -.infinity], atMost: [.infinity, 1, .infinity])
    try expect("dualInfeasible", problem, byPresolve: true)

    problem.constrain(row(1, -3, 0), atLeast: [-1], atMost: [1])
    problem.bound(atMost: [.infinity, .infinity, .infinity])
    try expect("dualInfeasible", problem, byPresolve: false)
  }
}
