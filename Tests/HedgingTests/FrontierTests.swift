import Hedging
import LinearAlgebra
import Margin
import Pricing
import Simulation
import TestSupport
import Testing

@Suite("Frontier of margin against cost")
struct FrontierTests {
  let market = SyntheticMarket.market()

  func problem(
    _ profile: ScenarioGridProfile.Bundled, seed: UInt64, positions: Int = 20
  ) throws -> HedgeProblem {
    var problem = try HedgeProblem.random(profile, seed: seed, positions: positions, in: market)
    problem.tradeSize = .coins(5)
    problem.tradingCost = TradingCost(optionFee: 0.0003, optionFeeCap: 0.125, futureFee: 0.0005)
    return problem
  }

  /// Falling, convex, each point re-priced and on its bound.
  func expectLawful(_ frontier: HedgeFrontier, of problem: HedgeProblem, gap: Double) throws {
    let points = frontier.points
    let scale = try #require(points.first).margin
    for (a, b) in zip(points, points.dropFirst()) {
      #expect(a.cost < b.cost && a.convexMargin > b.convexMargin)
    }
    for (a, (b, c)) in zip(points, zip(points.dropFirst(), points.dropFirst(2))) {
      let share = (c.cost - b.cost) / (c.cost - a.cost)
      #expect(
        b.convexMargin <= share * a.convexMargin + (1 - share) * c.convexMargin + 1e-9 * scale)
    }
    for point in points {
      let trades = point.plan.trades
      let after = problem.portfolio.adding(trades.map { Position($0.quantity, $0.instrument) })
      let margin = try problem.methodology.margin(problem.level, on: after, in: market).amount
      #expect(margin == point.margin)
      #expect(isClose(point.cost, trades.reduce(0) { $0 + $1.cost }, relative: 1e-12))
      #expect(margin >= point.plan.bound - gap * scale)
      #expect(margin <= point.plan.bound + gap * scale)
      #expect(point.plan.limitViolation < 1e-7)
      if let slope = point.slope { #expect(slope <= 0) }
    }
  }

  @Test(
    "points fall, are convex, and each meets its bound by the exact rule",
    arguments: [ScenarioGridProfile.Bundled.deribit, .paradex], [1, 2] as [UInt64])
  func laws(profile: ScenarioGridProfile.Bundled, seed: UInt64) throws {
    var problem = try problem(profile, seed: seed)
    try problem.limit(.vega, atLeast: -4_000, atMost: 4_000)
    let frontier = try #require(try problem.frontier(points: 12).frontier)
    #expect(frontier.points.count == 12 && frontier.omitted == 0)
    try expectLawful(frontier, of: problem, gap: 1e-6)

    // Each point from scratch, by the limit on cost that the problem itself has.
    for point in [frontier.points[3], frontier.points[8]] {
      var alone = problem
      alone.costWeight = 0
      try alone.limit(.tradingCost, atMost: point.cost)
      let plan = try #require(try alone.solve().plan)
      #expect(isClose(plan.margin.after.amount, point.margin, relative: 1e-6))
    }
  }

  @Test("the slope is the derivative of the least margin, between its one-sided differences")
  func slopes() throws {
    let problem = try problem(.paradex, seed: 3)
    let frontier = try #require(try problem.frontier(points: 9).frontier)
    func least(_ cost: Double) throws -> Double {
      var alone = problem
      alone.costWeight = 0
      try alone.limit(.tradingCost, atMost: cost)
      return try #require(try alone.solve().plan).margin.after.amount
    }
    #expect(frontier.points.first?.slope == nil)
    for point in frontier.points.dropFirst().dropLast() {
      let slope = try #require(point.slope)
      let step = 1e-3 * point.cost
      let left = (point.margin - (try least(point.cost - step))) / step
      let right = (try least(point.cost + step) - point.margin) / step
      // Convex: left ≤ slope ≤ right, up to what 1e-8 of margin is over the step.
      let rounding = 1e-8 * point.margin / step + 1e-5 * abs(slope)
      #expect(slope >= left - rounding && slope <= right + rounding)
    }
    let last = try #require(frontier.points.last)
    #expect(last.slope == -0.01)
  }

