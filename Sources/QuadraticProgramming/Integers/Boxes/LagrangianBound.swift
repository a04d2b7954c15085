internal import LinearAlgebra

/// The safe bound of a node: a Lagrangian dual, evaluated exactly at any multipliers.
///
/// With R = P − D ⪰ 0, D diagonal, any v, and any y for the rows,
///
///     ½ xᵀPx + cᵀx ≥ −½ vᵀRv − Σ_r sup_{l ≤ t ≤ u} y_r t + Σ_i (½ d_i x_i² + p_i x_i),
///     p = c + Rv + Aᵀy,
///
/// at every x with l ≤ Ax ≤ u. The sum separates and is minimized exactly over the discrete domains:
/// lattices by rounding, minimum sizes by cases, the cardinality by the largest gains over zero. At
/// the v and y of the convex relaxation it is at least the optimum of that.
struct LagrangianBound {
  let program: MixedIntegerProgram
  let d: [Double]
  /// What rounding may have added, as a part of the sum of magnitudes that were added up.
  static let roundingPart = 1e-13

  /// The bound; ∞ when the domains alone are infeasible.
  func value(_ domains: [VariableDomain], slots: Int, x v: [Double], rows y: [Double]) -> Double {
    let n = program.variableCount
    var p = program.linearCost
    var (sum, magnitude) = (CompensatedSum(), abs(program.objectiveConstant))
    sum.add(program.objectiveConstant)
    func add(_ term: Double) {
      sum.add(term)
      magnitude += abs(term)
    }
    let P = program.quadraticCost.elements
    for i in 0..<n {
      var column = CompensatedSum()
      var size = 0.0
      for j in 0..<n {
        column.add(P[j + i * n], times: v[j])
        size += abs(P[j + i * n] * v[j])
      }
      let Rv = column.value - d[i] * v[i]
      add(-0.5 * v[i] * Rv)
      magnitude += abs(v[i]) * size
      p[i] += Rv
    }
    guard addRows(y, to: &p, add) else { return -.infinity }
    guard addSeparableMinimum(domains, slots, d: d, p: p, add) else { return .infinity }
    guard magnitude.isFinite else { return -.infinity }
    return sum.value - Self.roundingPart * magnitude
  }

  /// Adds min Σ (½ d_i x_i² + p_i x_i) over the domains, with at most `slots` counted nonzeros; false
  /// when there is no such x.
  private func addSeparableMinimum(
    _ domains: [VariableDomain], _ slots: Int, d: [Double], p: [Double], _ add: (Double) -> Void
  ) -> Bool {
    var (gains, used): ([Double], Int) = ([], 0)
    for (i, domain) in domains.enumerated() {
      let off = domain.minimumOffZero(d: d[i], p: p[i])
      guard !domain.isEmpty, off != nil || domain.allowsZero else { return false }
      let gain = -(off?.value ?? 0)
      if domain.isCounted && domain.choice == .open && domain.allowsZero {
        if gain > 0 { gains.append(gain) }
      } else {
        if domain.isCounted && domain.choice != .zero { used += 1 }
        add(domain.allowsZero ? min(0, -gain) : -gain)
      }
    }
    guard used <= slots else { return false }
    gains.sort(by: >)
    for gain in gains.prefix(slots - used) { add(-gain) }
    return true
  }

  /// Adds Aᵀy to p and the support of the sides; false where y leans on an absent side.
  private func addRows(_ y: [Double], to p: inout [Double], _ add: (Double) -> Void) -> Bool {
    for r in 0..<program.rowCount where y[r] != 0 {
      let side = y[r] > 0 ? program.rowUpper[r] : program.rowLower[r]
      guard side.isFinite else { return false }
      add(-y[r] * side)
      for i in 0..<program.variableCount { p[i] += program.rows[r, i] * y[r] }
    }
    return true
  }

  /// Whether y proves that no x in the domains satisfies the rows: min yᵀAx over the domains exceeds
  /// the largest yᵀt over the sides, by more than rounding.
  func provesInfeasible(_ domains: [VariableDomain], slots: Int, rows y: [Double]) -> Bool {
    let n = program.variableCount
    let largest = maximumMagnitude(y)
    guard largest > 0, largest.isFinite else { return false }
    var p = [Double](repeating: 0, count: n)
    var (sum, magnitude) = (CompensatedSum(), 0.0)
    func add(_ term: Double) {
      sum.add(term)
      magnitude += abs(term)
    }
    guard addRows(y.map { $0 / largest }, to: &p, add) else { return false }
    let zeros = [Double](repeating: 0, count: n)
    guard addSeparableMinimum(domains, slots, d: zeros, p: p, add) else { return true }
    return magnitude.isFinite && sum.value > 1e-9 * magnitude
  }
}
