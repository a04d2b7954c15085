import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct GerberStatisticTests {
  /// By the definition, one observation at a time.
  static func byDefinition(_ x: Matrix, _ rule: GerberStatistic) -> Matrix {
    let T = x.rows
    let σ = (0..<x.columns).map { j in
      let m = (0..<T).reduce(0.0) { $0 + x[$1, j] } / Double(T)
      return ((0..<T).reduce(0.0) { $0 + (x[$1, j] - m) * (x[$1, j] - m) } / Double(T))
        .squareRoot()
    }
    func move(_ t: Int, _ j: Int) -> Int {
      abs(x[t, j]) >= rule.threshold * σ[j] ? (x[t, j] > 0 ? 1 : -1) : 0
    }
    return Matrix(rows: x.columns, columns: x.columns) { i, j in
      if i == j { return 1 }
      var (difference, both, either, a, b) = (0, 0, 0, 0, 0)
      for t in 0..<T {
        let (u, v) = (move(t, i), move(t, j))
        difference += u * v
        both += abs(u * v)
        either += max(abs(u), abs(v))
        a += abs(u)
        b += abs(v)
      }
      let divisor =
        switch rule.denominator {
        case .eitherMoves: Double(either)
        case .bothMove: Double(both)
        case .geometricMean: Double(a * b).squareRoot()
        }
      return divisor == 0 ? 0 : Double(difference) / divisor
    }
  }

  @Test(arguments: GerberStatistic.Denominator.allCases, [2, 63, 64, 65, 300])
  func `Bits count as the definition does`(
    denominator: GerberStatistic.Denominator, T: Int
  ) throws {
    let x = WeightedCovarianceTests.returns(T, 9, seed: UInt64(T))
    for c in [0.1, 0.5, 0.95] {
      let rule = GerberStatistic(threshold: c, denominator: denominator)
      let G = try rule.correlation(of: x)
      #expect((G - Self.byDefinition(x, rule)).norm(.maximum) < 1e-15)
      #expect(G.isSymmetric())
      if denominator != .bothMove {
        #expect(try SymmetricEigen(G).values[0] > -1e-14)
      }
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Equals skfolio's on stock returns to 13 digits`() throws {
    // skfolio 1.12.2: GerberCovariance(psd_variant=…, nearest=False) of the last 250 log returns;
    // elements (0, 0), (0, 1), (19, 18) and the sum of all.
    let published: [(GerberStatistic.Denominator, [Double])] = [
      (
        .eitherMoves,
        [
          0.0005004640867247101, 0.0004606097367860205, 4.747600290511571e-05, 0.046628213602881455,
        ]
      ),
      (
        .geometricMean,
        [0.0005004640867247101, 0.0005768979186527683, 6.66686484307215e-05, 0.05998602068382348]
      ),
    ]
    let x = try CompressedData.history("data/skfolio_sp500_dataset.csv.gz").last(250).returns
    for (denominator, expected) in published {
      let Σ = try GerberStatistic(denominator: denominator).covariance(of: x)
      let found = [Σ[0, 0], Σ[0, 1], Σ[19, 18], Σ.elements.reduce(0, +)]
      for (a, b) in zip(found, expected) { #expect(isClose(a, b, relative: 1e-13)) }
    }
  }

  @Test func `A constant asset, NaN and one observation are named`() {
    let rule = GerberStatistic()
    #expect(throws: EstimationError.constantSeries(index: 1)) {
      try rule.covariance(of: [[1, 0.1], [2, 0.1], [4, 0.1]])
    }
    #expect(throws: EstimationError.notFinite(row: 0, column: 1)) {
      try rule.covariance(of: [[1, .nan], [2, 0.1]])
    }
    #expect(throws: EstimationError.tooFewObservations(found: 1, needed: 2)) {
      try rule.covariance(of: [[1, 2]])
    }
  }
}
