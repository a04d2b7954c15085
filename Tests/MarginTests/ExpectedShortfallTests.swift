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

  @Test(
    "weights brought into the dual set give a function that is never above, and touches with the tail's",
    arguments: [1, 7, 200, 333])
  func supports(count: Int) throws {
    var random = TestRandom(seed: 16)
    let profitAndLoss = Matrix(rows: count, columns: 4) { _, _ in random.signedUnit() }
    let baseLosses = (0..<count).map { _ in random.signedUnit() }
    let masses = (0..<count).map { $0 % 5 == 3 ? 0.0 : 0.1 + abs(random.signedUnit()) }
    for weights in [nil, masses] {
      for confidence in [0.3, 0.96, 0.9999] {
        let function = ExpectedShortfallFunction(
          profitAndLoss: profitAndLoss, baseLosses: baseLosses, confidence: confidence,
          weights: weights)
        let x = (0..<4).map { _ in random.signedUnit() }
        let losses = function.losses(at: x)
        // Above all scenarios the weights decide; a little noise and the wrong sum are taken away.
        let limit = losses.sorted(by: >)[min(count - 1, Int(function.tailCount))]
        let rough = losses.indices.map { s in
          (weights?[s] ?? 1) * (losses[s] >= limit ? 3 : 1e-3 * abs(random.signedUnit()))
        }
        let (support, q) = try #require(function.support(weights: rough))
        #expect(isClose(q.reduce(0, +), 1, relative: 1e-12))
        for s in q.indices {
          let most =
            weights == nil
            ? 1 / function.tailCount : (function.weights?[s] ?? 0) / (1 - confidence)
          #expect(q[s] >= 0 && q[s] <= min(1, most) * (1 + 1e-15))
        }
        for _ in 0..<20 {
          let y = (0..<4).map { _ in 5 * random.signedUnit() }
          #expect(support.value(at: y) <= function.value(at: y) + 1e-12)
        }
        // The tail's own weights, on another scale.
        var tail = [Double](repeating: 0, count: count)
        var left = 1.0
        for s in losses.indices.sorted(by: { losses[$0] > losses[$1] }) {
          let most =
            weights == nil
            ? 1 / function.tailCount : (function.weights?[s] ?? 0) / (1 - confidence)
          tail[s] = 17 * min(left, most)
          left -= tail[s] / 17
        }
        let touching = try #require(function.support(weights: tail)).function
        #expect(
          isClose(touching.value(at: x), function.value(at: x), relative: 1e-12, absolute: 1e-13))
      }
    }
  }

  @Test("weights of too few scenarios, or that are no numbers, give none")
  func noSupport() {
    let function = ExpectedShortfallFunction(
      profitAndLoss: Matrix(rows: 10, columns: 1, repeating: 1),
      baseLosses: [Double](repeating: 1, count: 10), confidence: 0.5)
    #expect(function.support(weights: [1, 1, 1, 1] + [Double](repeating: 0, count: 6)) == nil)
    #expect(function.support(weights: [Double](repeating: 0, count: 10)) == nil)
    #expect(function.support(weights: [Double](repeating: .nan, count: 10)) == nil)
    #expect(function.support(weights: [Double](repeating: 2, count: 5) + [0, 0, 0, 0, 0]) != nil)
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