  @Test("of one perpetual the frontier is the straight line from its margin to none")
  func straight() throws {
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    let problem = HedgeProblem(
      minimizing: ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex)),
      of: Portfolio([Position(-3, perpetual)]), in: market, hedgingWith: [perpetual])
    let frontier = try #require(try problem.frontier(points: 5).frontier)
    let margin = try problem.methodology.margin(on: problem.portfolio, in: market).amount
    let cost = 3 * 65_013 * 0.0002
    #expect(frontier.points.count == 5)
    for (k, point) in frontier.points.enumerated() {
      let share = Double(k * k) / 16
      #expect(isClose(point.cost, share * cost, relative: 1e-7, absolute: 1e-7))
      #expect(isClose(point.margin, (1 - share) * margin, relative: 1e-7, absolute: 1e-2))
      if k > 0 && k < 4 {
        #expect(isClose(try #require(point.slope), -margin / cost, relative: 1e-6))
      }
    }
  }

  @Test(
    "expected shortfalls have a frontier too, and limits that force trades begin it above no cost")
  func shortfall() throws {
    var problem = try problem(.paradex, seed: 4, positions: 8)
    var random = TestRandom(seed: 22)
    func moves(_ size: Double) -> Matrix {
      Matrix(rows: 400, columns: 2) { _, _ in size * (random.signedUnit() + random.signedUnit()) }
    }
    let scenarios = try ScenarioSet(
      underlyings: ["BTC", "ETH"], spotReturns: moves(0.05), volatilityReturns: moves(0.1),
      horizon: 1.0 / 365)
    problem.methodology = ExpectedShortfallMargin(scenarios: scenarios, confidence: 0.95)
    try problem.limit(.delta, of: "BTC", atLeast: -0.1, atMost: 0.1)
    let frontier = try #require(try problem.frontier(points: 5).frontier)
    #expect(frontier.points.count >= 4)
    #expect(try #require(frontier.points.first).cost > 0)
    try expectLawful(frontier, of: problem, gap: 1e-5)
  }

  @Test("offers below the mark begin the frontier below no cost")
  func beginning() throws {
    var problem = try problem(.paradex, seed: 2)
    let quote = try #require(market["BTC-PERPETUAL"])
    problem.orderBooks[quote.instrument.name] = try OrderBook(
      bids: [.init(price: quote.mark - 90, quantity: 9)],
      asks: [
        .init(price: quote.mark - 80, quantity: 0.5), .init(price: quote.mark + 5, quantity: 9),
      ])
    let frontier = try #require(try problem.frontier(points: 6).frontier)
    let first = try #require(frontier.points.first)
    // The fee is 5 basis points.
    #expect(isClose(first.cost, 0.5 * (0.0005 * quote.mark - 80), relative: 1e-6))
    try expectLawful(frontier, of: problem, gap: 1e-5)
  }

  @Test("limits that conflict are named; what is not convex is refused")
  func refusals() throws {
    var problem = try problem(.paradex, seed: 1)
    problem.tradeRules = TradeRules(lot: 1)
    #expect(throws: HedgeError.noFrontierWith("trade rules")) { try problem.frontier() }
    problem.tradeRules = TradeRules()
    #expect(throws: HedgeError.outOfRange("the number of points", value: 1)) {
      try problem.frontier(points: 1)
    }
    #expect(throws: HedgeError.outOfRange("the least saving", value: 0)) {
      try problem.frontier(leastSaving: 0)
    }
    try problem.limit(.gamma, of: "BTC", atLeast: 50_000_000)
    guard case .infeasible(let conflict) = try problem.frontier() else {
      Issue.record("there is no such gamma")
      return
    }
    #expect(conflict.members.map(\.name) == ["BTC gamma"])
  }
}
