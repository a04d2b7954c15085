import ArgumentParser
import Foundation
import MarginOptimization

/// The model from which scenarios are drawn.
struct ScenarioInput: ParsableArguments {
  @OptionGroup var priceInput: PriceInput
  @OptionGroup var estimator: EstimatorInput

  @Option(
    help: ArgumentHelp(
      "A model written by calibrate: its covariance in place of an estimate.", valueName: "file"))
  var model: String?

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
    try require("--vol-of-vol", volOfVol, in: 0...10)
    try require("--spot-vol-correlation", spotVolCorrelation, in: -0.9999...0.9999)
    // The variance is finite above 2 only.
    try require("--degrees-of-freedom", degreesOfFreedom, in: 2.000001...1e6)
  }

  func requirePrices(sample: Bool) throws {
    if model == nil { try priceInput.require(sample: sample) }
  }

  var shape: ParametricRisk.Shape {
    degreesOfFreedom.map { .studentT(degreesOfFreedom: $0) } ?? .normal
  }

  /// Returns of the market's underlyings, in the order of their names; nil where a model stands for them.
  func history(for market: Market, sample: Bool) throws -> ReturnHistory? {
    guard model == nil || priceInput.prices != nil || sample else { return nil }
    return try priceInput.history(of: market.indexPrices.keys.sorted())
  }

  func calibratedModel() throws -> CalibratedModel? {
    try model.map { path in
      do {
        return try JSONDecoder().decode(CalibratedModel.self, from: Data(readText(path).utf8))
      } catch let error as DecodingError {
        throw InputError(path, "no model of marginopt calibrate", error)
      } catch let error as SimulationError {
        throw InputError("\(path): \(error)")
      }
    }
  }

  /// Covariance of the market's underlyings over a year: that of the model, or estimated.
  func annualCovariance(for market: Market, sample: Bool) throws -> Matrix {
    try annualCovariance(
      for: market, history: model == nil ? history(for: market, sample: sample) : nil)
  }

  /// The same from returns that are there already; a model goes before them.
  func annualCovariance(for market: Market, history: ReturnHistory?) throws -> Matrix {
    if let calibrated = try calibratedModel() {
      do { return try calibrated.covariance(of: market.indexPrices.keys.sorted()) } catch {
        throw InputError("\(model ?? "model"): \(error)")
      }
    }
    guard let history else {
      throw ValidationError("Scenarios need --prices FILE, --model FILE, or --sample.")
    }
    return try estimator.annualCovariance(of: history)
  }

  /// The model of prices and volatility levels. With R the correlation of prices and ρ that of a
  /// price with its volatility, the correlation of all is R ⊗ [[1, ρ], [ρ, 1]]: semidefinite, since
  /// both factors are.
  func model(for market: Market, covariance annual: Matrix) throws -> MonteCarlo {
    do { return try simulation(of: market, covariance: annual) } catch {
      guard let model, let error = error as? any ReportedError else { throw error }
      throw InputError("\(model): \(error)")
    }
  }

  private func simulation(of market: Market, covariance annual: Matrix) throws -> MonteCarlo {
    let underlyings = market.indexPrices.keys.sorted()
    guard volOfVol > 0, market.quotes.contains(where: { $0.instrument.isOption }) else {
      return try MonteCarlo(underlyings: underlyings, covariance: annual, shape: shape)
    }
    let scaling = try VolatilityScaling(covariance: annual)
    let n = underlyings.count
    let joint = Matrix(rows: 2 * n, columns: 2 * n) { i, j in
      scaling.correlation[i / 2, j / 2] * (i % 2 == j % 2 ? 1 : spotVolCorrelation)
    }
    return try MonteCarlo(
      underlyings: underlyings, volatilities: scaling.volatilities,
      volatilitiesOfVolatility: [Double](repeating: volOfVol, count: n), correlation: joint,
      shape: shape)
  }

  func scenarioSet(for market: Market, sample: Bool) throws -> ScenarioSet {
    try model(for: market, covariance: annualCovariance(for: market, sample: sample))
      .scenarios(count: scenarios, horizon: horizon / 365, seed: seed)
  }
}
