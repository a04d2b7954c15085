import Foundation
import MarginOptimization
import Testing

/// The Swift examples of the README and of the DocC articles, compiled and run.
///
/// `DocumentedCodeTests` fails where a document shows an example whose lines do not stand here, so
/// that what is documented compiles; the expectations below each example say what it prints.
@Suite("Examples of the README and the articles")
struct DocumentationExamples {
  @Test("a quadratic program, solved once and again with another cost")
  func quadraticProgram() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    // minimize ½ xᵀPx + cᵀx  subject to  Ax = b,  l ≤ x ≤ u
    var problem = QuadraticProgram(quadraticCost: [[4, 1], [1, 2]], linearCost: [1, 1])
    problem.constrain([[1, 1]], equalTo: [1])
    problem.bound(atLeast: [0, 0], atMost: [0.7, 0.7])

    let solution = try problem.solve()
    print(solution.status, solution.x, solution.objective)  // optimal [0.3, 0.7] 1.88
    print(solution.duals.equality, solution.duals.bounds)  // [-2.9] [0.0, 0.2]
    print(solution.residuals.largest < 1e-9)  // true: measured on the data as given

    // Keep the workspace, change the data, solve again.
    var solver = try InteriorPointSolver(problem)
    try solver.update(linearCost: [1, 2])
    print(solver.solve().x)  // [0.5, 0.5]

