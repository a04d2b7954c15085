import ArgumentParser
import Foundation
import MarginOptimization

struct SolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract: "Solves a convex quadratic program given as a QPS file.",
    discussion: """
      minimize 1/2 x'Px + q'x + r subject to l <= Ax <= u and bounds on x.
      Multipliers have the signs of Px + q + A'y + z = 0: positive where an upper side is active.

      Example: marginopt solve problem.qps --tolerance 1e-9 --json
      A file named - is read from standard input: zcat problem.qps.gz | marginopt solve -
      """)

  @Argument(help: "A QPS file, free or fixed format; - for standard input.")
  var file: String

  @Option(help: "The residuals and the gap that count as solved.")
  var tolerance = 1e-9

  @Option(help: "The most iterations.")
  var iterations = 200

  @Option(help: "The most seconds.")
  var timeLimit: Double?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print a line for each iteration.")
  var verbose = false

  func run() throws {
    let text = try readText(file)
    let problem = try QuadraticProgram(qps: text)
    var settings = InteriorPointSolver.Settings()
    settings.tolerance = tolerance
    settings.iterationLimit = iterations
    if let timeLimit { settings.timeLimit = timeLimit }
    let solution = try problem.solve(settings)
    let report = SolveReport(solution, of: problem)
    if json { try printJSON(report) } else { print(report.text) }
    if case .optimal = solution.status { return }
    throw noSolutionCode
  }
}

/// What `solve` prints.
struct SolveReport: Encodable {
  var status: String
  var objective: Double?
  var x: [Double]
  var rowDuals: [Double]
  var boundDuals: [Double]
  var primalResidual: Double?
  var dualResidual: Double?
  var dualityGap: Double?
  var iterations: Int
  var setupSeconds: Double
  /// Set-up and solution together, without reading the file.
  var solveSeconds: Double

  init(_ solution: Solution, of problem: QuadraticProgram) {
    status = solution.status.name
    objective = finite(solution.objective)
    x = solution.x
    rowDuals = solution.rowDuals
    boundDuals = solution.duals.bounds
    primalResidual = finite(solution.residuals.primal)
    dualResidual = finite(solution.residuals.dual)
    dualityGap = finite(solution.residuals.gap)
    iterations = solution.iterations
    setupSeconds = solution.setupSeconds
    solveSeconds = solution.setupSeconds + solution.solveSeconds
  }

  var text: String {
    var table = Table("solution", "")
    table.add("status", status)
    table.add("objective", objective.map { "\($0)" } ?? "none")
    table.add("variables", "\(x.count)")
    table.add("rows", "\(rowDuals.count)")
    table.add("primal residual", primalResidual.map(scientific) ?? "none")
    table.add("dual residual", dualResidual.map(scientific) ?? "none")
    table.add("duality gap", dualityGap.map(scientific) ?? "none")
    table.add("iterations", "\(iterations)")
    table.add("seconds", String(format: "%.4f", solveSeconds))
    return table.text
  }
}
