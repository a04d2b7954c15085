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
    var settings = HedgeProblem.Settings()
    for rounds in 1...4 {
      settings.roundLimit = rounds
      let plan = try #require(try problem.solve(settings).plan)
      #expect(plan.objective <= plan.margin.before.amount * (1 + 1e-12))
      #expect(plan.bound <= complete.objective * (1 + 1e-9))
      #expect(plan.statistics.rounds <= rounds)
    }
  }
}
