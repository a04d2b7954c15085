internal import LinearAlgebra

/// The Newton matrix of a linear program with more variables than rows, condensed to the rows.
///
/// Without a quadratic cost the variables touch each other through the rows B = [G; A] alone: with
/// D = W_x + ρI, the weights λ/s of the bounds, and C = W_G⁻¹ for the rows of G, 0 for those of A,
///
///     [D  Bᵀ] [Δx]   [q]
///     [B  −C] [Δv] = [r],        (B D⁻¹ Bᵀ + C) Δv = B D⁻¹ q − r,     Δx = D⁻¹ (q − Bᵀ Δv),
///
/// the normal equations of interior point methods for linear programming (S. J. Wright,
/// "Primal-Dual Interior-Point Methods", 1997, chapter 11), O((m + p)² n) instead of O(n³). They
/// need a bound on every variable. The rows are kept apart from q rather than folded into it, so
/// that an active row, with its weight up to 1e12, cancels nothing.
struct RowSpaceKKT: ~Copyable {
  static let smallestRegularization = 1e-13

  private let n: Int
  private let m: Int
  private let count: Int

  /// [G; A], and the same times D^{−1/2}.
  private let B: Buffer
  private let scaledB: Buffer
  private let inverseD: Buffer
  /// C, m entries.
  private let C: Buffer
  /// The factor of B D⁻¹ Bᵀ + C, lower triangle.
  private let S: Buffer
  private let right: Buffer
  private let work: Buffer
  private let rows: Buffer

  /// Whether the form has what this condensation needs, and gains by it.
  static func suits(_ form: borrowing StandardForm) -> Bool {
    guard !form.hasQuadraticCost, form.m + form.p <= form.n else { return false }
    var isBounded = [Bool](repeating: false, count: form.n)
    for row in form.sideRow where row >= form.m { isBounded[row - form.m] = true }
    return isBounded.allSatisfy { $0 }
  }

  init(n: Int, p: Int, m: Int) {
    (self.n, self.m, count) = (n, m, m + p)
    B = Buffer(count * n)
    scaledB = Buffer(count * n)
    inverseD = Buffer(n)
    C = Buffer(m)
    S = Buffer(count * count)
    right = Buffer(count)
    work = Buffer(n)
    rows = Buffer(m)
  }

  /// Takes G and A from the form.
  func load(_ form: borrowing StandardForm) {
    for j in 0..<n {
      let column = B.pointer + j * count
      for i in 0..<m { column[i] = form.G[i + j * m] }
      for i in m..<count { column[i] = form.A[i - m + j * (count - m)] }
    }
  }

  /// Factors for the given weights of the m rows of G and the n bounds. The regularisation is raised
  /// until Cholesky succeeds; false if it never does.
  func factor(weights: borrowing Buffer) -> Bool {
    for j in 0..<n {
      inverseD[j] = 1 / (weights[m + j] + Self.smallestRegularization)
      let root = inverseD[j].squareRoot()
      let (target, source) = (scaledB.pointer + j * count, B.pointer + j * count)
      for i in 0..<count { target[i] = root * source[i] }
    }
    for i in 0..<m { C[i] = 1 / max(weights[i], 1e-100) }
    var δ = Self.smallestRegularization
    for _ in 0..<6 {
      if factorOnce(δ) { return true }
      δ *= 100
    }
    return false
  }

  private func factorOnce(_ δ: Double) -> Bool {
    guard count > 0 else { return true }
    BLAS.syrk(
      .lower, .no, n: count, k: n, scaledB.pointer, lda: count, beta: 0, S.pointer, ldc: count)
    for i in 0..<count {
      let pivot = S[i + i * count] + (i < m ? C[i] : 0)
      S[i + i * count] = pivot + δ * max(1e-3 * pivot, i < m ? 0 : 1)
    }
    return LAPACK.potrf(.lower, n: count, S.pointer, lda: count) == 0
  }

  /// Solves for (Δx, Δy) in place of (q, r_A); `gathered` holds, for each row of G, its right-hand
  /// side times its weight.
  func solve(_ q: borrowing Buffer, _ r: borrowing Buffer, gathered: borrowing Buffer) {
    for i in 0..<m { right[i] = -C[i] * gathered[i] }
    for i in m..<count { right[i] = -r[i - m] }
    for j in 0..<n { work[j] = inverseD[j] * q[j] }
    if count > 0 {
      BLAS.gemv(.no, m: count, n: n, B.pointer, lda: count, work.pointer, beta: 1, right.pointer)
      BLAS.trsv(.lower, .no, n: count, S.pointer, lda: count, right.pointer)
      BLAS.trsv(.lower, .yes, n: count, S.pointer, lda: count, right.pointer)
      BLAS.gemv(
        .yes, m: count, n: n, alpha: -1, B.pointer, lda: count, right.pointer, beta: 1, q.pointer)
    }
    for j in 0..<n { q[j] *= inverseD[j] }
    for i in m..<count { r[i - m] = right[i] }
    for i in 0..<m { rows[i] = C[i] * (right[i] + gathered[i]) }
  }

  /// GΔx as it follows from the multipliers of the last solution, (Δv + gathered) C, which for an
  /// active row keeps digits that the product with Δx has lost.
  func copyRows(into values: borrowing Buffer) {
    for i in 0..<m { values[i] = rows[i] }
  }
}
