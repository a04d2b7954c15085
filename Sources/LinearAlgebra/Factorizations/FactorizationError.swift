/// Why a matrix could not be factored, or a factorization could not solve.
public enum FactorizationError: Error, Sendable, Hashable {
  /// The leading minor that ends at this pivot (0-based) is not positive.
  case notPositiveDefinite(pivot: Int)
  /// The pivot (0-based) is exactly zero, so the factor has no inverse.
  case singular(pivot: Int)
  /// The iteration did not converge; `remaining` values were not found.
  case notConverged(remaining: Int)
  /// The matrix holds a NaN or an infinity, first at this place.
  case notFinite(row: Int, column: Int)
  /// The matrix is not square.
  case notSquare(rows: Int, columns: Int)
}

extension FactorizationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notPositiveDefinite(let pivot):
      "the matrix is not positive definite: pivot \(pivot) is not positive"
    case .singular(let pivot): "the matrix is singular: pivot \(pivot) is zero"
    case .notConverged(let remaining):
      "the iteration did not converge: \(remaining) values were not found"
    case .notFinite(let row, let column):
      "the matrix is not finite: element (\(row), \(column)) is NaN or infinite"
    case .notSquare(let rows, let columns): "the matrix is \(rows) by \(columns), not square"
    }
  }
}
