import Hedging
import LinearAlgebra
import Margin
import Pricing
import TestSupport
import Testing

@Suite("Hedge of least margin")
struct HedgeProblemTests {
  let market = SyntheticMarket.market()

  func problem(
    _ profile: ScenarioGridProfile.Bundled, seed: UInt64, positions: Int = 20
  ) throws -> HedgeProblem {
    try HedgeProblem.random(profile, seed: seed, positions: positions, in: market)
  }

  @Test("a short perpetual is bought back, and needs nothing then")
  func perpetual() throws {
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    let problem = HedgeProblem(
      minimizing: ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex)),
      of: Portfolio([Position(-3, perpetual)]), in: market, hedgingWith: [perpetual])
    let plan = try #require(try problem.solve().plan)
    #expect(plan.trades.count == 1)
    #expect(isClose(plan.trades[0].quantity, 3, relative: 1e-8))
    #expect(plan.margin.after.amount < 1e-3)
    // 2 basis points of half-spread on three coins.
    #expect(isClose(plan.cost, 3 * 65_013 * 0.0002, relative: 1e-8))
    #expect(plan.gap < 1e-6)
  }

  @Test(
    "the exact margin of the plan meets its bound",
    arguments: [ScenarioGridProfile.Bundled.deribit, .paradex], [1, 2, 3, 4] as [UInt64])
  func boundIsMet(profile: ScenarioGridProfile.Bundled, seed: UInt64) throws {
    var problem = try problem(profile, seed: seed)
    problem.tradeSize = .coins(5)
    problem.tradingCost = TradingCost(optionFee: 0.0003, optionFeeCap: 0.125, futureFee: 0.0005)
    try problem.limit(.delta, of: "BTC", atLeast: -2, atMost: 2)
    try problem.limit(.vega, atLeast: -3_000, atMost: 3_000)
    try problem.limit(.gamma, of: "ETH", atLeast: -20_000, atMost: 20_000)
    try problem.limit(.premium, atMost: 200_000)
    let plan = try #require(try problem.solve().plan)
    #expect(plan.relation == .exact)
    #expect(plan.margin.after.amount < plan.margin.before.amount)
    #expect(plan.limitViolation < 1e-7)
    // Above the bound, up to the venue's rounding to 1e-9 coins; and on it.
    #expect(plan.objective >= plan.bound - 1e-4 - 1e-8 * abs(plan.bound))
    #expect(plan.gap < 1e-6)
    let after = problem.portfolio.adding(
      plan.trades.map { Position($0.quantity, $0.instrument) })
    let again = try problem.methodology.margin(on: after, in: market)
    #expect(again == plan.margin.after)
    #expect(isClose(plan.objective, again.amount + plan.cost, relative: 1e-12))
  }

  @Test("no random admissible trades do better than the bound")
  func boundHolds() throws {
    var problem = try problem(.paradex, seed: 6)
    problem.tradeSize = .coins(5)
    problem.futureSize = 5
    let plan = try #require(try problem.solve().plan)
    var random = TestRandom(seed: 77)
    for _ in 0..<300 {
      // Around the plan, where a better point would be if there were one.
      let scale = [1e-4, 1e-2, 1][Int.random(in: 0..<3, using: &random)]
      let trades = market.listed.map { instrument in
        let planned = plan.trades.first { $0.instrument == instrument }?.quantity ?? 0
        return Position(
          min(5, max(-5, planned + scale * random.signedUnit())), instrument)
      }
      let after = problem.portfolio.adding(trades)
      let margin = try problem.methodology.margin(on: after, in: market).amount
      let cost = try trades.reduce(0) { sum, trade in
        let quote = try market.quote(for: trade.instrument)
        let price = trade.quantity > 0 ? quote.ask : quote.bid
        let isCoin = trade.instrument.isOption
        let unit =
          abs((price ?? 0) - quote.mark)
          * (isCoin ? quote.forward : 1)
        return sum + abs(trade.quantity) * unit
      }
      #expect(margin + cost >= plan.bound - 1e-6 * abs(plan.bound))
    }
  }

  @Test("a limit's price is what moving it saves")
  func duals() throws {
    func objective(vega: Double) throws -> HedgePlan {
      var problem = try problem(.paradex, seed: 3)
      problem.tradeSize = .coins(4)
      try problem.limit(.vega, of: "BTC", atLeast: vega)
      return try #require(try problem.solve().plan)
    }
    let free = try objective(vega: -.infinity)
    let vega = try #require(free.risk.first { $0.name == "BTC vega" }).after + 200
    let plan = try objective(vega: vega)
    let binding = try #require(plan.bindingLimits.first)
    #expect(binding.name == "BTC vega" && !binding.isUpper && binding.price > 0)
    let step = 1.0
    let (tighter, looser) = (
      try objective(vega: vega + step).objective, try objective(vega: vega - step).objective
    )
    // Between the one-sided derivatives of a convex piecewise linear value.
    #expect(binding.price <= (tighter - plan.objective) / step + 1e-4)
    #expect(binding.price >= (plan.objective - looser) / step - 1e-4)
  }

  @Test("conflicting limits are named with what they must give")
  func conflict() throws {
    var problem = try problem(.deribit, seed: 4)
    problem.tradeSize = .coins(1)
    problem.futureSize = 1
    try problem.limit(.gamma, of: "BTC", atLeast: 5_000_000)
    try problem.limit(.premium, atMost: 10_000)
    try problem.limit(.vega, of: "ETH", atLeast: -1e9, atMost: 1e9)
    guard case .infeasible(let conflict) = try problem.solve() else {
      Issue.record("the limits cannot be met")
      return
    }
    #expect(conflict.members.contains { $0.name == "BTC gamma" && $0.shift > 0 })
    #expect(!conflict.members.contains { $0.name == "ETH vega" })

    // Giving what is asked makes it feasible; giving a little less does not.
    for (share, feasible) in [(1.0 + 1e-6, true), (0.999, false)] {
      var relaxed = try self.problem(.deribit, seed: 4)
      relaxed.tradeSize = .coins(1)
      relaxed.futureSize = 1
      for limit in problem.limits {
        let member = conflict.members.first { $0.name == limit.name }
        let shift = share * (member?.shift ?? 0)
        try relaxed.limit(
          limit.measure, of: limit.underlying, atLeast: limit.lower - shift,
          atMost: limit.upper + shift)
      }
      #expect((try relaxed.solve().plan != nil) == feasible)
    }
  }

  @Test("nobody bids, nobody offers: nothing is sold, nothing bought")
  func oneSidedQuotes() throws {
    let quotes = market.quotes.map { quote in
      var quote = quote
      if quote.instrument.isOption { quote.ask = nil } else { quote.bid = nil }
      return quote
    }
    let oneSided = Market(time: market.time, indexPrices: market.indexPrices, quotes: quotes)
    var problem = try problem(.paradex, seed: 8)
    problem.market = oneSided
    problem.tradeSize = .coins(5)
    let plan = try #require(try problem.solve().plan)
    #expect(!plan.trades.isEmpty)
    for trade in plan.trades {
      #expect(trade.instrument.isOption ? trade.quantity < 0 : trade.quantity > 0)
    }
  }

  @Test("what makes no sense is refused with its name")
  func refusals() throws {
    var problem = try problem(.paradex, seed: 1)
    #expect(throws: HedgeError.limitNotANumber("total delta")) {
      try problem.limit(.delta, atMost: .nan)
    }
    #expect(throws: HedgeError.limitCrossed("BTC vega", lower: 2, upper: 1)) {
      try problem.limit(.vega, of: "BTC", atLeast: 2, atMost: 1)
    }
    #expect(throws: HedgeError.underlyingUnknown("SOL", known: ["BTC", "ETH"])) {
      try problem.limit(.delta, of: "SOL", atMost: 1)
    }
    #expect(throws: HedgeError.scenariosNeeded("expected shortfall 0.99")) {
      try problem.limit(.expectedShortfall(confidence: 0.99), atMost: 1)
    }
    problem.portfolio = Portfolio()
    #expect(throws: HedgeError.emptyPortfolio) { try problem.solve() }
    problem.portfolio = Portfolio([Position(1, market.listed[0])])
    problem.tradeSize = .coins(0)
    problem.futureSize = 0
    #expect(throws: HedgeError.nothingToTrade) { try problem.solve() }
  }
}
