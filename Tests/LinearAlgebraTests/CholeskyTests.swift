import LinearAlgebra
import TestSupport
import Testing

@Suite("Cholesky", .oneBLASThread)
struct CholeskyTests {
  static let sizes = [0, 1, 2, 3, 17, 50, 129]

  @Test(
    "The factor reconstructs and solves, from matrix, block and consumed matrix", arguments: sizes)
  func reconstructs(n: Int) throws {
    let a = Fixture.positiveDefinite(n, seed: 1)
    let x = Fixture.vector(n, seed: 2)
    let b = a * x
    let factorizations = [
      try Cholesky(a), try Cholesky(Fixture.embedded(a)), try Cholesky(consuming: a),
    ]
    for cholesky in factorizations {
      let l = cholesky.factor
      #expect(
        Fixture.distance(Matrix.product(l, l, transposing: .right), a) <= 1e-14 * Double(n + 1))
      for j in 0..<n { for i in 0..<j { #expect(l[i, j] == 0) } }
      #expect(Fixture.distance(cholesky.solve(b), x) <= 1e-13)
      let many = cholesky.solve(Matrix(rows: n, columns: 3) { i, j in b[i] * Double(j) })
      #expect(Fixture.distance(many.columns == 3 ? many.column(2) : [], x.map { 2 * $0 }) <= 1e-13)
      #expect(Fixture.distance(cholesky.inverse * a, .identity(n)) <= 1e-12)
      #expect(cholesky.inverse.isSymmetric())
    }
  }

  @Test("An integer example by hand: [[4, 12, −16], [12, 37, −43], [−16, −43, 98]]")
  func integerExample() throws {
    let cholesky = try Cholesky([[4, 12, -16], [12, 37, -43], [-16, -43, 98]] as Matrix)
    #expect(cholesky.factor == [[2, 0, 0], [6, 1, 0], [-8, 5, 3]])
    #expect(cholesky.determinant == 36)
    var b = [2.0, 7, 3]
    cholesky.solveFactor(inPlace: &b)
    #expect(b == [1, 1, 2])
  }

  @Test("The determinant of the second-difference matrix is n + 1", arguments: [0, 1, 5, 50, 1000])
  func secondDifference(n: Int) throws {
    let cholesky = try Cholesky(Fixture.secondDifference(n))
    #expect(isClose(cholesky.determinant, Double(n + 1), relative: 1e-12))
    #expect(isClose(cholesky.logDeterminant, logarithm(Double(n + 1)), absolute: 1e-11))
  }

  @Test("Determinants of Hilbert matrices: 1/12, 1/2160, 1/6048000, 1/266716800000")
  func hilbert() throws {
    // OEIS A005249, the reciprocals of the determinants.
    for (n, reciprocal) in [(1, 1.0), (2, 12), (3, 2160), (4, 6_048_000), (5, 266_716_800_000)] {
      let determinant = try Cholesky(Fixture.hilbert(n)).determinant
      #expect(isClose(determinant * reciprocal, 1, relative: 1e-11))
    }
  }

  @Test("The log-determinant survives where the determinant overflows and underflows")
  func extremeDeterminant() throws {
    let n = 400
    for (scale, limit) in [(1e3, Double.infinity), (1e-3, 0)] {
      let cholesky = try Cholesky(scale * Matrix.identity(n))
      #expect(cholesky.determinant == limit)
      #expect(isClose(cholesky.logDeterminant, Double(n) * logarithm(scale), relative: 1e-13))
    }
  }

  @Test("The pivot that fails is named")
  func indefinite() {
    var a = Fixture.positiveDefinite(60, seed: 3)
    for pivot in [0, 1, 31, 59] {
      let old = a[pivot, pivot]
      a[pivot, pivot] = -1
      #expect(throws: FactorizationError.notPositiveDefinite(pivot: pivot)) { try Cholesky(a) }
      #expect(throws: FactorizationError.notPositiveDefinite(pivot: pivot)) {
        try Cholesky(consuming: a)
      }
      a[pivot, pivot] = old
    }
    #expect(throws: FactorizationError.notPositiveDefinite(pivot: 0)) {
      try Cholesky(Matrix(rows: 2, columns: 2))
    }
  }

  @Test("A matrix that is not square is refused")
  func notSquare() {
    #expect(throws: FactorizationError.notSquare(rows: 2, columns: 3)) {
      try Cholesky(Matrix(rows: 2, columns: 3))
    }
    #expect(throws: FactorizationError.notSquare(rows: 0, columns: 1)) {
      try Cholesky(consuming: Matrix(rows: 0, columns: 1))
    }
  }

  @Test("NaN and infinity anywhere in the lower triangle are named", arguments: [1, 2, 40, 150])
  func notFinite(n: Int) {
    let clean = Fixture.positiveDefinite(n, seed: 4)
    for bad in [Double.nan, .infinity, -.infinity] {
      for (row, column) in [(0, 0), (n - 1, 0), (n - 1, n - 1), (n / 2, n / 3), (n - 1, n / 2)] {
        var a = clean
        a[row, column] = bad
        let expected = FactorizationError.notFinite(row: row, column: column)
        #expect(throws: expected) { try Cholesky(a) }
        #expect(throws: expected) { try Cholesky(consuming: a) }
      }
    }
  }

  @Test("The upper triangle is not read")
  func lowerOnly() throws {
    let a = Fixture.positiveDefinite(30, seed: 5)
    var lower = a
    for j in 0..<30 { for i in 0..<j { lower[i, j] = .nan } }
    let (full, half) = (try Cholesky(a), try Cholesky(lower))
    #expect(full.factor == half.factor)
    #expect(full.inverse == half.inverse)
    #expect(full.solve(a.column(3)) == half.solve(a.column(3)))
  }

  @Test("Refactoring gives the bits of a fresh factorization, in the same memory")
  func refactor() throws {
    var reused = try Cholesky(Fixture.positiveDefinite(80, seed: 6))
    let address = reused.storageAddress
    for seed in 7..<10 as Range<UInt64> {
      let a = Fixture.positiveDefinite(80, seed: seed)
      try reused.refactor(Fixture.embedded(a))
      #expect(reused.factor == (try Cholesky(a)).factor)
      #expect(reused.storageAddress == address)
    }
    try reused.refactor(Fixture.positiveDefinite(5, seed: 10))
    #expect(reused.size == 5)
    #expect(reused.factor == (try Cholesky(Fixture.positiveDefinite(5, seed: 10))).factor)
  }

  @Test("A consumed matrix gives its memory to the factor")
  func consumes() throws {
    var a = Fixture.positiveDefinite(40, seed: 12)
    a[0, 0] += 1
    let address = a.elements.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    let cholesky = try Cholesky(consuming: consume a)
    #expect(cholesky.storageAddress == address)
  }

  @Test("Refactoring after a failure works")
  func refactorAfterFailure() throws {
    let a = Fixture.positiveDefinite(20, seed: 11)
    var reused = try Cholesky(a)
    #expect(throws: FactorizationError.notPositiveDefinite(pivot: 0)) {
      try reused.refactor(-a)
    }
    try reused.refactor(a)
    #expect(reused.factor == (try Cholesky(a)).factor)
  }

  @Test("A copy keeps the old factor when the original is refactored")
  func valueSemantics() throws {
    var original = try Cholesky(Matrix.identity(4))
    let copy = original
    try original.refactor(4 * Matrix.identity(4))
    #expect(copy.factor == .identity(4))
    #expect(original.factor == 2 * Matrix.identity(4))
  }
}

extension Cholesky {
  fileprivate var storageAddress: UInt {
    storage.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }
}
