internal import LinearAlgebra

/// The Newton matrix of the interior point method, condensed to the variables and factored densely.
///
/// With the weight wᵢ = Σ λₖ/sₖ over the sides of entry i of [Gx; x], the multipliers of the sides
/// are eliminated in closed form and there remains
///
///     [H  Aᵀ] [Δx]   [q]        H = P + Gᵀ W_G G + W_x.
///     [A  0 ] [Δy] = [r],
///
/// H is replaced by H + γ AᵀA + ρI (q by q + γ Aᵀr): the first term leaves the solution as it is and
/// makes the matrix definite wherever the program is so on the null space of A; the second, and a δ
/// under the zero block, make Cholesky safe and are undone by refinement on the true system. The
/// equalities go through the Schur complement A H⁻¹ Aᵀ + δI: two Cholesky factorizations run at the
/// speed of BLAS-3 (a Bunch–Kaufman one of n + p rows is slower by a factor of about four), and dense
/// equalities are few in the programs this form is for. O(mn² + n³/3 + n²p).
struct DenseKKT: ~Copyable {
  static let γ = 1.0
  static let smallestRegularization = 1e-12

  private let n: Int
  private let p: Int
  private let m: Int

  /// Aᵀ, n × p.
  private let transposedA: Buffer
  /// P + γ AᵀA, lower triangle.
  private let base: Buffer
  /// The factor L of H, lower triangle.
  private let L: Buffer
  /// W^{1/2} G.
  private let scaledG: Buffer
  /// L⁻¹ Aᵀ, n × p.
  private let V: Buffer
  /// The factor of the Schur complement, p × p, lower triangle.
  private let S: Buffer
  private let work: Buffer

  private(set) var ρ = smallestRegularization
  private(set) var δ = smallestRegularization

  init(n: Int, p: Int, m: Int) {
    (self.n, self.p, self.m) = (n, p, m)
    transposedA = Buffer(n * p)
    base = Buffer(n * n)
    L = Buffer(n * n)
    scaledG = Buffer(m * n)
    V = Buffer(n * p)
    S = Buffer(p * p)
    work = Buffer(max(n, m))
  }

  /// Takes P and A from the form. Called again when the cost is rescaled.
  func load(_ form: borrowing StandardForm) {
    if form.hasQuadraticCost { base.copy(from: form.P) } else { base.fill(0) }
    guard n > 0, p > 0 else { return }
    for j in 0..<n { for i in 0..<p { transposedA[j + i * n] = form.A[i + j * p] } }
    BLAS.syrk(
      .lower, .yes, n: n, k: p, alpha: Self.γ, form.A.pointer, lda: p, beta: 1, base.pointer, ldc: n
    )
  }

  /// The column at which P fails to be positive semidefinite beyond rounding, if any.
  func indefiniteColumn(of form: borrowing StandardForm) -> Int? {
    guard form.hasQuadraticCost else { return nil }
    L.copy(from: form.P)
    let shift = 1e-10 * max(form.P.largestMagnitude, .leastNormalMagnitude)
    for j in 0..<n { L[j + j * n] += shift }
    let info = LAPACK.potrf(.lower, n: n, L.pointer, lda: max(n, 1))
    return info > 0 ? info - 1 : nil
  }

  /// Factors for the given weights of the m rows of G and the n bounds. The regularisation is raised
  /// until Cholesky succeeds; false if it never does.
  mutating func factor(_ form: borrowing StandardForm, weights: borrowing Buffer) -> Bool {
    ρ = Self.smallestRegularization
    for i in 0..<m { work[i] = weights[i].squareRoot() }
    for j in 0..<n {
      let target = scaledG.pointer + j * m
      let source = form.G.pointer + j * m
      for i in 0..<m { target[i] = work[i] * source[i] }
    }
    for _ in 0..<6 {
      if factorOnce(weights) { return true }
      ρ *= 100
    }
    return false
  }

  private mutating func factorOnce(_ weights: borrowing Buffer) -> Bool {
    guard n > 0 else { return true }
    L.copy(from: base)
    if m > 0 {
      BLAS.syrk(
        .lower, .yes, n: n, k: m, scaledG.pointer, lda: m, beta: 1, L.pointer, ldc: n)
    }
    for j in 0..<n {
      let pivot = L[j + j * n] + weights[m + j]
      L[j + j * n] = pivot + max(ρ, ρ * 1e-4 * pivot)
    }
    guard LAPACK.potrf(.lower, n: n, L.pointer, lda: n) == 0 else { return false }
    return p == 0 || factorSchurComplement()
  }

  private mutating func factorSchurComplement() -> Bool {
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

  /// Solves for (Δx, Δy) in place of (q, r), q already holding γ Aᵀr.
  ///
  /// With q = L L⁻ᵀ…: t = L⁻¹q, (A H⁻¹ Aᵀ + δI) Δy = Vᵀt − r, Δx = L⁻ᵀ(t − V Δy).
  func solve(_ q: borrowing Buffer, _ r: borrowing Buffer) {
    guard n > 0 else { return }
    BLAS.trsv(.lower, .no, n: n, L.pointer, lda: n, q.pointer)
    if p > 0 {
      BLAS.gemv(.yes, m: n, n: p, V.pointer, lda: n, q.pointer, beta: -1, r.pointer)
      BLAS.trsv(.lower, .no, n: p, S.pointer, lda: p, r.pointer)
      BLAS.trsv(.lower, .yes, n: p, S.pointer, lda: p, r.pointer)
      BLAS.gemv(.no, m: n, n: p, alpha: -1, V.pointer, lda: n, r.pointer, beta: 1, q.pointer)
    }
    BLAS.trsv(.lower, .yes, n: n, L.pointer, lda: n, q.pointer)
  }
}
