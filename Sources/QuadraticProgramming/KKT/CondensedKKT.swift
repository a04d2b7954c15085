internal import LinearAlgebra

/// The Newton matrix of the interior point method, condensed to the core variables of an
/// ``Elimination`` and factored densely.
///
/// Singles go first, into the C of their rows (Ĉ = C + a²/H), then the rows of G with Ŵ = Ĉ⁻¹ in
/// closed form, then the leaves. There remains, with A the equalities and below them the ``Couplings``,
///
///     [H  Aᵀ] [Δx]   [q̂]
///     [A  0 ] [Δy] = [r_A],        H = Schur complement of the leaves in P + X + Gᵀ Ŵ G.
///
/// H is replaced by H + γ AᵀA + ρI (the right-hand side gains γ Aᵀr_A): the first term leaves the
/// solution as it is and makes the matrix definite wherever the program is so on the null space of A;
/// the second, and a δ under the zero block, make Cholesky safe and are undone by refinement on the
/// true system, as are rows left out because their weights are negligible together. The equalities
/// go through the Schur complement A H⁻¹ Aᵀ + δI: two Cholesky factorizations run at the speed of
/// BLAS-3 (a Bunch–Kaufman one of n + p rows is slower by a factor of about four), and dense
/// equalities are few in the programs this form is for. Couplings are rows of A with a diagonal of their
/// own in place of the zero. The rows of second-order cones are those of
/// ``ConeRows``. For k core variables O(mk² + k³/3 + k²p).
final class CondensedKKT: KKTFactorization {
  static let γ = 1.0
  static let smallestRegularization = 1e-12
  /// The sum of the weights that are left out, relative to the diagonal of H.
  static let negligibleShare = 1e-8

  private let elimination: Elimination
  private let n: Int
  private let p: Int
  private let r: Int
  /// The number of equalities and couplings.
  private let e: Int
  /// The number of core variables.
  private let k: Int

  private let panels: RowPanels
  private let coneRows: ConeRows
  private let assembly: ShortAssembly
  let couplings: Couplings
  /// A restricted to the core, transposed, and the columns d of the couplings, k × e.
  private let transposedA: Buffer
  /// γ for the equalities, zero for the couplings, Ŵ for the other rows.
  private let rowWeights: Buffer
  /// P + X on its diagonal, n entries; for singles and leaves the pivots.
  private let diagonal: Buffer
  /// The factor L of H, lower triangle.
  private let L: Buffer
  /// L⁻¹ Aᵀ, k × e.
  private let V: Buffer
  /// The factor of the Schur complement, e × e, lower triangle.
  private let S: Buffer
  private let work: Buffer
  private let right: Buffer
  private let coreRight: Buffer
  /// For each single its right-hand side q and that of its row, r.
  private let q: Buffer
  private let target: Buffer
  /// For each single C of its row, and κ = 1/(HC + a²).
  private let C: Buffer
  private let κ: Buffer

  /// Whether rows were left out of the last factorization.
  private var isPartial = false
  private var ρ = smallestRegularization
  private var δ = smallestRegularization

  init(_ form: borrowing StandardForm, _ elimination: Elimination) {
    self.elimination = elimination
    (n, p, r) = (form.n, form.p, form.p + form.m)
    k = elimination.core.count
    e = form.p + elimination.couplings.count
    panels = RowPanels(form, elimination)
    coneRows = ConeRows(form, elimination)
    assembly = ShortAssembly(form, elimination)
    couplings = Couplings(form, elimination)
    transposedA = Buffer(k * e)
    rowWeights = Buffer(r)
    diagonal = Buffer(n)
    L = Buffer(k * k)
    V = Buffer(k * e)
    S = Buffer(e * e)
    work = Buffer(r)
    right = Buffer(e)
    coreRight = Buffer(k)
    q = Buffer(elimination.singles.count)
    target = Buffer(elimination.singles.count)
    C = Buffer(elimination.singles.count)
    κ = Buffer(elimination.singles.count)
  }

