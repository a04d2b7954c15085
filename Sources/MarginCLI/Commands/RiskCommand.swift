import ArgumentParser
import Foundation
import MarginOptimization

struct RiskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "risk",
    abstract: "Value-at-risk and expected shortfall of a book, by several methods, with intervals.",
    discussion: """
      Losses are positive, in dollars over the horizon. Without a chain the book is one of the columns of \
      the prices. delta and cornish-fisher are formulas for the \
      book's delta, normal or Student's t and with the skewness and kurtosis of its past; delta-gamma \
      is the exact distribution of its second-order approximation. historical and filtered revalue the \
      book in past moves, as they were or at today's volatility; monte-carlo in drawn ones, through \
      functions of price and volatility whose error is certified; guided draws where delta-gamma says \
      that losses are, for a tenth of the error or less. Historical value-at-risk is the loss that no \
      more than 1 - confidence of the scenarios exceed, expected shortfall the mean beyond; past moves \
      over several days overlap, and have no interval.

      Example: marginopt risk --sample --confidence 0.99 --scenarios 20000
      Example: marginopt risk --chain chain.csv --book book.csv --prices prices.csv \
      --degrees-of-freedom 5 --method monte-carlo --method delta-gamma --json
      Example: marginopt risk --prices stocks.csv --book book.csv --covariance ledoit-wolf
      Example: marginopt risk --sample --scenarios 1000000 --part 1/4 > part1.json
      """)

  @OptionGroup(title: "Market and book") var input: MarketInput
  @OptionGroup(title: "Scenarios") var scenarios: ScenarioInput

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A confidence; may be repeated.", valueName: "probability"))
  var confidence: [Double] = [0.95, 0.975, 0.99]

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A method; may be repeated. Without it, all that the input allows: "
        + RiskMethod.allCases.map(\.rawValue).joined(separator: ", ") + ".", valueName: "method"))
  var method: [RiskMethod] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many of the largest contributions to show.", valueName: "count"))
  var contributions = 10

  @Option(
    help: ArgumentHelp(
      "Simulate one part of the scenarios, as 1/4, and print it as JSON for merge.",
      valueName: "k/n"))
  var part: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if !isOfPrices { try input.requireBook() }
    try scenarios.requirePrices(sample: input.sample)
    try require("--contributions", contributions, in: 0...1_000_000)
    if !confidence.allSatisfy({ $0 > 0 && $0 < 1 }) {
      throw ValidationError("--confidence lies between 0 and 1, as in 0.99.")
    }
    if part != nil { _ = try partRange() }
  }

  /// Whether the book is one of the instruments whose prices are given, without a chain.
  private var isOfPrices: Bool {
    !input.sample && input.chain == nil && input.book != nil && scenarios.priceInput.prices != nil
  }

  func run() throws {
    let prices = isOfPrices ? try scenarios.priceInput.history() : nil
    let market = try prices.map(scenarios.priceInput.market) ?? input.market()
    let portfolio = try input.portfolio(in: market)
    let history =
      try prices?.of(market.indexPrices.keys.sorted())
      ?? scenarios.history(for: market, sample: input.sample)
    if part != nil {
      return print(try jsonText(simulatedPart(of: portfolio, in: market, history)))
    }
    if scenarios.horizon != scenarios.horizon.rounded() {
      note(
        "note: historical scenarios span whole days: \(Int(scenarios.horizon.rounded(.up))), not "
          + "\(quantity(scenarios.horizon))")
    }
    let calculation = try RiskCalculation(
      portfolio: portfolio, market: market, history: history, input: scenarios,
      isExplicit: !method.isEmpty)
    let progress = ProgressLine(isShown: !json)
    let report = try RiskReport(
      calculation, methods: method.isEmpty ? RiskMethod.allCases : method, confidences: confidence,
      contributionCount: contributions, progress: progress)
    progress.clear()
    if json { try printJSON(report) } else { print(report.text) }
  }

  private func simulatedPart(
    of portfolio: Portfolio, in market: Market, _ history: ReturnHistory?
  ) throws -> SimulatedPart {
    let simulation = try LossSimulation(
      model: scenarios.model(
        for: market, covariance: scenarios.annualCovariance(for: market, history: history)),
      book: CollapsedBook(portfolio, in: market), horizon: scenarios.horizon / 365,
      seed: scenarios.seed,
      tailCapacity: LossSimulation.tailCapacity(
        confidence: confidence.min() ?? 0.95, paths: scenarios.scenarios))
    return SimulatedPart(
      confidences: confidence, total: scenarios.scenarios,
      losses: try simulation.losses(paths: partRange()))
  }

  /// The paths of part k of n: as many as fit, the first ones one more.
  private func partRange() throws -> Range<Int> {
    let numbers = (part ?? "").split(separator: "/").map { Int($0) }
    guard numbers.count == 2, let k = numbers[0], let n = numbers[1], n >= 1, (1...n).contains(k),
      n <= scenarios.scenarios
    else {
      throw ValidationError(
        "--part needs k/n as 1/4, k from 1 to n, n at most the number of scenarios.")
    }
    let (size, rest) = scenarios.scenarios.quotientAndRemainder(dividingBy: n)
    let first = (k - 1) * size + min(k - 1, rest)
    return first..<first + size + (k <= rest ? 1 : 0)
  }
}

/// What a part of a simulation prints, for `merge`.
struct SimulatedPart: Codable {
  var confidences: [Double]
  /// The number of scenarios of all parts together.
  var total: Int
  var losses: PartialLosses
}
