public import Pricing

/// The largest admissible size of a trade.
public struct LargestTrade: Sendable {
  public var instrument: Instrument
  /// Coins, bought (> 0) or sold (< 0); admissible by the exact rule.
  public var quantity: Double
  /// No larger size is admissible: by a certificate where hedges are made beside the trade, by bisection on
  /// the rule where none are. Of the convex face where that is not the rule.
  public var bound: Double
  /// The trades made at the same time, the one in question not among them.
  public var hedges: [HedgePlan.Trade]
  /// Dollars that all trades cost.
  public var cost: Double
  /// Margin before, and after all trades, by the exact rule.
  public var margin: HedgePlan.Margins
  /// What would be broken by a trade that is larger: names of limits, or that no more is offered.
  public var heldBy: [String]
  /// Whether the convex face is the exact rule.
  public var isExact: Bool

  /// (|bound| − |quantity|) relative to the quantity.
  public var gap: Double { (abs(bound) - abs(quantity)) / max(1e-9, abs(quantity)) }
}

/// The answer to the question for the largest size.
public enum LargestTradeOutcome: Sendable {
  case trade(LargestTrade)
  /// No size is admissible, none at all included: which limits are in the way.
  case infeasible(LimitConflict)
  case notSolved(reason: String)

  public var trade: LargestTrade? {
    if case .trade(let trade) = self { trade } else { nil }
  }
}
