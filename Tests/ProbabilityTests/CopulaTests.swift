import Foundation
import LinearAlgebra
import Probability
import TestSupport
import Testing

@Suite struct CopulaTests {
  let stream = RandomStream(seed: 77, stream: 2)
  static let correlation: Matrix = [[1, 0.5, -0.2], [0.5, 1, 0.3], [-0.2, 0.3, 1]]

  /// SciPy 1.17.1: multivariate_normal and multivariate_t log densities less those of the marginals.
  @Test func `Densities are those of SciPy`() throws {
    let u = [0.1, 0.7, 0.95]
    let gaussian = try #require(
      try GaussianCopula(correlation: Self.correlation).logDensity(at: u))
    #expect(isClose(gaussian, 0.4810257407256273, relative: 1e-13))
    for (ν, expected) in [
      (0.7, -0.2545542300329231), (4, 0.5444508897781066), (30, 0.4837349728358058),
    ] {
      let copula = try StudentTCopula(correlation: Self.correlation, degreesOfFreedom: ν)
      let density = try #require(copula.logDensity(at: u))
      #expect(isClose(density, expected, relative: 2e-12))
    }
    let singular = try GaussianCopula(correlation: [[1, 1], [1, 1]])
    #expect(singular.logDensity(at: [0.2, 0.3]) == nil)
  }

  @Test func `Uniforms are uniform in each coordinate, with the joint law of the copula`() throws {
    let n = 100_000
    let gaussian = try GaussianCopula(correlation: Self.correlation)
      .uniforms(paths: 0..<n, from: stream)
    let t = try StudentTCopula(correlation: Self.correlation, degreesOfFreedom: 1.5)
      .uniforms(paths: 0..<n, from: stream)
    for u in [gaussian, t] {
      for j in 0..<3 {
        var counts = [Double](repeating: 0, count: 100)
        for value in u.column(j) { counts[min(Int(value * 100), 99)] += 1 }
        // Chi-square with 99 degrees of freedom: 0.9999 quantile 160.06 (scipy.stats.chi2.ppf).
        #expect(counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 } < 160.06)
      }
      // Both copulas are elliptical: P(U ≤ ½, V ≤ ½) = ¼ + asin(ρ) / 2π.
      for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        let p = 0.25 + asin(Self.correlation[i, j]) / (2 * .pi)
        let hits = Double((0..<n).count { u[$0, i] <= 0.5 && u[$0, j] <= 0.5 })
        #expect(abs(hits / Double(n) - p) < 4 * (p * (1 - p) / Double(n)).squareRoot())
      }
    }
    let z = NormalDistribution.standard.quantile(0.05)
    let p = BivariateNormal(correlation: 0.5).cumulative(z, z)
    let hits = Double((0..<n).count { gaussian[$0, 0] <= 0.05 && gaussian[$0, 1] <= 0.05 })
    #expect(abs(hits / Double(n) - p) < 4 * (p * (1 - p) / Double(n)).squareRoot())
  }

  /// McNeil, Frey, Embrechts, Quantitative Risk Management (2005), table 5.1.
  @Test func `Tail dependence is that of the printed table`() throws {
    let correlations = [-0.5, 0, 0.5, 0.9]
    for (ν, row) in [
      (2.0, [0.06, 0.18, 0.39, 0.72]), (4, [0.01, 0.08, 0.25, 0.63]), (10, [0, 0.01, 0.08, 0.46]),
    ] {
      for (ρ, expected) in zip(correlations, row) {
        let copula = try StudentTCopula(correlation: [[1, ρ], [ρ, 1]], degreesOfFreedom: ν)
        #expect(abs(copula.tailDependence(0, 1) - expected) <= 0.005)
      }
    }
  }

  @Test func `Draws have their marginals, and digits in the upper tail`() throws {
    let n = 20_000
    let marginals: [any UnivariateDistribution] = [
      NormalDistribution(mean: 1, standardDeviation: 2), GammaDistribution(shape: 0.4, scale: 3),
      QuantileFunction { -log1p(-$0) },
    ]
    for seed in 1...2 {
      let own = RandomStream(seed: UInt64(seed))
      let t = try StudentTCopula(correlation: Self.correlation, degreesOfFreedom: 3)
      let (u, x) = (
        t.uniforms(paths: 0..<n, from: own), t.draws(paths: 0..<n, from: own, marginals: marginals)
      )
      for i in 0..<n {
        for j in 0..<3 {
          // An upper value knows 1 − u to 1e-13 relative, the uniform to 1e-16 absolute.
          let expected = marginals[j].quantile(u[i, j])
          let slack = u[i, j] < 1 ? 1e-15 / (1 - u[i, j]) : 1
          #expect(isClose(x[i, j], expected, relative: 1e-9 + slack, absolute: 1e-12))
        }
      }
    }
    // With the normal as marginal of the Gaussian copula the normals come back, to the last digits.
    let standard = try GaussianCopula(correlation: [[1, 0], [0, 1]])
      .draws(
        paths: 0..<n, from: stream,
        marginals: [NormalDistribution.standard, NormalDistribution.standard])
    for path in 0..<n {
      let z = stream.normals(path: path, count: 2)
      for j in 0..<2 { #expect(isClose(standard[path, j], z[j], relative: 1e-14, absolute: 1e-15)) }
    }
  }

  @Test func `Sample rank correlation is Kendall's tau`() throws {
    let ρ = GaussianCopula.correlation(kendallTau: 0.4)
    #expect(isClose(ρ, sin(0.2 * .pi), relative: 1e-15))
    let n = 1500
    for ν in [nil, 3.0] {
      let u =
        try ν.map {
          try StudentTCopula(correlation: [[1, ρ], [ρ, 1]], degreesOfFreedom: $0)
            .uniforms(paths: 0..<n, from: stream)
        } ?? GaussianCopula(correlation: [[1, ρ], [ρ, 1]]).uniforms(paths: 0..<n, from: stream)
      var concordance = 0
      for i in 0..<n {
        for k in 0..<i {
          concordance += (u[i, 0] - u[k, 0]) * (u[i, 1] - u[k, 1]) > 0 ? 1 : -1
        }
      }
      let tau = Double(concordance) / Double(n * (n - 1) / 2)
      // The variance of the sample's tau is at most 2 (1 − τ²) / n (Kendall 1970).
      #expect(abs(tau - 0.4) < 4 * (2 * (1 - 0.16) / Double(n)).squareRoot())
    }
  }

  @Test func `A path has the same bits alone and in any range`() throws {
    let copula = try StudentTCopula(correlation: Self.correlation, degreesOfFreedom: 4)
    let whole = copula.uniforms(paths: 0..<700, from: stream)
    for range in [3..<4, 250..<300, 511..<700] {
      let part = copula.uniforms(paths: range, from: stream)
      for i in 0..<range.count { #expect(part.row(i) == whole.row(range.lowerBound + i)) }
    }
  }

  @Test func `Bad parameters are named`() {
    #expect(throws: DistributionError.diagonalNotOne(index: 1)) {
      try GaussianCopula(correlation: [[1, 0.5], [0.5, 2]])
    }
    #expect(throws: DistributionError.notSymmetric) {
      try GaussianCopula(correlation: [[1, 0.5], [0.4, 1]])
    }
    #expect(throws: DistributionError.indefinite(rank: 1)) {
      try StudentTCopula(correlation: [[1, 1.1], [1.1, 1]], degreesOfFreedom: 4)
    }
    for ν in [0.0, -1, .infinity] {
      #expect(throws: DistributionError.copulaDegreesOfFreedom(ν)) {
        try StudentTCopula(correlation: [[1]], degreesOfFreedom: ν)
      }
    }
  }
}
