/// The treatment of pivots that a quasi-definite matrix cannot have but for rounding.
///
/// Every symmetric permutation of a quasi-definite matrix has a factorization L D Lᵀ, with the
/// signs of D known beforehand (Vanderbei: Symmetric quasidefinite matrices, SIAM J. Optim. 5,
/// 1995). A pivot with the other sign, or one that is nothing but rounding beside the diagonal
/// entry it came from, is replaced.
package struct PivotSafeguard: Sendable, Hashable {
  /// The least pivot that stands, as a share of the diagonal entry of the matrix.
  package var tolerance: Double
  /// The magnitude that takes the place of a pivot that does not stand.
  package var replacement: Double

  /// A safeguard; by default one that touches rounding only.
  package init(tolerance: Double = 1e-14, replacement: Double = 1e-7) {
    self.tolerance = tolerance
    self.replacement = replacement
  }

  /// The pivot to take instead of `pivot`; `replaced` counts those that did not stand. What is
  /// not finite passes, for the factorization to report.
  @inline(__always)
  func pivot(
    _ pivot: Double, diagonal: Double, sign: Double, replaced: inout Int
  ) -> Double {
    guard pivot * sign <= tolerance * abs(diagonal), pivot.isFinite else { return pivot }
    replaced += 1
    return sign * replacement
  }
}
