import Foundation
import Pricing
import TestSupport
import Testing

@Suite("Chain reader")
struct ChainReaderTests {
  static let header =
    "snap,instrument_name,bid_price,ask_price,mark_price,underlying,implied_volatility,"
    + "open_interest,volume,index_price"
  static let moment = "2026-08-17T03:58:01Z"

  static func chain(_ rows: String..., header: String = header) -> String {
    ([header] + rows.map { ("BE\"".contains($0.prefix(1)) ? "\(moment)," : "") + $0 }).joined(
      separator: "\n")
  }

  @Test("columns are found by name, whatever their order and company")
  func columns() throws {
    let text = """
      \u{FEFF}# a comment\r
      index_price, note ,mark_price,underlying,snap,implied_volatility,instrument_name,ask_price,bid_price,funding_rate\r
      \r
      63000,"a, \"\"b\"\"",0.0421,63100.5,2026-08-17T03:58:01Z,0.41,BTC-25SEP26-64000-C,0.0425,,\r
      63002,x,63010,1,2026-08-17T03:58:01Z,,BTC-PERPETUAL,63010.5,63009.5,-0.00012\r
      """
    let market = try ChainReader().read(text: text, fileName: "c.csv").market
    #expect(market.time == Timestamp("2026-08-17T03:58:01Z"))
    let option = try #require(market["BTC-25SEP26-64000-C"])
    #expect(option.bid == nil && option.ask == 0.0425 && option.mark == 0.0421)
    #expect(option.forward == 63100.5 && option.volatility == 0.41)
    #expect(option.openInterest == 0 && option.volume == 0)
    let perpetual = try #require(market["BTC-PERPETUAL"])
    #expect(perpetual.forward == 63010 && perpetual.volatility == nil)
    #expect(perpetual.fundingRate == -0.00012)
    #expect(market.indexPrices == ["BTC": 63000])
  }

  @Test("the index price is the median over the underlying's rows")
  func median() throws {
    let text = Self.chain(
      "BTC-25SEP26-1-C,,,1,3,1,0,0,107", "BTC-25SEP26-2-C,,,1,3,1,0,0,101",
      "BTC-25SEP26-3-C,,,1,3,1,0,0,104", "ETH-25SEP26-1-C,,,1,3,1,0,0,7",
      "ETH-25SEP26-2-C,,,1,3,1,0,0,5")
    let market = try ChainReader().read(text: text, fileName: "c.csv").market
    #expect(market.indexPrices == ["BTC": 104, "ETH": 5])
  }

