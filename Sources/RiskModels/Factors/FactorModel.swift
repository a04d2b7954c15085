public import LinearAlgebra

/// A covariance by factors, F Ω Fᵀ + diag(D), kept as its parts.
///
/// With k factors of n assets it takes O(nk) to hold, to multiply and to solve; the n × n matrix never
/// exists unless it is asked for. The parts have the shapes that an optimizer's covariance by factors
/// takes.
public struct FactorModel: Sendable, Hashable {
  /// F, n × k: the return of each asset per return of each factor.
  public let loadings: Matrix
  /// Ω, k × k, symmetric positive semidefinite, both triangles stored: the covariance of the factors,
  /// per period.
  public let factorCovariance: Matrix
  /// D, n entries ≥ 0: the variance of each asset that no factor explains, per period.
  public let specificVariances: [Double]

  /// The model of given parts.
  ///
  /// - Throws: ``EstimationError`` where sizes differ (`shape`), an element is not finite, Ω is not
  ///   symmetric, or a variance is negative.
  public init(
    loadings: Matrix, factorCovariance: Matrix, specificVariances: [Double]
  ) throws(EstimationError) {
    if let place = loadings.firstNonFinite() {
      throw .notFinite(row: place.row, column: place.column)
    }
    try requireSymmetric(factorCovariance)
    guard factorCovariance.rows == loadings.columns else {
      throw .shape(
        of: "rows of the covariance of the factors", found: factorCovariance.rows,
        needed: loadings.columns)
    }
    guard specificVariances.count == loadings.rows else {
      throw .shape(
        of: "specific variances", found: specificVariances.count, needed: loadings.rows)
    }
    for (i, v) in specificVariances.enumerated() where !(v >= 0 && v.isFinite) {
      throw .invalidVariance(index: i, value: v)
    }
    self.loadings = loadings
    self.factorCovariance = factorCovariance.symmetrized()
    self.specificVariances = specificVariances
  }

  /// The number of assets, n.
  public var assetCount: Int { loadings.rows }
  /// The number of factors, k.
  public var factorCount: Int { loadings.columns }

  /// The n × n covariance, exactly symmetric.
  ///
  /// - Complexity: 2n²k operations.
  public var covariance: Matrix {
    var Σ = BLAS.withSingleThreadedBLAS {
      Matrix.product(loadings * factorCovariance, loadings, transposing: .right).symmetrized()
    }
    for (i, v) in specificVariances.enumerated() { Σ[i, i] += v }
    return Σ
  }

  /// The variance of each asset: the diagonal of the covariance, in O(nk²).
  public var variances: [Double] {
    let scaled = loadings * factorCovariance
    return (0..<assetCount).map { i in
      dot(scaled.row(i), loadings.row(i)) + specificVariances[i]
    }
  }

  /// Σx, one element for each asset, in O(nk + k²).
  public func product(_ x: [Double]) -> [Double] {
    requireAssets(x)
    var y = loadings * factorCovariance.symmetricProduct(x * loadings)
    for i in y.indices { y[i] += specificVariances[i] * x[i] }
    return y
  }

  /// xᵀΣx, the variance of a position of x in each asset, in O(nk + k²); not negative where Ω is
  /// positive semidefinite.
  public func quadraticForm(_ x: [Double]) -> Double {
    requireAssets(x)
    let exposures = x * loadings
    let specific = x.indices.reduce(0.0) { $0 + specificVariances[$1] * x[$1] * x[$1] }
    return factorCovariance.quadraticForm(exposures) + specific
  }

  /// The inverse of the covariance as an operator, by the formula of Woodbury.
  ///
  /// - Throws: ``EstimationError`` where a specific variance is zero (`singular`) or Ω has a negative
  ///   eigenvalue (`indefinite`).
  /// - Complexity: O(nk² + k³).
  public func inverse() throws(EstimationError) -> Inverse { try Inverse(self) }

  private func requireAssets(_ x: [Double]) {
    precondition(
      x.count == assetCount, "\(x.count) positions do not fit a model of \(assetCount) assets.")
  }

  /// Σ⁻¹ = D⁻¹ − D⁻¹ B (I + BᵀD⁻¹B)⁻¹ Bᵀ D⁻¹ with BBᵀ = F Ω Fᵀ, which holds for a singular Ω too.
  public struct Inverse: Sendable {
    private let root: Matrix
    private let core: Cholesky
    private let specificVariances: [Double]

    /// log det Σ.
    public let logDeterminant: Double

    fileprivate init(_ model: FactorModel) throws(EstimationError) {
      let D = model.specificVariances
      let positive = D.count { $0 > 0 && (1 / $0).isFinite }
      guard positive == D.count else { throw .singular(rank: positive, size: D.count) }
      let eigen = try eigenvalues(of: model.factorCovariance)
      let rounding =
        4 * Double(D.count) * .ulpOfOne * abs(eigen.values.last ?? 0)
      if let least = eigen.values.first, least < -rounding {
        throw .indefinite(smallestEigenvalue: least)
      }
      var B = model.loadings * eigen.vectors
      let n = D.count
      for (k, λ) in eigen.values.enumerated() {
        let σ = max(λ, 0).squareRoot()
        for i in 0..<n { B.elements[i + k * n] *= σ }
      }
      var I = B.gram(weights: D.map { 1 / $0 })
      for k in 0..<I.rows { I[k, k] += 1 }
      guard let core = try? Cholesky(I) else { throw .eigenvaluesNotConverged }
      (root, self.core, specificVariances) = (B, core, D)
      logDeterminant = core.logDeterminant + logarithmSum(D)
    }

    /// Σ⁻¹b, in O(nk).
    public func product(_ b: [Double]) -> [Double] {
      precondition(
        b.count == specificVariances.count,
        "\(b.count) elements do not fit a model of \(specificVariances.count) assets.")
      let scaled = zip(b, specificVariances).map { $0 / $1 }
      let correction = root * core.solve(scaled * root)
      return b.indices.map { scaled[$0] - correction[$0] / specificVariances[$0] }
    }
  }
}

extension FactorModel: CustomStringConvertible {
  /// The sizes of the model.
  public var description: String { "\(assetCount) assets by \(factorCount) factors" }
}
