import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Each reduction of the presolve on a program small enough to be solved by hand, multipliers included.
@Suite("Reductions of the presolve")
struct PresolveReductionTests {
  private func solve(_ problem: QuadraticProgram, tolerance: Double = 1e-9) throws -> Solution {
    let solution = try problem.solve(.init(tolerance: tolerance, method: .interiorPoint))
    #expect(KKTResiduals(of: problem, x: solution.x, duals: solution.duals) == solution.residuals)
    return solution
  }

  private func expect(
    _ solution: Solution, x: [Double], rows: [Double], bounds: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(solution.status == .optimal, sourceLocation: sourceLocation)
    for (values, expected) in [
      (solution.x, x), (solution.rowDuals, rows), (solution.boundDuals, bounds),
    ] {
      #expect(values.count == expected.count, sourceLocation: sourceLocation)
      for (value, wanted) in zip(values, expected) {
        #expect(
          isClose(value, wanted, absolute: 1e-8), "\(values), not \(expected)",
          sourceLocation: sourceLocation)
      }
    }
  }

  /// min ½(x² + y²) − 4x − 4y + …: both variables want to be 4.
  private func bowl(_ more: [Double] = []) -> QuadraticProgram {
    let n = 2 + more.count
    let P = SparseMatrix(
      rows: n, columns: n,
      triplets: [Triplet(row: 0, column: 0, value: 1), Triplet(row: 1, column: 1, value: 1)])
    return QuadraticProgram(quadraticCost: P, linearCost: [-4, -4] + more)
  }

  private func row(_ entries: Double...) -> Matrix {
    Matrix(rows: 1, columns: entries.count) { entries[$1] }
  }

  @Test("a fixed variable gets the multiplier that its cost and rows ask for")
  func fixedVariable() throws {
    var problem = bowl()
    problem.constrain(row(1, 1), atMost: [3])
    problem.bound(atLeast: [1, -.infinity], atMost: [1, .infinity])
    let solution = try solve(problem)
    // y = 2 by the row, w = 4 − 2 = 2; z of x: −(1 − 4 + 2) = 1. The row has become a bound.
    expect(solution, x: [1, 2], rows: [2], bounds: [1, 0])
    #expect(solution.presolve?.fixedVariables == 1)
    #expect(solution.presolve?.singletonRows == 1)
  }

  @Test("an equality of one variable fixes it and takes the multiplier")
  func singletonEquality() throws {
    var problem = bowl()
    problem.constrain(row(2, 0), equalTo: [6])
    problem.constrain(row(1, 1), atMost: [5])
    let solution = try solve(problem)
    // x = 3, y = 2, w = 2; 3 − 4 + 2v + 2 = 0 gives v = −½.
    expect(solution, x: [3, 2], rows: [-0.5, 2], bounds: [0, 0])
    #expect(solution.presolve?.singletonRows == 2)
  }

  @Test(
    "a row of one variable has the multiplier where it, and not the bound, is active",
    arguments: [(2.0, 3.0), (-2.0, 3.0), (2.0, 1.5), (-4.0, 1.5)])
  func singletonInequality(a: Double, bound: Double) throws {
    var problem = bowl()
    // a x ≤ 2a for a > 0, ≥ for a < 0: x ≤ 2 either way.
    problem.constrain(
      row(a, 0), atLeast: [a > 0 ? -.infinity : 2 * a], atMost: [a > 0 ? 2 * a : .infinity])
    problem.bound(atMost: [bound, 10])
    let solution = try solve(problem)
    let (x, isRow) = (min(2, bound), bound > 2)
    expect(
      solution, x: [x, 4], rows: [isRow ? (4 - x) / a : 0], bounds: [isRow ? 0 : 4 - x, 0])
  }

  @Test("of two rows of one variable the tighter has the multiplier")
  func twoSingletons() throws {
    for order in [[2.0, 3.0], [3.0, 2.0]] {
      var problem = bowl()
      for limit in order { problem.constrain(row(1, 0), atMost: [limit]) }
      problem.constrain(row(0, -3), atLeast: [-3])
      let solution = try solve(problem)
      expect(
        solution, x: [2, 1], rows: order.map { $0 == 2 ? 2 : 0 } + [-1], bounds: [0, 0])
      #expect(solution.presolve?.singletonRows == 3)
    }
  }

  @Test("a variable alone goes to its best value, with a linear and with a quadratic cost")
  func isolated() throws {
    var problem = QuadraticProgram(
      quadraticCost: SparseMatrix(
        rows: 5, columns: 5,
        triplets: [Triplet(row: 3, column: 3, value: 2), Triplet(row: 4, column: 4, value: 2)]),
      linearCost: [3, -2, 0, -4, -4])
    problem.bound(
      atLeast: [-1, -1, 0.5, -5, -5], atMost: [7, 6, 2, 5, 1])
    let solution = try solve(problem)
    expect(solution, x: [-1, 6, 0.5, 2, 1], rows: [], bounds: [-3, 2, 0, 0, 2])
    #expect(solution.presolve?.isolatedVariables == 5)
    #expect(solution.iterations == 0)
    #expect(isClose(solution.objective, -3 - 12 - 4 - 3, absolute: 1e-12))
    #expect(isClose(solution.dualObjective, solution.objective, absolute: 1e-12))
  }

  @Test("parallel rows: the one whose side holds has the multiplier", arguments: [2.0, -2.0, -0.5])
  func parallelRows(factor: Double) throws {
    for (one, other) in [(3.0, 4.0), (4.0, 3.0)] {
      var problem = bowl()
      problem.constrain(row(1, 1), atLeast: [0], atMost: [one])
      problem.constrain(
        row(factor, factor), atLeast: [factor > 0 ? -.infinity : factor * other],
        atMost: [factor > 0 ? factor * other : .infinity])
      let solution = try solve(problem)
      // x = y = 1.5, multiplier 2.5 in units of x + y ≤ 3.
      expect(
        solution, x: [1.5, 1.5], rows: one < other ? [2.5, 0] : [0, 2.5 / factor], bounds: [0, 0])
      #expect(solution.presolve?.parallelRows == 1)
    }
  }

  @Test("an equality parallel to an inequality has the multiplier of either sign")
  func parallelEquality() throws {
    for value in [3.0, 10.0] {
      for isFirst in [true, false] {
        var problem = bowl()
        if isFirst { problem.constrain(row(2, 2), equalTo: [2 * value]) }
        problem.constrain(row(1, 1), atMost: [11])
        if !isFirst { problem.constrain(row(2, 2), equalTo: [2 * value]) }
        let solution = try solve(problem)
        let v = (4 - value / 2) / 2
        expect(
          solution, x: [value / 2, value / 2], rows: isFirst ? [v, 0] : [0, v], bounds: [0, 0])
        #expect(solution.presolve?.parallelRows == 1)
      }
    }
  }

  @Test("a row within the reach of the bounds goes, with a multiplier of zero")
  func redundantRow() throws {
    var problem = bowl()
    problem.constrain(row(1, -1), atLeast: [-3], atMost: [3])
    problem.constrain(row(1, 1), atMost: [3])
    problem.bound(atLeast: [0, 0], atMost: [3, 3])
    let solution = try solve(problem)
    expect(solution, x: [1.5, 1.5], rows: [0, 2.5], bounds: [0, 0])
    #expect(solution.presolve?.redundantRows == 1)
  }

  @Test("a forcing row takes the least multiplier that leaves its variables the right signs")
  func forcingRow() throws {
    // 2x − y ≤ −2 with x ≥ 0, y ≤ 2: x = 0, y = 2. The costs ask for x up by 4, for y up by 2.
    var problem = bowl()
    problem.constrain(row(2, -1), atMost: [-2])
    problem.bound(atLeast: [0, -5], atMost: [9, 2])
    let solution = try solve(problem)
    // −4 + 2v + z₀ = 0 with z₀ ≤ 0: v ≥ 2. 2 − 4 − v + z₁ = 0: z₁ = 2 + v.
    expect(solution, x: [0, 2], rows: [2], bounds: [0, 4])
    #expect(solution.presolve?.forcingRows == 1)
    #expect(solution.presolve?.forcedVariables == 2)
  }

  @Test("a forcing row from below, and one that needs no multiplier")
  func forcingRowFromBelow() throws {
    var problem = bowl([5])
    // −x − z ≥ 0 with x, z ≥ 0: both are zero. −4 − v + z₀ = 0, z₀ ≤ 0: v ≤ −4.
    problem.constrain(row(-1, 0, -1), atLeast: [0])
    problem.constrain(row(0, 1, 1), atMost: [3])
    problem.bound(atLeast: [0, -.infinity, 0])
    let solution = try solve(problem)
    expect(solution, x: [0, 3, 0], rows: [-4, 1], bounds: [0, 0, -10])
    #expect(solution.presolve?.forcingRows == 1)

    var cheap = QuadraticProgram(linearCost: [1, 2])
    cheap.constrain(row(1, 1), equalTo: [0])
    cheap.bound(atLeast: [0, 0])
    let second = try solve(cheap)
    expect(second, x: [0, 0], rows: [0], bounds: [-1, -2])
  }

  @Test("a variable that no row keeps from its bound goes there")
  func signs() throws {
    var problem = bowl([1, -1])
    problem.constrain(row(1, 1, 2, 0), atMost: [3])
    problem.constrain(row(1, 0, 0, 1), atLeast: [2])
    problem.bound(atLeast: [0, 0, 0.5, 0], atMost: [9, 9, 7, 6])
    let solution = try solve(problem)
    // z at 0.5, t at 6; then x + y ≤ 2: x = y = 1, w = 3.
    expect(solution, x: [1, 1, 0.5, 6], rows: [3, 0], bounds: [0, 0, -7, 1])
    #expect(solution.presolve?.dominatedVariables == 2)
  }

  @Test("a variable dearer than a slack of the same row goes to its bound")
  func dominated() throws {
    // min ½x² − … with x + s + 2t ≥ 5, s at 1, t at 10: the multiplier is −1 at most, so t = 0.
    var problem = bowl([1, 10])
    problem.constrain(row(1, 0, 1, 2), atLeast: [9])
    problem.bound(atLeast: [0, 0, 0, 0])
    let solution = try solve(problem)
    // v = −1: x − 4 − 1 = 0.
    expect(solution, x: [5, 4, 4, 0], rows: [-1], bounds: [0, 0, 0, -8])
    #expect(solution.presolve?.dominatedVariables == 1)
  }

  @Test("a free variable of one equality leaves with it")
  func freeSlack() throws {
    // x + y − 2t = 1, cost 2t: t = (x + y − 1)/2, so that the cost of x and y rises by 1.
    var problem = bowl([2])
    problem.constrain(row(1, 1, -2), equalTo: [1])
    let solution = try solve(problem)
    // x = y = 3, t = 2.5, v = 1.
    expect(solution, x: [3, 3, 2.5], rows: [1], bounds: [0, 0, 0])
    #expect(solution.presolve?.slackVariables == 1)
    #expect(solution.presolve?.removedRows == 1)
  }

  @Test("a bounded variable of one equality leaves a row with two sides", arguments: [-1.0, 1.0])
  func boundedSlack(a: Double) throws {
    // x + y + a t = 6, t within [1, 3], cost 2t.
    var problem = bowl([2])
    problem.constrain(row(1, 1, a), equalTo: [6])
    problem.bound(atLeast: [-.infinity, -.infinity, 1], atMost: [.infinity, .infinity, 3])
    // A substitution alone is not worth a program of its own.
    #expect(try solve(problem).presolve == nil)
    problem.constrain(row(1, 0, 0), atMost: [9])
    let solution = try solve(problem)
    // a = 1: t in [1, 3] and x + y = 6 − t; x = 4 − v. t = 1 and x = 2.5, v = 1.5: z = −3.5.
    // a = −1: x + y = 6 + t, 2x = 6 + t; t = 1: x = 3.5, v = 0.5, z = −2 + v = −1.5.
    if a > 0 {
      expect(solution, x: [2.5, 2.5, 1], rows: [1.5, 0], bounds: [0, 0, -3.5])
    } else {
      expect(solution, x: [3.5, 3.5, 1], rows: [0.5, 0], bounds: [0, 0, -1.5])
    }
    #expect(solution.presolve?.slackVariables == 1)
    #expect(solution.presolve?.removedRows == 1)
  }

  @Test("a variable whose bounds its equality implies leaves with it")
  func impliedFree() throws {
    // t = 4 − x − y lies within [0, 4] wherever x and y lie within [0, 2].
    var problem = bowl([1])
    problem.constrain(row(1, 1, 1), equalTo: [4])
    problem.constrain(row(1, 2, 0), atMost: [3])
    problem.bound(atLeast: [0, 0, 0], atMost: [2, 2, 4])
    let solution = try solve(problem)
    // Costs −5: x = 5 − w, y = 5 − 2w beyond their boxes; x = 2, y = ½, w = 2.25, z₀ = 5 − 2 − w.
    expect(solution, x: [2, 0.5, 1.5], rows: [-1, 2.25], bounds: [0.75, 0, 0])
    #expect(solution.presolve?.slackVariables == 1)
    #expect(solution.presolve?.redundantRows == 1)
  }

  @Test("reductions that follow from each other")
  func cascade() throws {
    // x₀ = 1; then x₀ + x₁ = 3 fixes x₁ and so on to x₉, each with a multiplier of its own.
    let n = 10
    var problem = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [Double](repeating: 1, count: n)),
      linearCost: [Double](repeating: 0, count: n))
    problem.constrain(
      Matrix(rows: n, columns: n) { $1 == $0 || $1 == $0 - 1 ? 1 : 0 },
      equalTo: [1] + [Double](repeating: 3, count: n - 1))
    let solution = try solve(problem)
    let x = (0..<n).map { $0 % 2 == 0 ? 1.0 : 2.0 }
    var y = [Double](repeating: 0, count: n + 1)
    for j in (0..<n).reversed() { y[j] = -x[j] - y[j + 1] }
    expect(solution, x: x, rows: Array(y.dropLast()), bounds: x.map { _ in 0 })
    #expect(solution.presolve?.fixedVariables == n)
    #expect(solution.iterations == 0)
  }

  @Test("the variables of a cone stay, and rows around it go")
  func cones() throws {
    // max x + y with ‖(x, y)‖ ≤ 2, x ≤ 1 by a row, an idle row, and an isolated variable.
    var problem = QuadraticProgram(linearCost: [-1, -1, 1])
    problem.limit(normOf: Matrix(rows: 2, columns: 3) { $0 == $1 ? 1 : 0 }, atMost: 2)
    problem.constrain(row(2, 0, 0), atMost: [2])
    problem.constrain(Matrix(rows: 1, columns: 3, repeating: 0), atMost: [1])
    problem.bound(atLeast: [-.infinity, -.infinity, 3])
    let solution = try solve(problem, tolerance: 1e-11)
    #expect(solution.status == .optimal)
    #expect(isClose(solution.x[0], 1, absolute: 1e-7))
    #expect(isClose(solution.x[1], 3.0.squareRoot(), absolute: 1e-7))
    #expect(solution.x[2] == 3)
    // The multiplier of a curved set is known to the root of the gap.
    #expect(
      isClose(
        solution.rowDuals[0], (1 - 1 / 3.0.squareRoot()) / 2, absolute: 1e-11.squareRoot()))
    #expect(solution.presolve?.removedRows == 2)
    #expect(solution.presolve?.removedVariables == 1)
  }

  @Test("a dense cost is not touched, rows over it are")
  func denseCost() throws {
    let P = Matrix(rows: 2, columns: 2) { $0 == $1 ? 2 : 1 }
    var problem = QuadraticProgram(quadraticCost: P, linearCost: [-3, -3])
    problem.constrain(row(3, 0), atMost: [1.5])
    let solution = try solve(problem)
    // x = ½; ½ + 2y = 3: y = 1.25; 1 + 1.25 − 3 + 3w = 0.
    expect(solution, x: [0.5, 1.25], rows: [0.25], bounds: [0, 0])
    #expect(solution.presolve?.singletonRows == 1)
  }

  @Test("nothing to remove, or presolve switched off: no report")
  func nothing() throws {
    var problem = bowl()
    problem.constrain(row(1, 1), atMost: [3])
    let solution = try solve(problem)
    expect(solution, x: [1.5, 1.5], rows: [2.5], bounds: [0, 0])
    #expect(solution.presolve == nil)
    problem.constrain(row(1, 0), atMost: [1])
    #expect(try solve(problem).presolve != nil)
    var settings = InteriorPointSolver.Settings(method: .interiorPoint)
    settings.presolve = false
    #expect(try problem.solve(settings).presolve == nil)
  }

  @Test("data that contradicts itself by little more than rounding is solved as given")
  func border() throws {
    var problem = bowl()
    problem.constrain(row(2, 0), equalTo: [2 + 1e-11])
    problem.constrain(row(1, 1), atMost: [3])
    problem.bound(atLeast: [0, 0], atMost: [1, 9])
    let solution = try solve(problem)
    #expect(solution.status == .optimal)
    #expect(solution.presolve == nil)
    #expect(isClose(solution.x[0], 1, absolute: 1e-9) && isClose(solution.x[1], 2, absolute: 1e-8))
  }

  @Test("limits on iterations and on time end a reduced program too, with its point for the whole")
  func limits() throws {
    var problem = bowl([1])
    problem.constrain(row(1, 2, 1), equalTo: [4])
    problem.constrain(row(1, 1, 0), atMost: [3])
    problem.constrain(row(0, 0, 2), atMost: [8])
    problem.bound(atLeast: [0, 0, 0.5])
    var settings = InteriorPointSolver.Settings(iterationLimit: 2, method: .interiorPoint)
    let solution = try problem.solve(settings)
    #expect(solution.status == .iterationLimit)
    #expect(solution.iterations == 2)
    #expect(solution.presolve?.singletonRows == 1)
    #expect(solution.x.count == 3 && solution.rowDuals.count == 3)
    #expect(KKTResiduals(of: problem, x: solution.x, duals: solution.duals) == solution.residuals)
    settings.timeLimit = 0
    #expect(try problem.solve(settings).status == .timeLimit)
  }

  @Test("a cost that is indefinite in variables that leave is refused as without presolve")
  func notConvex() throws {
    let P = Matrix(rows: 3, columns: 3) { i, j in i == j ? (i == 2 ? 1 : 0) : (i + j == 1 ? 1 : 0) }
    var problem = QuadraticProgram(
      quadraticCost: SparseMatrix(P), linearCost: [0, 0, -1])
    problem.constrain(row(1, 0, 0), equalTo: [1])
    problem.constrain(row(0, 1, 0), equalTo: [1])
    for presolve in [true, false] {
      var settings = InteriorPointSolver.Settings(method: .interiorPoint)
      settings.presolve = presolve
      #expect(throws: ProblemError.self) { try problem.solve(settings) }
    }
  }
}
