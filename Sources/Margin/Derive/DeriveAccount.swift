public import Pricing

/// What Derive's managers know of a subaccount: its cash, its positions, and the oracle feeds by
/// which they value them.
///
/// Amounts are in dollars, quantities in coins of the underlying (long > 0), times in seconds.
public struct DeriveAccount: Sendable, Hashable {
  /// A figure that an oracle reports.
  public struct Feed: Sendable, Hashable {
    public var value: Double
    /// How sure the oracle is of it, from 0 to 1.
    public var confidence: Double

    public init(_ value: Double, confidence: Double = 1) {
      (self.value, self.confidence) = (value, confidence)
    }
  }

  public struct Perpetual: Sendable, Hashable {
    public var quantity: Double
    /// The mark in dollars.
    public var price: Feed
    /// What has been gained since the last settlement and is not yet in cash, in dollars.
    public var unrealizedProfit: Double
    /// Funding received and not yet in cash, in dollars.
    public var unrealizedFunding: Double

    public init(
      quantity: Double = 0, price: Feed, unrealizedProfit: Double = 0,
      unrealizedFunding: Double = 0
    ) {
      self.quantity = quantity
      self.price = price
      self.unrealizedProfit = unrealizedProfit
      self.unrealizedFunding = unrealizedFunding
    }
  }

  public struct Option: Sendable, Hashable {
    public var right: Instrument.Right
    /// In dollars.
    public var strike: Double
    public var quantity: Double
    /// Implied at the mark, annualised, a decimal.
    public var volatility: Feed

    public init(_ right: Instrument.Right, strike: Double, quantity: Double, volatility: Feed) {
      self.right = right
      self.strike = strike
      self.quantity = quantity
      self.volatility = volatility
    }
  }

  /// The options of one expiry.
  public struct Expiry: Sendable, Hashable {
    /// Seconds to expiry; negative ones count as none.
    public var seconds: Double
    /// The part of the forward price that the settlement average has already fixed, in dollars.
    public var fixedForward: Double
    /// The rest of the forward price, in dollars; its confidence is the forward's.
    public var variableForward: Feed
    /// The interest rate to expiry, a decimal per year, continuously compounded.
    public var rate: Feed
    public var options: [Option]

    public init(
      seconds: Double, fixedForward: Double = 0, variableForward: Feed, rate: Feed = Feed(0),
      options: [Option] = []
    ) {
      self.seconds = seconds
      self.fixedForward = fixedForward
      self.variableForward = variableForward
      self.rate = rate
      self.options = options
    }

    /// The seconds before expiry over which the settlement price is averaged.
    public static let settlementWindow = 1800.0

    /// An expiry with a forward price of which the share that the settlement average has seen is
    /// fixed: fixed = F (1800 − t)/1800 in the last t < 1800 seconds, and none before.
    public init(
      seconds: Double, forward: Feed, rate: Feed = Feed(0), options: [Option] = []
    ) {
      let open = min(max(seconds, 0) / Self.settlementWindow, 1)
      self.init(
        seconds: seconds, fixedForward: forward.value * (1 - open),
        variableForward: Feed(forward.value * open, confidence: forward.confidence), rate: rate,
        options: options)
    }

    /// T in years of 365 days, not negative.
    public var years: Double { max(seconds, 0) / (365 * 86_400) }
    /// In dollars.
    public var forward: Double { fixedForward + variableForward.value }
    /// The forward price where the spot price is multiplied by a factor: only its open part moves.
    public func forward(spotTimes factor: Double) -> Double {
      fixedForward + variableForward.value * factor
    }
  }

  public struct Collateral: Sendable, Hashable {
    public var name: String
    public var quantity: Double
    /// In dollars.
    public var price: Feed
    /// Whether its value moves with the underlying, so that it offsets short risk in scenarios.
    public var cancelsRisk: Bool
    /// The share of its value that maintenance margin keeps back, and what initial margin adds to
    /// it.
    public var maintenanceHaircut: Double
    public var initialHaircut: Double

    public init(
      _ name: String, quantity: Double, price: Feed, cancelsRisk: Bool,
      maintenanceHaircut: Double = 0, initialHaircut: Double = 0
    ) {
      self.name = name
      self.quantity = quantity
      self.price = price
      self.cancelsRisk = cancelsRisk
      self.maintenanceHaircut = maintenanceHaircut
      self.initialHaircut = initialHaircut
    }
  }

