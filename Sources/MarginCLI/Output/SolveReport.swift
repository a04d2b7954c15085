import Foundation
import MarginOptimization

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
  /// What was removed before the interior point method, by kind; null where nothing was.
  var presolve: PresolveFigures?
  /// How often the program was solved; the times are those of the fastest.
  var repeats: Int
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
    case dualityGap, iterations, method, presolve, repeats, setupSeconds, solveSeconds
    case processorSeconds
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
    try container.encode(presolve, forKey: .presolve)
    try container.encode(repeats, forKey: .repeats)
    try container.encode(setupSeconds, forKey: .setupSeconds)
    try container.encode(solveSeconds, forKey: .solveSeconds)
    try container.encode(processorSeconds, forKey: .processorSeconds)
  }

  init(
    _ solution: Solution, of problem: QuadraticProgram, processorSeconds: Double, repeats: Int
  ) {
    self.repeats = repeats
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
    presolve = solution.presolve.map(PresolveFigures.init)
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
    if let presolve {
      table.add("variables removed", "\(presolve.removedVariables)")
      table.add("rows removed", "\(presolve.removedRows)")
    }
    table.add("iterations", "\(iterations)")
    table.add("seconds", String(format: "%.4f", solveSeconds))
    return explanation + "\n" + table.text
  }
}

/// What `solve` prints of a presolve.
struct PresolveFigures: Encodable {
  var removedVariables: Int
  var removedRows: Int
  var fixedVariables: Int
  var isolatedVariables: Int
  var dominatedVariables: Int
  var slackVariables: Int
  var forcedVariables: Int
  var emptyRows: Int
  var singletonRows: Int
  var parallelRows: Int
  var redundantRows: Int
  var forcingRows: Int
  var seconds: Double

  init(_ report: PresolveReport) {
    removedVariables = report.removedVariables
    removedRows = report.removedRows
    fixedVariables = report.fixedVariables
    isolatedVariables = report.isolatedVariables
    dominatedVariables = report.dominatedVariables
    slackVariables = report.slackVariables
    forcedVariables = report.forcedVariables
    emptyRows = report.emptyRows
    singletonRows = report.singletonRows
    parallelRows = report.parallelRows
    redundantRows = report.redundantRows
    forcingRows = report.forcingRows
    seconds = report.seconds
  }
}

extension Solution.Status {
  fileprivate var explanation: String {
    switch self {
    case .optimal: "optimal"
    case .nearlyOptimal: "nearly optimal: to a millionth, but not to the tolerance"
    case .primalInfeasible(let proof):
      proof.residual == 0
        ? "infeasible: no point meets all rows and bounds (proven without a residual)"
        : "infeasible: no point whose magnitudes sum to less than \(scientific(1 / proof.residual)) "
          + "meets all rows and bounds (proof with residual \(scientific(proof.residual)))"
    case .dualInfeasible(let ray):
      "unbounded: the objective falls along a ray, without limit if some point meets all rows and "
        + "bounds (residual \(scientific(ray.residual)))"
    case .iterationLimit: "not solved: the iterations ran out; the figures are of the best iterate"
    case .timeLimit: "not solved: the time ran out; the figures are of the best iterate"
    case .stalled: "not solved: no further progress in double precision; try a larger tolerance"
    }
  }
}
