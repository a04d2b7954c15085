internal import LinearAlgebra

/// The Newton matrix of the interior point method, condensed to the variables and factored densely.
///
/// The multipliers of the inequality rows are eliminated in closed form and there remains
///
///     [H  Aᵀ] [Δx]   [q + GᵀW r_G]
///     [A  0 ] [Δy] = [r_A        ],        H = P + X + Gᵀ W G.
///
/// H is replaced by H + γ AᵀA + ρI (the right-hand side gains γ Aᵀr_A): the first term leaves the
/// solution as it is and makes the matrix definite wherever the program is so on the null space of A;
/// the second, and a δ under the zero block, make Cholesky safe and are undone by refinement on the
/// true system. The equalities go through the Schur complement A H⁻¹ Aᵀ + δI: two Cholesky
/// factorizations run at the speed of BLAS-3 (a Bunch–Kaufman one of n + p rows is slower by a factor
/// of about four), and dense equalities are few in the programs this form is for.
/// O(mn² + n³/3 + n²p).
final class CondensedKKT: KKTFactorization {
  static let γ = 1.0
  static let smallestRegularization = 1e-12

  private let n: Int
  private let p: Int
  private let m: Int

  private let panels: RowPanels
  /// Aᵀ, n × p.
  private let transposedA: Buffer
  /// γ for the equalities, the weights for the other rows.
  private let rowWeights: Buffer
  /// The factor L of H, lower triangle.
  private let L: Buffer
  /// L⁻¹ Aᵀ, n × p.
  private let V: Buffer
  /// The factor of the Schur complement, p × p, lower triangle.
  private let S: Buffer
  private let work: Buffer
  private let right: Buffer

  private var ρ = smallestRegularization
  private var δ = smallestRegularization

  init(_ form: borrowing StandardForm) {
    (n, p, m) = (form.n, form.p, form.m)
    panels = RowPanels(form, rows: 0..<(form.p + form.m))
    transposedA = Buffer(n * p)
    rowWeights = Buffer(p + m)
    L = Buffer(n * n)
    V = Buffer(n * p)
    S = Buffer(p * p)
    work = Buffer(p + m)
    right = Buffer(p)
  }

  func load(_ form: borrowing StandardForm) {
    transposedA.fill(0)
    form.B.addTransposedRows(0..<p, to: transposedA.pointer, stride: n)
  }

  func factor(_ form: borrowing StandardForm, weights: borrowing Buffer) -> Bool {
    guard n > 0 else { return true }
    ρ = Self.smallestRegularization
    for i in 0..<p { rowWeights[i] = Self.γ }
    for i in p..<(p + m) { rowWeights[i] = weights[i] }
    for _ in 0..<6 {
      if factorOnce(form, weights) { return true }
      ρ *= 100
    }
    return false
  }

  private func factorOnce(_ form: borrowing StandardForm, _ weights: borrowing Buffer) -> Bool {
    L.fill(0)
    form.P.addLower(to: L.pointer, stride: n)
    panels.addWeighted(form, weights: rowWeights.pointer, to: L.pointer, stride: n)
    for j in 0..<n {
      let pivot = L[j + j * n] + weights[p + m + j]
      L[j + j * n] = pivot + max(ρ, ρ * 1e-4 * pivot)
    }
    guard LAPACK.potrf(.lower, n: n, L.pointer, lda: n) == 0 else { return false }
    return p == 0 || factorSchurComplement()
  }

  private func factorSchurComplement() -> Bool {
    V.copy(from: transposedA)
    BLAS.trsm(.left, .lower, .no, m: n, n: p, L.pointer, lda: n, V.pointer, ldb: n)
    δ = Self.smallestRegularization
    for _ in 0..<6 {
      BLAS.syrk(.lower, .yes, n: p, k: n, V.pointer, lda: n, beta: 0, S.pointer, ldc: p)
      var largest = 1.0
      for i in 0..<p { largest = max(largest, S[i + i * p]) }
      for i in 0..<p { S[i + i * p] += δ * largest }
      if LAPACK.potrf(.lower, n: p, S.pointer, lda: p) == 0 { return true }
      δ *= 100
    }
    return false
  }

  /// With H = LLᵀ: t = L⁻¹q, (A H⁻¹ Aᵀ + δI) Δy = Vᵀt − r, Δx = L⁻ᵀ(t − V Δy).
  func solve(_ form: borrowing StandardForm, x: borrowing Buffer, rows: borrowing Buffer) {
    guard n > 0 else { return }
    for i in 0..<(p + m) { work[i] = rowWeights[i] * rows[i] }
    for i in 0..<p { right[i] = rows[i] }
    form.B.addTransposed(work, to: x)
    BLAS.trsv(.lower, .no, n: n, L.pointer, lda: n, x.pointer)
    if p > 0 {
      BLAS.gemv(.yes, m: n, n: p, V.pointer, lda: n, x.pointer, beta: -1, right.pointer)
      BLAS.trsv(.lower, .no, n: p, S.pointer, lda: p, right.pointer)
      BLAS.trsv(.lower, .yes, n: p, S.pointer, lda: p, right.pointer)
      BLAS.gemv(.no, m: n, n: p, alpha: -1, V.pointer, lda: n, right.pointer, beta: 1, x.pointer)
    }
    BLAS.trsv(.lower, .yes, n: n, L.pointer, lda: n, x.pointer)
    form.B.multiply(x, into: work.pointer)
    for i in p..<(p + m) { rows[i] = rowWeights[i] * (work[i] - rows[i]) }
    for i in 0..<p { rows[i] = right[i] }
  }
}
