import LinearAlgebra
import TestSupport
import Testing

@Suite("Products", .oneBLASThread)
struct ProductTests {
  static let shapes = [
    (0, 0, 0), (0, 3, 2), (3, 0, 2), (3, 2, 0), (1, 1, 1), (2, 3, 4), (7, 5, 6), (50, 33, 41),
  ]

  @Test(
    "Every transposition agrees with the definition, for matrices and blocks", arguments: shapes)
  func products(m: Int, n: Int, k: Int) {
    let a = Fixture.random(m, k, seed: 1)
    let b = Fixture.random(k, n, seed: 2)
    let expected = Fixture.naiveProduct(a, b)
    let (at, bt) = (a.transposed, b.transposed)
    let slack = 1e-15 * Double(k + 1)
    let results = [
      a * b, Matrix.product(at, b, transposing: .left), Matrix.product(a, bt, transposing: .right),
      Matrix.product(at, bt, transposing: .both), Fixture.embedded(a) * Fixture.embedded(b),
      a * Fixture.embedded(b), Fixture.embedded(a) * b,
      Matrix.product(Fixture.embedded(at), Fixture.embedded(bt), transposing: .both),
    ]
    for result in results { #expect(Fixture.distance(result, expected) <= slack) }
  }

  @Test("Multiplying into a matrix scales and keeps as asked", arguments: shapes)
  func into(m: Int, n: Int, k: Int) {
    let a = Fixture.random(m, k, seed: 4)
    let b = Fixture.random(k, n, seed: 5)
    let old = Fixture.random(m, n, seed: 6)
    let product = Fixture.naiveProduct(a, b)
    var c = old
    Matrix.multiply(a, b, scale: -2, into: &c, keeping: 0.5)
    let expected = Matrix(rows: m, columns: n) { i, j in 0.5 * old[i, j] - 2 * product[i, j] }
    #expect(Fixture.distance(c, expected) <= 1e-14 * Double(k + 1))
  }

  @Test("With keeping zero a NaN in the old result does not survive")
  func overwritesNaN() {
    for k in [0, 3] {
      var c = Matrix(rows: 4, columns: 4, repeating: .nan)
      Matrix.multiply(Matrix(rows: 4, columns: k), Matrix(rows: k, columns: 4), into: &c)
      #expect(c == Matrix(rows: 4, columns: 4))
      var y = [Double](repeating: .nan, count: 4)
      Matrix.multiply(Matrix(rows: 4, columns: k), [Double](repeating: 0, count: k), into: &y)
      #expect(y == [0, 0, 0, 0])
    }
  }

  @Test("A matrix may be multiplied into itself")
  func aliasing() {
    var a: Matrix = [[1, 2], [3, 4]]
    Matrix.multiply(a, a, into: &a)
    #expect(a == [[7, 10], [15, 22]])
  }

  @Test("A NaN in an operand reaches the result")
  func propagatesNaN() {
    var a = Fixture.random(6, 6, seed: 7)
    a[3, 4] = .nan
    let c = a * Matrix(rows: 6, columns: 6)
    for j in 0..<6 { #expect(c[3, j].isNaN) }
    #expect((a * [Double](repeating: 0, count: 6))[3].isNaN)
  }

  @Test("Matrix times vector and vector times matrix", arguments: shapes)
  func vectors(m: Int, n: Int, k: Int) {
    let a = Fixture.random(m, n, seed: 8)
    let (x, z) = (Fixture.vector(n, seed: 9), Fixture.vector(m, seed: 10))
    let ax = (0..<m).map { i in (0..<n).reduce(0.0) { $0 + a[i, $1] * x[$1] } }
    let za = (0..<n).map { j in (0..<m).reduce(0.0) { $0 + z[$1] * a[$1, j] } }
    for (y, w) in [(a * x, z * a), (Fixture.embedded(a) * x, z * Fixture.embedded(a))] {
      #expect(Fixture.distance(y, ax) <= 1e-14 * Double(n + 1))
      #expect(Fixture.distance(w, za) <= 1e-14 * Double(m + 1))
    }
    var y = z
    Matrix.multiply(a, x, scale: 2, into: &y, keeping: -1)
    #expect(Fixture.distance(y, zip(ax, z).map { 2 * $0 - $1 }) <= 1e-14 * Double(n + 1))
  }

  @Test("Gram matrices equal the product and are exactly symmetric", arguments: shapes)
  func gram(m: Int, n: Int, k: Int) {
    let a = Fixture.random(m, n, seed: 11)
    let weights = Fixture.vector(m, seed: 12).map { abs($0) }
    let plain = Fixture.naiveProduct(a.transposed, a)
    let weighted = Fixture.naiveProduct(
      a.transposed, Matrix(rows: m, columns: n) { i, j in weights[i] * a[i, j] })
    let view = Fixture.embedded(a)
    var reused = Matrix(rows: n, columns: n, repeating: .nan)
    view.gram(into: &reused)
    for result in [a.gram(), view.gram(), reused] {
      #expect(Fixture.distance(result, plain) <= 1e-14 * Double(m + 1))
      #expect(result.isSymmetric())
    }
    for result in [a.gram(weights: weights), view.gram(weights: weights)] {
      #expect(Fixture.distance(result, weighted) <= 1e-14 * Double(m + 1))
      #expect(result.isSymmetric())
    }
  }

  @Test("The symmetric product reads the lower triangle only")
  func symmetricProduct() {
    for n in [0, 1, 2, 9, 40] {
      let a = Fixture.symmetric(n, seed: 13)
      var lower = a
      for j in 0..<n { for i in 0..<j { lower[i, j] = .nan } }
      let x = Fixture.vector(n, seed: 14)
      #expect(Fixture.distance(lower.symmetricProduct(x), a * x) <= 1e-13)
      #expect(isClose(lower.quadraticForm(x), dot(x, a * x), absolute: 1e-12))
    }
  }

  @Test("Sums, differences and multiples are elementwise, in place as well")
  func arithmetic() {
    let a: Matrix = [[1, -2], [3, 4]]
    let b: Matrix = [[0.5, 1], [-1, 2]]
    #expect(a + b == [[1.5, -1], [2, 6]])
    #expect(a - Fixture.embedded(b) == [[0.5, -3], [4, 2]])
    #expect(2 * a == [[2, -4], [6, 8]] && a * 2 == 2 * a && a / 2 == 0.5 * a)
    #expect(-a == [[-1, 2], [-3, -4]])
    var c = a
    c += b
    c -= a
    #expect(c == b)
    c *= 4
    c.add(-4, times: Fixture.embedded(b))
    #expect(c == Matrix(rows: 2, columns: 2))
  }

  @Test("Norms of a small matrix by hand")
  func norms() {
    let a: Matrix = [[1, -2, 2], [-3, 4, 0]]
    for x in [a.view, Fixture.embedded(a)] {
      #expect(x.norm(.one) == 6)
      #expect(x.norm(.infinity) == 7)
      #expect(x.norm(.maximum) == 4)
      #expect(isClose(x.norm(.frobenius), 34.0.squareRoot(), relative: 1e-15))
    }
  }

  @Test("Norms of an empty matrix are zero, and NaN shows", arguments: MatrixNorm.allCases)
  func normEdges(kind: MatrixNorm) {
    #expect(Matrix(rows: 0, columns: 3).norm(kind) == 0)
    #expect(Matrix(rows: 3, columns: 0).norm(kind) == 0)
    for place in [(0, 0), (1, 1), (2, 2)] {
      var a = Matrix(rows: 3, columns: 3, repeating: 7)
      a[place.0, place.1] = .nan
      #expect(a.norm(kind).isNaN)
    }
  }

  @Test("The Frobenius norm of huge elements does not overflow")
  func frobeniusOverflow() {
    let a = Matrix(rows: 2, columns: 2, repeating: 1e200)
    #expect(isClose(a.norm(.frobenius), 2e200, relative: 1e-14))
  }

  @Test("Symmetry is judged relative to the largest magnitude")
  func symmetry() {
    var a: Matrix = [[1e6, 2], [2, 1]]
    #expect(a.isSymmetric())
    a[1, 0] = 2 + 1e-6
    #expect(!a.isSymmetric() && !a.isSymmetric(tolerance: 1e-13))
    #expect(a.isSymmetric(tolerance: 1e-11))
    #expect(a.symmetrized().isSymmetric())
    #expect(a.symmetrized()[0, 1] == 2 + 5e-7)
    #expect(!Matrix(rows: 2, columns: 3).isSymmetric())
    #expect(!(Matrix(rows: 2, columns: 2, repeating: .nan).isSymmetric(tolerance: 1)))
  }

  @Test("Vector operations")
  func vectorOperations() {
    #expect(dot([1, 2, 3], [4, 5, 6]) == 32)
    #expect(dot([], []) == 0)
    #expect(norm([3, 4]) == 5)
    #expect(isClose(norm([3e300, 4e300]), 5e300, relative: 1e-14))
    var y = [1.0, 2.0]
    axpy(2, [10, 20], &y)
    #expect(y == [21, 42])
    #expect(maximumMagnitude([1, -3, 2]) == 3 && maximumMagnitude([]) == 0)
    #expect(maximumMagnitude([1, .nan, 2]).isNaN)
  }

  @Test("The first NaN or infinity is found in every place")
  func firstNonFinite() throws {
    for n in [1, 7, 8, 9, 20] {
      let clean = Fixture.random(n, n, seed: 15)
      #expect(clean.firstNonFinite() == nil)
      for bad in [Double.nan, .infinity, -.infinity] {
        for place in [(0, 0), (n - 1, n - 1), (n / 2, n / 3)] {
          var a = clean
          a[place.0, place.1] = bad
          let found = try #require(Fixture.embedded(a).firstNonFinite())
          #expect(found == place)
        }
      }
    }
  }
}
