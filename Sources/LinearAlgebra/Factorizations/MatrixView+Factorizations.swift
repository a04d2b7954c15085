extension MatrixView {
  /// Throws unless the matrix is square.
  func requireSquare() throws(FactorizationError) {
    if rows != columns { throw .notSquare(rows: rows, columns: columns) }
  }

  /// Throws if the matrix holds a NaN or an infinity.
  func requireFinite() throws(FactorizationError) {
    if let place = firstNonFinite() { throw .notFinite(row: place.row, column: place.column) }
  }

  /// The first NaN or infinity on or below the diagonal.
  func firstNonFiniteInLowerTriangle() -> (row: Int, column: Int)? {
    withPointer { start in
      for j in 0..<columns {
        let column = start + j * leadingDimension
        if isFinite(column + j, count: rows - j) { continue }
        for i in j..<rows where !column[i].isFinite { return (i, j) }
      }
      return nil
    }
  }

  /// Throws if there is a NaN or an infinity on or below the diagonal.
  func requireFiniteLowerTriangle() throws(FactorizationError) {
    if let place = firstNonFiniteInLowerTriangle() {
      throw .notFinite(row: place.row, column: place.column)
    }
  }

  /// Copies the elements into `storage`, column after column, and reuses its memory when it
  /// already has the size.
  func copy(into storage: inout [Double]) {
    let count = rows * columns
    if storage.count != count { storage = [Double](repeating: 0, count: count) }
    copy(to: &storage)
  }
}

/// Sets the elements above the diagonal to zero.
func clearUpperTriangle(_ a: UnsafeMutablePointer<Double>, n: Int) {
  for j in 1..<max(1, n) { (a + j * n).update(repeating: 0, count: j) }
}

/// The size of a work space that LAPACK answered to a query, at least one.
func workSize(_ answer: Double) -> Int { max(1, Int(answer.rounded(.up))) }
