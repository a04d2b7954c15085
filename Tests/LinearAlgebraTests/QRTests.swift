import LinearAlgebra
import TestSupport
import Testing

@Suite("QR", .oneBLASThread)
struct QRTests {
  static let shapes = [
    (0, 0), (3, 0), (0, 3), (1, 1), (1, 4), (4, 1), (5, 3), (3, 5), (80, 33), (33, 80), (70, 70),
  ]

  @Test("QR reconstructs, Q has orthonormal columns, R is triangular", arguments: shapes)
  func reconstructs(m: Int, n: Int) throws {
    let a = Fixture.random(m, n, seed: 1)
    for qr in [try QR(a), try QR(Fixture.embedded(a))] {
      let (q, r) = (qr.orthogonalFactor, qr.upperFactor)
      let slack = 1e-14 * Double(max(m, n) + 1)
      #expect(Fixture.distance(Fixture.naiveProduct(q, r), a) <= slack)
      #expect(Fixture.distance(q.gram(), .identity(min(m, n))) <= slack)
      for j in 0..<r.columns { for i in (j + 1)..<max(j + 1, r.rows) { #expect(r[i, j] == 0) } }
      #expect(qr.rank() == min(m, n))
    }
  }

  @Test("The least-squares line through (1, 6), (2, 5), (3, 7), (4, 10) is 3.5 + 1.4 t")
  func line() throws {
    let a: Matrix = [[1, 1], [1, 2], [1, 3], [1, 4]]
    let x = try QR(a).solve([6, 5, 7, 10])
    #expect(Fixture.distance(x, [3.5, 1.4]) <= 1e-14)
  }

  @Test(
    "The residual is orthogonal to the columns", arguments: [(1, 1), (9, 4), (120, 30), (50, 50)])
  func normalEquations(m: Int, n: Int) throws {
    let a = Fixture.random(m, n, seed: 2)
    let b = Fixture.random(m, 3, seed: 3)
    let x = try QR(a).solve(b)
    #expect(x.rows == n && x.columns == 3)
    let residual = b - a * x
    let correlation = Matrix.product(a, residual, transposing: .left)
    #expect(correlation.norm(.maximum) <= 1e-12 * Double(m))
    #expect(Fixture.distance(x.column(1), try QR(a).solve(b.column(1))) <= 1e-11)
  }

  @Test("Dependent columns and too few rows are named")
  func deficient() throws {
    var a = Fixture.random(8, 3, seed: 4)
    for i in 0..<8 { a[i, 2] = 2 * a[i, 0] - a[i, 1] }
    let qr = try QR(a)
    #expect(qr.rank() == 2)
    #expect(throws: FactorizationError.rankDeficient(rank: 2, columns: 3)) {
      try qr.solve([Double](repeating: 1, count: 8))
    }
    #expect(throws: FactorizationError.rankDeficient(rank: 0, columns: 2)) {
      try QR(Matrix(rows: 3, columns: 2)).solve([1, 2, 3])
    }
    #expect(throws: FactorizationError.underdetermined(rows: 2, columns: 3)) {
      try QR(Fixture.random(2, 3, seed: 5)).solve([1, 2])
    }
    #expect(try QR(Matrix(rows: 3, columns: 0)).solve([1, 2, 3]) == [])
  }

  @Test("NaN is named")
  func notFinite() {
    var a = Fixture.random(9, 4, seed: 6)
    a[2, 3] = .nan
    #expect(throws: FactorizationError.notFinite(row: 2, column: 3)) { try QR(a) }
  }
}
