import Margin
import QuadraticProgramming

/// A program whose limits may give at a price: which limits conflict, and by how much they must give.
///
/// Minimizes Σ (give of limit k) / (size of limit k) over what the program allows otherwise: it always has a
/// point. The limits with a positive give must move; those with a positive multiplier take part in the conflict.
struct ElasticProgram {
  /// A limit by its name, with its sides.
  struct Limit {
    var name: String
    var unit: String
    var lower: Double
    var upper: Double
  }

  /// How far one side of a limit gives, as a variable of the program.
  private struct Give {
    var limit: Int
    var isUpper: Bool
    var variable: Int
    /// The size of the limit, by which its give is measured.
    var scale: Double
  }

  private var program: EpigraphProgram
  private var limits: [Limit] = []
  private var gives: [Give] = []

  /// - Parameter program: without an objective, and without limits.
  init(_ program: EpigraphProgram) { self.program = program }

  /// - Parameters:
  ///   - before: the value of what is limited without trades.
  ///   - expression: what is limited, in the program's variables, which it may add to.
  mutating func add(
    _ limit: Limit, before: Double, expression: (inout EpigraphProgram) -> LinearExpression
  ) {
    var expression = expression(&program)
    for isUpper in [false, true] {
      let value = isUpper ? limit.upper : limit.lower
      guard value.isFinite else { continue }
      let scale = max(abs(value), abs(before), 1e-9)
      let give = program.addVariable(in: 0...(1e6 * scale))
      program.addToObjective(LinearExpression(terms: [give: 1 / scale]))
      expression.add(isUpper ? -1 : 1, give)
      gives.append(Give(limit: limits.count, isUpper: isUpper, variable: give, scale: scale))
    }
    program.addRow(
      expression, atLeast: limit.lower, atMost: limit.upper, role: .limit(limits.count))
    limits.append(limit)
  }

  /// The limits in conflict; or why they could not be told apart.
  func conflict(
    _ settings: HedgeProblem.Settings, clock: Stopwatch
  ) throws -> HedgeOutcome {
    let answer = try program.solve(settings, clock: clock, observe: { _ in })
    guard answer.primalResidual < 1e-6 else {
      return .notSolved(
        reason: "the limits could not be told apart: the relaxed program ended \(answer.status)")
    }
    let members = members(in: answer)
    if members.allSatisfy({ $0.shift == 0 }) {
      return .notSolved(
        reason: "the solver found no admissible trades, though the limits do not conflict by more "
          + "than rounding")
    }
    return .infeasible(LimitConflict(members: members))
  }

  private func members(in answer: EpigraphProgram.Answer) -> [LimitConflict.Member] {
    var duals: [Int: Double] = [:]
    for (row, dual) in zip(answer.program.rows, answer.rowDuals) {
      if case .limit(let k) = row.role { duals[k] = dual }
    }
    return gives.compactMap { give in
      let limit = limits[give.limit]
      let value = give.isUpper ? limit.upper : limit.lower
      let shift = answer.variables[give.variable]
      let dual = duals[give.limit] ?? 0
      let mustGive = shift > 1e-6 * give.scale
      // Multipliers of the elastic program are per unit of relative give: at most one.
      let takesPart = (give.isUpper ? dual : -dual) * give.scale > 1e-6
      guard mustGive || takesPart else { return nil }
      return LimitConflict.Member(
        name: limit.name, unit: limit.unit, isUpper: give.isUpper, limit: value,
        needed: mustGive ? (give.isUpper ? value + shift : value - shift) : value)
    }.sorted { $0.shift / max(1e-9, abs($0.limit)) > $1.shift / max(1e-9, abs($1.limit)) }
  }
}
