internal import LinearAlgebra
#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The strongest diagonal splitting of a reduced selection, and the bound that it proves.
///
/// For any diagonal D ≥ 0 with R = S − D ⪰ 0 and any v, as hᵀRh ≥ 2vᵀRh − vᵀRv,
///
///     constant + gᵀh + ½ hᵀSh ≥ constant − ½ vᵀRv + Σ (p_i h_i + ½ d_i h_i²),   p = g + Rv,
///
/// and with at most k nonzero entries the sum is at least minus half the k largest q_i = p_i²/d_i:
///
///     L(D, v) = constant − ½ vᵀRv − ½ Σ_{k largest} q_i.
///
/// max L is the perspective relaxation of Frangioni and Gentile (2006) under the best D, which is
/// the semidefinite bound of Zheng, Sun and Li (2014) and of Shor. It is found here by a barrier in
/// (D, p) alone: Σ_{k largest} q = min_λ kλ + Σ (q_i − λ)⁺ is smoothed by logarithms, whose s_i and λ
/// are minimized out in closed form and by a scalar Newton iteration. Any iterate proves its L.
final class PerspectiveBound {
  /// The best bound since `start`, with d, v, p and q of the point that proves it.
  private(set) var bound = -Double.infinity
  let d: Doubles
  let v: Doubles
  let p: Doubles
  let q: Doubles
  /// The weight of the barrier, which a child starts from.
  private(set) var μ = 1.0
  /// The sum of the k largest q, the k-th and the one after it.
  private(set) var top = (sum: 0.0, last: 0.0, next: 0.0)
  private(set) var steps = 0

  private var m = 0, k = 0
  private var λ = 1.0
  private let δ: Doubles, π: Doubles  // the iterate (d, p)
  private let trialδ: Doubles, trialπ: Doubles
  private let w: Doubles  // R⁻¹(p − g)
  private let b: Doubles, β: Doubles, a: Doubles
  private let L: Doubles, W: Doubles, H: Doubles, step: Doubles, η: Doubles
  private var order: [Double] = []

  init(capacity n: Int) {
    func vector() -> Doubles { Doubles(n) }
    (d, v, p, q) = (vector(), vector(), vector(), vector())
    (δ, π, trialδ, trialπ) = (vector(), vector(), vector(), vector())
    (w, b, β, a) = (vector(), vector(), vector(), vector())
    (L, W, H) = (Doubles(n * n), Doubles(n * n), Doubles(4 * n * n))
    (step, η) = (Doubles(2 * n), Doubles(2 * n))
    order.reserveCapacity(n)
  }

  /// Begins at D = 1/(2m (S⁻¹)_ii), which leaves S − D positive definite, and p = g.
  func start(_ problem: ReducedSelection) {
    (m, k, bound) = (problem.m, problem.k, -.infinity)
    BLAS.copy(m * m, problem.S.base, W.base)
    _ = LAPACK.potrf(.lower, n: m, W.base, lda: m)
    _ = LAPACK.potri(.lower, n: m, W.base, lda: m)
    var total = 0.0
    for i in 0..<m {
      δ.base[i] = 0.5 / (Double(m) * W.base[i + i * m])
      π.base[i] = problem.g.base[i]
      total += π.base[i] * π.base[i] / δ.base[i]
    }
    μ = max(total / Double(16 * m), 1e-30)
    λ = total / Double(m)
  }

  /// Begins at the D and p of a parent.
  ///
  /// With p kept, and v = R⁻¹(p − g) anew, the bound of a child that leaves a variable out is at least
  /// the parent's; with v kept, p would move, and q = p²/d with it where d is small.
  func start(_ problem: ReducedSelection, d: [Double], p: [Double], μ: Double) {
    (m, k, bound) = (problem.m, problem.k, -.infinity)
    self.μ = μ
    δ.load(d)
    π.load(p)
    λ = (0..<m).reduce(0.0) { max($0, p[$1] * p[$1] / d[$1]) } * 0.5 + μ
  }

