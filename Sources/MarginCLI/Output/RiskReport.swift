import MarginOptimization

/// What `risk` prints.
struct RiskReport: Encodable {
  struct Figure: Encodable {
    var method = ""
    var confidence: Double
    var valueAtRisk: Double
    var valueAtRiskLower: Double?
    var valueAtRiskUpper: Double?
    var expectedShortfall: Double
    var expectedShortfallLower: Double?
    var expectedShortfallUpper: Double?
    var expectedShortfallStandardError: Double?
    /// Of the method at all confidences together.
    var seconds = 0.0
  }

  struct Contribution: Encodable {
    var instrument: String
    var quantity: Double
    var expectedShortfall: Double
    /// The change of expected shortfall for one more of the instrument.
    var marginal: Double
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

  var horizonDays: Double
  var positions: Int
  var value: Double
  var exposures: [Exposure]
  var figures: [Figure]
  /// Methods that the input does not allow, each with the reason.
  var omitted: [String]
  /// To the Monte Carlo expected shortfall at the highest confidence; the largest first.
  var contributions: [Contribution]
  var contributionConfidence: Double
  var contributionScenarios: Int
  /// How the Monte Carlo scenarios were revalued.
  var revaluation: RevaluationCertificate?
  var seconds: Double

  /// Doubles of the matrix of P&L of the contributions.
  private static let largestMatrix = 100_000_000

  init(
    _ calculation: RiskCalculation, methods: [RiskMethod], confidences: [Double],
    contributionCount: Int, progress: ProgressLine
  ) throws {
    let clock = Stopwatch()
    let (greeks, market) = (calculation.greeks, calculation.market)
    let portfolio = calculation.portfolio
    horizonDays = calculation.input.horizon
    positions = portfolio.positions.count
    value = greeks.value
    exposures = greeks.byUnderlying.sorted { $0.key < $1.key }.map {
      Exposure(
        underlying: $0.key, deltaCoins: $0.value.delta, gammaCoinsPerDollar: $0.value.gamma,
        gammaDollarsPerPercent: $0.value.dollarGammaPerPercent(
          atIndex: market.indexPrices[$0.key] ?? 0),
        vegaPerPoint: $0.value.vegaPerPoint, thetaPerDay: $0.value.thetaPerDay)
    }
    (figures, omitted) = ([], [])
    for method in methods {
      progress.show("\(method.rawValue): \(positions) positions")
      do {
        figures += try calculation.figures(method, confidences)
      } catch let error where error is ReportedError && !calculation.isExplicit {
        omitted.append("\(method.rawValue) is left out: \(error)")
      }
    }
    contributionConfidence = confidences.max() ?? 0.99
    (contributions, contributionScenarios) = ([], 0)
    if contributionCount > 0, !portfolio.positions.isEmpty {
      progress.show("contributions")
      let found = try calculation.contributions(
        contributionConfidence, largestMatrix: Self.largestMatrix)
      contributionScenarios = found.scenarios
      contributions = portfolio.positions.indices.map { k in
        Contribution(
          instrument: portfolio.positions[k].instrument.name,
          quantity: portfolio.positions[k].quantity,
          expectedShortfall: found.parts.components[k], marginal: found.parts.marginals[k])
      }
      contributions.sort { abs($0.expectedShortfall) > abs($1.expectedShortfall) }
      contributions = Array(contributions.prefix(contributionCount))
    }
    revaluation = calculation.certificate
    seconds = clock.seconds
  }
}

extension RiskReport.Figure {
  init(_ confidence: Double, _ valueAtRisk: Double, _ expectedShortfall: Double) {
    (self.confidence, self.valueAtRisk) = (confidence, valueAtRisk)
    self.expectedShortfall = expectedShortfall
  }

