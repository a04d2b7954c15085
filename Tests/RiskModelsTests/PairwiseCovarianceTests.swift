import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct PairwiseCovarianceTests {
  @Test func `Nothing missing is the sample covariance`() throws {
    let x = WeightedCovarianceTests.returns(50, 6, seed: 1, mean: 10)
    let estimate = try PairwiseCovariance().estimate(of: x)
    let S = try SampleCovariance().covariance(of: x)
    #expect((estimate.covariance - S).norm(.maximum) < 1e-13)
    #expect(!estimate.wasRepaired)
    #expect(estimate.overlaps.elements.allSatisfy { $0 == 50 })
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Pairs equal pandas' cov with missing returns to 12 digits; the repair is semidefinite`()
    throws
  {
    // pandas 3.1.1: DataFrame.cov() of the last 60 log returns, with those missing that are set to
    // NaN below; elements (0, 0), (0, 1), (3, 19), the sum of all and the least eigenvalue.
    let published = [
      0.0006030567968988862, 0.0008468788890166629, 0.00036722517382615724, 0.07674075236323791,
    ]
    var x = try CompressedData.history("data/skfolio_sp500_dataset.csv.gz").last(60).returns
    for t in 0..<60 {
      for j in 0..<20 where (7 * t + 11 * j) % 13 == 0 || (t < 25 && j < 4) { x[t, j] = .nan }
    }
    let estimate = try PairwiseCovariance().estimate(of: x)
    let C = estimate.unrepaired
    let found = [C[0, 0], C[0, 1], C[3, 19], C.elements.reduce(0, +)]
    for (a, b) in zip(found, published) { #expect(isClose(a, b, relative: 1e-12)) }
    #expect(isClose(try SymmetricEigen(C).values[0], -1.488779154110063e-05, relative: 1e-9))

    #expect(estimate.wasRepaired)
    let Σ = estimate.covariance
    #expect(Σ.isSymmetric())
    #expect(try SymmetricEigen(Σ).values[0] > -1e-17)
    #expect(zip(Σ.diagonal, C.diagonal).allSatisfy { isClose($0, $1, relative: 1e-15) })
    let bounded = PairwiseCovariance(repair: NearestCorrelation(smallestEigenvalue: 1e-4))
    #expect(throws: Never.self) {
      try CovarianceCheck.requirePositiveDefinite(bounded.covariance(of: x))
    }
  }

  @Test func `Too little overlap, constant and infinite series are named`() {
    let n = Double.nan
    #expect(
      throws: EstimationError.tooFewCommonObservations(first: 0, second: 1, found: 1, needed: 2)
    ) {
      try PairwiseCovariance().estimate(of: [[1, n], [2, n], [n, 3], [n, 4], [3, 5]])
    }
    #expect(throws: EstimationError.constantSeries(index: 1)) {
      try PairwiseCovariance().estimate(of: [[1, 0.1], [2, 0.1], [4, 0.1], [8, n]])
    }
    #expect(throws: EstimationError.notFinite(row: 1, column: 1)) {
      try PairwiseCovariance().estimate(of: [[1, 2], [2, .infinity]])
    }
    #expect(throws: EstimationError.tooFewObservations(found: 1, needed: 2)) {
      try PairwiseCovariance().estimate(of: [[1, 2]])
    }
    #expect(
      throws: EstimationError.tooFewCommonObservations(first: 1, second: 1, found: 0, needed: 2)
    ) {
      try PairwiseCovariance().estimate(of: [[1, n], [2, n]])
    }
  }
}
