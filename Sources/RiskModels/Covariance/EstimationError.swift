/// Why a covariance or a correlation could not be estimated or converted.
public enum EstimationError: Error, Sendable, Hashable {
  /// There are fewer observations than the estimator needs.
  case tooFewObservations(found: Int, needed: Int)
  /// An element is NaN or infinite, first at this place.
  case notFinite(row: Int, column: Int)
  /// The matrix is not square.
  case notSquare(rows: Int, columns: Int)
  /// The matrix is not symmetric to 1e-12 of its largest element.
  case notSymmetric
  /// The variance or volatility of the factor at this index is negative or not finite.
  case invalidVariance(index: Int, value: Double)
  /// The number of volatilities is not the size of the correlation.
  case sizes(volatilities: Int, correlation: Int)
  /// The eigenvalues of the matrix could not be computed.
  case eigenvaluesNotConverged
}

extension EstimationError: CustomStringConvertible {
  /// A sentence that says what is wrong and, where there is one, the way out.
  public var description: String {
    switch self {
    case .tooFewObservations(let found, let needed):
      "\(found) observations are too few; the estimator needs at least \(needed)"
    case .notFinite(let row, let column):
      "element (\(row), \(column)) is NaN or infinite"
    case .notSquare(let rows, let columns): "the matrix is \(rows) by \(columns), not square"
    case .notSymmetric: "the matrix is not symmetric; take (A + Aᵀ)/2 if that is meant"
    case .invalidVariance(let index, let value):
      "the variance or volatility \(value) at index \(index) is negative or not finite"
    case .sizes(let volatilities, let correlation):
      "\(volatilities) volatilities do not fit a correlation of \(correlation) rows"
    case .eigenvaluesNotConverged: "the eigenvalues could not be computed; scale the matrix"
    }
  }
}
