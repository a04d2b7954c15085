import Foundation
import Hedging
import LinearAlgebra
import Margin
import Pricing
import Simulation
import TestSupport
import Testing

@Suite(
  "Hedges under norms",
  .enabled(if: ReferenceData.isPresent, "the folder of reference data is absent"))
struct NormHedgeTests {
  private let market = SyntheticMarket.market(expiryDays: [20])

  private func methodology(_ buckets: [String] = ["12", "12"]) throws -> SIMMMargin {
    let calibration = try SIMMCalibration(
      contentsOf: ReferenceData.url("data/simm/simmcalibration_2.6.xml"))
    return try SIMMMargin(
      simm: SIMM(calibration: calibration),
      assignments: Dictionary(
        uniqueKeysWithValues: zip(["BTC", "ETH"], buckets).map {
          ($0, .init(productClass: "Commodity", riskClass: .commodity, bucket: $1, qualifier: $0))
        }))
  }

  /// Ten short coins of BTC hedged by ETH of the same bucket with correlation ρ: of √(w₁² + w₂² + 2ρw₁w₂) the
  /// least over w₂ is |w₁| √(1 − ρ²), at w₂ = −ρ w₁.
  private func crossHedge() throws -> (problem: HedgeProblem, ρ: Double, ratio: Double) {
    let methodology = try methodology()
    let (btc, eth) = (
      try #require(market["BTC-PERPETUAL"]), try #require(market["ETH-PERPETUAL"])
    )
    var problem = HedgeProblem(
      minimizing: methodology, of: Portfolio([Position(-10, btc.instrument)]), in: market,
      hedgingWith: [eth.instrument])
    problem.costWeight = 0
    problem.futureSize = 1_000
    let ρ = methodology.simm.calibration.commodity.nameCorrelations["12"]?.different ?? 0
    return (problem, ρ, btc.forward / eth.forward)
  }

  @Test("a cross hedge of least margin is the one of the closed form")
  func closedForm() throws {
    let (problem, ρ, ratio) = try crossHedge()
    let plan = try #require(try problem.solve().plan)
    #expect(plan.relation == .exact)
    #expect(
      isClose(
        plan.margin.after.amount, plan.margin.before.amount * (1 - ρ * ρ).squareRoot(),
        relative: 1e-8))
    #expect(isClose(plan.trades[0].quantity, ρ * 10 * ratio, relative: 1e-3))
    #expect(plan.gap < 1e-6)
  }

  @Test("so it is with scenarios in the program, and with lots")
  func otherPrograms() throws {
    var (problem, ρ, ratio) = try crossHedge()
    let least = try #require(try problem.solve().plan).margin.after.amount
    var random = TestRandom(seed: 8)
    problem.scenarios = try ScenarioSet(
      underlyings: ["BTC", "ETH"],
      spotReturns: Matrix(rows: 100, columns: 2) { _, _ in 0.15 * random.signedUnit() },
      horizon: 1.0 / 365)
    try problem.limit(.expectedShortfall(confidence: 0.95), atMost: 1e7)
    let plan = try #require(try problem.solve().plan)
    #expect(isClose(plan.margin.after.amount, least, relative: 1e-6))
    #expect(plan.gap < 1e-6)
    var lots = try crossHedge().problem
    lots.tradeRules.lots["ETH-PERPETUAL"] = 100
    let discrete = try #require(try lots.solve().plan)
    // The nearest multiples of the lot on either side of ρ times the ratio; a parabola's least is the nearer.
    let nearest = (ρ * 10 * ratio / 100).rounded() * 100
    #expect(discrete.trades.map(\.quantity) == [nearest])
    #expect(discrete.margin.after.amount >= least)
  }

  @Test(
    "with options the plan is safe, and no random trades do better than the bound",
    arguments: [["12", "12"], ["12", "16"]])
  func options(buckets: [String]) throws {
    var random = TestRandom(seed: 31)
    let book = SyntheticMarket.book(of: 8, in: market, size: 5, random: &random)
    var problem = HedgeProblem(
      minimizing: try methodology(buckets), of: book, in: market, hedgingWith: market.listed)
    problem.costWeight = 0
    problem.tradeSize = .coins(3)
    problem.futureSize = 20
    let plan = try #require(try problem.solve().plan)
    #expect(plan.margin.after.amount < plan.margin.before.amount)
    #expect(plan.gap < 1e-5)
    let face = try problem.methodology.marginFunction(
      .initial, trading: market.listed, on: book, in: market
    ).function
    for _ in 0..<200 {
      let x = market.listed.map { instrument in
        let planned = plan.trades.first { $0.instrument == instrument }?.quantity ?? 0
        return min(3, max(-3, planned + 1e-2 * random.signedUnit()))
      }
      #expect(face.value(at: x) >= plan.bound - 1e-6 * abs(plan.bound))
    }
  }
}
