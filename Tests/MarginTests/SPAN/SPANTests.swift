import Foundation
import Margin
import MarginSamples
import Pricing
import TestSupport
import Testing

@Suite("SPAN")
struct SPANTests {
  let market = SyntheticMarket.market()

  @Test("the faces agree on random books where no spread is charged", arguments: [0, 1, 2])
  func exactFaces(kind: Int) throws {
    let rule = SPANMargin(
      parameters: SPANSamples.convex(futuresStyle: kind == 1, separately: kind == 2))
    let face = try rule.marginFunction(.initial, trading: [], on: Portfolio(), in: market)
    #expect(face.relation == .exact)
    let compared = try MethodologyLaws.verifyFaces(
      of: rule, in: market, books: 400, seed: 3, tolerance: 1e-10)
    #expect(compared == 2_400)
    try MethodologyLaws.verifyConvexity(of: rule, in: market, books: 60, seed: 4)
    try MethodologyLaws.verifyInvariants(of: rule, in: market, seed: 5)
  }

  @Test("with spreads and credits the convex face is a bound, and says why")
  func boundingFaces() throws {
    let rule = SPANMargin(parameters: SPANSamples.spreading())
    let book = Portfolio([Position(1, market.listed[0]), Position(1, market.listed[40])])
    let face = try rule.marginFunction(.initial, trading: [], on: book, in: market)
    guard case .upperBound(let reason) = face.relation else {
      Issue.record("the face claims to be exact")
      return
    }
    #expect(reason.contains("calendar") && reason.contains("credits"))
    _ = try MethodologyLaws.verifyFaces(
      of: rule, in: market, books: 400, seed: 13, tolerance: 1e-10)
    try MethodologyLaws.verifyConvexity(of: rule, in: market, books: 40, seed: 14)
    try MethodologyLaws.verifyInvariants(of: rule, in: market, seed: 15)
  }

  @Test("the bound exceeds the exact margin by what spreads could cost and credits give, at most")
  func tightness() throws {
    let rule = SPANMargin(parameters: SPANSamples.spreading())
    var random = TestRandom(seed: 17)
    var ratios: [Double] = []
    for _ in 0..<200 {
      let book = SyntheticMarket.book(of: 10, in: market, random: &random)
      let exact = try rule.margin(on: book, in: market).amount
      let face = try rule.marginFunction(.initial, trading: [], on: book, in: market).function
      let deltas = try rule.books(of: book, in: market).reduce(0) { sum, book in
        sum + book.holdings.reduce(0) { $0 + abs($1.quantity * $1.contract.delta) }
      }
      var free = rule
      free.parameters.interCommoditySpreads = nil
      let credits = try free.margin(on: book, in: market).amount - exact
      // 40 dollars for the two deltas of the dearest spread, 30 in the spot month, times 1.1.
      #expect(face.value(at: []) <= exact + credits + 1.1 * (20 + 30) * deltas + 1e-6)
      if exact > 0 { ratios.append(face.value(at: []) / exact) }
    }
    print("SPAN's bound over the exact margin: median \(ratios.sorted()[ratios.count / 2])")
  }

  @Test("a future is scanned over its range; an extreme move counts as its share says")
  func future() throws {
    var parameters = SPANSamples.convex()
    parameters.commodities["BTC"]?.spotMonth = nil
    let future = try #require(market["BTC-D20"])
    for (move, weight, multiple) in [(2.0, 0.35, 1.0), (3.0, 0.5, 1.5)] {
      parameters.extremeMove = move
      parameters.extremeWeight = weight
      let rule = SPANMargin(parameters: parameters)
      for quantity in [7.0, -7] {
        let margin = try rule.margin(
          .maintenance, on: Portfolio([Position(quantity, future.instrument)]), in: market)
        let index = try market.indexPrice(of: "BTC")
        let expected = 7 * 6_500 * multiple * future.forward / index
        #expect(isClose(margin.amount, expected, relative: 1e-12))
      }
    }
  }

  @Test("of a future the whole scan risk is price risk, and the first of tied scenarios is active")
  func priceRisk() {
    let future = SPANContract(
      "future", losses: SPANScenario.standard().map { -10_000 * $0.price * $0.weight }, delta: 1)
    let scan = SPANScan([(future, 1)], count: 16)
    #expect(scan.scanRisk == 10_000 && scan.activeScenario == 12)
    #expect(scan.priceRisk == 10_000)
  }

  @Test("options sold far out of the money need the minimum, bought ones no more than their value")
  func shortOptionMinimum() throws {
    let call = try #require(market["BTC-D2-91000-C"])
    let rule = SPANMargin(parameters: SPANSamples.convex())
    let sold = try rule.margin(
      .maintenance, on: Portfolio([Position(-3, call.instrument)]), in: market)
    let value = try call.modelValue(at: market.time)
    // The minimum is more than the risk, and the buyer's value is owed on top.
    #expect(isClose(sold.amount, 3 * 120 + 3 * value, relative: 1e-6))
    let long = try #require(market["BTC-D95-65000-C"]).instrument
    let bought = try rule.margin(.maintenance, on: Portfolio([Position(3, long)]), in: market)
    #expect(bought.amount == 0)
  }

