import Margin
import Pricing
import TestSupport
import Testing

@Suite("OCC and FINRA portfolio margin")
struct PortfolioMarginTIMSTests {
  static let time = SyntheticMarket.time
  static let prices = ["SPX": 5_000.0, "RUT": 2_000, "XYZ": 100, "ABC": 50]

  /// Shares, held as perpetuals, and options on two indices and two shares.
  static func market() -> Market {
    let expiry = Timestamp(secondsSince1970: time.secondsSince1970 + 30 * 86_400)
    var quotes: [Quote] = []
    for (name, price) in prices.sorted(by: { $0.key < $1.key }) {
      func add(_ suffix: String, _ kind: Instrument.Kind, _ mark: Double, _ volatility: Double?) {
        quotes.append(
          Quote(
            instrument: Instrument(
              name: "\(name)\(suffix)", underlying: name, settlement: .linear, kind: kind),
            mark: mark, forward: price, volatility: volatility))
      }
      add("", .perpetual, price, nil)
      for ratio in [0.8, 0.95, 1, 1.1, 1.3] {
        for right in [Instrument.Right.call, .put] {
          let strike = price * ratio
          add(
            "-\(Int(strike))-\(right)", .option(expiry: expiry, strike: strike, right: right),
            Black76.value(
              of: right, forward: price, strike: strike, volatility: 0.3, time: 30.0 / 365), 0.3)
        }
      }
    }
    return Market(time: time, indexPrices: prices, quotes: quotes)
  }

  let market = Self.market()

  private func margin(_ positions: [(String, Double)]) throws -> MarginRequirement {
    try ScenarioGridMargin(profile: ScenarioGridProfile(bundled: .tims)).margin(
      on: Portfolio(
        try positions.map { Position($0.1, try #require(market[$0.0]).instrument) }), in: market)
  }

  @Test("the ranges are those of the classes, and not symmetric for high-capitalization indices")
  func ranges() throws {
    for (name, long, short) in [
      ("SPX", 0.08, 0.06), ("RUT", 0.1, 0.1), ("XYZ", 0.15, 0.15),
    ] {
      let price = try #require(Self.prices[name])
      #expect(isClose(try margin([(name, 100)]).amount, 100 * price * long, relative: 1e-12))
      #expect(isClose(try margin([(name, -100)]).amount, 100 * price * short, relative: 1e-12))
    }
  }

  @Test("shares hedged by a put lose no more than the distance to the strike and the premium")
  func protectivePut() throws {
    let put = try #require(market["XYZ-95-put"])
    let amount = try margin([("XYZ", 100), ("XYZ-95-put", 100)]).amount
    // At −15 % the put is worth its intrinsic value and a little time.
    let moved = Black76.value(
      of: .put, forward: 85, strike: 95, volatility: 0.3, time: 30.0 / 365)
    let worst =
      (0...4).map { k -> Double in
        let price = 100 * (1 - 0.03 * Double(k + 1))
        return 100
          * (100 - price
            + put.mark
            - Black76.value(of: .put, forward: price, strike: 95, volatility: 0.3, time: 30.0 / 365))
      }.max() ?? 0
    #expect(isClose(amount, worst, relative: 1e-10))
    #expect(amount <= 100 * (5 + put.mark) && moved > 10)
  }

  @Test("a box without risk needs the minimum of $37.50 for each of its four contracts")
  func minimum() throws {
    let box = [
      ("XYZ-95-call", 100.0), ("XYZ-95-put", -100), ("XYZ-110-call", -100), ("XYZ-110-put", 100),
    ]
    #expect(try margin(box).amount == 150)
  }

  @Test("gains in a product group offset losses by the percentage of the group")
  func groups() throws {
    var profile = try ScenarioGridProfile(bundled: .tims)
    for name in ["SPX", "RUT"] { profile.underlyings[name]?.productGroup = "indices" }
    let book = Portfolio([
      Position(100, try #require(market["SPX"]).instrument),
      Position(-100, try #require(market["RUT"]).instrument),
    ])
    func amount(_ offset: Double?) throws -> Double {
      profile.groupOffsets = offset.map { ["indices": .init(offset: $0)] }
      return try ScenarioGridMargin(profile: profile).margin(on: book, in: market).amount
    }
    #expect(isClose(try amount(nil), 40_000, relative: 1e-12))
    #expect(isClose(try amount(0.9), 40_000 - 0.9 * 20_000, relative: 1e-12))
    #expect(isClose(try amount(1), 20_000, relative: 1e-12))
  }

  @Test("the faces agree on random books, with and without groups")
  func faces() throws {
    var profile = try ScenarioGridProfile(bundled: .tims)
    for offset in [nil, 0.9] {
      if let offset {
        for name in ["SPX", "RUT"] { profile.underlyings[name]?.productGroup = "indices" }
        profile.groupOffsets = ["indices": .init(offset: offset)]
      }
      let rule = ScenarioGridMargin(profile: profile)
      let book = Portfolio([Position(1, market.listed[0]), Position(1, market.listed[30])])
      let face = try rule.marginFunction(.initial, trading: [], on: book, in: market)
      #expect(face.relation == .exact)
      let compared = try MethodologyLaws.verifyFaces(
        of: rule, in: market, books: 250, seed: 51, tolerance: 1e-10, size: 1_000)
      #expect(compared == 1_500)
      try MethodologyLaws.verifyConvexity(of: rule, in: market, books: 50, seed: 52)
      try MethodologyLaws.verifyInvariants(of: rule, in: market, seed: 53)
    }
  }
}

@Suite("Rules that are not known in full are refused by name")
struct RefusedRuleTests {
  @Test(
    "OKX, Bybit and Binance say what is missing, to both faces",
    arguments: [
      (ScenarioGridProfile.Bundled.okx, "MR5"), (.bybit, "contingencies"),
      (.binance, "maintenance margin of options"),
    ])
  func venues(bundled: ScenarioGridProfile.Bundled, missing: String) throws {
    let market = SyntheticMarket.market()
    let rule = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: bundled))
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    func isRefusal(_ error: any Error) -> Bool {
      guard case .unverifiedRule(let part, let profile)? = error as? MarginError else {
        return false
      }
      return part.contains(missing) && profile == rule.name
    }
    #expect {
      try rule.margin(on: Portfolio([Position(1, perpetual)]), in: market)
    } throws: { isRefusal($0) }
    #expect {
      try rule.marginFunction(.initial, trading: [perpetual], on: Portfolio(), in: market)
    } throws: { isRefusal($0) }
    #expect(try rule.margin(on: Portfolio(), in: market).amount == 0)
  }

  @Test("Deribit's pool of several underlyings reaches the correlation contingency")
  func correlation() throws {
    let market = SyntheticMarket.market(settlement: .linear)
    var profile = try ScenarioGridProfile(bundled: .deribit)
    profile.underlyings["BTC_USDC"] = .init(priceRange: 0.16)
    profile.underlyings["ETH_USDC"] = .init(priceRange: 0.18)
    let rule = ScenarioGridMargin(profile: profile)
    let bitcoin = Position(1, try #require(market["BTC_USDC-PERPETUAL"]).instrument)
    let ether = Position(1, try #require(market["ETH_USDC-PERPETUAL"]).instrument)
    _ = try rule.margin(on: Portfolio([bitcoin]), in: market)
    #expect {
      try rule.margin(on: Portfolio([bitcoin, ether]), in: market)
    } throws: { "\($0)".contains("correlation contingency") }
  }
}
