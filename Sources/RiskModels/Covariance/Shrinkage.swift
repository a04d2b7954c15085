public import LinearAlgebra

/// An estimator (1 − ρ) S + ρ F: the sample covariance S, about the mean and divided by T, shrunk
/// towards a target F of few parameters.
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
  /// The covariance (1 − ρ) S + ρ F.
  public let covariance: Matrix
  /// The weight ρ of the target: 0 is the sample covariance, 1 the target.
  public let intensity: Double
}

/// The sample covariance, divided by T, with what the formulas of the intensities are made of.
struct SampleMoments {
  let x: Observations
  let covariance: Matrix
  let n: Double
  let T: Double
  /// tr S / n.
  let meanVariance: Double
  /// Σᵢⱼ sᵢⱼ².
  let sumOfSquares: Double

  init(_ returns: Matrix) throws(EstimationError) {
    x = try Observations(returns)
    (T, n) = (Double(x.T), Double(x.n))
    covariance = try x.product(factor: 1 / T)
    meanVariance = x.n == 0 ? 0 : covariance.diagonal.reduce(0, +) / n
    sumOfSquares = dot(covariance.elements, covariance.elements)
  }

  /// (1 − ρ) S + ρ μ I.
  func shrunkToIdentity(_ ρ: Double) -> ShrunkCovariance {
    var Σ = covariance
    BLAS.scal(Σ.elements.count, 1 - ρ, &Σ.elements)
    for i in 0..<Σ.rows { Σ[i, i] += ρ * meanVariance }
    return ShrunkCovariance(covariance: Σ, intensity: ρ)
  }
}

/// The oracle approximating shrinkage estimator, better than Ledoit and Wolf's for normal
/// observations. Its target is the identity times the mean variance μ.
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
    guard m.n > 0 else { return m.shrunkToIdentity(0) }
    let a = m.sumOfSquares / (m.n * m.n)
    let μ2 = m.meanVariance * m.meanVariance
    let distance = a - μ2 / m.n
    return m.shrunkToIdentity(distance > 0 ? min((a + μ2) / ((m.T + 1) * distance), 1) : 1)
  }
}