  func load(_ form: borrowing StandardForm) {
    transposedA.fill(0)
    for row in 0..<p {
      form.B.forEachEntry(ofRow: row) { j, value in
        let place = elimination.place[j]
        if place >= 0 { transposedA[place + row * k] += value }
      }
    }
  }

  func factor(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool {
    factor(form, scaling, leavingOut: Self.negligibleShare)
  }

  /// Factors with all rows, where some had been left out.
  func refactor(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool {
    isPartial && factor(form, scaling, leavingOut: 0)
  }

  private func factor(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, leavingOut share: Double
  ) -> Bool {
    guard n > 0 else { return true }
    ρ = Self.smallestRegularization
    for _ in 0..<6 {
      weighRows(form, scaling.weights)
      if factorOnce(form, scaling, share) { return true }
      ρ *= 100
    }
    return false
  }

  /// Sets the diagonal P + X and the weights of the rows, with the singles eliminated.
  private func weighRows(_ form: borrowing StandardForm, _ weights: borrowing Buffer) {
    diagonal.fill(0)
    form.P.addDiagonal(to: diagonal)
    for j in 0..<n { diagonal[j] += weights[r + j] }
    for i in 0..<p { rowWeights[i] = Self.γ }
    for i in p..<r { rowWeights[i] = weights[i] }
    for (s, single) in elimination.singles.enumerated() {
      diagonal[single.variable] += 1e-16
      let H = diagonal[single.variable]
      C[s] = 1 / weights[single.row]
      κ[s] = 1 / (H * C[s] + single.value * single.value)
      rowWeights[single.row] = H * κ[s]
    }
    for row in elimination.couplings { rowWeights[row] = 0 }
    couplings.weigh(weights, C: C, κ: κ)
  }

  private func factorOnce(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, _ share: Double
  ) -> Bool {
    if k > 0 {
      L.fill(0)
      assembly.addCost(form, to: L.pointer)
      for (place, j) in elimination.core.enumerated() {
        L[place + place * k] += scaling.weights[r + j]
      }
      assembly.addShortRows(form, rowWeights.pointer, diagonal, ρ, to: L.pointer)
      let used = panels.addWeighted(
        form, weights: rowWeights.pointer, to: L.pointer, negligible: share * leastWeight)
      // The heads of cones have the weight zero and are never used.
      isPartial = share > 0 && used < panels.rowCount
      coneRows.add(form, scaling, to: L.pointer)
      couplings.fill(form, κ: κ, into: transposedA.pointer + p * k, addingTo: L.pointer)
      for i in 0..<k {
        let pivot = L[i + i * k]
        L[i + i * k] = pivot + max(ρ, ρ * 1e-4 * pivot)
      }
      guard LAPACK.potrf(.lower, n: k, L.pointer, lda: k) == 0 else { return false }
    }
    return e == 0 || factorSchurComplement()
  }

  /// The least that the diagonal of H holds without the rows, or with all of them.
  private var leastWeight: Double {
    var sum = 0.0
    for i in 0..<r { sum += rowWeights[i] }
    var least = sum
    for j in elimination.core where diagonal[j] > 0 { least = min(least, diagonal[j]) }
    return least
  }

  private func factorSchurComplement() -> Bool {
    V.copy(from: transposedA)
    if k > 0 {
      BLAS.trsm(.left, .lower, .no, m: k, n: e, L.pointer, lda: k, V.pointer, ldb: k)
    }
    δ = Self.smallestRegularization
    for _ in 0..<6 {
      S.fill(0)
      if k > 0 {
        BLAS.syrk(.lower, .yes, n: e, k: k, V.pointer, lda: k, beta: 0, S.pointer, ldc: e)
      }
      var largest = 1.0
      for i in 0..<p { largest = max(largest, S[i + i * e]) }
      for i in 0..<p { S[i + i * e] += δ * largest }
      for c in 0..<couplings.count {
        let i = p + c
        let pivot = S[i + i * e] + couplings.diagonal(c)
        S[i + i * e] = pivot + δ * pivot
      }
      if LAPACK.potrf(.lower, n: e, S.pointer, lda: e) == 0 { return true }
      δ *= 100
    }
    return false
  }

  func solve(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, x: borrowing Buffer,
    rows: borrowing Buffer
  ) {
    solve(form, scaling, x: x, rows: rows, product: work)
  }

  /// As ``solve(_:_:x:rows:)``; `product` receives BΔx.
  func solve(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, x: borrowing Buffer,
    rows: borrowing Buffer, product: borrowing Buffer
  ) {
    guard n > 0 else { return }
    for i in 0..<r { product[i] = rowWeights[i] * rows[i] }
    for (s, single) in elimination.singles.enumerated() {
      (q[s], target[s]) = (x[single.variable], rows[single.row])
      product[single.row] =
        κ[s] * (diagonal[single.variable] * target[s] - single.value * q[s])
    }
    couplings.condense(rows, q: q, C: C, κ: κ, into: right.pointer + p)
    for cone in form.cone.secondOrder {
      for i in cone.rows { product[i] = rows[i] }
      scaling.divideSquare(cone, product.pointer + cone.rows.lowerBound)
    }
    form.B.addTransposed(product, to: x)
    assembly.condense(x, diagonal)
    for (place, j) in elimination.core.enumerated() { coreRight[place] = x[j] }
    couplings.augment(coreRight, d: transposedA.pointer + p * k, ρ: right.pointer + p)
    for i in 0..<p { right[i] = rows[i] }
    solveCore()
    for (place, j) in elimination.core.enumerated() { x[j] = coreRight[place] }
    assembly.expand(x, diagonal)
    for single in elimination.singles { x[single.variable] = 0 }
    form.B.multiply(x, into: product.pointer)
    for i in 0..<form.firstConeRow { rows[i] = rowWeights[i] * (product[i] - rows[i]) }
    for cone in form.cone.secondOrder {
      for i in cone.rows { rows[i] = product[i] - rows[i] }
      scaling.divideSquare(cone, rows.pointer + cone.rows.lowerBound)
    }
    for i in 0..<p { rows[i] = right[i] }
    couplings.expand(right.pointer + p, into: rows)
    // A coupling moves q by its multiplier.
    for (s, single) in elimination.singles.enumerated() {
      var moved = q[s]
      if let c = single.coupling { moved -= single.share * rows[elimination.couplings[c]] }
      let gap = product[single.row] - target[s]
      let (H, a) = (diagonal[single.variable], single.value)
      rows[single.row] = κ[s] * (H * gap + a * moved)
      x[single.variable] = κ[s] * (C[s] * moved - a * gap)
      product[single.row] += a * x[single.variable]
      if let c = single.coupling {
        product[elimination.couplings[c]] += single.share * x[single.variable]
      }
    }
  }

  /// With H = LLᵀ: t = L⁻¹q, (A H⁻¹ Aᵀ + δI) Δy = Vᵀt − r, Δx = L⁻ᵀ(t − V Δy).
  private func solveCore() {
    if k > 0 { BLAS.trsv(.lower, .no, n: k, L.pointer, lda: k, coreRight.pointer) }
    if e > 0 {
      if k > 0 {
        BLAS.gemv(.yes, m: k, n: e, V.pointer, lda: k, coreRight.pointer, beta: -1, right.pointer)
      }
      BLAS.trsv(.lower, .no, n: e, S.pointer, lda: e, right.pointer)
      BLAS.trsv(.lower, .yes, n: e, S.pointer, lda: e, right.pointer)
      if k > 0 {
        BLAS.gemv(
          .no, m: k, n: e, alpha: -1, V.pointer, lda: k, right.pointer, beta: 1, coreRight.pointer)
      }
    }
    if k > 0 { BLAS.trsv(.lower, .yes, n: k, L.pointer, lda: k, coreRight.pointer) }
  }
}
