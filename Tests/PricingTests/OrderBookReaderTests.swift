import Pricing
import TestSupport
import Testing

@Suite("Order books from text")
struct OrderBookReaderTests {
  let reader = OrderBookReader(market: SyntheticMarket.market())
  static let header = "instrument,side,price,quantity\n"

  @Test("levels of either side, in any order, by instrument")
  func levels() throws {
    let books = try reader.read(
      text: Self.header + """
        BTC-PERPETUAL,ask,65020,2
        BTC-PERPETUAL,bid,65000,1
        BTC-PERPETUAL,ask,65010,0.5
        ETH-PERPETUAL,bid,2000,3
        BTC-PERPETUAL,bid,65005,0.25
        """, fileName: "depth.csv")
    #expect(books.keys.sorted() == ["BTC-PERPETUAL", "ETH-PERPETUAL"])
    let bitcoin = try #require(books["BTC-PERPETUAL"])
    #expect(bitcoin.asks.map(\.price) == [65010, 65020])
    #expect(bitcoin.bids.map(\.price) == [65005, 65000])
    #expect(bitcoin.depth == (buying: 2.5, selling: 1.25))
    #expect(try #require(books["ETH-PERPETUAL"]).asks.isEmpty)
  }

  @Test(
    "what is wrong is said with file, line and field",
    arguments: [
      ("BTC-PERPETUAL,buy,1,1", "depth.csv:2: side: 'buy' should be bid or ask"),
      ("BTC-PERPETUAL,bid,-1,1", "depth.csv:2: price: it must be above 0"),
      ("BTC-PERPETUAL,bid,1,0", "depth.csv:2: quantity: it must be above 0"),
      ("BTC-PERPETUAL,bid,x,1", "depth.csv:2: price: 'x' is not a number"),
      ("BTC-PERPETUAL,bid,,1", "depth.csv:2: price: the field is empty"),
      ("SOL-PERPETUAL,bid,1,1", "depth.csv:2: instrument: "),
      ("BTC-PERPETUAL,bid,1", "depth.csv:2: row: 3 fields where the header has 4"),
      ("", "no levels"),
      (
        "BTC-PERPETUAL,ask,5,1\nBTC-PERPETUAL,bid,6,1",
        "depth.csv:3: price: BTC-PERPETUAL: the best bid"
      ),
    ])
  func wrong(rows: String, message: String) throws {
    let error = try #require(throws: MarketError.self) {
      try reader.read(text: Self.header + rows, fileName: "depth.csv")
    }
    #expect(error.description.contains(message), "\(error)")
  }

  @Test("a missing column is named")
  func column() throws {
    let error = try #require(throws: MarketError.self) {
      try reader.read(text: "instrument,side,price\n", fileName: "depth.csv")
    }
    #expect(error.description.contains("'quantity' is missing"))
  }
}
