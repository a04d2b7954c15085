public import LinearAlgebra

/// A rule that estimates a covariance matrix from observations: a value, with nothing fitted in it.
public protocol CovarianceEstimator: Sendable {
  /// The covariance of the columns of a matrix whose rows are observations, oldest first: per
  /// period of the observations, exactly symmetric.
  ///
  /// - Throws: ``EstimationError`` for fewer than 2 observations, a NaN or an infinity.
  /// - Complexity: T n² operations for T observations of n columns.
  func covariance(of returns: Matrix) throws -> Matrix
}

extension CovarianceEstimator {
  /// The covariance of the factors of a history, per period of its returns.
  ///
  /// - Throws: ``NamedEstimationError``, which calls the factors by their names, for an
  ///   ``EstimationError``.
  public func covariance(of history: ReturnHistory) throws -> Matrix {
    do { return try covariance(of: history.returns) } catch let error as EstimationError {
      throw NamedEstimationError(error, names: history.factors)
    }
  }
}

/// Whether a covariance can be inverted.
public enum CovarianceCheck {
  /// Throws unless a symmetric matrix is positive definite to working precision.
  ///
  /// - Parameter observations: How many observations the matrix came from, where that is known: where
  ///   the matrix has no inverse and they are not more than the assets, that is named as the cause.
  /// - Throws: `EstimationError.fewerObservationsThanAssets`, `indefinite` where an eigenvalue of
  ///   the matrix, scaled to unit diagonal, is below −n ε, `singular` where it is below n ε,
  ///   `constantSeries` at a diagonal of zero, `invalidVariance`, `notSquare`, `notSymmetric`,
  ///   `notFinite`.
  /// - Complexity: one symmetric eigenproblem without vectors at most.
  public static func requirePositiveDefinite(
    _ covariance: Matrix, observations: Int? = nil
  ) throws(EstimationError) {
    let correlation = try VolatilityScaling(covariance: covariance).correlation
    let n = covariance.rows
    if let index = covariance.diagonal.firstIndex(of: 0) { throw .constantSeries(index: index) }
    let eigen = try eigenvalues(of: correlation)
    let rounding = 4 * Double(n) * .ulpOfOne
    // A shrunk covariance has an inverse also where there are fewer observations.
    if let observations, observations <= n, let smallest = eigen.values.first, smallest <= rounding
    {
      throw .fewerObservationsThanAssets(observations: observations, assets: n)
    }
    if let smallest = eigen.values.first, smallest < -rounding {
      throw .indefinite(smallestEigenvalue: smallest)
    }
    let rank = eigen.values.count { $0 > rounding }
    if rank < n { throw .singular(rank: rank, size: n) }
  }
}
