public import LinearAlgebra

/// The law of Marchenko and Pastur: where the eigenvalues of a sample correlation lie when the true
/// one is σ² times the identity.
///
/// With n assets and T observations, in the limit of many of both at q = n/T: between σ² (1 − √q)²
/// and σ² (1 + √q)². Source: Marchenko and Pastur, Mathematics of the USSR-Sbornik 1 (1967); its use
/// for correlations is that of Laloux, Cizeau, Bouchaud, Potters, Physical Review Letters 83 (1999).
public struct MarchenkoPastur: Sendable, Hashable {
  /// q = n/T.
  public let ratio: Double
  /// σ²: the mean of the eigenvalues.
  public let variance: Double

  /// The law for so many assets and observations, both positive.
  public init(assets: Int, observations: Int, variance: Double = 1) {
    precondition(assets > 0 && observations > 0, "The law needs assets and observations.")
    precondition(variance > 0, "The variance must be positive, not \(variance).")
    ratio = Double(assets) / Double(observations)
    self.variance = variance
  }

  /// The largest eigenvalue of noise, σ² (1 + √q)².
  public var upperEdge: Double {
    let root = 1 + ratio.squareRoot()
    return variance * root * root
  }

  /// The smallest eigenvalue of noise that is not zero, σ² (1 − √q)².
  public var lowerEdge: Double {
    let root = 1 - ratio.squareRoot()
    return variance * root * root
  }
}

/// A correlation with the eigenvalues of noise replaced by their mean.
///
/// Eigenvalues up to the upper edge of ``MarchenkoPastur`` count as noise. Its σ² is 1 less what the
/// signal explains, per eigenvalue of noise: the fixed point that is reached from σ² = 1 by taking
/// for σ² the mean of the eigenvalues below the edge. The trace stays; the matrix is then scaled to
/// unit diagonal. Sources: Laloux and others (1999), as above; López de Prado, Machine Learning for
/// Asset Managers (2020), §2.5.1 (constant residual eigenvalue), who finds σ² by a fit of densities.
public struct MarchenkoPasturDenoising: CovarianceEstimator {
  /// What gives the covariance that is cleaned.
  public var base: any CovarianceEstimator

  /// The cleaning of a covariance that `base` estimates.
  public init(_ base: any CovarianceEstimator = SampleCovariance()) { self.base = base }

  /// A cleaned correlation, and what was cleaned.
  public struct Result: Sendable, Hashable {
    /// The correlation: symmetric, of unit diagonal.
    public let correlation: Matrix
    /// The number of eigenvalues above the edge, which were kept.
    public let signalCount: Int
    /// The law that tells noise from signal.
    public let law: MarchenkoPastur
  }

  /// The covariance of the columns with its correlation cleaned; the variances are those of `base`.
  ///
  /// - Throws: What `base` throws; ``EstimationError`` for `constantSeries`.
  /// - Complexity: the estimate and one symmetric eigenproblem.
  public func covariance(of returns: Matrix) throws -> Matrix {
    try requireVariation(of: returns)
    let scaling = try VolatilityScaling(varying: base.covariance(of: returns))
    let cleaned = try denoised(scaling.correlation, observations: returns.rows)
    return try VolatilityScaling(
      volatilities: scaling.volatilities, correlation: cleaned.correlation
    ).covariance
  }

  /// A correlation that was estimated from so many observations, cleaned.
  ///
  /// - Throws: ``EstimationError`` where the matrix is not square, symmetric and finite, or there is
  ///   no observation.
  public func denoised(
    _ correlation: Matrix, observations: Int
  ) throws(EstimationError) -> Result {
    guard observations > 0 else { throw .tooFewObservations(found: observations, needed: 1) }
    let (n, eigen) = (correlation.rows, try eigenvalues(of: correlation))
    guard n > 0 else {
      throw .shape(of: "rows of the correlation", found: 0, needed: 1)
    }
    let λ = eigen.values
    var law = MarchenkoPastur(assets: n, observations: observations)
    var noise = λ.count { $0 <= law.upperEdge }
    while noise > 0 {
      let mean = λ[..<noise].reduce(0, +) / Double(noise)
      guard mean > 0 else { break }
      law = MarchenkoPastur(assets: n, observations: observations, variance: mean)
      let next = λ[..<noise].count { $0 <= law.upperEdge }
      if next == noise { break }
      noise = next
    }
    let mean = noise == 0 ? 0 : λ[..<noise].reduce(0, +) / Double(noise)
    let cleaned = eigen.combination(of: noise..<n, base: mean) { $0 - mean }
    return Result(
      correlation: cleaned.unitDiagonal(), signalCount: n - noise, law: law)
  }
}

