import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Programs of many scenarios, which are solved on the few rows that matter, against the same
/// programs on all rows: a full solver of the program written out, sorting, and weak duality.
@Suite("Rows left out")
struct LazyRowsTests {
  enum Shape: Sendable { case plain, ties, duplicates, tailTilted }

  static func loss(_ S: Int, _ k: Int, seed: UInt64, shape: Shape = .plain) -> ScenarioLoss {
    var random = TestRandom(seed: seed)
    var outcomes = Matrix(rows: S, columns: k) { _, _ in
      let value = random.signedUnit() + random.signedUnit() * random.signedUnit()
      return shape == .ties ? value.rounded() : value
    }
    var book = (0..<S).map { _ in 2 * random.signedUnit() - 0.5 }
    switch shape {
    case .plain: break
    case .ties: book = book.map { $0.rounded() }
    case .duplicates:
      for i in stride(from: 1, to: S, by: 2) {
        for j in 0..<k { outcomes[i, j] = outcomes[i - 1, j] }
        book[i] = book[i - 1]
      }
    case .tailTilted:
      // The first fiftieth of the rows, all of the tail, lies together: a sample sees few of it.
      for i in 0..<S / 50 {
        for j in 0..<k { outcomes[i, j] *= 8 }
        book[i] -= 5
      }
    }
    return ScenarioLoss(outcomes: outcomes, book: book)
  }

  static func base(_ k: Int, seed: UInt64, ridge: Double = 0.01) -> QuadraticProgram {
    var random = TestRandom(seed: seed)
    let costs = (0..<k).map { _ in 0.02 * random.signedUnit() }
    var program =
      ridge > 0
      ? QuadraticProgram(
        quadraticCost: SparseMatrix(diagonal: [Double](repeating: ridge, count: k)),
        linearCost: costs) : QuadraticProgram(linearCost: costs)
    program.constrain(Matrix(rows: 1, columns: k, repeating: 1), atLeast: [-1], atMost: [0.5])
    program.bound(
      atLeast: [Double](repeating: -1, count: k), atMost: [Double](repeating: 1.5, count: k))
    return program
  }

  /// x, α, z written out as plain sparse rows: Rx + α + z ≥ −book, cost weight (α + tail Σz).
  static func writtenOut(
    _ program: QuadraticProgram, _ loss: ScenarioLoss, confidence: Double, limit: Double? = nil
  ) -> QuadraticProgram {
    let (S, k) = (loss.scenarioCount, program.variableCount)
    let n = k + 1 + S
    let tail = 1 / ((1 - confidence) * Double(S))
    let diagonal = (0..<k).compactMap { j in
      program.quadraticCost.map { Triplet(row: j, column: j, value: $0[j, j]) }
    }
    let weight = limit == nil ? 1.0 : 0
    var result = QuadraticProgram(
      quadraticCost: SparseMatrix(rows: n, columns: n, triplets: diagonal),
      linearCost: program.linearCost + [weight] + [Double](repeating: weight * tail, count: S))
    result.constrain(
      Matrix(rows: 1, columns: n) { _, j in j < k ? 1 : 0 }, atLeast: [-1], atMost: [0.5])
    var entries: [Triplet] = []
    for i in 0..<S {
      for j in 0..<k { entries.append(Triplet(row: i, column: j, value: loss.outcomes[i, j])) }
      entries.append(Triplet(row: i, column: k, value: 1))
      entries.append(Triplet(row: i, column: k + 1 + i, value: 1))
    }
    result.constrain(
      SparseMatrix(rows: S, columns: n, triplets: entries), atLeast: loss.book.map { -$0 })
    if let limit {
      result.constrain(
        Matrix(rows: 1, columns: n) { _, j in j < k ? 0 : (j == k ? 1 : tail) }, atMost: [limit])
    }
    result.bound(
      atLeast: program.lowerBounds + [-.infinity] + [Double](repeating: 0, count: S),
      atMost: program.upperBounds + [Double](repeating: .infinity, count: S + 1))
    return result
  }

  static func solveOnAllRows(_ program: QuadraticProgram) throws -> Solution {
    var solver = try InteriorPointSolver(program)
    return solver.solve()
  }

