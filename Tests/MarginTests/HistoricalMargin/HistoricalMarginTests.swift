import Foundation
import LinearAlgebra
import Margin
import Pricing
import RiskModels
import Simulation
import TestSupport
import Testing

@Suite("Historical margin")
struct HistoricalMarginTests {
  let market = SyntheticMarket.market()

  static func scenarios(_ count: Int, size: Double, days: Double = 2, seed: UInt64) throws
    -> ScenarioSet
  {
    var random = TestRandom(seed: seed)
    return try ScenarioSet(
      underlyings: ["BTC", "ETH"],
      spotReturns: Matrix(rows: count, columns: 2) { _, _ in size * random.signedUnit() },
      volatilityReturns: Matrix(rows: count, columns: 2) { _, _ in size * random.signedUnit() },
      horizon: days / 365)
  }

  static func profile(
    measure: HistoricalMarginProfile.Measure = .expectedShortfall, addOns: Bool = true
  ) -> HistoricalMarginProfile {
    var profile = HistoricalMarginProfile(
      name: "historical margin of tests", source: "made up", effective: "2026-01-01",
      measure: measure, confidence: 0.99, liquidationDays: 2,
      antiProcyclicality: .init(buffer: 0.25, stressedWeight: 0.25, floor: true),
      counterpartyMultipliers: ["A": 1, "B": 1.2], maintenanceFactor: 0.75)
    if addOns {
      profile.concentration = .init(
        dailyVolumes: ["BTC": 10, "ETH": 5],
        brackets: [.init(multiple: 0.25, rate: 0.01), .init(multiple: 1, rate: 0.03)])
      profile.liquidity = .init(halfSpreads: 2, unquotedRate: 0.002)
      profile.jumps = [.init(underlying: "ETH", move: -0.9, share: 0.1)]
    }
    return profile
  }

  static func methodology(
    measure: HistoricalMarginProfile.Measure = .expectedShortfall, addOns: Bool = true
  ) throws -> HistoricalMargin {
    HistoricalMargin(
      profile: profile(measure: measure, addOns: addOns),
      current: try scenarios(300, size: 0.1, seed: 1),
      stressed: try scenarios(120, size: 0.3, seed: 2),
      lookback: try scenarios(500, size: 0.12, seed: 3), counterpartyClass: "B")
  }

  @Test(
    "the faces agree, or the shortfall bounds the value at risk",
    arguments: [HistoricalMarginProfile.Measure.expectedShortfall, .valueAtRisk])
  func faces(measure: HistoricalMarginProfile.Measure) throws {
    let rule = try Self.methodology(measure: measure)
    let compared = try MethodologyLaws.verifyFaces(
      of: rule, in: market, books: 170, seed: 6, tolerance: 1e-10)
    #expect(compared == 1_020)
    try MethodologyLaws.verifyConvexity(of: rule, in: market, books: 20, seed: 7)
    try MethodologyLaws.verifyInvariants(of: rule, in: market, seed: 8)
  }

