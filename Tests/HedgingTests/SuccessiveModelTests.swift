import Foundation
import Hedging
import LinearAlgebra
import Margin
import MarginSamples
import Pricing
import Simulation
import TestSupport
import Testing

@Suite("Successive convex models")
struct SuccessiveModelTests {
  static let market = SyntheticMarket.market(expiryDays: [20, 95])
  static let linear: Market = {
    let listed = SyntheticMarket.market(settlement: .linear)
    return Market(
      time: listed.time, indexPrices: listed.indexPrices,
      quotes: listed.quotes.filter {
        if case .future = $0.instrument.kind { false } else { true }
      })
  }()

  /// A rule whose face is a bound, with a market that it covers.
  struct Case {
    var rule: any ConvexMarginMethodology
    var market: Market
    /// Whether the floor closes on the rule.
    var isProven = false
    var hasFloor = true
    /// The least contract, where only whole ones count.
    var lot = 0.0
  }

  static func cases() throws -> [Case] {
    var random = TestRandom(seed: 2)
    let scenarios = try ScenarioSet(
      underlyings: ["BTC", "ETH"],
      spotReturns: Matrix(rows: 200, columns: 2) { _, _ in 0.15 * random.signedUnit() },
      volatilityReturns: Matrix(rows: 200, columns: 2) { _, _ in 0.15 * random.signedUnit() },
      horizon: 2 / 365)
    var historical = HistoricalMarginProfile(
      name: "VaR", source: "made up", effective: "2026-01-01", measure: .valueAtRisk,
      confidence: 0.97, liquidationDays: 2)
    historical.maintenanceFactor = 1
    var regT = try StrategyMarginProfile.regulationT()
    regT.multiplier = 1
    let options = Market(
      time: linear.time, indexPrices: linear.indexPrices,
      quotes: linear.quotes.filter(\.instrument.isOption))
    var cases = [
      Case(
        rule: DeriveStandardMargin(profile: DeriveSamples.standard), market: linear, isProven: true),
      Case(
        rule: DerivePortfolioMargin(profile: DeriveSamples.pmrm2, interestRate: 0.1),
        market: linear, isProven: true),
      Case(rule: SPANMargin(parameters: SPANSamples.spreading()), market: market),
      Case(
        rule: HistoricalMargin(profile: historical, current: scenarios), market: market,
        hasFloor: false),
      Case(rule: StrategyMargin(profile: regT), market: options, hasFloor: false, lot: 1),
    ]
    if ReferenceData.isPresent {
      let calibration = try SIMMCalibration(
        contentsOf: ReferenceData.url("data/simm/simmcalibration_2.6.xml"))
      cases.append(
        Case(
          rule: try SIMMMargin(
            simm: SIMM(calibration: calibration),
            assignments: [
              "BTC": .init(
                productClass: "Commodity", riskClass: .commodity, bucket: "12", qualifier: "BTC"),
              "ETH": .init(
                productClass: "Commodity", riskClass: .commodity, bucket: "2", qualifier: "ETH"),
            ]), market: market))
    }
    return cases
  }

  static func book(in market: Market, _ random: inout TestRandom) -> Portfolio {
    Portfolio(
      SyntheticMarket.book(of: 10, in: market, size: 8, random: &random).positions.map {
        Position($0.quantity.rounded(), $0.instrument)
      })
  }

