import Foundation
import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct WeightedCovarianceTests {
  static func returns(_ T: Int, _ n: Int, seed: UInt64, mean: Double = 0) -> Matrix {
    var random = TestRandom(seed: seed)
    let common = (0..<T).map { _ in random.signedUnit() }
    return Matrix(rows: T, columns: n) { t, _ in mean + random.signedUnit() + common[t] }
  }

  /// Σ wₜ (x − m)(x − m)ᵀ by the definition, for comparison.
  static func byDefinition(_ x: Matrix, weights: [Double], aboutZero: Bool) -> Matrix {
    let means = (0..<x.columns).map { j in
      aboutZero ? 0 : (0..<x.rows).reduce(0.0) { $0 + weights[$1] * x[$1, j] }
    }
    return Matrix(rows: x.columns, columns: x.columns) { i, j in
      (0..<x.rows).reduce(0.0) {
        $0 + weights[$1] * (x[$1, i] - means[i]) * (x[$1, j] - means[j])
      }
    }
  }

  /// Sizes around the panels of rows that the product is cut into.
  @Test(arguments: [2, 3, 319, 320, 321, 641, 1000])
  func `Products by panels equal the definition`(T: Int) throws {
    let x = Self.returns(T, 7, seed: UInt64(T), mean: 100)
    let flat = [Double](repeating: 1 / Double(T), count: T)
    let sample = try SampleCovariance(divisor: .observations).covariance(of: x)
    let direct = Self.byDefinition(x, weights: flat, aboutZero: false)
    #expect((sample - direct).norm(.maximum) < 1e-11)
    #expect(sample.isSymmetric())
    for mean in ExponentiallyWeighted.Mean.allCases {
      let estimator = ExponentiallyWeighted(decay: 0.97, mean: mean)
      let Σ = try estimator.covariance(of: x)
      let expected = Self.byDefinition(
        x, weights: estimator.weights(count: T), aboutZero: mean == .zero)
      #expect((Σ - expected).norm(.maximum) < 1e-12 * max(1, expected.norm(.maximum)))
      #expect(Σ.isSymmetric())
    }
  }

  @Test(arguments: ExponentiallyWeighted.Mean.allCases)
  func `The covariance at every date is that of the observations up to it`(
    mean: ExponentiallyWeighted.Mean
  ) throws {
    let x = Self.returns(120, 9, seed: 3, mean: 0.5)
    let estimator = ExponentiallyWeighted(decay: 0.9, mean: mean)
    var dates = 0
    try estimator.forEachCovariance(of: x) { t, Σ in
      dates += 1
      #expect(t == dates - 1)
      #expect(Σ.isSymmetric())
      guard t > 0 else { return }
      let expected = try estimator.covariance(of: Matrix(x[rows: 0...t, columns: 0...]))
      #expect((Σ - expected).norm(.maximum) < 1e-14 * max(1, expected.norm(.maximum)) * 10)
    }
    #expect(dates == 120)
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Dates equal pandas' ewm on stock returns to 13 digits`() throws {
    // pandas 3.1.1: DataFrame(X).ewm(alpha=0.06, adjust=True).cov(bias=True), X the last 250 log
    // returns; elements (0, 0), (0, 1) and the sum of all.
    let published: [Int: [Double]] = [
      1: [0.00019907232872010635, 0.0003650055645384044, 0.0069430071904126485],
      10: [0.00020416279653613252, 0.00038745351089517995, 0.013666561000897236],
      249: [0.00046749097663350035, 0.0005436844855890519, 0.057038951267415844],
    ]
    let x = try CompressedData.history("data/skfolio_sp500_dataset.csv.gz").last(250).returns
    var compared = 0
    try ExponentiallyWeighted(decay: 0.94, mean: .weighted).forEachCovariance(of: x) { t, Σ in
      guard let expected = published[t] else { return }
      compared += 1
      let found = [Σ[0, 0], Σ[0, 1], Σ.elements.reduce(0, +)]
      for (a, b) in zip(found, expected) { #expect(isClose(a, b, relative: 1e-13)) }
    }
    #expect(compared == 3)
  }

  @Test func `The recursion of RiskMetrics from a given covariance`() throws {
    let x = Self.returns(40, 4, seed: 8)
    let λ = 0.94
    var expected = Matrix.identity(4)
    try ExponentiallyWeighted(decay: λ).forEachCovariance(of: x, from: .identity(4)) { t, Σ in
      expected = Matrix(rows: 4, columns: 4) { i, j in
        λ * expected[i, j] + (1 - λ) * x[t, i] * x[t, j]
      }
      #expect((Σ - expected).norm(.maximum) < 1e-14)
    }
  }

  @Test func `A covariance that is kept is that of its date`() throws {
    let x = Self.returns(5, 3, seed: 1)
    var kept: [Matrix] = []
    try ExponentiallyWeighted(decay: 0.9).forEachCovariance(of: x) { kept.append($1) }
    #expect(Set(kept).count == 5)
    var running = RunningCovariance(size: 3, ExponentiallyWeighted(decay: 0.9))
    for t in 0..<5 {
      try running.observe(x.row(t))
      #expect(running.covariance == kept[t])
    }
    #expect(running.count == 5)
  }

  @Test func `Bad observations change nothing and are named`() throws {
    var running = RunningCovariance(size: 2, ExponentiallyWeighted(decay: 0.9))
    try running.observe([1, 2])
    let before = running.covariance
    #expect(throws: EstimationError.notFinite(row: 1, column: 1)) {
      try running.observe([1, .infinity])
    }
    #expect(running.covariance == before && running.count == 1)
    #expect(throws: EstimationError.notSquare(rows: 1, columns: 2)) {
      try RunningCovariance(from: [[1, 2]], ExponentiallyWeighted(decay: 0.9))
    }
    let estimator = ExponentiallyWeighted(decay: 0.9)
    #expect(throws: EstimationError.notFinite(row: 1, column: 0)) {
      try estimator.forEachCovariance(of: [[1, 2], [.nan, 2]]) { _, _ in Issue.record("called") }
    }
    #expect(throws: EstimationError.self) {
      try estimator.forEachCovariance(of: [[1, 2]], from: .identity(3)) { _, _ in }
    }
  }

  @Test func `Variances and means that overflow are named`() throws {
    #expect(throws: EstimationError.overflow(index: 1)) {
      try SampleCovariance().covariance(of: [[1, 1e200], [2, -1e200]])
    }
    #expect(throws: EstimationError.overflow(index: 0)) {
      try SampleCovariance().covariance(of: [[1e308, 1], [1e308, 2], [1e308, 3]])
    }
  }

  @Test func `Full rank is asked for by observations and by eigenvalues`() throws {
    let x = Self.returns(5, 5, seed: 2)
    #expect(throws: EstimationError.fewerObservationsThanAssets(observations: 5, assets: 5)) {
      try SampleCovariance(requiresFullRank: true).covariance(of: x)
    }
    let singular = try SampleCovariance().covariance(of: x)
    #expect(throws: EstimationError.fewerObservationsThanAssets(observations: 5, assets: 5)) {
      try CovarianceCheck.requirePositiveDefinite(singular, observations: 5)
    }
    #expect(throws: EstimationError.singular(rank: 4, size: 5)) {
      try CovarianceCheck.requirePositiveDefinite(singular)
    }
    #expect(throws: Never.self) { try CovarianceCheck.requirePositiveDefinite(.identity(3)) }
    #expect(throws: EstimationError.constantSeries(index: 1)) {
      try CovarianceCheck.requirePositiveDefinite([[1, 0], [0, 0]])
    }
    #expect(throws: EstimationError.self) {
      try CovarianceCheck.requirePositiveDefinite([[1, 2], [2, 1]])
    }
  }

  @Test func `A shrunk covariance of fewer observations than assets passes`() throws {
    let x = Self.returns(5, 9, seed: 4)
    for target in LedoitWolf.Target.allCases {
      let shrunk = try LedoitWolf(target: target).estimate(of: x)
      if shrunk.intensity < 0.01 { continue }
      try CovarianceCheck.requirePositiveDefinite(shrunk.covariance, observations: 5)
    }
    let shrunk = try OracleApproximatingShrinkage().estimate(of: x)
    #expect(shrunk.intensity > 0.01)
    try CovarianceCheck.requirePositiveDefinite(shrunk.covariance, observations: 5)
  }

  @Test func `Errors about a history call its factors by name`() throws {
    let history = try ReturnHistory(
      returns: [[1, 0.1], [2, 0.1], [4, 0.1]], dates: ["2024-01-01", "2024-01-02", "2024-01-03"],
      factors: ["BTC", "ETH"])
    do {
      _ = try GerberStatistic().covariance(of: history)
      Issue.record("not refused")
    } catch let error as NamedEstimationError {
      #expect(error.error == .constantSeries(index: 1))
      #expect("\(error)".contains("ETH"))
    }
  }

  /// In a process of its own: the thread count is one number for the whole process.
  @Test func `Results do not depend on the number of BLAS threads`() async {
    await #expect(processExitsWith: .success) {
      let x = WeightedCovarianceTests.returns(700, 150, seed: 4)
      let G = NearestCorrelationTests.pseudoCorrelation(150, seed: 5)
      let fixed = [FixedCorrelation(0, 1, 0.5)]
      let estimators: [any CovarianceEstimator] = [
        SampleCovariance(), ExponentiallyWeighted(decay: 0.97), LedoitWolf(),
        LedoitWolf(target: .constantCorrelation), LedoitWolf(target: .singleFactor),
        OracleApproximatingShrinkage(), MarchenkoPasturDenoising(), Detoning(),
        PairwiseCovariance(), PrincipalComponents(.exactly(3)),
      ]
      func all() throws -> [Matrix] {
        try estimators.map { try $0.covariance(of: x) } + [
          NearestCorrelation().nearest(to: G).correlation,
          NearestCorrelation().nearest(to: G, fixing: fixed).correlation,
          FactorRegression().estimate(of: x, on: Matrix(x[rows: 0..., columns: 0..<90]))
            .model.covariance,
        ]
      }
      BLAS.threadCount = 1
      let one = try all()
      BLAS.threadCount = 2
      let two = try all()
      for k in one.indices { #expect(one[k] == two[k], "number \(k)") }
      #expect(BLAS.threadCount == 2)
    }
  }
}
