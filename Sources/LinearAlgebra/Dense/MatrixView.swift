/// A rectangular block of a matrix, read in place.
///
/// The view shares the array of the matrix it was taken from; nothing is copied until one of the
/// two is written, and then the view keeps the old values. Element (i, j) of the view is
/// `elements[offset + i + j * leadingDimension]`. Every product, norm and factorization takes a
/// view where it takes a matrix.
public struct MatrixView: DenseMatrix {
  /// The array shared with the matrix; the view covers part of it.
  public let elements: [Double]

  /// The place of element (0, 0) in `elements`.
  public let offset: Int

  /// The number of rows.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// The distance in `elements` between neighbours of one row: the rows of the whole matrix.
  public let leadingDimension: Int

  /// A view of a whole matrix.
  public init(_ matrix: Matrix) {
    elements = matrix.elements
    offset = 0
    rows = matrix.rows
    columns = matrix.columns
    leadingDimension = matrix.rows
  }

  /// The block of another view that starts at (`row`, `column`).
  private init(_ whole: MatrixView, row: Int, column: Int, rows: Int, columns: Int) {
    elements = whole.elements
    offset = whole.offset + row + column * whole.leadingDimension
    self.rows = rows
    self.columns = columns
    leadingDimension = whole.leadingDimension
  }

  /// The view itself.
  public var view: MatrixView { self }

  /// The element in row `i` and column `j`.
  public subscript(i: Int, j: Int) -> Double {
    precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range.")
    return elements[offset + i + j * leadingDimension]
  }

  /// The block in the given rows and columns; nothing is copied.
  public subscript(
    rows rowRange: some RangeExpression<Int>, columns columnRange: some RangeExpression<Int>
  ) -> MatrixView {
    let r = rowRange.relative(to: 0..<rows)
    let c = columnRange.relative(to: 0..<columns)
    precondition(
      r.lowerBound >= 0 && r.upperBound <= rows && c.lowerBound >= 0 && c.upperBound <= columns,
      "The block of rows \(r) and columns \(c) leaves the \(rows) by \(columns) matrix.")
    return MatrixView(
      self, row: r.lowerBound, column: c.lowerBound, rows: r.count, columns: c.count)
  }

  /// The leading dimension as BLAS wants it: at least one.
  package var stride: Int { max(1, leadingDimension) }

  /// Calls `body` with the address of element (0, 0), valid only during the call.
  package func withPointer<R, E>(
    _ body: (UnsafePointer<Double>) throws(E) -> R
  ) throws(E) -> R {
    // An empty block may start behind the end of the array; its address is never read.
    let start = rows == 0 || columns == 0 ? 0 : offset
    func call(_ base: UnsafePointer<Double>) throws(E) -> R { try body(base + start) }
    return try call(elements)
  }

  /// Copies the elements to `target`, column after column; both must not overlap.
  func copy(to target: UnsafeMutablePointer<Double>) {
    withPointer { source in
      if leadingDimension == rows && rows * columns <= Int32.max {
        BLAS.copy(rows * columns, source, target)
        return
      }
      for j in 0..<columns {
        BLAS.copy(rows, source + j * leadingDimension, target + j * rows)
      }
    }
  }
}

extension MatrixView: Equatable {
  /// Whether both have the same shape and the same elements, wherever these are stored.
  public static func == (a: MatrixView, b: MatrixView) -> Bool {
    guard a.rows == b.rows && a.columns == b.columns else { return false }
    for j in 0..<a.columns {
      for i in 0..<a.rows where a[i, j] != b[i, j] { return false }
    }
    return true
  }
}

extension MatrixView: CustomStringConvertible {
  /// The rows, one line each.
  public var description: String { Matrix(self).description }
}
