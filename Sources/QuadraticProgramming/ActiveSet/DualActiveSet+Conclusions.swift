extension DualActiveSet {
  /// Infeasible by one row or bound alone; failed when a side is NaN.
  func crossing(_ p: ProgramView) -> ActiveSetStatus? {
    crossed = nil
    for j in 0..<p.n where !(p.lower[j] <= p.upper[j]) { crossed = j }
    if crossed == nil {
      for i in 0..<p.m where !(p.rowLower[i] <= p.rowUpper[i]) { crossed = p.n + i }
    }
    guard let c = crossed else { return nil }
    y.update(repeating: 0, count: p.m)
    z.update(repeating: 0, count: p.n)
    let sum = c < p.n ? p.lower[c] + p.upper[c] : p.rowLower[c - p.n] + p.rowUpper[c - p.n]
    return sum.isNaN ? .failed : .primalInfeasible
  }

  /// y and z from the working set; true when x, y and z satisfy the conditions to rounding.
  func writeAnswer(_ p: ProgramView) -> Bool {
    y.update(repeating: 0, count: p.m)
    z.update(repeating: 0, count: p.n)
    // Where all multipliers are zero at the solution their signs are those of rounding.
    let noise = 4 * p.curvatureNoise(x)
    var largest = Kernel.largest(p.n, p.c)
    for k in 0..<factor.count { largest = max(largest, abs(μ[k])) }
    for k in 0..<factor.count {
      let index = Int(working[k])
      let norm = index < p.n ? 1 : rowNorm[index - p.n]
      let wrong = μ[k] * Double(workingSide[k]) < 0
      if wrong, abs(μ[k]) > 1e-11 * largest + noise / norm { return false }
      let value = wrong ? 0 : μ[k]
      if index < p.n { z[index] = value } else { y[index - p.n] = value }
    }
    residuals = DenseResiduals(p, x: x, y: y, z: z, g: e, v: values)
    let scale = sizes(p)
    return residuals.dual <= 1e-10 * scale.dual + noise
      && residuals.primal <= 1e-10 * scale.primal
      && residuals.complementarity <= 1e-10 * scale.primal * (scale.dual + noise)
      && p.sidesHold(x, y, z, values: values)
  }

  /// y and z of a working set that is no answer: multipliers of the right sign only.
  func writeMultipliers(_ p: ProgramView) {
    y.update(repeating: 0, count: p.m)
    z.update(repeating: 0, count: p.n)
    for k in 0..<factor.count where μ[k] * Double(workingSide[k]) >= 0 {
      let index = Int(working[k])
      if index < p.n { z[index] = μ[k] } else { y[index - p.n] = μ[k] }
    }
  }

  /// The sizes of the terms of stationarity, and of sides and row values.
  private func sizes(_ p: ProgramView) -> (dual: Double, primal: Double) {
    var dual = max(Kernel.largest(p.n, p.c), Kernel.largest(p.n, z))
    for i in 0..<p.m where y[i] != 0 { dual = max(dual, abs(y[i]) * rowNorm[i]) }
    let size = Kernel.largest(p.n, x)
    var primal = 1 + size
    for k in 0..<factor.count where working[k] >= p.n {
      primal = max(primal, rowNorm[Int(working[k]) - p.n] * size)
    }
    // Without an objective the multipliers have no scale of their own.
    return (max(dual, hasObjective ? .leastNormalMagnitude : 1), primal)
  }

  /// Farkas multipliers from a violated constraint whose normal is a combination of those of the
  /// working set, Δμ, with no multiplier falling. True when they are a proof.
  func writeCertificate(_ p: ProgramView, _ c: Violation) -> Bool {
    let σ = c.excess > 0 ? 1.0 : -1.0
    for k in 0..<factor.count { keptμ[k] = -σ * Δμ[k] }
    for _ in 0..<2 { refineCombination(p, c, σ) }
    y.update(repeating: 0, count: p.m)
    z.update(repeating: 0, count: p.n)
    if c.index < p.n { z[c.index] = σ } else { y[c.index - p.n] = σ }
    for k in 0..<factor.count where keptμ[k] * Double(workingSide[k]) >= 0 {
      let index = Int(working[k])
      if index < p.n { z[index] = keptμ[k] } else { y[index - p.n] = keptμ[k] }
    }
    return normalizeCertificate(p)
  }

  /// A step of iterative refinement of σ a + Nμ = 0.
  private func refineCombination(_ p: ProgramView, _ c: Violation, _ σ: Double) {
    e.update(repeating: 0, count: p.n)
    func subtract(_ multiplier: Double, _ index: Int) {
      if index < p.n {
        e[index] -= multiplier
      } else {
        Kernel.axpy(p.n, -multiplier, p.row(index - p.n), e)
      }
    }
    subtract(σ, c.index)
    for k in 0..<factor.count { subtract(keptμ[k], Int(working[k])) }
    factor.load(e)
    factor.dualDirection(into: Δμ)
    for k in 0..<factor.count { keptμ[k] += Δμ[k] }
  }

  /// Bounds absorb what Aᵀy leaves where the side needed is finite; the support is scaled to −1.
  private func normalizeCertificate(_ p: ProgramView) -> Bool {
    e.update(repeating: 0, count: p.n)
    direction.update(repeating: 0, count: p.n)
    for i in 0..<p.m where y[i] != 0 {
      Kernel.axpy(p.n, y[i], p.row(i), e)
      for j in 0..<p.n { direction[j] += abs(y[i] * p.row(i)[j]) }
    }
    var support = 0.0
    var size = 0.0
    for j in 0..<p.n {
      let side = e[j] < 0 ? p.upper[j] : p.lower[j]
      if side.isFinite {
        z[j] = -e[j]
      } else {
        z[j] = 0
      }
      if z[j] != 0 {
        support += z[j] * side
        size += abs(z[j] * side)
      }
    }
    for i in 0..<p.m where y[i] != 0 {
      let side = y[i] > 0 ? p.rowUpper[i] : p.rowLower[i]
      guard side.isFinite else { return false }
      support += y[i] * side
      size += abs(y[i] * side)
    }
    let gain = -support
    guard gain > 1e-10 * size, gain > 0 else { return false }
    for j in 0..<p.n where z[j] == 0 && !(abs(e[j]) <= 1e-10 * gain + 1e-13 * direction[j]) {
      return false
    }
    for j in 0..<p.n { z[j] /= gain }
    for i in 0..<p.m { y[i] /= gain }
    return true
  }

  /// The ray along Δx when it is one: Pd = 0, d into every finite side, cᵀd < 0.
  func writeRay(_ p: ProgramView) -> Bool {
    let size = Kernel.largest(p.n, Δx)
    guard size > 0, size.isFinite else { return false }
    for j in 0..<p.n { keptX[j] = Δx[j] / size }
    for _ in 0..<3 { clearCurvature(p) }
    for j in 0..<p.n {
      var d = abs(keptX[j]) < 1e-12 ? 0 : keptX[j]
      if p.lower[j] > -.infinity { d = max(d, 0) }
      if p.upper[j] < .infinity { d = min(d, 0) }
      keptX[j] = d
    }
    let slope = Kernel.dot(p.n, p.c, keptX)
    let gain = -slope
    var sum = 0.0
    for j in 0..<p.n { sum += abs(p.c[j] * keptX[j]) }
    guard gain > 1e-8 * sum, gain > 0 else { return false }
    Kernel.symmetricProduct(p.n, p.P, ld: p.n, keptX, into: e)
    var whole = 0.0
    for j in 0..<p.n { whole += max(p.column(j)[j], 0).squareRoot() * abs(keptX[j]) }
    for j in 0..<p.n {
      // √Pⱼⱼ Σ √Pₖₖ|dₖ| bounds the terms of (Pd)ⱼ.
      let noise = 1e-13 * max(p.column(j)[j], 0).squareRoot() * whole
      guard abs(e[j]) <= max(1e-10 * gain, noise) else { return false }
    }
    p.rowValues(keptX, into: values)
    for i in 0..<p.m {
      let tolerance = max(1e-10 * gain, 1e-12 * rowNorm[i])
      if p.rowUpper[i] < .infinity, values[i] > tolerance { return false }
      if p.rowLower[i] > -.infinity, values[i] < -tolerance { return false }
    }
    for j in 0..<p.n { x[j] = keptX[j] / gain }
    y.update(repeating: 0, count: p.m)
    z.update(repeating: 0, count: p.n)
    return true
  }

  /// A step from the direction in `keptX` toward Pd = 0 on the working set.
  private func clearCurvature(_ p: ProgramView) {
    Kernel.symmetricProduct(p.n, p.P, ld: p.n, keptX, into: e)
    for j in 0..<p.n { e[j] = -e[j] }
    for k in 0..<factor.count {
      let index = Int(working[k])
      t[k] = index < p.n ? -keptX[index] : -Kernel.dot(p.n, p.row(index - p.n), keptX)
    }
    factor.solve(e, t, x: direction, multipliers: keptμ)
    for j in 0..<p.n { keptX[j] += direction[j] }
  }
}
