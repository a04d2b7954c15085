public import LinearAlgebra

/// A profit and loss that is quadratic in the moves X of risk factors: θ + δᵀX + ½ XᵀΓX, in dollars.
///
/// θ is what time brings over the horizon. Books add up: the P&L of a book is the sum of those of its
/// positions.
public struct QuadraticProfitAndLoss: Sendable, Hashable {
  /// θ, dollars gained where nothing moves.
  public var constant: Double
  /// δ, dollars for each unit of each factor.
  public var delta: [Double]
  /// Γ, n × n, symmetric: dollars for each unit of two factors.
  public var gamma: Matrix

  /// A quadratic P&L of n factors, with an n × n matrix of gammas, symmetric.
  public init(constant: Double = 0, delta: [Double], gamma: Matrix) {
    self.constant = constant
    self.delta = delta
    self.gamma = gamma
  }

  /// The P&L of both.
  /// - Precondition: They have the same factors.
  public static func + (a: Self, b: Self) -> Self {
    precondition(
      a.delta.count == b.delta.count,
      "A P&L of \(a.delta.count) factors cannot be added to one of \(b.delta.count).")
    return Self(
      constant: a.constant + b.constant, delta: zip(a.delta, b.delta).map(+),
      gamma: a.gamma + b.gamma)
  }

  /// So many times the P&L.
  public static func * (quantity: Double, a: Self) -> Self {
    Self(
      constant: quantity * a.constant, delta: a.delta.map { quantity * $0 },
      gamma: quantity * a.gamma)
  }

  /// The losses −(θ + δᵀX + ½ XᵀΓX), one for each row X.
  /// - Complexity: O(rows · n²).
  public func losses(at moves: Matrix) -> [Double] {
    precondition(
      moves.columns == delta.count,
      "Moves of \(moves.columns) factors do not fit a P&L of \(delta.count).")
    let curved = Matrix.product(moves, gamma)
    let rows = moves.rows
    var result = [Double](repeating: -constant, count: rows)
    for j in delta.indices {
      let d = delta[j]
      for i in 0..<rows {
        let place = i + j * rows
        result[i] -= moves.elements[place] * (d + 0.5 * curved.elements[place])
      }
    }
    return result
  }

  /// Checks sizes, finiteness and symmetry against n factors.
  func check(factors n: Int) throws(SimulationError) {
    for (what, found) in [
      ("deltas", delta.count), ("rows of gamma", gamma.rows), ("columns of gamma", gamma.columns),
    ] where found != n { throw .size(what, expected: n, found: found) }
    for (what, values) in [
      ("constant", [constant]), ("delta", delta), ("element of gamma", gamma.elements),
    ] {
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(what, at: bad, value: values[bad])
      }
    }
    if !gamma.isSymmetric(tolerance: 1e-12) {
      throw .outOfRange("gamma", value: .nan, reason: "it must be symmetric: take (Γ + Γᵀ)/2")
    }
  }
}
