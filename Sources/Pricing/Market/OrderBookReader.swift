public import Foundation

/// A reader of order books: comma-separated with a header, columns `instrument`, `side`, `price` and
/// `quantity`; others are left unread. A row is a level, rows in any order.
///
/// The side is `bid` or `ask`. Prices are in the unit of the chain's quotes, coins for inverse options;
/// quantities are coins. An instrument with levels on one side only cannot be traded on the other.
public struct OrderBookReader: Sendable {
  /// The market that must quote every instrument of the file.
  public var market: Market

  public init(market: Market) { self.market = market }

  /// - Throws: `MarketError`, with the file, line and field of what is wrong.
  public func read(_ url: URL) throws(MarketError) -> [String: OrderBook] {
    try read(text: MarketError.contents(of: url), fileName: url.lastPathComponent)
  }

  /// Order books by the names of their instruments, read from text; `fileName` is how errors call it.
  ///
  /// O(n log n) for n levels.
  /// - Throws: `MarketError`, with the file, line and field of what is wrong; a book whose best bid is
  ///   above its best offer is blamed on the line of that bid.
  public func read(text: String, fileName: String) throws(MarketError) -> [String: OrderBook] {
    let table = try DelimitedText(
      text, file: fileName, required: ["instrument", "side", "price", "quantity"])
    var levels: [String: Levels] = [:]
    for row in table.rows {
      let name = String(try table.needed("instrument", row))
      guard market[name] != nil else {
        throw table.error("instrument", row, MarketError.notQuoted(name).description)
      }
      let level = OrderBook.Level(
        price: try Self.positive("price", row, of: table),
        quantity: try Self.positive("quantity", row, of: table))
      switch try table.needed("side", row) {
      case "bid": levels[name, default: Levels()].addBid(level, in: row)
      case "ask": levels[name, default: Levels()].asks.append(level)
      case let side: throw table.error("side", row, "'\(side)' should be bid or ask")
      }
    }
    guard !levels.isEmpty else {
      throw .file(fileName, reason: "there are no levels below the header")
    }
    var books: [String: OrderBook] = [:]
    for (name, found) in levels.sorted(by: { $0.key < $1.key }) {
      do { books[name] = try OrderBook(bids: found.bids, asks: found.asks) } catch {
        guard let row = found.bestBidRow else { throw .file(fileName, reason: "\(name): \(error)") }
        throw table.error("price", row, "\(name): \(error)")
      }
    }
    return books
  }

  private struct Levels {
    var bids: [OrderBook.Level] = []
    var asks: [OrderBook.Level] = []
    /// Where the highest bid stands.
    var bestBidRow: DelimitedText.Row?

    mutating func addBid(_ level: OrderBook.Level, in row: DelimitedText.Row) {
      if level.price > (bids.map(\.price).max() ?? 0) { bestBidRow = row }
      bids.append(level)
    }
  }

  private static func positive(
    _ column: String, _ row: DelimitedText.Row, of table: DelimitedText
  ) throws(MarketError) -> Double {
    _ = try table.needed(column, row)
    guard let value = try table.number(column, row), value > 0 else {
      throw table.error(column, row, "it must be above 0")
    }
    return value
  }
}
