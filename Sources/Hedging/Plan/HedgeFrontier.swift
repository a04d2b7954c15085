/// The least margin for each trading cost: points from the cheapest trades to those from which more cost
/// saves next to nothing.
///
/// Margin by the convex face falls and is convex in cost along the points by construction: between two
/// of them the mixture of their trades is admissible, and a point that the solver left above that mixture is
/// replaced by it. The exact margin is the same where the face is exact.
public struct HedgeFrontier: Sendable {
  public struct Point: Sendable {
    /// Trades, cost and exact margins; its bound is the least margin that any admissible trades of at
    /// most this cost have.
    public var plan: HedgePlan
    /// Margin by the methodology's convex face, in dollars.
    public var convexMargin: Double
    /// Dollars by which the margin changes for one more dollar of cost, not above 0: minus the multiplier
    /// of the limit on cost. At a corner any value between the slopes beside it; nil at a first point
    /// that is no trade, where there is none from the left.
    public var slope: Double?

    /// The trading cost in dollars.
    public var cost: Double { plan.cost }
    /// The exact margin after the trades, in dollars.
    public var margin: Double { plan.margin.after.amount }
  }

  /// By rising cost and falling margin.
  public var points: [Point]
  /// Points that were asked for but that the solver could not vouch for, or for which there was no time.
  public var omitted = 0
  /// Interior point iterations of all programs together.
  public var iterations: Int
  /// Seconds for valuing and for all solutions.
  public var seconds: Double
}

/// The answer to a search for a frontier.
public enum HedgeFrontierOutcome: Sendable {
  case frontier(HedgeFrontier)
  /// No trades within their sizes meet all limits.
  case infeasible(LimitConflict)
  /// The solver stopped without an answer that can be vouched for.
  case notSolved(reason: String)

  /// The frontier, where there is one.
  public var frontier: HedgeFrontier? {
    if case .frontier(let frontier) = self { frontier } else { nil }
  }
}
