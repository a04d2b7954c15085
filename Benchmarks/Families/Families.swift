import Foundation
import MarginOptimization
import Synchronization

/// Programs whose structure no file format carries, solved from the files that `solver_families.py`
/// writes, each in a process of its own: the fastest of a few times, with the worst absolute residual,
/// as one line of JSON.
///
/// `swift run -c release Families factors|scenarios|batch|storage|sequence file tolerance`
@main
struct Families {
  private struct Report: Encodable {
    var family: String
    var solved: Int
    var count: Int
    var residual: Double
    var objective: Double
    var seconds: Double
    /// The most memory of the process, and what of it there was with the data alone.
    var peakMegabytes: Double
    var dataMegabytes: Double
  }

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let tolerance = Double(arguments[3]),
      let solve = families[arguments[1]]
    else {
      print("Usage: Families \(families.keys.sorted().joined(separator: "|")) file tolerance")
      exit(2)
    }
    var reader = try DoubleReader(arguments[2])
    let (solutions, seconds, data) = try solve(&reader, tolerance)
    let report = Report(
      family: arguments[1], solved: solutions.count { $0.residual <= tolerance },
      count: solutions.count, residual: solutions.reduce(0) { max($0, $1.residual) },
      objective: solutions.reduce(0) { $0 + $1.objective }, seconds: seconds,
      peakMegabytes: peakMegabytes(), dataMegabytes: data)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(report), as: UTF8.self))
  }

  private struct Answer {
    var objective: Double
    var residual: Double

    init(objective: Double, residual: Double) {
      (self.objective, self.residual) = (objective, residual)
    }

    init(_ solution: Solution) {
      (objective, residual) = (solution.objective, solution.residuals.largest)
    }

    init(_ solution: ScenarioSolution) {
      (objective, residual) = (solution.objective, solution.residuals.largest)
    }
  }

  private typealias Family =
    @Sendable (inout DoubleReader, Double) throws -> ([Answer], Double, Double)

  private static let families: [String: Family] = [
    "factors": factors, "scenarios": scenarios, "batch": batch, "storage": storage,
    "sequence": sequence,
  ]

  /// The last answers and the least time of some repetitions.
  private static func fastest(
    _ body: () throws -> [Answer]
  ) rethrows -> ([Answer], Double, Double) {
    let data = peakMegabytes()
    var (answers, least, spent) = ([Answer](), Double.infinity, 0.0)
    for _ in 0..<5 where spent < 3 {
      let start = ContinuousClock.now
      answers = try body()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      least = min(least, seconds)
      spent += seconds
    }
    return (answers, least, data)
  }

  @Sendable private static func factors(
    _ reader: inout DoubleReader, _ tolerance: Double
  ) throws -> ([Answer], Double, Double) {
    let (n, k, m) = (reader.count(), reader.count(), reader.count())
    let loadings = reader.matrix(n, k)
    let factorCovariance = reader.matrix(k, k)
    let covariance = FactorCovariance(
      loadings: loadings, factorCovariance: factorCovariance,
      specificVariances: reader.vector(n))
    var program = QuadraticProgram(linearCost: reader.vector(n))
    reader.addRows(m, to: &program)
    return try fastest {
      [Answer(try program.solve(withRisk: covariance, .init(tolerance: tolerance)))]
    }
  }

  @Sendable private static func scenarios(
    _ reader: inout DoubleReader, _ tolerance: Double
  ) throws -> ([Answer], Double, Double) {
    let (S, n) = (reader.count(), reader.count())
    let (confidence, ridge) = (reader.number(), reader.number())
    let loss = ScenarioLoss(outcomes: reader.matrix(S, n), book: reader.vector(S))
    var base = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [Double](repeating: ridge, count: n)),
      linearCost: reader.vector(n))
    base.bound(atLeast: reader.vector(n), atMost: reader.vector(n))
    var program = ScenarioProgram(base)
    program.minimize(.expectedShortfall(confidence: confidence), of: loss)
    return try fastest { [Answer(try program.solve(.init(tolerance: tolerance)))] }
  }

  /// Every answer verified on its program as given.
  @Sendable private static func batch(
    _ reader: inout DoubleReader, _ tolerance: Double
  ) throws -> ([Answer], Double, Double) {
    let programs = (0..<reader.count()).map { _ in reader.program() }
    return try fastest {
      try QuadraticProgram.solve(
        batch: programs, .init(tolerance: tolerance), workerCount: 1
      ).map { Answer(try $0.get()) }
    }
  }

  /// The same programs by `BatchSolver`, written into its storage and checked by it; what they are
  /// verified by afterwards, outside the time, are the residuals on the programs as given.
  @Sendable private static func storage(
    _ reader: inout DoubleReader, _ tolerance: Double
  ) throws -> ([Answer], Double, Double) {
    let programs = (0..<reader.count()).map { _ in reader.program() }
    let dense = programs.map(denseProgram)
    guard let first = dense.first else { return ([], 0, 0) }
    let solver = BatchSolver(
      maxVariables: first.variableCount, maxRows: first.rowCount, workerCount: 1)
    let answers = Mutex([(x: [Double], duals: Duals)?](repeating: nil, count: dense.count))
    func solve(deliver: @Sendable (Int, borrowing BatchAnswer) -> Void) {
      solver.solve(count: dense.count, load: { $1 = dense[$0] }, deliver: deliver)
    }
    solve { i, answer in
      var rows: [Double] = []
      for k in 0..<answer.rowCount { rows.append(answer.rowMultiplier(k)) }
      var (x, bounds) = ([Double](), [Double]())
      for j in 0..<answer.variableCount {
        x.append(answer.point(j))
        bounds.append(answer.boundMultiplier(j))
      }
      let p = programs[i].equalityCount
      let found = (
        x: x,
        duals: Duals(equality: Array(rows[..<p]), inequality: Array(rows[p...]), bounds: bounds)
      )
      answers.withLock { $0[i] = found }
    }
    let verified = zip(programs, answers.withLock { $0 }).compactMap { program, answer in
      answer.map {
        Answer(
          objective: program.objective(at: $0.x),
          residual: KKTResiduals(of: program, x: $0.x, duals: $0.duals).largest)
      }
    }
    return fastest {
      solve { _, _ in }
      return verified
    }
  }

  /// Equalities first.
  private static func denseProgram(_ program: QuadraticProgram) -> DenseProgram {
    let (n, p) = (program.variableCount, program.equalityCount)
    var result = DenseProgram(variableCount: n, rowCount: p + program.inequalityCount)
    if case .dense(let cost) = program.quadraticCost { result.quadraticCost = cost.elements }
    result.linearCost = program.linearCost
    for (matrix, first) in [(program.equalityMatrix, 0), (program.inequalityMatrix, p)] {
      for j in 0..<n {
        for k in matrix.entries(ofColumn: j) {
          result.rows[(first + Int(matrix.rowIndices[k])) * n + j] = matrix.values[k]
        }
      }
    }
    result.rowLower = program.equalityValues + program.inequalityLower
    result.rowUpper = program.equalityValues + program.inequalityUpper
    (result.lower, result.upper) = (program.lowerBounds, program.upperBounds)
    return result
  }

  /// Programs that differ in their sides, one after the other from one work space.
  @Sendable private static func sequence(
    _ reader: inout DoubleReader, _ tolerance: Double
  ) throws -> ([Answer], Double, Double) {
    let programs = (0..<reader.count()).map { _ in reader.program() }
    return try fastest {
      var sequence = try ProgramSequence(programs[0], .init(tolerance: tolerance))
      return try programs.map { program in
        try sequence.update(
          inequalityLower: program.inequalityLower, inequalityUpper: program.inequalityUpper)
        return Answer(try sequence.solve())
      }
    }
  }

  /// The most memory that the process has had, zero where /proc does not tell. (What getrusage says
  /// includes the process that started this one.)
  private static func peakMegabytes() -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
    return (kilobytes.flatMap { Double($0) } ?? 0) / 1024
  }
}