  static let mistakes: [(String, String)] = [
    ("", "c.csv: the file is empty"),
    ("# only a comment\n", "c.csv: the file is empty"),
    (header, "c.csv: there are no rows below the header"),
    (
      "snap,bid_price\n",
      "c.csv: the column 'instrument_name' is missing; the header has snap, bid_price"
    ),
    (header + ",snap", "c.csv: the column 'snap' is in the header twice"),
    (chain("BTC-25SEP26-1-C,,,1,3,1,0,0"), "c.csv:2: row: 9 fields where the header has 10"),
    (chain("\"BTC-25SEP26-1-C,,,1,3,1,0,0,1"), "c.csv:2: row: a quote is not closed"),
    (
      chain("BTC-25SEP26-1-C,,,1,3,1,0,0,1", "BTC-25SEP26-2-C,,,x1,3,1,0,0,1"),
      "c.csv:3: mark_price: 'x1' is not a number"
    ),
    (chain("BTC-25SEP26-1-C,,,0x1,3,1,0,0,1"), "c.csv:2: mark_price: '0x1' is not a number"),
    (
      chain("BTC-25SEP26-1-C,,,nan,3,1,0,0,1"),
      "c.csv:2: mark_price: 'nan' is not a finite number"
    ),
    (
      chain("BTC-25SEP26-1-C,inf,,1,3,1,0,0,1"),
      "c.csv:2: bid_price: 'inf' is not a finite number"
    ),
    (
      chain("BTC-25SEP26-1-C,,,1e999,3,1,0,0,1"),
      "c.csv:2: mark_price: '1e999' is not a finite number"
    ),
    (chain("BTC-25SEP26-1-C,,,,3,1,0,0,1"), "c.csv:2: mark_price: the field is empty"),
    (chain("BTC-25SEP26-1-C,,,-1,3,1,0,0,1"), "c.csv:2: mark_price: -1.0 is negative"),
    (chain("BTC-25SEP26-1-C,,,1,3,-0.5,0,0,1"), "c.csv:2: implied_volatility: -0.5 is negative"),
    (chain("BTC-25SEP26-1-C,,,1,3,,0,0,1"), "c.csv:2: implied_volatility: the field is empty"),
    (
      chain("BTC-25SEP26-1-C,,,1,3,54.3,0,0,1"),
      "c.csv:2: implied_volatility: 54.3 is above 20; volatilities are decimals, "
        + "0.5 for 50 percent"
    ),
    (chain("BTC-25SEP26-1-C,,,1,0,1,0,0,1"), "c.csv:2: underlying: it should be above 0"),
    (chain("BTC-25SEP26-1-C,,,1,3,1,0,0,0"), "c.csv:2: index_price: it should be above 0"),
    (chain("BTC-25SEP26-1-C,,,1,3,1,-2,0,1"), "c.csv:2: open_interest: -2.0 is negative"),
    (
      chain("BTC-25SEP26-1-C,0.5,0.4,1,3,1,0,0,1"),
      "c.csv:2: bid_price: the bid 0.5 is above the ask 0.4"
    ),
    (
      chain("BTC-25SEP26-1-Q,,,1,3,1,0,0,1"),
      "c.csv:2: instrument_name: 'BTC-25SEP26-1-Q' is not an instrument: "
        + "'Q' should be C for a call or P for a put"
    ),
    (
      chain("BTC-25SEP26-1-C,,,1,3,1,0,0,1", "BTC-25SEP26-1-C,,,1,3,1,0,0,1"),
      "c.csv:3: instrument_name: BTC-25SEP26-1-C is quoted twice, first in line 2"
    ),
    (
      chain("yesterdayT,BTC-25SEP26-1-C,,,1,3,1,0,0,1"),
      "c.csv:2: snap: 'yesterdayT' is not a moment as 2026-08-17T03:58:01Z"
    ),
    (
      chain(
        "BTC-25SEP26-1-C,,,1,3,1,0,0,1", "2026-08-18T00:00:00Z,BTC-25SEP26-2-C,,,1,3,1,0,0,1"),
      "c.csv: the rows are of 2 moments from 2026-08-17T03:58:01Z to 2026-08-18T00:00:00Z; "
        + "choose one with snapshot"
    ),
    (
      chain("BTC-16AUG26-1-C,,,1,3,1,0,0,1"),
      "c.csv:2: instrument_name: BTC-16AUG26-1-C had expired at the market's time, "
        + "2026-08-17T03:58:01Z; remove the row, or let expired rows be skipped"
    ),
    (
      chain("BTC-25SEP26-1-C,,,1e300,3,1,0,0,1"),
      "c.csv:2: mark_price: '1e300' is beyond 1e15, larger than any market's number"
    ),
  ]

