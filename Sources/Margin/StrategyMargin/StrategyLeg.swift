public import Pricing

/// A holding that strategies are made of: a number of contracts of one option series, or of lots of
/// shares of the underlying, as many in a lot as a contract delivers.
public struct StrategyLeg: Sendable, Hashable {
  public enum Holding: Sendable, Hashable {
    case stock
    case option(Instrument.Right, strike: Double, expiry: Timestamp)
  }

  public var name: String
  public var holding: Holding
  /// Contracts or lots, long > 0.
  public var quantity: Int
  /// The price of one unit of the underlying's shares, or of an option on one, in dollars.
  public var price: Double

  /// - Precondition: The price is finite and not negative, the strike positive.
  public init(_ name: String, _ holding: Holding, quantity: Int, price: Double) {
    precondition(price >= 0 && price.isFinite, "A price is a finite number that is not negative.")
    if case .option(_, let strike, _) = holding {
      precondition(strike > 0 && strike.isFinite, "A strike is a positive number.")
    }
    (self.name, self.holding, self.quantity, self.price) = (name, holding, quantity, price)
  }
}

/// What a leg is and which side of it is held, without its quantity.
struct LegSeries: Sendable {
  var holding: StrategyLeg.Holding
  var isLong: Bool
  var price: Double

  init(_ leg: StrategyLeg) {
    (holding, isLong, price) = (leg.holding, leg.quantity > 0, leg.price)
  }

  init(_ holding: StrategyLeg.Holding, isLong: Bool, price: Double) {
    (self.holding, self.isLong, self.price) = (holding, isLong, price)
  }

  var isStock: Bool { holding == .stock }
  var right: Instrument.Right? {
    if case .option(let right, _, _) = holding { right } else { nil }
  }
  /// 0 for shares.
  var strike: Double { if case .option(_, let strike, _) = holding { strike } else { 0 } }
  /// The beginning of time for shares.
  var expiry: Double {
    if case .option(_, _, let expiry) = holding { expiry.secondsSince1970 } else { -.infinity }
  }

  func intrinsicValue(at price: Double) -> Double {
    switch right {
    case nil: price
    case .call: max(0, price - strike)
    case .put: max(0, strike - price)
    }
  }

  func outOfTheMoney(at price: Double) -> Double {
    switch right {
    case nil: 0
    case .call: max(0, strike - price)
    case .put: max(0, price - strike)
    }
  }
}
