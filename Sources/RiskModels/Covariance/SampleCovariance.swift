public import LinearAlgebra

/// The sample covariance about the sample mean.
public struct SampleCovariance: CovarianceEstimator, Hashable {
  /// What the sum of products is divided by.
  public enum Divisor: Sendable, Hashable, CaseIterable {
    /// T − 1: unbiased.
    case observationsLessOne
    /// T: maximum likelihood under the normal distribution.
    case observations
  }

  /// What the sum of products is divided by.
  public var divisor: Divisor
  /// Whether fewer than n + 1 observations of n assets, whose covariance has no inverse, are an
  /// error.
  public var requiresFullRank: Bool

  /// The estimator of a divisor.
  public init(divisor: Divisor = .observationsLessOne, requiresFullRank: Bool = false) {
    self.divisor = divisor
    self.requiresFullRank = requiresFullRank
  }

  /// The covariance of the columns, per period; at least 2 observations.
  ///
  /// - Throws: ``EstimationError`` for too few observations, a NaN or an infinity, variances that
  ///   overflow, and, where full rank is required, fewer observations than assets.
  /// - Complexity: T n² operations, by one `dsyrk` for each panel of rows.
  public func covariance(of returns: Matrix) throws(EstimationError) -> Matrix {
    let x = try Observations(returns)
    if requiresFullRank && x.T <= x.n {
      throw .fewerObservationsThanAssets(observations: x.T, assets: x.n)
    }
    return try x.product(factor: 1 / Double(divisor == .observations ? x.T : x.T - 1))
  }
}
