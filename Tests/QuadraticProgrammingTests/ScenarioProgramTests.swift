import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Expected shortfall and worst case over scenarios: against the same program written out with its
/// z, α and t as plain sparse rows, and against sorting.
@Suite("Programs with risk over scenarios")
struct ScenarioProgramTests {
  static func loss(scenarios S: Int, positions k: Int, seed: UInt64) -> ScenarioLoss {
    var random = TestRandom(seed: seed)
    let outcomes = Matrix(rows: S, columns: k) { _, _ in random.signedUnit() }
    return ScenarioLoss(
      outcomes: outcomes, book: (0..<S).map { _ in 2 * random.signedUnit() - 0.5 })
  }

  /// ½ ridge |x|² + cᵀx over a box, and a budget.
  static func base(_ k: Int, seed: UInt64) -> QuadraticProgram {
    var random = TestRandom(seed: seed)
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [Double](repeating: 0.01, count: k)),
      linearCost: (0..<k).map { _ in 0.02 * random.signedUnit() })
    program.constrain(
      Matrix(rows: 1, columns: k, repeating: 1), atLeast: [-1], atMost: [0.5])
    program.bound(
      atLeast: [Double](repeating: -1, count: k), atMost: [Double](repeating: 1.5, count: k))
    return program
  }

  /// The program with its variables x, α, z and rows written out.
  static func writtenOut(
    _ program: QuadraticProgram, _ loss: ScenarioLoss, confidence: Double, weight: Double
  ) -> QuadraticProgram {
    let (S, k) = (loss.scenarioCount, program.variableCount)
    let n = k + 1 + S
    let tail = weight / ((1 - confidence) * Double(S))
    var P = Matrix(rows: n, columns: n)
    for j in 0..<k { P[j, j] = 0.01 }
    var result = QuadraticProgram(
      quadraticCost: SparseMatrix(P),
      linearCost: program.linearCost + [weight] + [Double](repeating: tail, count: S))
    result.constrain(
      Matrix(rows: 1, columns: n) { _, j in j < k ? 1 : 0 }, atLeast: [-1], atMost: [0.5])
    result.constrain(
      SparseMatrix(
        Matrix(rows: S, columns: n) { i, j in
          j < k ? loss.outcomes[i, j] : (j == k || j == k + 1 + i ? 1 : 0)
        }), atLeast: loss.book.map { -$0 })
    result.bound(
      atLeast: program.lowerBounds + [-.infinity] + [Double](repeating: 0, count: S),
      atMost: program.upperBounds + [Double](repeating: .infinity, count: S + 1))
    return result
  }

  @Test(
    "an expected shortfall in the objective equals the program written out",
    arguments: [(40, 3, 0.9), (300, 10, 0.95), (1000, 30, 0.99), (37, 20, 0.5), (600, 1, 0.975)])
  func objective(S: Int, k: Int, confidence: Double) throws {
    let (program, loss) = (
      Self.base(k, seed: 3), Self.loss(scenarios: S, positions: k, seed: UInt64(S))
    )
    var whole = ScenarioProgram(program)
    whole.minimize(.expectedShortfall(confidence: confidence), of: loss, weight: 1.5)
    let solution = try whole.solve()
    let plain = try Self.writtenOut(program, loss, confidence: confidence, weight: 1.5).solve()
    #expect(solution.status == .optimal)
    #expect(plain.status == .optimal)
    #expect(isClose(solution.objective, plain.objective, relative: 1e-8, absolute: 1e-8))
    let shortfall = loss.expectedShortfall(at: solution.x, confidence: confidence)
    #expect(solution.riskValues == [shortfall])
    let reached = program.objective(at: solution.x) + 1.5 * shortfall
    #expect(isClose(solution.objective, reached, relative: 1e-8, absolute: 1e-8))
  }

  @Test("a worst case in the objective is the largest loss, and no other box point is better")
  func worstCase() throws {
    let (program, loss) = (Self.base(8, seed: 5), Self.loss(scenarios: 900, positions: 8, seed: 6))
    var whole = ScenarioProgram(program)
    whole.minimize(.worstCase, of: loss)
    let solution = try whole.solve()
    #expect(solution.status == .optimal)
    func value(_ x: [Double]) -> Double {
      program.objective(at: x) + (loss.values(at: x).max() ?? 0)
    }
    #expect(isClose(solution.objective, value(solution.x), relative: 1e-8, absolute: 1e-8))
    var random = TestRandom(seed: 8)
    for _ in 0..<200 {
      // Towards a random point of the box that meets the budget.
      let other = (0..<8).map { _ in 0.0625 * random.signedUnit() }
      let between = zip(solution.x, other).map { 0.9 * $0 + 0.1 * $1 }
      #expect(value(between) >= solution.objective - 1e-8)
    }
  }

  @Test("limits hold, and their multipliers are the price of a dollar", arguments: [0, 1])
  func limits(kind: Int) throws {
    let (program, loss) = (Self.base(6, seed: 7), Self.loss(scenarios: 200, positions: 6, seed: 9))
    let measure: ScenarioProgram.Measure =
      kind == 0 ? .expectedShortfall(confidence: 0.9) : .worstCase
    var free = ScenarioProgram(program)
    free.minimize(measure, of: loss)
    let least = try #require(try free.solve().riskValues.first)
    func solve(_ limit: Double) throws -> ScenarioSolution {
      var whole = ScenarioProgram(program)
      whole.limit(measure, of: loss, atMost: limit)
      return try whole.solve()
    }
    let limit = least + 0.05
    let solution = try solve(limit)
    #expect(solution.status == .optimal)
    #expect(solution.riskValues[0] <= limit + 1e-8)
    let dual = try #require(solution.limitDuals[0])
    let slope = (try solve(limit + 1e-4).objective - solve(limit - 1e-4).objective) / 2e-4
    #expect(dual > 1e-4)
    #expect(isClose(dual, -slope, relative: 1e-3, absolute: 1e-7))
    guard case .primalInfeasible = try solve(least - 0.05).status else {
      Issue.record("a limit below the least risk that there is must be infeasible")
      return
    }
  }

  @Test("two risks together, one of them over some of the variables")
  func together() throws {
    let program = Self.base(5, seed: 11)
    let first = Self.loss(scenarios: 120, positions: 5, seed: 12)
    let part = Self.loss(scenarios: 80, positions: 2, seed: 13)
    let second = ScenarioLoss(outcomes: part.outcomes, book: part.book, variables: [4, 1])
    var whole = ScenarioProgram(program)
    whole.minimize(.expectedShortfall(confidence: 0.9), of: first)
    whole.minimize(.worstCase, of: second, weight: 0.3)
    let solution = try whole.solve()
    #expect(solution.status == .optimal)
    let value = program.objective(at: solution.x) + solution.riskValues[0]
    #expect(
      isClose(
        solution.objective, value + 0.3 * solution.riskValues[1], relative: 1e-8, absolute: 1e-8))
  }

  @Test("the outcomes are read where they lie")
  func byReference() throws {
    let loss = Self.loss(scenarios: 500, positions: 20, seed: 14)
    var whole = ScenarioProgram(Self.base(20, seed: 15))
    whole.minimize(.expectedShortfall(confidence: 0.95), of: loss)
    func address(_ matrix: Matrix) -> UnsafePointer<Double>? {
      matrix.elements.withUnsafeBufferPointer(\.baseAddress)
    }
    let before = address(loss.outcomes)
    _ = try whole.solve()
    #expect(address(whole.risks[0].loss.outcomes) == before)
    #expect(address(loss.outcomes) == before)
  }
}

