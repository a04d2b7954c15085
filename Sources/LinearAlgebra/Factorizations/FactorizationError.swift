/// Why a matrix could not be factored, or a factorization could not solve.
public enum FactorizationError: Error, Sendable, Hashable {
  /// The leading minor that ends at this pivot (0-based) is not positive.
  case notPositiveDefinite(pivot: Int)
  /// After `rank` pivots what is left has no positive diagonal element and is not zero either.
  case notPositiveSemidefinite(rank: Int)
  /// The pivot (0-based) is exactly zero, so the factor has no inverse.
  case singular(pivot: Int)
  /// The columns are linearly dependent to working precision: `rank` of `columns` are not.
  case rankDeficient(rank: Int, columns: Int)
  /// Fewer rows than columns: a least-squares problem without a unique solution.
  case underdetermined(rows: Int, columns: Int)
  /// The iteration did not converge; `remaining` values were not found.
  case notConverged(remaining: Int)
  /// The matrix holds a NaN or an infinity, first at this place.
  case notFinite(row: Int, column: Int)
  /// The elements are finite, but the pivot, eigenvalue or singular value with this index
  /// (0-based) overflowed.
  case overflow(pivot: Int)
  /// A − xxᵀ is not positive definite: 1 − xᵀA⁻¹x is `remaining`, which rounding does not tell from
  /// zero, or negative.
  case downdateIndefinite(remaining: Double)
  /// The matrix is not square.
  case notSquare(rows: Int, columns: Int)
}

extension FactorizationError: CustomStringConvertible {
  /// A sentence that says what is wrong with the matrix and, where there is one, the way out.
  public var description: String {
    switch self {
    case .notPositiveDefinite(let pivot):
      "the matrix is not positive definite: pivot \(pivot) is not positive"
    case .notPositiveSemidefinite(let rank):
      "the matrix is not positive semidefinite: what is left after \(rank) pivots is indefinite"
    case .singular(let pivot): "the matrix is singular: pivot \(pivot) is zero"
    case .rankDeficient(let rank, let columns):
      "the columns are dependent: rank \(rank) of \(columns); remove columns or use SingularValues"
    case .underdetermined(let rows, let columns):
      "\(rows) equations do not determine \(columns) unknowns; use SingularValues"
    case .notConverged(let remaining):
      "the iteration did not converge: \(remaining) values were not found"
    case .notFinite(let row, let column):
      "the matrix is not finite: element (\(row), \(column)) is NaN or infinite"
    case .overflow(let pivot):
      "the factorization overflowed at number \(pivot) of its diagonal; scale the matrix"
    case .downdateIndefinite(let remaining):
      "A - xxᵀ is not positive definite: 1 - xᵀA⁻¹x is \(remaining); remove less, or factor anew"
    case .notSquare(let rows, let columns): "the matrix is \(rows) by \(columns), not square"
    }
  }
}
