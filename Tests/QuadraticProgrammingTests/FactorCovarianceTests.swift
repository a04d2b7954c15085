import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// A covariance given by factors, against the same one as a dense matrix.
@Suite("Programs with a factor covariance")
struct FactorCovarianceTests {
  static func covariance(n: Int, k: Int, seed: UInt64) -> FactorCovariance {
    var random = TestRandom(seed: seed)
    let loadings = Matrix(rows: n, columns: k) { _, _ in random.signedUnit() }
    let root = Matrix(rows: k, columns: k) { _, _ in random.signedUnit() }
    return FactorCovariance(
      loadings: loadings, factorCovariance: root * root.transposed,
      specificVariances: (0..<n).map { _ in 0.1 + abs(random.signedUnit()) })
  }

  static func program(n: Int, quadraticCost: Matrix?, seed: UInt64) -> QuadraticProgram {
    var random = TestRandom(seed: seed)
    var program = QuadraticProgram(
      quadraticCost: quadraticCost, linearCost: (0..<n).map { _ in random.signedUnit() })
    program.objectiveConstant = 2
    program.constrain(Matrix(rows: 1, columns: n, repeating: 1), equalTo: [0.5])
    program.constrain(
      Matrix(rows: 2, columns: n) { _, _ in random.signedUnit() }, atLeast: [-0.3, -.infinity],
      atMost: [0.2, 0.4])
    program.bound(
      atLeast: [Double](repeating: -0.2, count: n), atMost: [Double](repeating: 0.3, count: n))
    return program
  }

  @Test(
    "the factors give the solution of the dense covariance",
    arguments: [(8, 2), (60, 5), (300, 12), (20, 30)])
  func dense(n: Int, k: Int) throws {
    let covariance = Self.covariance(n: n, k: k, seed: UInt64(n))
    let factored = try Self.program(n: n, quadraticCost: nil, seed: 4).solve(withRisk: covariance)
    let dense = try Self.program(n: n, quadraticCost: covariance.matrix, seed: 4).solve()
    #expect(factored.status == .optimal)
    #expect(dense.status == .optimal)
    #expect(factored.x.count == n)
    #expect(factored.rowDuals.count == 3)
    #expect(isClose(factored.objective, dense.objective, relative: 1e-8, absolute: 1e-8))
    #expect(isClose(factored.dualObjective, dense.objective, relative: 1e-7, absolute: 1e-7))
    for (a, b) in zip(factored.x, dense.x) {
      #expect(isClose(a, b, relative: 1e-5, absolute: 1e-5))
    }
    let same = Self.program(n: n, quadraticCost: covariance.matrix, seed: 4)
    let residuals = KKTResiduals(of: same, x: factored.x, duals: factored.duals)
    #expect(residuals.largestRelative <= 2e-9)
  }

  @Test("an indefinite covariance of the factors is refused")
  func indefinite() {
    let covariance = FactorCovariance(
      loadings: Matrix(rows: 5, columns: 2, repeating: 1),
      factorCovariance: [[1, 2], [2, 1]], specificVariances: [Double](repeating: 1, count: 5))
    #expect(throws: ProblemError.self) {
      try Self.program(n: 5, quadraticCost: nil, seed: 1).solve(withRisk: covariance)
    }
  }
}
