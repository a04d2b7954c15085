import Foundation
import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// A long run over random programs, some rescaled by up to 1e±12, each claim checked by plain sums.
/// It runs where the environment says how many: `FUZZ_PROGRAMS=100000`.
@Suite("Fuzzing")
struct FuzzTests {
  static let count = ProcessInfo.processInfo.environment["FUZZ_PROGRAMS"].flatMap(Int.init) ?? 0

  @Test(
    "no claim is wrong", .enabled(if: count > 0, "set FUZZ_PROGRAMS to a number of programs"),
    arguments: [QuadraticProgram.Method.automatic, .interiorPoint])
  func noClaimIsWrong(method: QuadraticProgram.Method) throws {
    var outcomes: [String: Int] = [:]
    var wrong = 0
    for seed in 0..<Self.count {
      var problem = RandomProgramTests().randomProgram(seed: UInt64(1_000_000 + seed))
      if seed % 3 == 2 { problem = rescaled(problem, seed: UInt64(seed)) }
      let solution = try problem.solve(.init(method: method))
      let kind = (seed % 3 == 2 ? "rescaled " : "") + solution.status.name
      outcomes[kind, default: 0] += 1
      let excess = excess(of: solution, problem)
      if !(excess <= 1e-7) {
        wrong += 1
        Issue.record("program \(seed): \(solution.status), off by \(excess)")
      }
    }
    print("fuzz, \(method): \(wrong) wrong of \(Self.count);", outcomes.sorted { $0.key < $1.key })
    #expect(wrong == 0)
  }

  @Test(
    "no claim on programs that the presolve reduces is wrong",
    .enabled(if: count > 0, "set FUZZ_PROGRAMS to a number of programs"))
  func noReducedClaimIsWrong() throws {
    var outcomes: [String: Int] = [:]
    for seed in 0..<Self.count {
      let planted = PlantedReductions(seed: UInt64(2_000_000 + seed))
      let isRescaled = seed % 3 == 2
      let problem =
        isRescaled ? rescaled(planted.problem, seed: UInt64(seed)) : planted.problem
      let solution = try problem.solve(.init(method: .interiorPoint))
      outcomes[(isRescaled ? "rescaled " : "") + solution.status.name, default: 0] += 1
      let excess = excess(of: solution, problem)
      #expect(excess <= 1e-7, "program \(seed): \(solution.status)")
      if !isRescaled {
        #expect(solution.status == .optimal, "program \(seed)")
        #expect(isClose(solution.objective, planted.objective, relative: 1e-7, absolute: 1e-7))
      }
    }
    print("fuzz, reduced:", outcomes.sorted { $0.key < $1.key })
  }

  /// The program in variables D x and with rows multiplied by E, powers of ten up to 1e±6 each.
  private func rescaled(_ problem: QuadraticProgram, seed: UInt64) -> QuadraticProgram {
    var random = TestRandom(seed: seed)
    func power() -> Double { pow(10, 6 * random.signedUnit()) }
    let D = problem.linearCost.map { _ in power() }
    let P = problem.quadraticCost.map { cost in
      Matrix(rows: D.count, columns: D.count) { i, j in D[i] * cost[i, j] * D[j] }
    }
    var result = QuadraticProgram(
      quadraticCost: P, linearCost: zip(problem.linearCost, D).map { $0 * $1 })
    func scaled(_ matrix: SparseMatrix, _ E: [Double]) -> Matrix {
      Matrix(rows: matrix.rows, columns: matrix.columns) { i, j in E[i] * matrix[i, j] * D[j] }
    }
    let A = problem.equalityValues.map { _ in power() }
    let G = problem.inequalityLower.map { _ in power() }
    result.constrain(
      scaled(problem.equalityMatrix, A), equalTo: zip(problem.equalityValues, A).map { $0 * $1 })
    result.constrain(
      scaled(problem.inequalityMatrix, G),
      atLeast: zip(problem.inequalityLower, G).map { $0 * $1 },
      atMost: zip(problem.inequalityUpper, G).map { $0 * $1 })
    result.bound(
      atLeast: zip(problem.lowerBounds, D).map { $0 / $1 },
      atMost: zip(problem.upperBounds, D).map { $0 / $1 })
    return result
  }

  /// How far a claim is from true, relative to the size of the terms; zero where nothing is claimed.
  func excess(of solution: Solution, _ problem: QuadraticProgram) -> Double {
    switch solution.status {
    case .optimal: return optimality(solution.x, solution.duals, problem)
    case .primalInfeasible(let proof): return infeasibility(proof, problem)
    case .dualInfeasible(let ray): return unboundedness(ray.direction, problem)
    default: return 0
    }
  }

