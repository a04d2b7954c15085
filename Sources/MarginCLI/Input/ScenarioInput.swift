import ArgumentParser
import Foundation
import MarginOptimization

/// The model from which scenarios are drawn.
struct ScenarioInput: ParsableArguments {
  enum Estimator: String, CaseIterable, ExpressibleByArgument {
    case sample, ewma
    case ledoitWolf = "ledoit-wolf"
  }

  @Option(help: "Daily prices: CSV with a column date and one for each underlying.")
  var prices: String?

  @Option(help: "The number of scenarios.")
  var scenarios = 10_000

  @Option(help: "The seed: the same seed gives the same scenarios everywhere.")
  var seed: UInt64 = 42

  @Option(help: "The horizon in days.")
  var horizon = 1.0

  @Option(help: "Student's t with so many degrees of freedom; without it, the normal distribution.")
  var degreesOfFreedom: Double?

  @Option(help: "The covariance estimator: sample, ewma or ledoit-wolf.")
  var covariance: Estimator = .ewma

  @Option(help: "The half-life of ewma in days.")
  var halfLife = 60.0

  @Option(help: "Annualised volatility of the level of implied volatility; 0 keeps it fixed.")
  var volOfVol = 0.8

  @Option(help: "Correlation between each price and its level of implied volatility.")
  var spotVolCorrelation = -0.3

  func validate() throws {
    if scenarios < 1 { throw ValidationError("--scenarios needs at least 1.") }
    if !(horizon > 0 && horizon.isFinite) { throw ValidationError("--horizon is above 0 days.") }
    if !(halfLife > 0) { throw ValidationError("--half-life is above 0 days.") }
    if !(volOfVol >= 0 && volOfVol.isFinite) {
      throw ValidationError("--vol-of-vol is not negative.")
    }
    if !(abs(spotVolCorrelation) < 1) {
      throw ValidationError("--spot-vol-correlation lies between -1 and 1.")
    }
    if let degreesOfFreedom, !(degreesOfFreedom > 2) {
      throw ValidationError("--degrees-of-freedom is above 2, where the variance is finite.")
    }
  }

  var shape: ParametricRisk.Shape {
    degreesOfFreedom.map { .studentT(degreesOfFreedom: $0) } ?? .normal
  }

  /// Returns of the market's underlyings, in the order of their names.
  func history(for market: Market, sample: Bool) throws -> ReturnHistory {
    guard sample || prices != nil else {
      throw ValidationError("Scenarios need --prices FILE (or --sample).")
    }
    let text = try prices.map(readText) ?? SampleMarket.pricesCSV()
    let all = try ReturnHistory(
      csv: text, fileName: prices ?? "sample prices", kind: .logarithmic)
    let wanted = market.indexPrices.keys.sorted()
    let columns = try wanted.map { name in
      guard let column = all.factors.firstIndex(of: name) else {
        throw MarketError.file(
          prices ?? "sample prices",
          reason: "has no column \(name) (it has \(all.factors.joined(separator: ", ")))")
      }
      return column
    }
    return try ReturnHistory(
      returns: Matrix(rows: all.returns.rows, columns: columns.count) {
        all.returns[$0, columns[$1]]
      }, dates: all.dates, factors: wanted, kind: .logarithmic)
  }

  /// Covariance of daily returns, times 365.
  func annualCovariance(of history: ReturnHistory) throws -> Matrix {
    let estimator: any CovarianceEstimator =
      switch covariance {
      case .sample: SampleCovariance()
      case .ewma: ExponentiallyWeighted(halfLife: halfLife)
      case .ledoitWolf: LedoitWolf()
      }
    return 365 * (try estimator.covariance(of: history.returns))
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
