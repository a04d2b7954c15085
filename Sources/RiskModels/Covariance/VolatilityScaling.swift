public import LinearAlgebra

/// A covariance taken apart into volatilities and a correlation, each of which may be replaced:
/// Σᵢⱼ = σᵢ ρᵢⱼ σⱼ.
public struct VolatilityScaling: Sendable, Hashable {
  /// The volatility of each factor, per √period of the covariance.
  public let volatilities: [Double]
  /// The correlation ρ, n by n.
  public let correlation: Matrix

  /// The parts of a covariance. A factor of no variance gets correlations of zero with the others.
  ///
  /// - Throws: ``EstimationError`` where the matrix is not square, symmetric and finite, or a
  ///   variance is negative.
  public init(covariance: Matrix) throws(EstimationError) {
    try requireSymmetric(covariance)
    let variances = covariance.diagonal
    for (i, v) in variances.enumerated() where v < 0 {
      throw .invalidVariance(index: i, value: v)
    }
    let σ = variances.map { $0.squareRoot() }
    volatilities = σ
    correlation = Matrix(rows: σ.count, columns: σ.count) { i, j in
      i == j ? 1 : σ[i] == 0 || σ[j] == 0 ? 0 : covariance[i, j] / (σ[i] * σ[j])
    }
  }

  /// The parts of a covariance of which no variance is zero.
  init(varying covariance: Matrix) throws(EstimationError) {
    if let index = covariance.diagonal.firstIndex(of: 0) { throw .constantSeries(index: index) }
    try self.init(covariance: covariance)
  }

  /// The scaling of given parts; the diagonal of the correlation is taken as it is.
  ///
  /// - Throws: ``EstimationError`` where sizes differ, a volatility is negative or not finite, or the
  ///   correlation is not square, symmetric and finite.
  public init(volatilities: [Double], correlation: Matrix) throws(EstimationError) {
    try requireSymmetric(correlation)
    guard volatilities.count == correlation.rows else {
      throw .sizes(volatilities: volatilities.count, correlation: correlation.rows)
    }
    for (i, σ) in volatilities.enumerated() where !(σ >= 0 && σ.isFinite) {
      throw .invalidVariance(index: i, value: σ)
    }
    (self.volatilities, self.correlation) = (volatilities, correlation)
  }

  /// The covariance of the parts.
  public var covariance: Matrix {
    Matrix(rows: volatilities.count, columns: volatilities.count) { i, j in
      correlation[i, j] * (volatilities[i] * volatilities[j])
    }
  }

  /// The same correlation with volatilities √periods times as large: a year of daily returns of
  /// assets that trade every day has 365 periods.
  public func annualized(periodsPerYear periods: Double) -> VolatilityScaling {
    precondition(
      periods > 0 && periods.isFinite, "A year has a positive number of periods, not \(periods).")
    return VolatilityScaling(volatilities.map { $0 * periods.squareRoot() }, correlation)
  }

  private init(_ volatilities: [Double], _ correlation: Matrix) {
    (self.volatilities, self.correlation) = (volatilities, correlation)
  }
}

func requireSymmetric(_ a: Matrix) throws(EstimationError) {
  guard a.isSquare else { throw .notSquare(rows: a.rows, columns: a.columns) }
  if let place = a.firstNonFinite() { throw .notFinite(row: place.row, column: place.column) }
  guard a.isSymmetric(tolerance: 1e-12) else { throw .notSymmetric }
}
