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

  static func rules() throws -> [(any ConvexMarginMethodology, Market)] {
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
    regT.multiplier = 0.001
    var rules: [(any ConvexMarginMethodology, Market)] = [
      (DeriveStandardMargin(profile: DeriveSamples.standard), linear),
      (DerivePortfolioMargin(profile: DeriveSamples.pmrm2, interestRate: 0.1), linear),
      (try SPANMargin(parameters: SPANSamples.spreading()), market),
      (HistoricalMargin(profile: historical, current: scenarios), market),
      (StrategyMargin(profile: regT), Market(time: linear.time, indexPrices: linear.indexPrices, quotes: linear.quotes.filter(\.instrument.isOption))),
    ]
    if ReferenceData.isPresent {
      let calibration = try SIMMCalibration(
        contentsOf: ReferenceData.url("data/simm/simmcalibration_2.6.xml"))
      rules.append(
        (
          try SIMMMargin(
            simm: SIMM(calibration: calibration),
            assignments: [
              "BTC": .init(
                productClass: "Commodity", riskClass: .commodity, bucket: "12", qualifier: "BTC"),
              "ETH": .init(
                productClass: "Commodity", riskClass: .commodity, bucket: "2", qualifier: "ETH"),
            ]), market
        ))
    }
    return rules
  }

  @Test("look")
  func look() throws {
    for (rule, market) in try Self.rules() {
      var random = TestRandom(seed: 5)
      for _ in 0..<8 {
        let book = Portfolio(SyntheticMarket.book(of: 10, in: market, size: 8, random: &random).positions.map { Position($0.quantity.rounded(), $0.instrument) })
        var problem = HedgeProblem(
          minimizing: rule, of: book, in: market, hedgingWith: Array(market.listed.shuffled(using: &random).prefix(2)))
        problem.costWeight = 0
        for i in problem.instruments { problem.tradeSizes[i.name] = 6 }
        let start = ContinuousClock.now
        guard let plan = try problem.solve().plan else { print(rule.name, "none"); continue }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        var least = Double.infinity
        var place = (0.0, 0.0)
        for a in -60...60 { for b in -60...60 {
          let x = [Double(a) / 10, Double(b) / 10]
          let after = book.adding(zip(x, problem.instruments).map { Position($0, $1) })
          let v = try rule.margin(on: after, in: market).amount
          if v < least { least = v; place = (x[0], x[1]) }
        } }
        print(rule.name, Int(plan.margin.before.amount), "first", Int(plan.firstObjective ?? -1), "found", Int(plan.objective), "grid", Int(least), place, problem.instruments.map { i in plan.trades.first { $0.instrument == i }?.quantity ?? 0 },  plan.bound, plan.statistics.models, plan.limitViolation, seconds)
      }
    }
  }
}
