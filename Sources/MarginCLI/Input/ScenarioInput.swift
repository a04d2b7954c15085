import ArgumentParser
import Foundation
import MarginOptimization

/// The model from which scenarios are drawn.
struct ScenarioInput: ParsableArguments {
  enum Estimator: String, CaseIterable, ExpressibleByArgument {
    case sample, ewma
    case ledoitWolf = "ledoit-wolf"
  }

  @Option(
    help: ArgumentHelp(
      "Daily prices: CSV with a column date and one for each underlying, oldest first.",
      valueName: "file"))
  var prices: String?

  @Option(help: "A price that is missing is an error, drops its date, or carries the last forward.")
  var missingPrices: Missing = .error

  enum Missing: String, CaseIterable, ExpressibleByArgument {
    case error, drop, carry

    var policy: ReturnHistory.MissingPrices {
      switch self {
      case .error: .error
      case .drop: .dropDate
      case .carry: .carryForward
      }
    }
  }

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of scenarios.", valueName: "count"))
  var scenarios = 10_000

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The seed: the same seed gives the same scenarios everywhere.", valueName: "n"))
  var seed: UInt64 = 42

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The horizon in days.", valueName: "days"))
  var horizon = 1.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Student's t with so many degrees of freedom; without it, the normal distribution.",
      valueName: "n"))
  var degreesOfFreedom: Double?

  @Option(help: "The covariance estimator: sample, ewma or ledoit-wolf.")
  var covariance: Estimator = .ewma

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The half-life of ewma in days.", valueName: "days"))
  var halfLife = 60.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Annualised volatility of the level of implied volatility; 0 keeps it fixed.",
      valueName: "volatility"))
  var volOfVol = 0.8

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Correlation between each price and its level of implied volatility.", valueName: "rho"))
  var spotVolCorrelation = -0.3

  func validate() throws {
    try require("--scenarios", scenarios, in: 1...10_000_000)
    try require("--horizon", horizon, in: 0.01...3650, "days")
    try require("--half-life", halfLife, in: 0.1...100_000, "days")
    try require("--vol-of-vol", volOfVol, in: 0...10)
    try require("--spot-vol-correlation", spotVolCorrelation, in: -0.9999...0.9999)
    // The variance is finite above 2 only.
    try require("--degrees-of-freedom", degreesOfFreedom, in: 2.000001...1e6)
  }

  func requirePrices(sample: Bool) throws {
    if !(sample || prices != nil) {
      throw ValidationError("Scenarios need --prices FILE (or --sample).")
    }
  }

  var shape: ParametricRisk.Shape {
    degreesOfFreedom.map { .studentT(degreesOfFreedom: $0) } ?? .normal
  }

  /// Returns of the market's underlyings, in the order of their names.
  func history(for market: Market, sample: Bool) throws -> ReturnHistory {
    let text = try prices.map(readText) ?? SampleMarket.pricesCSV()
    let file = prices ?? "sample prices"
    let all = try readHistory(text, of: file)
    let wanted = market.indexPrices.keys.sorted()
    let columns = try wanted.map { name in
      guard let column = all.factors.firstIndex(of: name) else {
        throw InputError(
          "\(file): has no column \(name) (it has \(all.factors.joined(separator: ", "))); "
            + "every underlying of the chain needs one")
      }
      return column
    }
    let history = try ReturnHistory(
      returns: Matrix(rows: all.returns.rows, columns: columns.count) {
        all.returns[$0, columns[$1]]
      }, dates: all.dates, factors: wanted, kind: .logarithmic)
    try check(history, of: file)
    return history
  }

  private func readHistory(_ text: String, of file: String) throws -> ReturnHistory {
    do {
      return try ReturnHistory(
        csv: text, fileName: file, kind: .logarithmic, missing: missingPrices.policy)
    } catch {
      if error.problem == .missingPrice && missingPrices == .error {
        throw InputError("\(error) (--missing-prices drop, or carry)")
      }
      throw error
    }
  }

  /// Refuses what no daily prices are; notes on standard error what is odd about them.
  private func check(_ history: ReturnHistory, of file: String) throws {
    if history.count < 2 {
      throw InputError(
        "\(file): \(history.count + 1) dates are too few; covariances need at least 3")
    }
    for (row, date) in history.dates.enumerated() {
      for (column, name) in history.factors.enumerated()
      where abs(history.returns[row, column]) > log(100) {
        throw InputError(
          "\(file): \(name): the price moves by a factor of "
            + String(format: "%.3g", exp(history.returns[row, column]))
            + " to \(date); correct that price or the one before")
      }
    }
    let days = history.dates.map { (Timestamp($0)?.secondsSince1970 ?? .nan) / 86_400 }
    let gaps = zip(days.dropFirst(), days).map { $0 - $1 }
    let long = gaps.indices.filter { gaps[$0] > 1.5 }
    if let worst = long.max(by: { gaps[$0] < gaps[$1] }) {
      note(
        "note: \(file): \(long.count) of \(history.count) returns span more than a day, the one to "
          + "\(history.dates[worst + 1]) \(Int(gaps[worst])) days; each counts as daily")
    }
  }

  /// Covariance of daily returns, times 365.
  func annualCovariance(of history: ReturnHistory) throws -> Matrix {
    let estimator: any CovarianceEstimator =
      switch covariance {
      case .sample: SampleCovariance()
      case .ewma: ExponentiallyWeighted(halfLife: halfLife)
      case .ledoitWolf: LedoitWolf()
      }
    return 365 * (try estimator.covariance(of: history))
  }

  /// The model of prices and volatility levels. With R the correlation of prices and ρ that of a
  /// price with its volatility, the correlation of all is R ⊗ [[1, ρ], [ρ, 1]]: semidefinite, since
  /// both factors are.
  func model(of history: ReturnHistory) throws -> MonteCarlo {
    let annual = try annualCovariance(of: history)
    guard volOfVol > 0 else {
      return try MonteCarlo(underlyings: history.factors, covariance: annual, shape: shape)
    }
    let scaling = try VolatilityScaling(covariance: annual)
    let n = history.factors.count
    let joint = Matrix(rows: 2 * n, columns: 2 * n) { i, j in
      scaling.correlation[i / 2, j / 2] * (i % 2 == j % 2 ? 1 : spotVolCorrelation)
    }
    return try MonteCarlo(
      underlyings: history.factors, volatilities: scaling.volatilities,
      volatilitiesOfVolatility: [Double](repeating: volOfVol, count: n), correlation: joint,
      shape: shape)
  }

  func scenarioSet(for market: Market, sample: Bool) throws -> ScenarioSet {
    try model(of: history(for: market, sample: sample))
      .scenarios(count: scenarios, horizon: horizon / 365, seed: seed)
  }
}
