public import LinearAlgebra

/// A covariance by factors, F Ω Fᵀ + diag(D).
///
/// With k factors of n positions it takes O(nk) to hold and to multiply; the n × n matrix never exists.
public struct FactorCovariance: Sendable, Hashable {
  /// F, n × k: what each position loads on each factor.
  public let loadings: Matrix
  /// Ω, k × k, symmetric positive semidefinite, both triangles stored: the covariance of the factors.
  public let factorCovariance: Matrix
  /// D, n entries ≥ 0: the variance of each position that no factor explains.
  public let specificVariances: [Double]

  /// The number of positions, n.
  public var positionCount: Int { loadings.rows }
  /// The number of factors, k.
  public var factorCount: Int { loadings.columns }

  /// A covariance from loadings, the covariance of the factors, and specific variances.
  public init(loadings: Matrix, factorCovariance: Matrix, specificVariances: [Double]) {
    precondition(
      factorCovariance.rows == loadings.columns && factorCovariance.columns == loadings.columns,
      "The covariance of the factors must be \(loadings.columns) square, as the loadings have it.")
    precondition(
      specificVariances.count == loadings.rows,
      "A specific variance is needed per position: \(loadings.rows), not \(specificVariances.count)."
    )
    self.loadings = loadings
    self.factorCovariance = factorCovariance
    self.specificVariances = specificVariances
  }

  /// The covariance as an n × n matrix. O(n²k).
  public var matrix: Matrix {
    var result = loadings * factorCovariance * loadings.transposed
    for j in 0..<positionCount { result[j, j] += specificVariances[j] }
    return result
  }

  /// The product with x, sums compensated. O(nk).
  func compensatedProduct(_ x: [Double]) -> [Double] {
    let exposures = loadings.compensatedTransposedProduct(x)
    let part = loadings.compensatedProduct(factorCovariance.compensatedProduct(exposures))
    return x.indices.map { j in
      var sum = CompensatedSum()
      sum.add(part[j])
      sum.add(specificVariances[j], times: x[j])
      return sum.value
    }
  }
}
