internal import LinearAlgebra

/// The Newton matrix of a program with more variables than rows, condensed to the rows.
///
/// Most variables touch each other through the rows B = [A; G] alone: their part of P is diagonal. With
/// D = P + X + ρI for these, and the few others kept (index K),
///
///     N = B_D D⁻¹ B_Dᵀ + C,                    M = P_K + X_K + ρI + B_Kᵀ N⁻¹ B_K,
///     M Δx_K = q_K + B_Kᵀ N⁻¹ t,               t = r − B_D D⁻¹ q_D,
///     Δv = N⁻¹ (B_K Δx_K − t),                 Δx_D = D⁻¹ (q_D − B_Dᵀ Δv),
///
/// the normal equations of interior point methods for linear programming (S. J. Wright,
/// "Primal-Dual Interior-Point Methods", 1997, chapter 11), and for a factor covariance F Ω Fᵀ + D
/// over (h, f = Fᵀh) the identity of Woodbury: O((m + p)² n) instead of O(n³). The rows are kept apart
/// from q rather than folded into it, so that an active row, with its weight up to 1e12, cancels
/// nothing.
final class RowSpaceKKT: KKTFactorization {
  static let smallestRegularization = 1e-13

  private let n: Int
  private let p: Int
  private let r: Int
  /// The variables that are eliminated, and those kept.
  private let eliminated: [Int]
  private let kept: [Int]
  private let panels: ColumnPanels

  private let inverseD: Buffer
  /// C, r entries.
  private let C: Buffer
  /// The factor of N, and that of M.
  private let N: Buffer
  private let M: Buffer
  /// B_K, then L⁻¹ B_K with N = L Lᵀ; r × count of kept.
  private let keptRows: Buffer
  private let V: Buffer
  private let t: Buffer
  private let xK: Buffer
  private let work: Buffer

  /// The variables that a bound or their own cost holds.
  static func held(_ form: borrowing StandardForm) -> [Bool] {
    var isHeld = [Bool](repeating: false, count: form.n)
    for row in form.sideRow where row >= form.p + form.m { isHeld[row - form.p - form.m] = true }
    let upper = form.P.upper
    for j in 0..<form.n {
      if let k = upper.entries(ofColumn: j).last, Int(upper.rowIndices[k]) == j,
        upper.values[k] > 0
      {
        isHeld[j] = true
      }
    }
    return isHeld
  }

  /// The variables that are held and whose part of P is diagonal.
  static func eliminable(_ form: borrowing StandardForm) -> [Bool] {
    let (isHeld, isCoupled) = (held(form), form.P.isCoupled)
    return (0..<form.n).map { isHeld[$0] && !isCoupled[$0] }
  }

  init(_ form: borrowing StandardForm) {
    (n, p, r) = (form.n, form.p, form.p + form.m)
    let eliminable = Self.eliminable(form)
    eliminated = (0..<n).filter { eliminable[$0] }
    kept = (0..<n).filter { !eliminable[$0] }
    panels = ColumnPanels(form, columns: eliminated)
    inverseD = Buffer(n)
    C = Buffer(r)
    N = Buffer(r * r)
    M = Buffer(kept.count * kept.count)
    keptRows = Buffer(r * kept.count)
    V = Buffer(r * kept.count)
    t = Buffer(r)
    xK = Buffer(kept.count)
    work = Buffer(n)
  }

  func load(_ form: borrowing StandardForm) {
    for (k, j) in kept.enumerated() {
      work.fill(0)
      work[j] = 1
      form.B.multiply(work, into: keptRows.pointer + k * r)
    }
  }

  /// The regularisation is raised until both Cholesky factorizations succeed.
  func factor(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool {
    inverseD.fill(0)
    form.P.addDiagonal(to: inverseD)
    for j in 0..<n {
      inverseD[j] = 1 / (inverseD[j] + scaling.weights[r + j] + Self.smallestRegularization)
    }
    for i in 0..<r { C[i] = i < p ? 0 : 1 / max(scaling.weights[i], 1e-100) }
    var δ = Self.smallestRegularization
    for _ in 0..<6 {
      if factorOnce(form, scaling, δ) { return true }
      δ *= 100
    }
    return false
  }

  private func factorOnce(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, _ δ: Double
  ) -> Bool {
    if r > 0 {
      N.fill(0)
      panels.addWeighted(form, weights: inverseD, to: N)
      for cone in form.cone.secondOrder {
        scaling.addSquare(cone, to: N.pointer + cone.rows.lowerBound * (r + 1), stride: r)
        for i in cone.rows { C[i] = 0 }
      }
      for i in 0..<r {
        let pivot = N[i + i * r] + C[i]
        N[i + i * r] = pivot + δ * max(1e-3 * pivot, i < p ? 1 : 0)
      }
      guard LAPACK.potrf(.lower, n: r, N.pointer, lda: r) == 0 else { return false }
    }
    return kept.isEmpty || factorKept(form, scaling, δ)
  }

  private func factorKept(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, _ δ: Double
  ) -> Bool {
    let count = kept.count
    M.fill(0)
    form.P.addLower(to: M.pointer, stride: count, selecting: kept)
    for (k, j) in kept.enumerated() { M[k + k * count] += scaling.weights[r + j] + δ }
    if r > 0 {
      V.copy(from: keptRows)
      BLAS.trsm(.left, .lower, .no, m: r, n: count, N.pointer, lda: r, V.pointer, ldb: r)
      BLAS.syrk(.lower, .yes, n: count, k: r, V.pointer, lda: r, beta: 1, M.pointer, ldc: count)
    }
    return LAPACK.potrf(.lower, n: count, M.pointer, lda: count) == 0
  }

  func solve(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, x: borrowing Buffer,
    rows: borrowing Buffer
  ) {
    work.fill(0)
    for j in eliminated { work[j] = inverseD[j] * x[j] }
    form.B.multiply(work, into: t.pointer)
    for i in 0..<r { t[i] = rows[i] - t[i] }
    if r > 0 { BLAS.trsv(.lower, .no, n: r, N.pointer, lda: r, t.pointer) }
    if !kept.isEmpty { solveKept(x) }
    for i in 0..<r { rows[i] = -t[i] }
    if r > 0 { BLAS.trsv(.lower, .yes, n: r, N.pointer, lda: r, rows.pointer) }
    form.B.addTransposed(rows, alpha: -1, to: x)
    for j in eliminated { x[j] *= inverseD[j] }
    for (k, j) in kept.enumerated() { x[j] = xK[k] }
  }

  /// t holds L⁻¹t; on return xK the kept variables and t ← L⁻¹(t − B_K Δx_K).
  private func solveKept(_ x: borrowing Buffer) {
    let count = kept.count
    for (k, j) in kept.enumerated() { xK[k] = x[j] }
    if r > 0 {
      BLAS.gemv(.yes, m: r, n: count, V.pointer, lda: r, t.pointer, beta: 1, xK.pointer)
    }
    BLAS.trsv(.lower, .no, n: count, M.pointer, lda: count, xK.pointer)
    BLAS.trsv(.lower, .yes, n: count, M.pointer, lda: count, xK.pointer)
    if r > 0 {
      BLAS.gemv(
        .no, m: r, n: count, alpha: -1, V.pointer, lda: r, xK.pointer, beta: 1, t.pointer)
    }
  }
}
