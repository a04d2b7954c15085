internal import LinearAlgebra

/// The couplings of an ``Elimination``: rows g of G in which many singles z occur beside their own.
///
/// With H the diagonal of a single, a and w its entries in its own row b and in the coupling, C the
/// diagonal of its row, and κ = 1/(HC + a²), eliminating z and the row leaves of the coupling
///
///     dᵀΔx − γ Δv = ρ,    d = g − Σ κaw b,    γ = C_g + Σ κCw²,    ρ = r_g − Σ κw (Cq + ar),
///
/// where nothing cancels, whether z is at its bound (H → ∞) or the row is active with z above it
/// (H → 0, in which d is the gradient of the shortfall). d enters the core as a column beside those of
/// the equalities. With θ < 1/γ and v = s + θ (dᵀΔx − ρ) the same is
///
///     H + θ ddᵀ for H,    q + θρ d for q,    dᵀΔx − γ/(1 − γθ) s = ρ,
///
/// which holds what no other row does, as γ AᵀA does in ``CondensedKKT``.
struct Couplings: ~Copyable {
  let count: Int
  private let k: Int
  private let elimination: Elimination
  /// From the first to the last of the rows whose singles each coupling has.
  private let ranges: [Range<Int>]
  /// γ and θ of each coupling.
  private let γ: Buffer
  private let θ: Buffer
  /// −κaw on the rows of singles; zero elsewhere.
  private let factors: Buffer
  private let work: Buffer

  init(_ form: borrowing StandardForm, _ elimination: Elimination) {
    self.elimination = elimination
    count = elimination.couplings.count
    k = elimination.core.count
    ranges = elimination.couplings.indices.map { c in
      let rows = elimination.singles.lazy.filter { $0.coupling == c }.map(\.row)
      return (rows.min() ?? 0)..<(rows.max() ?? -1) + 1
    }
    γ = Buffer(count)
    θ = Buffer(count)
    factors = Buffer(count > 0 ? form.p + form.m : 0)
    work = Buffer(count > 0 ? form.n : 0)
  }

  /// Sets γ and θ; `C` and `κ` have an entry per single.
  func weigh(
    _ weights: borrowing Buffer, C: borrowing Buffer, κ: borrowing Buffer
  ) {
    for (c, row) in elimination.couplings.enumerated() { γ[c] = 1 / weights[row] }
    for (s, single) in elimination.singles.enumerated() {
      guard let c = single.coupling else { continue }
      γ[c] += κ[s] * C[s] * single.share * single.share
    }
    for c in 0..<count { θ[c] = min(1, 0.5 / γ[c]) }
  }

  /// Writes the columns d, k × count, and adds θ ddᵀ to the lower triangle of H.
  func fill(
    _ form: borrowing StandardForm, κ: borrowing Buffer, into d: UnsafeMutablePointer<Double>,
    addingTo H: UnsafeMutablePointer<Double>
  ) {
    for (c, row) in elimination.couplings.enumerated() {
      factors.fill(0)
      for (s, single) in elimination.singles.enumerated() where single.coupling == c {
        factors[single.row] = -κ[s] * single.value * single.share
      }
      work.fill(0)
      form.B.addTransposed(factors, ofRows: ranges[c], to: work)
      let column = d + c * k
      for (place, j) in elimination.core.enumerated() { column[place] = work[j] }
      form.B.forEachEntry(ofRow: row) { j, value in
        let place = elimination.place[j]
        if place >= 0 { column[place] += value }
      }
      for j in 0..<k {
        let scaled = θ[c] * column[j]
        guard scaled != 0 else { continue }
        let target = H + j * k
        for i in j..<k { target[i] += scaled * column[i] }
      }
    }
  }

  /// γ/(1 − γθ) of a coupling.
  func diagonal(_ c: Int) -> Double { γ[c] / (1 - γ[c] * θ[c]) }

  /// Writes ρ of each coupling from the right-hand sides q of the singles and r of the rows.
  func condense(
    _ rows: borrowing Buffer, q: borrowing Buffer, C: borrowing Buffer, κ: borrowing Buffer,
    into ρ: UnsafeMutablePointer<Double>
  ) {
    for (c, row) in elimination.couplings.enumerated() { ρ[c] = rows[row] }
    for (s, single) in elimination.singles.enumerated() {
      guard let c = single.coupling else { continue }
      ρ[c] -= κ[s] * single.share * (C[s] * q[s] + single.value * rows[single.row])
    }
  }

  /// Adds θρ d to the right-hand side of the core.
  func augment(
    _ right: borrowing Buffer, d: UnsafePointer<Double>, ρ: UnsafePointer<Double>
  ) {
    for c in 0..<count {
      let scaled = θ[c] * ρ[c]
      let column = d + c * k
      for i in 0..<k { right[i] += scaled * column[i] }
    }
  }

  /// Writes v = s/(1 − γθ) to the rows of the couplings.
  func expand(_ s: UnsafePointer<Double>, into rows: borrowing Buffer) {
    for (c, row) in elimination.couplings.enumerated() { rows[row] = s[c] / (1 - γ[c] * θ[c]) }
  }
}
