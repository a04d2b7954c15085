internal import CKernels
internal import LinearAlgebra

extension Matrix {
  /// The product with a vector, every sum compensated.
  func compensatedProduct(_ x: [Double]) -> [Double] {
    elements.compensatedProduct(rows: rows, x)
  }

  /// The product of the transpose with a vector, every sum compensated.
  func compensatedTransposedProduct(_ y: [Double]) -> [Double] {
    elements.compensatedTransposedProduct(columns: columns, y)
  }
}

extension SparseMatrix {
  /// Whether every element is stored: then the values are those of a dense matrix, by columns.
  var isFull: Bool { entryCount == rows * columns }

  /// The product with a vector, every sum compensated.
  func compensatedProduct(_ x: [Double]) -> [Double] {
    if isFull { return values.compensatedProduct(rows: rows, x) }
    return sumOfTwo(count: rows) { high, low in
      ck_compensated_sparse_product(columns, columnStarts, rowIndices, values, x, high, low)
    }
  }

  /// The product of the transpose with a vector, every sum compensated.
  func compensatedTransposedProduct(_ y: [Double]) -> [Double] {
    if isFull { return values.compensatedTransposedProduct(columns: columns, y) }
    return [Double](unsafeUninitializedCapacity: columns) { out, count in
      if let out = out.baseAddress {
        ck_compensated_sparse_transposed_product(
          columns, columnStarts, rowIndices, values, y, out)
      }
      count = columns
    }
  }

  /// Whether the matrix equals its transpose, element by element; a stored zero is not an absent one.
  ///
  /// Columns are read in order. The entries above the diagonal of column j are then the next unread
  /// ones of the columns they are mirrored in. O(entries).
  var isExactlySymmetric: Bool {
    if isFull { return values.isSymmetric(order: rows) }
    var next = columnStarts
    return values.withUnsafeBufferPointer { values in
      rowIndices.withUnsafeBufferPointer { rowIndices in
        for j in 0..<columns {
          for k in next[j]..<columnStarts[j + 1] {
            let i = Int(rowIndices[k])
            guard i <= j else { break }
            if i == j {
              next[j] = k + 1
              continue
            }
            // An unread entry (i, j) above the diagonal would have been read as (j, i) before.
            return false
          }
          for k in next[j]..<columnStarts[j + 1] {
            let i = Int(rowIndices[k])
            guard next[i] < columnStarts[i + 1], rowIndices[next[i]] == j,
              values[next[i]] == values[k]
            else { return false }
            next[i] += 1
          }
        }
        return true
      }
    }
  }
}

extension [Double] {
  /// Whether no element is infinite or NaN.
  var areFinite: Bool { ck_all_finite(self, count) != 0 }

  /// Whether the elements are those of a symmetric matrix, exactly.
  func isSymmetric(order: Int) -> Bool { ck_is_symmetric(self, order) != 0 }

  /// The product of the matrix with these elements and a vector, every sum compensated.
  fileprivate func compensatedProduct(rows: Int, _ x: [Double]) -> [Double] {
    sumOfTwo(count: rows) { high, low in
      ck_compensated_product(rows, x.count, self, rows, x, high, low)
    }
  }

  fileprivate func compensatedTransposedProduct(columns: Int, _ y: [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: columns) { out, count in
      if let out = out.baseAddress {
        ck_compensated_transposed_product(y.count, columns, self, y.count, y, out)
      }
      count = columns
    }
  }
}

/// The sums high + low, where `add` adds to both from zero.
private func sumOfTwo(
  count: Int, _ add: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void
) -> [Double] {
  guard count > 0 else { return [] }
  return withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { low in
    low.initialize(repeating: 0)
    return [Double](unsafeUninitializedCapacity: count) { high, initialized in
      high.initialize(repeating: 0)
      if let high = high.baseAddress, let low = low.baseAddress {
        add(high, low)
        for i in 0..<count { high[i] += low[i] }
      }
      initialized = count
    }
  }
}
