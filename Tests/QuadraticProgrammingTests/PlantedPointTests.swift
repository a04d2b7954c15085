import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("Planted points")
struct PlantedPointTests {
  /// minimize ½ Σ d_j (x_j − a_j)² over a box: the solution is a, clamped to the box. A gap ε leaves
  /// x_j within ε over its slack, so the point asks for more than the residuals do.
  @Test(
    "a program in a box, solved to 1e-12: the point itself to 1e-9",
    arguments: [1, 2, 3, 5, 8, 13, 30, 75, 200, 500])
  func clamped(n: Int) throws {
    var random = TestRandom(seed: UInt64(n))
    let weights = (0..<n).map { _ in 1 + abs(random.signedUnit()) }
    let target = (0..<n).map { _ in 3 * random.signedUnit() }
    var problem = QuadraticProgram(
      quadraticCost: Matrix(diagonal: weights),
      linearCost: zip(weights, target).map { -$0 * $1 })
    problem.bound(
      atLeast: [Double](repeating: -1, count: n), atMost: [Double](repeating: 1, count: n))
    let solution = try problem.solve(.init(tolerance: 1e-12))
    #expect(solution.status == .optimal)
    #expect(solution.residuals.largest <= 1e-12)
    for (x, a) in zip(solution.x, target) {
      #expect(isClose(x, min(1, max(-1, a)), absolute: 1e-9))
    }
    for j in 0..<n {
      // The multiplier of a bound that holds is its distance to the target, times the weight.
      let expected = weights[j] * (target[j] - min(1, max(-1, target[j])))
      #expect(isClose(solution.duals.bounds[j], expected, absolute: 1e-9))
    }
  }

  @Test(
    "the projection on a hyperplane in closed form, to 1e-9",
    arguments: [1, 2, 3, 5, 8, 13, 30, 75, 200, 500])
  func projection(n: Int) throws {
    var random = TestRandom(seed: UInt64(900 + n))
    let a = (0..<n).map { _ in random.signedUnit() }
    let normal = (0..<n).map { _ in 1 + abs(random.signedUnit()) }
    // minimize ½ |x − a|² subject to normalᵀx = 1: x = a − λ normal, λ = (normalᵀa − 1) / |normal|².
    var problem = QuadraticProgram(
      quadraticCost: .identity(n), linearCost: a.map { -$0 })
    problem.constrain(Matrix(rows: [normal]), equalTo: [1])
    let square = normal.reduce(0) { $0 + $1 * $1 }
    let λ = (zip(normal, a).reduce(0) { $0 + $1.0 * $1.1 } - 1) / square
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    for j in 0..<n { #expect(isClose(solution.x[j], a[j] - λ * normal[j], absolute: 1e-9)) }
    #expect(isClose(solution.duals.equality[0], λ, absolute: 1e-9))
  }
}
