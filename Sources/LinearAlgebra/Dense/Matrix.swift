/// A dense matrix of doubles, stored by columns.
///
/// Element (i, j) is `elements[i + j * rows]`: the layout that BLAS and LAPACK read without a copy.
/// A matrix is a value; copies share storage until one of them is written.
public struct Matrix: Sendable, Hashable {
  /// The number of rows.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// The elements, column after column: `rows * columns` of them.
  public var elements: [Double]

  /// A matrix whose elements all equal `value`.
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    precondition(
      rows >= 0 && columns >= 0, "A matrix cannot have a negative number of rows or columns.")
    self.rows = rows
    self.columns = columns
    elements = [Double](repeating: value, count: rows * columns)
  }

  /// A matrix over elements that are already stored column after column.
  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(
      rows >= 0 && columns >= 0, "A matrix cannot have a negative number of rows or columns.")
    precondition(
      elements.count == rows * columns,
      "A \(rows) by \(columns) matrix needs \(rows * columns) elements, not \(elements.count).")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix whose element (i, j) is `value(i, j)`.
  public init(rows: Int, columns: Int, _ value: (_ i: Int, _ j: Int) throws -> Double) rethrows {
    self.init(rows: rows, columns: columns)
    for j in 0..<columns {
      for i in 0..<rows { elements[i + j * rows] = try value(i, j) }
    }
  }

  /// A matrix from its rows, all of one length.
  public init(rows: [[Double]]) {
    let width = rows.first?.count ?? 0
    precondition(
      rows.allSatisfy { $0.count == width }, "All rows of a matrix must have one length.")
    self.init(rows: rows.count, columns: width) { i, j in rows[i][j] }
  }

  /// A matrix whose elements `fill` writes, every one of them, column after column.
  package init(
    rows: Int, columns: Int, initializingWith fill: (UnsafeMutablePointer<Double>) -> Void
  ) {
    precondition(
      rows >= 0 && columns >= 0, "A matrix cannot have a negative number of rows or columns.")
    self.rows = rows
    self.columns = columns
    let count = rows * columns
    elements = [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      if count > 0, let start = buffer.baseAddress { fill(start) }
      initialized = count
    }
  }

  /// The identity matrix with `n` rows and columns.
  public static func identity(_ n: Int) -> Matrix {
    Matrix(diagonal: [Double](repeating: 1, count: n))
  }

  /// A square matrix with the given diagonal and zeros elsewhere.
  public init(diagonal: [Double]) {
    self.init(rows: diagonal.count, columns: diagonal.count)
    for (i, value) in diagonal.enumerated() { elements[i + i * rows] = value }
  }

  /// The element in row `i` and column `j`.
  public subscript(i: Int, j: Int) -> Double {
    get {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range.")
      return elements[i + j * rows]
    }
    set {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range.")
      elements[i + j * rows] = newValue
    }
  }
}

extension Matrix: DenseMatrix {
  /// A view of the whole matrix; nothing is copied.
  public var view: MatrixView { MatrixView(self) }
}

extension Matrix: ExpressibleByArrayLiteral {
  /// A matrix written as its rows: `[[4, 1], [1, 2]]`.
  public init(arrayLiteral rows: [Double]...) { self.init(rows: rows) }
}

extension Matrix: CustomStringConvertible {
  /// The rows, one line each.
  public var description: String {
    (0..<rows).map { "[" + row($0).map { "\($0)" }.joined(separator: ", ") + "]" }
      .joined(separator: "\n")
  }
}
