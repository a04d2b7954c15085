internal import LinearAlgebra

/// The convex relaxation of a node, with the perspective of D on the open indicators.
///
///     minimize    cᵀx + ½ xᵀ(P − D)x + ½ Σ_closed d_i x_i² + ½ Σ_open d_i x_i²/b_i
///     subject to  l ≤ Ax ≤ u,  box ends,  lower_i b_i ≤ x_i ≤ upper_i b_i,  0 ≤ b ≤ 1,  Σ b ≤ slots
///
/// by Mehrotra's predictor and corrector on the smooth convex program (Nocedal and Wright, Numerical
/// Optimization, 2nd edition, §14.2 and §19.3). It need not converge: what it returns only feeds the
/// safe bound, the rounding and the choice of a branch.
struct NodeRelaxation {
  enum Ending { case converged, stalled, infeasible }
  var x: [Double]
  /// The relaxed indicators; 1 where a variable has none.
  var b: [Double]
  /// The multipliers of the rows, positive at the upper side.
  var y: [Double]
  var ending = Ending.stalled

  /// One inequality with at most two entries in the vector z = (free x, open b).
  private struct Pair {
    var (i, ci, j, cj): (Int, Double, Int, Double)
    var side: Double
  }

  private let bound: LagrangianBound
  private let domains: [VariableDomain]
  private let slots: Int
  private var free: [Int] = []
  private var open: [Int] = []
  private var place: [Int]
  private var pairs: [Pair] = []
  /// Dense inequalities a z ≤ side, each with the row it comes from (nil: Σ b) and its sign.
  private var dense: [(a: [Double], side: Double, row: Int?, sign: Double)] = []
  private var equalities: [(a: [Double], side: Double, row: Int)] = []
  private var H = Matrix(rows: 0, columns: 0)
  private var c: [Double] = []

  init(_ bound: LagrangianBound, _ domains: [VariableDomain], slots: Int, start: [Double]) {
    (self.bound, self.domains, self.slots) = (bound, domains, slots)
    let n = domains.count
    x = (0..<n).map { i in
      let (low, high) = (domains[i].lower, domains[i].upper)
      let inset = low.isFinite && high.isFinite ? 0.1 * (high - low) : 0
      return min(max(start[i], low + inset), high - inset)
    }
    b = domains.map { $0.isIndicated ? 0.5 : 1 }
    y = [Double](repeating: 0, count: bound.program.rowCount)
    place = [Int](repeating: -1, count: n)
    for i in 0..<n where !domains[i].isFixed {
      place[i] = free.count
      free.append(i)
    }
    open = free.filter { domains[$0].isIndicated }
    formulate()
    solve()
  }

  private mutating func formulate() {
    let (program, n) = (bound.program, domains.count)
    let (f, N) = (free.count, free.count + open.count)
    let P = program.quadraticCost
    H = Matrix(rows: f, columns: f) { P[free[$0], free[$1]] }
    c = free.map { j in
      (0..<n).reduce(program.linearCost[j]) {
        place[$1] < 0 ? $0 + P[$1, j] * x[$1] : $0
      }
    }
    for (t, i) in open.enumerated() {
      H[place[i], place[i]] -= bound.d[i]
      let (k, e) = (f + t, domains[i])
      pairs.append(Pair(i: k, ci: -1, j: -1, cj: 0, side: 0))
      pairs.append(Pair(i: k, ci: 1, j: -1, cj: 0, side: 1))
      if e.upper.isFinite { pairs.append(Pair(i: place[i], ci: 1, j: k, cj: -e.upper, side: 0)) }
      if e.lower.isFinite {
        let low = e.lower >= 0 ? max(e.lower, e.minimum) : e.lower
        pairs.append(Pair(i: place[i], ci: -1, j: k, cj: low, side: 0))
      }
      if e.upper <= 0 && e.minimum > 0 {
        pairs.append(Pair(i: place[i], ci: 1, j: k, cj: e.minimum, side: 0))
      }
    }
    for i in free where !domains[i].isIndicated {
      let e = domains[i]
      if e.upper.isFinite { pairs.append(Pair(i: place[i], ci: 1, j: -1, cj: 0, side: e.upper)) }
      if e.lower.isFinite { pairs.append(Pair(i: place[i], ci: -1, j: -1, cj: 0, side: -e.lower)) }
    }
    for r in 0..<program.rowCount {
      var a = [Double](repeating: 0, count: N)
      var fixed = 0.0
      for i in 0..<n {
        if place[i] >= 0 {
          a[place[i]] = program.rows[r, i]
        } else {
          fixed += program.rows[r, i] * x[i]
        }
      }
      let (low, high) = (program.rowLower[r] - fixed, program.rowUpper[r] - fixed)
      if low == high {
        equalities.append((a, low, r))
      } else {
        if high.isFinite { dense.append((a, high, r, 1)) }
        if low.isFinite { dense.append((a.map { -$0 }, -low, r, -1)) }
      }
    }
    let counted = open.indices.filter { domains[open[$0]].isCounted }
    let used = domains.indices.filter {
      let e = domains[$0]
      return e.isCounted && !e.isIndicated && e.choice != .zero
        && (e.choice == .nonzero || !e.allowsZero || !e.isFixed)
    }.count
    if counted.count > slots - used {
      var a = [Double](repeating: 0, count: N)
      for t in counted { a[f + t] = 1 }
      dense.append((a, Double(slots - used), nil, 1))
    }
  }
}

