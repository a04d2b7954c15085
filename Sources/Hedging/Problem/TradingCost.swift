import Pricing

/// What it costs to trade at the quotes: half the spread and the venue's fee.
///
/// A buyer pays the ask, a seller gets the bid; the cost is the distance to the mark, plus the fee.
/// An instrument that nobody offers cannot be bought, one that nobody bids for cannot be sold.
public struct TradingCost: Sendable, Hashable {
  /// The fee on an option as a fraction of the index price, for each coin.
  public var optionFee: Double
  /// The most that the fee on an option may be, as a fraction of its price.
  public var optionFeeCap: Double
  /// The fee on a future or perpetual as a fraction of its price.
  public var futureFee: Double

  /// The default charges no fee.
  public init(optionFee: Double = 0, optionFeeCap: Double = 1, futureFee: Double = 0) {
    self.optionFee = optionFee
    self.optionFeeCap = optionFeeCap
    self.futureFee = futureFee
  }

  /// The prices of one instrument in dollars for one coin.
  struct Prices {
    /// Cash that changes hands at mark: the premium of an option, nothing for a future.
    var premium: Double
    /// Cost of buying one coin; nil when nobody offers.
    var buying: Double?
    /// Cost of selling one coin; nil when nobody bids.
    var selling: Double?
  }

  func prices(of quote: Quote, in market: Market) throws -> Prices {
    let fee: Double
    if quote.instrument.isOption {
      let index = try market.indexPrice(of: quote.instrument.underlying)
      fee = min(optionFee * index, optionFeeCap * quote.dollarMark)
    } else {
      fee = futureFee * quote.mark
    }
    return Prices(
      premium: quote.valuationPrice,
      buying: quote.dollarAsk.map { max(0, $0 - quote.dollarMark) + fee },
      selling: quote.dollarBid.map { max(0, quote.dollarMark - $0) + fee })
  }
}

/// How much of an option may be traded.
public enum TradeSize: Sendable, Hashable {
  /// So many coins either way.
  case coins(Double)
  /// A share of the open interest; nothing where there is none.
  case shareOfOpenInterest(Double)

  func limit(for quote: Quote) -> Double {
    switch self {
    case .coins(let coins): coins
    case .shareOfOpenInterest(let share): share * quote.openInterest
    }
  }
}
