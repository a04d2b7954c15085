extension SparseMatrix {
  /// Multiplies entry (i, j) by `rows[i] * columns[j]`.
  package mutating func scale(
    rows: UnsafePointer<Double>, columns: UnsafePointer<Double>
  ) {
    for j in 0..<self.columns {
      for k in columnStarts[j]..<columnStarts[j + 1] {
        values[k] *= rows[Int(rowIndices[k])] * columns[j]
      }
    }
  }

  /// Multiplies every entry by a number.
  package mutating func scale(by factor: Double) {
    for k in values.indices { values[k] *= factor }
  }

  /// y ← α S x + y, where the entries are the upper triangle of the symmetric S.
  package func addSymmetricProduct(
    _ α: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    columnStarts.withUnsafeBufferPointer { starts in
      rowIndices.withUnsafeBufferPointer { indices in
        values.withUnsafeBufferPointer { values in
          for j in 0..<columns {
            let scaled = α * x[j]
            var sum = 0.0
            for k in starts[j]..<starts[j + 1] {
              let i = Int(indices[k])
              y[i] += values[k] * scaled
              if i != j { sum += values[k] * x[i] }
            }
            y[j] += α * sum
          }
        }
      }
    }
  }
}
