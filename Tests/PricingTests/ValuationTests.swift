import Pricing
import TestSupport
import Testing

@Suite("Valuation of quotes and books")
struct ValuationTests {
  private static let time = Timestamp(secondsSince1970: 1_786_939_081)

  private static func quote(
    _ name: String, forward: Double, volatility: Double? = 0.5, mark: Double? = nil
  ) throws -> Quote {
    var quote = Quote(
      instrument: try Instrument(name: name), mark: 0, forward: forward, volatility: volatility)
    quote.mark =
      if let mark { mark } else if volatility != nil { try quote.modelPrice(at: time) } else {
        forward
      }
    return quote
  }

  @Test("an inverse option is worth its price in coins times the forward; a linear one its price")
  func units() throws {
    let inverse = try Self.quote("BTC-25SEP26-64000-C", forward: 63_000)
    let linear = try Self.quote("BTC_USDC-25SEP26-64000-C", forward: 63_000)
    let value = try inverse.modelValue(at: Self.time)
    #expect(try linear.modelValue(at: Self.time) == value)
    #expect(isClose(inverse.mark, value / 63_000, relative: 1e-15))
    #expect(linear.mark == value)
    #expect(isClose(inverse.valuationPrice, value, relative: 1e-15))
    #expect(linear.valuationPrice == value)
    var priced = inverse
    (priced.bid, priced.ask) = (0.01, 0.02)
    #expect(priced.dollarBid == 630 && priced.dollarAsk == 1260)
    #expect(try inverse.greeks(at: Self.time) == linear.greeks(at: Self.time))
  }

  @Test("futures and perpetuals are worth 0 and have delta 1 and nothing else")
  func deltaOne() throws {
    for name in ["BTC-PERPETUAL", "BTC_USDC-PERPETUAL", "BTC-25SEP26"] {
      let quote = try Self.quote(name, forward: 63_000, volatility: nil)
      #expect(quote.valuationPrice == 0 && quote.dollarMark == 63_000)
      #expect(try quote.modelValue(at: Self.time) == 0)
      #expect(try quote.modelPrice(at: Self.time) == 63_000)
      #expect(try quote.greeks(at: Self.time) == Greeks(delta: 1))
    }
  }

  @Test(
    "Greeks are differences of the dollar value, inverse and linear",
    arguments: ["BTC-25SEP26-64000-C", "BTC-25SEP26-58000-P", "BTC_USDC-25DEC26-90000-C"])
  func differences(_ name: String) throws {
    let quote = try Self.quote(name, forward: 63_000)
    func dollars(_ δF: Double, _ δσ: Double, _ δt: Double) throws -> Double {
      var moved = quote
      moved.forward += δF
      moved.volatility = 0.5 + δσ
      let time = Timestamp(secondsSince1970: Self.time.secondsSince1970 + δt * 365 * 86_400)
      // Through the native unit and back: coins × forward for an inverse option.
      return moved.dollars(try moved.modelPrice(at: time))
    }
    let greeks = try quote.greeks(at: Self.time)
    let delta = try (dollars(20, 0, 0) - dollars(-20, 0, 0)) / 40
    let gamma = try (dollars(50, 0, 0) - 2 * dollars(0, 0, 0) + dollars(-50, 0, 0)) / 2500
    let vega = try (dollars(0, 1e-4, 0) - dollars(0, -1e-4, 0)) / 2e-4
    let theta = try (dollars(0, 0, 1e-5) - dollars(0, 0, -1e-5)) / 2e-5
    #expect(isClose(greeks.delta, delta, absolute: 1e-6))
    #expect(isClose(greeks.gamma, gamma, relative: 1e-4))
    #expect(isClose(greeks.vega, vega, relative: 1e-5))
    #expect(isClose(greeks.theta, theta, relative: 1e-5))
    #expect(isClose(greeks.vegaPerPoint, greeks.vega / 100, relative: 1e-15))
    #expect(isClose(greeks.thetaPerDay, greeks.theta / 365, relative: 1e-15))
  }

  @Test("a book's Greeks are summed for each underlying, and over all in dollars")
  func book() throws {
    let quotes = [
      try Self.quote("BTC-25SEP26-64000-C", forward: 63_000),
      try Self.quote("BTC-PERPETUAL", forward: 62_900, volatility: nil),
      try Self.quote("ETH-25SEP26-1800-P", forward: 1900, volatility: 0.6),
    ]
    let market = Market(
      time: Self.time, indexPrices: ["BTC": 62_800, "ETH": 1890], quotes: quotes)
    let book = Portfolio([
      Position(-10, quotes[0].instrument), Position(5, quotes[1].instrument),
      Position(100, quotes[2].instrument),
    ])
    let greeks = try PortfolioGreeks(of: book, in: market)
    let call = try quotes[0].greeks(at: Self.time)
    let put = try quotes[2].greeks(at: Self.time)
    let btc = try #require(greeks.byUnderlying["BTC"])
    let eth = try #require(greeks.byUnderlying["ETH"])
    #expect(isClose(btc.delta, 5 - 10 * call.delta, relative: 1e-14))
    #expect(isClose(btc.gamma, -10 * call.gamma, relative: 1e-14))
    #expect(isClose(eth.vega, 100 * put.vega, relative: 1e-14))
    #expect(
      isClose(greeks.dollarDelta, btc.delta * 62_800 + eth.delta * 1890, relative: 1e-14))
    #expect(
      isClose(
        greeks.dollarGammaPerPercent,
        (btc.gamma * 62_800 * 62_800 + eth.gamma * 1890 * 1890) / 100, relative: 1e-14))
    #expect(isClose(greeks.vegaPerPoint, (btc.vega + eth.vega) / 100, relative: 1e-14))
    #expect(isClose(greeks.thetaPerDay, (btc.theta + eth.theta) / 365, relative: 1e-14))
    #expect(
      isClose(
        greeks.value, -10 * quotes[0].mark * 63_000 + 100 * quotes[2].mark * 1900,
        relative: 1e-14))
    #expect(try PortfolioGreeks(of: Portfolio(), in: market).byUnderlying.isEmpty)
  }

  @Test("at and after expiry an option is worth its intrinsic value")
  func expiry() throws {
    let call = try Self.quote("BTC-25SEP26-64000-C", forward: 65_000)
    let expiry = try #require(call.instrument.expiry)
    #expect(try call.modelValue(at: expiry) == 1000)
    let later = Timestamp(secondsSince1970: expiry.secondsSince1970 + 3600)
    #expect(try call.modelValue(at: later) == 1000)
    #expect(try call.greeks(at: later) == Greeks(delta: 1))
  }

  @Test("an option without volatility, and an instrument without quote, are errors that name it")
  func missing() throws {
    let quote = try Self.quote("BTC-25SEP26-64000-C", forward: 63_000, volatility: nil)
    #expect(throws: MarketError.noVolatility("BTC-25SEP26-64000-C")) {
      try quote.greeks(at: Self.time)
    }
    let empty = Market(time: Self.time, indexPrices: [:], quotes: [])
    let book = Portfolio([Position(1, quote.instrument)])
    #expect(throws: MarketError.notQuoted("BTC-25SEP26-64000-C")) {
      try PortfolioGreeks(of: book, in: empty)
    }
    let unindexed = Market(time: Self.time, indexPrices: [:], quotes: [quote])
    #expect(throws: MarketError.noIndexPrice("BTC")) {
      try PortfolioGreeks(of: book, in: unindexed)
    }
    #expect(
      MarketError.noVolatility("X").description == "the quote of X has no implied volatility")
  }
}
