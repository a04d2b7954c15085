extension DualActiveSet {
  /// Solves from the sides given (−1 lower, 1 upper; anything on an equality), or from none.
  /// `keepingFactor` says that P is that of the last call.
  func solve(
    _ p: ProgramView, side: UnsafePointer<Int8>?, rowSide: UnsafePointer<Int8>?,
    keepingFactor: Bool = false
  ) -> ActiveSetStatus {
    (steps, factorizations) = (0, 0)
    if let crossed = crossing(p) { return crossed }
    for i in 0..<p.m {
      let norm = Kernel.dot(p.n, p.row(i), p.row(i)).squareRoot()
      rowNorm[i] = norm > 0 ? norm : 1
    }
    if keepingFactor, factor.n == p.n {
      factor.clear()
    } else {
      guard prepare(p) else { return .failed }
    }
    hasObjective = Kernel.largest(p.n, p.c) > 0
    for j in 0..<p.n where p.column(j)[j] > 0 { hasObjective = true }
    mark.update(repeating: 0, count: p.n + p.m)
    pool.count = 0
    x.update(repeating: 0, count: p.n)
    center.update(repeating: 0, count: p.n)
    seed(p, side, rowSide)
    return iterate(p)
  }

  /// P⁻¹, or that of P + εD where P is not safely definite.
  private func prepare(_ p: ProgramView) -> Bool {
    factorizations += 1
    isProximal = false
    if factor.factor(p, shift: nil, floor: 1e-11) { return true }
    isProximal = true
    var largest = 0.0
    for j in 0..<p.n { largest = max(largest, p.column(j)[j]) }
    let c = Kernel.largest(p.n, p.c)
    let scale = max(largest, c) > 0 ? max(largest, c) : 1
    for j in 0..<p.n {
      let diagonal = p.column(j)[j]
      // Without curvature: small enough to cross the range of the variable in one step.
      let range = p.upper[j] - p.lower[j]
      let unit = range > 0 && range.isFinite ? scale / range : scale
      proximal[j] = 1e-7 * (diagonal > 1e-10 * largest ? diagonal : unit)
    }
    factorizations += 1
    return factor.factor(p, shift: proximal, floor: 1e-14)
  }

  /// Takes the equalities and the given sides into the working set, except dependent ones.
  private func seed(
    _ p: ProgramView, _ side: UnsafePointer<Int8>?, _ rowSide: UnsafePointer<Int8>?
  ) {
    for pass in 0..<2 {
      for j in 0..<p.n where (p.lower[j] == p.upper[j]) == (pass == 0) {
        let s = pass == 0 ? 0 : clamp(side?[j] ?? 0, p.lower[j], p.upper[j])
        if pass == 0 || s != 0 { seed(p, j, side: s) }
      }
      for i in 0..<p.m where (p.rowLower[i] == p.rowUpper[i]) == (pass == 0) {
        let s = pass == 0 ? 0 : clamp(rowSide?[i] ?? 0, p.rowLower[i], p.rowUpper[i])
        if pass == 0 || s != 0 { seed(p, p.n + i, side: s) }
      }
    }
  }

  private func clamp(_ s: Int8, _ lower: Double, _ upper: Double) -> Int8 {
    (s > 0 && upper < .infinity) ? 1 : (s < 0 && lower > -.infinity) ? -1 : 0
  }

  /// Takes a constraint into the working set unless its normal depends on those there.
  func seed(_ p: ProgramView, _ index: Int, side: Int8, multiplier: Double = 0) {
    guard factor.count < p.n, !deadline.hasPassed else { return }
    if index < p.n { factor.load(unit: index) } else { factor.load(p.row(index - p.n)) }
    let (outside, whole) = factor.squares()
    guard outside > 1e-16 * whole else { return }
    factor.primalDirection(into: Δx)
    append(index, side: side, multiplier: multiplier)
  }

  private func iterate(_ p: ProgramView) -> ActiveSetStatus {
    for round in 0..<(isProximal ? 200 : 12) where !deadline.hasPassed {
      guard restoreStationarity(p) else { return .failed }
      switch ascend(p) {
      case .infeasible: return .primalInfeasible
      case .failed: return .failed
      case .optimal: break
      }
      if finish(p) { return .optimal }
      for k in 0..<(p.n + p.m) where mark[k] == 2 { mark[k] = 0 }
      guard isProximal else { continue }
      if !lengthenStep(p) { return .unbounded }
      if round % 4 == 3, !weakenProximalTerm(p) { return .failed }
    }
    return .failed
  }

  /// x and μ stationary on the working set; constraints leave until all signs are right.
  private func restoreStationarity(_ p: ProgramView) -> Bool {
    for _ in 0...(2 * p.n) where !deadline.hasPassed {
      for k in 0..<factor.count where μ[k] * Double(workingSide[k]) < 0 { μ[k] = 0 }
      keptμ.update(from: μ, count: factor.count)
      for _ in 0..<2 { correct(p, proximal: isProximal) }
      var step = 1.0
      var blocking = -1
      var worst = 0.0
      for k in 0..<factor.count where workingSide[k] != 0 {
        let s = Double(workingSide[k])
        guard s * μ[k] < 0 else { continue }
        let ratio = s * keptμ[k] / (s * keptμ[k] - s * μ[k])
        if ratio < step || (ratio == step && s * μ[k] < worst) {
          (step, blocking, worst) = (ratio, k, s * μ[k])
        }
      }
      guard blocking >= 0 else { return Kernel.largest(p.n, x).isFinite }
      for k in 0..<factor.count { μ[k] = keptμ[k] + step * (μ[k] - keptμ[k]) }
      remove(blocking)
    }
    return false
  }

  /// One step of iterative refinement on the working set. The largest residuals before the step.
  @discardableResult
  func correct(_ p: ProgramView, proximal: Bool) -> (dual: Double, primal: Double) {
    let dual = residual(p, proximal: proximal)
    var primal = 0.0
    for k in 0..<factor.count {
      let index = Int(working[k])
      let isRow = index >= p.n
      let i = isRow ? index - p.n : index
      let value = isRow ? Kernel.dot(p.n, p.row(i), x) : x[i]
      let lower = isRow ? p.rowLower[i] : p.lower[i]
      let upper = isRow ? p.rowUpper[i] : p.upper[i]
      t[k] = (workingSide[k] < 0 ? lower : upper) - value
      primal = max(primal, abs(t[k]))
    }
    factor.solve(e, t, x: Δx, multipliers: Δμ)
    for j in 0..<p.n { x[j] += Δx[j] }
    for k in 0..<factor.count { μ[k] += Δμ[k] }
    return (dual, primal)
  }

  /// e ← −(Px + c + Nμ), with the proximal term or without; its largest entry.
  private func residual(_ p: ProgramView, proximal: Bool) -> Double {
    Kernel.symmetricProduct(p.n, p.P, ld: p.n, x, into: e)
    for j in 0..<p.n { e[j] = -e[j] - p.c[j] }
    if proximal { for j in 0..<p.n { e[j] -= self.proximal[j] * (x[j] - center[j]) } }
    for k in 0..<factor.count {
      let index = Int(working[k])
      if index < p.n { e[index] -= μ[k] } else { Kernel.axpy(p.n, -μ[k], p.row(index - p.n), e) }
    }
    return Kernel.largest(p.n, e)
  }

  /// Refines x and μ with P itself and checks every condition on the data. Where they fail the point
  /// is that of the proximal step again.
  private func finish(_ p: ProgramView) -> Bool {
    keptX.update(from: x, count: p.n)
    keptμ.update(from: μ, count: factor.count)
    var last = Double.infinity
    for round in 0..<(isProximal ? 12 : 6) {
      let (dual, primal) = correct(p, proximal: false)
      let size = max(dual, primal)
      guard size.isFinite else { break }
      if round > 0, size > 0.5 * last { break }
      last = size
      if size == 0 { break }
    }
    for k in 0..<factor.count where working[k] < p.n {
      let j = Int(working[k])
      x[j] = workingSide[k] < 0 ? p.lower[j] : p.upper[j]
    }
    if writeAnswer(p) { return true }
    if isProximal {
      x.update(from: keptX, count: p.n)
      μ.update(from: keptμ, count: factor.count)
    }
    return false
  }
}