  @Test("what is wrong in a file is said, with its line and field", arguments: mistakes)
  func wrong(_ text: String, _ message: String) {
    let error = #expect(throws: MarketError.self) {
      try ChainReader().read(text: text, fileName: "c.csv")
    }
    #expect(error?.description == message)
  }

  @Test("one of several moments is read when it is named, and a missing one is an error")
  func snapshots() throws {
    let text = Self.chain(
      "BTC-25SEP26-1-C,,,1,3,1,0,0,1", "2026-08-18T00:00:00Z,BTC-25SEP26-1-C,,,2,3,1,0,0,1")
    var reader = ChainReader(snapshot: Timestamp("2026-08-18"))
    let market = try reader.read(text: text, fileName: "c.csv").market
    #expect(market.quotes.count == 1)
    #expect(market["BTC-25SEP26-1-C"]?.mark == 2)
    reader.snapshot = Timestamp("2026-08-19")
    let error = #expect(throws: MarketError.self) {
      try reader.read(text: text, fileName: "c.csv")
    }
    #expect(
      error?.description
        == "c.csv: no row is of 2026-08-19T00:00:00Z; "
        + "the rows are from 2026-08-17T03:58:01Z to 2026-08-18T00:00:00Z")
  }

  @Test("expired rows are left out when asked, and listed")
  func expired() throws {
    let text = Self.chain("BTC-16AUG26-1-C,,,1,3,1,0,0,1", "BTC-25SEP26-1-C,,,1,3,1,0,0,1")
    let chain = try ChainReader(expiredRows: .skip).read(text: text, fileName: "c.csv")
    #expect(chain.market.listed.map(\.name) == ["BTC-25SEP26-1-C"])
    #expect(chain.skipped == [.expired("BTC-16AUG26-1-C", at: "2026-08-17T03:58:01Z")])
    let alone = Self.chain("BTC-16AUG26-1-C,,,1,3,1,0,0,1")
    let error = #expect(throws: MarketError.self) {
      try ChainReader(expiredRows: .skip).read(text: alone, fileName: "c.csv")
    }
    #expect(
      error?.description == "c.csv: all 1 instruments had expired at 2026-08-17T03:58:01Z")
  }

  @Test("a missing file and bytes that are no text are errors that name the file")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory
    let missing = folder.appending(path: "no-such-chain-\(UUID()).csv")
    let error = #expect(throws: MarketError.self) { try Market(chain: missing) }
    #expect(error?.description.hasPrefix(missing.lastPathComponent) == true)
    let binary = folder.appending(path: "binary-chain-\(UUID()).csv")
    try Data([0xFF, 0xFE, 0x80]).write(to: binary)
    defer { try? FileManager.default.removeItem(at: binary) }
    let second = #expect(throws: MarketError.self) { try Market(chain: binary) }
    #expect(second == .file(binary.lastPathComponent, reason: "the file is not UTF-8 text"))
  }

  @Test("stand-in futures are marked at the index and at the median forward")
  func standIns() throws {
    let text = Self.chain(
      "BTC-25SEP26-1-C,,,1,103,1,0,0,100", "BTC-25SEP26-2-C,,,1,101,1,0,0,100",
      "BTC-25SEP26-3-C,,,1,102,1,0,0,100", "BTC_USDC-25SEP26-3-C,,,1,107,1,0,0,100",
      "BTC-PERPETUAL,98,99,98.5,1,,0,0,100")
    let market = try ChainReader(standInHalfSpread: 10).read(text: text, fileName: "c.csv").market
    #expect(
      market.listed.dropFirst(5).map(\.name)
        == ["BTC-25SEP26", "BTC_USDC-PERPETUAL", "BTC_USDC-25SEP26"])
    let future = try #require(market["BTC-25SEP26"])
    #expect(future.mark == 102 && future.forward == 102 && future.volatility == nil)
    #expect(isClose(future.bid ?? 0, 101.898, relative: 1e-15))
    #expect(isClose(future.ask ?? 0, 102.102, relative: 1e-15))
    #expect(future.instrument.settlement == .inverse)
    #expect(try future.instrument.expiry == Instrument(name: "BTC-25SEP26").expiry)
    let linear = try #require(market["BTC_USDC-PERPETUAL"])
    #expect(linear.mark == 100 && linear.instrument.settlement == .linear)
    #expect(market["BTC-PERPETUAL"]?.mark == 98.5)
  }
}
