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

  public var divisor: Divisor

  public init(divisor: Divisor = .observationsLessOne) { self.divisor = divisor }

  public func covariance(of returns: Matrix) throws(EstimationError) -> Matrix {
    let x = try centred(returns)
    return x.gram() / Double(divisor == .observations ? x.rows : x.rows - 1)
  }
}
