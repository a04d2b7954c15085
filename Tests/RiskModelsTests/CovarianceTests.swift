import Foundation
import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct CovarianceTests {
  static let sample: Matrix = [[1, 2], [2, 1], [4, 6], [9, 3]]

  @Test func `Sample covariance by both divisors`() throws {
    // By hand: sums of products 38, 7 and 14 about the means 4 and 3.
    let unbiased = try SampleCovariance().covariance(of: Self.sample)
    let likelihood = try SampleCovariance(divisor: .observations).covariance(of: Self.sample)
    let expected: Matrix = [[38 / 3.0, 7 / 3.0], [7 / 3.0, 14 / 3.0]]
    #expect((unbiased - expected).norm(.maximum) < 1e-14)
    #expect((likelihood - 0.75 * expected).norm(.maximum) < 1e-14)
    #expect(unbiased.isSymmetric())
  }

  @Test func `Exponential weights follow their closed form`() throws {
    let λ = 0.94
    let estimator = ExponentiallyWeighted(decay: λ)
    let weights = estimator.weights(count: 50)
    for t in 0..<50 {
      let closed = pow(λ, Double(49 - t)) * (1 - λ) / (1 - pow(λ, 50))
      #expect(isClose(weights[t], closed, relative: 1e-13))
    }
    // One shock in the newest and one in the oldest of T observations.
    var x = Matrix(rows: 50, columns: 2)
    (x[49, 0], x[0, 1]) = (2, 3)
    let Σ = try estimator.covariance(of: x)
    let scale = (1 - λ) / (1 - pow(λ, 50))
    #expect(isClose(Σ[0, 0], 4 * scale, relative: 1e-13))
    #expect(isClose(Σ[1, 1], 9 * scale * pow(λ, 49), relative: 1e-13))
    #expect(Σ[0, 1] == 0)
    // About the weighted mean m = 2w: w (2 − m)² + (1 − w) m² = 4 w (1 − w).
    let centred = try ExponentiallyWeighted(decay: λ, mean: .weighted).covariance(of: x)
    #expect(isClose(centred[0, 0], 4 * scale * (1 - scale), relative: 1e-13))
    #expect(
      isClose(centred[0, 1], -6 * scale * scale * pow(λ, 49), relative: 1e-12))
  }

  @Test func `Weights halve over a half-life, and equal weights are the sample covariance`() throws
  {
    let estimator = ExponentiallyWeighted(halfLife: 7)
    let weights = estimator.weights(count: 30)
    #expect(isClose(weights[15] / weights[22], 0.5, relative: 1e-14))
    #expect(isClose(estimator.halfLife, 7, relative: 1e-14))
    let flat = try ExponentiallyWeighted(decay: 1 - 1e-12, mean: .weighted)
      .covariance(of: Self.sample)
    let sample = try SampleCovariance(divisor: .observations).covariance(of: Self.sample)
    #expect((flat - sample).norm(.maximum) < 1e-10)
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Shrinkage equals scikit-learn's on stock returns to 12 digits`() throws {
    let history = try CompressedData.history("data/skfolio_sp500_dataset.csv.gz")
    #expect(history.factors.count == 20)
    #expect(history.count == 8312)
    for row in try ReferenceData.rows("vectors/risk/shrinkage_sklearn.csv") {
      func value(_ name: String) -> Double { Double(row[name] ?? "") ?? .nan }
      let returns = history.last(Int(value("rows"))).returns
      let estimator: any ShrinkageEstimator =
        row["estimator"] == "oas" ? OracleApproximatingShrinkage() : LedoitWolf()
      let estimate = try estimator.estimate(of: returns)
      let Σ = estimate.covariance
      #expect(isClose(estimate.intensity, value("shrinkage"), relative: 1e-12))
      #expect(isClose(Σ.diagonal.reduce(0, +), value("trace"), relative: 1e-12))
      #expect(isClose(Σ[0, 0], value("cov00"), relative: 1e-12))
      #expect(isClose(Σ[0, 1], value("cov01"), relative: 1e-12))
      #expect(isClose(Σ[19, 19], value("cov_last_last"), relative: 1e-12))
      #expect(isClose(try Cholesky(Σ).logDeterminant, value("logdet"), relative: 1e-12))
    }
  }

  @Test func `Shrinkage makes a covariance of fewer observations than factors positive definite`()
    throws
  {
    var random = TestRandom(seed: 5)
    let x = Matrix(rows: 10, columns: 30) { _, _ in random.signedUnit() }
    #expect(throws: FactorizationError.self) {
      try Cholesky(SampleCovariance().covariance(of: x) - 1e-12 * Matrix.identity(30))
    }
    for estimator in [LedoitWolf(), OracleApproximatingShrinkage()] as [any ShrinkageEstimator] {
      let estimate = try estimator.estimate(of: x)
      #expect(estimate.intensity > 0 && estimate.intensity <= 1)
      #expect(throws: Never.self) { try Cholesky(estimate.covariance) }
    }
  }

  @Test func `Constant observations have no covariance and are not divided by zero`() throws {
    let x = Matrix(rows: 5, columns: 3, repeating: 2)
    let estimators: [any CovarianceEstimator] = [
      SampleCovariance(), LedoitWolf(), OracleApproximatingShrinkage(),
      ExponentiallyWeighted(decay: 0.9, mean: .weighted),
    ]
    for estimator in estimators {
      #expect(try estimator.covariance(of: x).norm(.maximum) < 1e-30)
    }
  }

  @Test func `Too few observations and NaN are refused by every estimator`() {
    let estimators: [any CovarianceEstimator] = [
      SampleCovariance(), LedoitWolf(), OracleApproximatingShrinkage(),
      ExponentiallyWeighted(decay: 0.9),
    ]
    for estimator in estimators {
      #expect(throws: EstimationError.tooFewObservations(found: 1, needed: 2)) {
        try estimator.covariance(of: [[1, 2]])
      }
      #expect(throws: EstimationError.notFinite(row: 1, column: 0)) {
        try estimator.covariance(of: [[1, 2], [.nan, 2], [3, 4]])
      }
    }
  }

  @Test func `Volatilities and correlation take a covariance apart and put it together`() throws {
    let Σ: Matrix = [[0.04, 0.018, 0], [0.018, 0.09, 0], [0, 0, 0]]
    let scaling = try VolatilityScaling(covariance: Σ)
    #expect(
      zip(scaling.volatilities, [0.2, 0.3, 0]).allSatisfy { isClose($0, $1, relative: 1e-15) })
    #expect(isClose(scaling.correlation[0, 1], 0.3, relative: 1e-15))
    #expect(scaling.correlation[2, 2] == 1 && scaling.correlation[2, 0] == 0)
    #expect((scaling.covariance - Σ).norm(.maximum) < 1e-16)
    #expect(scaling.covariance.isSymmetric())
    let annual = scaling.annualized(periodsPerYear: 365)
    #expect((annual.covariance - 365 * Σ).norm(.maximum) < 1e-13)
    let moved = try VolatilityScaling(volatilities: [1, 2, 3], correlation: scaling.correlation)
    #expect(isClose(moved.covariance[0, 1], 0.6, relative: 1e-15))

    #expect(throws: EstimationError.invalidVariance(index: 1, value: -1)) {
      try VolatilityScaling(covariance: [[1, 0], [0, -1]])
    }
    #expect(throws: EstimationError.sizes(volatilities: 1, correlation: 2)) {
      try VolatilityScaling(volatilities: [1], correlation: .identity(2))
    }
    #expect(throws: EstimationError.self) {
      try VolatilityScaling(volatilities: [1, .nan], correlation: .identity(2))
    }
  }
}