  @Test("what SPAN cannot take is refused by name")
  func refusals() throws {
    var parameters = SPANSamples.convex()
    parameters.commodities["ETH"] = nil
    let book = Portfolio([Position(1, try #require(market["ETH-PERPETUAL"]).instrument)])
    #expect(throws: MarginError.self) {
      try SPANMargin(parameters: parameters).margin(on: book, in: market)
    }
    parameters = SPANSamples.convex()
    parameters.commodities["ETH"]?.tiers = [.init("far", from: "2026-04")]
    parameters.commodities["ETH"]?.spotMonth?.tier = "far"
    #expect {
      try SPANMargin(parameters: parameters).margin(on: book, in: market)
    } throws: { "\($0)".contains("no tier has perpetuals") }
    parameters = SPANSamples.convex()
    parameters.commodities["ETH"]?.priceScanRange = 1_000
    #expect(throws: MarginError.self) {
      try SPANMargin(parameters: parameters).margin(on: book, in: market)
    }
  }

  @Test("a market with numbers that are none is refused, without a crash", arguments: [0, 1, 2, 3])
  func spoiltMarket(k: Int) throws {
    let option = try #require(market["BTC-D20-65000-C"]).instrument
    var quotes = market.quotes
    let i = try #require(quotes.firstIndex { $0.instrument == option })
    var prices = market.indexPrices
    switch k {
    case 0: quotes[i].volatility = .nan
    case 1: quotes[i].forward = -1
    case 2: quotes[i].forward = .nan
    default: prices["BTC"] = .nan
    }
    let spoilt = Market(time: market.time, indexPrices: prices, quotes: quotes)
    let rule = SPANMargin(parameters: SPANSamples.convex())
    let book = Portfolio([Position(1, option)])
    #expect(throws: MarginError.self) { try rule.margin(on: book, in: spoilt) }
    #expect(throws: MarginError.self) {
      try rule.marginFunction(.initial, trading: [option], on: Portfolio(), in: spoilt)
    }
    #expect(throws: MarginError.self) {
      try rule.margin(on: Portfolio([Position(.nan, option)]), in: market)
    }
  }

  private static let spoilt: [(field: String, spoil: @Sendable (inout SPANParameters) -> Void)] = [
    ("commodities.BTC.priceScanRange", { $0.commodities["BTC"]?.priceScanRange = -1 }),
    ("commodities.BTC.spotMonth.tier", { $0.commodities["BTC"]?.spotMonth?.tier = "x" }),
    ("commodities.ETH.tiers[0].through", { $0.commodities["ETH"]?.tiers?[0].through = "March" }),
    ("commodities.ETH.spreads[1].rate", { $0.commodities["ETH"]?.spreads?[1].rate = .nan }),
    (
      "commodities.ETH.spreads[0].legs[1].tier",
      { $0.commodities["ETH"]?.spreads?[0].legs[1].tier = "x" }
    ),
    (
      "commodities.ETH.spreads[0].legs",
      { $0.commodities["ETH"]?.spreads?[0].legs[1].side = .a }
    ),
    ("extremeWeight", { $0.extremeWeight = 2 }), ("initialFactor", { $0.initialFactor = 0.5 }),
    ("interCommoditySpreads[0].creditRate", { $0.interCommoditySpreads?[0].creditRate = 1.5 }),
    (
      "interCommoditySpreads[0].legs[1].commodity",
      { $0.interCommoditySpreads?[0].legs[1].commodity = "SOL" }
    ),
    (
      "interCommoditySpreads[0].legs[0].deltaRatio",
      { $0.interCommoditySpreads?[0].legs[0].deltaRatio = 0 }
    ),
  ]

  @Test("a fault in the parameters is named", arguments: 0..<11)
  func faults(k: Int) throws {
    let (field, spoil) = Self.spoilt[k]
    var parameters = SPANSamples.spreading()
    spoil(&parameters)
    #expect(parameters.firstFault?.field == field)
    #expect("\(field)") {
      try SPANMargin(parameters: parameters).margin(
        on: Portfolio([Position(1, market.listed[0])]), in: market)
    } throws: {
      guard case .profile(_, let named, _)? = $0 as? MarginError else { return false }
      return named == field
    }
  }

  @Test("parameters survive JSON; a file without a source is refused with the field")
  func json() throws {
    let parameters = SPANSamples.spreading()
    let data = try JSONEncoder().encode(parameters)
    #expect(try SPANParameters(json: data) == parameters)
    let text = String(decoding: data, as: UTF8.self)
      .replacing("\"source\"", with: "\"sauce\"", maxReplacements: 1)
    #expect {
      try SPANParameters(json: Data(text.utf8), fileName: "p.json")
    } throws: {
      $0 as? MarginError == .profile("p.json", field: "source", reason: "is missing")
    }
  }
}
