import Hedging
import LinearAlgebra
import Margin
import Pricing
import QuadraticProgramming
import Simulation
import TestSupport
import Testing

@Suite("Hedges under expected shortfall")
struct ExpectedShortfallHedgeTests {
  let market = SyntheticMarket.market()

  func scenarios(_ count: Int) throws -> ScenarioSet {
    var random = TestRandom(seed: 21)
    func bell() -> Double { (0..<12).reduce(0) { sum, _ in sum + random.signedUnit() } / 2 }
    let returns = Matrix(rows: count, columns: 2) { _, _ in 0.05 * bell() }
    let volatility = Matrix(rows: count, columns: 2) { _, _ in 0.1 * bell() }
    return try ScenarioSet(
      underlyings: ["BTC", "ETH"], spotReturns: returns, volatilityReturns: volatility,
      horizon: 1.0 / 365)
  }

  func problem(_ scenarios: ScenarioSet) -> HedgeProblem {
    var random = TestRandom(seed: 5)
    let book = SyntheticMarket.book(of: 12, in: market, size: 5, random: &random)
    var problem = HedgeProblem(
      minimizing: ExpectedShortfallMargin(scenarios: scenarios, confidence: 0.95),
      of: book, in: market, hedgingWith: Array(market.listed.prefix(14)))
    problem.tradeSize = .coins(2)
    return problem
  }

