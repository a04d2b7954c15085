import Foundation
import Margin
import Pricing
import TestSupport
import Testing

@Suite("Margin of options sold")
struct StandardOptionTests {
  static func options(_ settlement: Instrument.Settlement = .inverse) -> Market {
    let market = SyntheticMarket.market(settlement: settlement)
    return Market(
      time: market.time, indexPrices: market.indexPrices,
      quotes: market.quotes.filter { $0.instrument.isOption })
  }

  let market = Self.options()

  @Test("the faces agree on random books, in coins and in dollars")
  func faces() throws {
    var linear = try StandardOptionProfile.deribit()
    linear.settlement = .linear
    for (profile, market) in [
      (try StandardOptionProfile.deribit(), market), (linear, Self.options(.linear)),
    ] {
      let rule = StandardOptionMargin(profile: profile)
      let compared = try MethodologyLaws.verifyFaces(
        of: rule, in: market, books: 300, seed: 61, tolerance: 1e-11)
      #expect(compared == 1_800)
      try MethodologyLaws.verifyConvexity(of: rule, in: market, books: 60, seed: 62)
      try MethodologyLaws.verifyInvariants(of: rule, in: market, seed: 63)
    }
  }

  /// One coin of an option at strike `strike` sold at mark `mark`, the index at 50,000.
  private func sold(
    _ right: Instrument.Right, strike: Double, mark: Double, _ level: MarginLevel
  ) throws -> Double {
    let expiry = Timestamp(secondsSince1970: SyntheticMarket.time.secondsSince1970 + 86_400)
    let instrument = Instrument(
      name: "X", underlying: "BTC", settlement: .inverse,
      kind: .option(expiry: expiry, strike: strike, right: right))
    let market = Market(
      time: SyntheticMarket.time, indexPrices: ["BTC": 50_000],
      quotes: [Quote(instrument: instrument, mark: mark, forward: 50_000, volatility: 0.5)])
    let rule = StandardOptionMargin(profile: try .deribit())
    return try rule.margin(level, on: Portfolio([Position(-1, instrument)]), in: market).amount
      / 50_000
  }

  @Test("Deribit's formulas, in coins")
  func formulas() throws {
    // 4 % out of the money: 0.15 − 0.04 and the mark; far out 0.1; in the money 0.15.
    #expect(isClose(try sold(.call, strike: 52_000, mark: 0.02, .initial), 0.13, relative: 1e-12))
    #expect(isClose(try sold(.call, strike: 70_000, mark: 0.01, .initial), 0.11, relative: 1e-12))
    #expect(isClose(try sold(.call, strike: 40_000, mark: 0.21, .initial), 0.36, relative: 1e-12))
    #expect(
      isClose(try sold(.call, strike: 52_000, mark: 0.02, .maintenance), 0.095, relative: 1e-12))
    #expect(isClose(try sold(.put, strike: 49_000, mark: 0.02, .initial), 0.15, relative: 1e-12))
    #expect(
      isClose(try sold(.put, strike: 49_000, mark: 0.02, .maintenance), 0.095, relative: 1e-12))
    // A put worth three coins: maintenance is a share of the mark, and initial no less.
    #expect(
      isClose(try sold(.put, strike: 200_000, mark: 3, .maintenance), 3.225, relative: 1e-12))
    #expect(isClose(try sold(.put, strike: 200_000, mark: 3, .initial), 3.225, relative: 1e-12))
  }

  @Test("futures, other settlements and other underlyings are refused by name")
  func refusals() throws {
    let rule = StandardOptionMargin(profile: try .deribit())
    let all = SyntheticMarket.market()
    let future = try #require(all["BTC-D20"]).instrument
    #expect(throws: MarginError.self) {
      try rule.margin(on: Portfolio([Position(1, future)]), in: all)
    }
    let linear = Self.options(.linear)
    #expect(throws: MarginError.self) {
      try rule.margin(on: Portfolio([Position(-1, linear.listed[0])]), in: linear)
    }
    var profile = try StandardOptionProfile.deribit()
    profile.underlyings["BTC"] = nil
    #expect(throws: MarginError.self) {
      try StandardOptionMargin(profile: profile)
        .margin(on: Portfolio([Position(-1, market.listed[0])]), in: market)
    }
    profile.underlyings["ETH"]?.maintenanceRate = -1
    #expect(profile.firstFault?.field == "underlyings.ETH.maintenanceRate")
  }
}
