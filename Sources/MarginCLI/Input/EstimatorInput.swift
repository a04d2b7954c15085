import ArgumentParser
import MarginOptimization

/// How covariances are estimated.
struct EstimatorInput: ParsableArguments {
  enum Estimator: String, CaseIterable, ExpressibleByArgument {
    case sample, ewma
    case ledoitWolf = "ledoit-wolf"
    case constantCorrelation = "ledoit-wolf-constant-correlation"
    case singleFactor = "ledoit-wolf-single-factor"
    case oracle = "oas"
    case gerber, denoised
    case dynamic = "dcc"
  }

  @Option(
    help: ArgumentHelp(
      "The covariance estimator: "
        + Estimator.allCases.map(\.rawValue).joined(separator: ", ") + "."))
  var covariance: Estimator = .ewma

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The half-life of ewma in days.", valueName: "days"))
  var halfLife = 60.0

  func validate() throws { try require("--half-life", halfLife, in: 0.1...100_000, "days") }

  /// The estimator in words.
  var description: String {
    covariance == .ewma ? "ewma, half-life \(quantity(halfLife)) days" : covariance.rawValue
  }

  /// Covariance of daily returns, times 365.
  func annualCovariance(of history: ReturnHistory) throws -> Matrix {
    365 * (try dailyCovariance(of: history))
  }

  private func dailyCovariance(of history: ReturnHistory) throws -> Matrix {
    switch covariance {
    case .sample: try SampleCovariance().covariance(of: history)
    case .ewma: try ExponentiallyWeighted(halfLife: halfLife).covariance(of: history)
    case .ledoitWolf: try LedoitWolf().covariance(of: history)
    case .constantCorrelation:
      try LedoitWolf(target: .constantCorrelation).covariance(of: history)
    case .singleFactor: try LedoitWolf(target: .singleFactor).covariance(of: history)
    case .oracle: try OracleApproximatingShrinkage().covariance(of: history)
    case .gerber:
      // Kept away from singular where the repair would end there.
      try NearestCorrelation(smallestEigenvalue: 1e-6).nearest(
        toCovariance: GerberStatistic().covariance(of: history))
    case .denoised: try MarchenkoPasturDenoising().covariance(of: history)
    case .dynamic: try dynamicCovariance(of: history)
    }
  }

  private func dynamicCovariance(of history: ReturnHistory) throws -> Matrix {
    do { return try DynamicConditionalCorrelation().fit(history).nextCovariance } catch {
      guard case .series(let index, let reason) = error else { throw error }
      throw InputError("the volatility of \(history.factors[index]): \(reason)")
    }
  }
}