  /// Newton steps until the bound reaches `cutoff`, or is within `accuracy` of the way to it of the
  /// best there is, or `limit` steps are done.
  func improve(
    _ problem: ReducedSelection, cutoff: Double, reduction: Double, accuracy: Double, limit: Int
  ) {
    guard m > 0 else { return }
    var value = evaluate(problem, δ.base, π.base)
    guard value.isFinite else { return }
    prove(problem)
    for _ in 0..<limit where bound < cutoff {
      invert()
      let decrement = direction(problem)
      steps += 1
      guard decrement.isFinite else { return }
      var α = min(1, stepToPositive())
      var accepted = false
      for _ in 0..<30 {
        for i in 0..<m {
          trialδ.base[i] = δ.base[i] + α * step.base[m + i]
          trialπ.base[i] = π.base[i] + α * step.base[i]
        }
        let trial = evaluate(problem, trialδ.base, trialπ.base)
        if trial <= value - 0.1 * α * decrement + 1e-12 * abs(value) {
          (value, accepted) = (trial, true)
          break
        }
        α *= 0.5
      }
      guard accepted else { return }
      BLAS.copy(m, trialδ.base, δ.base)
      BLAS.copy(m, trialπ.base, π.base)
      prove(problem)
      let distance = Double(4 * m + 1) * μ
      let goal = cutoff.isFinite ? cutoff - bound : abs(bound)
      if decrement < μ {
        if distance < accuracy * goal { return }
        μ *= reduction
        value = evaluate(problem, δ.base, π.base)
      }
    }
  }

  /// The relaxed indicator b_i of the iterate, between 0 and 1.
  func indicator(_ i: Int) -> Double { b.base[i] }
}

extension PerspectiveBound {
  /// The barrier function at (d, p); ∞ outside its domain. Leaves the factor of R in L, R⁻¹(p − g)
  /// in w, and b, β, λ of the smoothed sum.
  private func evaluate(
    _ problem: ReducedSelection, _ d: UnsafePointer<Double>, _ p: UnsafePointer<Double>
  ) -> Double {
    let L = L.base
    BLAS.copy(m * m, problem.S.base, L)
    for i in 0..<m { L[i + i * m] -= d[i] }
    guard LAPACK.potrf(.lower, n: m, L, lda: m) == 0 else { return .infinity }
    let w = w.base
    for i in 0..<m { w[i] = p[i] - problem.g.base[i] }
    BLAS.trsv(.lower, .no, n: m, L, lda: m, w)
    var value = 0.5 * BLAS.dot(m, w, w)
    BLAS.trsv(.lower, .yes, n: m, L, lda: m, w)
    let a = a.base
    var logarithms = 0.0
    for i in 0..<m {
      a[i] = p[i] * p[i] / d[i]
      logarithms += 2 * log(L[i + i * m]) + log(d[i])
    }
    value += smoothedSum() - μ * logarithms
    return value.isFinite ? value : .infinity
  }

  /// min over λ, s of ½(kλ + Σ(s_i − λ)) − μ (Σ log(s_i − a_i) + Σ log(s_i − λ) + log λ).
  ///
  /// With y = s − a and z = λ − a: y = ½(z + 4μ + √(z² + 16μ²)); b = 2μ/y falls in λ, and λ solves
  /// Σ b_i + 2μ/λ = k. β_i = −½ db_i/dz is the curvature in a_i.
  private func smoothedSum() -> Double {
    let (a, b, β) = (a.base, b.base, β.base)
    let (count, sixteen) = (Double(k), 16 * μ * μ)
    var (low, high) = (0.0, Double.infinity)
    for _ in 0..<80 {
      var (excess, slope) = (2 * μ / λ - count, -2 * μ / (λ * λ))
      for i in 0..<m {
        let z = λ - a[i]
        let root = (z * z + sixteen).squareRoot()
        let y = 0.5 * (z + 4 * μ + root)
        b[i] = 2 * μ / y
        let fall = b[i] / y * 0.5 * (1 + z / root)
        β[i] = 0.5 * fall
        excess += b[i]
        slope -= fall
      }
      if abs(excess) <= 1e-10 * max(1, count) { break }
      if excess > 0 { low = λ } else { high = λ }
      var next = λ - excess / slope
      if !(next > low && next < high) { next = high.isFinite ? 0.5 * (low + high) : 2 * λ + μ }
      if next == λ { break }
      λ = next
    }
    var (value, logarithms) = (count * λ, log(λ))
    for i in 0..<m {
      let y = 2 * μ / b[i]
      let s = y + a[i]
      // ½ = μ/(s − a) + μ/(s − λ) gives s − λ without cancellation where it is small.
      let above = y > 4 * μ ? 2 * μ * y / (y - 2 * μ) : s - λ
      value += above
      logarithms += log(y) + log(above)
    }
    value *= 0.5
    return value - μ * logarithms
  }

