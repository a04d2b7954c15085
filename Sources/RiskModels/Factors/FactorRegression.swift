public import LinearAlgebra

/// A factor model by regression of the returns of assets on those of given factors.
///
/// By least squares r = a + F f + e for each asset, over the same dates. Ω is the sample covariance of
/// the factors, divided by T − 1; D the residual variances, divided by T − k − 1.
public struct FactorRegression: Sendable, Hashable {
  /// The regression, which has no parameter.
  public init() {}

  /// A factor model with what the regression says beside it.
  public struct Result: Sendable, Hashable {
    /// F, Ω and D, per period.
    public let model: FactorModel
    /// a: the return of each asset, per period, that no factor gives.
    public let intercepts: [Double]
    /// R²: the share of each asset's variance that the factors explain; NaN for an asset that does
    /// not vary.
    public let determination: [Double]
  }

  /// The model of `returns`, T × n, on `factors`, T × k.
  ///
  /// - Throws: ``EstimationError`` where the numbers of rows differ (`shape`), there are fewer than
  ///   k + 2 observations, an element is NaN or infinite, or the factors and a constant are linearly
  ///   dependent (`dependentFactors`).
  /// - Complexity: 4 T k n + 2 T k² operations, by Householder's QR.
  public func estimate(
    of returns: Matrix, on factors: Matrix
  ) throws(EstimationError) -> Result {
    try BLAS.withSingleThreadedBLAS { () throws(EstimationError) in
      try regression(of: returns, on: factors)
    }
  }

  private func regression(
    of returns: Matrix, on factors: Matrix
  ) throws(EstimationError) -> Result {
    let (T, n, k) = (returns.rows, returns.columns, factors.columns)
    guard factors.rows == T else {
      throw .shape(of: "rows of the factors", found: factors.rows, needed: T)
    }
    let y = try Observations(returns, needed: k + 2)
    let z = try Observations(factors, needed: k + 2)
    let Y = try centred(returns)
    var Z = try centred(factors)
    // Columns of length 1, so that the test of dependence does not depend on units.
    let lengths = (0..<k).map { norm(Z.column($0)) }
    for j in 0..<k where lengths[j] > 0 {
      for t in 0..<T { Z.elements[t + j * T] /= lengths[j] }
    }
    let B = try coefficients(Z, Y, means: z.means, lengths: lengths)
    let residuals = Y - Z * B
    let F = Matrix(rows: n, columns: k) { i, j in B[j, i] / lengths[j] }
    let explained = F * z.means
    var specific = [Double](repeating: 0, count: n)
    var determination = specific
    for i in 0..<n {
      let (e, whole) = (norm(residuals.column(i)), norm(Y.column(i)))
      specific[i] = e * e / Double(T - k - 1)
      determination[i] = 1 - (e / whole) * (e / whole)
    }
    return Result(
      model: try FactorModel(
        loadings: F, factorCovariance: z.product(factor: 1 / Double(T - 1)),
        specificVariances: specific),
      intercepts: (0..<n).map { y.means[$0] - explained[$0] }, determination: determination)
  }

  private func coefficients(
    _ Z: Matrix, _ Y: Matrix, means: [Double], lengths: [Double]
  ) throws(EstimationError) -> Matrix {
    let k = Z.columns
    // A constant factor is left with the rounding of its mean.
    for j in 0..<k {
      let rounding = 4 * Double(Z.rows) * .ulpOfOne * abs(means[j])
      if !(lengths[j] > rounding) { throw .dependentFactors(rank: k - 1, factors: k) }
    }
    do { return try QR(Z).solve(Y) } catch {
      if case .rankDeficient(let rank, _) = error {
        throw .dependentFactors(rank: rank, factors: k)
      }
      throw .eigenvaluesNotConverged
    }
  }
}
