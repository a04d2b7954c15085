/// The estimator of GARCH(1,1) by maximum likelihood, with or without leverage (Glosten, Jagannathan
/// and Runkle), with normal or Student's t errors.
///
/// The likelihood, its gradient and its Hessian are analytic, from one pass over the returns
/// (Fiorentini, Calzolari and Panattoni, J. Applied Econometrics 11 (1996) 399). Newton's method
/// between bounds starts at the best of a grid; where it ends at a bound or does not converge, it
/// starts again from others, and the largest likelihood counts.
///
/// With normal errors the estimate is consistent for other errors too (quasi maximum likelihood:
/// Bollerslev and Wooldridge, Econometric Reviews 11 (1992) 143); then the robust standard errors
/// of ``GARCHFit`` count.
public struct GARCH: Sendable, Hashable {
  /// What the returns are measured from.
  public enum Mean: Sendable, Hashable, CaseIterable {
    /// Zero, for returns of short periods.
    case zero
    /// A constant that is estimated with the rest.
    case constant
  }

  /// The distribution of rₜ standardised.
  public enum Errors: Sendable, Hashable, CaseIterable {
    case normal
    /// Student's t of variance 1; degrees of freedom between 2.05 and 500 are estimated.
    case studentT
  }

  /// s: the squared shock and the variance before the first return; h₁ = ω + (α + γ/2 + β) s.
  public enum Presample: Sendable, Hashable, CaseIterable {
    /// The mean of (r − μ)², which moves with μ: Bollerslev's choice.
    case sampleVariance
    /// The mean of the first 75 squares, each 0.94 times as heavy as the one before.
    case backcast
  }

  /// What happens where the likelihood is largest at a persistence α + γ/2 + β of 1 or more, so that
  /// shocks to the variance do not die out.
  public enum Stationarity: Sendable, Hashable {
    /// It is an error.
    case required
    /// The largest likelihood at a persistence of no more than this, positive and at most 1, is
    /// taken; 1 is the integrated model of Engle and Bollerslev (1986).
    case limited(persistence: Double)
    /// The fit is taken as it is.
    case free
  }

  public var mean: Mean
  public var errors: Errors
  /// Whether negative shocks have a weight of their own (γ).
  public var hasLeverage: Bool
  public var presample: Presample
  public var stationarity: Stationarity

  /// The least number of returns for a fit.
  public static let leastCount = 100
  static let degreesOfFreedom = 2.05...500

  public init(
    mean: Mean = .zero, errors: Errors = .normal, hasLeverage: Bool = false,
    presample: Presample = .sampleVariance, stationarity: Stationarity = .required
  ) {
    self.mean = mean
    self.errors = errors
    self.hasLeverage = hasLeverage
    self.presample = presample
    self.stationarity = stationarity
  }

  /// The parameters of largest likelihood for returns, oldest first.
  ///
  /// - Throws: ``VolatilityError`` for fewer than 100 returns, one that is NaN or infinite, a series
  ///   that does not move, a likelihood that is not maximized, or a fit that is not stationary.
  /// - Complexity: O(T) for each of about 25 evaluations of the likelihood.
  public func fit(_ returns: [Double]) throws(VolatilityError) -> GARCHFit {
    var likelihood = try GARCHLikelihood(returns, self)
    var best = try search(likelihood)
    let persistence = likelihood.parameters(at: best.x).persistence
    switch stationarity {
    case .required:
      if persistence >= 1 { throw .notStationary(persistence: persistence) }
    case .limited(let limit):
      guard limit > 0 && limit <= 1 else {
        throw .invalidParameter(
          "the limit on persistence", value: limit, reason: "it must be above 0 and at most 1")
      }
      if persistence > limit {
        likelihood = GARCHLikelihood(likelihood, persistence: limit)
        best = try search(likelihood)
      }
    case .free: break
    }
    return try GARCHFit(likelihood, best, returns)
  }

  private func search(_ f: GARCHLikelihood) throws(VolatilityError) -> BoxNewton.Outcome {
    let method = BoxNewton(lower: f.lower(), upper: f.upper())
    let starts = Self.grid.map { f.coordinates(of: start($0, $1, f)) }
      .map { (x: $0, value: f.value(at: $0)) }
      .filter { $0.value.isFinite }
      .sorted { $0.value < $1.value }
    var best: BoxNewton.Outcome?
    for (k, start) in starts.prefix(4).enumerated() {
      guard let found = method.minimize(f, from: start.x) else { continue }
      if found.isConverged && found.expansion.value < best?.expansion.value ?? .infinity {
        best = found
      }
      if k == 0, found.isConverged && found.free.count == found.x.count { break }
    }
    guard let best else { throw .notConverged(iterations: method.iterationLimit) }
    return best
  }

  /// α and the persistence of the starts.
  private static let grid: [(alpha: Double, persistence: Double)] = [
    (0.04, 0.99), (0.09, 0.98), (0.08, 0.93), (0.2, 0.95), (0.05, 0.8), (0.2, 0.7), (0.1, 0.3),
  ]

  private func start(
    _ alpha: Double, _ persistence: Double, _ f: GARCHLikelihood
  ) -> GARCHParameters {
    GARCHParameters(
      mean: f.sampleMean, omega: 1 - persistence, alpha: hasLeverage ? 0.5 * alpha : alpha,
      gamma: hasLeverage ? alpha : 0, beta: persistence - alpha,
      degreesOfFreedom: errors == .studentT ? 8 : nil)
  }
}
