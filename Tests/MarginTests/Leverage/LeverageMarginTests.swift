import Foundation
import Margin
import Pricing
import TestSupport
import Testing

@Suite("Leverage and short-option margin: laws, faults and published cases")
struct LeverageMarginTests {
  /// Perpetuals and futures of both settlements.
  static let market: Market = {
    let (inverse, linear) = (
      SyntheticMarket.market(), SyntheticMarket.market(settlement: .linear)
    )
    return Market(
      time: inverse.time, indexPrices: inverse.indexPrices,
      quotes: (inverse.quotes + linear.quotes).filter { !$0.instrument.isOption })
  }()

  static func profile(
    _ btc: LeverageProfile.Parameters, _ others: LeverageProfile.Parameters
  ) -> LeverageProfile {
    LeverageProfile(
      name: "tiers", source: "made up for a test", effective: "2026-01-01",
      underlyings: ["BTC": btc], otherUnderlyings: others)
  }

  @Test("the faces agree: tiers exactly in maintenance, bounded else; rates by size bounded")
  func faces() throws {
    let dollars = LiquidationTests.tiers.map {
      LeverageTier(
        floor: $0.floor / 10, maintenanceRate: $0.maintenanceRate,
        maximumLeverage: $0.maximumLeverage)
    }
    let coins = [
      LeverageTier(floor: 0, maintenanceRate: 0.01, maximumLeverage: 50),
      LeverageTier(floor: 5, maintenanceRate: 0.02, maximumLeverage: 20),
    ]
    let bySize = LeverageProfile.Parameters(
      initialRate: 0.02, maintenanceRate: 0.01, sizeSlope: 0.0005)
    for (k, profile) in [
      Self.profile(.init(tiers: dollars), .init(tiers: coins, unit: .coins)),
      Self.profile(bySize, .init(tiers: dollars)),
    ].enumerated() {
      let margin = LeverageMargin(
        profile: profile, leverage: ["BTC-PERPETUAL": 30, "BTC_USDC-PERPETUAL": 5])
      let compared = try MethodologyLaws.verifyFaces(
        of: margin, in: Self.market, books: 200, seed: UInt64(91 + k), tolerance: 1e-11)
      #expect(compared == 1_200)
      let large = try MethodologyLaws.verifyFaces(
        of: margin, in: Self.market, books: 100, seed: UInt64(95 + k), tolerance: 1e-11, size: 300)
      #expect(large == 600)
      try MethodologyLaws.verifyConvexity(
        of: margin, in: Self.market, books: 60, seed: UInt64(93 + k))
      try MethodologyLaws.verifyInvariants(of: margin, in: Self.market, seed: UInt64(97 + k))
      let face = try margin.marginFunction(
        .maintenance, trading: Self.market.listed, on: Portfolio(), in: Self.market)
      #expect((face.relation == .exact) == (k == 0))
    }
  }

  @Test("secants are within 0.3 % of rates by size")
  func secants() throws {
    let margin = LeverageMargin(
      profile: Self.profile(
        .init(initialRate: 0.02, maintenanceRate: 0.01, sizeSlope: 0.00005),
        .init(tiers: LiquidationTests.tiers)), leverage: ["BTC_USDC-PERPETUAL": 25])
    let instrument = try #require(Self.market["BTC_USDC-PERPETUAL"]).instrument
    var random = TestRandom(seed: 99)
    for level in MarginLevel.allCases {
      let face = try margin.marginFunction(
        level, trading: [instrument], on: Portfolio(), in: Self.market)
      #expect(face.domain.count == 1)
      for _ in 0..<500 {
        let size = 19_000 * pow(Double.random(in: 0..<1, using: &random), 3)
        let exact = try margin.margin(
          level, on: Portfolio([Position(-size, instrument)]), in: Self.market
        ).amount
        let bound = face.function.value(at: [-size])
        #expect(bound >= exact * (1 - 1e-12) && bound <= 1.003 * exact)
      }
    }
  }

