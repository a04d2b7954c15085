import Pricing

/// What it costs to trade at the quotes: half the spread and the venue's fee.
///
/// A buyer pays the ask, a seller gets the bid; the cost is the distance to the mark, plus the fee.
/// An instrument that nobody offers cannot be bought, one that nobody bids for cannot be sold. Through an
/// order book (``HedgeProblem/orderBooks``) each coin costs the distance of its level to the mark.
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
    /// Cost of buying; nil when nobody offers.
    var buying: CostLadder?
    /// Cost of selling; nil when nobody bids.
    var selling: CostLadder?

    /// The cost of coins bought (> 0) or sold (< 0).
    func cost(of coins: Double) -> Double {
      (coins > 0 ? buying : selling)?.cost(of: abs(coins)) ?? 0
    }
  }

  /// - Parameter book: the levels to trade through; nil for the best quotes, without a limit on size.
  func prices(of quote: Quote, through book: OrderBook?, in market: Market) throws -> Prices {
    let fee: Double
    if quote.instrument.isOption {
      let index = try market.indexPrice(of: quote.instrument.underlying)
      fee = min(optionFee * index, optionFeeCap * quote.dollarMark)
    } else {
      fee = futureFee * quote.mark
    }
    if let book {
      // Measured from the mark as it is: a level on the wrong side of it costs less than nothing.
      func ladder(_ levels: [OrderBook.Level], _ sign: Double) -> CostLadder? {
        let steps = levels.map {
          CostLadder.Step(
            cost: sign * (quote.dollars($0.price) - quote.dollarMark) + fee, quantity: $0.quantity)
        }
        return steps.isEmpty ? nil : CostLadder(steps)
      }
      return Prices(
        premium: quote.valuationPrice, buying: ladder(book.asks, 1), selling: ladder(book.bids, -1))
    }
    return Prices(
      premium: quote.valuationPrice,
      buying: quote.dollarAsk.map { CostLadder(max(0, $0 - quote.dollarMark) + fee) },
      selling: quote.dollarBid.map { CostLadder(max(0, quote.dollarMark - $0) + fee) })
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
