/// Which operands of a product are read transposed.
public struct TransposedOperands: OptionSet, Sendable {
  /// One bit for each operand.
  public let rawValue: Int

  /// The operands whose bits are set.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Neither operand.
  public static let none: TransposedOperands = []
  /// The left operand: AᵀB.
  public static let left = TransposedOperands(rawValue: 1)
  /// The right operand: ABᵀ.
  public static let right = TransposedOperands(rawValue: 2)
  /// Both operands: AᵀBᵀ.
  public static let both: TransposedOperands = [.left, .right]
}

extension Matrix {
  /// The product op(A) op(B) of two matrices or blocks, by one call of BLAS `dgemm`.
  ///
  /// - Complexity: 2mnk operations for an m × k times a k × n matrix; the result is allocated.
  public static func product(
    _ a: some DenseMatrix, _ b: some DenseMatrix, transposing operands: TransposedOperands = .none
  ) -> Matrix {
    let shape = ProductShape(a, b, operands)
    return Matrix(
      rows: shape.m, columns: shape.n,
      initializingWith: { c in
        write(shape, a.view, b.view, operands, scale: 1, into: c, ldc: shape.m, keeping: 0)
      })
  }

  /// Replaces C by `scale` · op(A) op(B) + `keeping` · C, without allocation.
  ///
  /// With `keeping` zero the old elements of C are not read. Where `c` shares its storage with `a`
  /// or `b` it is copied first.
  public static func multiply(
    _ a: some DenseMatrix, _ b: some DenseMatrix, transposing operands: TransposedOperands = .none,
    scale: Double = 1, into c: inout Matrix, keeping: Double = 0
  ) {
    let shape = ProductShape(a, b, operands)
    shape.requireResult(rows: c.rows, columns: c.columns)
    write(
      shape, a.view, b.view, operands, scale: scale, into: &c.elements, ldc: c.rows,
      keeping: keeping)
  }

  /// Replaces y by `scale` · op(A) x + `keeping` · y, without allocation, by BLAS `dgemv`.
  ///
  /// With `keeping` zero the old elements of y are not read.
  public static func multiply(
    _ a: some DenseMatrix, _ x: [Double], transposing: Bool = false, scale: Double = 1,
    into y: inout [Double], keeping: Double = 0
  ) {
    apply(a.view, x, transposing ? .yes : .no, scale: scale, into: &y, keeping: keeping)
  }
}

extension DenseMatrix {
  /// The product of two matrices or blocks.
  public static func * (a: Self, b: some DenseMatrix) -> Matrix { Matrix.product(a, b) }

  /// The product of a matrix and a column vector, of `rows` elements.
  public static func * (a: Self, x: [Double]) -> [Double] {
    var y = [Double](repeating: 0, count: a.rows)
    Matrix.multiply(a, x, into: &y)
    return y
  }

  /// The product xᵀA of a row vector and a matrix, of `columns` elements.
  public static func * (x: [Double], a: Self) -> [Double] {
    var y = [Double](repeating: 0, count: a.columns)
    Matrix.multiply(a, x, transposing: true, into: &y)
    return y
  }
}

/// The sizes m × k times k × n of a product, checked.
struct ProductShape {
  let m, n, k: Int

  init(_ a: some DenseMatrix, _ b: some DenseMatrix, _ operands: TransposedOperands) {
    let left = operands.contains(.left) ? (a.columns, a.rows) : (a.rows, a.columns)
    let right = operands.contains(.right) ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(
      left.1 == right.0,
      "A \(left.0) by \(left.1) matrix cannot multiply a \(right.0) by \(right.1) matrix.")
    (m, n, k) = (left.0, right.1, left.1)
  }

  func requireResult(rows: Int, columns: Int) {
    precondition(
      rows == m && columns == n,
      "The product is \(m) by \(n) and does not fit a \(rows) by \(columns) matrix.")
  }
}

// Views from here on: what follows is compiled once, without generics.

/// C ← scale · op(A) op(B) + keeping · C.
func write(
  _ shape: ProductShape, _ a: MatrixView, _ b: MatrixView, _ operands: TransposedOperands,
  scale: Double, into c: UnsafeMutablePointer<Double>, ldc: Int, keeping: Double
) {
  if shape.m == 0 || shape.n == 0 { return }
  a.withPointer { aStart in
    b.withPointer { bStart in
      BLAS.gemm(
        operands.contains(.left) ? .yes : .no, operands.contains(.right) ? .yes : .no,
        m: shape.m, n: shape.n, k: shape.k, alpha: scale, aStart, lda: a.stride, bStart,
        ldb: b.stride, beta: keeping, c, ldc: ldc)
    }
  }
}

/// y ← scale · op(A) x + keeping · y.
private func apply(
  _ a: MatrixView, _ x: [Double], _ transpose: BLAS.Transpose, scale: Double,
  into y: inout [Double], keeping: Double
) {
  let (m, n) = transpose == .yes ? (a.columns, a.rows) : (a.rows, a.columns)
  precondition(
    x.count == n && y.count == m,
    "A \(m) by \(n) operator maps \(n) to \(m) elements, not \(x.count) to \(y.count).")
  // BLAS may leave y alone when n is zero, so y is scaled here.
  if keeping == 0 { clear(&y, count: m) } else if keeping != 1 { BLAS.scal(m, keeping, &y) }
  if m == 0 || n == 0 { return }
  a.withPointer { start in
    BLAS.gemv(
      transpose, m: a.rows, n: a.columns, alpha: scale, start, lda: a.stride, x, beta: 1, &y)
  }
}

/// Sets `count` numbers to zero.
private func clear(_ x: UnsafeMutablePointer<Double>, count: Int) {
  x.update(repeating: 0, count: count)
}
