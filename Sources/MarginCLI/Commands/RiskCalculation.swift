import ArgumentParser
import MarginOptimization

/// A way to value-at-risk and expected shortfall.
enum RiskMethod: String, CaseIterable, ExpressibleByArgument {
  case delta
  case cornishFisher = "cornish-fisher"
  case deltaGamma = "delta-gamma"
  case historical, filtered
  case monteCarlo = "monte-carlo"
  case guided

  var needsHistory: Bool { [.cornishFisher, .historical, .filtered].contains(self) }
}

/// The parts that the methods share, each computed once when first needed.
final class RiskCalculation {
  let portfolio: Portfolio
  let market: Market
  let history: ReturnHistory?
  let input: ScenarioInput
  let greeks: PortfolioGreeks
  let book: CollapsedBook
  /// Whether the methods were asked for by name: then one that is not to be had is an error.
  let isExplicit: Bool
  let annualCovariance: Matrix
  let model: MonteCarlo
  var horizon: Double { input.horizon / 365 }
  private(set) var certificate: RevaluationCertificate?
  private var pastLosses: LossDistribution?

  /// Full revaluations that a guided simulation makes at most.
  static let guidedCount = 10_000

  init(
    portfolio: Portfolio, market: Market, history: ReturnHistory?, input: ScenarioInput,
    isExplicit: Bool
  ) throws {
    (self.portfolio, self.market, self.history) = (portfolio, market, history)
    (self.input, self.isExplicit) = (input, isExplicit)
    greeks = try PortfolioGreeks(of: portfolio, in: market)
    book = try CollapsedBook(portfolio, in: market)
    annualCovariance = try input.annualCovariance(for: market, history: history)
    model = try input.model(for: market, covariance: annualCovariance)
  }

  /// The figures of a method at each confidence.
  func figures(_ method: RiskMethod, _ confidences: [Double]) throws -> [RiskReport.Figure] {
    let clock = Stopwatch()
    var figures = try unclocked(method, confidences)
    for k in figures.indices {
      figures[k].method = method.rawValue
      figures[k].seconds = clock.seconds
    }
    return figures
  }

  private func unclocked(
    _ method: RiskMethod, _ confidences: [Double]
  ) throws -> [RiskReport.Figure] {
    switch method {
    case .delta:
      let risk = try linear
      return confidences.map {
        .init($0, risk.valueAtRisk($0), risk.expectedShortfall($0))
      }
    case .cornishFisher:
      let risk = try cornishFisher
      return confidences.map { .init($0, risk.valueAtRisk($0), risk.expectedShortfall($0)) }
    case .deltaGamma:
      let risk = try model.deltaGammaRisk(of: portfolio, in: market, horizon: horizon)
      return try confidences.map {
        let tail = try risk.tailRisk($0)
        return .init($0, tail.valueAtRisk, tail.expectedShortfall)
      }
    case .historical:
      let losses = try past
      // Moves over several days overlap; an interval would take them for independent.
      guard days > 1 else { return simulated(losses, confidences) }
      return confidences.map {
        let tail = losses.tailRisk($0)
        return RiskReport.Figure($0, tail.valueAtRisk, tail.expectedShortfall)
      }
    case .filtered: return try simulated(filtered, confidences)
    case .monteCarlo:
      let scenarios = try model.scenarios(
        count: input.scenarios, horizon: horizon, seed: input.seed)
      let revalued = try ProxyRevaluation().losses(of: book, in: scenarios)
      certificate = revalued.certificate
      return simulated(revalued.losses, confidences)
    case .guided:
      return try confidences.map {
        let count = min(max(input.scenarios, 200), Self.guidedCount)
        let estimate = try model.tailEstimate(
          $0, of: portfolio, in: market, horizon: horizon,
          method: .stratified(strata: min(100, count / 20)), count: count, seed: input.seed)
        return .init($0, estimate)
      }
    }
  }

  private var linear: ParametricRisk {
    get throws {
      try ParametricRisk(
        sensitivities: model.underlyings.map {
          (greeks.byUnderlying[$0]?.delta ?? 0) * (market.indexPrices[$0] ?? 0)
        }, covariance: horizon * annualCovariance, shape: input.shape)
    }
  }

  /// The deviation of today's delta, with the skewness and the kurtosis of the past losses.
  private var cornishFisher: CornishFisherRisk {
    get throws {
      let losses = try past.losses
      let n = Double(losses.count)
      let mean = losses.reduce(0, +) / n
      func moment(_ k: Int) -> Double {
        losses.reduce(0) { sum, loss in
          var power = 1.0
          for _ in 0..<k { power *= loss - mean }
          return sum + power
        } / n
      }
      let variance = moment(2)
      guard variance > 0 else {
        throw SimulationError.outOfRange(
          "variance of the past losses", value: variance,
          reason: "losses that do not vary have no skewness and no kurtosis")
      }
      return try CornishFisherRisk.matching(
        standardDeviation: try linear.standardDeviation,
        skewness: moment(3) / (variance * variance.squareRoot()),
        excessKurtosis: moment(4) / (variance * variance) - 3)
    }
  }

  private var days: Int { max(1, Int(input.horizon.rounded(.up))) }

  private var past: LossDistribution {
    get throws {
      if let pastLosses { return pastLosses }
      let losses = try HistoricalSimulation(history: neededHistory, horizon: days).scenarios()
        .losses(of: portfolio, in: market)
      pastLosses = losses
      return losses
    }
  }

  private var filtered: LossDistribution {
    get throws {
      let simulation = try FilteredHistoricalSimulation(
        history: neededHistory,
        filter: .garch(GARCH(stationarity: .limited(persistence: 0.999))), horizon: days)
      let scenarios =
        days == 1
        ? try simulation.scenarios()
        : try simulation.scenarios(count: input.scenarios, seed: input.seed)
      let revalued = try ProxyRevaluation().losses(of: book, in: scenarios)
      return revalued.losses
    }
  }

  private var neededHistory: ReturnHistory {
    get throws {
      guard let history else {
        throw InputError("past prices are needed: --prices FILE beside --model")
      }
      return history
    }
  }

  private func simulated(
    _ losses: LossDistribution, _ confidences: [Double]
  ) -> [RiskReport.Figure] {
    confidences.map { .init($0, losses) }
  }

  /// What each position adds to expected shortfall by full revaluation of as many scenarios as fit.
  func contributions(
    _ confidence: Double, largestMatrix: Int
  ) throws -> (parts: RiskContribution, scenarios: Int) {
    let instruments = portfolio.positions.map(\.instrument)
    let count = max(1, min(input.scenarios, largestMatrix / max(1, instruments.count)))
    let drawn = try model.scenarios(count: count, horizon: horizon, seed: input.seed)
    let values = try Revaluation.profitAndLoss(of: instruments, in: drawn, market: market)
    return (
      try RiskContribution.expectedShortfall(
        confidence, profitAndLoss: values, quantities: portfolio.positions.map(\.quantity)),
      count
    )
  }
}
