internal import LinearAlgebra

/// Implicit enumeration of the subsets of a reduced selection.
///
/// Including variable i takes one Schur update, O(m²), and carries the bound L(D, v) along in O(m):
/// with σ = S_ii, e = p_i + d_i v_i and B the bound without its top-k sum,
///
///     B' = B + (e² − 2 e g_i) / 2σ − ½ d_i v_i²,    p'_j = p_j − S_ij e / σ,
///
/// which is the perspective bound with d_i = 0 and h_i free. Excluding i only leaves q_i out of the
/// sum. The last two levels are closed forms: the best single gain g²/S, and the best pair gain
/// (g_i² S_jj + g_j² S_ii − 2 g_i g_j S_ij) / (S_ii S_jj − S_ij²) by a scan without division.
final class SubsetEnumeration {
  /// Evaluates a support whose value without bounds is under the cutoff; returns the new cutoff.
  var evaluate: ([Int]) -> Double = { _ in 0 }
  /// Asked from time to time; true gives up.
  var shouldStop: () -> Bool = { false }

  private var chosen: [Int] = []
  private var levels: [Level] = []
  private var cutoff = Double.infinity
  private var work = 0.0
  private var budget = 0.0
  private var nextCheck = 0.0

  /// The problem after some inclusions, its variables in falling order of q.
  private final class Level {
    var m = 0
    var B = 0.0
    var constant = 0.0
    let S: Doubles, g: Doubles, p: Doubles, v: Doubles, d: Doubles, q: Doubles
    let variable: UnsafeMutablePointer<Int>
    let order: UnsafeMutablePointer<Int>

    init(_ n: Int) {
      S = Doubles(n * n)
      (g, p, v) = (Doubles(n), Doubles(n), Doubles(n))
      (d, q) = (Doubles(n), Doubles(n))
      variable = .allocate(capacity: max(1, n))
      order = .allocate(capacity: max(1, n))
      variable.initialize(repeating: 0, count: max(1, n))
      order.initialize(repeating: 0, count: max(1, n))
    }

    deinit {
      variable.deallocate()
      order.deallocate()
    }

    /// The first `count` places of `order` in falling order of q.
    func sortOrder(_ count: Int) {
      let q = q.base
      var places = UnsafeMutableBufferPointer(start: order, count: count)
      places.sort {
        q[$0] != q[$1] ? q[$0] > q[$1] : $0 < $1
      }
    }
  }

  init(_ source: SubsetSelection) {
    let n = source.candidates.count
    levels = (0...max(1, source.limit)).map { _ in Level(n) }
  }

  /// Whether every subset of the problem was either evaluated or proven not to be under the cutoff,
  /// within `budget` scalar operations.
  func run(
    _ problem: ReducedSelection, _ proof: PerspectiveBound, included: [Int], cutoff: Double,
    budget: Double
  ) -> Bool {
    chosen = included
    (self.cutoff, self.budget) = (cutoff, budget)
    (work, nextCheck) = (0, 2e6)
    let level = levels[0]
    let m = problem.m
    for i in 0..<m {
      level.q.base[i] = proof.q.base[i]
      level.order[i] = i
    }
    level.sortOrder(m)
    level.m = m
    level.constant = problem.constant
    level.B = proof.bound + 0.5 * proof.top.sum
    for i in 0..<m {
      let source = level.order[i]
      level.variable[i] = problem.variables[source]
      level.g.base[i] = problem.g.base[source]
      level.p.base[i] = proof.p.base[source]
      level.v.base[i] = proof.v.base[source]
      level.d.base[i] = proof.d.base[source]
      for j in 0..<m {
        level.S.base[i * m + j] = problem.S.base[source * m + level.order[j]]
      }
    }
    for i in 0..<m { level.q.base[i] = level.p.base[i] * level.p.base[i] / level.d.base[i] }
    return descend(0, choosing: problem.k)
  }

  private func descend(_ depth: Int, choosing k: Int) -> Bool {
    let level = levels[depth]
    let m = level.m
    if !spend(m) { return false }
    if k == 0 || m <= k { return closeWhole(level, choosing: k) }
    if k == 1 { return scanSingles(level) }
    if k == 2 { return scanPairs(level) }
    let q = level.q.base
    for i in 0...(m - k) {
      var sum = 0.0
      for j in i..<(i + k) { sum += q[j] }
      if level.B - 0.5 * sum >= cutoff { return true }
      guard include(i, of: level, in: levels[depth + 1], choosing: k - 1) else { continue }
      chosen.append(level.variable[i])
      let done = descend(depth + 1, choosing: k - 1)
      chosen.removeLast()
      if !done { return false }
    }
    return true
  }

  private func spend(_ operations: Int) -> Bool {
    work += Double(operations)
    if work > budget { return false }
    if work > nextCheck {
      nextCheck = work + 2e6
      if shouldStop() { return false }
    }
    return true
  }

