import Hedging
import Margin
import Pricing
import TestSupport
import Testing

@Suite("Hedges in lots, of least sizes, of few trades")
struct TradeRuleTests {
  let market = SyntheticMarket.market()

  private func problem(seed: UInt64, instruments: Int) throws -> HedgeProblem {
    var random = TestRandom(seed: seed)
    let book = SyntheticMarket.book(of: 12, in: market, size: 8, random: &random)
    var problem = HedgeProblem(
      minimizing: ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex)),
      of: book, in: market, hedgingWith: Array(market.listed.prefix(instruments)))
    problem.tradeSize = .coins(5)
    problem.futureSize = 5
    return problem
  }

  @Test("one instrument in lots: the best of all lattice points", arguments: [0.7, 1.3, 4.0])
  func lattice(lot: Double) throws {
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    var problem = HedgeProblem(
      minimizing: ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex)),
      of: Portfolio([Position(-3, perpetual)]), in: market, hedgingWith: [perpetual])
    problem.futureSize = 6
    problem.tradeRules = TradeRules(lot: lot)
    let plan = try #require(try problem.solve().plan)
    let quote = try #require(market["BTC-PERPETUAL"])
    let best = try (-8...8).map { Double($0) * lot }.filter { abs($0) <= 6 }.map { x in
      let after = problem.portfolio.adding([Position(x, perpetual)])
      let price = x > 0 ? try #require(quote.ask) : try #require(quote.bid)
      return try problem.methodology.margin(on: after, in: market).amount
        + abs(x) * abs(price - quote.mark)
    }.min()
    #expect(isClose(plan.objective, try #require(best), relative: 1e-9))
    #expect(plan.gap < 1e-5 && plan.bound <= plan.objective + 1e-6)
    let lots = (plan.trades.first?.quantity ?? 0) / lot
    #expect(abs(lots - lots.rounded()) < 1e-9)
  }

  @Test("two trades of seven: the best of all pairs", arguments: [3, 4] as [UInt64])
  func pairs(seed: UInt64) throws {
    var problem = try problem(seed: seed, instruments: 7)
    problem.tradeRules = TradeRules(maximumTrades: 2)
    let plan = try #require(try problem.solve().plan)
    var best = Double.infinity
    for i in 0..<7 {
      for j in 0..<i {
        var pair = HedgeProblem(
          minimizing: problem.methodology, of: problem.portfolio, in: market,
          hedgingWith: [problem.instruments[i], problem.instruments[j]])
        pair.tradeSize = .coins(5)
        pair.futureSize = 5
        best = min(best, try #require(try pair.solve().plan).objective)
      }
    }
    #expect(plan.trades.count <= 2)
    #expect(isClose(plan.objective, best, relative: 1.1e-5))
    #expect(plan.bound <= best * (1 + 1e-9))
    #expect(plan.gap <= 1e-5)
  }

  @Test("lots, least sizes, a count and limits are kept together, above an honest bound")
  func together() throws {
    var problem = try problem(seed: 5, instruments: 24)
    try problem.limit(.delta, of: "BTC", atLeast: -2, atMost: 2)
    let free = try #require(try problem.solve().plan)
    problem.tradeRules = TradeRules(maximumTrades: 6, lot: 0.25, minimumSize: 0.8)
    var settings = HedgeProblem.Settings()
    settings.searchTimeLimit = 2
    settings.relativeGap = 1e-2
    let plan = try #require(try problem.solve(settings).plan)
    #expect(plan.trades.count <= 6)
    for trade in plan.trades {
      let lots = trade.quantity / 0.25
      #expect(abs(lots - lots.rounded()) < 1e-9 && abs(trade.quantity) >= 1)
    }
    #expect(plan.limitViolation <= 1e-8)
    #expect(plan.bound >= free.bound - 1e-6 * abs(free.bound))
    #expect(plan.bound <= plan.objective * (1 + 1e-9))
    #expect(plan.objective < plan.margin.before.amount)
    #expect(plan.bindingLimits.isEmpty && plan.statistics.nodes > 0)
  }

  @Test("limits that no whole lots meet are proven to be out of reach")
  func outOfReach() throws {
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    var problem = HedgeProblem(
      minimizing: ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex)),
      of: Portfolio([Position(-3, perpetual)]), in: market, hedgingWith: [perpetual])
    try problem.limit(.delta, of: "BTC", atLeast: -0.5, atMost: 0.5)
    problem.tradeRules = TradeRules(lot: 2)
    guard case .notSolved(let reason) = try problem.solve() else {
      Issue.record("2 or 4 coins leave a delta of one")
      return
    }
    #expect(reason.contains("proved"))
  }

  @Test("a negative lot, and a lot of an instrument that is not traded, are refused")
  func refused() throws {
    var problem = try problem(seed: 1, instruments: 3)
    problem.tradeRules.lot = -1
    #expect(throws: HedgeError.outOfRange("the lot", value: -1)) { try problem.solve() }
    problem.tradeRules = TradeRules()
    problem.tradeRules.lots = ["X": 1]
    #expect(throws: HedgeError.notAmongInstruments("X")) { try problem.solve() }
  }
}
