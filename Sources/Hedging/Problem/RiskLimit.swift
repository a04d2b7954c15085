/// A measure of risk or of spending that a hedge can be held to.
public enum RiskMeasure: Sendable, Hashable {
  /// Sensitivity to price: coins for one underlying, dollars for the total (coins × index price).
  case delta
  /// Change of the delta, in dollars, for a price move of 1 %.
  case gamma
  /// Change of value, in dollars, for one point (0.01) of implied volatility.
  case vega
  /// Change of value, in dollars, for one day.
  case theta
  /// Dollars paid for options bought less dollars received for options sold, at mark.
  case premium
  /// Dollars lost to half-spreads and fees.
  case tradingCost
  /// Expected shortfall of the book after the trades at a confidence, in dollars, over the
  /// problem's scenarios.
  case expectedShortfall(confidence: Double)
  /// Margin of the book after the trades by the problem's methodology and level, in dollars: its
  /// convex face, which is the venue's rule or not below it.
  case margin
  /// The same and the trading cost, in dollars: what an account must have that also pays for its trades.
  case marginAndCost
  /// Gross notional in dollars: Σ |coins held| · index price over all contracts, options by their full
  /// notional.
  case grossNotional
  /// Gross notional over the equity that is left after the trading cost. Needs ``HedgeProblem/equity``.
  case leverage

  public var name: String {
    switch self {
    case .delta: "delta"
    case .gamma: "gamma"
    case .vega: "vega"
    case .theta: "theta"
    case .premium: "premium"
    case .tradingCost: "trading cost"
    case .expectedShortfall(let confidence): "expected shortfall \(confidence)"
    case .margin: "margin"
    case .marginAndCost: "margin and trading cost"
    case .grossNotional: "gross notional"
    case .leverage: "leverage"
    }
  }

  /// Whether it is of margin, for the whole book and from above only.
  var isOfMargin: Bool { self == .margin || self == .marginAndCost }
  /// Whether it is convex and no more, so that it can be limited from above only.
  var isFromAbove: Bool { isOfMargin || self == .grossNotional || self == .leverage }
  /// Whether trading cost is a part of it.
  var countsCost: Bool { self == .tradingCost || self == .marginAndCost }

  /// The unit of the measure for one underlying, or for all of them together.
  public func unit(of underlying: String?) -> String {
    switch self {
    case .delta: underlying ?? "USD"
    case .gamma: "USD per 1 %"
    case .vega: "USD per vol point"
    case .theta: "USD per day"
    case .premium, .tradingCost, .expectedShortfall, .margin, .marginAndCost, .grossNotional: "USD"
    case .leverage: "times equity"
    }
  }
}

/// A range in which a measure must lie after the trades.
public struct RiskLimit: Sendable, Hashable {
  public var measure: RiskMeasure
  /// The underlying that is limited; nil for all of them together.
  public var underlying: String?
  /// −∞ where there is no lower limit.
  public var lower: Double
  /// ∞ where there is no upper limit.
  public var upper: Double

  public init(
    _ measure: RiskMeasure, of underlying: String? = nil, atLeast lower: Double = -.infinity,
    atMost upper: Double = .infinity
  ) {
    self.measure = measure
    self.underlying = underlying
    self.lower = lower
    self.upper = upper
  }

  /// What is limited, as in `BTC vega` or `total delta`.
  public var name: String {
    switch measure {
    case .delta, .gamma, .vega, .theta: "\(underlying ?? "total") \(measure.name)"
    case .premium, .tradingCost, .expectedShortfall, .margin, .marginAndCost, .grossNotional,
      .leverage:
      underlying.map { "\($0) \(measure.name)" } ?? measure.name
    }
  }

  public var unit: String { measure.unit(of: underlying) }
}
