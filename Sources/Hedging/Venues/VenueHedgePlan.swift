public import Margin
public import Pricing

/// The answer to a hedge over several venues.
public enum VenueHedgeOutcome: Sendable {
  /// Trades and transfers, with their proof.
  case plan(VenueHedgePlan)
  /// No trades and transfers within their sizes meet all limits: which conflict, and what would give.
  case infeasible(LimitConflict)
  /// The solver stopped without an answer that can be vouched for.
  case notSolved(reason: String)

  /// The plan, where there is one.
  public var plan: VenueHedgePlan? {
    if case .plan(let plan) = self { plan } else { nil }
  }
}

/// What to trade and to hold at which venue, and how to split the collateral.
public struct VenueHedgePlan: Sendable {
  /// One venue before and after.
  public struct Side: Sendable {
    public var venue: String
    public var trades: [HedgePlan.Trade]
    /// Coins held more (> 0) or less (< 0) after positions were moved in and out; trades apart.
    public var moved: [Position]
    /// By the exact rule.
    public var margin: HedgePlan.Margins
    /// Dollars posted; nil where none are stated.
    public var collateralBefore: Double?
    public var collateralAfter: Double?
    /// Dollars that the venue pays for its trades and for what is moved out of it.
    public var cost: Double
    /// Whether the venue's convex face is its rule.
    public var relation: MarginFunction.Relation

    /// Dollars of collateral that are left above margin, buffer and cost.
    public var headroom: Double?
  }

  /// Positions moved from one venue to another.
  public struct Move: Sendable, Hashable {
    public var from: String
    public var to: String
    public var instrument: Instrument
    /// Coins, of the sign of what is held.
    public var quantity: Double
    public var cost: Double
  }

  /// Dollars of collateral moved from one venue to another.
  public struct CollateralMove: Sendable, Hashable {
    public var from: String
    public var to: String
    public var amount: Double
    public var cost: Double
  }

  public var sides: [Side]
  public var moves: [Move]
  public var collateralMoves: [CollateralMove]
  /// Dollars that trades and transfers cost.
  public var cost: Double
  /// All margins after, by the exact rules, and weighted cost, in dollars.
  public var objective: Double
  /// No admissible trades and transfers have a lower objective by the venues' convex faces; where faces are
  /// bounds of their rules, by those made at the books of the plan.
  public var bound: Double
  /// Every limit before and after.
  public var risk: [HedgePlan.RiskFigure]
  public var bindingLimits: [HedgePlan.BindingLimit]
  /// The largest violation of a limit, relative to the limit's size; rounding when optimal.
  public var limitViolation: Double
  public var statistics: HedgeStatistics

  /// Dollars of margin over all venues, before and after, by the exact rules.
  public var margin: (before: Double, after: Double) {
    (
      sides.reduce(0) { $0 + $1.margin.before.amount },
      sides.reduce(0) { $0 + $1.margin.after.amount }
    )
  }

  /// (objective − bound) relative to the objective.
  public var gap: Double { (objective - bound) / max(1, abs(objective)) }

  /// Whether every venue's convex face is its rule, so that ``bound`` is one of the rules.
  public var isExact: Bool { sides.allSatisfy { $0.relation == .exact } }
}