  init(_ confidence: Double, _ losses: LossDistribution) {
    let tail = losses.tailRisk(confidence)
    self.init(confidence, tail.valueAtRisk, tail.expectedShortfall)
    let interval = losses.valueAtRiskInterval(confidence)
    (valueAtRiskLower, valueAtRiskUpper) = (finite(interval.lower), finite(interval.upper))
    // One scenario in the tail says nothing about the spread.
    guard (1 - confidence) * Double(losses.count) >= 2 else { return }
    let range = losses.expectedShortfallInterval(confidence)
    (expectedShortfallLower, expectedShortfallUpper) = (finite(range.lower), finite(range.upper))
    expectedShortfallStandardError = losses.expectedShortfallStandardError(confidence)
  }

  init(_ confidence: Double, _ estimate: TailEstimate) {
    self.init(confidence, estimate.valueAtRisk, estimate.expectedShortfall)
    let (q, s) = (estimate.valueAtRiskInterval(), estimate.expectedShortfallInterval())
    (valueAtRiskLower, valueAtRiskUpper) = (finite(q.lower), finite(q.upper))
    (expectedShortfallLower, expectedShortfallUpper) = (finite(s.lower), finite(s.upper))
    expectedShortfallStandardError = finite(estimate.expectedShortfallStandardError)
  }

  init(_ confidence: Double, _ losses: PartialLosses) throws {
    self.init(
      confidence, try losses.valueAtRisk(confidence), try losses.expectedShortfall(confidence))
    let interval = try losses.valueAtRiskInterval(confidence)
    (valueAtRiskLower, valueAtRiskUpper) = (finite(interval.lower), finite(interval.upper))
    expectedShortfallStandardError = try losses.expectedShortfallStandardError(confidence)
  }

  /// `a … b`, or nothing where there is no interval.
  static func interval(_ lower: Double?, _ upper: Double?) -> String {
    lower == nil && upper == nil
      ? "" : [lower, upper].map { $0.map(money) ?? "open" }.joined(separator: " … ")
  }
}

extension RiskReport {
  var text: String {
    var table = Table(
      "method", "confidence", "VaR USD", "95% interval", "ES USD", "95% interval", "ms")
    for figure in figures {
      table.add(
        figure.method, confidenceText(figure.confidence), money(figure.valueAtRisk),
        Figure.interval(figure.valueAtRiskLower, figure.valueAtRiskUpper),
        money(figure.expectedShortfall),
        Figure.interval(figure.expectedShortfallLower, figure.expectedShortfallUpper),
        fixed(1000 * figure.seconds, 1))
    }
    var exposureTable = Table(
      "underlying", "delta coins", "gamma USD/1%", "vega USD/pt", "theta USD/day")
    for exposure in exposures {
      exposureTable.add(
        exposure.underlying, fixed(exposure.deltaCoins, 4),
        money(exposure.gammaDollarsPerPercent), money(exposure.vegaPerPoint),
        money(exposure.thetaPerDay))
    }
    var lines = [
      "\(counted(positions, "position")) worth \(money(value)) USD, over \(quantity(horizonDays)) "
        + (horizonDays == 1 ? "day" : "days"), "", exposureTable.text, "", table.text,
    ]
    if !omitted.isEmpty { lines += [""] + omitted }
    if let revaluation {
      lines += [
        "",
        "monte-carlo \(Self.words(revaluation.method)), certified within "
          + "\(money(revaluation.errorBound)) USD of each loss "
          + "(\(scientific(revaluation.relativeErrorBound)) of the largest)",
      ]
    }
    if !contributions.isEmpty {
      var parts = Table("instrument", "quantity", "contribution USD", "per unit more USD")
      for part in contributions {
        parts.add(
          part.instrument, coins(part.quantity), money(part.expectedShortfall),
          money(part.marginal))
      }
      lines += [
        "",
        "Largest contributions to the Monte Carlo ES at "
          + "\(confidenceText(contributionConfidence)), of \(contributionScenarios) scenarios",
        parts.text,
      ]
    }
    return (lines + ["", "\(fixed(seconds, 3)) s"]).joined(separator: "\n")
  }

  private static func words(_ method: RevaluationCertificate.Method) -> String {
    switch method {
    case .full: "by full revaluation"
    case .proxy: "by functions of price and volatility"
    case .proxyAndFull: "by functions of price and volatility and in part by full revaluation"
    }
  }
}
