import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("Second-order cones with closed forms")
struct ConeClosedFormTests {
  /// Solves, checks the conditions by plain sums, and hands back the solution.
  func solved(
    _ problem: QuadraticProgram, tolerance: Double = 1e-9,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Solution {
    let solution = try problem.solve(.init(tolerance: tolerance))
    #expect(solution.status == .optimal, sourceLocation: sourceLocation)
    #expect(solution.residuals.largest <= tolerance, sourceLocation: sourceLocation)
    expectConditions(problem, solution, within: 2 * tolerance, sourceLocation: sourceLocation)
    return solution
  }

  @Test(
    "the point of a ball nearest to one outside lies on the ray to it", arguments: [1, 2, 5, 40])
  func projectionOntoBall(n: Int) throws {
    var random = TestRandom(seed: UInt64(n))
    let target = (0..<n).map { _ in 3 + abs(random.signedUnit()) }
    let norm = euclidean(target)
    var problem = QuadraticProgram(
      quadraticCost: .identity(n), linearCost: target.map { -$0 })
    problem.limit(normOf: Matrix.identity(n), atMost: 2)
    let solution = try solved(problem, tolerance: 1e-11)
    for (x, a) in zip(solution.x, target) { #expect(isClose(x, 2 * a / norm, absolute: 1e-9)) }
    // Stationarity x − a + Fᵀv = 0 with x along a: the multiplier has the length ‖a‖ − 2.
    #expect(isClose(solution.duals.cones[0], 2 - norm, absolute: 1e-9))
  }

  @Test("a point inside the ball is its own projection, with multiplier zero")
  func inside() throws {
    var problem = QuadraticProgram(quadraticCost: .identity(3), linearCost: [-0.1, 0.2, -0.3])
    problem.limit(normOf: Matrix.identity(3), atMost: 2)
    let solution = try solved(problem)
    for (x, a) in zip(solution.x, [0.1, -0.2, 0.3]) { #expect(isClose(x, a, absolute: 1e-9)) }
    #expect(solution.duals.cones.allSatisfy { abs($0) <= 1e-8 })
  }

  @Test("a linear cost over an ellipsoid has the minimum −‖L⁻ᵀc‖", arguments: 1...6)
  func ellipsoid(seed: Int) throws {
    var random = TestRandom(seed: UInt64(seed))
    let n = 2 * seed
    // L lower triangular; with u = Lx the cost is (L⁻ᵀc)ᵀu over the unit ball.
    let L = Matrix(rows: n, columns: n) { i, j in
      i == j ? 1.5 + abs(random.signedUnit()) : i > j ? 0.5 * random.signedUnit() : 0
    }
    let q = (0..<n).map { _ in random.signedUnit() }
    var problem = QuadraticProgram(linearCost: L.transposed * q)
    problem.limit(normOf: L, atMost: 1)
    let solution = try solved(problem)
    #expect(isClose(solution.objective, -euclidean(q), relative: 1e-9))
    let u = L * solution.x
    for (uᵢ, qᵢ) in zip(u, q) { #expect(isClose(uᵢ, -qᵢ / euclidean(q), absolute: 1e-4)) }
  }

  @Test("the least norm on a hyperplane is its distance from zero")
  func leastNorm() throws {
    // minimize t with ‖x‖ ≤ t, aᵀx = β: t = |β|/‖a‖, x = βa/‖a‖².
    let a = [3.0, -4, 12]
    var problem = QuadraticProgram(linearCost: [0, 0, 0, 1])
    problem.constrain([[3, -4, 12, 0]], equalTo: [26])
    problem.constrainToCone([[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    let solution = try solved(problem)
    #expect(isClose(solution.objective, 2, absolute: 1e-9))
    for (x, a) in zip(solution.x, a) { #expect(isClose(x, 26 * a / 169, absolute: 1e-6)) }
    #expect(isClose(solution.duals.equality[0], -1.0 / 13, absolute: 1e-8))
  }

  /// The frontier of Markowitz without bounds: with A = 1ᵀΣ⁻¹μ, B = μᵀΣ⁻¹μ, C = 1ᵀΣ⁻¹1 and D = BC − A²
  /// the largest mean at volatility σ is (A + √(D(Cσ² − 1)))/C.
  @Test("the largest mean at a volatility is on Merton's hyperbola", arguments: [0.13, 0.2, 0.5])
  func frontier(volatility: Double) throws {
    let means = [0.05, 0.08, 0.12, 0.07]
    let deviations = [0.1, 0.2, 0.3, 0.25]
    // A diagonal covariance makes the constants sums.
    let inverse = deviations.map { 1 / ($0 * $0) }
    let A = zip(inverse, means).reduce(0) { $0 + $1.0 * $1.1 }
    let B = zip(inverse, means).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
    let C = inverse.reduce(0, +)
    let best = (A + ((B * C - A * A) * (C * volatility * volatility - 1)).squareRoot()) / C
    var problem = QuadraticProgram(linearCost: means.map { -$0 })
    problem.constrain([[1, 1, 1, 1]], equalTo: [1])
    problem.limit(normOf: Matrix(diagonal: deviations), atMost: volatility)
    let solution = try solved(problem)
    #expect(isClose(-solution.objective, best, relative: 1e-9))
  }

  @Test("no portfolio is less volatile than the least volatile one")
  func belowTheFrontier() throws {
    var problem = QuadraticProgram(linearCost: [-1, -2])
    problem.constrain([[1, 1]], equalTo: [1])
    // The least volatility is 1/√(1/0.01 + 1/0.04) = 0.0894….
    problem.limit(normOf: Matrix(diagonal: [0.1, 0.2]), atMost: 0.089)
    try expectInfeasible(problem)
    problem.coneLimitReplaced(by: 0.0895)
    #expect(try problem.solve().status == .optimal)
  }

  @Test("the smallest ball around the corners of a box has half the diagonal")
  func enclosingBall() throws {
    // minimize r, ‖x − pᵢ‖ ≤ r for the eight corners of [0, 2] × [0, 4] × [0, 4].
    var problem = QuadraticProgram(linearCost: [0, 0, 0, 1])
    for corner in 0..<8 {
      let p = [2.0 * Double(corner & 1), 2 * Double(corner & 2), Double(corner & 4)]
      problem.limit(
        normOf: Matrix(rows: 3, columns: 4) { i, j in i == j ? 1 : 0 }, plus: p.map { -$0 },
        atMost: [0, 0, 0, 1])
    }
    let solution = try solved(problem)
    #expect(isClose(solution.objective, 3, absolute: 1e-9))
    for (x, center) in zip(solution.x, [1.0, 2, 2]) { #expect(isClose(x, center, absolute: 1e-7)) }
  }

  @Test("the point with the least sum of distances to three corners at 120°")
  func fermatPoint() throws {
    // The corners of an equilateral triangle of side 1: the center, at 1/√3 from each.
    let corners = [[0, 0], [1, 0], [0.5, 0.75.squareRoot()]]
    var problem = QuadraticProgram(linearCost: [0, 0, 1, 1, 1])
    for (k, corner) in corners.enumerated() {
      problem.limit(
        normOf: Matrix(rows: 2, columns: 5) { i, j in i == j ? 1 : 0 }, plus: corner.map { -$0 },
        atMost: (0..<5).map { $0 == 2 + k ? 1 : 0 })
    }
    let solution = try solved(problem)
    #expect(isClose(solution.objective, 3.0.squareRoot(), absolute: 1e-9))
  }

  @Test("a quadratic cost and a cone: the projection onto the cone itself")
  func projectionOntoCone() throws {
    // The projection of (t, u) with |t| < ‖u‖ is (t + ‖u‖)/2 · (1, u/‖u‖); below −‖u‖ it is zero.
    for (point, expected) in [
      ([1.0, 3, 4], [3.0, 1.8, 2.4]), ([-6, 3, 4], [0, 0, 0]), ([6, 3, 4], [6, 3, 4]),
    ] {
      var problem = QuadraticProgram(quadraticCost: .identity(3), linearCost: point.map { -$0 })
      problem.constrainToCone(Matrix.identity(3))
      let solution = try solved(problem, tolerance: 1e-12)
      for (x, e) in zip(solution.x, expected) { #expect(isClose(x, e, absolute: 1e-6)) }
    }
  }

  @Test("cones of one and two rows are the linear program they spell")
  func smallDimensions() throws {
    var random = TestRandom(seed: 5)
    for _ in 0..<50 {
      let n = 4
      let cost = (0..<n).map { _ in random.signedUnit() }
      let F = Matrix(rows: 3, columns: n) { _, _ in random.signedUnit() }
      let g = [0.5 + abs(random.signedUnit()), 1, 0.5 * random.signedUnit()]
      var cones = QuadraticProgram(linearCost: cost)
      var rows = cones
      for problem in [0, 1] {
        let box = [Double](repeating: 1, count: n)
        if problem == 0 { cones.bound(atLeast: box.map { -$0 }, atMost: box) }
        if problem == 1 { rows.bound(atLeast: box.map { -$0 }, atMost: box) }
      }
      func part(_ selected: [Int], _ signs: [Double]) -> Matrix {
        Matrix(rows: 1, columns: n) { _, j in
          zip(selected, signs).reduce(0) { $0 + $1.1 * F[$1.0, j] }
        }
      }
      cones.constrainToCone(part([0], [1]), plus: [g[0]])
      cones.constrainToCone(
        Matrix(rows: 2, columns: n) { i, j in F[i + 1, j] }, plus: [g[1], g[2]])
      cones.constrainToCone(Matrix(rows: 0, columns: n))
      rows.constrain(part([0], [1]), atLeast: [-g[0]])
      rows.constrain(part([1, 2], [1, -1]), atLeast: [g[2] - g[1]])
      rows.constrain(part([1, 2], [1, 1]), atLeast: [-g[2] - g[1]])
      let (a, b) = (try solved(cones), try solved(rows))
      #expect(isClose(a.objective, b.objective, absolute: 1e-8))
      // v₀ = w₁ + w₂ and v₁ = w₂ − w₁, since the two rows are s₀ ∓ s₁ ≥ 0.
      let w = b.duals.inequality
      for (v, expected) in zip(a.duals.cones, [w[0], w[1] + w[2], w[2] - w[1]]) {
        #expect(isClose(v, expected, absolute: 1e-6))
      }
    }
  }
}

extension QuadraticProgram {
  /// The same program, its last norm limited by another number.
  mutating func coneLimitReplaced(by limit: Double) {
    var new = QuadraticProgram(quadraticCost: quadraticCost, linearCost: linearCost)
    new.constrain(equalityMatrix, equalTo: equalityValues)
    new.constrain(inequalityMatrix, atLeast: inequalityLower, atMost: inequalityUpper)
    new.bound(atLeast: lowerBounds, atMost: upperBounds)
    let dense = Matrix(coneMatrix)
    for (k, rows) in coneRows.enumerated() {
      let part = Matrix(rows: rows.count, columns: variableCount) {
        dense[rows.lowerBound + $0, $1]
      }
      var offsets = Array(coneOffsets[rows])
      if k == coneRows.count - 1 { offsets[0] = limit }
      new.constrainToCone(part, plus: offsets)
    }
    self = new
  }
}
