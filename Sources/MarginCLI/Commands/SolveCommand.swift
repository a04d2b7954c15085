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

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print lines of progress, one for each iteration, on standard error.")
  var verbose = false

  func validate() throws {
    try require("--tolerance", tolerance, in: 1e-15...1e-2)
    try require("--gap", gap, in: 0...1)
    try require("--iterations", iterations, in: 1...1_000_000)
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
    if let timeLimit { settings.timeLimit = timeLimit }
    let before = clock()
    let solution = try solve(problem, settings)
    let seconds = Double(clock() - before) / Double(CLOCKS_PER_SEC)
    let report = SolveReport(solution, of: problem, processorSeconds: seconds)
    if json { try printJSON(report) } else { print(report.text) }
    if case .optimal = solution.status { return }
    throw noSolutionCode
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

/// What `solve` prints.
struct SolveReport: Encodable {
  var status: String
  var objective: Double?
  var x: [Double]
  var rowDuals: [Double]
  var boundDuals: [Double]
  /// The multiplier of each member of the cones, one cone after the other.
  var coneDuals: [Double]
  private var coneCount: Int
  var primalResidual: Double?
  var dualResidual: Double?
  var dualityGap: Double?
  var iterations: Int
  var method: String
  var setupSeconds: Double
  /// Set-up and solution together, without reading the file.
  var solveSeconds: Double
  /// The same, of all threads on their processors.
  var processorSeconds: Double
  /// The status in words.
  private var explanation: String

  /// Keys are always there, null where there is no finite value.
  private enum CodingKeys: String, CodingKey {
    case status, objective, x, rowDuals, boundDuals, coneDuals, primalResidual, dualResidual
    case dualityGap, iterations, method, setupSeconds, solveSeconds, processorSeconds
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(status, forKey: .status)
    try container.encode(objective, forKey: .objective)
    for (key, values) in [
      (CodingKeys.x, x), (.rowDuals, rowDuals), (.boundDuals, boundDuals), (.coneDuals, coneDuals),
    ] {
      try container.encode(values.map { $0.isFinite ? $0 : Double?.none }, forKey: key)
    }
    for (key, value) in [
      (CodingKeys.primalResidual, primalResidual), (.dualResidual, dualResidual),
      (.dualityGap, dualityGap),
    ] {
      try container.encode(value, forKey: key)
    }
    try container.encode(iterations, forKey: .iterations)
    try container.encode(method, forKey: .method)
    try container.encode(setupSeconds, forKey: .setupSeconds)
    try container.encode(solveSeconds, forKey: .solveSeconds)
    try container.encode(processorSeconds, forKey: .processorSeconds)
  }

  init(_ solution: Solution, of problem: QuadraticProgram, processorSeconds: Double) {
    self.processorSeconds = processorSeconds
    method = solution.method.argument
    status = solution.status.name
    explanation = solution.status.explanation
    // The last iterate of a program without solution has an objective that means nothing.
    switch solution.status {
    case .primalInfeasible, .dualInfeasible: objective = nil
    default: objective = finite(solution.objective)
    }
    x = solution.x
    rowDuals = solution.rowDuals
    boundDuals = solution.duals.bounds
    coneDuals = solution.duals.cones
    coneCount = problem.coneRows.count
    primalResidual = finite(solution.residuals.primal)
    dualResidual = finite(solution.residuals.dual)
    dualityGap = finite(solution.residuals.gap)
    iterations = solution.iterations
    setupSeconds = solution.setupSeconds
    solveSeconds = solution.setupSeconds + solution.solveSeconds
  }

  var text: String {
    var table = Table("figure", "value")
    table.add("objective", objective.map { String(format: "%.12g", $0) } ?? "none")
    table.add("variables", "\(x.count)")
    table.add("rows", "\(rowDuals.count)")
    if coneCount > 0 { table.add("cones", "\(coneCount)") }
    table.add("primal residual", primalResidual.map(scientific) ?? "none")
    table.add("dual residual", dualResidual.map(scientific) ?? "none")
    table.add("duality gap", dualityGap.map(scientific) ?? "none")
    table.add("method", method)
    table.add("iterations", "\(iterations)")
    table.add("seconds", String(format: "%.4f", solveSeconds))
    return explanation + "\n" + table.text
  }
}

extension QuadraticProgram.Method: ExpressibleByArgument {
  /// The name on the command line.
  fileprivate var argument: String {
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

extension Solution.Status {
  fileprivate var explanation: String {
    switch self {
    case .optimal: "optimal"
    case .nearlyOptimal: "nearly optimal: to a millionth, but not to the tolerance"
    case .primalInfeasible(let proof):
      "infeasible: no point meets all rows and bounds (proof with residual "
        + "\(scientific(proof.residual))); the figures are of the last iterate"
    case .dualInfeasible(let ray):
      "unbounded: the objective falls without limit along a ray (residual "
        + "\(scientific(ray.residual))); the figures are of the last iterate"
    case .iterationLimit: "not solved: the iterations ran out; the figures are of the best iterate"
    case .timeLimit: "not solved: the time ran out; the figures are of the best iterate"
    case .stalled: "not solved: no further progress in double precision; try a larger tolerance"
    }
  }
}
