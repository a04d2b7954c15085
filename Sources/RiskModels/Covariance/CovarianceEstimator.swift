public import LinearAlgebra

/// A rule that estimates a covariance matrix from observations: a value, with nothing fitted in it.
public protocol CovarianceEstimator: Sendable {
  /// The covariance of the columns of a matrix whose rows are observations, oldest first: per
  /// period of the observations, exactly symmetric.
  ///
  /// - Throws: ``EstimationError`` for fewer than 2 observations, a NaN or an infinity.
  /// - Complexity: T n² operations for T observations of n columns.
  func covariance(of returns: Matrix) throws -> Matrix
}

extension CovarianceEstimator {
  /// The covariance of the factors of a history, per period of its returns.
  public func covariance(of history: ReturnHistory) throws -> Matrix {
    try covariance(of: history.returns)
  }
}

/// The observations less a mean of each column, weighted where weights (of sum 1) are given.
func centred(
  _ returns: Matrix, weights: [Double]? = nil, needed: Int = 2
) throws(EstimationError) -> Matrix {
  try requireObservations(returns, needed)
  let T = returns.rows
  var x = returns
  for j in 0..<x.columns {
    let column = j * T..<(j + 1) * T
    let mean =
      if let weights {
        zip(weights, x.elements[column]).reduce(0) { $0 + $1.0 * $1.1 }
      } else {
        x.elements[column].reduce(0, +) / Double(T)
      }
    for t in column { x.elements[t] -= mean }
  }
  return x
}

func requireObservations(_ returns: Matrix, _ needed: Int) throws(EstimationError) {
  guard returns.rows >= needed else {
    throw .tooFewObservations(found: returns.rows, needed: needed)
  }
  if let place = returns.firstNonFinite() {
    throw .notFinite(row: place.row, column: place.column)
  }
}