/// Structure that plain sparse data has and the solver finds: dense blocks, z of an expected
/// shortfall, t of absolute values.
@Suite("Structure found in plain programs")
struct StructureTests {
  @Test(
    "costs |x| by t give the optimum of the split into buys and sells", arguments: [20, 60, 150])
  func absoluteCosts(n: Int) throws {
    var random = TestRandom(seed: UInt64(n))
    let root = Matrix(rows: n, columns: n) { _, _ in random.signedUnit() }
    let covariance = root * root.transposed
    let (tilt, cost) = (
      (0..<n).map { _ in 3 * random.signedUnit() }, (0..<n).map { _ in abs(random.signedUnit()) }
    )
    func widened(_ sign: Double) -> SparseMatrix {
      SparseMatrix(
        Matrix(rows: 2 * n, columns: 2 * n) { i, j in
          i < n && j < n
            ? covariance[i, j]
            : i >= n && j >= n
              ? sign * sign * covariance[i - n, j - n]
              : sign * covariance[i % n, j % n]
        })
    }
    var lifted = QuadraticProgram(
      quadraticCost: widened(0), linearCost: tilt + cost)
    let sides = Matrix(rows: 2 * n, columns: 2 * n) { i, j in
      j == i % n ? 1 : j == n + i % n ? (i < n ? -1 : 1) : 0
    }
    lifted.constrain(
      sides,
      atLeast: [Double](repeating: -.infinity, count: n) + [Double](repeating: 0, count: n),
      atMost: [Double](repeating: 0, count: n) + [Double](repeating: .infinity, count: n))
    lifted.bound(
      atLeast: [Double](repeating: -1, count: n) + [Double](repeating: 0, count: n),
      atMost: [Double](repeating: 1, count: n) + [Double](repeating: .infinity, count: n))
    var split = QuadraticProgram(
      quadraticCost: widened(-1),
      linearCost: zip(tilt, cost).map { $0 + $1 } + zip(tilt, cost).map { -$0 + $1 })
    split.bound(
      atLeast: [Double](repeating: 0, count: 2 * n), atMost: [Double](repeating: 1, count: 2 * n))
    let (first, second) = (try lifted.solve(), try split.solve())
    #expect(first.status == .optimal)
    #expect(second.status == .optimal)
    #expect(isClose(first.objective, second.objective, relative: 1e-8, absolute: 1e-8))
  }
}

extension ScenarioProgramTests {
  @Test("a limit over three thousand scenarios holds")
  func manyScenarios() throws {
    let loss = Self.loss(scenarios: 3000, positions: 20, seed: 21)
    let measure = ScenarioProgram.Measure.expectedShortfall(confidence: 0.95)
    var whole = ScenarioProgram(Self.base(20, seed: 22))
    whole.minimize(measure, of: loss)
    let least = try #require(try whole.solve().riskValues.first)
    var limited = ScenarioProgram(Self.base(20, seed: 22))
    limited.limit(measure, of: loss, atMost: least + 0.02)
    let solution = try limited.solve()
    #expect(solution.status == .optimal)
    #expect(solution.riskValues[0] <= least + 0.02 + 1e-8)
  }
}
