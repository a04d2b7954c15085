public import LinearAlgebra

/// The sample covariance of observations of which some are missing (NaN): each pair of assets by the
/// observations that it has in common, and the whole repaired to be positive semidefinite.
///
/// With Tᵢⱼ common observations, cᵢⱼ is their sample covariance about their own means, divided by
/// Tᵢⱼ − 1 (as pandas' `DataFrame.cov`). Such a matrix need not be positive semidefinite; the repair
/// keeps the variances and takes the nearest correlation.
///
/// Assets are compared on different dates, so pairs with few dates in common are noise beside the
/// others: `minimumOverlap` refuses them.
public struct PairwiseCovariance: CovarianceEstimator, Hashable {
  /// The least number of common observations of two assets, at least 2.
  public let minimumOverlap: Int
  /// What repairs the correlation.
  public var repair: NearestCorrelation

  /// The estimator with the least overlap of two assets.
  public init(minimumOverlap: Int = 2, repair: NearestCorrelation = NearestCorrelation()) {
    precondition(minimumOverlap >= 2, "A covariance needs two common observations at least.")
    self.minimumOverlap = minimumOverlap
    self.repair = repair
  }

  /// A covariance of pairs, before and after the repair.
  public struct Estimate: Sendable, Hashable {
    /// The covariance of each pair, as it is.
    public let unrepaired: Matrix
    /// The positive semidefinite covariance with the same variances.
    public let covariance: Matrix
    /// Tᵢⱼ: how many observations each pair has in common.
    public let overlaps: Matrix
    /// Whether the covariance of pairs was not positive semidefinite.
    public let wasRepaired: Bool
  }

  /// The repaired covariance; NaN is missing.
  public func covariance(of returns: Matrix) throws(EstimationError) -> Matrix {
    try estimate(of: returns).covariance
  }

  /// The covariance of pairs and its repair; NaN is missing.
  ///
  /// - Throws: ``EstimationError`` where two assets have too few common observations, an element is
  ///   infinite, an asset does not vary where it was observed, or there is no observation.
  /// - Complexity: 4 T n² operations by products of matrices, and the nearest correlation where one
  ///   is needed.
  public func estimate(of returns: Matrix) throws(EstimationError) -> Estimate {
    guard returns.rows >= 2 else { throw .tooFewObservations(found: returns.rows, needed: 2) }
    let (T, n) = (returns.rows, returns.columns)
    // Missing elements are zero in both; what is there is measured from its mean.
    var (present, values) = (Matrix(rows: T, columns: n), Matrix(rows: T, columns: n))
    for j in 0..<n {
      var (count, sum) = (0, 0.0)
      for t in 0..<T {
        let x = returns[t, j]
        if x.isInfinite { throw .notFinite(row: t, column: j) }
        if !x.isNaN { (count, sum) = (count + 1, sum + x) }
      }
      let mean = sum / Double(max(count, 1))
      let observed = (0..<T).lazy.map { returns[$0, j] }.filter { !$0.isNaN }
      if let first = observed.first, count >= minimumOverlap, observed.allSatisfy({ $0 == first }) {
        throw .constantSeries(index: j)
      }
      for t in 0..<T where !returns[t, j].isNaN {
        present[t, j] = 1
        values[t, j] = returns[t, j] - mean
      }
    }
    // Whole numbers below 2⁵³: exact however BLAS adds them.
    let overlaps = present.gram()
    // An asset that is hardly observed is named before a pair that it makes impossible.
    let pairsToCheck = (0..<n).map { ($0, $0) } + (0..<n).flatMap { j in (0..<j).map { ($0, j) } }
    for (i, j) in pairsToCheck where overlaps[i, j] < Double(minimumOverlap) {
      throw .tooFewCommonObservations(
        first: i, second: j, found: Int(overlaps[i, j]), needed: minimumOverlap)
    }
    // Of the second, element (i, j) is the sum of asset i over the observations that j has too.
    let (products, sums) = BLAS.withSingleThreadedBLAS {
      (values.gram(), Matrix.product(values, present, transposing: .left))
    }
    let pairs = Matrix(rows: n, columns: n) { i, j in
      let count = overlaps[i, j]
      return (products[i, j] - sums[i, j] * sums[j, i] / count) / (count - 1)
    }
    for i in 0..<n where !(pairs[i, i] > 0) { throw .constantSeries(index: i) }
    let repaired = try repair.repaired(covariance: pairs)
    return Estimate(
      unrepaired: pairs, covariance: repaired ?? pairs, overlaps: overlaps,
      wasRepaired: repaired != nil)
  }
}

extension NearestCorrelation {
  /// The covariance with the same variances and the nearest correlation whose eigenvalues are not
  /// below the least one.
  ///
  /// - Throws: ``EstimationError`` where the matrix is not square, symmetric and finite, or a variance
  ///   is not positive.
  public func nearest(toCovariance covariance: Matrix) throws(EstimationError) -> Matrix {
    try repaired(covariance: covariance) ?? covariance
  }

  /// The repair of a covariance, nil where it needs none.
  func repaired(covariance: Matrix) throws(EstimationError) -> Matrix? {
    let scaling = try VolatilityScaling(varying: covariance)
    let eigen = try eigenvalues(of: scaling.correlation)
    if let least = eigen.values.first, least < smallestEigenvalue {
      let result = try nearest(to: scaling.correlation)
      return try VolatilityScaling(
        volatilities: scaling.volatilities, correlation: result.correlation
      ).covariance
    }
    return nil
  }
}