extension NodeRelaxation {
  /// The state of the iteration: z, the slacks, their multipliers, those of the equalities.
  private struct Iterate {
    var z: [Double]
    var s: [Double]
    var λ: [Double]
    var y: [Double]
  }

  private func apply(_ z: [Double], _ r: Int) -> Double {
    if r < pairs.count {
      let e = pairs[r]
      return e.ci * z[e.i] + (e.j >= 0 ? e.cj * z[e.j] : 0)
    }
    return dot(dense[r - pairs.count].a, z)
  }

  private func side(_ r: Int) -> Double {
    r < pairs.count ? pairs[r].side : dense[r - pairs.count].side
  }

  private func addTransposed(_ r: Int, _ factor: Double, to g: inout [Double]) {
    if r < pairs.count {
      let e = pairs[r]
      g[e.i] += factor * e.ci
      if e.j >= 0 { g[e.j] += factor * e.cj }
    } else {
      axpy(factor, dense[r - pairs.count].a, &g)
    }
  }

  private func gradient(_ z: [Double]) -> [Double] {
    let f = free.count
    var g = [Double](repeating: 0, count: z.count)
    for j in 0..<f {
      g[j] += c[j]
      for i in 0..<f { g[i] += H.elements[i + j * f] * z[j] }
    }
    for (t, i) in open.enumerated() where bound.d[i] > 0 {
      let ratio = z[place[i]] / z[f + t]
      g[place[i]] += bound.d[i] * ratio
      g[f + t] -= 0.5 * bound.d[i] * ratio * ratio
    }
    return g
  }

  /// The KKT matrix of a step: the Hessian with the barrier, bordered by the equalities.
  private func matrix(_ at: Iterate) -> Matrix {
    let (f, N, E) = (free.count, at.z.count, equalities.count)
    var K = Matrix(rows: N + E, columns: N + E)
    let n = N + E
    for j in 0..<f { for i in 0..<f { K.elements[i + j * n] = H.elements[i + j * f] } }
    for (t, i) in open.enumerated() where bound.d[i] > 0 {
      let (p, k, b) = (place[i], f + t, at.z[f + t])
      let ratio = at.z[p] / b
      K[p, p] += bound.d[i] / b
      K[k, k] += bound.d[i] * ratio * ratio / b
      K[k, p] -= bound.d[i] * ratio / b
    }
    for r in at.s.indices {
      let weight = at.λ[r] / at.s[r]
      if r < pairs.count {
        let e = pairs[r]
        K[e.i, e.i] += weight * e.ci * e.ci
        if e.j >= 0 {
          K[e.j, e.j] += weight * e.cj * e.cj
          K[max(e.i, e.j), min(e.i, e.j)] += weight * e.ci * e.cj
        }
      } else {
        let a = dense[r - pairs.count].a
        for j in 0..<N where a[j] != 0 {
          for i in j..<N { K.elements[i + j * n] += weight * a[i] * a[j] }
        }
      }
    }
    let scale = (0..<N).reduce(0.0) { max($0, K[$1, $1]) }
    for i in 0..<N { K[i, i] += 1e-15 * scale }
    for (t, e) in equalities.enumerated() {
      for j in 0..<N { K[N + t, j] = e.a[j] }
      K[N + t, N + t] = -1e-12 / max(scale, 1e-300)
    }
    return K
  }

