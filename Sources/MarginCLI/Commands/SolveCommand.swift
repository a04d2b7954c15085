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

      Second-order cones are read from CSECTION (QUAD, RQUAD) and from QCMATRIX. With the rows F of \
      their members the sum has a term F'v more; coneDuals are the v, and the part of -v of each cone \
      lies in it. Only the interior point method takes them.

      Integer and semicontinuous variables (INTORG markers; BV, LI, UI, SC, SI bounds) are solved \
      by branch and bound, to a proven gap and without multipliers.

      Example: marginopt solve problem.qps --tolerance 1e-9 --json
      Example: marginopt solve problem.qps --repeat 3 --json
      Example: marginopt solve selection.qps --gap 1e-4 --time-limit 60 --verbose
      A file named - is read from standard input: zcat problem.qps.gz | marginopt solve -
      """)

  @Argument(help: "A QPS file, free or fixed format; - for standard input.")
  var file: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The residuals and the gap that count as solved.", valueName: "epsilon"))
  var tolerance = 1e-9

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The relative gap to the proven bound that counts as solved, with integers.",
      valueName: "gap"))
  var gap = 1e-6

  @Option(
    help: ArgumentHelp(
      "automatic, interior-point or active-set; automatic takes the faster for the size and form.",
      valueName: "method"))
  var method = QuadraticProgram.Method.automatic

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most interior point iterations.", valueName: "count"))
  var iterations = 200

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The most seconds; with integers the best point by then is printed with its bound.",
      valueName: "seconds"))
  var timeLimit: Double?

  @Flag(
    help: """
      Do not check that the quadratic cost is positive semidefinite. Where it is not, a solution only \
      satisfies the first-order conditions.
      """)
  var assumeConvex = false

  @Flag(
    help: """
      Solve the program as given: without removing rows and variables first that the data alone decides.
      """)
  var noPresolve = false

  @Option(
    name: .customLong("repeat"), parsing: .unconditional,
    help: ArgumentHelp(
      "Solve so many times, from nothing each time, and print the times of the fastest.",
      valueName: "count"))
  var repeats = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print lines of progress, one for each iteration, on standard error.")
  var verbose = false

  func validate() throws {
    try require("--tolerance", tolerance, in: 1e-15...1e-2)
    try require("--gap", gap, in: 0...1)
    try require("--iterations", iterations, in: 1...1_000_000)
    try require("--repeat", repeats, in: 1...1_000_000)
    try require("--time-limit", timeLimit, in: 0.001...1e9, "seconds")
  }

  func run() throws {
    let text = try readText(file)
    let problem: QuadraticProgram
    do { problem = try QuadraticProgram(qps: text) } catch { throw InputError("\(file): \(error)") }
    if problem.isDiscrete { return try search(problem) }
    var settings = InteriorPointSolver.Settings()
    settings.method = method
    settings.tolerance = tolerance
    settings.iterationLimit = iterations
    settings.checksConvexity = !assumeConvex
    settings.presolve = !noPresolve
    if let timeLimit { settings.timeLimit = timeLimit }
    let report = try fastest(of: problem, settings)
    if json { try printJSON(report) } else { print(report.text) }
    if report.status == Solution.Status.optimal.name { return }
    throw noSolutionCode
  }

  private func fastest(
    of problem: QuadraticProgram, _ settings: InteriorPointSolver.Settings
  ) throws -> SolveReport {
    var best: SolveReport?
    for _ in 0..<repeats {
      let before = clock()
      let solution = try solve(problem, settings)
      let seconds = Double(clock() - before) / Double(CLOCKS_PER_SEC)
      let report = SolveReport(
        solution, of: problem, processorSeconds: seconds, repeats: repeats)
      if report.solveSeconds < best?.solveSeconds ?? .infinity { best = report }
    }
    guard let best else { throw noSolutionCode }
    return best
  }

  private func solve(
    _ problem: QuadraticProgram, _ settings: InteriorPointSolver.Settings
  ) throws -> Solution {
    do {
      var hasHeader = false
      let solution = try problem.solve(settings) {
        guard verbose else { return }
        if !hasHeader { note("iteration   primal     dual      gap     step") }
        hasHeader = true
        note(
          String(
            format: "%9d  %.1e  %.1e  %.1e  %.1e", $0.iteration, $0.primal, $0.dual, $0.gap, $0.step
          ))
      }
      if verbose, solution.method == .activeSet {
        note("active set: \(solution.iterations) steps")
      }
      return solution
    } catch .notConvex(let variable) {
      let names = problem.variableNames ?? []
      let name = names.indices.contains(variable) ? names[variable] : "\(variable)"
      throw InputError(
        "\(file): the quadratic cost is not positive semidefinite (leading minor up to variable "
          + "\(name)), so the program is not convex; check the sign of "
          + "the cost, or add a ridge to its diagonal")
    } catch {
      throw InputError("\(file): \(error)")
    }
  }
}

extension QuadraticProgram.Method: ExpressibleByArgument {
  /// The name on the command line.
  var argument: String {
    switch self {
    case .automatic: "automatic"
    case .interiorPoint: "interior-point"
    case .activeSet: "active-set"
    }
  }

  public init?(argument: String) {
    guard let method = Self.allCases.first(where: { $0.argument == argument }) else { return nil }
    self = method
  }

  public static var allValueStrings: [String] { allCases.map(\.argument) }
  public var defaultValueDescription: String { argument }
}
