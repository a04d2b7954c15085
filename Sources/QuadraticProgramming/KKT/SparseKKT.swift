internal import LinearAlgebra

/// The Newton matrix of the interior point method, factored sparsely as it is,
///
///     [P + X + ρI   Bᵀ     ]
///     [B           −C − δI ],
///
/// quasi-definite and so L D Lᵀ in every order of elimination. ρ and δ are undone by refinement on the
/// true system. The block of a second-order cone in C is full: where cones are long the dense ways of
/// factoring are the cheaper ones.
final class SparseKKT: KKTFactorization {
  static let smallestRegularization = 1e-13
  /// At the smallest regularisation an entry of the diagonal is changed by this share of it at most.
  static let share = 0.01
  static let largestRegularization = 1e-7

  private let n: Int
  private let p: Int
  private let r: Int
  private var factorization: SparseLDLT
  /// The values of the upper triangle in the order of the pattern, without weights, and with them.
  private let base: Buffer
  private let values: Buffer
  /// The place of each diagonal entry among the values.
  private let diagonal: [Int]
  private let right: Buffer
  private var ρ = smallestRegularization
  private var lastρ = smallestRegularization

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
    for cone in form.cone.secondOrder { for i in cone.rows { first[i] = cone.rows.lowerBound } }
    for i in 0..<r {
      indices += rows.rowIndices[rows.entries(ofColumn: i)]
      for k in first[i]...i { indices.append(Int32(n + k)) }
      starts.append(indices.count)
    }
    return SparseMatrix(
      uncheckedRows: n + r, columns: n + r, columnStarts: starts, rowIndices: indices,
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
    let signs = [Int8](repeating: 1, count: n) + [Int8](repeating: -1, count: r)
    factorization = SparseLDLT(analysis, signs: signs)
    base = Buffer(pattern.entryCount)
    values = Buffer(pattern.entryCount)
    diagonal = (0..<(n + r)).map { pattern.columnStarts[$0 + 1] - 1 }
    right = Buffer(n + r)
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
    while raise() { if factorOnce(form, scaling) { return true } }
    return false
  }

  func restore(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool {
    ρ = lastρ
    return factorOnce(form, scaling)
  }

  private func raise() -> Bool {
    guard ρ < Self.largestRegularization else { return false }
    lastρ = ρ
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
    for cone in form.cone.secondOrder {
      for (k, i) in cone.rows.enumerated() {
        scaling.copyRowOfSquare(cone, k, sign: -1, to: values.pointer + diagonal[n + i] - k)
        values[diagonal[n + i]] -= ρ
      }
    }
    return factorization.factor(
      values.pointer, safeguard: PivotSafeguard(tolerance: 1e-14, replacement: 1e-7))
  }

  func solve(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, x: borrowing Buffer,
    rows: borrowing Buffer
  ) {
    right.pointer.update(from: x.pointer, count: n)
    (right.pointer + n).update(from: rows.pointer, count: r)
    factorization.solve(right.pointer)
    x.pointer.update(from: right.pointer, count: n)
    rows.pointer.update(from: right.pointer + n, count: r)
  }
}
