import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct LedoitWolfTests {
  /// The intensity by the definitions of the papers: every asymptotic variance and covariance by its
  /// own sum over the observations, every derivative of the target by its own formula.
  static func intensityByDefinition(_ x: Matrix, _ target: LedoitWolf.Target) -> Double {
    let (T, n) = (x.rows, x.columns)
    let scale = 1 / Double(T)
    let means = (0..<n).map { j in scale * (0..<T).reduce(0.0) { $0 + x[$1, j] } }
    let y = Matrix(rows: T, columns: n) { x[$0, $1] - means[$1] }
    let f = (0..<T).map { t in (0..<n).reduce(0.0) { $0 + y[t, $1] } / Double(n) }
    func mean(_ g: (Int) -> Double) -> Double { scale * (0..<T).reduce(0.0) { $0 + g($1) } }
    func s(_ i: Int, _ j: Int) -> Double { mean { y[$0, i] * y[$0, j] } }
    func sf(_ i: Int) -> Double { mean { y[$0, i] * f[$0] } }
    let v = mean { f[$0] * f[$0] }
    /// AsyCov of T⁻¹ Σ a b with s(i, j).
    func cov(_ a: (Int) -> Double, _ i: Int, _ j: Int) -> Double {
      mean { a($0) * y[$0, i] * y[$0, j] } - mean(a) * s(i, j)
    }
    var r̄ = 0.0
    for i in 0..<n {
      for j in 0..<n where i != j { r̄ += s(i, j) / (s(i, i) * s(j, j)).squareRoot() }
    }
    r̄ /= Double(n * (n - 1))
    let μ = (0..<n).reduce(0.0) { $0 + s($1, $1) } / Double(n)
    var (π, r, γ) = (0.0, 0.0, 0.0)
    for i in 0..<n {
      for j in 0..<n {
        π += cov({ y[$0, i] * y[$0, j] }, i, j)
        let F: Double
        switch target {
        case .scaledIdentity: F = i == j ? μ : 0
        case _ where i == j:
          F = s(i, i)
          r += cov({ y[$0, i] * y[$0, i] }, i, i)
        case .constantCorrelation:
          F = r̄ * (s(i, i) * s(j, j)).squareRoot()
          let ratio = (s(j, j) / s(i, i)).squareRoot()
          r +=
            0.5 * r̄
            * (ratio * cov({ y[$0, i] * y[$0, i] }, i, j)
              + cov({ y[$0, j] * y[$0, j] }, i, j) / ratio)
        case .singleFactor:
          F = sf(i) * sf(j) / v
          r += sf(j) / v * cov({ y[$0, i] * f[$0] }, i, j)
          r += sf(i) / v * cov({ y[$0, j] * f[$0] }, i, j)
          r -= F / v * cov({ f[$0] * f[$0] }, i, j)
        }
        γ += (F - s(i, j)) * (F - s(i, j))
      }
    }
    return max(0, min((π - r) / (γ * Double(T)), 1))
  }

  @Test(arguments: LedoitWolf.Target.allCases)
  func `Intensities equal the definitions of the papers`(target: LedoitWolf.Target) throws {
    for (T, n, seed) in [(40, 4, 1), (13, 9, 2), (401, 3, 3)] as [(Int, Int, UInt64)] {
      let x = WeightedCovarianceTests.returns(T, n, seed: seed, mean: 0.3)
      let estimate = try LedoitWolf(target: target).estimate(of: x)
      let expected = Self.intensityByDefinition(x, target)
      #expect(isClose(estimate.intensity, expected, relative: 1e-11))
      #expect(estimate.covariance.isSymmetric())
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Constant correlation and single factor equal PyPortfolioOpt's to 11 digits`() throws {
    // PyPortfolioOpt 1.6.0, CovarianceShrinkage on the last T log returns, before it annualises:
    // intensity, elements (0, 1) and (18, 19), sum. Its constant correlation was given the sample
    // covariance divided by T, as the paper has it.
    let published: [(LedoitWolf.Target, Int, [Double])] = [
      (
        .singleFactor, 15,
        [
          0.7586105707226977, 0.00035589101754025045, 0.00011806871930416564, 0.046094596186393826,
        ]
      ),
      (
        .constantCorrelation, 15,
        [0.8358186175197958, 0.0002770597029677, 9.092401231215494e-05, 0.0464327049553486]
      ),
      (
        .singleFactor, 30,
        [0.5121556332718147, 0.000396778784766918, 8.454698630929455e-05, 0.04859089263710334]
      ),
      (
        .constantCorrelation, 30,
        [0.6925199584135365, 0.0002930591218457076, 9.366917625574531e-05, 0.04747398330682469]
      ),
      (
        .singleFactor, 250,
        [0.08404937306640706, 0.0006189790291254778, 6.582658816148672e-05, 0.06665080500923985]
      ),
      (
        .constantCorrelation, 250,
        [0.14152794034742522, 0.0005857730523337786, 7.466629006506052e-05, 0.06631934641827929]
      ),
      (
        .singleFactor, 8312,
        [0.0125482262596846, 0.0003519649661610036, 6.853110715937938e-05, 0.057081867008197874]
      ),
      (
        .constantCorrelation, 8312,
        [0.0166778646933188, 0.00035237052334024144, 6.845900239940814e-05, 0.057070622668466416]
      ),
    ]
    let history = try CompressedData.history("data/skfolio_sp500_dataset.csv.gz")
    for (target, T, expected) in published {
      let estimate = try LedoitWolf(target: target).estimate(of: history.last(T).returns)
      let Σ = estimate.covariance
      let found = [estimate.intensity, Σ[0, 1], Σ[18, 19], Σ.elements.reduce(0, +)]
      for (a, b) in zip(found, expected) {
        #expect(isClose(a, b, relative: 1e-11), "\(target) \(T)")
      }
    }
  }

  @Test(arguments: LedoitWolf.Target.allCases)
  func `Fewer observations than assets come out positive definite`(
    target: LedoitWolf.Target
  ) throws {
    let x = WeightedCovarianceTests.returns(12, 30, seed: 5)
    let estimate = try LedoitWolf(target: target).estimate(of: x)
    #expect(estimate.intensity > 0 && estimate.intensity <= 1)
    #expect(throws: Never.self) {
      try CovarianceCheck.requirePositiveDefinite(estimate.covariance)
    }
  }

  @Test func `Scaling the returns scales the covariance and not the intensity`() throws {
    let x = WeightedCovarianceTests.returns(50, 6, seed: 6)
    for target in LedoitWolf.Target.allCases {
      let a = try LedoitWolf(target: target).estimate(of: x)
      let b = try LedoitWolf(target: target).estimate(of: 1024 * x)
      #expect(a.intensity == b.intensity)
      #expect(b.covariance == 1024 * 1024 * a.covariance)
    }
  }

  @Test func `Constant assets and degenerate sizes`() throws {
    let x: Matrix = [[1, 0.1], [2, 0.1], [4, 0.1]]
    #expect(throws: EstimationError.constantSeries(index: 1)) {
      try LedoitWolf(target: .constantCorrelation).estimate(of: x)
    }
    for target in [LedoitWolf.Target.scaledIdentity, .singleFactor] {
      #expect(try LedoitWolf(target: target).estimate(of: x).covariance.firstNonFinite() == nil)
    }
    for target in LedoitWolf.Target.allCases {
      let one = try LedoitWolf(target: target).estimate(of: [[1], [3]])
      #expect(one.covariance == [[1]])
      let none = try LedoitWolf(target: target).estimate(of: Matrix(rows: 3, columns: 0))
      #expect(none.covariance.rows == 0)
    }
  }
}
