import Pricing
import Testing

@Suite("Instruments by name")
struct InstrumentNameTests {
  @Test("each form of name gives its contract")
  func forms() throws {
    let expiry = try #require(Timestamp("2026-03-27T08:00:00Z"))
    let cases: [(String, String, Instrument.Settlement, Instrument.Kind)] = [
      ("BTC-PERPETUAL", "BTC", .inverse, .perpetual),
      ("ETH_USDC-PERPETUAL", "ETH", .linear, .perpetual),
      ("BTC-USD-PERP", "BTC", .linear, .perpetual),
      ("ETH-27MAR26", "ETH", .inverse, .future(expiry: expiry)),
      ("BTC_USDT-27MAR26", "BTC", .linear, .future(expiry: expiry)),
      (
        "BTC-27MAR26-100000-C", "BTC", .inverse,
        .option(expiry: expiry, strike: 100_000, right: .call)
      ),
      ("SOL_USDC-27MAR26-140-P", "SOL", .linear, .option(expiry: expiry, strike: 140, right: .put)),
      (
        "XRP_USDC-27MAR26-0d55-C", "XRP", .linear,
        .option(expiry: expiry, strike: 0.55, right: .call)
      ),
    ]
    for (name, underlying, settlement, kind) in cases {
      let instrument = try Instrument(name: name)
      #expect(instrument.name == name)
      #expect(instrument.underlying == underlying)
      #expect(instrument.settlement == settlement)
      #expect(instrument.kind == kind)
    }
  }

  @Test("days of one digit, and leap days")
  func days() throws {
    #expect(try Instrument(name: "BTC-4SEP26").expiry == Timestamp("2026-09-04T08:00:00Z"))
    #expect(try Instrument(name: "BTC-29FEB28").expiry == Timestamp("2028-02-29T08:00:00Z"))
  }

  @Test(
    "what is wrong in a name is said",
    arguments: [
      ("", "it should begin with a coin in capital letters, as BTC"),
      ("btc-PERPETUAL", "it should begin with a coin in capital letters, as BTC"),
      (
        "BTC",
        "expected COIN-PERPETUAL, COIN-DATE, COIN-DATE-STRIKE-C or COIN-USD-PERP, as in BTC-27MAR26-100000-C"
      ),
      ("BTC_EUR-PERPETUAL", "'BTC_EUR' should be a coin, or a coin and dollars as BTC_USDC"),
      ("BTC-30FEB26", "there is no day '30FEB26'"),
      ("BTC-29FEB26", "there is no day '29FEB26'"),
      ("BTC-0JAN26", "there is no day '0JAN26'"),
      ("BTC-27MAX26", "'27MAX26' should be a date as 27MAR26"),
      ("BTC-127MAR26", "'127MAR26' should be a date as 27MAR26"),
      ("BTC-27MAR2026", "'27MAR2026' should be a date as 27MAR26"),
      ("BTC-٢MAR26", "'٢MAR26' should be a date as 27MAR26"),
      ("BTC-27MAR26-x-C", "'x' should be a strike above 0, as 100000 or 0d55"),
      ("BTC-27MAR26--C", "'' should be a strike above 0, as 100000 or 0d55"),
      ("BTC-27MAR26-0-C", "'0' should be a strike above 0, as 100000 or 0d55"),
      ("BTC-27MAR26-1d2d3-C", "'1d2d3' should be a strike above 0, as 100000 or 0d55"),
      ("BTC-27MAR26-nan-C", "'nan' should be a strike above 0, as 100000 or 0d55"),
      ("BTC-27MAR26-1e5-C", "'1e5' should be a strike above 0, as 100000 or 0d55"),
      ("BTC-27MAR26-100000-X", "'X' should be C for a call or P for a put"),
    ])
  func wrong(_ name: String, _ reason: String) {
    let error = #expect(throws: MarketError.self) { try Instrument(name: name) }
    #expect(error == .unknownInstrument(name, reason: reason))
    #expect(error?.description == "'\(name)' is not an instrument: \(reason)")
  }
}
