import Hedging
import Margin
import Pricing
import TestSupport
import Testing

@Suite("Cheapest trades that cure a margin call")
struct CureTests {
  let market = SyntheticMarket.market()

  func problem(
    _ profile: ScenarioGridProfile.Bundled, seed: UInt64, positions: Int = 20
  ) throws -> HedgeProblem {
    var problem = try HedgeProblem.random(profile, seed: seed, positions: positions, in: market)
    problem.tradeSize = .coins(5)
    return problem
  }

  /// An equity between the margin of the book and the least that trades reach.
  func called(_ problem: HedgeProblem, share: Double = 0.5) throws -> (Double, least: HedgePlan) {
    let least = try #require(try problem.solve().plan)
    let (before, after) = (least.margin.before.amount, least.margin.after.amount)
    return (before + share * (after - before), least)
  }

  func margin(_ problem: HedgeProblem, after plan: HedgePlan) throws -> Double {
    let book = problem.portfolio.adding(plan.trades.map { Position($0.quantity, $0.instrument) })
    return try problem.methodology.margin(problem.level, on: book, in: problem.market).amount
  }

  @Test("of three perpetuals short two are bought back where equity is a third of the margin")
  func perpetual() throws {
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    let problem = HedgeProblem(
      minimizing: ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex)),
      of: Portfolio([Position(-3, perpetual)]), in: market, hedgingWith: [perpetual])
    let whole = try problem.methodology.margin(on: problem.portfolio, in: market).amount
    let plan = try #require(try problem.cheapestCure(equity: whole / 3).solve().plan)
    #expect(plan.trades.count == 1)
    #expect(isClose(plan.trades[0].quantity, 2, relative: 1e-7))
    // 2 basis points of half-spread on two coins.
    let coin = 65_013 * 0.0002
    #expect(isClose(plan.cost, 2 * coin, relative: 1e-7))
    #expect(plan.objective == plan.cost)
    let binding = try #require(plan.bindingLimits.first)
    #expect(binding.name == "margin" && binding.isUpper)
    #expect(isClose(binding.price, coin / (whole / 3), relative: 1e-6))
  }

  @Test(
    "the exact margin is at most the equity, and the cost meets its bound",
    arguments: [ScenarioGridProfile.Bundled.deribit, .paradex], [1, 2, 3] as [UInt64])
  func cured(profile: ScenarioGridProfile.Bundled, seed: UInt64) throws {
    var problem = try problem(profile, seed: seed)
    problem.tradingCost = TradingCost(optionFee: 0.0003, optionFeeCap: 0.125, futureFee: 0.0005)
    try problem.limit(.vega, atLeast: -4_000, atMost: 4_000)
    let (equity, least) = try called(problem)
    let cure = try problem.cheapestCure(equity: equity)
    let plan = try #require(try cure.solve().plan)
    #expect(try margin(problem, after: plan) <= equity)
    #expect(plan.limitViolation < 1e-7)
    #expect(plan.gap < 1e-6 && plan.objective >= plan.bound - 1e-6 * abs(plan.bound))
    // The least margin costs more than the half of the way to it, and that more than half.
    #expect(plan.cost < least.cost)
  }

  @Test("no random trades of less cost than the bound cure")
  func boundHolds() throws {
    let problem = try problem(.paradex, seed: 6)
    let (equity, _) = try called(problem)
    let plan = try #require(try problem.cheapestCure(equity: equity).solve().plan)
    var random = TestRandom(seed: 7)
    var cheaper = 0
    for _ in 0..<300 {
      // Around the plan made smaller, so that many are cheaper than it.
      let share = 1 - 0.02 * abs(random.signedUnit())
      let trades = plan.trades.map {
        // Within the sizes of options; futures have all the room they need.
        let quantity = share * $0.quantity * (1 + 0.02 * random.signedUnit())
        return Position(
          $0.instrument.isOption ? min(5, max(-5, quantity)) : quantity, $0.instrument)
      }
      let cost = zip(trades, plan.trades).reduce(0) {
        $0 + $1.1.cost * $1.0.quantity / $1.1.quantity
      }
      guard cost < plan.bound * (1 - 1e-9) else { continue }
      cheaper += 1
      let margin = try problem.methodology.margin(on: problem.portfolio.adding(trades), in: market)
      #expect(margin.amount > equity)
    }
    #expect(cheaper > 100)
  }

  @Test("the price of the equity is what another dollar saves")
  func dual() throws {
    let problem = try problem(.paradex, seed: 3)
    let (equity, _) = try called(problem, share: 0.613)
    func solved(_ equity: Double) throws -> HedgePlan {
      try #require(try problem.cheapestCure(equity: equity).solve().plan)
    }
    let plan = try solved(equity)
    let price = try #require(plan.bindingLimits.first { $0.name == "margin" }).price
    let step = 1e-4 * equity
    let (more, less) = (try solved(equity + step).cost, try solved(equity - step).cost)
    #expect(price >= (plan.cost - more) / step * (1 - 1e-4))
    #expect(price <= (less - plan.cost) / step * (1 + 1e-4))
    #expect(price > 0)
  }

  @Test("what no trades cure names the margin, and how much equity they need")
  func conflict() throws {
    var problem = try problem(.deribit, seed: 4)
    problem.tradeSize = .coins(1)
    problem.futureSize = 1
    var free = problem
    free.costWeight = 0
    let least = try #require(try free.solve().plan).bound
    #expect(least > 1_000)
    guard case .infeasible(let conflict) = try problem.cheapestCure(equity: least * 0.9).solve()
    else {
      Issue.record("margin cannot come below its least")
      return
    }
    let member = try #require(conflict.members.first)
    #expect(conflict.members.count == 1 && member.name == "margin" && member.isUpper)
    #expect(isClose(member.needed, least, relative: 1e-6))
    #expect(try problem.cheapestCure(equity: member.needed * (1 + 1e-6)).solve().plan != nil)

    // A limit on premium in the way of the cure is named with it.
    var held = problem
    for underlying in ["BTC", "ETH"] {
      try held.limit(.delta, of: underlying, atLeast: 60, atMost: 80)
    }
    let outcome = try held.cheapestCure(equity: least * 1.05).solve()
    guard case .infeasible(let both) = outcome else {
      Issue.record("so much delta needs margin: \(outcome)")
      return
    }
    #expect(both.members.contains { $0.name == "margin" })
    #expect(both.members.contains { $0.name.hasSuffix("delta") })
  }

  @Test("cost that comes out of the equity is cured too; without a call nothing is traded")
  func payingCost() throws {
    let problem = try problem(.paradex, seed: 2)
    let (equity, least) = try called(problem)
    let given = try #require(try problem.cheapestCure(equity: equity).solve().plan)
    let paid = try #require(
      try problem.cheapestCure(equity: equity, payingCost: true).solve().plan)
    #expect(try margin(problem, after: paid) + paid.cost <= equity)
    #expect(paid.cost > given.cost && paid.gap < 1e-6)
    let enough = try problem.cheapestCure(equity: least.margin.before.amount * 1.001).solve().plan
    #expect(try #require(enough).trades.isEmpty)
    #expect(try #require(enough).cost == 0)
  }

  @Test("in whole lots the cure costs no less, and its trades are lots")
  func lots() throws {
    var problem = try problem(.paradex, seed: 5, positions: 6)
    let (equity, _) = try called(problem)
    let free = try #require(try problem.cheapestCure(equity: equity).solve().plan)
    problem.tradeRules = TradeRules(lot: 0.5)
    var settings = HedgeProblem.Settings()
    settings.relativeGap = 0.05
    settings.searchTimeLimit = 20
    let plan = try #require(try problem.cheapestCure(equity: equity).solve(settings).plan)
    #expect(try margin(problem, after: plan) <= equity * (1 + 1e-8))
    #expect(plan.cost >= free.bound * (1 - 1e-9))
    for trade in plan.trades {
      #expect(isClose(2 * trade.quantity, (2 * trade.quantity).rounded(), relative: 1e-9))
    }
  }

  @Test("limits on margin that make no sense are refused")
  func refusals() throws {
    var problem = try problem(.paradex, seed: 1)
    #expect(throws: HedgeError.limitNotANumber("margin")) {
      try problem.cheapestCure(equity: .infinity)
    }
    #expect(throws: HedgeError.shortfallFromBelow("margin")) {
      try problem.limit(.margin, atLeast: 1)
    }
    #expect(throws: HedgeError.totalOnly("BTC margin")) {
      try problem.limit(.margin, of: "BTC", atMost: 1)
    }
    problem.marginWeight = -1
    #expect(throws: HedgeError.outOfRange("the weight of margin", value: -1)) {
      try problem.solve()
    }
  }
}
