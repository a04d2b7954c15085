/// Why a model of volatility could not be estimated or applied.
public indirect enum VolatilityError: Error, Sendable, Hashable {
  /// There are fewer returns than the estimator needs.
  case tooFewReturns(found: Int, needed: Int)
  /// The return at this index, from 0, is NaN or infinite.
  case notFinite(index: Int, value: Double)
  /// The returns do not vary, so that there is no volatility to estimate.
  case constantSeries(value: Double)
  /// The likelihood is largest where shocks do not die out: persistence of 1 or more.
  case notStationary(persistence: Double)
  /// The search for the largest likelihood ended elsewhere, after so many iterations.
  case notConverged(iterations: Int)
  /// A parameter lies outside its domain, which `reason` states.
  case invalidParameter(String, value: Double, reason: String)
  /// Series that must be equally long are not.
  case sizes(String, expected: Int, found: Int)
  /// Parameters are given, but none for the series that is asked for.
  case noParameters
  /// What is wrong with the series of this index, from 0.
  case series(Int, VolatilityError)
  /// The correlation of the standardised residuals is singular: a series is a combination of others.
  case singularCorrelation
}

extension VolatilityError: CustomStringConvertible {
  /// A sentence that says what is wrong and, where there is one, the way out.
  public var description: String {
    switch self {
    case .tooFewReturns(let found, let needed):
      "\(found) returns are too few; the estimator needs at least \(needed)"
    case .notFinite(let index, let value):
      "return \(index) is \(value); leave the date out or fill its price"
    case .constantSeries(let value):
      "all returns are \(value) but for rounding; a series that does not move has no volatility"
    case .notStationary(let persistence):
      "the fitted persistence is \(persistence), not below 1, so that there is no long-run variance; "
        + "take a longer history, an exponentially weighted volatility, or limit the persistence"
    case .notConverged(let iterations):
      "the likelihood was not maximized in \(iterations) iterations; check the returns for outliers"
    case .invalidParameter(let name, let value, let reason): "\(name) is \(value); \(reason)"
    case .sizes(let what, let expected, let found): "\(what): expected \(expected), found \(found)"
    case .noParameters: "there are no parameters for it among those given"
    case .series(let index, let error): "series \(index): \(error)"
    case .singularCorrelation:
      "the correlation of the standardised returns is singular; "
        + "leave out a series that the others determine"
    }
  }
}
