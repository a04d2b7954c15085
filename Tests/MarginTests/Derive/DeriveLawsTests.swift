import Margin
import MarginSamples
import Pricing
import TestSupport
import Testing

@Suite("Derive's rules under the laws of all methodologies")
struct DeriveLawsTests {
  /// Derive lists no dated futures.
  static let market: Market = {
    let listed = SyntheticMarket.market(settlement: .linear)
    return Market(
      time: listed.time, indexPrices: listed.indexPrices,
      quotes: listed.quotes.filter {
        if case .future = $0.instrument.kind { false } else { true }
      })
  }()

  @Test(
    "portfolio margin: the convex face is exact, or never below the rule",
    arguments: [
      (DeriveSamples.pmrm1, true), (DeriveSamples.pmrm2, false), (DeriveSamples.pmrm2NoSkew, true),
    ])
  func portfolioFaces(profile: DerivePortfolioMarginProfile, isExact: Bool) throws {
    let rule = DerivePortfolioMargin(profile: profile, interestRate: 0.06)
    let face = try rule.marginFunction(
      .initial, trading: Array(Self.market.listed.prefix(9)), on: Portfolio(), in: Self.market)
    #expect((face.relation == .exact) == isExact)
    let compared = try MethodologyLaws.verifyFaces(
      of: rule, in: Self.market, books: 170, seed: 17, tolerance: 1e-9)
    #expect(compared == 1020)
    try MethodologyLaws.verifyConvexity(of: rule, in: Self.market, books: 40, seed: 5)
    try MethodologyLaws.verifyInvariants(of: rule, in: Self.market, seed: 7)
  }

  @Test("the Standard Manager: the convex face is never below the rule")
  func standardFaces() throws {
    let rule = DeriveStandardMargin(profile: DeriveSamples.standard)
    let compared = try MethodologyLaws.verifyFaces(
      of: rule, in: Self.market, books: 170, seed: 19, tolerance: 1e-9)
    #expect(compared == 1020)
    try MethodologyLaws.verifyConvexity(of: rule, in: Self.market, books: 40, seed: 6)
    try MethodologyLaws.verifyInvariants(of: rule, in: Self.market, seed: 8)
  }

  @Test(
    "the least over all choices of a floor is the rule",
    arguments: [
      (DeriveSamples.pmrm2, 0.1), (DeriveSamples.pmrm2, 0.0),
      (DeriveSamples.gainsBeforeDebts, 0.05),
    ])
  func floors(profile: DerivePortfolioMarginProfile, rate: Double) throws {
    let listed = SyntheticMarket.market(expiryDays: [20], settlement: .linear)
    let market = Market(
      time: listed.time, indexPrices: ["BTC": 65_000],
      quotes: listed.quotes.filter {
        if case .future = $0.instrument.kind { false } else { $0.instrument.underlying == "BTC" }
      })
    let rule = DerivePortfolioMargin(profile: profile, interestRate: rate)
    let floor = try #require(
      try rule.marginFunction(.initial, trading: market.listed, on: Portfolio(), in: market).floor)
    #expect(floor.closes)
    let compared = try MethodologyLaws.verifyFaces(
      of: rule, in: market, books: 100, seed: 29, tolerance: 1e-9, trades: 5)
    #expect(compared == 600)
  }

  @Test("upper bounds are equal to the rule where nothing is traded")
  func boundsAtNoTrade() throws {
    var random = TestRandom(seed: 23)
    for _ in 0..<60 {
      let book = SyntheticMarket.book(of: 10, in: Self.market, random: &random)
      let rules: [any ConvexMarginMethodology] = [
        DerivePortfolioMargin(profile: DeriveSamples.pmrm2, interestRate: 0.1),
        DerivePortfolioMargin(profile: DeriveSamples.pmrm1),
      ]
      for rule in rules {
        let face = try rule.marginFunction(
          .initial, trading: [Self.market.listed[0]], on: book, in: Self.market)
        let exact = try rule.margin(on: book, in: Self.market).amount
        #expect(isClose(face.function.value(at: [0]), exact, relative: 1e-11))
      }
    }
  }

  @Test("a dated future, a second perpetual and a missing volatility are refused by name")
  func refusals() throws {
    let full = SyntheticMarket.market(settlement: .linear)
    let rule = DerivePortfolioMargin(profile: DeriveSamples.pmrm1)
    let future = try #require(full["BTC_USDC-D20"]).instrument
    #expect(
      throws: MarginError.instrumentNotCovered(
        "BTC_USDC-D20", profile: "PMRM 1 sample", reason: "it knows no dated futures")
    ) {
      try rule.margin(on: Portfolio([Position(1, future)]), in: full)
    }
    let perpetual = try #require(full["BTC_USDC-PERPETUAL"])
    var second = perpetual
    second.instrument = Instrument(
      name: "BTC-PERPETUAL", underlying: "BTC", settlement: .inverse, kind: .perpetual)
    var option = try #require(full.quotes.first { $0.instrument.isOption })
    option.volatility = nil
    let market = Market(
      time: full.time, indexPrices: full.indexPrices, quotes: [perpetual, second, option])
    #expect(throws: MarginError.self) {
      try rule.margin(
        on: Portfolio([Position(1, perpetual.instrument), Position(1, second.instrument)]),
        in: market)
    }
    #expect(throws: MarketError.noVolatility(option.instrument.name)) {
      try rule.margin(on: Portfolio([Position(1, option.instrument)]), in: market)
    }
  }
}
