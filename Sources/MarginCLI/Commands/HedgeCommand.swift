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
      """)

  @OptionGroup(title: "Market and book") var input: MarketInput
  @OptionGroup(title: "Rule") var rule: MethodologyInput

  @Option(name: .customLong("limit"), help: LimitInput.help)
  var limits: [LimitInput] = []

  @Option(help: "Hedge with so many of the most liquid instruments.")
  var instruments = 200

  @Option(help: "Hedge with these instruments only; may be repeated.")
  var with: [String] = []

  @OptionGroup(title: "Costs and sizes") var costs: CostInput
  @OptionGroup(title: "Scenarios") var scenarios: ScenarioInput

  @Option(help: "Adds eta/2 times the variance of P&L over the scenarios to the objective.")
  var riskAversion = 0.0

  @Option(help: "The most seconds to look for.")
  var timeLimit: Double?

  @Option(help: "Also write the program that was solved, as QPS, for any other solver to check.")
  var writeQPS: String?

  @Option(help: "Also draw P&L over price moves, before and after the hedge, to an SVG file.")
  var picture: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let market = try input.market()
    let portfolio = try input.portfolio(in: market)
    let problem = try problem(of: portfolio, in: market)
    if let writeQPS { try writeText(try problem.quadraticProgram().qps(), to: writeQPS) }
    var settings = HedgeProblem.Settings()
    if let timeLimit { settings.timeLimit = timeLimit }
    let progress = ProgressLine(isShown: !json)
    let outcome = try problem.solve(settings) {
      progress.show(
        "round \($0.round): bound \(money($0.bound)) USD, worst cut \(scientific($0.violation))")
    }
    progress.clear()
    if let picture, let plan = outcome.plan {
      try writeText(try HedgePicture(of: plan, problem: problem).svg, to: picture)
    }
    let report = HedgeReport(outcome, of: problem)
    if json { try printJSON(report) } else { print(report.text) }
    if outcome.plan == nil { throw noSolutionCode }
  }

  private func problem(of portfolio: Portfolio, in market: Market) throws -> HedgeProblem {
    var problem = HedgeProblem(
      minimizing: try rule.methodology(for: market, scenarios: scenarios, sample: input.sample),
      of: portfolio, in: market,
      hedgingWith: try with.isEmpty
        ? market.mostLiquid(instruments)
        : Set(with).sorted().map { try market.quote(for: Instrument(name: $0)).instrument })
    problem.level = rule.level
    costs.apply(to: &problem)
    problem.riskAversion = riskAversion
    let needsScenarios =
      riskAversion > 0
      || limits.contains {
        if case .expectedShortfall = $0.limit.measure { true } else { false }
      }
    if needsScenarios {
      problem.scenarios = try scenarios.scenarioSet(for: market, sample: input.sample)
    }
    for limit in limits.map(\.limit) {
      try problem.limit(
        limit.measure, of: limit.underlying, atLeast: limit.lower, atMost: limit.upper)
    }
    return problem
  }
}

/// What trading costs and how much may be traded.
struct CostInput: ParsableArguments {
  @Option(help: "The fee on an option, as a fraction of the index price per coin.")
  var optionFee = 0.0003

  @Option(help: "The most that the fee on an option may be, as a fraction of its price.")
  var optionFeeCap = 0.125

  @Option(help: "The fee on a future or perpetual, as a fraction of its price.")
  var futureFee = 0.0005

  @Option(help: "Dollars of margin that a dollar of trading cost is worth; 0 ignores cost.")
  var costWeight = 1.0

  @Option(help: "The share of an option's open interest that may be traded.")
  var sizeShare = 0.05

  @Option(help: "Coins of each option that may be traded, instead of --size-share.")
  var size: Double?

  @Option(help: "Coins of each future or perpetual; without it all delta within reach.")
  var futureSize: Double?

  func validate() throws {
    let amounts =
      [optionFee, optionFeeCap, futureFee, costWeight, sizeShare]
      + [size, futureSize].compactMap { $0 }
    if !amounts.allSatisfy({ $0 >= 0 && $0.isFinite }) {
      throw ValidationError("Fees, sizes and the cost weight are finite and not negative.")
    }
  }

  func apply(to problem: inout HedgeProblem) {
    problem.tradingCost = TradingCost(
      optionFee: optionFee, optionFeeCap: optionFeeCap, futureFee: futureFee)
    problem.costWeight = costWeight
    problem.tradeSize = size.map { .coins($0) } ?? .shareOfOpenInterest(sizeShare)
    problem.futureSize = futureSize
  }
}
