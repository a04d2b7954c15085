import Foundation
import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// A limit on time strikes in every method, soon, and leaves a point with the residuals that it has.
///
/// What is measured is the time of this thread on its processor, which other tests do not lengthen.
@Suite("Limits on time")
struct TimeLimitTests {
  /// A program of n variables in a box with a dense cost and m dense rows.
  static func program(_ n: Int, _ m: Int, seed: UInt64 = 1) -> QuadraticProgram {
    var random = TestRandom(seed: seed)
    let F = Matrix(rows: n, columns: n) { _, _ in random.signedUnit() }
    let covariance = F.timesTransposed()
    var program = QuadraticProgram(
      quadraticCost: Matrix(rows: n, columns: n) {
        covariance[$0, $1] + ($0 == $1 ? 0.1 * Double(n) : 0)
      },
      linearCost: (0..<n).map { _ in Double(n) * random.signedUnit() })
    let rows = Matrix(rows: m, columns: n) { _, _ in random.signedUnit() }
    if m > 0 { program.constrain(rows, atMost: [Double](repeating: 0.5, count: m)) }
    program.bound(
      atLeast: [Double](repeating: -1, count: n), atMost: [Double](repeating: 1, count: n))
    return program
  }

  static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// How long after the limit an answer may come: a factorization once begun is finished, and the caches and
  /// the memory are shared with other tests, beside which 58 ms were seen.
  static let grace = 0.1

  func expectHonest(
    _ solution: Solution, of program: QuadraticProgram,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      solution.residuals == KKTResiduals(of: program, x: solution.x, duals: solution.duals),
      sourceLocation: sourceLocation)
    #expect(
      zip(solution.x, zip(program.lowerBounds, program.upperBounds))
        .allSatisfy { $0 >= $1.0 && $0 <= $1.1 }, sourceLocation: sourceLocation)
  }

  /// Semismooth Newton alone beyond 300 variables; the dual method first where rows are many.
  @Test(
    "one millisecond, by every method",
    arguments: [
      (500, 20, QuadraticProgram.Method.activeSet), (250, 700, .activeSet),
      (400, 50, .interiorPoint),
      (500, 20, .automatic),
    ])
  func millisecond(n: Int, m: Int, method: QuadraticProgram.Method) throws {
    let program = Self.program(n, m)
    #expect(try program.solve(.init(method: method)).status == .optimal)
    let before = Self.processorSeconds
    let solution = try program.solve(.init(timeLimit: 1e-3, method: method))
    let seconds = Self.processorSeconds - before
    #expect(solution.status == .timeLimit)
    #expect(seconds <= 1e-3 + Self.grace)
    expectHonest(solution, of: program)
  }

  @Test("the engine gives up in either method", arguments: [ActiveSetSolver.Method.newton, .dual])
  func engine(method: ActiveSetSolver.Method) {
    let program = DenseProgram(Self.program(400, 10))
    let engine = ActiveSetSolver(maxVariables: 400, maxRows: 10)
    engine.method = method
    engine.reserve()
    engine.deadline = Deadline(seconds: 1e-4)
    let before = Self.processorSeconds
    #expect(engine.solve(program) == .failed)
    #expect(Self.processorSeconds - before <= 1e-4 + Self.grace)
    #expect(engine.isOutOfTime)
    // The same work space, with time.
    engine.deadline = .never
    #expect(engine.solve(program) == .optimal)
    #expect(!engine.isOutOfTime)
    let fresh = ActiveSetSolver(maxVariables: 400, maxRows: 10)
    fresh.method = method
    fresh.solve(program)
    #expect(zip(engine.solution.x, fresh.solution.x).allSatisfy { abs($0 - $1) <= 1e-9 })
  }

  /// Limits from nothing to more than is needed: preparation, iteration and polish are all struck.
  @Test("wherever it strikes", arguments: [QuadraticProgram.Method.activeSet, .interiorPoint])
  func sweep(method: QuadraticProgram.Method) throws {
    let program = Self.program(200, 60)
    // So small a tolerance is not met, so that all ends in the polish.
    let settings = InteriorPointSolver.Settings(tolerance: 1e-30, method: method)
    let before = Self.processorSeconds
    _ = try program.solve(settings)
    let whole = Self.processorSeconds - before
    var struck = 0
    for k in 0...16 {
      var limited = settings
      limited.timeLimit = Double(k) / 16 * whole
      let before = Self.processorSeconds
      let solution = try program.solve(limited)
      #expect(Self.processorSeconds - before <= limited.timeLimit + Self.grace)
      if solution.status == .timeLimit { struck += 1 }
      expectHonest(solution, of: program)
    }
    #expect(struck >= 8)
  }

  @Test("each solution of a sequence has the whole limit, and the next has time again")
  func sequence() throws {
    for (n, m, method) in [
      (1000, 20, QuadraticProgram.Method.activeSet), (300, 50, .interiorPoint),
    ] {
      let program = Self.program(n, m)
      var hurried = try ProgramSequence(program, .init(timeLimit: 1e-3, method: method))
      for factor in [1.0, 2] {
        try hurried.update(linearCost: program.linearCost.map { factor * $0 })
        let before = Self.processorSeconds
        let solution = try hurried.solve()
        #expect(Self.processorSeconds - before <= 1e-3 + Self.grace)
        #expect(solution.status == .timeLimit)
        expectHonest(solution, of: hurried.program)
      }
    }
  }

  @Test("in a batch the limit is that of one program")
  func batch() throws {
    let small = Self.program(5, 2)
    let answers = QuadraticProgram.solve(
      batch: [Self.program(500, 20), small, Self.program(250, 700), small], .init(timeLimit: 1e-3),
      workerCount: 1)
    let statuses = try answers.map { try $0.get().status }
    #expect(statuses[0] == .timeLimit && statuses[2] == .timeLimit)
    #expect(try small.solve().status == .optimal)
  }

  @Test("rows left out, and a sparse program, heed it too")
  func large() throws {
    var random = TestRandom(seed: 3)
    let n = 4000
    let triplets = (0..<n).flatMap { i in
      (0..<4).map { _ in
        Triplet(row: i, column: Int.random(in: 0..<n, using: &random), value: random.signedUnit())
      }
    }
    var sparse = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [Double](repeating: 1, count: n)),
      linearCost: (0..<n).map { _ in random.signedUnit() })
    sparse.constrain(
      SparseMatrix(rows: n, columns: n, triplets: triplets),
      atMost: [Double](repeating: 0.1, count: n))
    for program in [sparse, Self.program(20, 6000)] {
      let before = Self.processorSeconds
      let solution = try program.solve(.init(timeLimit: 1e-3))
      #expect(Self.processorSeconds - before <= 1e-3 + Self.grace)
      #expect(solution.status == .timeLimit)
      expectHonest(solution, of: program)
    }
  }
}
