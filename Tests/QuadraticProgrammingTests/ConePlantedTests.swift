import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("Second-order cones around planted points")
struct ConePlantedTests {
  @Test(
    "programs strictly feasible on both sides, and planted solutions, end optimal",
    arguments: ConeProgram.Kind.allCases)
  func fuzz(kind: ConeProgram.Kind) throws {
    for seed in 0..<50 {
      let planted = ConeProgram(kind, seed: UInt64(seed))
      let problem = planted.program()
      let solution = try problem.solve()
      #expect(solution.status == .optimal, "seed \(seed)")
      let size = 1 + solution.duals.cones.reduce(0) { max($0, abs($1)) }
      expectConditions(problem, solution, within: 1e-8 * size)
      if kind == .solution {
        let best = problem.objective(at: planted.x)
        #expect(isClose(solution.objective, best, relative: 1e-7, absolute: 1e-7), "seed \(seed)")
      } else {
        #expect(solution.objective <= problem.objective(at: planted.x) + 1e-8, "seed \(seed)")
      }
      #expect(solution.iterations <= 40, "seed \(seed)")
    }
  }

  /// Over the rows only where every variable is held, as that form needs.
  @Test("every form of the Newton system gives one objective", arguments: ConeProgram.Kind.allCases)
  func backEnds(kind: ConeProgram.Kind) throws {
    for seed in 0..<12 {
      let problem = ConeProgram(kind, seed: UInt64(seed)).program()
      let reference = try problem.solve().objective
      for way in FactorizationTests.ways where way != .rowSpace || kind.isBoxed {
        var settings = InteriorPointSolver.Settings()
        settings.factorization = way
        var solver = try InteriorPointSolver(problem, settings)
        let solution = solver.solve()
        #expect(solution.status == .optimal, "\(way), seed \(seed)")
        #expect(
          isClose(solution.objective, reference, relative: 1e-7, absolute: 1e-7),
          "\(way), seed \(seed)")
      }
    }
  }

  @Test(
    "units and sizes of rows from 1e-6 to 1e6 leave the objective as it is",
    arguments: [ConeProgram.Kind.linear, .quadratic, .boxed])
  func scaling(kind: ConeProgram.Kind) throws {
    for seed in 100..<110 {
      let planted = ConeProgram(kind, seed: UInt64(seed))
      let reference = try planted.program().solve().objective
      for (unit, factor) in [(1e6, 1.0), (1e-6, 1), (1, 1e6), (1, 1e-6), (1e6, 1e-6)] {
        let solution = try planted.program(unit: unit, factor: factor).solve()
        #expect(solution.status == .optimal, "unit \(unit), factor \(factor), seed \(seed)")
        #expect(
          isClose(solution.objective, reference, relative: 1e-6, absolute: 1e-6),
          "unit \(unit), factor \(factor), seed \(seed)")
      }
    }
  }

  /// These ended nearly optimal before points with cones were polished.
  @Test(
    "a polish brings hard programs to the tolerance",
    arguments: [
      (.quadratic, 1995), (.uneven, 77), (.uneven, 162), (.uneven, 792), (.uneven, 1503),
      (.uneven, 1735),
    ] as [(ConeProgram.Kind, UInt64)]
  )
  func polish(kind: ConeProgram.Kind, seed: UInt64) throws {
    let problem = ConeProgram(kind, seed: seed).program()
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(solution.residuals.satisfy(1e-9))
    let x = solution.x.reduce(0) { max($0, abs($1)) }
    expectConditions(problem, solution, within: 1e-9 * max(1, x, abs(solution.objective)))
  }

  @Test("new offsets on kept work space give the solution of a new solver")
  func update() throws {
    let problem = ConeProgram(.quadratic, seed: 7).program()
    var solver = try InteriorPointSolver(problem)
    _ = solver.solve()
    var offsets = problem.coneOffsets
    for rows in problem.coneRows { offsets[rows.lowerBound] += 0.25 }
    try solver.update(coneOffsets: offsets)
    let again = solver.solve()
    var fresh = QuadraticProgram(
      quadraticCost: problem.quadraticCost, linearCost: problem.linearCost)
    fresh.constrain(problem.equalityMatrix, equalTo: problem.equalityValues)
    fresh.constrain(
      problem.inequalityMatrix, atLeast: problem.inequalityLower, atMost: problem.inequalityUpper)
    let F = Matrix(problem.coneMatrix)
    for rows in problem.coneRows {
      fresh.constrainToCone(
        Matrix(rows: rows.count, columns: F.columns) { F[rows.lowerBound + $0, $1] },
        plus: Array(offsets[rows]))
    }
    #expect(again.status == .optimal)
    #expect(isClose(again.objective, try fresh.solve().objective, absolute: 1e-8))
  }

  @Test("a program with cones is solved by the interior point method whatever is asked for")
  func route() throws {
    let problem = ConeProgram(.boxedQuadratic, seed: 3).program()
    for method in QuadraticProgram.Method.allCases {
      var settings = InteriorPointSolver.Settings()
      settings.method = method
      let solution = try problem.solve(settings)
      #expect(solution.status == .optimal)
      #expect(solution.method == .interiorPoint)
    }
  }

  @Test("integers beside cones are refused")
  func integers() throws {
    var problem = ConeProgram(.boxed, seed: 3).program()
    problem.restrictToIntegers([0])
    #expect(throws: MixedIntegerProgramError.secondOrderCones(count: problem.coneRows.count)) {
      try BranchAndBound().solve(problem)
    }
  }

}

