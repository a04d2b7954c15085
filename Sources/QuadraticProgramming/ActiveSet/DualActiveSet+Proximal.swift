extension DualActiveSet {
  /// Moves the center of the proximal term to the point, and on along the same direction to the
  /// minimum of the objective itself or to the first side in the way. Without this, directions
  /// without curvature would be followed by steps of size |c| / ε. False when the direction is a ray
  /// on which the objective falls without limit.
  ///
  /// The center stays feasible and its objective falls, so that the proximal-point method converges
  /// as before (R. T. Rockafellar, SIAM J. Control Optim. 14 (1976), 877–898).
  func lengthenStep(_ p: ProgramView) -> Bool {
    for j in 0..<p.n { Δx[j] = x[j] - center[j] }
    center.update(from: x, count: p.n)
    Kernel.symmetricProduct(p.n, p.P, ld: p.n, Δx, into: e)
    let curvature = max(Kernel.dot(p.n, Δx, e), 0)
    let slope = Kernel.dot(p.n, x, e) + Kernel.dot(p.n, p.c, Δx)
    guard slope < 0 else { return true }
    if writeRay(p) { return false }
    var step = curvature > 0 ? -slope / curvature : .infinity
    let size = Kernel.largest(p.n, Δx)
    for j in 0..<p.n {
      limit(&step, x[j], Δx[j], p.lower[j], p.upper[j], noise: 1e-13 * size)
    }
    p.rowValues(x, into: values)
    for i in 0..<p.m {
      let change = Kernel.dot(p.n, p.row(i), Δx)
      limit(
        &step, values[i], change, p.rowLower[i], p.rowUpper[i], noise: 1e-13 * size * rowNorm[i])
    }
    if step.isFinite { for j in 0..<p.n { center[j] += step * Δx[j] } }
    return true
  }

  /// Divides ε by a hundred, where that can still be told from rounding, and factors anew with the
  /// same working set: for directions whose scale the first choice misjudged.
  func weakenProximalTerm(_ p: ProgramView) -> Bool {
    var largest = 0.0
    for j in 0..<p.n { largest = max(largest, p.column(j)[j]) }
    for j in 0..<p.n {
      let diagonal = p.column(j)[j]
      let floor = diagonal > 1e-10 * largest ? 1e-12 * diagonal : Double.leastNormalMagnitude
      proximal[j] = max(proximal[j] / 100, min(proximal[j], floor))
    }
    let count = factor.count
    for k in 0..<count {
      (keptWorking[k], keptSide[k], keptμ[k]) = (working[k], workingSide[k], μ[k])
      mark[Int(working[k])] = 0
    }
    factorizations += 1
    guard factor.factor(p, shift: proximal, floor: 0) else { return false }
    for k in 0..<count {
      seed(p, Int(keptWorking[k]), side: keptSide[k], multiplier: keptμ[k])
    }
    return true
  }

  private func limit(
    _ step: inout Double, _ value: Double, _ change: Double, _ lower: Double, _ upper: Double,
    noise: Double
  ) {
    if change > noise {
      step = min(step, max(upper - value, 0) / change)
    } else if change < -noise {
      step = min(step, max(value - lower, 0) / -change)
    }
  }
}
