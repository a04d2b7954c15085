public import LinearAlgebra

/// An estimator (1 − ρ) S + ρ μ I: the sample covariance S, about the mean and divided by T, shrunk
/// towards the identity times its mean variance μ = tr S / n.
public protocol ShrinkageEstimator: CovarianceEstimator {
  /// The shrunk covariance with its intensity ρ in [0, 1].
  ///
  /// - Throws: ``EstimationError`` as ``CovarianceEstimator``.
  func estimate(of returns: Matrix) throws(EstimationError) -> ShrunkCovariance
}

extension ShrinkageEstimator {
  /// The shrunk covariance.
  public func covariance(of returns: Matrix) throws(EstimationError) -> Matrix {
    try estimate(of: returns).covariance
  }
}

/// A covariance that was shrunk, and how far.
public struct ShrunkCovariance: Sendable, Hashable {
  /// The covariance (1 − ρ) S + ρ μ I.
  public let covariance: Matrix
  /// The weight ρ of the target: 0 is the sample covariance, 1 the target.
  public let intensity: Double
}

/// What both formulas of the intensity are made of.
private struct SampleMoments {
  let x: Matrix
  let covariance: Matrix
  let n: Double
  let T: Double
  /// tr S / n.
  let meanVariance: Double
  /// ‖S‖² / n, Frobenius.
  let meanSquare: Double

  init(_ returns: Matrix) throws(EstimationError) {
    x = try centred(returns)
    (T, n) = (Double(x.rows), Double(x.columns))
    covariance = x.gram() / T
    meanVariance = x.columns == 0 ? 0 : covariance.diagonal.reduce(0, +) / n
    meanSquare = x.columns == 0 ? 0 : dot(covariance.elements, covariance.elements) / n
  }

  func shrunk(_ ρ: Double) -> ShrunkCovariance {
    var Σ = (1 - ρ) * covariance
    for i in 0..<Σ.rows { Σ[i, i] += ρ * meanVariance }
    return ShrunkCovariance(covariance: Σ, intensity: ρ)
  }
}

/// The estimator of Ledoit and Wolf, consistent for any distribution with four moments.
///
/// With ‖A‖² = tr(AAᵀ) / n: ρ = min(β², δ²) / δ², δ² = ‖S − μI‖², β² = T⁻² Σₜ ‖xₜxₜᵀ − S‖². Source:
/// Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices",
/// Journal of Multivariate Analysis 88 (2004), lemma 3.2 to theorem 3.2.
public struct LedoitWolf: ShrinkageEstimator, Hashable {
  /// The estimator, which has no parameter.
  public init() {}

  /// The shrunk covariance with its intensity.
  public func estimate(of returns: Matrix) throws(EstimationError) -> ShrunkCovariance {
    let m = try SampleMoments(returns)
    var squares = [Double](repeating: 0, count: m.x.rows)
    for j in 0..<m.x.columns {
      for t in squares.indices { squares[t] += m.x[t, j] * m.x[t, j] }
    }
    // Σₜ ‖xₜxₜᵀ − S‖² = Σₜ ‖xₜ‖⁴ / n − T ‖S‖².
    let β2 = (dot(squares, squares) / m.n / m.T - m.meanSquare) / m.T
    let δ2 = m.meanSquare - m.meanVariance * m.meanVariance
    return m.shrunk(δ2 > 0 ? max(0, min(β2 / δ2, 1)) : 0)
  }
}

/// The oracle approximating shrinkage estimator, better than Ledoit and Wolf's for normal
/// observations.
///
/// ρ = min(1, (a + μ²) / ((T + 1) (a − μ² / n))) with a = tr(S²) / n²: equation 23 of Chen, Wiesel,
/// Eldar, Hero, "Shrinkage algorithms for MMSE covariance estimation", IEEE Transactions on Signal
/// Processing 58 (2010), without its terms in 1/n, the form in general use.
public struct OracleApproximatingShrinkage: ShrinkageEstimator, Hashable {
  /// The estimator, which has no parameter.
  public init() {}

  /// The shrunk covariance with its intensity.
  public func estimate(of returns: Matrix) throws(EstimationError) -> ShrunkCovariance {
    let m = try SampleMoments(returns)
    guard m.n > 0 else { return m.shrunk(0) }
    let a = m.meanSquare / m.n
    let μ2 = m.meanVariance * m.meanVariance
    let distance = a - μ2 / m.n
    return m.shrunk(distance > 0 ? min((a + μ2) / ((m.T + 1) * distance), 1) : 1)
  }
}
