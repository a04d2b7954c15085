import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("Random small programs")
struct RandomProgramTests {
  /// Whatever the data: an optimal point whose residuals hold, or a certificate that holds.
  @Test(
    "three thousand programs end with a point or a certificate, by either method",
    arguments: 0..<3, [QuadraticProgram.Method.interiorPoint, .activeSet])
  func everyProgramIsDecided(batch: Int, method: QuadraticProgram.Method) throws {
    var outcomes: [String: Int] = [:]
    var byMethod = 0
    for seed in (1000 * batch)..<(1000 * batch + 1000) {
      let problem = randomProgram(seed: UInt64(seed))
      let solution = try problem.solve(.init(method: method))
      if solution.method == method { byMethod += 1 }
      outcomes[solution.status.name, default: 0] += 1
      switch solution.status {
      case .optimal:
        let (primal, dual) = plainResiduals(problem, solution)
        #expect(primal <= 1e-9 && dual <= 1e-9, "seed \(seed): \(solution.residuals)")
        #expect(
          isClose(solution.objective, solution.dualObjective, relative: 1e-9, absolute: 1e-9),
          "seed \(seed)")
      case .primalInfeasible: try expectInfeasible(problem)
      case .dualInfeasible: try expectUnbounded(problem)
      default: Issue.record("seed \(seed): \(solution.status), \(solution.residuals)")
      }
    }
    // All three outcomes must occur, or the generator tests nothing.
    #expect(outcomes.count == 3)
    // What the active-set method leaves open, crossed sides included, is the exception.
    #expect(byMethod >= 800)
  }

  /// Small integer coefficients make degenerate vertices and redundant rows frequent.
  func randomProgram(seed: UInt64) -> QuadraticProgram {
    var random = TestRandom(seed: seed)
    func integer(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &random) }
    func chance(_ probability: Double) -> Bool {
      Double.random(in: 0..<1, using: &random) < probability
    }
    let n = integer(1...12)
    let m = integer(0...14)
    let p = integer(0...min(n, 4))
    let rank = chance(0.5) ? 0 : integer(1...n)
    let F = Matrix(rows: n, columns: rank) { _, _ in random.signedUnit() }
    var problem = QuadraticProgram(
      quadraticCost: rank == 0 ? nil : F.timesTransposed(),
      linearCost: (0..<n).map { _ in chance(0.3) ? Double(integer(-2...2)) : random.signedUnit() })
    problem.constrain(
      Matrix(rows: p, columns: n) { _, _ in Double(integer(-2...2)) },
      equalTo: (0..<p).map { _ in chance(0.5) ? 0 : random.signedUnit() })
    problem.constrain(
      Matrix(rows: m, columns: n) { _, _ in Double(integer(-3...3)) },
      atLeast: (0..<m).map { _ in chance(0.5) ? -.infinity : -1 + random.signedUnit() },
      atMost: (0..<m).map { _ in chance(0.5) ? .infinity : 1 + random.signedUnit() })
    problem.bound(
      atLeast: (0..<n).map { _ in chance(0.2) ? -.infinity : Double(integer(-2...0)) },
      atMost: (0..<n).map { _ in chance(0.4) ? .infinity : Double(integer(0...2)) })
    return problem
  }

  /// Primal and dual residuals with plain sums, no code of the library but the matrix.
  func plainResiduals(_ problem: QuadraticProgram, _ solution: Solution) -> (Double, Double) {
    let x = solution.x
    var primal = zip(problem.equalityMatrix * x, problem.equalityValues)
      .reduce(0) { max($0, abs($1.0 - $1.1)) }
    let values = problem.inequalityMatrix * x + x
    let lower = problem.inequalityLower + problem.lowerBounds
    let upper = problem.inequalityUpper + problem.upperBounds
    for (i, value) in values.enumerated() {
      primal = max(primal, lower[i] - value, value - upper[i])
    }
    let Aᵀy = problem.equalityMatrix.transposed * solution.duals.equality
    let Gᵀw = problem.inequalityMatrix.transposed * solution.duals.inequality
    let Px = problem.quadraticCost.map { $0.multiplying(x) } ?? x.map { _ in 0 }
    let dual = x.indices.reduce(0) { largest, j in
      max(
        largest,
        abs(Px[j] + problem.linearCost[j] + Aᵀy[j] + Gᵀw[j] + solution.duals.bounds[j]))
    }
    return (primal, dual)
  }
}
