/// What an active-set method concluded.
public enum ActiveSetStatus: Sendable, Hashable {
  /// A point with multipliers that satisfy the optimality conditions to rounding.
  case optimal
  /// No feasible point; the multipliers are Farkas multipliers: Aᵀy + z = 0 with
  /// Σ u y⁺ + l y⁻ over rows and bounds equal to −1.
  case primalInfeasible
  /// The objective falls without limit from any feasible point along the ray that the point is, on which cᵀx = −1.
  case unbounded
  /// The limit on steps was reached, or rounding prevented a verified answer.
  case failed
}

/// The answer of an active-set method, copied out of its work space.
package struct ActiveSetSolution: Sendable, Hashable {
  package let status: ActiveSetStatus
  /// The point; the ray when unbounded.
  package let x: [Double]
  /// y, one per row; Farkas multipliers when infeasible.
  package let rowMultipliers: [Double]
  /// z, one per variable; Farkas multipliers when infeasible.
  package let boundMultipliers: [Double]
  /// The side at which each bound is held: −1 lower, 0 free, 1 upper.
  package let boundSides: [Int8]
  /// The side at which each row is held: −1 lower, 0 free, 1 upper.
  package let rowSides: [Int8]
  /// A bound's variable, or n + a row, whose sides are crossed; then the multipliers are zero.
  package let crossed: Int?
  /// The number of Cholesky factorizations made.
  package let factorizations: Int
  /// The number of Newton iterations and of steps of the dual method.
  package let steps: Int
  /// The size of the violations of the conditions on the data as given.
  package let residuals: DenseResiduals
}

/// Violations of the optimality conditions, computed from the data alone.
public struct DenseResiduals: Sendable, Hashable {
  /// The largest violation of a side.
  public internal(set) var primal = Double.infinity
  /// The largest entry of |Px + c + Aᵀy + z|.
  public internal(set) var dual = Double.infinity
  /// The largest product of a multiplier and the distance to the side it belongs to; infinite where
  /// that side is absent.
  public internal(set) var complementarity = Double.infinity
}

extension DenseResiduals {
  /// The residuals at (x, y, z), with `g` (n) and `v` (m) as scratch.
  init(
    _ p: ProgramView, x: UnsafePointer<Double>, y: UnsafePointer<Double>, z: UnsafePointer<Double>,
    g: UnsafeMutablePointer<Double>, v: UnsafeMutablePointer<Double>
  ) {
    p.gradient(x, y, into: g)
    p.rowValues(x, into: v)
    (primal, dual, complementarity) = (0, 0, 0)
    for j in 0..<p.n {
      Self.raise(&dual, abs(g[j] + z[j]))
      accumulate(x[j], z[j], p.lower[j], p.upper[j])
    }
    for i in 0..<p.m { accumulate(v[i], y[i], p.rowLower[i], p.rowUpper[i]) }
  }

  private mutating func accumulate(_ v: Double, _ y: Double, _ l: Double, _ u: Double) {
    Self.raise(&primal, max(l - v, v - u, 0))
    if v.isNaN { primal = .nan }
    if y > 0 { Self.raise(&complementarity, y * abs(u - v)) }
    if y < 0 { Self.raise(&complementarity, -y * abs(v - l)) }
  }

  /// The larger of the two; NaN once one was NaN.
  @inline(__always)
  private static func raise(_ largest: inout Double, _ value: Double) {
    if !(value <= largest) && !largest.isNaN { largest = value }
  }
}
