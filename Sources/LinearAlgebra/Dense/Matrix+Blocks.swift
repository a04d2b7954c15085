extension Matrix {
  /// The block in the given rows and columns.
  ///
  /// Reading gives a view that shares the elements; assigning copies the elements of the view into
  /// the block: `A[rows: 0..<2, columns: 3...] = B.view`.
  ///
  /// - Complexity: O(1) to read, O(elements of the block) to assign.
  public subscript(
    rows rowRange: some RangeExpression<Int>, columns columnRange: some RangeExpression<Int>
  ) -> MatrixView {
    get { view[rows: rowRange, columns: columnRange] }
    set {
      withMutableBlock(rows: rowRange, columns: columnRange) { $0.assign(newValue) }
    }
  }

  /// Calls `body` with a block that is written in place, without a copy of the matrix.
  ///
  /// The block is valid only during the call and cannot be copied out of it.
  public mutating func withMutableBlock<R, E>(
    rows rowRange: some RangeExpression<Int>, columns columnRange: some RangeExpression<Int>,
    _ body: (inout MatrixBlock) throws(E) -> R
  ) throws(E) -> R {
    let r = rowRange.relative(to: 0..<rows)
    let c = columnRange.relative(to: 0..<columns)
    precondition(
      r.lowerBound >= 0 && r.upperBound <= rows && c.lowerBound >= 0 && c.upperBound <= columns,
      "The block of rows \(r) and columns \(c) leaves the \(rows) by \(columns) matrix.")
    let start = r.isEmpty || c.isEmpty ? 0 : r.lowerBound + c.lowerBound * rows
    func call(_ base: UnsafeMutablePointer<Double>) throws(E) -> R {
      var block = MatrixBlock(
        start: base + start, rows: r.count, columns: c.count, leadingDimension: rows)
      return try body(&block)
    }
    return try call(&elements)
  }
}

/// A rectangular block of a matrix that is written in place.
///
/// It exists only inside `Matrix.withMutableBlock(rows:columns:_:)`.
public struct MatrixBlock: ~Copyable {
  private let start: UnsafeMutablePointer<Double>

  /// The number of rows.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  private let leadingDimension: Int

  fileprivate init(
    start: UnsafeMutablePointer<Double>, rows: Int, columns: Int, leadingDimension: Int
  ) {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.leadingDimension = leadingDimension
  }

  /// The element in row `i` and column `j` of the block.
  public subscript(i: Int, j: Int) -> Double {
    get {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range.")
      return start[i + j * leadingDimension]
    }
    set {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range.")
      start[i + j * leadingDimension] = newValue
    }
  }

  /// Sets every element to `value`.
  public mutating func fill(_ value: Double) {
    for j in 0..<columns {
      (start + j * leadingDimension).update(repeating: value, count: rows)
    }
  }

  /// Multiplies every element by `factor`.
  public mutating func scale(by factor: Double) {
    for j in 0..<columns {
      for i in 0..<rows { start[i + j * leadingDimension] *= factor }
    }
  }

  /// Copies the elements of a matrix of the same shape into the block.
  public mutating func assign(_ other: some DenseMatrix) {
    let other = other.view
    requireShape(of: other)
    other.withPointer { source in
      for j in 0..<columns {
        BLAS.copy(rows, source + j * other.leadingDimension, start + j * leadingDimension)
      }
    }
  }

  /// Adds `factor` times a matrix of the same shape.
  public mutating func add(_ factor: Double = 1, times other: some DenseMatrix) {
    let other = other.view
    requireShape(of: other)
    other.withPointer { source in
      for j in 0..<columns {
        BLAS.axpy(rows, factor, source + j * other.leadingDimension, start + j * leadingDimension)
      }
    }
  }

  /// Replaces the block C by `scale` · op(A) op(B) + `keeping` · C; see
  /// `Matrix.multiply(_:_:transposing:scale:into:keeping:)`.
  public mutating func multiply(
    _ a: some DenseMatrix, _ b: some DenseMatrix, transposing operands: TransposedOperands = .none,
    scale: Double = 1, keeping: Double = 0
  ) {
    let shape = ProductShape(a, b, operands)
    shape.requireResult(rows: rows, columns: columns)
    write(
      shape, a.view, b.view, operands, scale: scale, into: start, ldc: leadingDimension,
      keeping: keeping)
  }

  private func requireShape(of other: MatrixView) {
    precondition(
      other.rows == rows && other.columns == columns,
      "A \(other.rows) by \(other.columns) matrix does not fit a \(rows) by \(columns) block.")
  }
}
