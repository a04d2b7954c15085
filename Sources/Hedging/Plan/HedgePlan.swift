import Foundation
public import Margin
public import Pricing

/// The answer to a hedge problem.
public enum HedgeOutcome: Sendable {
  /// Trades, with their proof.
  case plan(HedgePlan)
  /// No trades within their sizes meet all limits: which limits conflict, and what would give.
  case infeasible(LimitConflict)
  /// The solver stopped without an answer that can be vouched for.
  case notSolved(reason: String)

  /// The plan, where there is one.
  public var plan: HedgePlan? {
    if case .plan(let plan) = self { plan } else { nil }
  }
}

/// Trades that bring margin down under the limits, with the exact margin before and after, and a
/// certified bound on how far any trades could bring it.
public struct HedgePlan: Sendable {
  /// One trade of the plan.
  public struct Trade: Sendable, Hashable {
    public var instrument: Instrument
    /// Coins bought (> 0) or sold (< 0).
    public var quantity: Double
    /// Dollars paid (> 0) or received (< 0) for options, at mark.
    public var premium: Double
    /// Dollars lost to half-spread and fee.
    public var cost: Double
  }

  /// A measure before and after the trades, with its limits.
  public struct RiskFigure: Sendable, Hashable {
    public var name: String
    public var unit: String
    public var before: Double
    public var after: Double
    public var lower: Double
    public var upper: Double
  }

  /// A limit that holds the plan back.
  public struct BindingLimit: Sendable, Hashable {
    public var name: String
    public var unit: String
    /// True where the measure lies at its upper limit.
    public var isUpper: Bool
    public var value: Double
    /// Dollars of objective saved for each unit by which the limit is moved outward: its dual.
    public var price: Double
  }

  /// Margin by the exact rule.
  public struct Margins: Sendable {
    public var before: MarginRequirement
    public var after: MarginRequirement
  }

  public var trades: [Trade]
  /// At the level that was minimized.
  public var margin: Margins
  /// At the other level.
  public var otherMargin: Margins
  public var cost: Double
  public var premium: Double
  /// Margin after + weighted cost + variance term, all by the exact rules, in dollars.
  public var objective: Double
  /// No admissible trades, ``TradeRules`` kept, have a lower objective, by the methodology's convex face;
  /// where successive models were solved and the last touches the rule at the plan, by that.
  public var bound: Double
  /// Whether the convex face is the exact rule.
  public var relation: MarginFunction.Relation
  /// No admissible trades have a lower objective by the exact rule: ``bound`` where the face is exact; by
  /// the methodology's floor where it has one; nil where nothing is proven of the rule.
  public var ruleBound: Double?
  /// The objective of the trades that the first convex face led to, where successive models came after it.
  public var firstObjective: Double?
  public var risk: [RiskFigure]
  /// The limits that hold the plan back, with their prices; empty under ``TradeRules``.
  public var bindingLimits: [BindingLimit]
  /// The largest violation of a limit, relative to the limit's size; rounding when optimal.
  public var limitViolation: Double
  public var statistics: HedgeStatistics

  /// (objective − ruleBound) relative to the objective.
  public var ruleGap: Double? { ruleBound.map { (objective - $0) / max(1, abs(objective)) } }

  /// (objective − bound) relative to the objective: the proof's width.
  public var gap: Double { (objective - bound) / max(1, abs(objective)) }

  /// The relative gap up to which trades count as proven best.
  public static let provenGap = 1e-5
}

/// How a plan was found.
public struct HedgeStatistics: Sendable, Hashable {
  public var instruments: Int
  /// Variables and rows of the program, those of scenarios apart.
  public var variables: Int
  public var rows: Int
  /// Quadratic programs solved: one, plus one for each round of cuts where there were any.
  public var rounds: Int
  public var iterations: Int
  /// Convex models of the margin that were solved: 1 where the first is the exact rule.
  public var models = 1
  /// Nodes of the search under ``TradeRules``, or over the choices of a rule that is not convex; 0 without.
  public var nodes = 0
  /// Seconds spent valuing instruments and building the program.
  public var modelSeconds: Double
  /// Seconds spent in the solver.
  public var solveSeconds: Double
}

extension HedgePlan.BindingLimit: CustomStringConvertible {
  /// As in `one more USD per vol point at the upper limit of BTC vega saves 12.40 USD`.
  public var description: String {
    let side = isUpper ? "upper" : "lower"
    return "one more unit (\(unit)) at the \(side) limit of \(name), \(short(value)), "
      + "saves \(short(price)) USD"
  }
}

/// Limits that cannot all be met, and the least that they must give.
public struct LimitConflict: Sendable, Hashable {
  /// One limit of the conflict.
  public struct Member: Sendable, Hashable {
    public var name: String
    public var unit: String
    public var isUpper: Bool
    public var limit: Double
    /// The value to which this limit must be moved, together with those of the other members; the
    /// limit itself where it need not move though it takes part in the conflict.
    public var needed: Double
    /// How far the limit must give.
    public var shift: Double { abs(needed - limit) }
  }

  /// The limits with a part in the conflict, those that must give most, relative to their size,
  /// first.
  public var members: [Member]
}

extension LimitConflict.Member: CustomStringConvertible {
  public var description: String {
    let side = isUpper ? "at most" : "at least"
    let stated = "\(name) \(side) \(short(limit)) \(unit)"
    return shift == 0
      ? "\(stated) takes part in the conflict"
      : "\(stated) must give \(short(shift)), to \(side) \(short(needed))"
  }
}

/// A number to six significant digits, without an exponent where it has at most nine digits.
private func short(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
  let exponent = Int(log10(abs(value)).rounded(.down))
  if exponent >= 9 || exponent < -4 { return "\(Float(value))" }
  let decimals = max(0, 5 - exponent)
  let power = pow(10, Double(decimals))
  let rounded = (value * power).rounded() / power
  return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
}
