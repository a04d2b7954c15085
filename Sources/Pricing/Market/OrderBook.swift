/// The levels at which an instrument is bid for and offered, beyond the best quotes.
public struct OrderBook: Sendable, Hashable {
  /// So many coins at a price.
  public struct Level: Sendable, Hashable {
    /// In the unit of the instrument's quotes: coins for inverse options, dollars for all else.
    public var price: Double
    /// Coins, more than 0.
    public var quantity: Double

    public init(price: Double, quantity: Double) {
      self.price = price
      self.quantity = quantity
    }
  }

  /// From the highest price down.
  public let bids: [Level]
  /// From the lowest price up.
  public let asks: [Level]

  /// A book of levels in any order; those of one price are added up by whoever trades through them.
  ///
  /// - Throws: `OrderBookError` for a price or quantity that is no positive finite number, and where
  ///   the best bid is above the best offer: to trade there would cost less than nothing.
  public init(bids: [Level], asks: [Level]) throws(OrderBookError) {
    for level in bids + asks {
      guard level.price > 0, level.price.isFinite else { throw .price(level.price) }
      guard level.quantity > 0, level.quantity.isFinite else { throw .quantity(level.quantity) }
    }
    self.bids = bids.sorted { $0.price > $1.price }
    self.asks = asks.sorted { $0.price < $1.price }
    if let bid = self.bids.first, let ask = self.asks.first, bid.price > ask.price {
      throw .crossed(bid: bid.price, ask: ask.price)
    }
  }

  /// Coins that can be bought, and sold.
  public var depth: (buying: Double, selling: Double) {
    (asks.reduce(0) { $0 + $1.quantity }, bids.reduce(0) { $0 + $1.quantity })
  }
}

/// Why levels are no order book.
public enum OrderBookError: Error, Sendable, Hashable {
  case price(Double)
  case quantity(Double)
  case crossed(bid: Double, ask: Double)
}

extension OrderBookError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .price(let value): "a price is \(value); it must be a finite number above 0"
    case .quantity(let value): "a quantity is \(value); it must be a finite number above 0"
    case .crossed(let bid, let ask):
      "the best bid \(bid) is above the best offer \(ask): give levels of one moment"
    }
  }
}