    #expect(
      printed.lines == ["optimal [0.3, 0.7] 1.88", "[-2.9] [0.0, 0.2]", "true", "[0.5, 0.5]"])
  }

  @Test("a covariance, shrunk, stressed, by factors and at every date")
  func covariances() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    // Daily returns, oldest first: a row for each date, a column for each asset.
    let returns: Matrix = [
      [0.021, 0.030, 0.012], [-0.034, -0.051, -0.020], [0.005, 0.011, 0.030],
      [0.013, 0.002, -0.008], [-0.009, -0.017, 0.004], [0.027, 0.041, 0.019],
    ]
    let shrunk = try LedoitWolf(target: .constantCorrelation).estimate(of: returns)
    print(shrunk.intensity)  // 1.0: six dates tell no correlation from another
    try CovarianceCheck.requirePositiveDefinite(shrunk.covariance, observations: 6)

    // The first two assets come apart; all else moves as little as it must.
    let scaling = try VolatilityScaling(covariance: shrunk.covariance)
    let apart = CorrelationStress.entries(
      [FixedCorrelation(0, 1, 0.2)], NearestCorrelation(smallestEigenvalue: 0.01))
    let stressed = try apart.applied(to: scaling.correlation)
    print(stressed[0, 1], try Cholesky(stressed).determinant > 0)  // 0.2 true

    let model = try PrincipalComponents(.exactly(1)).factorModel(of: returns)
    print(model, model.quadraticForm([1, -1, 0]) > 0)  // 3 assets by 1 factors true

    var largest = 0.0  // variance of the first asset at any date
    try ExponentiallyWeighted(decay: 0.94).forEachCovariance(of: returns) { _, covariance in
      largest = max(largest, covariance[0, 0])
    }
    print((1e6 * largest).rounded())  // 810.0

    #expect(
      printed.lines == ["1.0", "0.2 true", "3 assets by 1 factors true", "810.0"])
  }

  @Test("value-at-risk by Monte Carlo, from a covariance of past returns")
  func monteCarlo() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let market = try SampleMarket.market()  // or Market(chain: url)
    let book = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "book.csv")
    let history = try ReturnHistory(csv: SampleMarket.pricesCSV(), fileName: "prices.csv")
    let annual = 365 * (try LedoitWolf().covariance(of: history.returns))

    let model = try MonteCarlo(
      underlyings: history.factors, covariance: annual, shape: .studentT(degreesOfFreedom: 5))
    let scenarios = try model.scenarios(count: 20_000, horizon: 1 / 365, seed: 42)
    let losses = try scenarios.losses(of: book, in: market)  // every option revalued
    let interval = losses.valueAtRiskInterval(0.99)
    print(Int(losses.valueAtRisk(0.99)))  // 143328: dollars lost, or more, on 1 day in 100
    print(Int(interval.lower), Int(interval.upper))  // 133779 154370: its 95 % interval
    print(Int(losses.expectedShortfall(0.99)))  // 230080: the mean of those days

    #expect(printed.lines == ["143328", "133779 154370", "230080"])
  }

  @Test("the tail of a book, by its quadratic and by guided simulation")
  func tails() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }
    let market = try SampleMarket.market()
    let book = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "book.csv")
    let history = try ReturnHistory(csv: SampleMarket.pricesCSV(), fileName: "prices.csv")
    let annual = 365 * (try LedoitWolf().covariance(of: history.returns))

    let model = try MonteCarlo(underlyings: history.factors, covariance: annual)
    let day = 1.0 / 365
    let risk = try model.deltaGammaRisk(of: book, in: market, horizon: day)
    let quadratic = try risk.tailRisk(0.99)
    print(Int(quadratic.valueAtRisk), Int(quadratic.expectedShortfall))  // 116601 150884

    let full = try model.tailEstimate(
      0.99, of: book, in: market, horizon: day, count: 5_000, seed: 42)
    // 100455 1144: the value and its standard error
    print(Int(full.valueAtRisk), Int(full.valueAtRiskStandardError))
    print(Int(full.expectedShortfall), Int(full.expectedShortfallStandardError))  // 125755 967

    #expect(printed.lines == ["116601 150884", "100455 1144", "125755 967"])
  }

  @Test("random streams, a copula, and Sobol points through a bridge")
  func drawing() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    // Value k of path p depends on nothing else.
    let stream = RandomStream(seed: 42)
    let (few, many) = (stream.normals(path: 7, count: 2), stream.normals(path: 7, count: 9))
    print(few == Array(many.prefix(2)))  // true

    // A t copula of two marginals: one value in three beyond a far quantile is joined by the other.
    let copula = try StudentTCopula(correlation: [[1, 0.6], [0.6, 1]], degreesOfFreedom: 4)
    let draws = copula.draws(
      paths: 0..<10_000, from: stream,
      marginals: [NormalDistribution.standard, GammaDistribution(shape: 2)])
    print(draws.rows, draws.columns)  // 10000 2
    print((100 * copula.tailDependence(0, 1)).rounded())  // 31.0

    // Brownian paths at four times from scrambled Sobol points: the mean of W(1)² is 1.
    let bridge = try BrownianBridge(times: [0.25, 0.5, 0.75, 1])
    let points = try SobolSequence(dimension: 4, stream: stream)
    let paths = bridge.paths(normals: points.normals(0..<4096))
    let square = paths.column(3).reduce(0) { $0 + $1 * $1 } / 4096
    print(abs(square - 1) < 0.002)  // true: random points would be off by 0.02

    #expect(printed.lines == ["true", "10000 2", "31.0", "true"])
  }

  @Test("volatility from returns and from options")
  func volatility() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let market = try SampleMarket.market()  // or Market(chain: url)
    let history = try ReturnHistory(csv: SampleMarket.pricesCSV(), fileName: "prices.csv")

    let model = GARCH(errors: .studentT, stationarity: .limited(persistence: 0.999))
    let fit = try model.fit(history.returns.column(0))
    print(fit.persistence, fit.volatility.nextVolatility)  // 0.975469 0.020648
    let week = fit.varianceForecasts(horizon: 7).reduce(0, +)
    print(week.squareRoot())  // 0.055265: of the return over seven days

    let joint = try DynamicConditionalCorrelation(marginal: model).fit(history)
    print(joint.nextCorrelation[0, 1])  // 0.897468

    let book = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "book.csv")
    let simulation = try FilteredHistoricalSimulation(
      history: history, filter: .garch(model), horizon: 10)
    let losses = try simulation.scenarios(count: 10_000, seed: 42).losses(of: book, in: market)
    print(Int(losses.valueAtRisk(0.99)))  // 682958: dollars over ten days

    let surface = try SVICalibration().surface(of: "BTC", in: market).surface
    print(surface.volatility(strike: 70_000, time: 0.1))  // 0.318844
    print(surface.violations().isEmpty)  // true

    let shock = SurfaceShock.relative(0.3, term: VolatilityTerm(shortPower: 0.3, longPower: 0.13))
    let shocked = surface.shocked(by: [shock, .skew(-0.1)])
    print(shocked.volatility(strike: 70_000, time: 0.1))  // 0.402639
    for violation in shocked.violations() { print(violation.kind) }

    #expect(
      Array(printed.lines.prefix(7)) == [
        "0.975469 0.020648", "0.055265", "0.897468", "682958", "0.318844", "true", "0.402639",
      ])
  }

  @Test("a book revalued through functions, and a simulation in parts")
  func revaluingBooks() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let market = try SampleMarket.market()
    let portfolio = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "book.csv")
    let history = try ReturnHistory(csv: SampleMarket.pricesCSV(), fileName: "prices.csv")
    let annual = 365 * (try LedoitWolf().covariance(of: history.returns))
    let model = try MonteCarlo(
      underlyings: history.factors, covariance: annual, shape: .studentT(degreesOfFreedom: 5))

    let collapsed = try CollapsedBook(portfolio, in: market)
    print(collapsed.positionCount, collapsed.optionCount, collapsed.expiryCount)  // 70 64 16
    let scenarios = try model.scenarios(count: 200_000, horizon: 1 / 365, seed: 42)
    let revalued = try ProxyRevaluation(tolerance: 1e-6).losses(of: collapsed, in: scenarios)
    print(Int(revalued.losses.valueAtRisk(0.99)))  // 142357
    let certificate = revalued.certificate
    print(certificate.method, certificate.relativeErrorBound <= 1e-6)  // proxy true
    print(certificate.optionValuations < certificate.fullOptionValuations / 1000)  // true

    let simulation = try LossSimulation(
      model: model, book: collapsed, horizon: 1 / 365, seed: 42,
      tailCapacity: LossSimulation.tailCapacity(confidence: 0.99, paths: 200_000))
    // Each part by another process or machine, in any order:
    let parts = try [0..<50_000, 123_456..<200_000, 50_000..<123_456].map {
      try simulation.losses(paths: $0)
    }
    let whole = try PartialLosses.merged(parts)
    print(try whole == simulation.losses(paths: 0..<200_000))  // true: to the last bit
    print(Int(try whole.valueAtRisk(0.99)))  // 142357
    print(Int(try whole.expectedShortfall(0.99)))  // 227976

    #expect(
      printed.lines == [
        "70 64 16", "142357", "proxy true", "true", "true", "142357", "227976",
      ])
  }

  @Test("a model written and read")
  func calibratedModel() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let history = try ReturnHistory(csv: SampleMarket.pricesCSV(), fileName: "prices.csv")
    let model = try CalibratedModel(
      source: .init(
        prices: "prices.csv", firstDate: history.dates[0],
        lastDate: history.dates[history.count - 1], returnCount: history.count),
      factors: history.factors, covariance: 365 * (try LedoitWolf().covariance(of: history)),
      estimator: "ledoit-wolf")

    let file = try JSONEncoder().encode(model)
    let read = try JSONDecoder().decode(CalibratedModel.self, from: file)
    print(read == model)  // true: to the last bit
    print(try read.covariance(of: ["ETH"])[0, 0] == model.covariance[1, 1])  // true

    #expect(printed.lines == ["true", "true"])
  }

  @Test("a margin and the parts that decide it")
  func margin() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let market = try SampleMarket.market()
    let book = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "book.csv")
    let rule = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex))
    let margin = try rule.margin(.initial, on: book, in: market)
    print(Int(margin.amount), margin.firstInconsistency() == nil)  // 1188930 true

    // A maximum is followed to the part that decides it, all else to every part.
    func explain(_ node: MarginRequirement, _ indent: String = "") {
      print(indent + node.name, Int(node.amount))
      for part in node.decisivePart.map({ [$0] }) ?? node.parts { explain(part, indent + "  ") }
    }
    explain(margin.parts[0])

    #expect(
      printed.lines == [
        "1188930 true",
        "BTC 1000826",
        "  initial margin in USD 1000826",
        "    core requirement 1000763",
        "      risk of the positions 1000763",
        "        scan risk 1000763",
        "          price -66 %, volatility up 1000763",
        "            BTC 4169848",
        "    funding provision 63",
      ])
  }

  @Test("the hedge of least margin, its proof, and limits that conflict")
  func hedge() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let market = try SampleMarket.market()
    let book = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "book.csv")
    let rule = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex))

    var problem = HedgeProblem(
      minimizing: rule, of: book, in: market, hedgingWith: market.mostLiquid(60))
    problem.tradingCost = TradingCost(optionFee: 0.0003, optionFeeCap: 0.125, futureFee: 0.0005)
    try problem.limit(.delta, of: "BTC", atLeast: -2, atMost: 2)
    try problem.limit(.premium, atMost: 50_000)
    guard let plan = try problem.solve().plan else { return }
    print(Int(plan.margin.before.amount), Int(plan.margin.after.amount))  // 1188930 193776
    print(Int(plan.objective), Int(plan.bound))  // 227415 227415: nothing is below
    print(plan.gap < 1e-6)  // true
    for trade in plan.trades.prefix(1) { print(trade.instrument.name, trade.quantity) }
    // BTC-PERPETUAL -24.9
    for limit in plan.bindingLimits { print(limit) }
    // one more unit (USD) at the upper limit of premium, 50000, saves 0.191487 USD

    // Limits that cannot be met are an answer too.
    try problem.limit(.vega, of: "BTC", atLeast: 40_000)
    if case .infeasible(let conflict) = try problem.solve() {
      for member in conflict.members { print(member) }
    }
    // BTC vega at least 40000 USD per vol point must give 39971.8, to at least 28.1588
    // premium at most 50000 USD takes part in the conflict

    #expect(
      printed.lines == [
        "1188930 193776", "227415 227415", "true", "BTC-PERPETUAL -24.9",
        "one more unit (USD) at the upper limit of premium, 50000, saves 0.191487 USD",
        "BTC vega at least 40000 USD per vol point must give 39971.8, to at least 28.1588",
        "premium at most 50000 USD takes part in the conflict",
      ])
  }

  @Test("options by columns, books in scenarios, early exercise")
  func pricingOptions() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let options = OptionColumns(
      rights: [.put, .call, .call], forwards: [100, 100, 100], strikes: [90, 100, 120],
      volatilities: [0.35, 0.3, 0.28], times: [0.25, 0.25, 0.25])
    let greeks = Black76.greeks(of: options)
    print(greeks.values)  // [2.785177, 5.978529, 0.693648]
    print(greeks.vegas)  // [15.726354, 19.891092, 9.335336]

    let implied = ImpliedVolatility.volatilities(
      of: options.rights, values: [greeks.values[0], 5.9, 101], forwards: options.forwards,
      strikes: options.strikes, times: options.times)
    print(implied.volatilities.map { $0 ?? 0 })  // [0.35, 0.296052, 0.0]
    for failure in implied.failures { print(failure.index, failure.error) }
    // 2 the value 101.0 is not below 100.0, what infinite volatility gives

    let book = OptionBook([
      OptionBook.Leg(.call, forward: 100, strike: 100, volatility: 0.3, time: 0.25, quantity: -10),
      OptionBook.Leg(.put, forward: 100, strike: 100, volatility: 0.3, time: 0.25, quantity: -10),
      OptionBook.Leg(.put, forward: 100, strike: 90, volatility: 0.35, time: 0.25, quantity: 10),
    ])
    let scenarios = try PriceScenarios(returns: [-0.2, 0, 0.2])
    print(book.legs.count, book.values(in: scenarios))
    // 2 [-85.917456, -91.718806, -214.027934]

    let put = try AmericanOption(.put, strike: 100, rate: 0.05, volatility: 0.2, time: 1)
    print(put.value(spot: 90), put.europeanValue(spot: 90))  // 11.492711 10.214165
    print(put.exercisePrice(timeLeft: 1) ?? 0)  // 80.875057: exercise at and below it
    print(try put.greeks(spot: 90).greeks.vega)  // 28.896605: with the boundary moved

    #expect(
      printed.lines == [
        "[2.785177, 5.978529, 0.693648]", "[15.726354, 19.891092, 9.335336]",
        "[0.35, 0.296052, 0.0]",
        "2 the value 101.0 is not below 100.0, what infinite volatility gives",
        "2 [-85.917456, -91.718806, -214.027934]", "11.492711 10.214165", "80.875057", "28.896605",
      ])
  }

  @Test("a bundled profile")
  func profile() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let profile = try ScenarioGridProfile(bundled: .deribit)
    let rule = ScenarioGridMargin(profile: profile)
    print(rule.name, profile.effective, profile.scenarios.count)
    // Deribit portfolio margin 2026-02-15 35

    #expect(printed.lines == ["Deribit portfolio margin 2026-02-15 35"])
  }

  @Test("a book of signed quantities")
  func book() {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let perpetual = Instrument(
      name: "BTC-PERPETUAL", underlying: "BTC", settlement: .inverse, kind: .perpetual)
    var book = Portfolio([Position(-20, perpetual)])
    book.add(5, of: perpetual)
    print(book.quantity(of: perpetual))  // -15.0

    #expect(printed.lines == ["-15.0"])
  }
}

/// What an example printed: an example's calls of `print` reach a local function of that name.
struct Transcript {
  /// The printed lines, each number with a fraction rounded to the digits that documents show.
  private(set) var lines: [String] = []

  mutating func add(_ items: [Any]) {
    let line = items.map { "\($0)" }.joined(separator: " ")
    lines.append(
      line.replacing(/-?[0-9]+\.[0-9]+(?:e-?[0-9]+)?/) { match in
        guard let value = Double(match.output) else { return String(match.output) }
        let rounded = (value * 1e6).rounded() / 1e6
        return "\(rounded == 0 ? 0 : rounded)"
      })
  }
}
