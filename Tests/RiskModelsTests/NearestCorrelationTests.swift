import Foundation
import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct NearestCorrelationTests {
  static let higham: Matrix = [[1, 1, 0], [1, 1, 1], [0, 1, 1]]

  /// Higham's alternating projections with Dykstra's correction, IMA Journal of Numerical Analysis
  /// 22 (2002), algorithm 3.3: slow and simple, for comparison.
  static func alternatingProjections(_ G: Matrix, iterations: Int) throws -> Matrix {
    var Y = G
    var correction = Matrix(rows: G.rows, columns: G.rows)
    for _ in 0..<iterations {
      let R = Y - correction
      let X = try SymmetricEigen(R).matrix { max($0, 0) }
      correction = X - R
      Y = X
      for i in 0..<G.rows { Y[i, i] = 1 }
    }
    return Y
  }

  /// A symmetric matrix of unit diagonal with elements in (−1, 1), far from semidefinite.
  static func pseudoCorrelation(_ n: Int, seed: UInt64) -> Matrix {
    var random = TestRandom(seed: seed)
    var G = Matrix.identity(n)
    for j in 0..<n {
      for i in (j + 1)..<max(n, j + 1) {
        G[i, j] = random.signedUnit()
        G[j, i] = G[i, j]
      }
    }
    return G
  }

  @Test func `Higham's example of 2002 has the exact solution 4a³ − a − 1 = 0`() throws {
    let result = try NearestCorrelation().nearest(to: Self.higham)
    var a = 0.76
    for _ in 0..<20 { a -= (4 * a * a * a - a - 1) / (12 * a * a - 1) }
    let b = 2 * a * a - 1
    let exact: Matrix = [[1, a, b], [a, 1, a], [b, a, 1]]
    #expect(result.status == .converged)
    #expect((result.correlation - exact).norm(.maximum) < 1e-11)
    #expect(isClose(result.distance, 0.527790463581827, absolute: 1e-12))
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Nearer than the published answer of R package sfsmisc`() throws {
    let file = try ReferenceData.json("vectors/risk/nearest_corr_published.json")
    func matrix(_ name: String) throws -> Matrix {
      let lower = try #require(file[name] as? [Double])
      var G = Matrix.identity(6)
      var k = 0
      for j in 0..<6 {
        for i in (j + 1)..<6 {
          (G[i, j], G[j, i]) = (lower[k], lower[k])
          k += 1
        }
      }
      return G
    }
    let result = try NearestCorrelation().nearest(to: matrix("pr6_lower_input"))
    #expect(result.status == .converged)
    // `nearcor` of that package applies Dykstra's correction after the projection: its answer is a
    // correlation matrix, but not the nearest. Matrix::nearPD, tested below, finds the nearest.
    let published = try matrix("sfsmisc_pr6_lower")
    let distance = (published - (try matrix("pr6_lower_input"))).norm(.frobenius)
    #expect((try SymmetricEigen(published).values.first ?? -1) > 0)
    #expect(isClose(distance, 0.0743805248, absolute: 1e-9))
    #expect(isClose(result.distance, 0.0742932210670309, absolute: 1e-12))
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `The answers of R's nearPD to its 8 digits`() throws {
    let rows = try ReferenceData.rows("vectors/risk/nearest_corr_R_Matrix_nearPD.csv")
    for (name, entries) in Dictionary(grouping: rows, by: { $0["name"] ?? "" }) {
      let n = Int(entries[0]["n"] ?? "") ?? 0
      var (G, expected) = (Matrix(rows: n, columns: n), Matrix(rows: n, columns: n))
      for entry in entries {
        let i = (Int(entry["i"] ?? "") ?? 0) - 1
        let j = (Int(entry["j"] ?? "") ?? 0) - 1
        for (a, b) in [(i, j), (j, i)] {
          G[a, b] = Double(entry["input"] ?? "") ?? .nan
          expected[a, b] = Double(entry["nearest"] ?? "") ?? .nan
        }
      }
      let result = try NearestCorrelation().nearest(to: G)
      let distance = Double(entries[0]["normF"] ?? "") ?? .nan
      #expect(result.status == .converged, "\(name)")
      #expect((result.correlation - expected).norm(.maximum) < 1e-8, "\(name)")
      #expect(isClose(result.distance, distance, absolute: 1e-8), "\(name)")
    }
  }

  @Test func `Agrees with Higham's alternating projections`() throws {
    for (n, seed) in [(4, 1), (8, 2), (12, 3)] as [(Int, UInt64)] {
      let G = Self.pseudoCorrelation(n, seed: seed)
      let newton = try NearestCorrelation().nearest(to: G)
      let projections = try Self.alternatingProjections(G, iterations: 4000)
      #expect((newton.correlation - projections).norm(.maximum) < 1e-10)
    }
  }

  @Test(arguments: [0, 1e-8, 0.05, 0.5])
  func `Large matrices converge in few steps to the conditions of optimality`(ε: Double) throws {
    let G = Self.pseudoCorrelation(120, seed: 7)
    let result = try NearestCorrelation(smallestEigenvalue: ε).nearest(to: G)
    #expect(result.status == .converged)
    #expect(result.iterations <= 15)
    let X = result.correlation
    #expect(X.isSymmetric())
    #expect(X.diagonal.allSatisfy { $0 == 1 })
    let eigen = try SymmetricEigen(X)
    #expect((eigen.values.first ?? -1) > ε - 1e-12)
    if ε > 0 { #expect(throws: Never.self) { try Cholesky(X) } }
    // Optimal where X − G is diagonal plus a semidefinite matrix that is orthogonal to X − εI:
    // (X − G + diag y)(X − εI) = 0 for some y; its diagonal gives y.
    var Z = X
    for i in 0..<120 { Z[i, i] -= ε }
    let product = Matrix.product(X - G, Z)
    let y = (0..<120).map { -product[$0, $0] / Z[$0, $0] }
    var S = X - G
    for i in 0..<120 { S[i, i] += y[i] }
    #expect(Matrix.product(S, Z).norm(.maximum) < 1e-8)
    #expect((try SymmetricEigen(S).values.first ?? -1) > -1e-8)
  }

  @Test func `A correlation matrix is its own nearest`() throws {
    let G = Matrix(rows: 20, columns: 20) { pow(0.8, Double(abs($0 - $1))) }
    let result = try NearestCorrelation().nearest(to: G)
    #expect((result.correlation - G).norm(.maximum) < 1e-14)
    #expect(result.distance < 1e-13)
    let ones = Matrix(rows: 5, columns: 5, repeating: 1)
    #expect((try NearestCorrelation().nearest(to: ones).correlation - ones).norm(.maximum) < 1e-11)
  }

  @Test func `The diagonal of the input does not matter`() throws {
    var G = Self.higham
    for i in 0..<3 { G[i, i] = Double(i) - 5 }
    let a = try NearestCorrelation().nearest(to: G).correlation
    let b = try NearestCorrelation().nearest(to: Self.higham).correlation
    #expect(a == b)
  }

  @Test func `Edge cases and bad input`() throws {
    #expect(try NearestCorrelation().nearest(to: [[3]]).correlation == [[1]])
    #expect(try NearestCorrelation().nearest(to: Matrix(rows: 0, columns: 0)).status == .converged)
    let limited = NearestCorrelation(iterationLimit: 1)
    #expect(
      try limited.nearest(to: Self.pseudoCorrelation(12, seed: 3)).status == .iterationLimit)
    #expect(throws: EstimationError.notFinite(row: 1, column: 0)) {
      try NearestCorrelation().nearest(to: [[1, 0], [.nan, 1]])
    }
    #expect(throws: EstimationError.notSymmetric) {
      try NearestCorrelation().nearest(to: [[1, 0], [0.5, 1]])
    }
    #expect(throws: EstimationError.notSquare(rows: 1, columns: 2)) {
      try NearestCorrelation().nearest(to: [[1, 0]])
    }
  }
}
