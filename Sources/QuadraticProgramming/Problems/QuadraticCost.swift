public import LinearAlgebra

/// The symmetric matrix P of a quadratic cost ½ xᵀPx, in the form in which it is known.
///
/// Both triangles are stored in either form. A dense matrix is kept by reference: it is read where it
/// lies and never copied as a whole.
public enum QuadraticCost: Sendable, Hashable {
  /// A dense n × n matrix.
  case dense(Matrix)
  /// A sparse n × n matrix.
  case sparse(SparseMatrix)

  /// The number of rows.
  public var rows: Int {
    switch self {
    case .dense(let matrix): matrix.rows
    case .sparse(let matrix): matrix.rows
    }
  }

  /// The number of columns.
  public var columns: Int {
    switch self {
    case .dense(let matrix): matrix.columns
    case .sparse(let matrix): matrix.columns
    }
  }

  /// The element in row `i` and column `j`.
  public subscript(i: Int, j: Int) -> Double {
    switch self {
    case .dense(let matrix): matrix[i, j]
    case .sparse(let matrix): matrix[i, j]
    }
  }

  /// Whether every element equals that on the other side of the diagonal.
  var isSymmetric: Bool {
    switch self {
    case .dense(let matrix): matrix == matrix.transposed
    case .sparse(let matrix): matrix == matrix.transposed
    }
  }

  /// The elements as a dense matrix.
  public var matrix: Matrix {
    switch self {
    case .dense(let matrix): matrix
    case .sparse(let matrix): Matrix(matrix)
    }
  }

  /// The product Px.
  public func multiplying(_ x: [Double]) -> [Double] {
    switch self {
    case .dense(let matrix): matrix * x
    case .sparse(let matrix): matrix.multiplying(x)
    }
  }

  /// The product Px, every sum compensated.
  func compensatedProduct(_ x: [Double]) -> [Double] {
    switch self {
    case .dense(let matrix): matrix.compensatedProduct(x)
    case .sparse(let matrix): matrix.compensatedProduct(x)
    }
  }

  /// The sum over i of `x[i]` times element (i, j), compensated.
  func column(_ j: Int, times x: [Double], into sum: inout CompensatedSum) {
    switch self {
    case .dense(let matrix):
      for i in 0..<matrix.rows { sum.add(matrix.elements[i + j * matrix.rows], times: x[i]) }
    case .sparse(let matrix):
      for k in matrix.entries(ofColumn: j) {
        sum.add(matrix.values[k], times: x[Int(matrix.rowIndices[k])])
      }
    }
  }

  /// The place and value of every nonzero element of column `j`.
  func forEachEntry(ofColumn j: Int, _ body: (_ i: Int, _ value: Double) -> Void) {
    switch self {
    case .dense(let matrix):
      for i in 0..<matrix.rows {
        let value = matrix.elements[i + j * matrix.rows]
        if value != 0 { body(i, value) }
      }
    case .sparse(let matrix):
      for k in matrix.entries(ofColumn: j) where matrix.values[k] != 0 {
        body(Int(matrix.rowIndices[k]), matrix.values[k])
      }
    }
  }
}

extension SparseMatrix {
  /// This matrix with the rows of another below it.
  func appendingRows(of other: SparseMatrix) -> SparseMatrix {
    if rows == 0 { return other }
    if other.rows == 0 { return self }
    var starts = [0]
    starts.reserveCapacity(columns + 1)
    var indices: [Int32] = []
    var entries: [Double] = []
    indices.reserveCapacity(entryCount + other.entryCount)
    entries.reserveCapacity(entryCount + other.entryCount)
    for j in 0..<columns {
      let (upper, lower) = (self.entries(ofColumn: j), other.entries(ofColumn: j))
      indices += rowIndices[upper]
      entries += values[upper]
      for k in lower { indices.append(other.rowIndices[k] + Int32(rows)) }
      entries += other.values[lower]
      starts.append(entries.count)
    }
    return SparseMatrix(
      uncheckedRows: rows + other.rows, columns: columns, columnStarts: starts,
      rowIndices: indices, values: entries)
  }
}
