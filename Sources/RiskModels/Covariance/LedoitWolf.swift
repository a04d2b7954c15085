internal import CKernels
public import LinearAlgebra

/// The estimators of Ledoit and Wolf, consistent for any distribution with four moments: the sample
/// covariance shrunk towards a target by the intensity of least expected squared error.
///
/// The intensity is ρ = (π − r) / (γ T), kept within [0, 1], where sums go over all i and j:
/// γ = Σ (fᵢⱼ − sᵢⱼ)², π = Σ AsyVar(√T sᵢⱼ), r = Σ AsyCov(√T fᵢⱼ, √T sᵢⱼ). For the identity r is left
/// out. All of π and r come from sums over the observations (row sums of powers), so that beside the
/// one product S the work is a pass over the data.
///
/// Sources: "A well-conditioned estimator for large-dimensional covariance matrices", Journal of
/// Multivariate Analysis 88 (2004), lemma 3.2 to theorem 3.2 (identity); "Honey, I shrunk the sample
/// covariance matrix", Journal of Portfolio Management 30 (2004), appendices A and B (constant
/// correlation); "Improved estimation of the covariance matrix of stock returns with an application
/// to portfolio selection", Journal of Empirical Finance 10 (2003), equations 2 to 7 and lemmas 1 to
/// 3 (single factor). All divide by T.
public struct LedoitWolf: ShrinkageEstimator, Hashable {
  /// What the sample covariance is shrunk towards.
  public enum Target: Sendable, Hashable, CaseIterable {
    /// The identity times the mean variance tr S / n.
    case scaledIdentity
    /// The sample variances with the mean sample correlation between all assets.
    case constantCorrelation
    /// One factor, the equally weighted mean of all assets, and the sample variances.
    case singleFactor
  }

  /// What the sample covariance is shrunk towards.
  public var target: Target

  /// The estimator of a target.
  public init(target: Target = .scaledIdentity) { self.target = target }

  /// The shrunk covariance with its intensity.
  ///
  /// - Throws: ``EstimationError`` for fewer than 2 observations, a NaN or an infinity; with the
  ///   target of constant correlation also `constantSeries`.
  /// - Complexity: one product of T n² operations and O(T n + n²).
  public func estimate(of returns: Matrix) throws(EstimationError) -> ShrunkCovariance {
    try BLAS.withSingleThreadedBLAS { () throws(EstimationError) in
      let m = try SampleMoments(returns)
      return switch target {
      case .scaledIdentity: towardsIdentity(m)
      case .constantCorrelation: try towardsConstantCorrelation(m)
      case .singleFactor: towardsSingleFactor(m)
      }
    }
  }

  private func towardsIdentity(_ m: SampleMoments) -> ShrunkCovariance {
    var squares = [Double](repeating: 0, count: m.x.T)
    m.x.forEachColumn { x, mean, _ in ck_add_squares(squares.count, x, mean, &squares) }
    // Σₜ ‖yₜyₜᵀ − S‖² = Σₜ ‖yₜ‖⁴ − T ‖S‖², and ‖S − μI‖² = ‖S‖² − n μ².
    let π = dot(squares, squares) / m.T - m.sumOfSquares
    let γ = m.sumOfSquares - m.n * m.meanVariance * m.meanVariance
    return m.shrunkToIdentity(intensity(π, γ, m.T))
  }

