import Foundation
import LinearAlgebra
import Margin
import Pricing
import TestSupport
import Testing

@Suite("Scenario grid margin")
struct ScenarioGridTests {
  let market = SyntheticMarket.market()

  @Test("the two faces agree on random books", arguments: ScenarioGridProfile.Bundled.computed)
  func faces(bundled: ScenarioGridProfile.Bundled) throws {
    let methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: bundled))
    // A venue that rounds to 1e-9 coins is off by up to 1e-9 · 65,000 dollars.
    let compared = try MethodologyLaws.verifyFaces(
      of: methodology, in: market, books: 150, seed: 11, tolerance: 1e-8)
    #expect(compared == 900)
  }

  @Test("the convex face is convex", arguments: ScenarioGridProfile.Bundled.computed)
  func convexity(bundled: ScenarioGridProfile.Bundled) throws {
    let methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: bundled))
    try MethodologyLaws.verifyConvexity(of: methodology, in: market, books: 60, seed: 5)
  }

  @Test("empty, permuted and flat books", arguments: ScenarioGridProfile.Bundled.computed)
  func invariants(bundled: ScenarioGridProfile.Bundled) throws {
    let methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: bundled))
    try MethodologyLaws.verifyInvariants(of: methodology, in: market, seed: 7)
  }

  @Test("groups of one pool offset with a factor and a cap; dampened gains make an upper bound")
  func offsets() throws {
    let linear = SyntheticMarket.market(settlement: .linear)
    for (extended, dampener) in [(false, nil), (true, nil), (true, 25_000.0)] {
      var profile = try ScenarioGridProfile(bundled: .deribit)
      profile.underlyings = [
        "BTC_USDC": .init(priceRange: 0.16), "ETH_USDC": .init(priceRange: 0.18),
      ]
      profile.underlyings["BTC_USDC"]?.extendedDampener = dampener
      profile.groupOffsets = ["USDC": .init(offset: 0.6, maximumOffset: 4_000)]
      profile.refusals = nil
      if !extended { profile.scenarios.removeAll { $0.extended == true } }
      let methodology = ScenarioGridMargin(profile: profile)
      let face = try methodology.marginFunction(
        .initial, trading: [],
        on: Portfolio([Position(1, linear.listed[0]), Position(1, linear.listed[40])]),
        in: linear)
      #expect((face.relation == .exact) == (dampener == nil))
      _ = try MethodologyLaws.verifyFaces(
        of: methodology, in: linear, books: 60, seed: 3, tolerance: 1e-8)
      try MethodologyLaws.verifyConvexity(of: methodology, in: linear, books: 40, seed: 9)
    }
  }

  @Test("Paradex's published example: long a perpetual, short five calls of delta 0.3")
  func paradexMinimumDelta() throws {
    // docs.paradex.trade/risk/portfolio-margin: net 0.5, gross 2.5, hedged 1.0, spot 70,000.
    let spot = 70_000.0
    let time = SyntheticMarket.time
    let expiry = Timestamp(secondsSince1970: time.secondsSince1970 + 1e-3)
    let perpetual = Instrument(
      name: "BTC-USD-PERP", underlying: "BTC", settlement: .linear, kind: .perpetual)
    // Without volatility a call in the money has delta one, so that 0.3 of it is 0.3 delta.
    let call = Instrument(
      name: "BTC-USD-1-C", underlying: "BTC", settlement: .linear,
      kind: .option(expiry: expiry, strike: 1, right: .call))
    let market = Market(
      time: time, indexPrices: ["BTC": spot],
      quotes: [
        Quote(instrument: perpetual, mark: spot, forward: spot),
        Quote(instrument: call, mark: spot - 1, forward: spot, volatility: 0),
      ])
    let book = Portfolio([Position(1, perpetual), Position(-5 * 0.3, call)])
    let margin = try ScenarioGridMargin(profile: ScenarioGridProfile(bundled: .paradex))
      .margin(on: book, in: market)
    let minimum = try #require(margin.node(named: "minimum delta"))
    #expect(isClose(minimum.amount, 0.02 * 0.5 * spot + 0.01 * 1 * spot, relative: 1e-12))
  }

  @Test("an underlying without parameters is refused by name")
  func notCovered() throws {
    var profile = try ScenarioGridProfile(bundled: .deribit)
    profile.underlyings["ETH"] = nil
    let book = Portfolio([Position(1, try #require(market["ETH-PERPETUAL"]).instrument)])
    #expect(
      throws: MarginError.underlyingNotCovered("ETH", profile: profile.name, covered: ["BTC"])
    ) { try ScenarioGridMargin(profile: profile).margin(on: book, in: market) }
  }

  @Test("a delta beyond the delta-shock threshold is refused, not guessed")
  func beyondDeltaShock() throws {
    let methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .deribit))
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    let inside = Portfolio([Position(300, perpetual)])
    let beyond = Portfolio([Position(310, perpetual)])
    _ = try methodology.margin(on: inside, in: market)
    #expect(throws: MarginError.self) { try methodology.margin(on: beyond, in: market) }
    let face = try methodology.marginFunction(
      .initial, trading: [perpetual], on: inside, in: market)
    #expect(face.domain.map(\.upper) == [20_000_000])
  }
}

extension MarginRequirement {
  /// The first node of a name, depth first.
  func node(named name: String) -> MarginRequirement? {
    if self.name == name { return self }
    for part in parts { if let found = part.node(named: name) { return found } }
    return nil
  }
}