  @Test(
    "an expected shortfall on few rows equals that on all, and sorting",
    arguments: [
      (1200, 3, 0.9, Shape.plain, 0.01), (3000, 12, 0.99, .plain, 0.01),
      (4000, 20, 0.95, .plain, 0), (2500, 6, 0.5, .plain, 0.01), (6000, 8, 0.999, .plain, 0),
      (3000, 10, 0.99, .ties, 0.01), (3000, 10, 0.975, .duplicates, 0.01),
      (5000, 15, 0.99, .tailTilted, 0.001),
    ])
  func shortfall(S: Int, k: Int, confidence: Double, shape: Shape, ridge: Double) throws {
    let program = Self.base(k, seed: 3, ridge: ridge)
    let loss = Self.loss(S, k, seed: UInt64(S), shape: shape)
    var whole = ScenarioProgram(program)
    whole.minimize(.expectedShortfall(confidence: confidence), of: loss)
    let few = try whole.solve()
    let plain = Self.writtenOut(program, loss, confidence: confidence)
    let all = try Self.solveOnAllRows(plain)
    #expect(few.status == .optimal)
    #expect(all.status == .optimal)
    #expect(isClose(few.objective, all.objective, relative: 1e-8, absolute: 1e-8))
    let sorted = loss.expectedShortfall(at: few.x, confidence: confidence)
    #expect(
      isClose(
        few.objective, program.objective(at: few.x) + sorted, relative: 1e-8, absolute: 1e-8))
    if ridge > 0 {
      for j in 0..<k { #expect(abs(few.x[j] - all.x[j]) < 1e-6) }
      for j in 0..<k { #expect(abs(few.duals.bounds[j] - all.duals.bounds[j]) < 1e-6) }
    }
  }

  @Test("plain sparse rows give the same duals as all rows, and residuals of the whole program")
  func duals() throws {
    let (S, k) = (3000, 12)
    let loss = Self.loss(S, k, seed: 8)
    let plain = Self.writtenOut(Self.base(k, seed: 4), loss, confidence: 0.98)
    let few = try plain.solve()
    let all = try Self.solveOnAllRows(plain)
    #expect(few.status == .optimal)
    #expect(KKTResiduals(of: plain, x: few.x, duals: few.duals).satisfy(1e-9))
    #expect(isClose(few.dualObjective, all.dualObjective, relative: 1e-8, absolute: 1e-8))
    // Without ties the multipliers are unique.
    for i in 0...S {
      #expect(abs(few.duals.inequality[i] - all.duals.inequality[i]) < 1e-6)
    }
    for j in few.x.indices { #expect(abs(few.duals.bounds[j] - all.duals.bounds[j]) < 1e-6) }
    #expect(few.duals.inequality.contains(0), "no row was left out")
  }

  @Test(
    "a worst case on few rows is the largest loss, and equals that on all",
    arguments: [(1500, 5, Shape.plain), (4000, 20, .ties), (3000, 10, .duplicates)])
  func worstCase(S: Int, k: Int, shape: Shape) throws {
    let (program, loss) = (Self.base(k, seed: 5), Self.loss(S, k, seed: 6, shape: shape))
    var whole = ScenarioProgram(program)
    whole.minimize(.worstCase, of: loss)
    let few = try whole.solve()
    #expect(few.status == .optimal)
    var plain = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [Double](repeating: 0.01, count: k) + [0]),
      linearCost: program.linearCost + [1])
    plain.constrain(
      Matrix(rows: 1, columns: k + 1) { _, j in j < k ? 1 : 0 }, atLeast: [-1], atMost: [0.5])
    plain.constrain(
      Matrix(rows: S, columns: k + 1) { i, j in j < k ? loss.outcomes[i, j] : 1 },
      atLeast: loss.book.map { -$0 })
    plain.bound(
      atLeast: program.lowerBounds + [-.infinity], atMost: program.upperBounds + [.infinity])
    let all = try Self.solveOnAllRows(plain)
    #expect(isClose(few.objective, all.objective, relative: 1e-8, absolute: 1e-8))
    let reached = program.objective(at: few.x) + loss.worstCase(at: few.x)
    #expect(isClose(few.objective, reached, relative: 1e-8, absolute: 1e-8))
  }

  @Test("a limit on an expected shortfall holds, costs what it does on all rows, or is refuted")
  func limit() throws {
    let (S, k, confidence) = (2000, 8, 0.975)
    let (program, loss) = (Self.base(k, seed: 7), Self.loss(S, k, seed: 9))
    var least = ScenarioProgram(program)
    least.minimize(.expectedShortfall(confidence: confidence), of: loss, weight: 1e3)
    let lowest = try least.solve().riskValues[0]

    let value = lowest + 0.1
    var limited = ScenarioProgram(program)
    limited.limit(.expectedShortfall(confidence: confidence), of: loss, atMost: value)
    let few = try limited.solve()
    let all = try Self.solveOnAllRows(
      Self.writtenOut(program, loss, confidence: confidence, limit: value))
    #expect(few.status == .optimal)
    #expect(few.riskValues[0] <= value + 1e-7)
    #expect(isClose(few.objective, all.objective, relative: 1e-7, absolute: 1e-8))
    let multiplier = try #require(few.limitDuals[0])
    #expect(abs(multiplier - all.duals.inequality[S + 1]) < 1e-6)

    var refuted = ScenarioProgram(program)
    refuted.limit(.expectedShortfall(confidence: confidence), of: loss, atMost: lowest - 0.2)
    let answer = try refuted.solve()
    #expect(answer.status.name == "primalInfeasible")
  }

  @Test("a shortfall without bounds on the positions that has no minimum is called unbounded")
  func unbounded() throws {
    let k = 3
    var program = QuadraticProgram(linearCost: [Double](repeating: -10, count: k))
    program.bound(atLeast: [Double](repeating: 0, count: k))
    var whole = ScenarioProgram(program)
    whole.minimize(.expectedShortfall(confidence: 0.9), of: Self.loss(1500, k, seed: 2))
    #expect(try whole.solve().status.name == "dualInfeasible")
  }

  @Test("a number that is no number is found in a row that would be left out")
  func notANumber() {
    let good = Self.loss(3000, 4, seed: 1)
    var outcomes = good.outcomes
    outcomes[1234, 2] = .nan
    var whole = ScenarioProgram(Self.base(4, seed: 1))
    whole.minimize(.worstCase, of: ScenarioLoss(outcomes: outcomes, book: good.book))
    #expect(throws: ProblemError.self) { try whole.solve() }
  }

  @Test("a limit on iterations or time is reported with rows left out")
  func limits() throws {
    var whole = ScenarioProgram(Self.base(5, seed: 1))
    whole.minimize(.expectedShortfall(confidence: 0.99), of: Self.loss(3000, 5, seed: 4))
    var settings = InteriorPointSolver.Settings()
    settings.iterationLimit = 2
    #expect(try whole.solve(settings).status == .iterationLimit)
    settings = .init()
    settings.timeLimit = 0
    #expect(try whole.solve(settings).status == .timeLimit)
  }
}
