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

  /// The estimator of a divisor.
  public init(divisor: Divisor = .observationsLessOne) { self.divisor = divisor }

  /// The covariance of the columns, per period; at least 2 observations.
  ///
  /// - Throws: ``EstimationError`` for too few observations, a NaN or an infinity.
  public func covariance(of returns: Matrix) throws(EstimationError) -> Matrix {
    let x = try centred(returns)
    return x.gram() / Double(divisor == .observations ? x.rows : x.rows - 1)
  }
}