  /// No choice is left: all of the variables are in.
  private func closeWhole(_ level: Level, choosing k: Int) -> Bool {
    let rest = k == 0 ? [] : (0..<level.m).map { level.variable[$0] }
    cutoff = evaluate(chosen + rest)
    return spend(level.m * level.m * level.m + 100)
  }

  private func scanSingles(_ level: Level) -> Bool {
    for i in 0..<level.m {
      let gain = level.g.base[i] * level.g.base[i] / level.S.base[i * level.m + i]
      if level.constant - 0.5 * gain < cutoff { cutoff = evaluate(chosen + [level.variable[i]]) }
    }
    return spend(level.m)
  }

  private func scanPairs(_ level: Level) -> Bool {
    let m = level.m
    let (S, g, q) = (level.S.base, level.g.base, level.q.base)
    var (scanned, end) = (m, m)
    for i in 0..<(m - 1) {
      let threshold = 2 * (level.B - cutoff) - q[i]
      while end > i + 1 && q[end - 1] <= threshold { end -= 1 }
      if end <= i + 1 { break }
      let (σ, gi) = (S[i * m + i], g[i])
      let row = S + i * m
      for j in (i + 1)..<end {
        let (τ, ρ, gj) = (S[j * m + j], row[j], g[j])
        let need = 2 * (level.constant - cutoff)
        let gain = gi * (gi * τ - 2 * gj * ρ) + gj * gj * σ
        if gain > need * (σ * τ - ρ * ρ) {
          cutoff = evaluate(chosen + [level.variable[i], level.variable[j]])
        }
      }
      scanned += end - i
    }
    return spend(scanned)
  }

  /// Writes to `child` the problem with i in, and of the later variables those that its bound does
  /// not rule out; false when it rules out all.
  private func include(_ i: Int, of parent: Level, in child: Level, choosing k: Int) -> Bool {
    let m = parent.m
    let row = parent.S.base + i * m
    let (p, q) = (parent.p.base, child.q.base)
    let (σ, gi) = (row[i], parent.g.base[i])
    let (di, vi) = (parent.d.base[i], parent.v.base[i])
    let e = p[i] + di * vi
    let factor = e / σ
    let B = parent.B + factor * (0.5 * e - gi) - 0.5 * di * vi * vi
    let d = parent.d.base
    for j in (i + 1)..<m {
      let pj = p[j] - row[j] * factor
      q[j] = pj * pj / d[j]
    }
    let (sum, last) = largest(k, of: q, from: i + 1, to: m)
    work += Double(4 * (m - i))
    if B - 0.5 * sum >= cutoff { return false }
    let threshold = 2 * (B - cutoff) - (sum - last)
    var count = 0
    let order = child.order
    for j in (i + 1)..<m where q[j] > threshold {
      order[count] = j
      count += 1
    }
    child.sortOrder(count)
    child.m = count
    child.B = B
    child.constant = parent.constant - 0.5 * gi * gi / σ
    gather(parent, row, i, factor, into: child, both: k > 2)
    work += Double(count * count)
    return true
  }

  private func gather(
    _ parent: Level, _ row: UnsafeMutablePointer<Double>, _ i: Int, _ factor: Double,
    into child: Level, both: Bool
  ) {
    let (m, count, order) = (parent.m, child.m, child.order)
    let (S, inverse, gi) = (child.S.base, 1 / row[i], parent.g.base[i])
    for a in 0..<count {
      let j = order[a]
      let scale = row[j] * inverse
      child.g.base[a] = parent.g.base[j] - scale * gi
      child.p.base[a] = parent.p.base[j] - row[j] * factor
      child.d.base[a] = parent.d.base[j]
      child.v.base[a] = parent.v.base[j]
      child.variable[a] = parent.variable[j]
      let from = parent.S.base + j * m
      let to = S + a * count
      for b in (both ? 0 : a)..<count {
        let l = order[b]
        to[b] = from[l] - scale * row[l]
      }
    }
    for a in 0..<count { child.q.base[a] = child.p.base[a] * child.p.base[a] / child.d.base[a] }
  }

  private var best: [Double] = [Double](repeating: 0, count: 64)

  /// The sum of the k largest of q[from..<to] and the smallest of those.
  private func largest(
    _ k: Int, of q: UnsafePointer<Double>, from: Int, to: Int
  ) -> (sum: Double, last: Double) {
    if k + 1 > best.count { best = [Double](repeating: 0, count: 2 * k) }
    return best.withUnsafeMutableBufferPointer { best in
      var held = 0
      var last = -1.0
      for j in from..<to {
        let value = q[j]
        if held == k && value <= last { continue }
        var place = held < k ? held : k - 1
        while place > 0 && best[place - 1] < value {
          best[place] = best[place - 1]
          place -= 1
        }
        best[place] = value
        if held < k { held += 1 }
        last = best[held - 1]
      }
      var sum = 0.0
      for i in 0..<held { sum += best[i] }
      return (sum, held < k ? 0 : last)
    }
  }
}
