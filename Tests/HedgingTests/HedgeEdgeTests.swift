import Hedging
import LinearAlgebra
import Margin
import Pricing
import Simulation
import TestSupport
import Testing

@Suite("Hedges at the edges")
struct HedgeEdgeTests {
  let market = SyntheticMarket.market()

  func methodology(_ profile: ScenarioGridProfile.Bundled) throws -> ScenarioGridMargin {
    ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: profile))
  }

  func problem(
    _ profile: ScenarioGridProfile.Bundled, seed: UInt64, positions: Int = 15, size: Double = 5
  ) throws -> HedgeProblem {
    var random = TestRandom(seed: seed)
    let book = SyntheticMarket.book(of: positions, in: market, size: size, random: &random)
    var problem = HedgeProblem(
      minimizing: try methodology(profile), of: book, in: market, hedgingWith: market.listed)
    problem.tradeSize = .coins(size)
    problem.futureSize = size
    return problem
  }

  /// Margin by the exact rule and half-spreads, from the definitions.
  func objective(_ trades: [Double], _ problem: HedgeProblem) throws -> Double {
    let positions = zip(trades, problem.instruments).map { Position($0, $1) }
    let margin = try problem.methodology.margin(
      problem.level, on: problem.portfolio.adding(positions), in: problem.market)
    let cost = try positions.reduce(0) { sum, trade in
      let quote = try problem.market.quote(for: trade.instrument)
      let price = (trade.quantity > 0 ? quote.dollarAsk : quote.dollarBid) ?? .nan
      return trade.quantity == 0 ? sum : sum + abs(trade.quantity * (price - quote.dollarMark))
    }
    return margin.amount + cost
  }

  @Test(
    "no random search beats the bound or the plan, from the plan or from nothing",
    arguments: [ScenarioGridProfile.Bundled.deribit, .paradex], MarginLevel.allCases)
  func search(profile: ScenarioGridProfile.Bundled, level: MarginLevel) throws {
    var problem = try problem(profile, seed: 61)
    problem.level = level
    let plan = try #require(try problem.solve().plan)
    #expect(plan.relation == .exact && abs(plan.gap) < 1e-6)
    let planned = problem.instruments.map { instrument in
      plan.trades.first { $0.instrument == instrument }?.quantity ?? 0
    }
    #expect(isClose(try objective(planned, problem), plan.objective, relative: 1e-10))
    var random = TestRandom(seed: 62)
    for start in [planned, planned.map { _ in 0 }] {
      var (best, value) = (start, try objective(start, problem))
      for step in 0..<250 {
        var tried = best
        for _ in 0...(step % 3) {
          let j = Int.random(in: tried.indices, using: &random)
          let width = [1e-5, 1e-2, 1, 5][step % 4]
          tried[j] = min(5, max(-5, tried[j] + width * random.signedUnit()))
        }
        let found = try objective(tried, problem)
        if found < value { (best, value) = (tried, found) }
      }
      #expect(value >= plan.bound - 1e-6 * abs(plan.bound))
      #expect(value >= plan.objective * (1 - 1e-6))
    }
  }

  @Test("a limit that is an equality is met, and its price is the slope on the side that binds")
  func equality() throws {
    func plan(_ delta: Double) throws -> HedgePlan {
      var problem = try problem(.paradex, seed: 63)
      try problem.limit(.delta, of: "BTC", atLeast: delta, atMost: delta)
      try problem.limit(.vega, atLeast: 500, atMost: 500)
      return try #require(try problem.solve().plan)
    }
    for delta in [-3.0, 3] {
      let found = try plan(delta)
      #expect(isClose(found.risk[0].after, delta, relative: 1e-7))
      #expect(isClose(found.risk[1].after, 500, relative: 1e-7))
      #expect(abs(found.gap) < 1e-6)
      let binding = try #require(found.bindingLimits.first { $0.name == "BTC delta" })
      #expect(binding.value == delta && binding.price > 0)
      // An upper side asks for more, a lower side for less; the value is convex in the limit.
      let outward = binding.isUpper ? 1e-3 : -1e-3
      let saved = found.objective - (try plan(delta + outward)).objective
      let lost = (try plan(delta - outward)).objective - found.objective
      #expect(binding.price >= saved / 1e-3 - 1 && binding.price <= lost / 1e-3 + 1)
    }
  }

  @Test("instruments of size zero stay untouched, whatever else is traded")
  func zeroSizes() throws {
    var problem = try problem(.deribit, seed: 64)
    let kept = try #require(market["BTC-PERPETUAL"]).instrument
    for instrument in market.listed where instrument != kept {
      problem.tradeSizes[instrument.name] = 0
    }
    try problem.limit(.delta, of: "BTC", atLeast: 1, atMost: 1)
    problem.tradeSizes[kept.name] = 100
    let plan = try #require(try problem.solve().plan)
    #expect(plan.trades.map(\.instrument) == [kept])
    #expect(isClose(plan.risk[0].after, 1, relative: 1e-7))
    #expect(plan.objective >= plan.bound - 1e-3 && plan.gap < 1e-6)
  }

  @Test(
    "one position, one instrument: it is bought back",
    arguments: [ScenarioGridProfile.Bundled.deribit, .paradex], [-2.0, 2])
  func single(profile: ScenarioGridProfile.Bundled, quantity: Double) throws {
    let instrument = try #require(market.listed.first { $0.isOption })
    var problem = HedgeProblem(
      minimizing: try methodology(profile), of: Portfolio([Position(quantity, instrument)]),
      in: market, hedgingWith: [instrument])
    problem.tradeSize = .coins(10)
    problem.costWeight = 0
    let plan = try #require(try problem.solve().plan)
    #expect(plan.margin.after.amount <= 1e-6 * plan.margin.before.amount)
    #expect(plan.trades.count == 1)
    #expect(isClose(plan.trades[0].quantity, -quantity, relative: 1e-5))
  }

  @Test(
    "books of a millionth and a million times the size have the same plan",
    arguments: [
      1e-6, 1e6,
    ])
  func scaled(by scale: Double) throws {
    var problem = try problem(.paradex, seed: 65)
    let plain = try #require(try problem.solve().plan)
    problem.portfolio = Portfolio(
      problem.portfolio.positions.map { Position(scale * $0.quantity, $0.instrument) })
    problem.tradeSize = .coins(5 * scale)
    problem.futureSize = 5 * scale
    // Far away, so that it holds nothing back.
    try problem.limit(.vega, atLeast: -1e7 * scale, atMost: 1e7 * scale)
    let plan = try #require(try problem.solve().plan)
    #expect(plan.bindingLimits.isEmpty)
    #expect(isClose(plan.objective / scale, plain.objective, relative: 1e-6))
    #expect(isClose(plan.bound / scale, plain.bound, relative: 1e-6))
  }

  @Test("settled in coins and in dollars: one hedge over both pools")
  func mixedSettlements() throws {
    let linear = SyntheticMarket.market(settlement: .linear)
    let mixed = Market(
      time: market.time, indexPrices: market.indexPrices, quotes: market.quotes + linear.quotes)
    var profile = try ScenarioGridProfile(bundled: .deribit)
    // What the venue adds for several underlyings is not known; here the rest of the rule is tested.
    profile.refusals = nil
    profile.underlyings["BTC_USDC"] = .init(priceRange: 0.16)
    profile.underlyings["ETH_USDC"] = .init(priceRange: 0.18)
    profile.groupOffsets?["USDC"] = .init(offset: 0.4, maximumOffset: 9_000)
    for seed in [71, 72] as [UInt64] {
      var random = TestRandom(seed: seed)
      var problem = HedgeProblem(
        minimizing: ScenarioGridMargin(profile: profile),
        of: SyntheticMarket.book(of: 20, in: mixed, size: 5, random: &random), in: mixed,
        hedgingWith: mixed.listed)
      problem.tradeSize = .coins(3)
      problem.futureSize = 3
      let plan = try #require(try problem.solve().plan)
      #expect(plan.relation == .exact && abs(plan.gap) < 1e-6)
      #expect(plan.margin.after.amount < plan.margin.before.amount)
    }
  }

  @Test("a plan on the edge of the verified range is a plan, not an error")
  func domainEdge() throws {
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    var problem = HedgeProblem(
      minimizing: try methodology(.deribit), of: Portfolio([Position(300, perpetual)]),
      in: market, hedgingWith: [perpetual])
    problem.futureSize = 50
    try problem.limit(.delta, of: "BTC", atLeast: 20_000_000 / 65_000.0)
    let plan = try #require(try problem.solve().plan)
    #expect(isClose(plan.trades[0].quantity, 20_000_000 / 65_000.0 - 300, relative: 1e-5))
    // Beyond the edge nothing is admissible.
    var beyond = problem
    try beyond.limit(.delta, of: "BTC", atLeast: 320)
    #expect(try beyond.solve().plan == nil)
  }

  @Test("charges of the account where nothing is held do not part the plan from its bound")
  func charges() throws {
    let perpetual = try #require(market["BTC-PERPETUAL"]).instrument
    var rule = try methodology(.deribit)
    rule.accountCharges = ["ETH": ["open orders": 10]]
    let problem = HedgeProblem(
      minimizing: rule, of: Portfolio([Position(-3, perpetual)]), in: market,
      hedgingWith: market.listed)
    let plan = try #require(try problem.solve().plan)
    #expect(plan.margin.after.amount >= 20_000 - 1e-3)
    #expect(abs(plan.gap) < 1e-6)
  }

  @Test("weights of the scenarios count in shortfalls and in the variance")
  func weights() throws {
    var random = TestRandom(seed: 66)
    let scenarios = try ScenarioSet(
      underlyings: ["BTC", "ETH"],
      spotReturns: Matrix(rows: 150, columns: 2) { _, _ in 0.15 * random.signedUnit() },
      horizon: 1.0 / 365, weights: (0..<150).map { s in s % 10 == 0 ? 0 : 1 + Double(s % 7) })
    var problem = try problem(.paradex, seed: 67)
    problem.scenarios = scenarios
    problem.riskAversion = 1e-4
    let free = try #require(try problem.solve().plan)
    try problem.limit(.expectedShortfall(confidence: 0.9), atMost: 1e12)
    let loose = try #require(try problem.solve().plan)
    #expect(isClose(loose.objective, free.objective, relative: 1e-6))
    for plan in [free, loose] {
      let after = problem.portfolio.adding(
        plan.trades.map { Position($0.quantity, $0.instrument) })
      let losses = try scenarios.losses(of: after, in: market)
      let deviation = losses.standardDeviation
      #expect(
        isClose(
          plan.objective, plan.margin.after.amount + plan.cost + 0.5e-4 * deviation * deviation,
          relative: 1e-9))
      #expect(abs(plan.gap) < 1e-6)
      if let figure = plan.risk.first(where: { $0.name.hasPrefix("expected") }) {
        #expect(isClose(figure.after, losses.expectedShortfall(0.9), relative: 1e-9))
      }
    }
  }

  @Test("cuts end when they repeat, in books of any size", arguments: [1e-6, 1, 1e6])
  func cutRounds(scale: Double) throws {
    var random = TestRandom(seed: 81)
    let scenarios = try ScenarioSet(
      underlyings: ["BTC", "ETH"],
      spotReturns: Matrix(rows: 1_000, columns: 2) { _, _ in 0.15 * random.signedUnit() },
      volatilityReturns: Matrix(rows: 1_000, columns: 2) { _, _ in 0.3 * random.signedUnit() },
      horizon: 1.0 / 365)
    var problem = try problem(.paradex, seed: 82, size: 5 * scale)
    problem.methodology = ExpectedShortfallMargin(scenarios: scenarios, confidence: 0.975)
    let plan = try #require(try problem.solve().plan)
    #expect(plan.statistics.rounds < 200, "\(plan.statistics)")
    #expect(abs(plan.objective - plan.bound) <= 1e-6 * plan.objective, "\(plan.gap)")
  }

  @Test("a limit of zero on a measure that is zero takes part in a conflict like any other")
  func zeroLimits() throws {
    var problem = try problem(.paradex, seed: 68)
    try problem.limit(.premium, atMost: 0)
    try problem.limit(.tradingCost, atMost: 0)
    try problem.limit(.vega, atLeast: 1e7)
    guard case .infeasible(let conflict) = try problem.solve() else {
      Issue.record("no trades at no cost reach the vega")
      return
    }
    let first = try #require(conflict.members.first { $0.shift > 0 })
    #expect(first.name == "total vega" && !first.isUpper)
    #expect(conflict.members.contains { $0.name == "trading cost" })
  }

  @Test("the same problem has the same plan, in whatever order its instruments come")
  func determinism() throws {
    let problem = try problem(.deribit, seed: 69)
    let (a, b) = (try problem.solve().plan, try problem.solve().plan)
    #expect(try #require(a).trades == (try #require(b)).trades)
    var random = TestRandom(seed: 70)
    var shuffled = HedgeProblem(
      minimizing: problem.methodology, of: problem.portfolio, in: market,
      hedgingWith: market.listed.shuffled(using: &random))
    shuffled.tradeSize = problem.tradeSize
    shuffled.futureSize = problem.futureSize
    let c = try #require(try shuffled.solve().plan)
    #expect(isClose(c.objective, try #require(a).objective, relative: 1e-7))
  }

  @Test("numbers that make no sense are refused by name, before anything is built")
  func badNumbers() throws {
    let faults: [(String, (inout HedgeProblem) -> Void)] = [
      ("the weight of cost", { $0.costWeight = -1 }),
      ("the weight of cost", { $0.costWeight = .nan }),
      ("the risk aversion", { $0.riskAversion = .nan }),
      ("the risk aversion", { $0.riskAversion = -1 }),
      ("the future fee", { $0.tradingCost.futureFee = .infinity }),
      ("the option fee", { $0.tradingCost.optionFee = -0.1 }),
      ("the trade size of BTC-PERPETUAL", { $0.futureSize = .nan }),
      ("the trade size of BTC-PERPETUAL", { $0.futureSize = .infinity }),
      ("the trade size of BTC-PERPETUAL", { $0.tradeSizes["BTC-PERPETUAL"] = -1 }),
      ("the trade size of \(market.listed[2])", { $0.tradeSize = .coins(.nan) }),
      ("the trade size of \(market.listed[2])", { $0.tradeSize = .shareOfOpenInterest(-0.1) }),
    ]
    for (name, spoil) in faults {
      var problem = try problem(.paradex, seed: 1)
      spoil(&problem)
      #expect("\(name)") { try problem.solve() } throws: { error in
        guard case .outOfRange(let what, _)? = error as? HedgeError else { return false }
        return what == name
      }
    }
    var problem = try problem(.paradex, seed: 1)
    #expect(throws: HedgeError.limitNotANumber("total vega")) {
      try problem.limit(.vega, atLeast: .infinity)
    }
    #expect(throws: HedgeError.costFromBelow("trading cost")) {
      try problem.limit(.tradingCost, atLeast: 100)
    }
    problem.tradeSizes["BTC-PERP"] = 3
    #expect(throws: HedgeError.notAmongInstruments("BTC-PERP")) { try problem.solve() }
    problem.tradeSizes = [:]
    problem.portfolio.add(.nan, of: market.listed[3])
    #expect(throws: MarginError.self) { try problem.solve() }
  }
}
