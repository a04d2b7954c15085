import LinearAlgebra
import Margin
import Pricing
import Simulation
import TestSupport
import Testing

@Suite("Expected-shortfall margin")
struct ExpectedShortfallTests {
  let market = SyntheticMarket.market()

  func scenarios(_ count: Int, underlyings: [String] = ["BTC", "ETH"]) throws -> ScenarioSet {
    var random = TestRandom(seed: 2)
    return try ScenarioSet(
      underlyings: underlyings,
      spotReturns: Matrix(rows: count, columns: underlyings.count) { _, _ in
        0.15 * random.signedUnit()
      }, volatilityReturns: nil, horizon: 1.0 / 365)
  }

  @Test("the two faces agree on random books", arguments: [0.9, 0.975, 0.99])
  func faces(confidence: Double) throws {
    let methodology = ExpectedShortfallMargin(
      scenarios: try scenarios(333), confidence: confidence)
    let compared = try MethodologyLaws.verifyFaces(
      of: methodology, in: market, books: 40, seed: 31, tolerance: 1e-11)
    #expect(compared == 240)
    try MethodologyLaws.verifyConvexity(of: methodology, in: market, books: 20, seed: 4)
    try MethodologyLaws.verifyInvariants(of: methodology, in: market, seed: 5)
  }

  @Test("it is the tail mean of the loss distribution, whole or fractional tail")
  func tailMean() throws {
    var random = TestRandom(seed: 9)
    let scenarios = try scenarios(257)
    let book = SyntheticMarket.book(of: 15, in: market, random: &random)
    let losses = try scenarios.losses(of: book, in: market)
    for confidence in [0.5, 0.9, 0.95, 0.975, 0.99] {
      let margin = try ExpectedShortfallMargin(scenarios: scenarios, confidence: confidence)
        .margin(on: book, in: market)
      #expect(
        isClose(margin.amount, max(0, losses.expectedShortfall(confidence)), relative: 1e-12))
    }
  }

  @Test("a cut touches at its point and lies below everywhere else")
  func cuts() throws {
    var random = TestRandom(seed: 6)
    let book = SyntheticMarket.book(of: 5, in: market, random: &random)
    let function = try ExpectedShortfallFunction(
      of: book, trading: Array(market.listed.prefix(6)), in: try scenarios(200), market: market,
      confidence: 0.96)
    for _ in 0..<50 {
      let x = (0..<6).map { _ in 10 * random.signedUnit() }
      let y = (0..<6).map { _ in 10 * random.signedUnit() }
      let (value, support) = function.cut(at: x)
      #expect(isClose(support.value(at: x), value, relative: 1e-12))
      #expect(support.value(at: y) <= function.value(at: y) * (1 + 1e-12) + 1e-9)
    }
  }

  @Test("scenarios that do not move an underlying of the book are refused")
  func missingUnderlying() throws {
    let book = Portfolio([Position(1, try #require(market["ETH-PERPETUAL"]).instrument)])
    let methodology = ExpectedShortfallMargin(scenarios: try scenarios(10, underlyings: ["BTC"]))
    #expect(throws: MarginError.noScenarios(underlying: "ETH")) {
      try methodology.margin(on: book, in: market)
    }
  }
}
