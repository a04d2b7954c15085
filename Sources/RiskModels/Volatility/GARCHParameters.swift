internal import Foundation

/// The parameters of a GARCH(1,1) recursion, with or without leverage, per period of the returns.
///
///     εₜ = rₜ − μ,   hₜ₊₁ = ω + (α + γ 1[εₜ < 0]) εₜ² + β hₜ
///
/// Sources: Bollerslev, J. Econometrics 31 (1986) 307 (γ = 0); Glosten, Jagannathan and Runkle,
/// J. Finance 48 (1993) 1779. With ω = 0, α = 1 − λ and β = λ it is the exponentially weighted
/// variance of RiskMetrics.
public struct GARCHParameters: Sendable, Hashable, Codable {
  /// μ: the mean of the returns.
  public var mean: Double
  /// ω ≥ 0: the constant of the variance.
  public var omega: Double
  /// α ≥ 0: what a squared shock adds to the next variance.
  public var alpha: Double
  /// γ ≥ −α: what the square of a negative shock adds to that.
  public var gamma: Double
  /// β ≥ 0: what is left of a variance after one period.
  public var beta: Double
  /// ν > 2 of errors after Student's t, scaled to variance 1; nil for normal errors.
  public var degreesOfFreedom: Double?

  /// A recursion of given parameters, checked where it is used.
  public init(
    mean: Double = 0, omega: Double, alpha: Double, gamma: Double = 0, beta: Double,
    degreesOfFreedom: Double? = nil
  ) {
    self.mean = mean
    self.omega = omega
    self.alpha = alpha
    self.gamma = gamma
    self.beta = beta
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// α + γ/2 + β: what is left of a deviation of the variance from its long run after one period, where
  /// errors are symmetric. The process is stationary below 1.
  public var persistence: Double { alpha + 0.5 * gamma + beta }

  /// ω / (1 − persistence), per period; nil where the process is not stationary.
  public var unconditionalVariance: Double? {
    persistence < 1 ? omega / (1 - persistence) : nil
  }

  /// The periods in which half of a shock to the variance dies out, infinite where it does not.
  public var halfLife: Double {
    persistence >= 1 ? .infinity : persistence <= 0 ? 0 : log(0.5) / log(persistence)
  }

  /// The expected variances of the `horizon` returns that follow, the first of variance
  /// `nextVariance`: E hₖ₊₁ = ω + (α + γ/2 + β) E hₖ.
  public func varianceForecasts(from nextVariance: Double, horizon: Int) -> [Double] {
    var h = nextVariance
    return (0..<max(horizon, 0)).map { _ in
      defer { h = omega + persistence * h }
      return h
    }
  }

  /// The variances of given returns, oldest first.
  ///
  /// - Parameter presample: s, the squared shock and the variance before the first return, so that the
  ///   first variance is ω + (α + γ/2 + β) s; nil for the mean of (r − μ)².
  /// - Throws: ``VolatilityError`` where there is no return, one is not finite, none differs from the
  ///   mean, or a parameter is out of its domain.
  public func filter(
    _ returns: [Double], presample: Double? = nil
  ) throws(VolatilityError) -> ConditionalVolatility {
    try check()
    guard !returns.isEmpty else { throw .tooFewReturns(found: 0, needed: 1) }
    try requireFinite(returns)
    let s =
      presample ?? returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(returns.count)
    guard s > 0 && s.isFinite else { throw .constantSeries(value: returns[0]) }
    var h = omega + persistence * s
    var variances = returns
    var residuals = returns
    for t in returns.indices {
      let ε = returns[t] - mean
      variances[t] = h
      residuals[t] = ε / h.squareRoot()
      h = omega + (ε < 0 ? alpha + gamma : alpha) * ε * ε + beta * h
    }
    return ConditionalVolatility(
      variances: variances, standardizedResiduals: residuals, nextVariance: h)
  }

  /// - Throws: ``VolatilityError/invalidParameter(_:value:reason:)``.
  public func check() throws(VolatilityError) {
    let domains: [(String, Double, Bool, String)] = [
      ("the mean", mean, mean.isFinite, "it must be finite"),
      ("omega", omega, omega >= 0 && omega.isFinite, "it must not be negative"),
      ("alpha", alpha, alpha >= 0 && alpha.isFinite, "it must not be negative"),
      ("gamma", gamma, alpha + gamma >= 0 && gamma.isFinite, "alpha + gamma must not be negative"),
      ("beta", beta, beta >= 0 && beta.isFinite, "it must not be negative"),
      (
        "the persistence", persistence, omega > 0 || persistence > 0,
        "some parameter of the variance must be positive"
      ),
      (
        "degrees of freedom", degreesOfFreedom ?? 3, (degreesOfFreedom ?? 3) > 2,
        "a variance needs more than 2"
      ),
    ]
    for (name, value, isGood, reason) in domains where !isGood {
      throw .invalidParameter(name, value: value, reason: reason)
    }
  }
}

func requireFinite(_ returns: [Double]) throws(VolatilityError) {
  if let bad = returns.firstIndex(where: { !$0.isFinite }) {
    throw .notFinite(index: bad, value: returns[bad])
  }
}
