internal import LinearAlgebra

/// The Newton matrix of the interior point method, factored sparsely as it is,
///
///     [P + X + ρI   Bᵀ     ]
///     [B           −C − δI ],
///
/// quasi-definite and so L D Lᵀ in every order of elimination. ρ and δ are undone by refinement on the
/// true system.
///
/// The block W² of a second-order cone in C is full. A longer cone is expanded by two variables, with
/// the W² = η² (I + uuᵀ − vvᵀ) of ``ConeScaling/expansion(_:)``:
///
///     [−η²I  −ηv  −ηu] [Δv]
///     [−ηvᵀ  −1    0 ] [α ]        α = −η vᵀΔv,   β = η uᵀΔv,
///     [−ηuᵀ   0    1 ] [β ]
///
/// 3k entries in place of k(k + 1)/2. As I − vvᵀ is definite the matrix stays quasi-definite, α among
/// the negative variables and β among the positive ones.
final class SparseKKT: KKTFactorization {
  static let smallestRegularization = 1e-13
  /// At the smallest regularisation an entry of the diagonal is changed by this share of it at most.
  static let share = 0.01
  static let largestRegularization = 1e-7
  /// The rows of the longest cone whose block is stored in full: from 12 to 24 both take the same time.
  static let fullConeLimit = 16

  private let n: Int
  private let p: Int
  private let r: Int
  /// The places among the cones of those that are expanded; their columns come last, two of each.
  private let expanded: [Int]
  private var factorization: SparseLDLT
  /// The values of the upper triangle in the order of the pattern, without weights, and with them.
  private let base: Buffer
  private let values: Buffer
  /// The place of each diagonal entry among the values.
  private let diagonal: [Int]
  private let right: Buffer
  private var ρ = smallestRegularization
  private var lastρ = smallestRegularization

  private static func isExpanded(_ cone: SecondOrderCone) -> Bool {
    cone.sides.count > fullConeLimit
  }

  /// The upper triangle of the matrix, variables first, with a full diagonal.
  private static func pattern(_ form: borrowing StandardForm) -> SparseMatrix {
    let (n, r) = (form.n, form.p + form.m)
    let (P, rows) = (form.P.upper, form.B.byRow)
    var starts = [0]
    starts.reserveCapacity(n + r + 1)
    var indices: [Int32] = []
    indices.reserveCapacity(P.entryCount + rows.entryCount + n + r)
    for j in 0..<n {
      let entries = P.entries(ofColumn: j)
      indices += P.rowIndices[entries]
      if entries.isEmpty || P.rowIndices[entries.upperBound - 1] != j { indices.append(Int32(j)) }
      starts.append(indices.count)
    }
    var first = Array(0..<r)
    for cone in form.cone.secondOrder where !isExpanded(cone) {
      for i in cone.rows { first[i] = cone.rows.lowerBound }
    }
    for i in 0..<r {
      indices += rows.rowIndices[rows.entries(ofColumn: i)]
      for k in first[i]...i { indices.append(Int32(n + k)) }
      starts.append(indices.count)
    }
    for cone in form.cone.secondOrder where isExpanded(cone) {
      for _ in 0..<2 {
        indices += cone.rows.map { Int32(n + $0) }
        indices.append(Int32(starts.count - 1))
        starts.append(indices.count)
      }
    }
    let order = starts.count - 1
    return SparseMatrix(
      uncheckedRows: order, columns: order, columnStarts: starts, rowIndices: indices,
      values: [Double](repeating: 0, count: indices.count))
  }

  /// The analysis of the matrix of a form without dense blocks.
  static func analysis(_ form: borrowing StandardForm) -> (SparseMatrix, SymbolicFactorization) {
    let pattern = pattern(form)
    return (pattern, SymbolicFactorization(of: pattern))
  }

  init(
    _ form: borrowing StandardForm, _ pattern: SparseMatrix, _ analysis: SymbolicFactorization
  ) {
    (n, p, r) = (form.n, form.p, form.p + form.m)
    expanded = form.cone.secondOrder.filter(Self.isExpanded).map(\.index)
    var signs = [Int8](repeating: 1, count: n) + [Int8](repeating: -1, count: r)
    for _ in expanded { signs += [-1, 1] }
    factorization = SparseLDLT(analysis, signs: signs)
    base = Buffer(pattern.entryCount)
    values = Buffer(pattern.entryCount)
    diagonal = (0..<pattern.columns).map { pattern.columnStarts[$0 + 1] - 1 }
    right = Buffer(pattern.columns)
  }