  @Test("the blend, the buffer and the floor are those of the formula")
  func formula() throws {
    var rule = try Self.methodology(addOns: false)
    var random = TestRandom(seed: 4)
    for size in [0.02, 0.12, 0.5] {
      rule.lookback = try Self.scenarios(500, size: size, seed: 3)
      let book = SyntheticMarket.book(of: 9, in: market, random: &random)
      func shortfall(_ set: ScenarioSet?) throws -> Double {
        max(0, try #require(set).losses(of: book, in: market).expectedShortfall(0.99))
      }
      let blend =
        0.75 * (try shortfall(rule.current)) + 0.25 * (try shortfall(rule.stressed))
      let expected = 1.2 * max(1.25 * blend, try shortfall(rule.lookback))
      let found = try rule.margin(on: book, in: market)
      #expect(isClose(found.amount, expected, relative: 1e-12))
      #expect(found.amount >= 1.2 * (try shortfall(rule.lookback)) * (1 - 1e-12))
      let maintenance = try rule.margin(.maintenance, on: book, in: market).amount
      #expect(isClose(maintenance, 0.75 * expected, relative: 1e-12))
    }
  }

  @Test("a stressed period that stays lowers the ratio of peak to trough, a floor lifts the trough")
  func procyclicality() throws {
    let book = Portfolio([Position(4, try #require(market["ETH-PERPETUAL"]).instrument)])
    func series(_ rule: HistoricalMarginProfile.AntiProcyclicality?) throws -> [Double] {
      var methodology = try Self.methodology(addOns: false)
      methodology.profile.antiProcyclicality = rule
      return try [0.05, 0.02, 0.1, 0.3, 0.04].enumerated().map { t, size in
        methodology.current = try Self.scenarios(300, size: size, seed: UInt64(t))
        return try methodology.margin(on: book, in: market).amount
      }
    }
    let plain = try series(nil)
    let blended = try series(.init(stressedWeight: 0.25))
    #expect(Procyclicality(blended).peakToTrough < Procyclicality(plain).peakToTrough)
    let floored = try series(.init(floor: true))
    #expect(zip(floored, plain).allSatisfy { $0 >= $1 })
    #expect((floored.min() ?? 0) > 2 * (plain.min() ?? 0))
    let buffered = try series(.init(buffer: 0.25))
    #expect(zip(buffered, plain).allSatisfy { isClose($0, 1.25 * $1, relative: 1e-12) })
  }

  @Test("value at risk is the order statistic: the loss after the worst n (1 − c)")
  func valueAtRisk() throws {
    var profile = Self.profile(measure: .valueAtRisk, addOns: false)
    profile.antiProcyclicality = nil
    profile.confidence = 0.97
    let set = try Self.scenarios(200, size: 0.1, seed: 1)
    let rule = HistoricalMargin(profile: profile, current: set)
    var random = TestRandom(seed: 14)
    let book = SyntheticMarket.book(of: 9, in: market, random: &random)
    let losses = try set.losses(of: book, in: market).losses.sorted(by: >)
    #expect(isClose(try rule.margin(on: book, in: market).amount, losses[6], relative: 1e-12))
  }

  @Test("losses over a day are scaled by the root of the liquidation period, or refused")
  func scaling() throws {
    var profile = Self.profile(addOns: false)
    profile.antiProcyclicality = nil
    profile.liquidationDays = 5
    let daily = try Self.scenarios(200, size: 0.1, days: 1, seed: 1)
    let book = Portfolio([Position(2, try #require(market["BTC-PERPETUAL"]).instrument)])
    #expect(throws: MarginError.self) {
      try HistoricalMargin(profile: profile, current: daily).margin(on: book, in: market)
    }
    profile.scaling = .squareRootOfTime
    let margin = try HistoricalMargin(profile: profile, current: daily)
      .margin(on: book, in: market).amount
    let one = try daily.losses(of: book, in: market).expectedShortfall(0.99)
    #expect(isClose(margin, 5.squareRoot() * one, relative: 1e-12))
  }

  @Test("add-ons of a perpetual are what their formulas say")
  func addOns() throws {
    let quote = try #require(market["BTC-PERPETUAL"])
    let rule = try Self.methodology()
    let margin = try rule.margin(on: Portfolio([Position(-30, quote.instrument)]), in: market)
    let parts = Dictionary(uniqueKeysWithValues: margin.parts.map { ($0.name, $0.amount) })
    let index = 65_000.0
    let concentration = index * (0.01 * (30 - 2.5) + 0.03 * (30 - 10))
    #expect(isClose(parts["concentration"] ?? 0, concentration, relative: 1e-12))
    let half = (try #require(quote.ask) - (try #require(quote.bid))) / 2
    #expect(isClose(parts["liquidity"] ?? 0, 30 * 2 * half, relative: 1e-12))
    #expect(parts["jumps"] == 0)
    let ether = try #require(market["ETH-PERPETUAL"])
    let jump = try rule.margin(on: Portfolio([Position(3, ether.instrument)]), in: market)
      .parts.first { $0.name == "jumps" }
    #expect(isClose(jump?.amount ?? 0, 0.1 * 3 * 0.9 * ether.forward, relative: 1e-12))
  }

  @Test("what is missing is named")
  func missing() throws {
    let book = Portfolio([Position(1, try #require(market["BTC-PERPETUAL"]).instrument)])
    let spoilt: [(String, (inout HistoricalMargin) -> Void)] = [
      ("antiProcyclicality.stressedWeight", { $0.stressed = nil }),
      ("antiProcyclicality.floor", { $0.lookback = nil }),
      ("counterpartyMultipliers.Z", { $0.counterpartyClass = "Z" }),
      ("confidence", { $0.profile.confidence = 1 }),
      ("jumps[0].move", { $0.profile.jumps?[0].move = -1 }),
      ("concentration.brackets[1].rate", { $0.profile.concentration?.brackets[1].rate = -1 }),
      ("concentration.dailyVolumes.ETH", { $0.profile.concentration?.dailyVolumes["ETH"] = .nan }),
    ]
    for (field, spoil) in spoilt {
      var rule = try Self.methodology()
      spoil(&rule)
      #expect("\(field)") { try rule.margin(on: book, in: market) } throws: {
        guard case .profile(_, let named, _)? = $0 as? MarginError else { return false }
        return named == field
      }
    }
    var rule = try Self.methodology()
    rule.profile.concentration?.dailyVolumes["BTC"] = nil
    #expect(throws: MarginError.self) { try rule.margin(on: book, in: market) }
  }

  @Test("a profile survives JSON")
  func json() throws {
    let profile = Self.profile()
    #expect(try HistoricalMarginProfile(json: JSONEncoder().encode(profile)) == profile)
  }

  @Test("from a history: more margin after a storm than after a calm, never below the look-back")
  func history() throws {
    var random = TestRandom(seed: 77)
    func history(stormLast: Bool) throws -> ReturnHistory {
      let count = 600
      let returns = Matrix(rows: count, columns: 2) { t, _ in
        let storm = stormLast ? t >= 500 : (200..<300).contains(t)
        return (storm ? 0.06 : 0.01) * random.signedUnit()
      }
      let dates = (0..<count).map { t -> String in
        let (year, month, day) = (2024 + t / 336, t % 336 / 28 + 1, t % 28 + 1)
        return String(format: "%04d-%02d-%02d", year, month, day)
      }
      return try ReturnHistory(returns: returns, dates: dates, factors: ["BTC", "ETH"])
    }
    let book = Portfolio([Position(1, try #require(market["BTC-PERPETUAL"]).instrument)])
    var profile = Self.profile(addOns: false)
    profile.liquidationDays = 1
    func margin(_ stormLast: Bool, _ rule: HistoricalMarginProfile.AntiProcyclicality?) throws
      -> Double
    {
      profile.antiProcyclicality = rule
      return try HistoricalMargin(
        profile: profile, history: try history(stormLast: stormLast),
        stressedPeriod: stormLast ? 500..<600 : 200..<300
      ).margin(on: book, in: market).amount
    }
    let (calm, storm) = (try margin(false, nil), try margin(true, nil))
    #expect(storm > 3 * calm)
    let blend = HistoricalMarginProfile.AntiProcyclicality(stressedWeight: 0.25)
    let ratio = try margin(true, blend) / (try margin(false, blend))
    #expect(ratio < storm / calm)
    let floored = try margin(false, .init(floor: true))
    #expect(floored > 2 * calm)
    // Over two days, by drawn paths.
    profile.liquidationDays = 2
    #expect(try margin(true, nil) > storm)
  }
}

@Suite("Margin buffers and procyclicality")
struct MarginBufferTests {
  @Test("a requirement is never below the margin, nor above it and its buffer")
  func bounds() {
    var random = TestRandom(seed: 5)
    for _ in 0..<200 {
      var margin = 100.0
      let margins = (0..<300).map { _ in
        margin *= 1 + 0.1 * random.signedUnit()
        return margin
      }
      let buffer = MarginBuffer(size: 0.25, window: 30)
      for (required, margin) in zip(buffer.requirements(of: margins), margins) {
        #expect(required >= margin && required <= 1.25 * margin * (1 + 1e-15))
      }
      for share in buffer.shares(of: margins) { #expect(share >= -1e-12 && share <= 1 + 1e-12) }
    }
  }

  @Test("a rise within the buffer calls nothing, one beyond it uses the buffer up")
  func rise() {
    let calm = [Double](repeating: 100, count: 10)
    let buffer = MarginBuffer(size: 0.25, window: 10)
    #expect(buffer.requirements(of: calm + [120]).last == 125)
    #expect(buffer.requirements(of: calm + [140]).last == 140)
    #expect(buffer.requirements(of: calm + [80]).last == 100)
    let plain = Procyclicality(calm + [120])
    #expect(plain.peakToTrough == 1.2 && isClose(plain.largestCall(days: 1), 0.2, relative: 1e-12))
    #expect(Procyclicality(buffer.requirements(of: calm + [120])).largestCall(days: 5) == 0)
  }
}
