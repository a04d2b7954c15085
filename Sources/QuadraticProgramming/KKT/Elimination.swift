internal import LinearAlgebra

/// The order in which the condensed form eliminates variables.
///
/// - *Singles* have a diagonal cost, are held by it or by a bound, and occur in one row of G, at most
///   one of them in each: the z of the expected shortfall of R. T. Rockafellar and S. Uryasev,
///   "Optimization of conditional value-at-risk" (2000). With H its diagonal and a its entry, a single
///   adds a²/H to the C of its row. (In a row of A, a single at its bound would give a weight of 1e12
///   to an equality, whose residual it would drown.) A single of a long row may occur in one more row
///   of G that it shares with many others, a *coupling*: the limit of an expected shortfall.
/// - *Leaves* are held likewise and couple to a few others only, through short rows and a sparse cost, and not to each
///   other: the t of |h| ≤ t. They leave the condensed matrix by a sparse Schur step.
/// - The *core* is what is left; it is factored densely.
struct Elimination {
  /// A leaf has at most this many neighbours.
  static let degree = 4
  /// Fewer singles or leaves than this stay in the core, where pivots cost no digits.
  static let leastCount = 32
  /// With more couplings than this there are none.
  static let mostCouplings = 32

  struct Single {
    let variable: Int
    let row: Int
    let value: Double
    /// The place of its coupling in ``Elimination/couplings``, nil for none, and its entry there.
    var coupling: Int?
    var share = 0.0
  }

  let singles: [Single]
  /// The rows of G that singles share.
  let couplings: [Int]
  let leaves: [Int]
  /// The core variables next to leaf k are `neighbours[neighbourStarts[k]..<neighbourStarts[k + 1]]`,
  /// places in the core.
  let neighbourStarts: [Int]
  let neighbours: [Int]
  let core: [Int]
  /// For every variable its place in the core, −1 for a single, −2 − k for leaf k.
  let place: [Int]
  /// Whether a row goes to BLAS-3 as a whole.
  let isLong: [Bool]

  init(_ form: borrowing StandardForm) {
    let (n, r) = (form.n, form.p + form.m)
    let (singles, couplings) = Self.findSingles(form)
    let isHeld = RowSpaceKKT.held(form)
    var kind = [Int](repeating: 0, count: n)
    for single in singles { kind[single.variable] = -1 }

    var long = [Bool](repeating: false, count: r)
    for block in form.B.blocks { for i in block.rows { long[i] = true } }
    let limit = (n - singles.count) / 4
    for i in 0..<r where form.B.byRow.entries(ofColumn: i).count > limit { long[i] = true }
    for single in singles where single.coupling != nil { long[single.row] = true }
    for i in couplings { long[i] = true }

    var leaves: [Int] = []
    var leafNeighbours: [[Int]] = []
    var isBlocked = Self.barred(form, long: long)
    if n < 2 * Self.leastCount { isBlocked = [Bool](repeating: true, count: n) }
    let upper = form.P.upper
    let lower = upper.transposed
    for j in 0..<n where kind[j] == 0 && isHeld[j] && !isBlocked[j] {
      guard let near = Self.neighbours(of: j, form, [upper, lower], kind) else { continue }
      kind[j] = -2 - leaves.count
      leaves.append(j)
      leafNeighbours.append(near)
      for i in near { isBlocked[i] = true }
    }
    let core = (0..<n).filter { kind[$0] == 0 }
    for (k, j) in core.enumerated() { kind[j] = k }
    var starts = [0]
    for near in leafNeighbours { starts.append(starts[starts.count - 1] + near.count) }
    neighbours = leafNeighbours.flatMap { $0.map { kind[$0] } }
    neighbourStarts = starts
    self.singles = singles
    self.couplings = couplings
    self.leaves = leaves
    self.core = core
    place = kind
    isLong = long
  }

  /// The variables of dense parts, of long rows, of equalities and of cones, which are no leaves.
  private static func barred(_ form: borrowing StandardForm, long: [Bool]) -> [Bool] {
    var result = [Bool](repeating: false, count: form.n)
    for j in form.P.dense?.columns ?? [] { result[j] = true }
    for block in form.B.blocks { for j in block.columns { result[j] = true } }
    for i in 0..<(form.p + form.m) where long[i] || i < form.p || i >= form.firstConeRow {
      for k in form.B.byRow.entries(ofColumn: i) { result[Int(form.B.byRow.rowIndices[k])] = true }
    }
    return result
  }

  /// The variables other than singles that share a row or an entry of P, whose sparse triangles are
  /// given, with j; nil where they are more than ``degree``.
  private static func neighbours(
    of j: Int, _ form: borrowing StandardForm, _ triangles: [SparseMatrix], _ kind: [Int]
  ) -> [Int]? {
    var near: [Int] = []
    func add(_ i: Int) -> Bool {
      if i != j, kind[i] != -1, !near.contains(i) { near.append(i) }
      return near.count <= Self.degree
    }
    for k in form.B.byColumn.entries(ofColumn: j) {
      for l in form.B.byRow.entries(ofColumn: Int(form.B.byColumn.rowIndices[k])) {
        guard add(Int(form.B.byRow.rowIndices[l])) else { return nil }
      }
    }
    for triangle in triangles {
      for k in triangle.entries(ofColumn: j) {
        guard add(Int(triangle.rowIndices[k])) else { return nil }
      }
    }
    return near
  }
}
