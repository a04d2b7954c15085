public import LinearAlgebra

/// A norm of convex functions, √(Σ qᵢⱼ fᵢ fⱼ), that is convex itself.
///
/// It is so for affine functions and any positive semidefinite q; and for convex functions that are never
/// negative where no entry of q is, since the norm rises with each of them: norms of norms, as ISDA SIMM's
/// and FRTB's (S. Boyd, L. Vandenberghe, Convex Optimization, 2004, section 3.2.4). The epigraph is a
/// second-order cone.
public struct NormFunction: Sendable {
  /// f, whose weighted norm it is.
  public let parts: [ConvexFunction]
  /// B, with BᵀB = q, so that the value is ‖Bf‖; nil for the Euclidean norm.
  public let factor: Matrix?
  /// Whether the parts are convex functions that are never negative, rather than affine.
  private let isMonotone: Bool

  /// ‖(f₁, f₂, …)‖ of affine functions.
  public init(of functions: [AffineFunction]) {
    parts = functions.map { .affine($0) }
    factor = nil
    isMonotone = false
  }

  /// √(Σ qᵢⱼ fᵢ fⱼ) of affine functions; nil where q is not positive semidefinite.
  ///
  /// - Precondition: q is symmetric, a row for each function.
  public init?(of functions: [AffineFunction], form q: Matrix) {
    precondition(
      q.rows == functions.count && q.columns == q.rows,
      "A form of functions has a row for each of them.")
    guard let factor = Self.factor(of: q) else { return nil }
    parts = functions.map { .affine($0) }
    self.factor = factor
    isMonotone = false
  }

  /// √(Σ qᵢⱼ fᵢ fⱼ) of convex functions; nil where q is not positive semidefinite, or has a negative entry.
  ///
  /// - Precondition: q is symmetric, a row for each function; no function is ever negative.
  public init?(ofNonnegative functions: [ConvexFunction], form q: Matrix) {
    precondition(
      q.rows == functions.count && q.columns == q.rows,
      "A form of functions has a row for each of them.")
    guard q.elements.allSatisfy({ $0 >= 0 }), let factor = Self.factor(of: q) else { return nil }
    parts = functions
    self.factor = factor
    isMonotone = true
  }

  public func value(at x: [Double]) -> Double { norm(of: parts.map { $0.value(at: x) }) }

  private func norm(of values: [Double]) -> Double {
    rows(of: values).reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Bf
  private func rows(of values: [Double]) -> [Double] {
    guard let factor else { return values }
    return (0..<factor.rows).map { i in
      values.indices.reduce(0) { $0 + factor[i, $1] * values[$1] }
    }
  }

  /// Bounds over a box of trades, not always attained.
  public func range(lower: [Double], upper: [Double]) -> ClosedRange<Double> {
    let ranges = parts.map { $0.range(lower: lower, upper: upper) }
    if isMonotone {
      let least = norm(of: ranges.map { max(0, $0.lowerBound) })
      return least...max(least, norm(of: ranges.map { max(0, $0.upperBound) }))
    }
    // Of each row Bf, the least and the greatest magnitude.
    var (least, greatest) = (0.0, 0.0)
    for i in 0..<(factor?.rows ?? parts.count) {
      var (low, high) = (0.0, 0.0)
      for j in parts.indices {
        let b = factor.map { $0[i, j] } ?? (i == j ? 1 : 0)
        if b == 0 { continue }
        low += min(b * ranges[j].lowerBound, b * ranges[j].upperBound)
        high += max(b * ranges[j].lowerBound, b * ranges[j].upperBound)
      }
      let nearest = max(0, low, -high)
      let farthest = max(abs(low), abs(high))
      least += nearest * nearest
      greatest += farthest * farthest
    }
    return least.squareRoot()...max(least, greatest).squareRoot()
  }

  /// The affine function that touches from below at x: Σ gᵢ fᵢ with g = q f(x)/‖f(x)‖, by the inequality of
  /// Cauchy and Schwarz, and each fᵢ supported where it is not affine. Zero where the norm is.
  public func support(at x: [Double]) -> AffineFunction {
    let values = parts.map { $0.value(at: x) }
    let rows = rows(of: values)
    let norm = rows.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm > 0 else { return AffineFunction() }
    let weights = parts.indices.map { j in
      factor.map { factor in
        (0..<factor.rows).reduce(0) { $0 + factor[$1, j] * rows[$1] } / norm
      } ?? rows[j] / norm
    }
    return AffineFunction(sumOf: parts.map { $0.support(at: x) }, times: weights)
  }

  private init(parts: [ConvexFunction], factor: Matrix?, isMonotone: Bool) {
    (self.parts, self.factor, self.isMonotone) = (parts, factor, isMonotone)
  }

  /// The norm of other functions: affine where these are, never negative where these are not.
  func withParts(_ change: (ConvexFunction) -> ConvexFunction) -> NormFunction {
    NormFunction(parts: parts.map(change), factor: factor, isMonotone: isMonotone)
  }

  /// B with BᵀB = q by Cholesky's method with the largest pivot first; nil where q is not positive
  /// semidefinite up to rounding.
  private static func factor(of q: Matrix) -> Matrix? {
    let n = q.rows
    var rest = q
    var rows: [[Double]] = []
    let scale = (0..<n).reduce(0.0) { max($0, abs(q[$1, $1])) }
    for _ in 0..<n {
      guard let pivot = (0..<n).max(by: { rest[$0, $0] < rest[$1, $1] }),
        rest[pivot, pivot] > 1e-12 * scale
      else { break }
      let root = rest[pivot, pivot].squareRoot()
      let row = (0..<n).map { rest[pivot, $0] / root }
      for j in 0..<n { for i in 0..<n { rest[i, j] -= row[i] * row[j] } }
      // What is eliminated is zero, and stays so.
      for i in 0..<n { (rest[i, pivot], rest[pivot, i]) = (0, 0) }
      rows.append(row)
    }
    // What is left must be rounding.
    guard rest.elements.allSatisfy({ abs($0) <= 1e-9 * max(scale, .leastNormalMagnitude) }) else {
      return nil
    }
    return Matrix(rows: rows.count, columns: n) { rows[$0][$1] }
  }
}
