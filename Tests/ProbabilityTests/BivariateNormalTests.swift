import Foundation
import LinearAlgebra
import Probability
import TestSupport
import Testing

/// Values by mpmath 1.3: ∫ φ(x) Φ((k − ρx)/√(1 − ρ²)) dx over x ≤ h, by quadrature at 40 digits.
@Suite struct BivariateNormalTests {
  static let values: [(h: Double, k: Double, correlation: Double, probability: Double)] = [
    (0.3, -0.7, 0.4, 0.195524348058325743),
    (-1, -2, -0.6, 0.0000349709801743654372),
    (-3, -4, 0.95, 0.0000316194252593151497),
    (1.5, 2, -0.99, 0.910442666782962727),
    (-0.2, -0.21, 0.9999, 0.416053933530727731),
    (0.5, 0.5, 0.999999, 0.691263829671507017),
    (2, -2.001, -0.9999, 0.000278091305441765672),
    (-8, -7, 0.5, 2.21643019243639927e-19),
    (-10, -10, 0.99, 3.6126016762325163e-24),
    (-3, -3, -0.3, 2.10065199367026905e-8),
    (-5, -2, -0.8, 6.08692597555230041e-31),
    (4, 3, 0.7, 0.998633506197558328),
    (1, -1, -0.9999999, 0.00004317058049039468),
    (-0.001, 0.002, 0.9999999, 0.499601057786088686),
    (-20, -20, 0.8, 6.47279910420805455e-100),
    (-6, 5, -0.5, 9.73154457640025539e-10),
    (-2, -2.5, -0.95, 2.56024078635420577e-48),
  ]

  @Test(arguments: values)
  func `Probabilities have their digits, also in the tails and near correlations of 1`(
    h: Double, k: Double, correlation: Double, probability: Double
  ) {
    let d = BivariateNormal(correlation: correlation)
    #expect(isClose(d.cumulative(h, k), probability, relative: 1e-13))
    #expect(isClose(d.cumulative(k, h), probability, relative: 1e-13))
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Haug's table and SciPy's values`() throws {
    let rows = try ReferenceData.rows("vectors/risk/bvn_haug1998.csv")
    #expect(rows.count == 27)
    for row in rows {
      func value(_ name: String) -> Double { Double(row[name] ?? "") ?? .nan }
      let p = BivariateNormal(correlation: value("rho")).cumulative(value("a"), value("b"))
      // Twelve decimals are printed.
      #expect(abs(p - value("p_tvpack")) <= 0.51e-12)
    }
  }

  @Test(arguments: [-1, -0.999, -0.4, 0, 0.3, 0.925, 1])
  func `Orthants, margins and complements`(ρ: Double) {
    let d = BivariateNormal(correlation: ρ)
    let normal = NormalDistribution.standard
    #expect(isClose(d.cumulative(0, 0), 0.25 + asin(ρ) / (2 * .pi), relative: 0, absolute: 1e-15))
    for x in [-9, -2, -0.3, 0, 1, 5.0] {
      #expect(isClose(d.cumulative(x, 40), normal.cumulative(x), relative: 1e-14))
      #expect(d.cumulative(x, .infinity) == normal.cumulative(x))
      #expect(d.cumulative(-.infinity, x) == 0)
      for y in [-3, 0.1, 2.0] {
        // P(X ≤ x, Y ≤ y) + P(X ≤ x, −Y ≤ −y) = P(X ≤ x).
        let sum =
          d.cumulative(x, y) + BivariateNormal(correlation: -ρ).cumulative(x, -y)
        #expect(isClose(sum, normal.cumulative(x), relative: 0, absolute: 4e-16))
      }
    }
    #expect(d.cumulative(.nan, 0).isNaN)
    for (x, y) in [(1e9, -1e9), (-1e9, -1e9), (-38, -38), (1e9, 1e9), (30, -30.0)] {
      #expect(0...normal.cumulative(min(x, y)) ~= d.cumulative(x, y))
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Orthants of equal correlations`() throws {
    for row in try ReferenceData.rows("vectors/risk/mvn_orthant.csv") {
      let n = Int(row["n"] ?? "") ?? 0
      let ρ = Double(row["rho"] ?? "") ?? .nan
      let expected = Double(row["p_exact_or_miwa"] ?? "") ?? .nan
      let isExact = row["source"]?.hasPrefix("exact") ?? false
      let zeros = [Double](repeating: 0, count: n)
      if ρ >= 0 {
        let loadings = [Double](repeating: ρ.squareRoot(), count: n)
        let p = MultivariateNormal.oneFactorProbability(below: zeros, loadings: loadings)
        #expect(abs(p - expected) <= (isExact ? 1e-12 : 1e-6))
      }
      let normal = try MultivariateNormal(
        covariance: Matrix(rows: n, columns: n) { $0 == $1 ? 1 : ρ })
      let estimate = try #require(
        normal.probability(below: zeros, points: 1 << 13, stream: RandomStream(seed: 11)))
      // Eight randomisations: 6 standard errors are exceeded once in 2,000 (Student's t, ν = 7).
      #expect(abs(estimate.probability - expected) <= 6 * estimate.standardError + 1e-7)
      #expect(estimate.standardError < 1e-5)
    }
  }

  @Test func `A common factor agrees with the bivariate distribution`() {
    for (a, b) in [(0.3, -0.9), (0.99, 0.95), (-0.5, -0.6), (0, 0.4)] {
      let p = MultivariateNormal.oneFactorProbability(below: [-0.4, 0.7], loadings: [a, b])
      let q = BivariateNormal(correlation: a * b).cumulative(-0.4, 0.7)
      #expect(isClose(p, q, relative: 0, absolute: 1e-14))
    }
  }
}
