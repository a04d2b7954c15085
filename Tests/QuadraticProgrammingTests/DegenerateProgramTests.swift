import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("Degenerate, infeasible and unbounded programs")
struct DegenerateProgramTests {
  @Test("no variables: feasible and infeasible rows")
  func noVariables() throws {
    var problem = QuadraticProgram(linearCost: [])
    problem.objectiveConstant = 3
    #expect(try problem.solve().status == .optimal)
    #expect(try problem.solve().objective == 3)
    problem.constrain(Matrix(rows: 2, columns: 0), atLeast: [-1, 1], atMost: [1, 2])
    try expectInfeasible(problem)
  }

  @Test("no constraints: the minimizer solves Px = −c")
  func unconstrained() throws {
    let problem = QuadraticProgram(quadraticCost: [[4, 1], [1, 2]], linearCost: [1, -3])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(isClose(solution.x[0], -5.0 / 7, absolute: 1e-12))
    #expect(isClose(solution.x[1], 13.0 / 7, absolute: 1e-12))
  }

  @Test("P singular, c outside its range: unbounded")
  func singularUnbounded() throws {
    try expectUnbounded(QuadraticProgram(quadraticCost: [[1, 1], [1, 1]], linearCost: [1, -1]))
    try expectUnbounded(QuadraticProgram(linearCost: [0, 1]))
  }

  @Test("P singular, c in its range: any minimizer")
  func singularBounded() throws {
    let solution = try QuadraticProgram(quadraticCost: [[1, 1], [1, 1]], linearCost: [1, 1]).solve()
    #expect(solution.status == .optimal)
    #expect(isClose(solution.objective, -0.5, absolute: 1e-12))
  }

  @Test("an unbounded linear program with rows")
  func unboundedLinear() throws {
    var problem = QuadraticProgram(linearCost: [-1, -1, 0])
    problem.constrain([[1, -1, 0]], atMost: [1])
    problem.constrain([[0, 1, -1]], equalTo: [0])
    problem.bound(atLeast: [0, 0, 0])
    try expectUnbounded(problem)
  }

  @Test("all costs zero: any feasible point")
  func feasibility() throws {
    var problem = QuadraticProgram(linearCost: [0, 0])
    problem.constrain([[1, 2]], equalTo: [3])
    problem.bound(atLeast: [0, 0])
    #expect(try problem.solve().status == .optimal)
  }

  @Test("fixed variables keep their value and get the multiplier of stationarity")
  func fixedVariables() throws {
    var problem = QuadraticProgram(
      quadraticCost: [[2, 0.5, 0], [0.5, 1, 0], [0, 0, 1]], linearCost: [1, 1, -1])
    problem.constrain([[1, 1, 1]], equalTo: [4])
    problem.bound(atLeast: [2, -10, -10], atMost: [2, 10, 10])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(solution.x[0] == 2)
    #expect(solution.residuals.largest <= 1e-9)

    problem.bound(atLeast: [2, 1, 1], atMost: [2, 1, 1])
    #expect(try problem.solve().status == .optimal)
    problem.bound(atLeast: [2, 1, 1.5], atMost: [2, 1, 1.5])
    try expectInfeasible(problem)
  }

  @Test("free and empty rows do nothing, an empty row that excludes zero is infeasible")
  func emptyRows() throws {
    var problem = QuadraticProgram(linearCost: [1])
    problem.bound(atLeast: [0])
    problem.constrain([[5]])
    problem.constrain([[0]], atLeast: [-1], atMost: [1])
    problem.constrain([[0]], equalTo: [0])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(solution.rowDuals.count == 3)
    #expect(isClose(solution.x[0], 0, absolute: 1e-9))
    problem.constrain([[0]], atLeast: [1])
    try expectInfeasible(problem)
  }

  @Test("equalities twice and in multiples; a row l = u among the inequalities")
  func redundantEqualities() throws {
    var problem = QuadraticProgram(quadraticCost: .identity(3), linearCost: [1, 2, 3])
    problem.constrain([[1, 1, 1], [1, 1, 1], [2, 2, 2]], equalTo: [1, 1, 2])
    problem.constrain([[1, -1, 0]], atLeast: [0.25], atMost: [0.25])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(solution.residuals.largest <= 1e-9)
    problem.constrain([[3, 3, 3]], equalTo: [3.001])
    try expectInfeasible(problem)
  }