  @Test("short options in cross margin: the faces agree")
  func shortOptions() throws {
    let all = SyntheticMarket.market(settlement: .linear)
    let market = Market(
      time: all.time, indexPrices: all.indexPrices, quotes: all.quotes.filter(\.instrument.isOption)
    )
    var profile = try ShortOptionProfile.bybit()
    profile.verifiedRights = [.call, .put]
    let margin = ShortOptionMargin(profile: profile)
    #expect(
      try MethodologyLaws.verifyFaces(
        of: margin, in: market, books: 150, seed: 101, tolerance: 1e-11) == 900)
    try MethodologyLaws.verifyConvexity(of: margin, in: market, books: 60, seed: 102)
    try MethodologyLaws.verifyInvariants(of: margin, in: market, seed: 103)
    let bybit = ShortOptionMargin(profile: try .bybit())
    let call = try #require(market["BTC_USDC-D20-65000-C"]).instrument
    #expect {
      try bybit.margin(on: Portfolio([Position(-1, call)]), in: market)
    } throws: { "\($0)".contains("the margin of a short call") }
    #expect(try bybit.margin(on: Portfolio([Position(1, call)]), in: market).amount == 0)
    let face = try bybit.marginFunction(.initial, trading: [call], on: Portfolio(), in: market)
    #expect(face.domain.map(\.lower) == [0])
  }

  @Test(
    "published cases",
    .enabled(if: ReferenceData.isPresent, "needs the folder of reference data"),
    arguments: [("deribit_pme_and_perp", 6, 10, 1e-9), ("bybit_short_option_cross", 1, 2, 1e-9)])
  func published(name: String, count: Int, numbers: Int, error: Double) throws {
    let file = try ReferenceFile(contentsOf: ReferenceData.url("vectors/margin/\(name).json"))
    let methods: [any ReferenceMethod] = [
      LinearPerpetualReference(), ShortOptionReference(), StrategyMarginReference(),
    ]
    let own = methods.filter { $0.recognizes(file) }
    #expect(own.count == 1)
    let cases = try #require(own.first).cases(of: file)
    #expect(cases.count == count)
    var compared = 0
    for found in cases {
      #expect(found.passes(in: file), "\(found)")
      guard case .computed(let quantities) = found.outcome else { continue }
      for quantity in quantities {
        compared += 1
        // The file's tolerance of a dollar is for rounding up.
        #expect(isClose(quantity.found, quantity.expected, absolute: error), "\(found)")
      }
    }
    #expect(compared == numbers)
  }

  @Test("Deribit's bundled profile has the published rates, and refuses what it does not know")
  func bundled() throws {
    let margin = LeverageMargin(profile: try .deribitLinearPerpetuals())
    let perpetual = try #require(Self.market["BTC_USDC-PERPETUAL"])
    let amount = try margin.margin(
      on: Portfolio([Position(-25, perpetual.instrument)]), in: Self.market
    ).amount
    #expect(isClose(amount, 25 * perpetual.mark * 0.02125, relative: 1e-12))
    func refusal(_ name: String, _ margin: LeverageMargin) -> String {
      do {
        let instrument = try #require(
          Self.market[name] ?? SyntheticMarket.market()[name]
        ).instrument
        _ = try margin.margin(on: Portfolio([Position(1, instrument)]), in: Self.market)
        return ""
      } catch { return "\(error)" }
    }
    #expect(refusal("ETH_USDC-PERPETUAL", margin).contains("it covers BTC, SOL"))
    #expect(refusal("BTC-PERPETUAL", margin).contains("it is inverse"))
    #expect(refusal("BTC_USDC-D20", margin).contains("it is a future"))
    #expect(refusal("BTC-D20-65000-C", margin).contains("it is an option"))
    let chosen = LeverageMargin(
      profile: try .deribitLinearPerpetuals(), leverage: ["BTC_USDC-PERPETUAL": 0.5])
    #expect(refusal("BTC_USDC-PERPETUAL", chosen).contains("must be at least 1"))
  }

  @Test(
    "a faulty profile is refused with the field at fault",
    arguments: [
      ("\"floor\": 50000,", "\"floor\": 0,", "underlyings.BTC.tiers[1].floor"),
      ("\"floor\": 0,", "\"floor\": 1,", "underlyings.BTC.tiers[0].floor"),
      (
        "\"maintenanceRate\": 0.005", "\"maintenanceRate\": 0.001",
        "underlyings.BTC.tiers[1].maintenanceRate"
      ),
      (
        "\"maintenanceRate\": 0.004", "\"maintenanceRate\": 1",
        "underlyings.BTC.tiers[0].maintenanceRate"
      ),
      (
        "\"maximumLeverage\": 100", "\"maximumLeverage\": 200",
        "underlyings.BTC.tiers[1].maximumLeverage"
      ),
      (
        "\"maximumLeverage\": 125", "\"maximumLeverage\": 0.5",
        "underlyings.BTC.tiers[0].maximumLeverage"
      ),
      (
        "\"maintenanceAmount\": 50", "\"maintenanceAmount\": 60",
        "underlyings.BTC.tiers[1].maintenanceAmount"
      ),
      ("\"sizeSlope\": 0.1", "\"sizeSlope\": -0.1", "otherUnderlyings.sizeSlope"),
      ("\"sizeSlope\": 0.1, ", "", "otherUnderlyings.sizeSlope"),
      ("\"initialRate\": 0.02, ", "", "otherUnderlyings.initialRate"),
      ("\"sizeSlope\": 0.1", "\"unit\": \"coins\"", "otherUnderlyings.unit"),
      ("[\"perpetual\"]", "[\"option\"]", "contracts[0]"),
    ])
  func faults(original: String, replacement: String, field: String) throws {
    let text = """
      {"name": "p", "source": "s", "effective": "2026-01-01", "contracts": ["perpetual"],
       "settlements": ["linear"], "underlyings": {"BTC": {"tiers": [
         {"floor": 0, "maintenanceRate": 0.004, "maximumLeverage": 125},
         {"floor": 50000, "maintenanceRate": 0.005, "maximumLeverage": 100, "maintenanceAmount": 50}
       ]}},
       "otherUnderlyings": {"sizeSlope": 0.1, "initialRate": 0.02, "maintenanceRate": 0.01}}
      """
    #expect(try LeverageProfile(json: Data(text.utf8)).underlyings.count == 1)
    #expect {
      try LeverageProfile(
        json: Data(text.replacing(original, with: replacement, maxReplacements: 1).utf8))
    } throws: { error in
      guard case .profile(_, let named, _)? = error as? MarginError else { return false }
      return named == field
    }
  }

  @Test("a faulty profile of short options is refused with the field at fault")
  func shortOptionFaults() throws {
    var profile = try ShortOptionProfile.bybit()
    profile.maintenanceRate = .nan
    #expect(profile.firstFault?.field == "maintenanceRate")
    profile = try .bybit()
    profile.verifiedRights = []
    #expect(profile.firstFault?.field == "verifiedRights")
    #expect(throws: MarginError.self) {
      try ShortOptionMargin(profile: profile).requirement(
        .initial, right: .put, strike: 1, mark: 1, index: 1)
    }
    let valid = ShortOptionMargin(profile: try .bybit())
    #expect(throws: MarginError.self) {
      try valid.requirement(.initial, right: .put, strike: 1, mark: .nan, index: 1)
    }
  }
}
