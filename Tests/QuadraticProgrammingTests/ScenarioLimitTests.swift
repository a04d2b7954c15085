import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Expected shortfalls under limits and below variables, several at once, with and without
/// probabilities: against the program written out and factored sparsely, against closed forms and
/// bisection, and by the dual set of the expected shortfall.
@Suite("Limits on risk over scenarios")
struct ScenarioLimitTests {
  typealias Sample = ScenarioProgramTests

  /// x, and for each risk α and z, as plain sparse rows, solved on all rows by the sparse factors.
  static func solveWrittenOut(_ whole: ScenarioProgram) throws -> Solution {
    let base = whole.program
    var cost = base.linearCost
    var (rows, lower, upper) = ([Triplet](), base.inequalityLower, base.inequalityUpper)
    for j in 0..<base.variableCount {
      for k in base.inequalityMatrix.entries(ofColumn: j) {
        rows.append(
          Triplet(
            row: Int(base.inequalityMatrix.rowIndices[k]), column: j,
            value: base.inequalityMatrix.values[k]))
      }
    }
    var (least, most) = (base.lowerBounds, base.upperBounds)
    for risk in whole.risks {
      guard case .expectedShortfall(let confidence) = risk.measure else { continue }
      let S = risk.loss.scenarioCount
      let probabilities =
        risk.loss.probabilities ?? [Double](repeating: 1 / Double(S), count: S)
      let α = cost.count
      let firstRow = lower.count
      for s in 0..<S {
        for (k, j) in risk.loss.variables.enumerated() {
          rows.append(Triplet(row: firstRow + s, column: j, value: risk.loss.outcomes[s, k]))
        }
        rows.append(Triplet(row: firstRow + s, column: α, value: 1))
        rows.append(Triplet(row: firstRow + s, column: α + 1 + s, value: 1))
      }
      lower += risk.loss.book.map { -$0 }
      upper += [Double](repeating: .infinity, count: S)
      let terms = [1] + probabilities.map { $0 / (1 - confidence) }
      cost += [Double](repeating: 0, count: 1 + S)
      least += [-.infinity] + [Double](repeating: 0, count: S)
      most += [Double](repeating: .infinity, count: 1 + S)
      var limit = 0.0
      switch risk.role {
      case .objective(let weight):
        for (k, term) in terms.enumerated() { cost[α + k] = weight * term }
        continue
      case .limit(let value): limit = value
      case .epigraph(let t): rows.append(Triplet(row: lower.count, column: t, value: -1))
      }
      for (k, term) in terms.enumerated() {
        rows.append(Triplet(row: lower.count, column: α + k, value: term))
      }
      lower.append(-.infinity)
      upper.append(limit)
    }
    let n = cost.count
    let diagonal = (0..<n).map { j in
      j < base.variableCount ? base.quadraticCost?[j, j] ?? 0 : 0
    }
    var plain = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: diagonal), linearCost: cost)
    plain.constrain(
      SparseMatrix(rows: lower.count, columns: n, triplets: rows), atLeast: lower, atMost: upper)
    plain.bound(atLeast: least, atMost: most)
    var settings = InteriorPointSolver.Settings()
    settings.factorization = .sparse
    var solver = try InteriorPointSolver(plain, settings)
    return solver.solve()
  }

  /// The dual set: 0 ≤ q ≤ W p/(1 − c), Σq = W; Σ q loss is W times the risk at x and never above it.
  static func checkDuals(_ whole: ScenarioProgram, _ solution: ScenarioSolution, seed: UInt64) {
    var random = TestRandom(seed: seed)
    for (k, risk) in whole.risks.enumerated() {
      guard case .expectedShortfall(let confidence) = risk.measure else { continue }
      let q = solution.scenarioDuals[k]
      var weight = solution.limitDuals[k] ?? 1
      if case .objective(let given) = risk.role { weight = given }
      let S = risk.loss.scenarioCount
      #expect(q.count == S)
      for s in 0..<S {
        let p = risk.loss.probabilities?[s] ?? 1 / Double(S)
        #expect(q[s] >= 0 && q[s] <= weight * p / (1 - confidence) + 1e-8)
      }
      #expect(isClose(q.reduce(0, +), weight, absolute: 1e-8))
      func mean(_ x: [Double]) -> Double {
        zip(q, risk.loss.values(at: x)).reduce(0) { $0 + $1.0 * $1.1 }
      }
      #expect(isClose(mean(solution.x), weight * solution.riskValues[k], absolute: 1e-7))
      for _ in 0..<10 {
        let other = solution.x.map { $0 + random.signedUnit() }
        #expect(mean(other) <= weight * risk.value(at: other) + 1e-7)
      }
    }
  }

  @Test(
    "a shortfall below a variable that costs one is a shortfall in the objective",
    arguments: [(10, 3, 0.8), (40, 3, 0.9), (300, 10, 0.95), (3000, 20, 0.99), (20_000, 8, 0.99)])
  func epigraph(S: Int, k: Int, confidence: Double) throws {
    let loss = Sample.loss(scenarios: S, positions: k, seed: UInt64(S))
    let measure = ScenarioProgram.Measure.expectedShortfall(confidence: confidence)
    let base = Sample.base(k, seed: 3)
    var direct = ScenarioProgram(base)
    direct.minimize(measure, of: loss)
    let first = try direct.solve()

    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [Double](repeating: 0.01, count: k) + [0]),
      linearCost: base.linearCost + [1])
    program.constrain(
      Matrix(rows: 1, columns: k + 1) { _, j in j < k ? 1 : 0 }, atLeast: [-1], atMost: [0.5])
    program.bound(
      atLeast: base.lowerBounds + [-.infinity], atMost: base.upperBounds + [.infinity])
    var below = ScenarioProgram(program)
    below.limit(measure, of: loss, byVariable: k)
    let second = try below.solve()
    #expect(first.status == .optimal)
    #expect(second.status == .optimal)
    #expect(isClose(first.objective, second.objective, relative: 1e-8, absolute: 1e-8))
    #expect(isClose(second.x[k], second.riskValues[0], absolute: 1e-7))
    #expect(isClose(try #require(second.limitDuals[0]), 1, absolute: 1e-8))
    Self.checkDuals(direct, first, seed: 1)
    Self.checkDuals(below, second, seed: 2)
  }

  @Test("the worst case below a variable that costs one is the worst case in the objective")
  func worstCaseBelowVariable() throws {
    let loss = Sample.loss(scenarios: 200, positions: 4, seed: 31)
    let base = Sample.base(4, seed: 32)
    var direct = ScenarioProgram(base)
    direct.minimize(.worstCase, of: loss)
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [0.01, 0.01, 0.01, 0.01, 0]),
      linearCost: base.linearCost + [1])
    program.constrain([[1, 1, 1, 1, 0]], atLeast: [-1], atMost: [0.5])
    program.bound(
      atLeast: base.lowerBounds + [-.infinity], atMost: base.upperBounds + [.infinity])
    var below = ScenarioProgram(program)
    below.limit(.worstCase, of: loss, byVariable: 4)
    let (first, second) = (try direct.solve(), try below.solve())
    #expect(isClose(first.objective, second.objective, relative: 1e-8, absolute: 1e-8))
    #expect(isClose(try #require(second.limitDuals[0]), 1, absolute: 1e-7))
  }

  @Test(
    "an objective and two limits at other confidences equal the program written out",
    arguments: [10, 60, 400, 2500])
  func several(S: Int) throws {
    let k = 6
    let program = Sample.base(k, seed: 41)
    let loss = Sample.loss(scenarios: S, positions: k, seed: UInt64(42 + S))
    let part = Sample.loss(scenarios: S, positions: 2, seed: UInt64(43 + S))
    let other = ScenarioLoss(outcomes: part.outcomes, book: part.book, variables: [5, 2])
    var free = ScenarioProgram(program)
    free.minimize(.expectedShortfall(confidence: 0.9), of: loss)
    // Half way to the least of the other risk: both limits can be met, and the second one binds.
    var least = ScenarioProgram(program)
    least.minimize(.expectedShortfall(confidence: 0.95), of: other, weight: 10)
    let x = zip(try free.solve().x, try least.solve().x).map { 0.5 * ($0 + $1) }
    let (a, b) = (
      loss.expectedShortfall(at: x, confidence: 0.6),
      other.expectedShortfall(at: x, confidence: 0.95)
    )
    var whole = free
    whole.limit(.expectedShortfall(confidence: 0.6), of: loss, atMost: a)
    whole.limit(.expectedShortfall(confidence: 0.95), of: other, atMost: b)
    let solution = try whole.solve()
    let plain = try Self.solveWrittenOut(whole)
    #expect(solution.status == .optimal)
    #expect(plain.status == .optimal)
    #expect(isClose(solution.objective, plain.objective, relative: 1e-7, absolute: 1e-8))
    #expect(solution.riskValues[1] <= a + 1e-8)
    #expect(solution.riskValues[2] <= b + 1e-8)
    #expect(try #require(solution.limitDuals[2]) > 1e-4)
    Self.checkDuals(whole, solution, seed: 44)
  }

  @Test(
    "the most of one position under a limit is where its shortfall meets it", arguments: [10, 50])
  func onePosition(S: Int) throws {
    let loss = Sample.loss(scenarios: S, positions: 1, seed: UInt64(S + 5))
    var program = QuadraticProgram(linearCost: [-1])
    program.bound(atLeast: [-1], atMost: [50])
    let limit = loss.expectedShortfall(at: [0], confidence: 0.75) + 0.3
    var whole = ScenarioProgram(program)
    whole.limit(.expectedShortfall(confidence: 0.75), of: loss, atMost: limit)
    let solution = try whole.solve()
    var (low, high) = (0.0, 50.0)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      let isIn = loss.expectedShortfall(at: [middle], confidence: 0.75) <= limit
      (low, high) = isIn ? (middle, high) : (low, middle)
    }
    #expect(isClose(solution.x[0], low, relative: 1e-7))
  }

  @Test(
    "a scenario of weight three is three equal ones, one of weight zero is none", arguments: [0, 1])
  func weights(role: Int) throws {
    let k = 4
    let loss = Sample.loss(scenarios: 90, positions: k, seed: 51)
    let weights = (0..<90).map { Double($0 % 4) }
    let copies = weights.indices.flatMap { s in [Int](repeating: s, count: Int(weights[s])) }
    let weighted = ScenarioLoss(outcomes: loss.outcomes, book: loss.book, weights: weights)
    let repeated = ScenarioLoss(
      outcomes: Matrix(rows: copies.count, columns: k) { i, j in loss.outcomes[copies[i], j] },
      book: copies.map { loss.book[$0] })
    var free = ScenarioProgram(Sample.base(k, seed: 52))
    free.minimize(.expectedShortfall(confidence: 0.9), of: repeated)
    let limit =
      repeated.expectedShortfall(at: try free.solve().x, confidence: 0.5) - 0.01
    func solve(_ loss: ScenarioLoss) throws -> (ScenarioProgram, ScenarioSolution) {
      var whole = ScenarioProgram(Sample.base(k, seed: 52))
      whole.minimize(.expectedShortfall(confidence: 0.9), of: loss)
      if role == 1 {
        whole.limit(.expectedShortfall(confidence: 0.5), of: loss, atMost: limit)
      }
      return (whole, try whole.solve())
    }
    let (whole, first) = try solve(weighted)
    let (_, second) = try solve(repeated)
    #expect(first.status == .optimal)
    #expect(second.status == .optimal)
    #expect(isClose(first.objective, second.objective, relative: 1e-8, absolute: 1e-8))
    for j in 0..<k { #expect(abs(first.x[j] - second.x[j]) < 1e-6) }
    #expect(isClose(first.riskValues[0], second.riskValues[0], relative: 1e-6))
    Self.checkDuals(whole, first, seed: 53)
    for s in stride(from: 0, to: 90, by: 4) { #expect(first.scenarioDuals[0][s] == 0) }
    let x = first.x
    #expect(
      isClose(
        weighted.expectedShortfall(at: x, confidence: 0.9),
        repeated.expectedShortfall(at: x, confidence: 0.9), relative: 1e-12))
    #expect(weighted.worstCase(at: x) == repeated.worstCase(at: x))
  }

  @Test("weights that are none end the program with a sentence")
  func weightsThatAreNone() async {
    await #expect(processExitsWith: .failure) {
      _ = ScenarioLoss(outcomes: Matrix(rows: 2, columns: 1, repeating: 1), weights: [1, -1])
    }
    await #expect(processExitsWith: .failure) {
      _ = ScenarioLoss(outcomes: Matrix(rows: 2, columns: 1, repeating: 1), weights: [0, 0])
    }
    await #expect(processExitsWith: .failure) {
      _ = ScenarioLoss(outcomes: Matrix(rows: 2, columns: 1, repeating: 1), weights: [1])
    }
  }
}