/// A correlation without its largest components: the market removed, so that the rest can be told
/// apart, in clusters for example. The result has no inverse.
///
/// C − Σ λ v vᵀ over the largest eigenvalues, scaled to unit diagonal. Source: López de Prado, Machine
/// Learning for Asset Managers (2020), §2.6.
public struct Detoning: CovarianceEstimator {
  /// What gives the covariance that is detoned.
  public var base: any CovarianceEstimator
  /// The number of components that are removed.
  public var components: Int

  /// The removal of the largest components of a covariance that `base` estimates.
  public init(_ base: any CovarianceEstimator = SampleCovariance(), components: Int = 1) {
    precondition(components >= 0, "The number of components cannot be \(components).")
    self.base = base
    self.components = components
  }

  /// The covariance of the columns with its correlation detoned; the variances are those of `base`.
  ///
  /// - Throws: What `base` throws; ``EstimationError`` for `constantSeries` and `shape`.
  public func covariance(of returns: Matrix) throws -> Matrix {
    try requireVariation(of: returns)
    let scaling = try VolatilityScaling(varying: base.covariance(of: returns))
    return try VolatilityScaling(
      volatilities: scaling.volatilities, correlation: detoned(scaling.correlation)
    ).covariance
  }

  /// A correlation without its largest components: symmetric, of unit diagonal.
  ///
  /// - Throws: ``EstimationError`` where the matrix is not square, symmetric and finite; `shape`
  ///   where no component would be left; `constantSeries` where nothing of an asset is.
  public func detoned(_ correlation: Matrix) throws(EstimationError) -> Matrix {
    let (n, eigen) = (correlation.rows, try eigenvalues(of: correlation))
    guard components < max(n, 1) else {
      throw .shape(of: "components removed, fewer than rows", found: components, needed: n - 1)
    }
    var rest = correlation.symmetrized()
    rest -= eigen.combination(of: (n - components)..<n, base: 0) { $0 }
    for i in 0..<n where !(rest[i, i] > 1e-12) { throw .constantSeries(index: i) }
    return rest.unitDiagonal()
  }
}

func eigenvalues(of matrix: Matrix) throws(EstimationError) -> SymmetricEigen {
  try requireSymmetric(matrix)
  return try BLAS.withSingleThreadedBLAS { () throws(EstimationError) in
    guard let eigen = try? SymmetricEigen(matrix) else { throw .eigenvaluesNotConverged }
    return eigen
  }
}

extension SymmetricEigen {
  /// base · I + Σ f(λₖ) vₖ vₖᵀ over a range of eigenvalues, exactly symmetric.
  ///
  /// By one `dsyrk` where f is of one sign on the range, which it must be.
  func combination(of range: Range<Int>, base: Double, _ f: (Double) -> Double) -> Matrix {
    let n = values.count
    var result = Matrix(diagonal: [Double](repeating: base, count: n))
    guard !range.isEmpty else { return result }
    let weights = range.map { f(values[$0]) }
    let sign = weights.contains { $0 > 0 } ? 1.0 : -1.0
    var scaled = Matrix(vectors[rows: 0..<n, columns: range])
    for (k, weight) in weights.enumerated() {
      let root = max(sign * weight, 0).squareRoot()
      for i in 0..<n { scaled.elements[i + k * n] *= root }
    }
    BLAS.withSingleThreadedBLAS {
      BLAS.syrk(
        .lower, .no, n: n, k: range.count, alpha: sign, scaled.elements, lda: n, beta: 1,
        &result.elements, ldc: n)
    }
    BLAS.mirrorLowerTriangle(&result.elements, n: n)
    return result
  }
}

extension Matrix {
  /// D^(−½) A D^(−½) with D the diagonal of A, which is positive; the diagonal is then exactly 1.
  func unitDiagonal() -> Matrix {
    let roots = diagonal.map { $0.squareRoot() }
    return Matrix(rows: rows, columns: rows) { i, j in
      i == j ? 1 : self[i, j] / (roots[i] * roots[j])
    }
  }
}