  /// W ← R⁻¹, both triangles.
  private func invert() {
    BLAS.copy(m * m, L.base, W.base)
    _ = LAPACK.potri(.lower, n: m, W.base, lda: m)
    let W = W.base
    for j in 0..<m {
      for i in 0..<j { W[i + j * m] = W[j + i * m] }
    }
  }

  /// The Newton direction (Δp, Δd) in `step`; returns minus its slope, NaN when there is none.
  private func direction(_ problem: ReducedSelection) -> Double {
    let (m, n) = (m, 2 * m)
    let (W, H, w, step, η) = (W.base, H.base, w.base, step.base, η.base)
    let (d, p, b, β) = (δ.base, π.base, b.base, β.base)
    for j in 0..<m {
      let vj = w[j]
      for i in j..<m { H[i + j * n] = W[i + j * m] }
      for i in 0..<m {
        H[m + i + j * n] = w[i] * W[i + j * m]
      }
      for i in j..<m {
        H[m + i + (m + j) * n] = W[i + j * m] * (w[i] * vj + μ * W[i + j * m])
      }
    }
    var κ = μ / (λ * λ)
    for i in 0..<m {
      let (ap, ad) = (2 * p[i] / d[i], -p[i] * p[i] / (d[i] * d[i]))
      H[i + i * n] += b[i] / d[i] + β[i] * ap * ap
      H[m + i + i * n] += -b[i] * p[i] / (d[i] * d[i]) + β[i] * ap * ad
      H[m + i + (m + i) * n] += -b[i] * ad / d[i] + β[i] * ad * ad + μ / (d[i] * d[i])
      step[i] = -(w[i] + b[i] * p[i] / d[i])
      step[m + i] = -(0.5 * (w[i] * w[i] + b[i] * ad) + μ * (W[i + i * m] - 1 / d[i]))
      η[i] = β[i] * ap
      η[m + i] = β[i] * ad
      κ += β[i]
    }
    for j in 0..<n {
      let factor = -η[j] / κ
      for i in j..<n { H[i + j * n] += factor * η[i] }
    }
    // The steps are solved for in place; the slope needs the gradient, kept in η.
    BLAS.copy(n, step, η)
    guard LAPACK.potrf(.lower, n: n, H, lda: n) == 0 else { return .nan }
    _ = LAPACK.potrs(.lower, n: n, rightHandSides: 1, H, lda: n, step, ldb: n)
    return BLAS.dot(n, step, η)
  }

  /// The longest step, less a little, that keeps d positive.
  private func stepToPositive() -> Double {
    var longest = Double.infinity
    for i in 0..<m where step.base[m + i] < 0 {
      longest = min(longest, -0.95 * δ.base[i] / step.base[m + i])
    }
    return longest
  }

  /// L(D, v) at the iterate with v = w; kept when it is the best.
  private func prove(_ problem: ReducedSelection) {
    let (g, w, trial) = (problem.g.base, w.base, trialπ.base)
    // p = g + Rv anew: then the bound holds for this v, however R⁻¹ was rounded.
    BLAS.symv(.lower, n: m, problem.S.base, lda: m, w, trial)
    var quadratic = 0.0
    for i in 0..<m {
      let Rv = trial[i] - δ.base[i] * w[i]
      quadratic += w[i] * Rv
      trial[i] = g[i] + Rv
    }
    order.removeAll(keepingCapacity: true)
    for i in 0..<m { order.append(trial[i] * trial[i] / δ.base[i]) }
    order.sort(by: >)
    let sum = order.prefix(k).reduce(0, +)
    let value = problem.constant - 0.5 * (quadratic + sum)
    guard value > bound else { return }
    bound = value
    top = (sum, k > 0 ? order[k - 1] : .infinity, k < m ? order[k] : 0)
    BLAS.copy(m, δ.base, d.base)
    BLAS.copy(m, w, v.base)
    BLAS.copy(m, trial, p.base)
    for i in 0..<m { q.base[i] = trial[i] * trial[i] / δ.base[i] }
  }
}
