import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("Risk as second-order cones")
struct ConeRiskTests {
  /// An initial margin of the kind of ISDA SIMM: K = √(sᵀρs) per class of risk from weighted
  /// sensitivities s, and √(Σ ψ K K) over the classes. One hedge moves the first class along b alone:
  /// its least K is √(aᵀρa − (aᵀρb)²/bᵀρb).
  @Test("the least margin of correlated square roots under one hedge", arguments: 1...8)
  func squareRoots(seed: Int) throws {
    var random = TestRandom(seed: UInt64(seed))
    let n = 2 + seed
    let (correlation, ψ) = (0.3, 0.25)
    let a = (0..<n).map { _ in 5 * random.signedUnit() }
    let b = (0..<n).map { _ in random.signedUnit() }
    func form(_ u: [Double], _ v: [Double]) -> Double {
      let sums = u.reduce(0, +) * v.reduce(0, +)
      return (1 - correlation) * zip(u, v).reduce(0) { $0 + $1.0 * $1.1 } + correlation * sums
    }
    let first = (form(a, a) - form(a, b) * form(a, b) / form(b, b)).squareRoot()
    let second = 3.0
    let expected = (first * first + 2 * ψ * first * second + second * second).squareRoot()

    // ρ = (1 − r) I + r 11ᵀ = RᵀR with R = [√(1 − r) I; √r 1ᵀ]. Variables: trade, K₁, K₂, total.
    let (own, common) = ((1 - correlation).squareRoot(), correlation.squareRoot())
    func root(_ v: [Double]) -> [Double] { v.map { own * $0 } + [common * v.reduce(0, +)] }
    var problem = QuadraticProgram(linearCost: [0, 0, 0, 1])
    let moves = root(b)
    problem.limit(
      normOf: Matrix(rows: n + 1, columns: 4) { i, j in j == 0 ? moves[i] : 0 }, plus: root(a),
      atMost: [0, 1, 0, 0])
    problem.bound(atLeast: [-.infinity, 0, second, 0])
    let rest = (1 - ψ * ψ).squareRoot()
    problem.limit(
      normOf: Matrix(rows: 2, columns: 4) { i, j in
        i == 0 ? [0, 1, ψ, 0][j] : [0, 0, rest, 0][j]
      }, atMost: [0, 0, 0, 1])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    expectConditions(problem, solution, within: 1e-8)
    #expect(isClose(solution.objective, expected, relative: 1e-8))
    #expect(isClose(solution.x[0], -form(a, b) / form(b, b), absolute: 1e-4))
  }

  /// The largest mean μᵀx with a parametric value-at-risk z √(xᵀΣx) − μᵀx of at most V has x along
  /// Σ⁻¹μ: with B = μᵀΣ⁻¹μ it is V B / (z √B − B).
  @Test("the largest mean under a parametric value-at-risk", arguments: [1.645, 2.326, 3.5])
  func valueAtRisk(z: Double) throws {
    let means = [0.02, 0.05, 0.03, -0.01]
    // Σ = LᵀL with L upper triangular, so that Σ⁻¹μ = L⁻¹L⁻ᵀμ.
    let L = Matrix(rows: [
      [0.2, 0.1, 0.05, 0], [0, 0.3, -0.1, 0.1], [0, 0, 0.25, 0.02], [0, 0, 0, 0.4],
    ])
    var u = means
    for i in 0..<4 {
      for k in 0..<i { u[i] -= L[k, i] * u[k] }
      u[i] /= L[i, i]
    }
    let B = u.reduce(0) { $0 + $1 * $1 }
    let limit = 2.5
    let expected = limit * B / (z * B.squareRoot() - B)
    var problem = QuadraticProgram(linearCost: means.map { -$0 })
    problem.limit(
      normOf: Matrix(rows: 4, columns: 4) { z * L[$0, $1] }, atMost: means, constant: limit)
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(isClose(-solution.objective, expected, relative: 1e-8))
    let volatility = euclidean(L * solution.x)
    #expect(isClose(z * volatility + solution.objective, limit, absolute: 1e-8))
  }
}
