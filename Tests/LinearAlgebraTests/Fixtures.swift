import LinearAlgebra
import TestSupport

/// Matrices that the suites share.
enum Fixture {
  /// Elements uniform on (−1, 1).
  static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var random = TestRandom(seed: seed)
    return Matrix(rows: rows, columns: columns) { _, _ in random.signedUnit() }
  }

  static func vector(_ n: Int, seed: UInt64) -> [Double] {
    var random = TestRandom(seed: seed)
    return (0..<n).map { _ in random.signedUnit() }
  }

  /// BᵀB + n I, symmetric and well conditioned.
  static func positiveDefinite(_ n: Int, seed: UInt64) -> Matrix {
    let b = random(n, n, seed: seed)
    return naiveProduct(b.transposed, b) + Double(n) * Matrix.identity(n)
  }

  static func symmetric(_ n: Int, seed: UInt64) -> Matrix {
    let b = random(n, n, seed: seed)
    return Matrix(rows: n, columns: n) { i, j in b[i, j] + b[j, i] }
  }

  /// A of the given rank, BBᵀ with B n × rank.
  static func semidefinite(_ n: Int, rank: Int, seed: UInt64) -> Matrix {
    let b = random(n, rank, seed: seed)
    return naiveProduct(b, b.transposed)
  }

  /// 1 / (i + j + 1), counted from zero.
  static func hilbert(_ n: Int) -> Matrix {
    Matrix(rows: n, columns: n) { i, j in 1 / Double(i + j + 1) }
  }

  /// The second-difference matrix: 2 on the diagonal, −1 beside it.
  static func secondDifference(_ n: Int) -> Matrix {
    Matrix(rows: n, columns: n) { i, j in i == j ? 2 : abs(i - j) == 1 ? -1 : 0 }
  }

  /// The same elements as a view into the middle of a larger matrix full of NaN, so that any
  /// routine that ignores the offset or the leading dimension is found out.
  static func embedded(_ a: Matrix) -> MatrixView {
    var whole = Matrix(rows: a.rows + 5, columns: a.columns + 3, repeating: .nan)
    for j in 0..<a.columns {
      for i in 0..<a.rows { whole[i + 2, j + 1] = a[i, j] }
    }
    return whole[rows: 2..<(a.rows + 2), columns: 1..<(a.columns + 1)]
  }

  /// The product by its definition, for comparison with the one by BLAS.
  static func naiveProduct(_ a: Matrix, _ b: Matrix) -> Matrix {
    Matrix(rows: a.rows, columns: b.columns) { i, j in
      (0..<a.columns).reduce(0.0) { $0 + a[i, $1] * b[$1, j] }
    }
  }

  /// The largest difference of two matrices of one shape, infinite when the shapes differ.
  static func distance(_ a: Matrix, _ b: Matrix) -> Double {
    guard a.rows == b.rows && a.columns == b.columns else { return .infinity }
    return zip(a.elements, b.elements).reduce(0.0) {
      let gap = abs($1.0 - $1.1)
      return gap.isNaN ? .infinity : max($0, gap)
    }
  }

  static func distance(_ x: [Double], _ y: [Double]) -> Double {
    distance(
      Matrix(rows: x.count, columns: 1, elements: x),
      Matrix(rows: y.count, columns: 1, elements: y))
  }
}

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

func logarithm(_ x: Double) -> Double { log(x) }

func cosine(_ x: Double) -> Double { cos(x) }
