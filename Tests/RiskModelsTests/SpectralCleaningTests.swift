import Foundation
import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct SpectralCleaningTests {
  static func normals(_ T: Int, _ n: Int, seed: UInt64) -> Matrix {
    var random = TestRandom(seed: seed)
    return Matrix(rows: T, columns: n) { _, _ in
      // Box and Muller.
      let u = Double.random(in: 0..<1, using: &random)
      let v = Double.random(in: 0..<1, using: &random)
      return (-2 * log(1 - u)).squareRoot() * cos(2 * .pi * v)
    }
  }

  @Test func `The edges of the law of Marchenko and Pastur`() {
    let law = MarchenkoPastur(assets: 100, observations: 400, variance: 2)
    #expect(isClose(law.upperEdge, 4.5, relative: 1e-15))
    #expect(isClose(law.lowerEdge, 0.5, relative: 1e-15))
  }

  @Test func `Noise alone becomes the identity`() throws {
    let x = Self.normals(2000, 200, seed: 1)
    let C = try VolatilityScaling(covariance: SampleCovariance().covariance(of: x)).correlation
    let result = try MarchenkoPasturDenoising().denoised(C, observations: 2000)
    // The largest eigenvalue scatters about the edge by n^(−2/3), so one or two may pass it.
    #expect(result.signalCount <= 2)
    #expect((result.correlation - Matrix.identity(200)).norm(.maximum) < 0.1)
    let eigen = try SymmetricEigen(C).values
    #expect(abs((eigen.last ?? 0) / result.law.upperEdge - 1) < 0.03)
    #expect(abs((eigen.first ?? 0) / result.law.lowerEdge - 1) < 0.03)
  }

  @Test func `Planted factors are counted, and the cleaned matrix is nearer the truth`() throws {
    let (T, n) = (600, 150)
    let noise = Self.normals(T, n, seed: 2)
    let factors = Self.normals(T, 3, seed: 3)
    // Loadings of one length, so that all assets have as much noise.
    var loadings = Self.normals(n, 3, seed: 4)
    for i in 0..<n {
      let length = (0..<3).reduce(0.0) { $0 + loadings[i, $1] * loadings[i, $1] }.squareRoot()
      for k in 0..<3 { loadings[i, k] /= length }
    }
    let x = noise + Matrix.product(factors, loadings, transposing: .right)
    var truth = Matrix.product(loadings, loadings, transposing: .right)
    for i in 0..<n { truth[i, i] += 1 }
    let trueCorrelation = try VolatilityScaling(covariance: truth).correlation
    let C = try VolatilityScaling(covariance: SampleCovariance().covariance(of: x)).correlation
    let result = try MarchenkoPasturDenoising().denoised(C, observations: T)
    #expect(result.signalCount == 3)
    let before = (C - trueCorrelation).norm(.frobenius)
    let after = (result.correlation - trueCorrelation).norm(.frobenius)
    #expect(after < before)
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `The definition on stock returns, and skfolio's detoning to 12 digits`() throws {
    let x = try CompressedData.history("data/skfolio_sp500_dataset.csv.gz").last(250).returns
    let scaling = try VolatilityScaling(covariance: SampleCovariance().covariance(of: x))
    let result = try MarchenkoPasturDenoising().denoised(scaling.correlation, observations: 250)
    // What is cleaned is the fixed point: noise below the edge that its own mean gives.
    let λ = try SymmetricEigen(scaling.correlation)
    let noise = 20 - result.signalCount
    let mean = λ.values[..<noise].reduce(0, +) / Double(noise)
    let edge = mean * (1 + (20.0 / 250).squareRoot()) * (1 + (20.0 / 250).squareRoot())
    #expect(isClose(result.law.upperEdge, edge, relative: 1e-13))
    #expect(λ.values[noise - 1] <= edge && λ.values[noise] > edge)
    var raw = λ.matrix { $0 > edge ? $0 : mean }
    let d = raw.diagonal
    raw = Matrix(rows: 20, columns: 20) { raw[$0, $1] / (d[$0] * d[$1]).squareRoot() }
    #expect((raw - result.correlation).norm(.maximum) < 1e-14)

    // skfolio 1.12.2, DetoneCovariance(nearest=False): elements (0, 0), (0, 1), (19, 18), sum.
    let published = [
      0.0005024739826553314, 0.00037486114764262717, -1.3424230773471725e-05,
      0.0039340505495305475,
    ]
    let Σ = try Detoning().covariance(of: x)
    let found = [Σ[0, 0], Σ[0, 1], Σ[19, 18], Σ.elements.reduce(0, +)]
    for (a, b) in zip(found, published) { #expect(isClose(a, b, relative: 1e-12)) }
  }

  @Test func `Detoning leaves a singular correlation without its first component`() throws {
    let x = WeightedCovarianceTests.returns(300, 12, seed: 5)
    let C = try VolatilityScaling(covariance: SampleCovariance().covariance(of: x)).correlation
    let rest = try Detoning(components: 2).detoned(C)
    #expect(rest.isSymmetric() && rest.diagonal.allSatisfy { $0 == 1 })
    let eigen = try SymmetricEigen(rest).values
    // Rounding of C, of norm 6, over what is left of a diagonal element.
    #expect(abs(eigen[0]) < 1e-13 && abs(eigen[1]) < 1e-13 && eigen[2] > 1e-3)
    #expect((try Detoning(components: 0).detoned(C) - C).norm(.maximum) < 1e-15)
  }

  @Test func `More assets than observations, and bad input`() throws {
    let x = WeightedCovarianceTests.returns(20, 40, seed: 6)
    let Σ = try MarchenkoPasturDenoising().covariance(of: x)
    #expect(throws: Never.self) { try CovarianceCheck.requirePositiveDefinite(Σ) }
    let sample = try SampleCovariance().covariance(of: x)
    #expect(zip(Σ.diagonal, sample.diagonal).allSatisfy { isClose($0, $1, relative: 1e-14) })
    for estimator in [MarchenkoPasturDenoising(), Detoning()] as [any CovarianceEstimator] {
      #expect(throws: EstimationError.constantSeries(index: 0)) {
        try estimator.covariance(of: [[0.1, 2], [0.1, 3], [0.1, 5]])
      }
      #expect(throws: EstimationError.notFinite(row: 1, column: 1)) {
        try estimator.covariance(of: [[1, 2], [2, .nan], [0, 5]])
      }
    }
    #expect(throws: EstimationError.self) { try Detoning(components: 2).detoned(.identity(2)) }
    #expect(throws: EstimationError.tooFewObservations(found: 0, needed: 1)) {
      try MarchenkoPasturDenoising().denoised(.identity(2), observations: 0)
    }
  }
}
