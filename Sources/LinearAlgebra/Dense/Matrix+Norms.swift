/// A norm of a matrix.
public enum MatrixNorm: Sendable, CaseIterable {
  /// The largest sum of magnitudes of a column.
  case one
  /// The largest sum of magnitudes of a row.
  case infinity
  /// The square root of the sum of squares, without overflow.
  case frobenius
  /// The largest magnitude (no operator norm).
  case maximum
}

extension DenseMatrix {
  /// A norm of the matrix; zero for an empty one, NaN for one that holds a NaN.
  public func norm(_ kind: MatrixNorm) -> Double {
    let a = view
    return a.withPointer { start in
      let columns = (0..<a.columns).lazy.map { start + $0 * a.leadingDimension }
      switch kind {
      case .one:
        return columns.map { column in
          (0..<a.rows).reduce(0.0) { $0 + abs(column[$1]) }
        }.reduce(0, largest)
      case .maximum:
        return columns.map { column in
          (0..<a.rows).reduce(0.0) { largest($0, abs(column[$1])) }
        }.reduce(0, largest)
      case .frobenius:
        return LinearAlgebra.norm(columns.map { BLAS.nrm2(a.rows, $0) })
      case .infinity:
        var sums = [Double](repeating: 0, count: a.rows)
        for column in columns {
          for i in 0..<a.rows { sums[i] += abs(column[i]) }
        }
        return sums.reduce(0, largest)
      }
    }
  }

  /// The place of the first NaN or infinity, column by column; nil when all elements are finite.
  public func firstNonFinite() -> (row: Int, column: Int)? {
    let a = view
    return a.withPointer { start in
      for j in 0..<a.columns {
        let column = start + j * a.leadingDimension
        if isFinite(column, count: a.rows) { continue }
        for i in 0..<a.rows where !column[i].isFinite { return (i, j) }
      }
      return nil
    }
  }
}

/// The larger of two numbers, NaN when one of them is.
private func largest(_ a: Double, _ b: Double) -> Double { a >= b || a.isNaN ? a : b }
