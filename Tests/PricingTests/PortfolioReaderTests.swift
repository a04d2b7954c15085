import Pricing
import TestSupport
import Testing

@Suite("Book reader")
struct PortfolioReaderTests {
  private static func market() throws -> Market {
    try ChainReader().read(
      text: ChainReaderTests.chain(
        "BTC-25SEP26-64000-C,,,0.04,63000,0.4,0,0,63000", "BTC-PERPETUAL,,,50000,1,,0,0,63000"),
      fileName: "c.csv"
    ).market
  }

  @Test("quantities in coins and dollars; lines of one instrument add up")
  func quantities() throws {
    let text = """
      instrument,quantity,unit,desk
      BTC-PERPETUAL,-100000,usd,a
      BTC-25SEP26-64000-C,-12.5,,b
      BTC-PERPETUAL,0.5,coin,c
      """
    let reader = PortfolioReader(market: try Self.market())
    let book = try reader.read(text: text, fileName: "b.csv")
    #expect(book.positions.map(\.instrument.name) == ["BTC-PERPETUAL", "BTC-25SEP26-64000-C"])
    #expect(book.positions.map(\.quantity) == [-1.5, -12.5])
    let bare = try reader.read(
      text: "quantity,instrument\n3,BTC-PERPETUAL", fileName: "b.csv")
    #expect(bare.positions.map(\.quantity) == [3])
  }

  static let mistakes: [(String, String)] = [
    ("", "b.csv: the file is empty"),
    ("instrument,quantity\n\n", "b.csv: the book has no positions below its header"),
    ("instrument\n", "b.csv: the column 'quantity' is missing; the header has instrument"),
    ("instrument,quantity\nBTC-PERPETUAL,nan", "b.csv:2: quantity: 'nan' is not a finite number"),
    ("instrument,quantity\nBTC-PERPETUAL,", "b.csv:2: quantity: the field is empty"),
    ("instrument,quantity\nBTC-PERPETUAL,1 000", "b.csv:2: quantity: '1 000' is not a number"),
    ("instrument,quantity\nBTC-PERPETUAL,1,2", "b.csv:2: row: 3 fields where the header has 2"),
    (
      "instrument,quantity\n,1", "b.csv:2: instrument: the field is empty"
    ),
    (
      "instrument,quantity\n\nBTC-PERP,1",
      "b.csv:3: instrument: 'BTC-PERP' is not an instrument: 'PERP' should be a date as 27MAR26"
    ),
    (
      "instrument,quantity\nBTC-25SEP26-65000-C,1",
      "b.csv:2: instrument: the market has no quote of BTC-25SEP26-65000-C; "
        + "add it to the chain or take it out of the book"
    ),
    (
      "instrument,quantity\nBTC-25SEP25-65000-C,1",
      "b.csv:2: instrument: BTC-25SEP25-65000-C had expired at the market's time, "
        + "2026-08-17T03:58:01Z"
    ),
    (
      "instrument,quantity,unit\nBTC-25SEP26-64000-C,1,usd",
      "b.csv:2: unit: 'usd' is for futures and perpetuals; give an option's quantity in coins"
    ),
    (
      "instrument,quantity,unit\nBTC-PERPETUAL,1,lots",
      "b.csv:2: unit: 'lots' should be coin or usd"
    ),
  ]

  @Test("what is wrong in a book is said, with its line and field", arguments: mistakes)
  func wrong(_ text: String, _ message: String) throws {
    let reader = PortfolioReader(market: try Self.market())
    let error = #expect(throws: MarketError.self) {
      try reader.read(text: text, fileName: "b.csv")
    }
    #expect(error?.description == message)
  }
}
