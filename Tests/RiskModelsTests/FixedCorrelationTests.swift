import Foundation
import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct FixedCorrelationTests {
  /// Fixed entries of a correlation matrix that exists.
  static func entries(_ n: Int, count: Int, seed: UInt64) throws -> [FixedCorrelation] {
    var random = TestRandom(seed: seed)
    let C = try CorrelationStressTests.correlation(n, seed: seed)
    var pairs = (0..<n).flatMap { j in ((j + 1)..<max(n, j + 1)).map { ($0, j) } }
    pairs.shuffle(using: &random)
    return pairs.prefix(count).map { FixedCorrelation($0.0, $0.1, C[$0.0, $0.1]) }
  }

  /// Alternating projections with Dykstra's correction: Higham and Strabić, "Anderson acceleration of
  /// the alternating projections method", Numerical Algorithms 72 (2016), with fixed elements.
  static func alternatingProjections(
    _ G: Matrix, _ entries: [FixedCorrelation], least ε: Double, iterations: Int
  ) throws -> Matrix {
    var Y = G
    var correction = Matrix(rows: G.rows, columns: G.rows)
    for _ in 0..<iterations {
      let R = Y - correction
      let X = try SymmetricEigen(R).matrix { max($0, ε) }
      correction = X - R
      Y = X
      for i in 0..<G.rows { Y[i, i] = 1 }
      for e in entries {
        Y[e.first, e.second] = e.value
        Y[e.second, e.first] = e.value
      }
    }
    return Y
  }

  /// The conditions of optimality: X − G is a combination of the fixed elements plus a semidefinite S
  /// with S (X − εI) = 0.
  static func expectOptimal(
    _ X: Matrix, _ G: Matrix, _ entries: [FixedCorrelation], least ε: Double, to tolerance: Double
  ) throws {
    let n = X.rows
    #expect(X.isSymmetric())
    #expect(X.diagonal.allSatisfy { $0 == 1 })
    for e in entries { #expect(X[e.first, e.second] == e.value) }
    var Z = X
    for i in 0..<n { Z[i, i] -= ε }
    let eigen = try SymmetricEigen(Z)
    #expect(eigen.values[0] > -1e-10)
    // X − G lies, but for the fixed elements, where the null vectors N of Z are: with N the columns
    // of vanishing eigenvalue, the multipliers make P (X − G − 𝒜*(y)) = 0 for the projection P on the
    // rest, which least squares decide.
    let rest = eigen.values.count { $0 > 1e-7 }
    let R = Matrix(eigen.vectors[rows: 0..<n, columns: (n - rest)..<n])
    let D = X - G
    let places = (0..<n).map { ($0, $0) } + entries.map { ($0.first, $0.second) }
    let left = Matrix.product(R, D, transposing: .left)
    let system = Matrix(rows: rest * n, columns: places.count) { row, k in
      let (a, j) = (row % rest, row / rest)
      let (p, q) = places[k]
      return p == q
        ? (j == p ? R[p, a] : 0) : 0.5 * ((j == q ? R[p, a] : 0) + (j == p ? R[q, a] : 0))
    }
    let y = try QR(system).solve(left.elements)
    var S = D
    for (k, place) in places.enumerated() {
      if place.0 == place.1 {
        S[place.0, place.0] -= y[k]
      } else {
        S[place.0, place.1] -= 0.5 * y[k]
        S[place.1, place.0] -= 0.5 * y[k]
      }
    }
    #expect(Matrix.product(S, Z).norm(.maximum) < tolerance)
    #expect(try SymmetricEigen(S).values[0] > -tolerance)
  }

  @Test(arguments: [0, 1e-3, 0.05])
  func `Agrees with alternating projections`(ε: Double) throws {
    for (n, count, seed) in [(5, 2, 1), (8, 6, 2), (10, 20, 3)] as [(Int, Int, UInt64)] {
      let G = NearestCorrelationTests.pseudoCorrelation(n, seed: seed)
      let entries = try Self.entries(n, count: count, seed: seed + 10)
      let result = try NearestCorrelation(smallestEigenvalue: ε).nearest(to: G, fixing: entries)
      #expect(result.status == .converged)
      let slow = try Self.alternatingProjections(G, entries, least: ε, iterations: 20_000)
      #expect((result.correlation - slow).norm(.maximum) < 1e-9)
    }
  }

  @Test(arguments: [(40, 5), (40, 100), (60, 30)], [0, 1e-4, 0.05])
  func `Larger ones meet the conditions of optimality`(size: (Int, Int), ε: Double) throws {
    let (n, count) = size
    let G = NearestCorrelationTests.pseudoCorrelation(n, seed: 4)
    let entries = try Self.entries(n, count: count, seed: 5)
    let result = try NearestCorrelation(smallestEigenvalue: ε).nearest(to: G, fixing: entries)
    #expect(result.status == .converged)
    #expect(result.residual <= 1e-12)
    try Self.expectOptimal(result.correlation, G, entries, least: ε, to: 1e-8)
  }

  @Test func `All entries fixed give the given matrix back`() throws {
    let C = try CorrelationStressTests.correlation(6, seed: 8)
    let all = (0..<6).flatMap { j in (0..<j).map { FixedCorrelation($0, j, C[$0, j]) } }
    let result = try NearestCorrelation().nearest(
      to: NearestCorrelationTests.pseudoCorrelation(6, seed: 1), fixing: all)
    #expect((result.correlation - C).norm(.maximum) < 1e-14)
  }

  @Test func `Five hundred to 1e-10`() throws {
    let G = NearestCorrelationTests.pseudoCorrelation(500, seed: 9)
    let result = try NearestCorrelation(tolerance: 1e-10).nearest(to: G)
    #expect(result.status == .converged)
    #expect(result.residual < 1e-10)
    #expect(result.iterations <= 12)
    #expect(result.correlation.diagonal.allSatisfy { $0 == 1 })
    #expect(try SymmetricEigen(result.correlation).values[0] > -1e-10)
  }

  @Test func `Entries that contradict each other are proved infeasible`() throws {
    // ρ₀₁ = ρ₀₂ = 0.9 force ρ₁₂ ≥ 2 · 0.81 − 1 = 0.62.
    let contradiction = [
      FixedCorrelation(0, 1, 0.9), FixedCorrelation(0, 2, 0.9), FixedCorrelation(1, 2, 0.5),
    ]
    for n in [3, 20] {
      do {
        _ = try NearestCorrelation().nearest(to: .identity(n), fixing: contradiction)
        Issue.record("not refused")
      } catch {
        guard case .infeasibleFixedEntries(let violation) = error else {
          Issue.record("\(error)")
          return
        }
        #expect(violation > 0)
        #expect("\(error)".contains("fixed entries"))
      }
    }
    // Feasible by a little.
    let close = [
      FixedCorrelation(0, 1, 0.9), FixedCorrelation(0, 2, 0.9), FixedCorrelation(1, 2, 0.63),
    ]
    let result = try NearestCorrelation().nearest(to: .identity(6), fixing: close)
    #expect(result.status == .converged)
    #expect(result.correlation[2, 1] == 0.63)
  }

  @Test func `Entries that only singular matrices have are met to the residual`() throws {
    // ρ₀₁ = 1 makes rows 0 and 1 equal; ρ₂₃ = −1 rows 2 and 3 opposite.
    let entries = [FixedCorrelation(0, 1, 1), FixedCorrelation(2, 3, -1)]
    let G = NearestCorrelationTests.pseudoCorrelation(8, seed: 2)
    let result = try NearestCorrelation().nearest(to: G, fixing: entries)
    let X = result.correlation
    #expect(X[0, 1] == 1 && X[2, 3] == -1)
    let error = 10 * result.residual.squareRoot() + 1e-12
    for j in 4..<8 {
      #expect(abs(X[0, j] - X[1, j]) < error && abs(X[2, j] + X[3, j]) < error)
    }
  }

  @Test func `Entries that alone are impossible are named`() {
    for (i, j, value) in [(0, 0, 0.5), (0, 3, 0.5), (-1, 1, 0.5), (0, 1, 1.01), (0, 1, .nan)] {
      #expect(throws: EstimationError.self) {
        try NearestCorrelation().nearest(
          to: .identity(3), fixing: [FixedCorrelation(i, j, value)])
      }
    }
    #expect(throws: EstimationError.invalidFixedEntry(first: 1, second: 0, value: 0.3)) {
      try NearestCorrelation().nearest(
        to: .identity(3), fixing: [FixedCorrelation(0, 1, 0.2), FixedCorrelation(1, 0, 0.3)])
    }
    #expect(throws: EstimationError.invalidFixedEntry(first: 0, second: 1, value: 0.95)) {
      try NearestCorrelation(smallestEigenvalue: 0.1).nearest(
        to: .identity(3), fixing: [FixedCorrelation(0, 1, 0.95)])
    }
  }
}