@Suite("Certificates of programs with second-order cones")
struct ConeCertificateTests {
  /// Random cones with Fᵀv = 0 and gᵀv = 1 for a v with −v inside the cones: then Fx + g ∈ Q would give
  /// 0 ≥ vᵀ(Fx + g) = 1.
  @Test("planted contradictions are proved", arguments: 1...25)
  func infeasible(seed: Int) throws {
    var random = TestRandom(seed: UInt64(seed))
    let n = 2 + seed % 7
    let sizes = [3, 2 + seed % 5, 4]
    let v = sizes.flatMap { count in
      let tail = (1..<count).map { _ in random.signedUnit() }
      return [-euclidean(tail) - 0.2] + tail
    }
    let square = v.reduce(0) { $0 + $1 * $1 }
    var columns = (0...n).map { _ in v.map { _ in random.signedUnit() } }
    for j in 0...n {
      let product = zip(columns[j], v).reduce(j == n ? -1 : 0) { $0 + $1.0 * $1.1 }
      columns[j] = zip(columns[j], v).map { $0 - product / square * $1 }
    }
    var problem = QuadraticProgram(linearCost: (0..<n).map { _ in random.signedUnit() })
    var first = 0
    for count in sizes {
      let start = first
      problem.constrainToCone(
        Matrix(rows: count, columns: n) { columns[$1][start + $0] },
        plus: Array(columns[n][start..<start + count]))
      first += count
    }
    try expectInfeasible(problem)
  }

  /// Random cones with Fd inside for a d with cᵀd = −1 and Pd = 0.
  @Test("planted rays are found", arguments: 1...25)
  func unbounded(seed: Int) throws {
    var random = TestRandom(seed: UInt64(1000 + seed))
    let n = 3 + seed % 6
    let d = (0..<n).map { _ in random.signedUnit() }
    let square = d.reduce(0) { $0 + $1 * $1 }
    func orthogonal() -> [Double] {
      let row = (0..<n).map { _ in random.signedUnit() }
      let product = zip(row, d).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(row, d).map { $0 - product / square * $1 }
    }
    let L = [orthogonal(), orthogonal()]
    let quadratic = Matrix(rows: n, columns: n) { i, j in L[0][i] * L[0][j] + L[1][i] * L[1][j] }
    let cost = zip(orthogonal(), d).map { $0 - $1 / square }
    var problem = QuadraticProgram(
      quadraticCost: seed % 2 == 0 ? quadratic : nil, linearCost: cost)
    for count in [2, 3, 2 + seed % 4] {
      let tail = (1..<count).map { _ in random.signedUnit() }
      let s = [euclidean(tail) + 0.1] + tail
      let rows = s.map { sᵢ in zip(orthogonal(), d).map { $0 + sᵢ / square * $1 } }
      problem.constrainToCone(
        Matrix(rows: count, columns: n) { rows[$0][$1] }, plus: [1] + tail.map { _ in 0 })
    }
    guard case .dualInfeasible(let ray) = try problem.solve().status else {
      Issue.record("not found unbounded")
      return
    }
    let direction = ray.direction
    let size = euclidean(direction)
    #expect(isClose(zip(cost, direction).reduce(0) { $0 + $1.0 * $1.1 }, -1, relative: 1e-12))
    #expect(outside(problem, problem.coneMatrix * direction) <= 1e-9 * max(1, size))
    if seed % 2 == 0 { #expect(euclidean(quadratic * direction) <= 1e-8 * max(1, size)) }
  }

  @Test("a norm below a negative limit, and cones that only touch at no point")
  func smallInfeasible() throws {
    var negative = QuadraticProgram(linearCost: [1, 1])
    negative.limit(normOf: Matrix.identity(2), atMost: -0.5)
    try expectInfeasible(negative)
    // Two balls of radius 1 whose centers are 2.5 apart.
    var apart = QuadraticProgram(quadraticCost: .identity(2), linearCost: [0, 0])
    apart.limit(normOf: Matrix.identity(2), atMost: 1)
    apart.limit(normOf: Matrix.identity(2), plus: [-2.5, 0], atMost: 1)
    try expectInfeasible(apart)
  }
}
