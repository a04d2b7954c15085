internal import Foundation
public import LinearAlgebra

/// The exponentially weighted covariance Σ wₜ (xₜ − m)(xₜ − m)ᵀ.
///
/// The newest of T observations, the last row, has age 0; an observation of age a has the weight
/// λᵃ (1 − λ) / (1 − λᵀ), so that the weights sum to 1. There is no correction of bias. Source:
/// RiskMetrics Technical Document, 4th edition (1996), §5.2, where m = 0 and λ is 0.94 for daily
/// and 0.97 for monthly returns.
public struct ExponentiallyWeighted: CovarianceEstimator, Hashable {
  /// What the observations are measured from.
  public enum Mean: Sendable, Hashable, CaseIterable {
    /// Zero: RiskMetrics, for returns of short periods.
    case zero
    /// The mean under the same weights.
    case weighted
  }

  /// The ratio λ of the weights of an observation and the one after it.
  public let decay: Double
  /// What the observations are measured from.
  public var mean: Mean

  /// The number of periods over which a weight halves: log ½ / log λ.
  public var halfLife: Double { log(0.5) / log(decay) }

  /// The estimator of a decay λ in (0, 1).
  public init(decay: Double, mean: Mean = .zero) {
    precondition(decay > 0 && decay < 1, "The decay must lie between 0 and 1, not be \(decay).")
    self.decay = decay
    self.mean = mean
  }

  /// The estimator whose weights halve over a positive number of periods.
  public init(halfLife: Double, mean: Mean = .zero) {
    precondition(
      halfLife > 0 && halfLife.isFinite,
      "The half-life must be positive and finite, not \(halfLife).")
    self.init(decay: exp2(-1 / halfLife), mean: mean)
  }

  /// The weights of `count` observations, oldest first; they sum to 1.
  public func weights(count: Int) -> [Double] {
    let powers = (0..<max(count, 0)).map { pow(decay, Double(count - 1 - $0)) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  /// The covariance of the columns, per period; at least 2 observations.
  ///
  /// - Throws: ``EstimationError`` for too few observations, a NaN or an infinity.
  public func covariance(of returns: Matrix) throws(EstimationError) -> Matrix {
    let weights = weights(count: returns.rows)
    return try Observations(returns, weights: weights, aboutZero: mean == .zero)
      .product(weights: weights, factor: 1)
  }
}
