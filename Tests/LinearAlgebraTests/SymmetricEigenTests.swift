import LinearAlgebra
import TestSupport
import Testing

@Suite("Symmetric eigenvalues", .oneBLASThread)
struct SymmetricEigenTests {
  @Test("AV = VΛ with orthonormal V and ascending values", arguments: [0, 1, 2, 10, 33, 100])
  func reconstructs(n: Int) throws {
    let a = Fixture.symmetric(n, seed: 1)
    for eigen in [try SymmetricEigen(a), try SymmetricEigen(Fixture.embedded(a))] {
      let slack = 1e-14 * Double(n + 1)
      #expect(eigen.values.sorted() == eigen.values)
      #expect(Fixture.distance(eigen.vectors.gram(), .identity(n)) <= slack)
      #expect(Fixture.distance(eigen.matrix(), a) <= 10 * slack)
    }
  }

  @Test("The second-difference matrix has 2 − 2 cos(kπ/(n + 1))", arguments: [1, 2, 50, 200])
  func secondDifference(n: Int) throws {
    let eigen = try SymmetricEigen(Fixture.secondDifference(n))
    for k in 1...n {
      let exact = 2 - 2 * cosine(Double(k) * .pi / Double(n + 1))
      #expect(isClose(eigen.values[k - 1], exact, absolute: 1e-14))
    }
  }

  @Test("Wilkinson's W21⁺: the two largest eigenvalues agree to 14 digits")
  func wilkinson() throws {
    // J. H. Wilkinson, The Algebraic Eigenvalue Problem (1965), p. 309: λ₂₁ = 10.74619 41829 0339,
    // λ₂₀ = 10.74619 41829 0332; λ₁ = −1.12544 15221 19985.
    let w = Matrix(rows: 21, columns: 21) { i, j in
      i == j ? Double(abs(10 - i)) : abs(i - j) == 1 ? 1 : 0
    }
    let values = try SymmetricEigen(w).values
    #expect(isClose(values[20], 10.746_194_182_903_4, absolute: 1e-13))
    #expect(isClose(values[19], 10.746_194_182_903_3, absolute: 1e-13))
    #expect(isClose(values[0], -1.125_441_522_119_985, absolute: 1e-13))
  }

  @Test("Functions of a matrix: the square root squares back, clipping removes the negative part")
  func functions() throws {
    let a = Fixture.positiveDefinite(20, seed: 2)
    let root = try SymmetricEigen(a).matrix { $0.squareRoot() }
    #expect(root.isSymmetric())
    #expect(Fixture.distance(root * root, a) <= 1e-12)
    let clipped = try SymmetricEigen(Fixture.symmetric(20, seed: 3)).matrix { max($0, 0) }
    #expect(try SymmetricEigen(clipped).values[0] >= -1e-13)
    let swapped = try SymmetricEigen([[0, 1], [1, 0]] as Matrix).matrix { max($0, 0) }
    #expect(Fixture.distance(swapped, [[0.5, 0.5], [0.5, 0.5]]) <= 1e-15)
  }

  @Test("Refactoring gives the bits of a fresh computation")
  func refactor() throws {
    var reused = try SymmetricEigen(Fixture.symmetric(30, seed: 4))
    for (n, seed) in [(30, 5), (30, 6), (4, 7), (0, 8), (60, 9)] as [(Int, UInt64)] {
      let a = Fixture.symmetric(n, seed: seed)
      try reused.refactor(a)
      let fresh = try SymmetricEigen(a)
      #expect(reused.values == fresh.values && reused.vectors == fresh.vectors)
    }
  }

  @Test("Bad input is named; the upper triangle is not read")
  func badInput() throws {
    #expect(throws: FactorizationError.notSquare(rows: 3, columns: 2)) {
      try SymmetricEigen(Matrix(rows: 3, columns: 2))
    }
    let clean = Fixture.symmetric(12, seed: 10)
    var a = clean
    a[7, 7] = .infinity
    #expect(throws: FactorizationError.notFinite(row: 7, column: 7)) { try SymmetricEigen(a) }
    var lower = clean
    for j in 0..<12 { for i in 0..<j { lower[i, j] = .nan } }
    #expect(try SymmetricEigen(lower).values == SymmetricEigen(clean).values)
  }
}