  private func towardsConstantCorrelation(_ m: SampleMoments) throws(EstimationError)
    -> ShrunkCovariance
  {
    let (S, n) = (m.covariance, m.x.n)
    let variances = S.diagonal
    try m.x.requireVariation(variances)
    let σ = variances.map { $0.squareRoot() }
    let inverse = σ.map { 1 / $0 }
    let correlations = S.quadraticForm(inverse) - m.n
    let r̄ = n > 1 ? correlations / (m.n * (m.n - 1)) : 0

    // With θᵢⱼ = AsyCov(sᵢᵢ, sᵢⱼ) = T⁻¹ Σₜ yᵢ³ yⱼ − sᵢᵢ sᵢⱼ the sum r = Σᵢ πᵢᵢ + r̄ Σ_{i≠j} σⱼ/σᵢ θᵢⱼ
    // (the two halves of its terms are equal), and Σᵢⱼ σⱼ/σᵢ θᵢⱼ = T⁻¹ Σₜ (Σᵢ yᵢ³/σᵢ) (Σⱼ σⱼ yⱼ) − σᵀSσ.
    var squares = [Double](repeating: 0, count: m.x.T)
    var cubes = squares
    var diagonal = 0.0
    m.x.forEachColumn { x, mean, i in
      let fourth = ck_add_powers(squares.count, x, mean, inverse[i], &squares, &cubes)
      diagonal += fourth / m.T - variances[i] * variances[i]
    }
    let π = dot(squares, squares) / m.T - m.sumOfSquares
    let all = dot(cubes, m.x.combination(σ)) / m.T - S.quadraticForm(σ)
    let r = diagonal + r̄ * (all - diagonal)
    return shrunk(m, π - r) { i, j in r̄ * (σ[i] * σ[j]) }
  }

  private func towardsSingleFactor(_ m: SampleMoments) -> ShrunkCovariance {
    let (S, n) = (m.covariance, m.x.n)
    let equal = [Double](repeating: n == 0 ? 0 : 1 / m.n, count: n)
    // f is the factor, s its covariance with each asset, v its variance: fᵢⱼ = sᵢ sⱼ / v.
    let f = m.x.combination(equal)
    let s = S.symmetricProduct(equal)
    let v = dot(s, equal)
    guard v > 0 else { return ShrunkCovariance(covariance: S, intensity: 0) }

    // AsyCov(fᵢⱼ, sᵢⱼ) = (sⱼ AsyCov(sᵢ, sᵢⱼ) + sᵢ AsyCov(sⱼ, sᵢⱼ)) / v − sᵢ sⱼ AsyCov(v, sᵢⱼ) / v²,
    // where T⁻¹ Σₜ f yᵢ yᵢ yⱼ − sᵢ sᵢⱼ and T⁻¹ Σₜ f² yᵢ yⱼ − v sᵢⱼ are the first and the last.
    var squares = [Double](repeating: 0, count: m.x.T)
    var (diagonal, first, last) = (0.0, 0.0, 0.0)
    m.x.forEachColumn { x, mean, i in
      var sums = (0.0, 0.0, 0.0)
      withUnsafeMutableBytes(of: &sums) { raw in
        raw.withMemoryRebound(to: Double.self) { sums in
          ck_factor_moments(f.count, x, mean, f, &squares, sums.baseAddress)
        }
      }
      let variance = S[i, i]
      diagonal += sums.0 / m.T - variance * variance
      first -= s[i] * (sums.1 / m.T - s[i] * variance)
      last -= s[i] * s[i] * (sums.2 / m.T - v * variance)
    }
    let b = m.x.combination(s)
    let form = S.quadraticForm(s)
    for t in f.indices {
      first += f[t] * squares[t] * b[t] / m.T
      last += f[t] * f[t] * b[t] * b[t] / m.T
    }
    first -= form
    last -= v * form
    let π = dot(squares, squares) / m.T - m.sumOfSquares
    let r = diagonal + 2 * first / v - last / (v * v)
    return shrunk(m, π - r) { i, j in s[i] * s[j] / v }
  }

  /// S shrunk towards a target that has its diagonal and `element` beside it.
  private func shrunk(
    _ m: SampleMoments, _ numerator: Double, _ element: (Int, Int) -> Double
  ) -> ShrunkCovariance {
    var Σ = m.covariance
    let n = Σ.rows
    var γ = 0.0
    for j in 0..<n {
      for i in 0..<j {
        let d = element(i, j) - Σ.elements[i + j * n]
        γ += 2 * d * d
      }
    }
    let ρ = intensity(numerator, γ, m.T)
    for j in 0..<n {
      for i in 0..<j {
        let x = (1 - ρ) * Σ.elements[i + j * n] + ρ * element(i, j)
        Σ.elements[i + j * n] = x
        Σ.elements[j + i * n] = x
      }
    }
    return ShrunkCovariance(covariance: Σ, intensity: ρ)
  }

  private func intensity(_ numerator: Double, _ γ: Double, _ T: Double) -> Double {
    γ > 0 ? max(0, min(numerator / (γ * T), 1)) : 0
  }
}
