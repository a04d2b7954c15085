internal import Foundation

/// The exponentially weighted variance σ²ₜ₊₁ = λ σ²ₜ + (1 − λ) rₜ² of RiskMetrics, for one series.
///
/// Source: RiskMetrics Technical Document, 4th edition (1996), §5.2. The covariance of several series
/// under the same weights is ``ExponentiallyWeighted``.
public struct EWMAVolatility: Sendable, Hashable {
  /// λ, between 0 and 1; 0.94 for daily returns is that of RiskMetrics.
  public let decay: Double

  /// The recursion of a decay λ in (0, 1).
  public init(decay: Double = 0.94) {
    precondition(decay > 0 && decay < 1, "The decay must lie between 0 and 1, not be \(decay).")
    self.decay = decay
  }

  /// The decay of largest normal likelihood for returns, oldest first, between 0.5 and 0.9999.
  ///
  /// - Throws: ``VolatilityError`` for fewer than 100 returns, one that is NaN or infinite, or a series
  ///   that does not move.
  public init(fitting returns: [Double]) throws(VolatilityError) {
    let likelihood = EWMALikelihood(garch: try GARCHLikelihood(returns, GARCH()))
    let method = BoxNewton(lower: [0.5], upper: [0.9999])
    let starts = [0.8, 0.94, 0.99].map { (x: [$0], value: likelihood.value(at: [$0])) }
    guard let start = starts.min(by: { $0.value < $1.value }),
      let found = method.minimize(likelihood, from: start.x), found.isConverged
    else { throw .notConverged(iterations: method.iterationLimit) }
    decay = found.x[0]
  }

  /// The same recursion as a GARCH(1,1): ω = 0, α = 1 − λ, β = λ, of mean zero.
  public var parameters: GARCHParameters {
    GARCHParameters(omega: 0, alpha: 1 - decay, beta: decay)
  }

  /// The variances of given returns, oldest first, from the mean of their squares on.
  ///
  /// - Throws: ``VolatilityError`` where there is no return, one is not finite, or all are zero.
  public func filter(_ returns: [Double]) throws(VolatilityError) -> ConditionalVolatility {
    try parameters.filter(returns)
  }
}

/// The likelihood of GARCH along the line (ω, α, β) = (0, 1 − λ, λ).
private struct EWMALikelihood: SmoothObjective {
  let garch: GARCHLikelihood

  func value(at x: [Double]) -> Double { garch.value(at: [0, 1 - x[0], x[0]]) }

  func expansion(at x: [Double]) -> Expansion? {
    guard let e = garch.expansion(at: [0, 1 - x[0], x[0]]) else { return nil }
    return Expansion(
      value: e.value, gradient: [e.gradient[2] - e.gradient[1]],
      hessian: [e.hessian[4] - 2 * e.hessian[5] + e.hessian[8]])
  }
}