  @Test("a plan is no worse than the face's by the exact rule, keeps its limits, and bounds hold")
  func plans() throws {
    for test in try Self.cases() {
      var random = TestRandom(seed: 5)
      for _ in 0..<3 {
        let book = Self.book(in: test.market, &random)
        var problem = HedgeProblem(
          minimizing: test.rule, of: book, in: test.market, hedgingWith: test.market.listed)
        problem.tradeSize = .coins(3)
        problem.futureSize = 2
        problem.tradeRules.lot = test.lot
        try problem.limit(.vega, of: "BTC", atLeast: -300, atMost: 300)
        var settings = HedgeProblem.Settings()
        settings.relativeGap = 1e-4
        guard let plan = try problem.solve(settings).plan else { continue }
        var face = settings
        face.modelLimit = 1
        let first = try #require(try problem.solve(face).plan)
        #expect(first.statistics.models == 1 && first.firstObjective == nil)
        #expect(plan.statistics.models >= 2 && plan.gap < 1e-4)
        #expect(plan.firstObjective == first.objective)
        #expect(plan.objective <= first.objective)
        #expect(plan.limitViolation <= 1e-8)
        // By separate code.
        let after = book.adding(plan.trades.map { Position($0.quantity, $0.instrument) })
        let margin = try test.rule.margin(on: after, in: test.market).amount
        let cost = plan.trades.reduce(0) { $0 + $1.cost }
        #expect(isClose(plan.objective, margin + cost, relative: 1e-9))
        #expect((plan.ruleBound != nil) == test.hasFloor, "\(test.rule.name)")
        if test.isProven { #expect((plan.ruleGap ?? 1) < 1e-4, "\(test.rule.name)") }
      }
    }
  }

  @Test("against a grid of all trades in two instruments")
  func grid() throws {
    var (compared, best) = (0, 0)
    for test in try Self.cases() {
      var random = TestRandom(seed: 5)
      for _ in 0..<6 {
        let book = Self.book(in: test.market, &random)
        let instruments = Array(test.market.listed.shuffled(using: &random).prefix(2))
        var problem = HedgeProblem(
          minimizing: test.rule, of: book, in: test.market, hedgingWith: instruments)
        problem.costWeight = 0
        problem.tradeRules.lot = test.lot
        for instrument in instruments { problem.tradeSizes[instrument.name] = 6 }
        let plan = try #require(try problem.solve().plan)
        var least = Double.infinity
        for a in -12...12 {
          for b in -12...12 {
            let after = book.adding([
              Position(Double(a) / 2, instruments[0]), Position(Double(b) / 2, instruments[1]),
            ])
            // Half a contract is none.
            guard let margin = try? test.rule.margin(on: after, in: test.market) else { continue }
            least = min(least, margin.amount)
          }
        }
        if let bound = plan.ruleBound { #expect(bound <= least * (1 + 1e-9) + 1e-6) }
        compared += 1
        if plan.objective <= least * (1 + 1e-9) + 1e-6 { best += 1 }
        if test.isProven { #expect(plan.objective <= least * (1 + 1e-9) + 1e-6) }
        #expect(plan.objective <= 1.02 * least, "\(test.rule.name)")
      }
    }
    #expect(compared >= 30 && best >= compared * 3 / 4, "\(best) of \(compared)")
  }

  @Test("a margin call that the face cannot cure is cured by the rule")
  func cure() throws {
    var cured = 0
    for test in try Self.cases() where test.isProven {
      var random = TestRandom(seed: 12)
      for _ in 0..<8 {
        let book = Self.book(in: test.market, &random)
        var problem = HedgeProblem(
          minimizing: test.rule, of: book, in: test.market,
          hedgingWith: test.market.listed.filter { $0.underlying == "BTC" })
        problem.tradeSize = .coins(4)
        problem.futureSize = 4
        let least = try #require(try problem.solve().plan)
        let cure = try problem.cheapestCure(equity: 1.0005 * least.margin.after.amount)
        var face = HedgeProblem.Settings()
        face.modelLimit = 1
        let plan = try #require(try cure.solve().plan)
        #expect(plan.margin.after.amount <= 1.0005 * least.margin.after.amount * (1 + 1e-9) + 1e-6)
        if let first = try cure.solve(face).plan {
          #expect(plan.cost <= first.cost * (1 + 1e-9))
        } else {
          cured += 1
        }
      }
    }
    #expect(cured >= 1)
  }
}

@Suite("Functions translated")
struct TranslationTests {
  @Test("the value at x is that at x less the origin, for every atom")
  func values() throws {
    var random = TestRandom(seed: 3)
    func affine() -> AffineFunction {
      AffineFunction((0..<4).map { _ in random.signedUnit() }, constant: random.signedUnit())
    }
    let shortfall = ExpectedShortfallFunction(
      profitAndLoss: Matrix(rows: 30, columns: 4) { _, _ in random.signedUnit() },
      baseLosses: (0..<30).map { _ in random.signedUnit() }, confidence: 0.9,
      weights: (0..<30).map { _ in 1 + random.signedUnit() })
    let function = ConvexFunction.sum([
      .affine(affine()), .absolute(affine()),
      .scaled(2, .maximum([.affine(affine()), .constant(0)])),
      .expectedShortfall(shortfall), .norm(NormFunction(of: [affine(), affine()])),
    ])
    for _ in 0..<50 {
      let (x, origin) = (
        (0..<4).map { _ in 3 * random.signedUnit() }, (0..<4).map { _ in 3 * random.signedUnit() }
      )
      #expect(
        isClose(
          function.translated(to: origin).value(at: x),
          function.value(at: zip(x, origin).map { $0 - $1 }), relative: 1e-12, absolute: 1e-12))
    }
  }
}