  /// The value and the sum of magnitudes of each row of a product.
  private func product(_ matrix: Matrix, _ x: [Double]) -> [(value: Double, size: Double)] {
    (0..<matrix.rows).map { i in
      (0..<matrix.columns).reduce((0.0, 0.0)) {
        let term = matrix[i, $1] * x[$1]
        return ($0.0 + term, $0.1 + abs(term))
      }
    }
  }

  private func optimality(_ x: [Double], _ duals: Duals, _ problem: QuadraticProgram) -> Double {
    var worst = 0.0
    let (A, G) = (Matrix(problem.equalityMatrix), Matrix(problem.inequalityMatrix))
    let P = problem.quadraticCost?.matrix ?? Matrix(rows: x.count, columns: x.count)
    let (Ax, Gx, Px) = (product(A, x), product(G, x), product(P, x))
    // Against the largest terms anywhere, as the residuals are defined.
    let scale = (Ax + Gx).reduce(1 + (x.map(abs).max() ?? 0)) { max($0, $1.size) }
    for (row, b) in zip(Ax, problem.equalityValues) {
      worst = max(worst, abs(row.value - b) / scale)
    }
    for (i, row) in Gx.enumerated() {
      worst = max(
        worst, (row.value - problem.inequalityUpper[i]) / scale,
        (problem.inequalityLower[i] - row.value) / scale)
    }
    for j in x.indices {
      worst = max(
        worst, (x[j] - problem.upperBounds[j]) / scale, (problem.lowerBounds[j] - x[j]) / scale)
    }
    let (Aᵀy, Gᵀw) = (
      product(A.transposed, duals.equality), product(G.transposed, duals.inequality)
    )
    var dualScale = 1.0
    for j in x.indices {
      dualScale = max(
        dualScale, Px[j].size, abs(problem.linearCost[j]), Aᵀy[j].size + Gᵀw[j].size)
    }
    for j in x.indices {
      let sum =
        Px[j].value + problem.linearCost[j] + Aᵀy[j].value + Gᵀw[j].value + duals.bounds[j]
      worst = max(worst, abs(sum) / dualScale)
    }
    return worst
  }

  private func infeasibility(
    _ proof: InfeasibilityCertificate, _ problem: QuadraticProgram
  ) -> Double {
    if proof.crossed != nil { return 0 }
    let (A, G) = (Matrix(problem.equalityMatrix), Matrix(problem.inequalityMatrix))
    let (y, w, z) = (proof.duals.equality, proof.duals.inequality, proof.duals.bounds)
    let (Aᵀy, Gᵀw) = (product(A.transposed, y), product(G.transposed, w))
    var worst = 0.0
    for j in z.indices {
      let sum = Aᵀy[j].value + Gᵀw[j].value + z[j]
      worst = max(worst, abs(sum) / (1 + Aᵀy[j].size + Gᵀw[j].size + abs(z[j])))
    }
    var support = zip(y, problem.equalityValues).reduce(0) { $0 + $1.0 * $1.1 }
    func add(_ values: [Double], _ lower: [Double], _ upper: [Double]) {
      for (i, value) in values.enumerated() where value != 0 {
        support += value * (value > 0 ? upper[i] : lower[i])
      }
    }
    add(w, problem.inequalityLower, problem.inequalityUpper)
    add(z, problem.lowerBounds, problem.upperBounds)
    return support <= -0.5 ? worst : .infinity
  }

  private func unboundedness(_ d: [Double], _ problem: QuadraticProgram) -> Double {
    var worst = 0.0
    let P = problem.quadraticCost?.matrix ?? Matrix(rows: d.count, columns: d.count)
    for row in product(P, d) + product(Matrix(problem.equalityMatrix), d) {
      worst = max(worst, abs(row.value) / (1 + row.size))
    }
    for (i, row) in product(Matrix(problem.inequalityMatrix), d).enumerated() {
      if problem.inequalityUpper[i] < .infinity { worst = max(worst, row.value / (1 + row.size)) }
      if problem.inequalityLower[i] > -.infinity { worst = max(worst, -row.value / (1 + row.size)) }
    }
    for j in d.indices {
      if problem.upperBounds[j] < .infinity { worst = max(worst, d[j]) }
      if problem.lowerBounds[j] > -.infinity { worst = max(worst, -d[j]) }
    }
    let slope = zip(problem.linearCost, d).reduce(0) { $0 + $1.0 * $1.1 }
    return slope <= -0.5 ? worst : .infinity
  }
}
