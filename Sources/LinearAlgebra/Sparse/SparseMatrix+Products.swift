extension SparseMatrix {
  /// The transpose. O(entries + rows + columns).
  public var transposed: SparseMatrix {
    var starts = [Int](repeating: 0, count: rows + 1)
    for i in rowIndices { starts[Int(i) + 1] += 1 }
    for i in 0..<rows { starts[i + 1] += starts[i] }
    var next = starts
    var indices = [Int32](repeating: 0, count: entryCount)
    var entries = [Double](repeating: 0, count: entryCount)
    for j in 0..<columns {
      for k in columnStarts[j]..<columnStarts[j + 1] {
        let i = Int(rowIndices[k])
        indices[next[i]] = Int32(j)
        entries[next[i]] = values[k]
        next[i] += 1
      }
    }
    return SparseMatrix(
      uncheckedRows: columns, columns: rows, columnStarts: starts, rowIndices: indices,
      values: entries)
  }

  /// The product with a vector of `columns` entries. O(entries).
  public func multiplying(_ x: [Double]) -> [Double] {
    precondition(
      x.count == columns, "The vector needs an entry per column: \(columns), not \(x.count).")
    var y = [Double](repeating: 0, count: rows)
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let y = y.baseAddress else { return }
        addProduct(1, x, to: y)
      }
    }
    return y
  }

  /// The product with a vector, as ``multiplying(_:)``.
  public static func * (matrix: SparseMatrix, x: [Double]) -> [Double] { matrix.multiplying(x) }

  /// The product of the transpose with a vector of `rows` entries. O(entries).
  public func transposeMultiplying(_ y: [Double]) -> [Double] {
    precondition(y.count == rows, "The vector needs an entry per row: \(rows), not \(y.count).")
    var x = [Double](repeating: 0, count: columns)
    y.withUnsafeBufferPointer { y in
      x.withUnsafeMutableBufferPointer { x in
        guard let y = y.baseAddress, let x = x.baseAddress else { return }
        addTransposedProduct(1, y, to: x)
      }
    }
    return x
  }

  /// y ← α S x + y.
  package func addProduct(
    _ α: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    columnStarts.withUnsafeBufferPointer { starts in
      rowIndices.withUnsafeBufferPointer { indices in
        values.withUnsafeBufferPointer { values in
          for j in 0..<columns {
            let scaled = α * x[j]
            guard scaled != 0 else { continue }
            for k in starts[j]..<starts[j + 1] { y[Int(indices[k])] += values[k] * scaled }
          }
        }
      }
    }
  }

  /// x ← α Sᵀ y + x.
  package func addTransposedProduct(
    _ α: Double, _ y: UnsafePointer<Double>, to x: UnsafeMutablePointer<Double>
  ) {
    columnStarts.withUnsafeBufferPointer { starts in
      rowIndices.withUnsafeBufferPointer { indices in
        values.withUnsafeBufferPointer { values in
          for j in 0..<columns {
            var sum = 0.0
            for k in starts[j]..<starts[j + 1] { sum += values[k] * y[Int(indices[k])] }
            x[j] += α * sum
          }
        }
      }
    }
  }
}
