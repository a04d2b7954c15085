public import Foundation

/// A reader of books: comma-separated with a header, columns `instrument`, `quantity` and,
/// optionally, `unit`; others are left unread.
///
/// The unit is `coin`, also where it is empty or missing, or `usd`, which futures and perpetuals may
/// have: quantity dollars are then quantity/mark coins. Quantities are signed, long above 0. Several
/// lines of one instrument are added up.
public struct PortfolioReader: Sendable {
  /// The market that must quote every instrument of the book.
  public var market: Market

  public init(market: Market) { self.market = market }

  /// - Throws: `MarketError`, with the file, line and field of what is wrong.
  public func read(_ url: URL) throws(MarketError) -> Portfolio {
    try read(text: MarketError.contents(of: url), fileName: url.lastPathComponent)
  }

  /// Reads a book from text; `fileName` is how errors call it. Linear in the length of the text.
  ///
  /// - Throws: `MarketError`, with the file, line and field of what is wrong.
  public func read(text: String, fileName: String) throws(MarketError) -> Portfolio {
    let table = try DelimitedText(text, file: fileName, required: ["instrument", "quantity"])
    var portfolio = Portfolio()
    for row in table.rows {
      let quote = try quote(in: row, of: table)
      _ = try table.needed("quantity", row)
      let quantity = try table.number("quantity", row) ?? 0
      switch table.text("unit", row) ?? "coin" {
      case "coin":
        portfolio.add(quantity, of: quote.instrument)
      case "usd" where quote.instrument.isOption:
        throw table.error(
          "unit", row, "'usd' is for futures and perpetuals; give an option's quantity in coins")
      case "usd":
        portfolio.add(quantity / quote.mark, of: quote.instrument)
      case let unit:
        throw table.error("unit", row, "'\(unit)' should be coin or usd")
      }
    }
    guard !portfolio.isEmpty else {
      throw .file(fileName, reason: "the book has no positions below its header")
    }
    return portfolio
  }

  private func quote(
    in row: DelimitedText.Row, of table: DelimitedText
  ) throws(MarketError) -> Quote {
    let name = String(try table.needed("instrument", row))
    if let quote = market[name] { return quote }
    let instrument: Instrument
    do { instrument = try Instrument(name: name) } catch {
      throw table.error("instrument", row, error.description)
    }
    if let expiry = instrument.expiry, expiry <= market.time {
      throw table.error(
        "instrument", row, MarketError.expired(name, at: market.time.description).description)
    }
    throw table.error("instrument", row, MarketError.notQuoted(name).description)
  }
}
