import Foundation
import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct FactorModelTests {
  static func model(_ n: Int, _ k: Int, seed: UInt64) throws -> FactorModel {
    var random = TestRandom(seed: seed)
    let F = Matrix(rows: n, columns: k) { _, _ in random.signedUnit() }
    let A = Matrix(rows: k, columns: k) { _, _ in random.signedUnit() }
    return try FactorModel(
      loadings: F, factorCovariance: A.gram(),
      specificVariances: (0..<n).map { _ in 1.5 + random.signedUnit() })
  }

  @Test func `Parts act as the matrix that they stand for`() throws {
    let model = try Self.model(12, 3, seed: 1)
    let Σ = model.covariance
    var random = TestRandom(seed: 2)
    let x = (0..<12).map { _ in random.signedUnit() }
    #expect(Σ.isSymmetric())
    #expect(zip(model.product(x), Σ * x).allSatisfy { isClose($0, $1, absolute: 1e-13) })
    #expect(isClose(model.quadraticForm(x), Σ.quadraticForm(x), relative: 1e-13))
    #expect(zip(model.variances, Σ.diagonal).allSatisfy { isClose($0, $1, relative: 1e-14) })
    let inverse = try model.inverse()
    let cholesky = try Cholesky(Σ)
    #expect(
      zip(inverse.product(x), cholesky.solve(x)).allSatisfy { isClose($0, $1, absolute: 1e-13) })
    #expect(isClose(inverse.logDeterminant, cholesky.logDeterminant, relative: 1e-13))
    // A singular covariance of the factors has an inverse all the same.
    let flat = try FactorModel(
      loadings: model.loadings, factorCovariance: Matrix(rows: 3, columns: 3, repeating: 1),
      specificVariances: model.specificVariances)
    #expect(
      zip(try flat.inverse().product(x), try Cholesky(flat.covariance).solve(x))
        .allSatisfy { isClose($0, $1, absolute: 1e-12) })
  }

  @Test func `Principal components keep variances and the largest eigenvalues`() throws {
    for (T, n) in [(200, 15), (10, 30)] {
      let x = WeightedCovarianceTests.returns(T, n, seed: UInt64(n))
      let S = try SampleCovariance().covariance(of: x)
      let model = try PrincipalComponents(.exactly(4)).factorModel(of: x)
      #expect(model.factorCount == 4)
      #expect(zip(model.variances, S.diagonal).allSatisfy { isClose($0, $1, relative: 1e-12) })
      let λ = try SymmetricEigen(S).values
      for k in 0..<4 {
        #expect(isClose(model.factorCovariance[k, k], λ[n - 1 - k], relative: 1e-12))
      }
      let F = model.loadings
      #expect((F.gram() - Matrix.identity(4)).norm(.maximum) < 1e-12)
      #expect((S * F - F * model.factorCovariance).norm(.maximum) < 1e-12)
      for k in 0..<4 { #expect(F.column(k).reduce(0, +) >= 0) }
    }
  }

  @Test func `All components are the sample covariance; a share takes the fewest`() throws {
    let x = WeightedCovarianceTests.returns(40, 6, seed: 4)
    let S = try SampleCovariance().covariance(of: x)
    let all = try PrincipalComponents(.exactly(100)).covariance(of: x)
    #expect((all - S).norm(.maximum) < 1e-14)
    let λ = try SymmetricEigen(S).values
    let total = λ.reduce(0, +)
    for share in [0.3, 0.6, 0.9, 1] {
      let k = try PrincipalComponents(.explaining(share)).factorModel(of: x).factorCount
      #expect(λ.suffix(k).reduce(0, +) >= share * total * (1 - 1e-12))
      #expect(λ.suffix(k - 1).reduce(0, +) < share * total)
    }
    #expect(throws: EstimationError.self) {
      try PrincipalComponents(.explaining(1.5)).factorModel(of: x)
    }
    #expect(throws: EstimationError.self) {
      try PrincipalComponents(.exactly(-1)).factorModel(of: x)
    }
  }

  @Test func `Regression recovers a planted model exactly where there is no noise`() throws {
    let planted = try Self.model(5, 2, seed: 9)
    let f = WeightedCovarianceTests.returns(30, 2, seed: 10) * 1e-6
    var x = Matrix.product(f, planted.loadings, transposing: .right)
    for j in 0..<5 {
      for t in 0..<30 { x[t, j] += Double(j) }
    }
    let result = try FactorRegression().estimate(of: x, on: f)
    #expect((result.model.loadings - planted.loadings).norm(.maximum) < 1e-7)
    #expect(result.intercepts.enumerated().allSatisfy { isClose($1, Double($0), absolute: 1e-12) })
    #expect(result.model.specificVariances.allSatisfy { $0 < 1e-26 })
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Regression equals statsmodels' OLS on stocks and factor funds to 11 digits`() throws {
    // statsmodels 0.15.0, OLS with a constant over the last 250 dates of both files: parameters
    // (constant first), mse_resid, rsquared; asset by column. The parameters of the first are those of
    // exact log returns in 40 digits (mpmath): returns rounded as differences of logarithms, which
    // statsmodels was given, change the eleventh digit of the constant.
    let published: [(Int, [Double], Double, Double)] = [
      (
        0,
        [
          -9.57303161641114228e-05, 0.0117110755981083335, 1.85517802415993195,
          -0.9098260675836381, 0.0303204505242296813, 0.185625139286179885,
        ], 0.00011900426710482096, 0.7679190819576335
      ),
      (
        19,
        [
          0.002774845590065766, 0.45856941942528157, -1.173898817445529, 0.6689469871307583,
          -0.4107732008318718, 1.084668376779564,
        ], 0.00037486768328086876, 0.25318653222987153
      ),
    ]
    let x = try CompressedData.history("data/skfolio_sp500_dataset.csv.gz").last(250)
    let f = try CompressedData.history("data/skfolio_factors_dataset.csv.gz").last(250)
    #expect(x.dates == f.dates)
    let result = try FactorRegression().estimate(of: x.returns, on: f.returns)
    for (i, parameters, variance, determination) in published {
      let found = [result.intercepts[i]] + result.model.loadings.row(i)
      for (a, b) in zip(found, parameters) { #expect(isClose(a, b, relative: 1e-11)) }
      #expect(isClose(result.model.specificVariances[i], variance, relative: 1e-12))
      #expect(isClose(result.determination[i], determination, relative: 1e-12))
    }
    let Ω = try SampleCovariance().covariance(of: f.returns)
    #expect((result.model.factorCovariance - Ω).norm(.maximum) < 1e-18)
  }

  @Test func `Bad factors and bad parts are named`() throws {
    let x = WeightedCovarianceTests.returns(10, 3, seed: 1)
    let regression = FactorRegression()
    var twice = WeightedCovarianceTests.returns(10, 2, seed: 2)
    for t in 0..<10 { twice[t, 1] = 3 * twice[t, 0] - 1 }
    #expect(throws: EstimationError.dependentFactors(rank: 1, factors: 2)) {
      try regression.estimate(of: x, on: twice)
    }
    for t in 0..<10 { twice[t, 1] = 0.1 }
    #expect(throws: EstimationError.dependentFactors(rank: 1, factors: 2)) {
      try regression.estimate(of: x, on: twice)
    }
    #expect(throws: EstimationError.shape(of: "rows of the factors", found: 9, needed: 10)) {
      try regression.estimate(of: x, on: Matrix(rows: 9, columns: 1))
    }
    #expect(throws: EstimationError.tooFewObservations(found: 10, needed: 11)) {
      try regression.estimate(of: x, on: WeightedCovarianceTests.returns(10, 9, seed: 2))
    }
    #expect(throws: EstimationError.invalidVariance(index: 1, value: -1)) {
      try FactorModel(
        loadings: [[1], [1]], factorCovariance: [[1]], specificVariances: [1, -1])
    }
    #expect(throws: EstimationError.self) {
      try FactorModel(loadings: [[1], [1]], factorCovariance: [[1]], specificVariances: [1])
    }
    let singular = try FactorModel(
      loadings: [[1], [1]], factorCovariance: [[1]], specificVariances: [0, 1])
    #expect(throws: EstimationError.singular(rank: 1, size: 2)) { try singular.inverse() }
    let indefinite = try FactorModel(
      loadings: [[1], [1]], factorCovariance: [[-1]], specificVariances: [1, 1])
    #expect(throws: EstimationError.indefinite(smallestEigenvalue: -1)) {
      try indefinite.inverse()
    }
  }
}
