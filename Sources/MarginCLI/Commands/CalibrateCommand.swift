import ArgumentParser
import Foundation
import MarginOptimization

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Estimates covariances, volatility models and surfaces; writes them as a model.",
    discussion: """
      From daily prices: the covariance of all columns by an estimator, and a volatility model for \
      each. From a chain: the surface of implied volatilities of each underlying, free of arbitrage \
      where that can be had. risk, margin and hedge read the model with --model.

      Example: marginopt calibrate --sample --output model.json
      Example: marginopt calibrate --prices prices.csv --chain chain.csv --covariance ledoit-wolf \
      --volatility gjr-t --output model.json
      """)

  @OptionGroup(title: "Prices") var prices: PriceInput
  @OptionGroup(title: "Covariance") var estimator: EstimatorInput
  @OptionGroup(title: "Chain") var input: MarketInput

  @Option(
    help: ArgumentHelp(
      "The volatility model: none, ewma, garch, gjr, garch-t or gjr-t.",
      discussion: "gjr weighs negative returns apart; t has Student's errors."))
  var volatility: VolatilityChoice = .garch

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The largest persistence of a volatility model; above 1 it is an error.", valueName: "number")
  )
  var persistence = 0.999

  @Option(help: ArgumentHelp("Where the model is written.", valueName: "file"))
  var output: String?

  @Flag(help: "Print the model as JSON.")
  var json = false

  enum VolatilityChoice: String, CaseIterable, ExpressibleByArgument {
    case none, ewma, garch, gjr
    case garchT = "garch-t"
    case gjrT = "gjr-t"

    var garch: (errors: GARCH.Errors, hasLeverage: Bool) {
      (self == .garchT || self == .gjrT ? .studentT : .normal, self == .gjr || self == .gjrT)
    }
  }

  func validate() throws {
    if input.book != nil { throw ValidationError("A model needs no --book.") }
    if !input.sample && prices.prices == nil {
      throw ValidationError("Give --prices FILE (and --chain FILE), or --sample.")
    }
    try require("--persistence", persistence, in: 0.01...1)
  }

  func run() throws {
    let clock = Stopwatch()
    let history = try prices.history()
    let progress = ProgressLine(isShown: !json)
    progress.show("estimating the covariance of \(history.factors.count) factors")
    let covariance = try estimator.annualCovariance(of: history)
    try requireDefinite(covariance, history)
    let volatilities = try history.factors.indices.compactMap { column in
      progress.show("fitting the volatility of \(history.factors[column])")
      return try fit(history, column)
    }
    progress.show("fitting surfaces")
    let fits = try surfaces()
    let model = try CalibratedModel(
      source: .init(
        prices: prices.file, firstDate: history.dates.first ?? "",
        lastDate: history.dates.last ?? "", returnCount: history.count),
      factors: history.factors, covariance: covariance, estimator: estimator.description,
      volatilities: volatilities,
      surfaces: fits.map {
        .init(
          underlying: $0.surface.underlying, slices: $0.surface.slices,
          rootMeanSquareErrors: $0.slices.map(\.rootMeanSquareError))
      })
    progress.clear()
    if let output { try writeText(try jsonText(model) + "\n", to: output) }
    if json { print(try jsonText(model)) } else { print(text(of: model, fits, clock.seconds)) }
  }

  private func requireDefinite(_ covariance: Matrix, _ history: ReturnHistory) throws {
    do {
      try CovarianceCheck.requirePositiveDefinite(covariance, observations: history.count)
    } catch {
      throw InputError(
        "\(prices.file): --covariance \(estimator.covariance.rawValue): "
          + error.describe(names: history.factors))
    }
  }

  private func fit(
    _ history: ReturnHistory, _ column: Int
  ) throws -> CalibratedModel.Volatility? {
    let name = history.factors[column]
    do {
      return try fit(history.returns.column(column), of: name)
    } catch {
      throw InputError(
        "\(prices.file): \(name): \(error) (--volatility none leaves volatilities out)")
    }
  }

  private func fit(
    _ returns: [Double], of name: String
  ) throws(VolatilityError) -> CalibratedModel.Volatility? {
    switch volatility {
    case .none: return nil
    case .ewma:
      let model = try EWMAVolatility(fitting: returns)
      return .init(
        factor: name, model: "EWMA", parameters: model.parameters, standardErrors: [:],
        logLikelihood: nil, nextVolatility: try model.filter(returns).nextVolatility)
    default:
      let (errors, hasLeverage) = volatility.garch
      let fit = try GARCH(
        errors: errors, hasLeverage: hasLeverage,
        stationarity: .limited(persistence: persistence)
      ).fit(returns)
      var standardErrors: [String: Double] = [:]
      for estimate in fit.estimates {
        standardErrors[estimate.name] = estimate.robustStandardError ?? estimate.standardError
      }
      return .init(
        factor: name,
        model: (hasLeverage ? "GJR-GARCH(1,1)" : "GARCH(1,1)")
          + (errors == .studentT ? ", Student t" : ""),
        parameters: fit.parameters, standardErrors: standardErrors,
        logLikelihood: fit.logLikelihood, nextVolatility: fit.volatility.nextVolatility)
    }
  }

  private func surfaces() throws -> [SurfaceFit] {
    guard input.sample || input.chain != nil else { return [] }
    let market = try input.market()
    return try market.indexPrices.keys.sorted().compactMap { underlying in
      let hasOptions = market.quotes.contains { quote in
        guard quote.instrument.underlying == underlying else { return false }
        if case .option = quote.instrument.kind { return true }
        return false
      }
      guard hasOptions else { return nil }
      let fit = try SVICalibration().surface(of: underlying, in: market)
      for skipped in fit.skipped {
        note("skipped: \(underlying) \(skipped.expiry): \(skipped.reason)")
      }
      return fit
    }
  }
}

extension CalibrateCommand {
  private func text(
    of model: CalibratedModel, _ fits: [SurfaceFit], _ seconds: Double
  ) -> String {
    let annual = model.covariance
    var factors = Table("factor", "volatility", "model", "next, annual", "persistence")
    for (j, name) in model.factors.enumerated() {
      let fit = model.volatilities.first { $0.factor == name }
      factors.add(
        name, percent(annual[j, j].squareRoot()), fit?.model ?? "",
        fit.map { percent($0.nextVolatility * 365.0.squareRoot()) } ?? "",
        fit.map { fixed($0.parameters.persistence, 4) } ?? "")
    }
    var lines = [
      "\(counted(model.source.returnCount, "return")) of \(counted(model.factors.count, "factor")), "
        + "\(model.source.firstDate) to \(model.source.lastDate); covariance: \(model.estimator)",
      "", factors.text,
    ]
    for fit in fits {
      let violations = fit.surface.violations()
      let worst = fit.slices.map(\.rootMeanSquareError).max() ?? 0
      lines += [
        "",
        "\(fit.surface.underlying): \(counted(fit.slices.count, "expiry slice")), error at most "
          + "\(fixed(100 * worst, 2)) points in the mean square, "
          + (violations.isEmpty
            ? "free of arbitrage" : "arbitrage in \(counted(violations.count, "place"))"),
      ]
      lines += violations.prefix(3).map { "  \($0.kind) at \(fixed(365 * $0.time, 1)) days" }
    }
    if let output { lines += ["", "The model: \(output)"] }
    return (lines + ["", "\(fixed(seconds, 3)) s"]).joined(separator: "\n")
  }
}
