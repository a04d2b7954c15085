/// What is observed of one instrument at one moment.
///
/// Prices are in the instrument's own unit: coins of the underlying for an inverse option, dollars
/// for everything else (inverse futures and perpetuals are quoted in dollars).
public struct Quote: Sendable, Hashable {
  public var instrument: Instrument
  /// The best bid; nil where nobody bids.
  public var bid: Double?
  /// The best offer; nil where nobody offers.
  public var ask: Double?
  /// The exchange's mark price.
  public var mark: Double
  /// The forward price of the underlying at the instrument's expiry, in dollars. For a future or a
  /// perpetual it is the mark itself.
  public var forward: Double
  /// The annualised implied volatility at the mark, a decimal; nil for futures and perpetuals.
  public var volatility: Double?
  /// Open contracts in coins.
  public var openInterest: Double
  /// Coins traded in the last 24 hours.
  public var volume: Double
  /// The funding rate of a perpetual for 8 hours, as a decimal (long pays > 0); nil if unknown.
  public var fundingRate: Double?

  public init(
    instrument: Instrument, bid: Double? = nil, ask: Double? = nil, mark: Double, forward: Double,
    volatility: Double? = nil, openInterest: Double = 0, volume: Double = 0,
    fundingRate: Double? = nil
  ) {
    self.instrument = instrument
    self.bid = bid
    self.ask = ask
    self.mark = mark
    self.forward = forward
    self.volatility = volatility
    self.openInterest = openInterest
    self.volume = volume
    self.fundingRate = fundingRate
  }
}

/// The market at one moment: index prices of the underlyings and quotes of the listed instruments.
public struct Market: Sendable {
  public let time: Timestamp
  /// The index price of each underlying, in dollars.
  public let indexPrices: [String: Double]
  /// Every quoted instrument, in the order of the source.
  public let quotes: [Quote]
  private let position: [String: Int]

  /// - Precondition: no instrument is quoted twice.
  public init(time: Timestamp, indexPrices: [String: Double], quotes: [Quote]) {
    self.time = time
    self.indexPrices = indexPrices
    self.quotes = quotes
    position = Dictionary(
      uniqueKeysWithValues: quotes.enumerated().map { ($1.instrument.name, $0) })
  }

  /// The instruments quoted, in the order of the source.
  public var listed: [Instrument] { quotes.map(\.instrument) }

  /// The quote of the instrument with an exchange's name, or nil.
  public subscript(name: String) -> Quote? { position[name].map { quotes[$0] } }

  /// - Throws: `MarketError.notQuoted` when the market does not list the instrument.
  public func quote(for instrument: Instrument) throws(MarketError) -> Quote {
    guard let quote = self[instrument.name] else { throw .notQuoted(instrument.name) }
    return quote
  }

  /// - Throws: `MarketError.noIndexPrice` when the underlying has no index price.
  public func indexPrice(of underlying: String) throws(MarketError) -> Double {
    guard let price = indexPrices[underlying] else { throw .noIndexPrice(underlying) }
    return price
  }
}
