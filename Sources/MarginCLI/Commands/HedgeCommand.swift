import ArgumentParser
import Foundation
import MarginOptimization

struct HedgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hedge",
    abstract: "Finds the trades that bring margin to its minimum under risk limits.",
    discussion: """
      Prints the trades, margin before and after by the venue's exact rule, the certified bound \
      below which no admissible trades reach, and the price of each limit that binds; or, where \
      the limits conflict, which and by how much they must give.

      Example: marginopt hedge --sample --profile paradex --limit BTC.delta=-2..2 --limit vega=-20000..
      Example: marginopt hedge --chain chain.csv --book book.csv --profile deribit --instruments 200 \
      --limit BTC.vega=-5000..5000 --limit cost=..20000 --json
      Example: marginopt hedge --sample --profile deribit --max-trades 8 --lots BTC=0.1 --lots ETH=1
      Example: marginopt hedge --sample --profile paradex --cure 800000
      Example: marginopt hedge --sample --profile paradex --frontier 12 --picture frontier.svg
      Example: marginopt hedge --sample --profile paradex --largest BTC-PERPETUAL:sell --equity 2000000
      Example: marginopt sample --directory s; marginopt hedge --sample --venues s/venues.json
      """)

  @OptionGroup(title: "Market and book") var input: MarketInput
  @OptionGroup(title: "Rule") var rule: MethodologyInput

  @Option(name: .customLong("limit"), help: LimitInput.help, transform: LimitInput.init)
  var limits: [LimitInput] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Hedge with so many of the most liquid instruments.", valueName: "count"))
  var instruments = 200

  @Option(
    help: ArgumentHelp("Hedge with these instruments only; may be repeated.", valueName: "name"))
  var with: [String] = []

  @OptionGroup(title: "Margin call") var cure: CureInput
  @OptionGroup(title: "Largest trade") var largest: LargestTradeInput
  @OptionGroup(title: "Costs and sizes") var costs: CostInput
  @OptionGroup(title: "Single trades") var rules: TradeRuleInput
  @OptionGroup(title: "Scenarios") var scenarios: ScenarioInput

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Adds eta/2 times the variance of P&L over the scenarios to the objective, in 1/USD.",
      valueName: "eta"))
  var riskAversion = 0.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The most seconds to look for; the best trades by then are printed with their bound.",
      valueName: "seconds"))
  var timeLimit: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The most convex models of a rule that is not convex; 1 for the first alone.",
      valueName: "count"))
  var models = HedgeProblem.Settings().modelLimit

  @Option(
    help: ArgumentHelp(
      "Also write the program that was solved, as QPS, for any other solver to check.",
      valueName: "file"))
  var writeQPS: String?

  @Option(help: "Also draw P&L over price moves, before and after the hedge, to an SVG file.")
  var picture: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Print the least margin for each of so many trading costs instead of one plan.",
      discussion:
        "From the cheapest trades to those from which a dollar more saves a cent of margin.",
      valueName: "points"))
  var frontier: Int?

  @Option(
    help: ArgumentHelp(
      "Hedge over several venues at once: JSON with venues and the transfers between them.",
      discussion: """
        In the place of --book and --profile. Each of venues has a name, a profile, and a book or \
        positions; and may have level, collateral, buffer, collateralCap, collateralShare, \
        instruments, optionFee, futureFee and limits. Each of positionTransfers has from and to, and \
        may have instruments and costPerCoin; each of collateralTransfers from and to, costRate and \
        limit. Limits of the command are of all books together. marginopt sample writes an example.
        """, valueName: "file"))
  var venues: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if venues != nil { return try validateVenues() }
    if let frontier {
      try require("--frontier", frontier, in: 2...1000)
      if cure.equity != nil || riskAversion > 0 || !rules.isEmpty || writeQPS != nil {
        throw ValidationError(
          "--frontier is of margin and cost alone: leave out --cure, --risk-aversion, --lots, "
            + "--min-trade, --max-trades and --write-qps.")
      }
    }
    if largest.largest != nil && (cure.equity != nil || frontier != nil || !rules.isEmpty) {
      throw ValidationError(
        "--largest is a question of its own: leave out --cure, --frontier, --lots, --min-trade and "
          + "--max-trades.")
    }
    if cure.equity != nil && riskAversion > 0 {
      throw ValidationError("--cure minimizes cost alone: leave out --risk-aversion.")
    }
    try input.requireBook()
    try require("--instruments", instruments, in: 1...1_000_000)
    try require("--models", models, in: 1...1_000)
    try require("--risk-aversion", riskAversion, in: 0...1e6)
    try require("--time-limit", timeLimit, in: 0.001...1e9, "seconds")
    if needsScenarios || rule.needsScenarios { try scenarios.requirePrices(sample: input.sample) }
  }

  var needsScenarios: Bool { riskAversion > 0 || limits.contains(where: \.needsScenarios) }

  func run() throws {
    let market = try input.market()
    if let venues { return try hedge(over: VenuesFile(path: venues), at: venues, in: market) }
    let portfolio = try input.portfolio(in: market)
    let problem = try problem(of: portfolio, in: market)
    if let trade = try largest.trade(in: market), let equity = largest.equity {
      return try printLargest(trade, equity: equity, of: problem)
    }
    if let writeQPS { try writeText(problem.quadraticProgram().qps(), to: writeQPS) }
    var settings = HedgeProblem.Settings()
    if let timeLimit { (settings.timeLimit, settings.searchTimeLimit) = (timeLimit, timeLimit) }
    settings.relativeGap = rules.provenGap
    settings.modelLimit = models
    if let frontier {
      return try printFrontier(problem.frontier(points: frontier, settings), of: problem)
    }
    let progress = ProgressLine(isShown: !json)
    let outcome = try problem.solve(settings) {
      progress.show(
        $0.nodes > 0
          ? "node \($0.nodes): bound \(money($0.bound)) USD, best trades \(money($0.incumbent)) USD"
          : "round \($0.round): bound \(money($0.bound)) USD, worst cut \(scientific($0.violation))"
      )
    }
    progress.clear()
    if let picture, let plan = outcome.plan {
      try writeText(try HedgePicture(of: plan, problem: problem).svg, to: picture)
    }
    var report = HedgeReport(outcome, of: problem, provenGap: rules.provenGap)
    report.equity = cure.equity
    report.costIsPaid = cure.equity.map { _ in cure.curePaysCost }
    if json { try printJSON(report) } else { print(report.text) }
    guard let plan = outcome.plan else { throw noSolutionCode }
    if !(plan.gap <= rules.provenGap) {
      note(
        "note: the search ended before these trades were proven best (relative gap "
          + "\(scientific(plan.gap))); allow more time with --time-limit")
      throw noSolutionCode
    }
  }

  private func printLargest(
    _ trade: (instrument: Instrument, buying: Bool), equity: Double, of problem: HedgeProblem
  ) throws {
    var settings = HedgeProblem.Settings()
    if let timeLimit { settings.timeLimit = timeLimit }
    settings.modelLimit = models
    let outcome = try problem.largestTrade(
      in: trade.instrument, buying: trade.buying, equity: equity, hedged: largest.withHedges,
      settings)
    let report = LargestTradeReport(
      outcome, methodology: problem.methodology.name, equity: equity)
    if json { try printJSON(report) } else { print(report.text) }
    guard report.status == "solved" else { throw noSolutionCode }
  }

  private func printFrontier(_ outcome: HedgeFrontierOutcome, of problem: HedgeProblem) throws {
    if let picture, let frontier = outcome.frontier {
      try writeText(FrontierPicture(of: frontier, problem: problem).svg, to: picture)
    }
    let report = FrontierReport(outcome, of: problem)
    if json { try printJSON(report) } else { print(report.text) }
    if let omitted = report.omitted, omitted > 0 {
      note(
        "note: \(counted(omitted, "point")) could not be found; allow more time with --time-limit")
      throw noSolutionCode
    }
    guard report.status == "solved" else { throw noSolutionCode }
  }

  private func problem(of portfolio: Portfolio, in market: Market) throws -> HedgeProblem {
    var problem = HedgeProblem(
      minimizing: try rule.methodology(for: market, scenarios: scenarios, sample: input.sample),
      of: portfolio, in: market,
      hedgingWith: try with.isEmpty
        ? market.mostLiquid(instruments)
        : Set(with).sorted().map { try market.quote(named: $0, by: "--with").instrument })
    problem.level = rule.level
    problem.equity = largest.equity
    try costs.apply(to: &problem)
    problem.riskAversion = riskAversion
    problem.tradeRules = try rules.rules(for: problem.instruments)
    if needsScenarios {
      problem.scenarios = try scenarios.scenarioSet(for: market, sample: input.sample)
    }
    for written in limits {
      let limit = written.limit
      do {
        try problem.limit(
          limit.measure, of: limit.underlying, atLeast: limit.lower, atMost: limit.upper)
      } catch {
        throw InputError("--limit \(written.text): \(error)")
      }
    }
    return try cure.applied(to: problem)
  }
}