  func load(_ form: borrowing StandardForm) {
    base.fill(0)
    let (P, rows) = (form.P.upper, form.B.byRow)
    for j in 0..<n {
      let first = j == 0 ? 0 : diagonal[j - 1] + 1
      for (k, source) in P.entries(ofColumn: j).enumerated() { base[first + k] = P.values[source] }
    }
    for i in 0..<r {
      let first = n + i == 0 ? 0 : diagonal[n + i - 1] + 1
      for (k, source) in rows.entries(ofColumn: i).enumerated() {
        base[first + k] = rows.values[source]
      }
    }
  }

  /// Begins below the regularisation of the last factorization and raises it until there is a factor.
  func factor(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool {
    ρ = max(ρ / 10, Self.smallestRegularization)
    while !factorOnce(form, scaling) { if !raise() { return false } }
    return true
  }

  func refactor(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool {
    let before = ρ
    while raise() {
      guard factorOnce(form, scaling) else { continue }
      lastρ = before
      return true
    }
    if ρ != before {
      ρ = before
      _ = factorOnce(form, scaling)
    }
    return false
  }

  func restore(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool {
    ρ = lastρ
    return factorOnce(form, scaling)
  }

  private func raise() -> Bool {
    guard ρ < Self.largestRegularization else { return false }
    ρ = min(ρ * 100, Self.largestRegularization)
    return true
  }

  /// What is added to an entry of the diagonal. A small one is a pivot as good as ρ, and where bounds give
  /// it, the only thing that holds the variable: a larger ρ refinement could not undo.
  private func regularization(of own: Double) -> Double {
    ρ > Self.smallestRegularization || own <= 0 ? ρ : min(ρ, Self.share * own)
  }

  private func factorOnce(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling
  ) -> Bool {
    values.copy(from: base)
    for j in 0..<n {
      let own = values[diagonal[j]] + scaling.weights[r + j]
      values[diagonal[j]] = own + regularization(of: own)
    }
    for i in 0..<p { values[diagonal[n + i]] = -ρ }
    for i in p..<form.firstConeRow {
      let own = 1 / max(scaling.weights[i], 1e-100)
      values[diagonal[n + i]] = -own - regularization(of: own)
    }
    for cone in form.cone.secondOrder where !Self.isExpanded(cone) {
      for (k, i) in cone.rows.enumerated() {
        scaling.copyRowOfSquare(cone, k, sign: -1, to: values.pointer + diagonal[n + i] - k)
        values[diagonal[n + i]] -= ρ
      }
    }
    for (k, index) in expanded.enumerated() {
      writeExpansion(form.cone.secondOrder[index], scaling, column: n + r + 2 * k)
    }
    return factorization.factor(
      values.pointer, safeguard: PivotSafeguard(tolerance: 1e-14, replacement: 1e-7))
  }

  /// Writes the diagonal of a long cone and its two columns.
  private func writeExpansion(
    _ cone: SecondOrderCone, _ scaling: borrowing ConeScaling, column: Int
  ) {
    let (u₀, u₁, v₀, v₁) = scaling.expansion(cone)
    let η = scaling.η[cone.index]
    let (first, second) = (diagonal[column - 1] + 1, diagonal[column] + 1)
    for (k, i) in cone.rows.enumerated() {
      let w = scaling.ratio[cone.head + k]
      values[diagonal[n + i]] = -η * η - ρ
      values[first + k] = -η * (k == 0 ? v₀ : v₁ * w)
      values[second + k] = -η * (k == 0 ? u₀ : u₁ * w)
    }
    values[diagonal[column]] = -1
    values[diagonal[column + 1]] = 1
  }

  func solve(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, x: borrowing Buffer,
    rows: borrowing Buffer
  ) {
    right.pointer.update(from: x.pointer, count: n)
    (right.pointer + n).update(from: rows.pointer, count: r)
    (right.pointer + n + r).update(repeating: 0, count: 2 * expanded.count)
    factorization.solve(right.pointer)
    x.pointer.update(from: right.pointer, count: n)
    rows.pointer.update(from: right.pointer + n, count: r)
  }
}
