public import LinearAlgebra

/// A multivariate Student t distribution given by its covariance, from which scenarios are drawn.
///
/// A draw is μ + √((ν − 2) / W) F z with standard normal z, an independent chi-square W of ν degrees
/// of freedom, and FFᵀ = Σ. Σ is the covariance; the scale (dispersion) matrix is Σ (ν − 2) / ν.
/// Source: McNeil, Frey, Embrechts, Quantitative Risk Management (2015), §6.2, example 6.7.
public struct MultivariateStudentT: Sendable, Hashable {
  /// The mean of each component.
  public let mean: [Double]
  /// The covariance Σ, n by n; not the scale matrix.
  public let covariance: Matrix
  /// The degrees of freedom ν, above 2.
  public let degreesOfFreedom: Double
  private let factor: CovarianceFactor

  /// The number of components n.
  public var dimension: Int { mean.count }

  /// The distribution of a mean (zero if nil), a symmetric positive semidefinite covariance, and more
  /// than 2 degrees of freedom.
  ///
  /// - Throws: ``DistributionError`` as ``MultivariateNormal``, and where the degrees of freedom are
  ///   not above 2 and finite.
  /// - Complexity: n³/3 operations.
  public init(
    mean: [Double]? = nil, covariance: Matrix, degreesOfFreedom: Double
  ) throws(DistributionError) {
    guard degreesOfFreedom > 2 && degreesOfFreedom.isFinite else {
      throw .degreesOfFreedom(degreesOfFreedom)
    }
    factor = try CovarianceFactor(covariance)
    self.mean = try checkedMean(mean, size: covariance.rows)
    self.covariance = covariance
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// A draw for each path of a range: a `paths.count` by n matrix whose rows are the draws.
  ///
  /// A path's draw has the same bits alone, in any range, and on any number of threads.
  /// - Complexity: n normals, one chi-square and n² operations for each path.
  public func draws(paths: Range<Int>, from stream: RandomStream) -> Matrix {
    let ν = degreesOfFreedom
    return factor.draws(paths: paths, from: stream, mean: mean) { factors, paths in
      stream.fillChiSquares(factors, paths: paths, degreesOfFreedom: ν)
      for i in factors.indices { factors[i] = ((ν - 2) / factors[i]).squareRoot() }
    }
  }
}
