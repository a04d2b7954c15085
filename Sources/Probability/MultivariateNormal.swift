public import LinearAlgebra

/// A multivariate normal distribution, from which scenarios are drawn.
public struct MultivariateNormal: Sendable, Hashable {
  /// The mean of each component.
  public let mean: [Double]
  /// The covariance Σ, n by n.
  public let covariance: Matrix
  private let factor: CovarianceFactor

  /// The number of components n.
  public var dimension: Int { mean.count }

  /// The distribution of a mean (zero if nil) and a symmetric positive semidefinite covariance.
  ///
  /// A singular covariance is accepted; one with a direction of negative variance is not.
  /// - Throws: ``DistributionError`` where sizes differ, an element is not finite, or the covariance
  ///   is not symmetric or is indefinite.
  /// - Complexity: n³/3 operations.
  public init(mean: [Double]? = nil, covariance: Matrix) throws(DistributionError) {
    factor = try CovarianceFactor(covariance)
    self.mean = try checkedMean(mean, size: covariance.rows)
    self.covariance = covariance
  }

  /// A draw for each path of a range: a `paths.count` by n matrix whose rows are the draws.
  ///
  /// A path's draw has the same bits alone, in any range, and on any number of threads. It uses the
  /// first n normals of the path (as many as the rank where the covariance is singular).
  /// - Complexity: n normals and n² operations for each path.
  public func draws(paths: Range<Int>, from stream: RandomStream) -> Matrix {
    factor.draws(paths: paths, from: stream, mean: mean)
  }
}
