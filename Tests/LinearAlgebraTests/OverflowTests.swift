import LinearAlgebra
import Testing

@Suite("Elements near the ends of the range", .oneBLASThread)
struct OverflowTests {
  @Test("Finite elements whose factors overflow are reported, not passed on as infinity")
  func overflow() {
    #expect(throws: FactorizationError.overflow(pivot: 1)) {
      try BunchKaufman([[1e308, 1e308], [1e308, -1e308]] as Matrix)
    }
    #expect(throws: FactorizationError.overflow(pivot: 0)) {
      try QR([[1.5e308], [1.5e308]] as Matrix)
    }
    #expect(throws: FactorizationError.overflow(pivot: 0)) {
      try SingularValues([[1.5e308, 1.5e308]] as Matrix)
    }
    #expect(throws: FactorizationError.overflow(pivot: 1)) {
      try SymmetricEigen(Matrix(rows: 2, columns: 2, repeating: 1.5e308))
    }
  }

  @Test(
    "Tiny and huge well-conditioned matrices factor and solve",
    arguments: [1e-300, 1e-150, 1e150, 1e300])
  func scales(scale: Double) throws {
    let a = (scale / 20) * Fixture.positiveDefinite(20, seed: 1)
    let x = Fixture.vector(20, seed: 2)
    let b = a * x
    #expect(Fixture.distance(try Cholesky(a).solve(b), x) <= 1e-13)
    #expect(Fixture.distance(try BunchKaufman(a).solve(b), x) <= 1e-13)
    #expect(Fixture.distance(try QR(a).solve(b), x) <= 1e-12)
    #expect(Fixture.distance(try SingularValues(a).solve(b), x) <= 1e-12)
    #expect(try PivotedCholesky(a).rank == 20)
    #expect(Fixture.distance(try PivotedCholesky(a).solve(b), x) <= 1e-13)
  }

  @Test("Every error says what is wrong")
  func descriptions() {
    let errors: [(FactorizationError, String)] = [
      (.notPositiveDefinite(pivot: 3), "pivot 3"), (.notPositiveSemidefinite(rank: 2), "2 pivots"),
      (.singular(pivot: 1), "pivot 1 is zero"), (.rankDeficient(rank: 1, columns: 2), "1 of 2"),
      (.underdetermined(rows: 2, columns: 3), "2 equations"),
      (.notFinite(row: 4, column: 5), "(4, 5)"),
      (.notConverged(remaining: 6), "6 values"), (.overflow(pivot: 7), "7"),
      (.notSquare(rows: 8, columns: 9), "8 by 9"),
    ]
    for (error, words) in errors { #expect("\(error)".contains(words)) }
  }
}
