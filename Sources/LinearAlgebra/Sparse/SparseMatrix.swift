/// A sparse matrix of doubles in compressed columns.
///
/// The entries of column j lie at `columnStarts[j] ..< columnStarts[j + 1]` of `rowIndices` and
/// `values`, with strictly increasing row indices. A matrix is a value; copies share storage until
/// one of them is written.
public struct SparseMatrix: Sendable, Hashable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The place of the first entry of each column, and the number of entries: `columns + 1` of them.
  public let columnStarts: [Int]
  /// The row of each entry, increasing within a column.
  public let rowIndices: [Int32]
  /// The value of each entry. The pattern is fixed; values may be replaced.
  public internal(set) var values: [Double]

  /// The number of stored entries.
  public var entryCount: Int { values.count }

  /// A matrix over compressed columns that are already in order.
  ///
  /// - Parameters:
  ///   - columnStarts: `columns + 1` places, from 0 to the number of entries, not decreasing.
  ///   - rowIndices: The row of each entry, strictly increasing within a column.
  ///   - values: The value of each entry.
  public init(
    rows: Int, columns: Int, columnStarts: [Int], rowIndices: [Int32], values: [Double]
  ) {
    precondition(
      rows >= 0 && columns >= 0, "A matrix cannot have a negative number of rows or columns.")
    precondition(
      columnStarts.count == columns + 1 && columnStarts.first == 0
        && columnStarts.last == values.count,
      "The column starts must be \(columns + 1) places from 0 to \(values.count).")
    precondition(
      rowIndices.count == values.count,
      "Every entry needs a row and a value: \(rowIndices.count) rows, \(values.count) values.")
    for j in 0..<columns {
      precondition(columnStarts[j] <= columnStarts[j + 1], "Column starts must not decrease.")
      var previous: Int32 = -1
      for k in columnStarts[j]..<columnStarts[j + 1] {
        precondition(
          rowIndices[k] > previous && rowIndices[k] < rows,
          "The rows of column \(j) must increase and lie below \(rows).")
        previous = rowIndices[k]
      }
    }
    self.init(
      uncheckedRows: rows, columns: columns, columnStarts: columnStarts, rowIndices: rowIndices,
      values: values)
  }

  /// A matrix over compressed columns that the caller knows to be in order.
  package init(
    uncheckedRows rows: Int, columns: Int, columnStarts: [Int], rowIndices: [Int32],
    values: [Double]
  ) {
    self.rows = rows
    self.columns = columns
    self.columnStarts = columnStarts
    self.rowIndices = rowIndices
    self.values = values
  }

  /// A matrix without entries.
  public init(rows: Int, columns: Int) {
    self.init(
      rows: rows, columns: columns, columnStarts: [Int](repeating: 0, count: columns + 1),
      rowIndices: [], values: [])
  }

  /// A square matrix with the given diagonal; zeros are stored too.
  public init(diagonal: [Double]) {
    self.init(
      uncheckedRows: diagonal.count, columns: diagonal.count,
      columnStarts: Array(0...diagonal.count), rowIndices: (0..<diagonal.count).map(Int32.init),
      values: diagonal)
  }

  /// The nonzero elements of a dense matrix.
  public init(_ matrix: Matrix) {
    var starts = [0]
    starts.reserveCapacity(matrix.columns + 1)
    var indices: [Int32] = []
    var values: [Double] = []
    for j in 0..<matrix.columns {
      for i in 0..<matrix.rows {
        let value = matrix.elements[i + j * matrix.rows]
        guard value != 0 else { continue }
        indices.append(Int32(i))
        values.append(value)
      }
      starts.append(values.count)
    }
    self.init(
      uncheckedRows: matrix.rows, columns: matrix.columns, columnStarts: starts,
      rowIndices: indices, values: values)
  }

  /// The places of the entries of column `j`.
  public func entries(ofColumn j: Int) -> Range<Int> { columnStarts[j]..<columnStarts[j + 1] }

  /// The element in row `i` and column `j`; zero where nothing is stored. O(log entries).
  public subscript(i: Int, j: Int) -> Double {
    precondition(i >= 0 && i < rows && j >= 0 && j < columns, "Matrix index out of range.")
    var (low, high) = (columnStarts[j], columnStarts[j + 1])
    while low < high {
      let middle = (low + high) / 2
      if rowIndices[middle] < i { low = middle + 1 } else { high = middle }
    }
    return low < columnStarts[j + 1] && rowIndices[low] == i ? values[low] : 0
  }
}

extension Matrix {
  /// The dense matrix with the elements of a sparse one.
  public init(_ sparse: SparseMatrix) {
    self.init(rows: sparse.rows, columns: sparse.columns)
    for j in 0..<sparse.columns {
      for k in sparse.entries(ofColumn: j) {
        elements[Int(sparse.rowIndices[k]) + j * rows] = sparse.values[k]
      }
    }
  }
}
