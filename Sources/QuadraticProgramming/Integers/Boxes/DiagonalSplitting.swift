internal import LinearAlgebra

/// A diagonal D ≥ 0 with P − D positive definite that makes Σ ω_i d_i large.
///
/// Newton's method on the concave barrier Σ ω_i d_i + μ (log det(P − D) + Σ log d_i), whose gradient is
/// ω_i − μ W_ii + μ/d_i and whose Hessian is −μ (W∘W + 1/d²), W = (P − D)⁻¹.
///
/// Source: Frangioni and Gentile, "SDP diagonalizations and perspective cuts", Operations Research
/// Letters 35, 2007.
struct DiagonalSplitting {
  /// D; zeros when P is singular.
  private(set) var d: [Double]

  /// - Parameter weights: ω, none negative; the variables with weight zero get a d of nearly zero.
  init(_ P: Matrix, weights: [Double]) {
    let n = P.rows
    d = [Double](repeating: 0, count: n)
    let scale = (0..<n).reduce(0.0) { max($0, P[$1, $1]) }
    var shifted = P
    for i in 0..<n { shifted[i, i] -= 1e-9 * scale }
    guard n > 0, (try? Cholesky(shifted)) != nil, var W = (try? Cholesky(P))?.inverse else {
      return
    }
    var trial = (0..<n).map { 0.5 / (Double(n) * W[$0, $0]) }
    let total = zip(weights, trial).reduce(0.0) { $0 + $1.0 * $1.1 }
    guard total > 0 else { return }
    let floor = trial.map { 1e-3 * $0 }
    var μ = total
    for _ in 0..<60 {
      var H = Matrix(rows: n, columns: n) { i, j in μ * W[i, j] * W[i, j] }
      let gradient = (0..<n).map { weights[$0] - μ * W[$0, $0] + μ / trial[$0] }
      for i in 0..<n { H[i, i] += μ / (trial[i] * trial[i]) }
      guard let step = (try? Cholesky(H))?.solve(gradient) else { break }
      let decrement = dot(step, gradient) / μ
      var α = decrement > 0.25 ? 1 / (1 + decrement.squareRoot()) : 1
      var next: (d: [Double], W: Matrix)?
      while next == nil && α > 1e-6 {
        let moved = (0..<n).map { max(trial[$0] + α * step[$0], 0.05 * trial[$0]) }
        var R = P
        for i in 0..<n { R[i, i] -= moved[i] }
        if let inverse = (try? Cholesky(R))?.inverse { next = (moved, inverse) }
        α *= 0.5
      }
      guard let next else { break }
      (trial, W) = next
      if decrement < 0.5 {
        if μ * Double(2 * n) < 1e-2 * zip(weights, trial).reduce(0.0, { $0 + $1.0 * $1.1 }) {
          break
        }
        μ *= 0.2
      }
    }
    // A hair less than the edge, so that rounding in P − D cannot make it indefinite.
    d = zip(trial, floor).map { max(0, min($0, max($0 * (1 - 1e-9), $1))) * (1 - 1e-9) }
    var R = P
    for i in 0..<n { R[i, i] -= d[i] }
    if (try? Cholesky(R)) == nil { d = [Double](repeating: 0, count: n) }
  }
}