  @Test("contradictory inequalities, and a bound against a row")
  func contradictions() throws {
    var problem = QuadraticProgram(quadraticCost: .identity(2), linearCost: [0, 0])
    problem.constrain([[1, 1]], atMost: [1])
    problem.constrain([[1, 1]], atLeast: [2])
    try expectInfeasible(problem)

    var bounded = QuadraticProgram(linearCost: [1, 1])
    bounded.constrain([[1e8, 1e8]], atLeast: [3e8])
    bounded.bound(atLeast: [0, 0], atMost: [1, 1])
    try expectInfeasible(bounded)
  }

  @Test("sides crossed in one row or one bound name the culprit")
  func crossedSides() throws {
    var problem = QuadraticProgram(linearCost: [1, 1])
    problem.constrain([[1, 0], [1, 1]], atLeast: [0, 2], atMost: [1, 1])
    guard case .primalInfeasible(let certificate) = try problem.solve().status else {
      Issue.record("not found infeasible")
      return
    }
    #expect(certificate.crossed == .inequality(1))

    var crossedBound = QuadraticProgram(linearCost: [1, 1])
    crossedBound.bound(atLeast: [0, 3], atMost: [1, 2])
    guard case .primalInfeasible(let proof) = try crossedBound.solve().status else {
      Issue.record("not found infeasible")
      return
    }
    #expect(proof.crossed == .bounds(1))
  }

  @Test("a vertex with more active rows than variables")
  func degenerateVertex() throws {
    var problem = QuadraticProgram(linearCost: [-1, -1])
    problem.constrain([[1, 0], [0, 1], [1, 1], [2, 1], [1, 2]], atMost: [1, 1, 2, 3, 3])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(isClose(solution.objective, -2, absolute: 1e-9))
  }

  @Test("no interior: inequalities that leave a single point")
  func noInterior() throws {
    var problem = QuadraticProgram(quadraticCost: [[1, 0], [0, 0]], linearCost: [1, 1])
    problem.constrain([[1, 1], [1, -1]], atMost: [2, 0])
    problem.constrain([[1, 1], [1, -1]], atLeast: [2, 0])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(isClose(solution.x[0], 1, absolute: 1e-7))
  }

  @Test("amounts of 1e5 beside sensitivities of 1e-5, to 1e-9 relative")
  func mixedUnits() throws {
    var random = TestRandom(seed: 3)
    let n = 30
    let price = (0..<n).map { _ in 1e-5 * (1 + abs(random.signedUnit())) }
    let scenarios = Matrix(rows: 40, columns: 2 * n + 1) { _, j in
      j == 2 * n ? 1 : random.signedUnit() * price[j % n]
    }
    var problem = QuadraticProgram(
      linearCost: price.map { 1e-3 * $0 } + price.map { 1e-3 * $0 } + [1])
    problem.constrain(scenarios, atLeast: (0..<40).map { _ in 1e5 * random.signedUnit() })
    problem.bound(
      atLeast: [Double](repeating: 0, count: 2 * n + 1),
      atMost: [Double](repeating: 1e9, count: 2 * n) + [.infinity])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(solution.residuals.largestRelative <= 1e-9)
    #expect(
      isClose(solution.objective, solution.dualObjective, relative: 1e-9))
  }

  @Test("limits on iterations and time are reported with the best point")
  func limits() throws {
    let problem = PlantedProgram(n: 30, equalities: 5, inequalities: 20, rank: 35, seed: 8).problem
    let few = try problem.solve(.init(iterationLimit: 2, method: .interiorPoint))
    #expect(few.status == .iterationLimit)
    #expect(few.iterations == 2)
    let finite = few.x.allSatisfy { $0.isFinite }
    #expect(finite)
    let noTime = try problem.solve(.init(timeLimit: 0))
    #expect(noTime.status == .timeLimit)
  }

  @Test("data that is no convex program is refused with its place")
  func badData() throws {
    #expect(throws: ProblemError.quadraticCostSize(rows: 1, columns: 1, variables: 2)) {
      try QuadraticProgram(quadraticCost: [[1]], linearCost: [1, 1]).solve()
    }
    #expect(throws: ProblemError.notSymmetric(row: 0, column: 1, difference: -1)) {
      try QuadraticProgram(quadraticCost: [[1, 0], [1, 1]], linearCost: [1, 1]).solve()
    }
    #expect(throws: ProblemError.notConvex(variable: 1)) {
      try QuadraticProgram(quadraticCost: [[1, 0], [0, -1]], linearCost: [1, 1]).solve()
    }
    var infinite = QuadraticProgram(linearCost: [1, 1])
    infinite.bound(atLeast: [0, .infinity])
    #expect(
      throws: ProblemError.notFinite(part: .lowerBounds, row: 1, column: 0, value: .infinity)
    ) { try infinite.solve() }
    let error = #expect(throws: ProblemError.self) {
      try QuadraticProgram(linearCost: [1, .nan]).solve()
    }
    #expect(error?.description.contains("linear cost") == true)
  }
}

