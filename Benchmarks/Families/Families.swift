import Foundation
import MarginOptimization

/// Programs whose structure no file format carries, solved from the files that `solver_families.py`
/// writes, each in a process of its own: the fastest of a few times, with the worst absolute residual,
/// as one line of JSON.
///
/// `swift run -c release Families factors|scenarios|batch|sequence file tolerance`
@main
struct Families {
  private struct Report: Encodable {
    var family: String
    var solved: Int
    var count: Int
    var residual: Double
    var objective: Double
    var seconds: Double
    var peakMegabytes: Double
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
    let (solutions, seconds) = try solve(&reader, tolerance)
    let report = Report(
      family: arguments[1], solved: solutions.count { $0.residuals.largest <= tolerance },
      count: solutions.count, residual: solutions.reduce(0) { max($0, $1.residuals.largest) },
      objective: solutions.reduce(0) { $0 + $1.objective }, seconds: seconds,
      peakMegabytes: peakMegabytes())
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(report), as: UTF8.self))
  }

  private struct Answer {
    var objective: Double
    var residuals: KKTResiduals

    init(_ solution: Solution) { (objective, residuals) = (solution.objective, solution.residuals) }

    init(_ solution: ScenarioSolution) {
      (objective, residuals) = (solution.objective, solution.residuals)
    }
  }

  private typealias Family = @Sendable (inout DoubleReader, Double) throws -> ([Answer], Double)

  private static let families: [String: Family] = [
    "factors": factors, "scenarios": scenarios, "batch": batch, "sequence": sequence,
  ]

  /// The last answers and the least time of some repetitions.
  private static func fastest(
    _ body: () throws -> [Answer]
  ) rethrows -> ([Answer], Double) {
    var (answers, least, spent) = ([Answer](), Double.infinity, 0.0)
    for _ in 0..<5 where spent < 3 {
      let start = ContinuousClock.now
      answers = try body()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      least = min(least, seconds)
      spent += seconds
    }
    return (answers, least)
  }

  @Sendable private static func factors(
    _ reader: inout DoubleReader, _ tolerance: Double
  ) throws -> ([Answer], Double) {
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
  ) throws -> ([Answer], Double) {
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
  ) throws -> ([Answer], Double) {
    let programs = (0..<reader.count()).map { _ in reader.program() }
    return try fastest {
      try QuadraticProgram.solve(
        batch: programs, .init(tolerance: tolerance), workerCount: 1
      ).map { Answer(try $0.get()) }
    }
  }

  /// Programs that differ in their sides, one after the other from one work space.
  @Sendable private static func sequence(
    _ reader: inout DoubleReader, _ tolerance: Double
  ) throws -> ([Answer], Double) {
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

  /// The most memory that the process has had.
  private static func peakMegabytes() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
  }
}