  /// What the account holds on one underlying.
  public struct Market: Sendable, Hashable {
    /// As in `ETH`.
    public var underlying: String
    /// In dollars.
    public var spot: Feed
    public var perpetual: Perpetual
    public var expiries: [Expiry]
    public var collaterals: [Collateral]

    public init(
      _ underlying: String, spot: Feed, perpetual: Perpetual? = nil, expiries: [Expiry] = [],
      collaterals: [Collateral] = []
    ) {
      self.underlying = underlying
      self.spot = spot
      self.perpetual = perpetual ?? Perpetual(price: spot)
      self.expiries = expiries
      self.collaterals = collaterals
    }
  }

  /// In dollars; negative where it is owed.
  public var cash: Double
  /// The price in dollars of the stable coin in which cash is kept.
  public var stablePrice: Double
  public var markets: [Market]

  public init(cash: Double = 0, stablePrice: Double = 1, markets: [Market]) {
    self.cash = cash
    self.stablePrice = stablePrice
    self.markets = markets
  }
}

extension DeriveAccount.Collateral {
  /// What it is worth in units of the stable coin.
  func value(stablePrice: Double) -> Double { quantity * price.value / stablePrice }
}

extension DeriveAccount {
  /// - Throws: `MarginError.notFinite` or `MarginError.outOfRange` with the first figure by which
  ///   no margin can be computed.
  func requireSensibleNumbers() throws(MarginError) {
    try Self.require("the cash", cash)
    try Self.require("the price of the stable coin", stablePrice, in: Self.prices)
    for market in markets { try market.requireSensibleNumbers() }
  }

  /// Positive, and far from overflow in products of a few.
  static let prices = 1e-12...1e15

  static func require(
    _ name: @autoclosure () -> String, _ value: Double,
    in range: ClosedRange<Double> = -1e18...1e18
  ) throws(MarginError) {
    guard value.isFinite else { throw .notFinite(name(), value: value) }
    guard range.contains(value) else { throw .outOfRange(name(), value: value, allowed: range) }
  }

  static func require(
    _ name: @autoclosure () -> String, _ feed: Feed, in range: ClosedRange<Double>
  ) throws(MarginError) {
    try require(name(), feed.value, in: range)
    try require("the confidence of \(name())", feed.confidence, in: 0...1)
  }
}

extension DeriveAccount.Market {
  fileprivate func requireSensibleNumbers() throws(MarginError) {
    typealias Account = DeriveAccount
    try Account.require("the spot price of \(underlying)", spot, in: Account.prices)
    try Account.require("the quantity of the \(underlying) perpetual", perpetual.quantity)
    try Account.require(
      "the price of the \(underlying) perpetual", perpetual.price,
      in: perpetual.quantity == 0 ? 0...Account.prices.upperBound : Account.prices)
    try Account.require("the profit of the \(underlying) perpetual", perpetual.unrealizedProfit)
    try Account.require("the funding of the \(underlying) perpetual", perpetual.unrealizedFunding)
    for expiry in expiries {
      let name = "\(underlying) in \(expiry.seconds) s"
      try Account.require("the time to expiry of \(name)", expiry.seconds)
      try Account.require("the forward of \(name)", expiry.forward, in: Account.prices)
      try Account.require(
        "the fixed forward of \(name)", expiry.fixedForward, in: 0...Account.prices.upperBound)
      try Account.require(
        "the variable forward of \(name)", expiry.variableForward,
        in: 0...Account.prices.upperBound)
      try Account.require("the rate of \(name)", expiry.rate, in: -10...10)
      for option in expiry.options {
        let name = "the \(option.right) on \(name) at \(option.strike)"
        try Account.require("the strike of \(name)", option.strike, in: Account.prices)
        try Account.require("the quantity of \(name)", option.quantity)
        try Account.require("the volatility of \(name)", option.volatility, in: 0...1e6)
      }
    }
    for collateral in collaterals {
      let name = "the collateral \(collateral.name)"
      try Account.require("the quantity of \(name)", collateral.quantity, in: 0...1e18)
      try Account.require("the price of \(name)", collateral.price, in: Account.prices)
      try Account.require(
        "the maintenance haircut of \(name)", collateral.maintenanceHaircut, in: 0...1)
      try Account.require("the initial haircut of \(name)", collateral.initialHaircut, in: 0...1)
    }
  }
}