/// Checks status and certificate: the entries are recomputed here with plain sums.
func expectInfeasible(
  _ problem: QuadraticProgram, sourceLocation: SourceLocation = #_sourceLocation
)
  throws
{
  guard case .primalInfeasible(let certificate) = try problem.solve().status else {
    Issue.record("not found infeasible", sourceLocation: sourceLocation)
    return
  }
  if certificate.crossed != nil { return }
  let duals = certificate.duals
  let Aᵀy = problem.equalityMatrix.transposed * duals.equality
  let Gᵀw = problem.inequalityMatrix.transposed * duals.inequality
  let Fᵀv = problem.coneMatrix.transposed * duals.cones
  #expect(outside(problem, duals.cones.map { -$0 }) <= 1e-12, sourceLocation: sourceLocation)
  for j in 0..<problem.variableCount {
    let sum = Aᵀy[j] + Gᵀw[j] + Fᵀv[j] + duals.bounds[j]
    let size = max(1, abs(Aᵀy[j]), abs(Gᵀw[j]), abs(Fᵀv[j]))
    #expect(abs(sum) <= 1e-9 * size, sourceLocation: sourceLocation)
  }
  var support = zip(problem.equalityValues, duals.equality).reduce(0) { $0 + $1.0 * $1.1 }
  let sides = zip(
    duals.inequality + duals.bounds,
    zip(
      problem.inequalityLower + problem.lowerBounds, problem.inequalityUpper + problem.upperBounds))
  for (w, (l, u)) in sides where w != 0 { support += w * (w > 0 ? u : l) }
  support -= zip(problem.coneOffsets, duals.cones).reduce(0) { $0 + $1.0 * $1.1 }
  #expect(isClose(support, -1, absolute: 1e-6), sourceLocation: sourceLocation)
}

/// Checks status and ray with plain sums.
func expectUnbounded(_ problem: QuadraticProgram, sourceLocation: SourceLocation = #_sourceLocation)
  throws
{
  guard case .dualInfeasible(let ray) = try problem.solve().status else {
    Issue.record("not found unbounded", sourceLocation: sourceLocation)
    return
  }
  let d = ray.direction
  let slope = zip(problem.linearCost, d).reduce(0) { $0 + $1.0 * $1.1 }
  #expect(isClose(slope, -1, absolute: 1e-9), sourceLocation: sourceLocation)
  let size = d.reduce(1) { max($0, abs($1)) }
  let flat = problem.equalityMatrix * d + (problem.quadraticCost.map { $0.multiplying(d) } ?? [])
  #expect(flat.allSatisfy { abs($0) <= 1e-9 * size }, sourceLocation: sourceLocation)
  #expect(outside(problem, problem.coneMatrix * d) <= 1e-9 * size, sourceLocation: sourceLocation)
  let values = problem.inequalityMatrix * d + d
  let lower = problem.inequalityLower + problem.lowerBounds
  let upper = problem.inequalityUpper + problem.upperBounds
  for (i, value) in values.enumerated() {
    #expect(lower[i] == -.infinity || value >= -1e-9 * size, sourceLocation: sourceLocation)
    #expect(upper[i] == .infinity || value <= 1e-9 * size, sourceLocation: sourceLocation)
  }
}
