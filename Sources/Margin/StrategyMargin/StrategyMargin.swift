import Foundation
public import Pricing

/// Strategy-based margin of listed options and the shares that they are on: Regulation T and FINRA
/// Rule 4210, with the pairing of legs into strategies that needs the least.
///
/// The pairing is an integer program, solved to a proof for each underlying. The requirement counts
/// longs in full and shorts at what they are worth and more, so it is held against cash (with the
/// proceeds of sales) and longs, before what is owed for shorts.
///
/// Options are linear contracts in whole multiples of the profile's multiplier; `shares` are the
/// account's shares of each underlying, part of every book that is margined.
public struct StrategyMargin: ConvexMarginMethodology {
  public var profile: StrategyMarginProfile
  /// Shares of each underlying, long > 0, in whole lots of the multiplier.
  public var shares: [String: Double]

  public init(profile: StrategyMarginProfile, shares: [String: Double] = [:]) {
    (self.profile, self.shares) = (profile, shares)
  }

  public var name: String { profile.name }

  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    MarginRequirement(
      "\(name): \(level.rawValue) margin", .sum,
      of: try books(of: portfolio, in: market).map { book in
        let pairing = try self.pairing(level, of: book)
        let open =
          pairing.isOptimal
          ? "" : ", not proven least: none needs less than \(pairing.lowerBound)"
        return MarginRequirement(
          book.underlying + open, .sum, of: pairing.parts.map(\.requirement))
      })
  }

  /// The pairing of least margin of the legs on one underlying.
  ///
  /// - Parameters:
  ///   - legs: contracts and lots of shares; those of quantity zero are left out.
  ///   - underlying: its name, for the profile's parameters.
  ///   - price: of the underlying, in dollars.
  ///   - time: from which the days of long-term options count; nil: none is long-term.
  /// - Throws: `MarginError` where the profile does not cover the underlying or a leg.
  public func pairing(
    _ level: MarginLevel, of legs: [StrategyLeg], on underlying: String, price: Double,
    at time: Timestamp? = nil
  ) throws -> StrategyPairing {
    try pairing(
      level, of: Book(underlying: underlying, price: price, time: time, legs: legs))
  }
}

extension StrategyMargin {
  /// The legs on one underlying.
  struct Book {
    var underlying: String
    var price: Double
    var time: Timestamp?
    var legs: [StrategyLeg]
  }

  func pairing(_ level: MarginLevel, of book: Book) throws -> StrategyPairing {
    let legs = book.legs.filter { $0.quantity != 0 }
    return StrategyPairing(
      of: legs, under: try rules(level, of: book, legs: legs), multiplier: profile.multiplier,
      recognizesShortBox: profile.recognizesShortBox ?? false)
  }

  func rules(
    _ level: MarginLevel, of book: Book, legs: [StrategyLeg]
  ) throws -> StrategyRules {
    try profile.requireNoFault()
    guard book.price > 0 && book.price.isFinite else {
      throw MarginError.notFinite(
        "the price of \(book.underlying), which must be positive,", value: book.price)
    }
    var rules = StrategyRules(
      parameters: try profile.parameters(of: book.underlying), level: level, price: book.price)
    if let longTerm = profile.longTerm, let time = book.time {
      rules.longTermStart = time.secondsSince1970 + longTerm.days * 86_400
      rules.longTermRate = longTerm.rate ?? 1
    }
    for leg in legs {
      let series = LegSeries(leg)
      if series.isStock && rules.parameters.stock == nil {
        throw MarginError.instrumentNotCovered(
          leg.name, profile: profile.name,
          reason: "\(book.underlying) has no parameters named stock")
      }
      if series.isLong && series.expiry >= rules.longTermStart && profile.longTerm?.rate == nil {
        throw MarginError.unverifiedRule(
          "\(leg.name) is bought with more than \(profile.longTerm?.days ?? 0) days to expiry; "
            + "set longTerm.rate to the share of its premium that must be paid",
          profile: profile.name)
      }
    }
    return rules
  }

  /// The account by underlying, in the order of their names.
  func books(
    of portfolio: Portfolio, in market: Market
  ) throws -> [Book] {
    try portfolio.requireFiniteQuantities()
    var byUnderlying: [String: [StrategyLeg]] = [:]
    for position in portfolio.positions {
      let instrument = position.instrument
      byUnderlying[instrument.underlying, default: []].append(
        try leg(of: instrument, quantity: position.quantity, in: market))
    }
    for (underlying, count) in shares {
      let price = try market.indexPrice(of: underlying)
      byUnderlying[underlying, default: []].append(
        StrategyLeg(
          "shares of \(underlying)", .stock,
          quantity: try lots(count, of: "shares of \(underlying)"),
          price: price.isFinite ? max(0, price) : 0))
    }
    return try byUnderlying.sorted { $0.key < $1.key }.map { underlying, legs in
      // The pairing is the same in whatever order the positions came.
      Book(
        underlying: underlying, price: try market.indexPrice(of: underlying), time: market.time,
        legs: legs.sorted { $0.name < $1.name })
    }
  }

  func leg(
    of instrument: Instrument, quantity: Double, in market: Market
  ) throws -> StrategyLeg {
    func refused(_ reason: String) -> MarginError {
      .instrumentNotCovered(instrument.name, profile: profile.name, reason: reason)
    }
    guard case .option(let expiry, let strike, let right) = instrument.kind else {
      throw refused("it is no option; shares belong into shares")
    }
    guard instrument.settlement == .linear else {
      throw refused("it is settled in \(instrument.underlying)")
    }
    guard strike > 0 && strike.isFinite else { throw refused("its strike is \(strike)") }
    guard expiry > market.time else {
      throw MarketError.expired(instrument.name, at: "\(market.time)")
    }
    let price = try market.quote(for: instrument).mark
    guard price >= 0 && price.isFinite else {
      throw MarginError.notFinite(
        "the mark of \(instrument.name), which must not be negative,", value: price)
    }
    return StrategyLeg(
      instrument.name, .option(right, strike: strike, expiry: expiry),
      quantity: try lots(quantity, of: instrument.name), price: price)
  }

  private func lots(_ quantity: Double, of name: String) throws(MarginError) -> Int {
    let lots = (quantity / profile.multiplier).rounded()
    guard abs(lots) <= 1e9, abs(lots * profile.multiplier - quantity) <= 1e-9 * profile.multiplier
    else {
      throw .instrumentNotCovered(
        name, profile: profile.name,
        reason: "\(quantity) is not a whole number of contracts of \(profile.multiplier)")
    }
    return Int(lots)
  }
}