  @Test("cuts reach the optimum of the lifted linear program of Rockafellar and Uryasev")
  func lifted() throws {
    let scenarios = try scenarios(120)
    var problem = problem(scenarios)
    problem.costWeight = 0
    let plan = try #require(try problem.solve().plan)
    #expect(plan.gap < 1e-7 && plan.gap > -1e-9)

    // min α + 1/k Σ u_s,  u_s ≥ L₀_s − (R x)_s − α,  u ≥ 0: variables x, α, u.
    let shortfall = try ExpectedShortfallFunction(
      of: problem.portfolio, trading: problem.instruments, in: scenarios, market: market,
      confidence: 0.95)
    let (n, count) = (problem.instruments.count, scenarios.count)
    let scale = 1e4
    let k = shortfall.tailCount
    var program = QuadraticProgram(
      linearCost: [Double](repeating: 0, count: n) + [1]
        + [Double](repeating: 1 / k, count: count))
    program.constrain(
      Matrix(rows: count, columns: n + 1 + count) { s, j in
        j < n
          ? shortfall.profitAndLoss[s, j] / scale : j == n ? 1 : j - n - 1 == s ? 1 : 0
      }, atLeast: shortfall.baseLosses.map { $0 / scale })
    program.bound(
      atLeast: [Double](repeating: -2, count: n) + [-Double.infinity]
        + [Double](repeating: 0, count: count),
      atMost: [Double](repeating: 2, count: n)
        + [Double](repeating: .infinity, count: count + 1))
    let solution = try program.solve()
    #expect(solution.status == .optimal)
    #expect(
      isClose(max(0, solution.objective * scale), plan.margin.after.amount, relative: 1e-7))
  }

  /// The same search by cutting planes alone.
  func byCuts(_ problem: HedgeProblem) throws -> HedgePlan {
    var settings = HedgeProblem.Settings()
    settings.usesScenarios = false
    return try #require(try problem.solve(settings).plan)
  }

  @Test(
    "scenarios at once reach the optimum of cutting planes, with a bound that proves it",
    arguments: [10, 120, 2500, 20_000])
  func scenariosAtOnce(count: Int) throws {
    let problem = problem(try scenarios(count))
    let plan = try #require(try problem.solve().plan)
    #expect(plan.statistics.rounds == 1)
    #expect(plan.bound <= plan.objective * (1 + 1e-12))
    #expect(plan.gap <= 1e-8)
    let other = try byCuts(problem)
    #expect(other.statistics.rounds > 1)
    #expect(isClose(plan.objective, other.objective, relative: 1e-8))
    #expect(plan.bound <= other.objective * (1 + 1e-12))
  }

  @Test(
    "margin and two limits on shortfalls at three confidences equal the optimum of cuts",
    arguments: [10, 300, 3000])
  func severalShortfalls(count: Int) throws {
    let scenarios = try scenarios(count)
    var problem = problem(scenarios)
    problem.scenarios = scenarios
    problem.costWeight = 3
    let free = try #require(try problem.solve().plan)
    let after = problem.portfolio.adding(free.trades.map { Position($0.quantity, $0.instrument) })
    let losses = try scenarios.losses(of: after, in: market)
    for (confidence, give) in [(0.6, 0.02), (0.9, 0.001)] {
      let value = losses.expectedShortfall(confidence)
      try problem.limit(
        .expectedShortfall(confidence: confidence), atMost: value - give * abs(value))
    }
    let plan = try #require(try problem.solve().plan)
    let other = try byCuts(problem)
    #expect(plan.statistics.rounds == 1)
    #expect(plan.limitViolation <= 1e-8)
    #expect(plan.gap <= 1e-8 && plan.gap >= -1e-12)
    #expect(isClose(plan.objective, other.objective, relative: 1e-7))
    #expect(plan.objective > free.objective)
    #expect(!plan.bindingLimits.isEmpty)
    for limit in plan.bindingLimits {
      let same = try #require(other.bindingLimits.first { $0.name == limit.name })
      #expect(isClose(limit.price, same.price, relative: 1e-4))
    }
  }

  @Test("weighted scenarios, some of weight zero, reach the optimum of cuts")
  func weighted() throws {
    let equal = try scenarios(400)
    let scenarios = try ScenarioSet(
      underlyings: equal.underlyings, spotReturns: equal.spotReturns,
      volatilityReturns: equal.volatilityReturns, horizon: equal.horizon,
      weights: (0..<400).map { Double($0 % 5) })
    let problem = problem(scenarios)
    let plan = try #require(try problem.solve().plan)
    #expect(plan.gap <= 1e-8)
    #expect(isClose(plan.objective, try byCuts(problem).objective, relative: 1e-8))
  }

  @Test("shortfall limits that conflict are named, and what they need can be met")
  func conflict() throws {
    let scenarios = try scenarios(300)
    var problem = problem(scenarios)
    problem.methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex))
    problem.scenarios = scenarios
    let before = try scenarios.losses(of: problem.portfolio, in: market)
    let names = ["expected shortfall 0.6", "expected shortfall 0.95"]
    var impossible = problem
    for confidence in [0.6, 0.95] {
      try impossible.limit(
        .expectedShortfall(confidence: confidence),
        atMost: 0.2 * before.expectedShortfall(confidence))
    }
    guard case .infeasible(let conflict) = try impossible.solve() else {
      Issue.record("limits at a fifth of the shortfalls were met")
      return
    }
    #expect(!conflict.members.isEmpty)
    #expect(conflict.members.allSatisfy { names.contains($0.name) && $0.isUpper })
    for share in [1.0001, 0.99] {
      var moved = problem
      for (name, confidence) in zip(names, [0.6, 0.95]) {
        let limit = 0.2 * before.expectedShortfall(confidence)
        let needed = conflict.members.first { $0.name == name }?.needed ?? limit
        try moved.limit(.expectedShortfall(confidence: confidence), atMost: share * needed)
      }
      let outcome = try moved.solve()
      #expect((outcome.plan != nil) == (share > 1))
      if let plan = outcome.plan { #expect(plan.limitViolation <= 1e-8) }
    }
  }

  @Test("the same limit twice changes nothing but the number of limits")
  func limitTwice() throws {
    let scenarios = try scenarios(200)
    var problem = problem(scenarios)
    problem.scenarios = scenarios
    let once = try #require(try problem.solve().plan)
    let measure = RiskMeasure.expectedShortfall(confidence: 0.95)
    try problem.limit(measure, atMost: 1e9)
    try problem.limit(measure, atMost: 1e9)
    let twice = try #require(try problem.solve().plan)
    #expect(isClose(once.objective, twice.objective, relative: 1e-8))
    #expect(once.statistics.variables == twice.statistics.variables)
  }

  @Test("trades in lots under an expected shortfall keep to their proven bound")
  func lots() throws {
    var problem = problem(try scenarios(300))
    let free = try #require(try problem.solve().plan)
    problem.tradeRules.maximumTrades = 4
    var settings = HedgeProblem.Settings()
    settings.relativeGap = 1e-3
    let plan = try #require(try problem.solve(settings).plan)
    #expect(plan.trades.count <= 4)
    #expect(plan.gap <= 1e-3 + 1e-9)
    #expect(plan.objective >= free.bound)
    settings.usesScenarios = false
    let other = try #require(try problem.solve(settings).plan)
    #expect(isClose(plan.objective, other.objective, relative: 1.1e-3))
  }

  @Test("an expected-shortfall limit holds exactly and has a price")
  func limited() throws {
    let scenarios = try scenarios(500)
    var problem = problem(scenarios)
    problem.methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex))
    problem.scenarios = scenarios
    let free = try #require(try problem.solve().plan)
    let measure = RiskMeasure.expectedShortfall(confidence: 0.95)
    try problem.limit(measure, atMost: 1e12)
    let unlimited = try #require(try problem.solve().plan)
    // A limit that does not bind costs no solution over the scenarios.
    #expect(unlimited.statistics.rounds == 1)
    #expect(unlimited.statistics.iterations <= 2 * free.statistics.iterations)
    let shortfall = try #require(unlimited.risk.first).after
    #expect(isClose(unlimited.objective, free.objective, relative: 1e-7))

    // Half way down to the least shortfall that any trades reach.
    var least = problem
    least.methodology = ExpectedShortfallMargin(scenarios: scenarios, confidence: 0.95)
    least.costWeight = 0
    let floor = try #require(try least.solve().plan).margin.after.amount
    let limit = (floor + shortfall) / 2
    var tight = problem
    try tight.limit(measure, atMost: limit)
    let plan = try #require(try tight.solve().plan)
    let figure = try #require(plan.risk.first { $0.upper < 1e11 })
    #expect(figure.after <= limit * (1 + 1e-8))
    #expect(plan.objective > free.objective)
    #expect(plan.bindingLimits.contains { $0.name == "expected shortfall 0.95" && $0.price > 0 })
    #expect(plan.gap < 1e-6)

    // The same figure by the loss distribution of the book after the trades.
    let after = tight.portfolio.adding(plan.trades.map { Position($0.quantity, $0.instrument) })
    let losses = try scenarios.losses(of: after, in: market)
    #expect(isClose(losses.expectedShortfall(0.95), figure.after, relative: 1e-9))
  }

  @Test("the variance term is the variance of the P&L, and its plan is on its bound")
  func variance() throws {
    let scenarios = try scenarios(400)
    var problem = problem(scenarios)
    problem.methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex))
    problem.scenarios = scenarios
    problem.riskAversion = 1e-4
    let plan = try #require(try problem.solve().plan)
    let after = problem.portfolio.adding(plan.trades.map { Position($0.quantity, $0.instrument) })
    let deviation = try scenarios.losses(of: after, in: market).standardDeviation
    #expect(
      isClose(
        plan.objective, plan.margin.after.amount + plan.cost + 0.5e-4 * deviation * deviation,
        relative: 1e-9))
    #expect(abs(plan.gap) < 1e-6)
  }

  @Test("a search that is cut short gives no trades rather than worse ones, and an honest bound")
  func cutShort() throws {
    let problem = problem(try scenarios(500))
    let complete = try #require(try problem.solve().plan)
    for usesScenarios in [true, false] {
      for rounds in 1...4 {
        var settings = HedgeProblem.Settings()
        settings.usesScenarios = usesScenarios
        settings.roundLimit = rounds
        if usesScenarios { settings.solver.iterationLimit = 3 * rounds }
        let outcome = try problem.solve(settings)
        // Few iterations may leave no point that meets the rows, and then there is no plan.
        guard let plan = outcome.plan else {
          #expect(usesScenarios)
          continue
        }
        #expect(plan.objective <= plan.margin.before.amount * (1 + 1e-12))
        #expect(plan.bound <= complete.objective * (1 + 1e-9))
        #expect(plan.statistics.rounds <= rounds)
      }
    }
  }
}
