extension DenseMatrix {
  /// The sum of two matrices of one shape.
  public static func + (a: Self, b: some DenseMatrix) -> Matrix {
    combine(a.view, b.view) { $0 + $1 }
  }

  /// The difference of two matrices of one shape.
  public static func - (a: Self, b: some DenseMatrix) -> Matrix {
    combine(a.view, b.view) { $0 - $1 }
  }

  /// The matrix with every element multiplied by a number.
  public static func * (factor: Double, a: Self) -> Matrix { a.map { factor * $0 } }

  /// The matrix with every element multiplied by a number.
  public static func * (a: Self, factor: Double) -> Matrix { a.map { $0 * factor } }

  /// The matrix with every element divided by a number.
  public static func / (a: Self, divisor: Double) -> Matrix { a.map { $0 / divisor } }

  /// The matrix with every sign reversed.
  public static prefix func - (a: Self) -> Matrix { a.map { -$0 } }

  /// The matrix of `transform` applied to each element.
  public func map(_ transform: (Double) -> Double) -> Matrix {
    combine(view, view) { x, _ in transform(x) }
  }
}

extension Matrix {
  /// Adds a matrix of the same shape in place.
  public static func += (a: inout Matrix, b: some DenseMatrix) { a.add(1, times: b) }

  /// Subtracts a matrix of the same shape in place.
  public static func -= (a: inout Matrix, b: some DenseMatrix) { a.add(-1, times: b) }

  /// Multiplies every element by a number in place.
  public static func *= (a: inout Matrix, factor: Double) {
    for i in a.elements.indices { a.elements[i] *= factor }
  }

  /// Adds `factor` times a matrix of the same shape in place.
  public mutating func add(_ factor: Double, times other: some DenseMatrix) {
    withMutableBlock(rows: 0..<rows, columns: 0..<columns) { $0.add(factor, times: other) }
  }
}

/// The matrix of `operation` on each pair of elements at one place.
private func combine(
  _ a: MatrixView, _ b: MatrixView, _ operation: (Double, Double) -> Double
) -> Matrix {
  let (m, n) = (a.rows, a.columns)
  precondition(
    b.rows == m && b.columns == n,
    "A \(m) by \(n) and a \(b.rows) by \(b.columns) matrix have no common shape.")
  return Matrix(
    rows: m, columns: n,
    initializingWith: { c in
      a.withPointer { x in
        b.withPointer { y in
          for j in 0..<n {
            for i in 0..<m {
              c[i + j * m] = operation(x[i + j * a.leadingDimension], y[i + j * b.leadingDimension])
            }
          }
        }
      }
    })
}
