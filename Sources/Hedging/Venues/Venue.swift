public import Pricing

/// A place where positions are held under a margin rule, against collateral.
public struct Venue: Sendable {
  public var name: String
  /// The venue's rule and level, what is held there, what may be traded there at which costs and sizes, and
  /// limits that hold there alone.
  public var hedge: HedgeProblem
  /// Dollars posted there; nil for as much as is asked.
  public var collateral: Double?
  /// What is kept above the margin, as a share of it: 0.1 for 10 %.
  public var buffer = 0.0
  /// The most dollars that may be posted there after transfers.
  public var collateralCap = Double.infinity
  /// The largest share of all collateral that may be posted there after transfers.
  public var collateralShare = 1.0

  /// - Parameter hedge: what is traded and held at the venue; weights, variance, rules of single trades and
  ///   order books in it are not used.
  public init(_ name: String, hedging hedge: HedgeProblem, collateral: Double? = nil) {
    self.name = name
    self.hedge = hedge
    self.collateral = collateral
  }
}

/// Leave to move positions from one venue to another.
public struct PositionTransfer: Sendable, Hashable {
  public var from: String
  public var to: String
  /// What may be moved; nil for all that is held at the first venue.
  public var instruments: [Instrument]?
  /// Dollars for each coin moved.
  public var costPerCoin: Double

  public init(
    from: String, to: String, instruments: [Instrument]? = nil, costPerCoin: Double = 0
  ) {
    (self.from, self.to) = (from, to)
    self.instruments = instruments
    self.costPerCoin = costPerCoin
  }
}

/// Leave to move collateral from one venue to another.
public struct CollateralTransfer: Sendable, Hashable {
  public var from: String
  public var to: String
  /// Dollars for each dollar moved.
  public var costRate: Double
  /// The most dollars that may be moved.
  public var limit: Double

  public init(from: String, to: String, costRate: Double = 0, limit: Double = .infinity) {
    (self.from, self.to) = (from, to)
    self.costRate = costRate
    self.limit = limit
  }
}
