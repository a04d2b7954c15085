import ArgumentParser
import Foundation
import MarginOptimization

struct RiskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "risk",
    abstract: "Value-at-risk and expected shortfall of a book, by several methods, with intervals.",
    discussion: """
      Losses are positive, in dollars over the horizon. Historical scenarios move prices only; \
      Monte Carlo scenarios move prices and volatility levels; both revalue every position in full. \
      The parametric figures are those of the book's delta alone.

      Example: marginopt risk --sample --confidence 0.99 --scenarios 20000
      Example: marginopt risk --chain chain.csv --book book.csv --prices prices.csv \
      --degrees-of-freedom 5 --json
      """)

  @OptionGroup(title: "Market and book") var input: MarketInput
  @OptionGroup(title: "Scenarios") var scenarios: ScenarioInput

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A confidence; may be repeated.", valueName: "probability"))
  var confidence: [Double] = [0.95, 0.975, 0.99]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many of the largest contributions to show.", valueName: "count"))
  var contributions = 10

  @Flag(help: "Print JSON.")
  var json = false

  /// Doubles of the matrix of P&L that fit in memory without doubt.
  private static let largestMatrix = 400_000_000

  func validate() throws {
    try input.requireBook()
    try scenarios.requirePrices(sample: input.sample)
    try require("--contributions", contributions, in: 0...1_000_000)
    if !confidence.allSatisfy({ $0 > 0 && $0 < 1 }) {
      throw ValidationError("--confidence lies between 0 and 1, as in 0.99.")
    }
  }

  func run() throws {
    let market = try input.market()
    let portfolio = try input.portfolio(in: market)
    let most = Self.largestMatrix / max(1, portfolio.positions.count)
    if scenarios.scenarios > most {
      throw InputError(
        "--scenarios \(scenarios.scenarios): too many for \(portfolio.positions.count) positions; "
          + "at most \(most) fit")
    }
    let history = try scenarios.history(for: market, sample: input.sample)
    let progress = ProgressLine(isShown: !json)
    progress.show(
      "revaluing \(portfolio.positions.count) positions in \(scenarios.scenarios) scenarios")
    if scenarios.horizon != scenarios.horizon.rounded() {
      note(
        "note: historical scenarios span whole days: \(Int(scenarios.horizon.rounded(.up))), not "
          + "\(quantity(scenarios.horizon))")
    }
    let report = try RiskReport(
      of: portfolio, in: market, history: history, model: scenarios,
      confidences: confidence, contributionCount: contributions)
    progress.clear()
    if json { try printJSON(report) } else { print(report.text) }
  }
}

/// What `risk` prints.
struct RiskReport: Encodable {
  struct Figure: Encodable {
    var method: String
    var confidence: Double
    var valueAtRisk: Double
    var valueAtRiskLower: Double?
    var valueAtRiskUpper: Double?
    var expectedShortfall: Double
    var expectedShortfallStandardError: Double?
  }

  struct Contribution: Encodable {
    var instrument: String
    var quantity: Double
    var expectedShortfall: Double
  }

  struct Exposure: Encodable {
    var underlying: String
    var deltaCoins: Double
    var gammaCoinsPerDollar: Double
    /// Change of the delta, in dollars, for a price move of 1 %.
    var gammaDollarsPerPercent: Double
    var vegaPerPoint: Double
    var thetaPerDay: Double
  }

  static let parametric = "parametric delta"

  var horizonDays: Double
  var positions: Int
  var value: Double
  var exposures: [Exposure]
  var figures: [Figure]
  /// To the Monte Carlo expected shortfall at the highest confidence; the largest first.
  var contributions: [Contribution]
  var contributionConfidence: Double
  var seconds: Double

