import LinearAlgebra
import TestSupport
import Testing

@Suite("Bunch–Kaufman", .oneBLASThread)
struct BunchKaufmanTests {
  @Test(
    "Random indefinite systems solve, and the inertia is that of the eigenvalues",
    arguments: [0, 1, 2, 3, 20, 65, 150])
  func indefinite(n: Int) throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let a = Fixture.symmetric(n, seed: seed)
      let x = Fixture.vector(n, seed: seed + 50)
      let b = a * x
      let values = try SymmetricEigen(a).values
      for factorization in [try BunchKaufman(a), try BunchKaufman(Fixture.embedded(a))] {
        #expect(factorization.inertia.positive == values.count { $0 > 0 })
        #expect(factorization.inertia.negative == values.count { $0 < 0 })
        #expect(factorization.inertia.zero == 0 && factorization.singularPivot == nil)
        // Backward stable: a small residual, whatever the condition.
        let y = try factorization.solve(b)
        let size = a.norm(.infinity) * max(1, maximumMagnitude(y))
        #expect(Fixture.distance(a * y, b) <= 1e-14 * size * Double(n + 1))
        let many = try factorization.solve(Matrix(rows: n, columns: 2) { i, j in b[i] * Double(j) })
        #expect(Fixture.distance(many.column(1), y) <= 1e-12 * max(1, maximumMagnitude(y)))
      }
    }
  }

  @Test("The planted inertia of DCᵀ-congruent matrices is found (Sylvester)")
  func plantedInertia() throws {
    let n = 30
    let c = Fixture.random(n, n, seed: 3)
    for negative in [0, 1, 11, 30] {
      let d = Matrix(diagonal: (0..<n).map { $0 < negative ? -1 : 1 })
      let a = Fixture.naiveProduct(c, Fixture.naiveProduct(d, c.transposed)).symmetrized()
      let inertia = try BunchKaufman(a).inertia
      #expect(inertia.negative == negative && inertia.positive == n - negative)
    }
  }

  @Test("Small matrices by hand: determinant and inertia")
  func small() throws {
    let swap = try BunchKaufman([[0, 1], [1, 0]] as Matrix)
    #expect(swap.inertia == .init(positive: 1, negative: 1, zero: 0))
    #expect(swap.determinant == -1)
    #expect(try swap.solve([3, 5]) == [5, 3])
    let one = try BunchKaufman([[-2]] as Matrix)
    #expect(one.inertia == .init(positive: 0, negative: 1, zero: 0) && one.determinant == -2)
    #expect(try BunchKaufman(Matrix(rows: 0, columns: 0)).determinant == 1)
    // Cofactors: 1(0·3 − 16) − 2(6 − 20) + 5(8 − 0) = 52.
    let three = try BunchKaufman([[1, 2, 5], [2, 0, 4], [5, 4, 3]] as Matrix)
    #expect(isClose(three.determinant, 52, relative: 1e-14))
  }

  @Test("The determinant of the second-difference matrix is n + 1", arguments: [1, 10, 300])
  func secondDifference(n: Int) throws {
    let factorization = try BunchKaufman(Fixture.secondDifference(n))
    #expect(isClose(factorization.determinant, Double(n + 1), relative: 1e-12))
    #expect(factorization.inertia == .init(positive: n, negative: 0, zero: 0))
  }

  @Test("A singular matrix has an inertia, and solving it names the pivot")
  func singular() throws {
    let zero = try BunchKaufman(Matrix(rows: 3, columns: 3))
    #expect(zero.inertia == .init(positive: 0, negative: 0, zero: 3) && zero.determinant == 0)
    #expect(throws: FactorizationError.singular(pivot: 0)) { try zero.solve([1, 2, 3]) }
    let ones = try BunchKaufman(Matrix(rows: 2, columns: 2, repeating: 1))
    #expect(ones.inertia == .init(positive: 1, negative: 0, zero: 1))
    #expect(throws: FactorizationError.singular(pivot: 1)) { try ones.solve([1, 2]) }
  }

  @Test("Saddle-point matrices solve: [[P, Aᵀ], [A, 0]]")
  func saddlePoint() throws {
    let (n, m) = (25, 10)
    let p = Fixture.positiveDefinite(n, seed: 4)
    let c = Fixture.random(m, n, seed: 5)
    var k = Matrix(rows: n + m, columns: n + m)
    k[rows: 0..<n, columns: 0..<n] = p.view
    k[rows: n..., columns: 0..<n] = c.view
    k[rows: 0..<n, columns: n...] = c.transposed.view
    let factorization = try BunchKaufman(k)
    #expect(factorization.inertia == .init(positive: n, negative: m, zero: 0))
    let x = Fixture.vector(n + m, seed: 6)
    #expect(Fixture.distance(try factorization.solve(k * x), x) <= 1e-12)
  }

  @Test("Refactoring gives the results of a fresh factorization, bit for bit")
  func refactor() throws {
    var reused = try BunchKaufman(Fixture.symmetric(40, seed: 7))
    for (n, seed) in [(40, 8), (40, 9), (7, 10), (0, 11), (90, 12)] as [(Int, UInt64)] {
      let a = Fixture.symmetric(n, seed: seed)
      let b = Fixture.vector(n, seed: 13)
      try reused.refactor(a)
      #expect(try reused.solve(b) == BunchKaufman(a).solve(b))
    }
    #expect(throws: FactorizationError.notSquare(rows: 2, columns: 1)) {
      try reused.refactor(Matrix(rows: 2, columns: 1))
    }
    #expect(reused.size == 90)
  }

  @Test("NaN and infinity in the lower triangle are named; the upper is not read")
  func notFinite() throws {
    let clean = Fixture.symmetric(30, seed: 14)
    for bad in [Double.nan, .infinity] {
      for (row, column) in [(0, 0), (29, 0), (29, 29), (17, 9)] {
        var a = clean
        a[row, column] = bad
        #expect(throws: FactorizationError.notFinite(row: row, column: column)) {
          try BunchKaufman(a)
        }
      }
    }
    var lower = clean
    for j in 0..<30 { for i in 0..<j { lower[i, j] = .nan } }
    let b = clean.column(0)
    #expect(try BunchKaufman(lower).solve(b) == BunchKaufman(clean).solve(b))
  }
}
