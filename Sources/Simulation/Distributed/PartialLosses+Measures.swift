extension PartialLosses {
  /// The mean loss.
  public var mean: Double { moments.mean }
  /// The variance of the loss, with Bessel's correction.
  public var variance: Double { moments.variance }
  /// The standard deviation of the loss.
  public var standardDeviation: Double { moments.standardDeviation }
  /// The standard error of the mean loss.
  public var meanStandardError: Double { (variance / Double(count)).squareRoot() }
  /// The largest loss; −∞ of no paths.
  public var worst: Double { tail.losses.first ?? -.infinity }

  /// As ``LossDistribution/valueAtRisk(_:)``, of all losses of the paths.
  ///
  /// - Throws: ``PartialLossesError/tailTooShort(confidence:needed:kept:)``.
  /// - Precondition: `confidence` lies in (0, 1), and there are paths.
  public func valueAtRisk(_ confidence: Double) throws(PartialLossesError) -> Double {
    try largest(tailRank(confidence).whole + 1, confidence)
  }

  /// As ``LossDistribution/expectedShortfall(_:)``, of all losses of the paths.
  ///
  /// - Throws: ``PartialLossesError/tailTooShort(confidence:needed:kept:)``.
  /// - Precondition: `confidence` lies in (0, 1), and there are paths.
  public func expectedShortfall(_ confidence: Double) throws(PartialLossesError) -> Double {
    let q = try valueAtRisk(confidence)
    return q + excess(over: q, confidence).compensatedSum() / tailRank(confidence).mass
  }

  /// As ``LossDistribution/expectedShortfallStandardError(_:)``.
  ///
  /// - Throws: ``PartialLossesError/tailTooShort(confidence:needed:kept:)``.
  /// - Precondition: `confidence` lies in (0, 1), and there are paths.
  public func expectedShortfallStandardError(
    _ confidence: Double
  ) throws(PartialLossesError) -> Double {
    let q = try valueAtRisk(confidence)
    let (excess, n) = (excess(over: q, confidence), Double(count))
    let mean = excess.compensatedSum() / n
    let squares =
      excess.lazy.map { ($0 - mean) * ($0 - mean) }.compensatedSum()
      + (n - Double(excess.count)) * mean * mean
    return squares.squareRoot() / tailRank(confidence).mass
  }

  /// As ``LossDistribution/valueAtRiskInterval(_:coverage:)``: an interval of value-at-risk that holds for
  /// every continuous distribution.
  ///
  /// - Throws: ``PartialLossesError/tailTooShort(confidence:needed:kept:)``.
  /// - Precondition: both lie in (0, 1), and there are paths.
  public func valueAtRiskInterval(
    _ confidence: Double, coverage: Double = 0.95
  ) throws(PartialLossesError) -> ConfidenceInterval {
    requireMeasurable(confidence)
    precondition(
      coverage > 0 && coverage < 1, "The coverage of an interval must lie between 0 and 1.")
    let B = BinomialDistribution(trials: count, probability: confidence)
    let beyond = (1 - coverage) / 2
    let (l, u) = (B.firstExceeding(beyond), B.quantile(1 - beyond) + 1)
    return ConfidenceInterval(
      lower: l >= 1 ? try largest(count - l + 1, confidence) : -.infinity,
      upper: u <= count ? try largest(count - u + 1, confidence) : .infinity,
      coverage: B.cumulative(u - 1) - B.cumulative(l - 1))
  }

  /// n (1 − α), and the whole losses in it.
  private func tailRank(_ confidence: Double) -> (mass: Double, whole: Int) {
    requireMeasurable(confidence)
    let mass = wholeIfNear(Double(count) * (1 - confidence))
    return (mass, min(Int(mass.rounded(.down)), count - 1))
  }

  /// The loss of a 1-based rank from the largest.
  private func largest(_ rank: Int, _ confidence: Double) throws(PartialLossesError) -> Double {
    guard rank <= tail.losses.count else {
      throw .tailTooShort(confidence: confidence, needed: rank, kept: tail.losses.count)
    }
    return tail.losses[rank - 1]
  }

  /// L − q of the losses in the tail.
  private func excess(over q: Double, _ confidence: Double) -> [Double] {
    tail.losses.prefix(tailRank(confidence).whole).map { $0 - q }
  }

  private func requireMeasurable(_ confidence: Double) {
    requireConfidence(confidence)
    precondition(count > 0, "Measures need at least one path.")
  }
}
