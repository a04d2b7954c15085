import LinearAlgebra
import TestSupport
import Testing

@Suite("Pivoted Cholesky", .oneBLASThread)
struct PivotedCholeskyTests {
  @Test(
    "Semidefinite matrices: the rank is found, the factor reconstructs, consistent systems solve",
    arguments: [(0, 0), (1, 0), (1, 1), (2, 1), (5, 3), (40, 7), (40, 39), (40, 40), (150, 20)])
  func semidefinite(n: Int, rank: Int) throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let a = Fixture.semidefinite(n, rank: rank, seed: seed)
      let slack = 1e-14 * Double(n + 1) * max(1, a.norm(.maximum))
      for pivoted in [try PivotedCholesky(a), try PivotedCholesky(Fixture.embedded(a))] {
        #expect(pivoted.rank == rank)
        let f = pivoted.factor
        #expect(f.rows == n && f.columns == rank)
        #expect(Fixture.distance(Fixture.naiveProduct(f, f.transposed), a) <= slack)
        // P L Lᵀ Pᵀ: row k of L belongs to row permutation[k].
        let l = pivoted.pivotedFactor
        #expect(pivoted.permutation.sorted() == Array(0..<n))
        for (k, row) in pivoted.permutation.enumerated() { #expect(l.row(k) == f.row(row)) }
        for j in 0..<rank { for i in 0..<j { #expect(l[i, j] == 0) } }

        let b = a * Fixture.vector(n, seed: seed + 100)
        let x = pivoted.solve(b)
        let size = 1 + maximumMagnitude(x) * a.norm(.maximum)
        #expect(Fixture.distance(a * x, b) <= 1e-13 * Double(n + 1) * size)
        #expect(x.count { $0 != 0 } <= rank)
      }
    }
  }

  @Test("A matrix of ones has rank one and the factor of ones")
  func ones() throws {
    let pivoted = try PivotedCholesky(Matrix(rows: 6, columns: 6, repeating: 1))
    #expect(pivoted.rank == 1)
    #expect(pivoted.factor == Matrix(rows: 6, columns: 1, repeating: 1))
  }

  @Test("The largest diagonal element is the first pivot")
  func pivotOrder() throws {
    let pivoted = try PivotedCholesky(Matrix(diagonal: [1, 9, 4]))
    #expect(pivoted.permutation == [1, 2, 0])
    #expect(pivoted.pivotedFactor.diagonal == [3, 2, 1])
  }

  @Test("A zero matrix has rank zero")
  func zero() throws {
    let pivoted = try PivotedCholesky(Matrix(rows: 3, columns: 3))
    #expect(pivoted.rank == 0 && pivoted.permutation == [0, 1, 2])
    #expect(pivoted.solve([0, 0, 0]) == [0, 0, 0])
  }

  @Test("A tolerance drops the pivots below it")
  func tolerance() throws {
    let a = Matrix(diagonal: [1, 1e-3, 1e-6])
    #expect(try PivotedCholesky(a).rank == 3)
    #expect(try PivotedCholesky(a, tolerance: 1e-4).rank == 2)
    #expect(try PivotedCholesky(a, tolerance: 2).rank == 0)
  }

  @Test("Indefinite matrices are refused, also those with a zero diagonal")
  func indefinite() {
    #expect(throws: FactorizationError.notPositiveSemidefinite(rank: 0)) {
      try PivotedCholesky([[0, 1], [1, 0]] as Matrix)
    }
    #expect(throws: FactorizationError.notPositiveSemidefinite(rank: 1)) {
      try PivotedCholesky([[1, 2], [2, 1]] as Matrix)
    }
    #expect(throws: FactorizationError.notPositiveSemidefinite(rank: 0)) {
      try PivotedCholesky(Matrix(diagonal: [-1, -2]))
    }
    let slightly = Fixture.semidefinite(30, rank: 10, seed: 1) - 1e-8 * Matrix.identity(30)
    #expect(throws: FactorizationError.self) { try PivotedCholesky(slightly) }
  }

  @Test("Bad input is named")
  func badInput() {
    #expect(throws: FactorizationError.notSquare(rows: 1, columns: 2)) {
      try PivotedCholesky(Matrix(rows: 1, columns: 2))
    }
    var a = Fixture.positiveDefinite(9, seed: 1)
    a[5, 2] = .nan
    #expect(throws: FactorizationError.notFinite(row: 5, column: 2)) { try PivotedCholesky(a) }
  }
}