  private func firstIterate() -> Iterate {
    let z = free.map { x[$0] } + open.map { b[$0] }
    let m = pairs.count + dense.count
    let s = (0..<m).map { r in
      let slack = side(r) - apply(z, r)
      return slack > 1e-3 * (1 + abs(side(r))) ? slack : 1e-1 * (1 + abs(side(r)))
    }
    let size = maximumMagnitude(gradient(z)) + 1e-6
    return Iterate(
      z: z, s: s, λ: s.map { size / max(1, $0) },
      y: [Double](repeating: 0, count: equalities.count))
  }

  private mutating func solve() {
    if free.isEmpty && dense.isEmpty && equalities.isEmpty {
      ending = .converged
      return
    }
    var at = firstIterate()
    let m = at.s.count
    for iteration in 0..<80 {
      var rd = gradient(at.z)
      for r in 0..<m { addTransposed(r, at.λ[r], to: &rd) }
      for (t, e) in equalities.enumerated() { axpy(at.y[t], e.a, &rd) }
      let rg = (0..<m).map { apply(at.z, $0) + at.s[$0] - side($0) }
      let re = equalities.map { dot($0.a, at.z) - $0.side }
      let μ = m > 0 ? dot(at.s, at.λ) / Double(m) : 0
      let size = 1 + maximumMagnitude(gradient(at.z))
      let primal = max(maximumMagnitude(rg), maximumMagnitude(re))
      store(at)
      if μ < 1e-11 * size && maximumMagnitude(rd) < 1e-9 * size && primal < 1e-10 {
        ending = .converged
        return
      }
      if iteration > 3 && primal > 1e-8 && bound.provesInfeasible(domains, slots: slots, rows: y) {
        ending = .infeasible
        return
      }
      let K = matrix(at)
      guard let factor = try? BunchKaufman(K) else { return }
      guard var step = direction(at, factor, rd, rg, re, target: { _ in 0 }) else { return }
      if m > 0 {
        let α = length(at, step)
        let after = (0..<m).reduce(0.0) {
          $0 + (at.s[$1] + α * step.s[$1]) * (at.λ[$1] + α * step.λ[$1])
        }
        let ratio = after / Double(m) / μ
        let σμ = ratio * ratio * ratio * μ
        let affine = step
        guard
          let corrected = direction(
            at, factor, rd, rg, re, target: { σμ - affine.s[$0] * affine.λ[$0] })
        else { return }
        step = corrected
      }
      let α = min(1, 0.99 * length(at, step))
      guard α > 1e-10, α.isFinite, maximumMagnitude(step.z).isFinite else { return }
      axpy(α, step.z, &at.z)
      axpy(α, step.s, &at.s)
      axpy(α, step.λ, &at.λ)
      axpy(α, step.y, &at.y)
    }
  }

  /// The longest step that keeps slacks and multipliers nonnegative.
  private func length(_ at: Iterate, _ step: Iterate) -> Double {
    var α = 1 / 0.99
    for r in at.s.indices {
      if step.s[r] < 0 { α = min(α, -at.s[r] / step.s[r]) }
      if step.λ[r] < 0 { α = min(α, -at.λ[r] / step.λ[r]) }
    }
    return α
  }

  private func direction(
    _ at: Iterate, _ factor: BunchKaufman, _ rd: [Double], _ rg: [Double], _ re: [Double],
    target: (Int) -> Double
  ) -> Iterate? {
    let (m, N) = (at.s.count, at.z.count)
    var right = rd.map { -$0 }
    // Δλ = S⁻¹(target − sλ + λ r_g + λ GΔz)
    let shift = (0..<m).map { (target($0) - at.s[$0] * at.λ[$0] + at.λ[$0] * rg[$0]) / at.s[$0] }
    for r in 0..<m { addTransposed(r, -shift[r], to: &right) }
    guard let solution = try? factor.solve(right + re.map { -$0 }) else { return nil }
    let z = Array(solution[..<N])
    let Gz = (0..<m).map { apply(z, $0) }
    return Iterate(
      z: z, s: (0..<m).map { -rg[$0] - Gz[$0] },
      λ: (0..<m).map { shift[$0] + at.λ[$0] / at.s[$0] * Gz[$0] }, y: Array(solution[N...]))
  }

  private mutating func store(_ at: Iterate) {
    let f = free.count
    for (t, i) in free.enumerated() { x[i] = min(max(at.z[t], domains[i].lower), domains[i].upper) }
    for (t, i) in open.enumerated() { b[i] = at.z[f + t] }
    for r in y.indices { y[r] = 0 }
    for (t, e) in dense.enumerated() {
      if let row = e.row { y[row] += e.sign * at.λ[pairs.count + t] }
    }
    for (t, e) in equalities.enumerated() { y[e.row] = at.y[t] }
  }
}