  init(
    of portfolio: Portfolio, in market: Market, history: ReturnHistory, model: ScenarioInput,
    confidences: [Double], contributionCount: Int
  ) throws {
    let clock = Stopwatch()
    let greeks = try PortfolioGreeks(of: portfolio, in: market)
    horizonDays = model.horizon
    positions = portfolio.positions.count
    value = greeks.value
    exposures = greeks.byUnderlying.sorted { $0.key < $1.key }.map {
      Exposure(
        underlying: $0.key, deltaCoins: $0.value.delta, gammaCoinsPerDollar: $0.value.gamma,
        gammaDollarsPerPercent: $0.value.dollarGammaPerPercent(
          atIndex: market.indexPrices[$0.key] ?? 0),
        vegaPerPoint: $0.value.vegaPerPoint, thetaPerDay: $0.value.thetaPerDay)
    }
    let drawn = try model.model(of: history).scenarios(
      count: model.scenarios, horizon: model.horizon / 365, seed: model.seed)
    let values = try Revaluation.profitAndLoss(
      of: portfolio.positions.map(\.instrument), in: drawn, market: market)
    let quantities = portfolio.positions.map(\.quantity)
    let simulated = try LossDistribution(losses: losses(values, quantities: quantities))
    let past = try HistoricalSimulation(
      history: history, horizon: max(1, Int(model.horizon.rounded(.up)))
    ).scenarios().losses(of: portfolio, in: market)
    let linear = try ParametricRisk(
      sensitivities: history.factors.map {
        (greeks.byUnderlying[$0]?.delta ?? 0) * (market.indexPrices[$0] ?? 0)
      }, covariance: (model.horizon / 365) * (try model.annualCovariance(of: history)),
      shape: model.shape)
    figures = confidences.map {
      Figure(
        method: Self.parametric, confidence: $0, valueAtRisk: linear.valueAtRisk($0),
        expectedShortfall: linear.expectedShortfall($0))
    }
    for (method, losses) in [("historical", past), ("Monte Carlo", simulated)] {
      figures += confidences.map { Figure(method: method, losses, at: $0) }
    }
    contributionConfidence = confidences.max() ?? 0.99
    let parts = try RiskContribution.expectedShortfall(
      contributionConfidence, profitAndLoss: values, quantities: quantities)
    contributions = zip(portfolio.positions, parts.components).map {
      Contribution(
        instrument: $0.instrument.name, quantity: $0.quantity, expectedShortfall: $1)
    }.sorted { abs($0.expectedShortfall) > abs($1.expectedShortfall) }.prefix(contributionCount)
      .map { $0 }
    seconds = clock.seconds
  }
}

extension RiskReport.Figure {
  init(method: String, _ losses: LossDistribution, at confidence: Double) {
    let interval = losses.valueAtRiskInterval(confidence)
    self.init(
      method: method, confidence: confidence, valueAtRisk: losses.valueAtRisk(confidence),
      valueAtRiskLower: finite(interval.lower), valueAtRiskUpper: finite(interval.upper),
      expectedShortfall: losses.expectedShortfall(confidence),
      // One scenario in the tail says nothing about the spread.
      expectedShortfallStandardError: (1 - confidence) * Double(losses.count) < 2
        ? nil : losses.expectedShortfallStandardError(confidence))
  }
}

extension RiskReport {
  var text: String {
    var figureTable = Table(
      "method", "confidence", "VaR USD", "95% interval", "ES USD", "standard error")
    for figure in figures {
      let bounds = [figure.valueAtRiskLower, figure.valueAtRiskUpper]
      let interval =
        figure.method == Self.parametric
        ? "" : bounds.map { $0.map(money) ?? "open" }.joined(separator: " … ")
      figureTable.add(
        figure.method, "\(quantity(100 * figure.confidence))%", money(figure.valueAtRisk), interval,
        money(figure.expectedShortfall), figure.expectedShortfallStandardError.map(money) ?? "")
    }
    var exposureTable = Table(
      "underlying", "delta coins", "gamma USD/1%", "vega USD/pt", "theta USD/day")
    for exposure in exposures {
      exposureTable.add(
        exposure.underlying, fixed(exposure.deltaCoins, 4),
        money(exposure.gammaDollarsPerPercent), money(exposure.vegaPerPoint),
        money(exposure.thetaPerDay))
    }
    var contributionTable = Table("instrument", "quantity", "contribution USD")
    for part in contributions {
      contributionTable.add(
        part.instrument, coins(part.quantity), money(part.expectedShortfall))
    }
    return [
      "\(counted(positions, "position")) worth \(money(value)) USD, over \(quantity(horizonDays)) "
        + (horizonDays == 1 ? "day" : "days"), "",
      exposureTable.text, "", figureTable.text, "",
      "Largest contributions to the Monte Carlo ES at \(quantity(100 * contributionConfidence))%",
      contributionTable.text, "", "\(fixed(seconds, 3)) s",
    ].joined(separator: "\n")
  }
}
