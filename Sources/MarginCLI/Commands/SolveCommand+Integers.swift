import Foundation
import MarginOptimization

extension SolveCommand {
  /// Solves a program with integer or semicontinuous variables, and prints what was found.
  func search(_ problem: QuadraticProgram) throws {
    var settings = BranchAndBound.Settings(relativeGap: gap)
    if let timeLimit { settings.timeLimit = timeLimit }
    if verbose {
      note("   seconds     nodes      open         incumbent             bound      gap")
    }
    let outcome: BranchAndBound.Outcome
    do {
      outcome = try BranchAndBound(settings).solve(problem) {
        guard verbose else { return }
        note(
          String(
            format: "%10.2f%10d%10d%18.10g%18.10g  %.1e", $0.seconds, $0.nodes, $0.openNodes,
            $0.incumbent, $0.bound, $0.gap))
      }
    } catch .unbounded(let variable) {
      let name = problem.variableNames.map { $0[variable] } ?? "\(variable)"
      throw InputError(
        "\(file): variable \(name) has an infinite bound while it is integer or the quadratic cost "
          + "is singular; branch and bound needs finite bounds there")
    } catch {
      throw InputError("\(file): \(error)")
    }
    let report = SearchReport(outcome)
    if json { try printJSON(report) } else { print(report.text(of: problem)) }
    guard outcome.status == .optimal else { throw noSolutionCode }
  }
}

/// What `solve` prints of a program with integers.
struct SearchReport: Encodable {
  var status: String
  var objective: Double?
  var bound: Double?
  var gap: Double?
  var nodes: Int
  var x: [Double]?
  var solveSeconds: Double
  private var explanation: String

  /// Keys are always there, null where there is no finite value.
  private enum CodingKeys: String, CodingKey {
    case status, objective, bound, gap, nodes, x, solveSeconds
  }

  init(_ outcome: BranchAndBound.Outcome) {
    status = outcome.status.rawValue
    explanation = outcome.status.explanation
    objective = finite(outcome.objective)
    bound = finite(outcome.bound)
    gap = finite(outcome.gap)
    nodes = outcome.nodes
    x = outcome.x
    solveSeconds = outcome.seconds
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(status, forKey: .status)
    try container.encode(objective, forKey: .objective)
    try container.encode(bound, forKey: .bound)
    try container.encode(gap, forKey: .gap)
    try container.encode(nodes, forKey: .nodes)
    try container.encode(x, forKey: .x)
    try container.encode(solveSeconds, forKey: .solveSeconds)
  }

  func text(of problem: QuadraticProgram) -> String {
    var table = Table("figure", "value")
    table.add("objective", objective.map { String(format: "%.12g", $0) } ?? "none")
    table.add("proven bound", bound.map { String(format: "%.12g", $0) } ?? "none")
    table.add("relative gap", gap.map(scientific) ?? "none")
    table.add("nodes", "\(nodes)")
    table.add("variables", "\(problem.variableCount)")
    table.add(
      "of them discrete", "\(problem.integerVariables.union(problem.semicontinuousVariables).count)"
    )
    table.add("not zero", x.map { "\($0.count { $0 != 0 })" } ?? "none")
    table.add("seconds", String(format: "%.4f", solveSeconds))
    return explanation + "\n" + table.text
  }
}

extension BranchAndBound.Status {
  fileprivate var explanation: String {
    switch self {
    case .optimal: "optimal: proven to the gap that was asked for"
    case .infeasible:
      "infeasible: no point meets all rows, bounds and integers; the search proved it"
    case .timeLimit: "not proven: the time ran out; the bound holds all the same"
    case .nodeLimit: "not proven: the nodes ran out; the bound holds all the same"
    case .numericalLimit:
      "not proven: rounding errors stopped the search before the gap; the bound holds all the same"
    }
  }
}
