/// L D Lᵀ by fronts: each front gathers the entries of its columns and the updates of its children,
/// is factored as a dense block, and leaves one dense update for its parent.
///
/// Duff, Reid: The multifrontal solution of indefinite sparse symmetric linear equations, ACM
/// Trans. Math. Software 9 (1983). Sums are formed in an order fixed by the analysis.
struct MultifrontalLDLT: ~Copyable {
  private let fronts: RawArray<FrontLayout>
  private let rows: RawArray<Int32>
  private let children: RawArray<Int32>
  private let positions: RawArray<Int32>
  private let sources: RawArray<Int32>
  private let destinations: RawArray<Int>
  private let signs: RawArray<Int8>
  private let panels: RawArray<Double>
  private let updates: RawArray<Double>
  private let work: RawArray<Double>
  private let gathered: RawArray<Double>
  private let diagonal: RawArray<Double>
  private let pivots: RawArray<Double>
  private let reciprocals: RawArray<Double>

  /// - Parameter signs: The signs of the pivots in the order of the tree.
  init(
    _ analysis: borrowing SymbolicFactorization, _ tree: borrowing AssemblyTree, signs: [Int8]
  ) {
    let layout = FrontalLayout(analysis, tree)
    let n = analysis.size
    fronts = RawArray(layout.fronts)
    rows = RawArray(tree.rows)
    children = RawArray(layout.children)
    positions = RawArray(layout.positions)
    sources = RawArray(layout.sources)
    destinations = RawArray(layout.destinations)
    self.signs = RawArray(signs)
    panels = RawArray(uninitialized: layout.panelCount)
    updates = RawArray(uninitialized: layout.updateCount)
    work = RawArray(uninitialized: layout.tallest * UnpivotedLDLT.stripWidth)
    gathered = RawArray(layout.tallest, repeating: 0)
    diagonal = RawArray(n, repeating: 0)
    pivots = RawArray(n, repeating: 0)
    reciprocals = RawArray(n, repeating: 0)
  }

  /// Factors the matrix with the given values.
  ///
  /// - Returns: Whether all pivots are finite, and how many were replaced.
  func factor(
    _ entries: UnsafePointer<Double>, safeguard: PivotSafeguard
  ) -> (isFinite: Bool, replaced: Int) {
    var kernel = UnpivotedLDLT(safeguard: safeguard, work: work.start)
    for f in 0..<fronts.count {
      let front = fronts[f]
      assemble(front, entries)
      if front.isBatch { factorBatch(front, &kernel) } else { factorFront(front, &kernel) }
      kernel.scaleAndUpdate(
        rows: front.height, columns: front.width,
        panels.start + front.panel + front.pivotRows, ld: front.stride,
        reciprocals: reciprocals.start + front.firstColumn, updates.start + front.update,
        ldu: front.height, adding: front.firstChild < front.endOfChildren)
    }
    return (kernel.isFinite, kernel.replaced)
  }

  // MARK: Assembly

  private func assemble(_ front: FrontLayout, _ entries: UnsafePointer<Double>) {
    let panel = panels.start + front.panel
    panel.update(repeating: 0, count: front.stride * front.width)
    for e in front.firstEntry..<front.endOfEntries {
      panel[destinations[e]] = entries[Int(sources[e])]
    }
    let step = front.isBatch ? front.stride : front.stride + 1
    for j in 0..<front.width { diagonal[front.firstColumn + j] = panel[j * step] }
    guard front.firstChild < front.endOfChildren else { return }
    let update = updates.start + front.update
    for j in 0..<front.height {
      (update + j * (front.height + 1)).update(repeating: 0, count: front.height - j)
    }
    for c in front.firstChild..<front.endOfChildren {
      add(fronts[Int(children[c])], to: front)
    }
  }

  /// Adds the update of a child to the places of its rows in the front.
  private func add(_ child: FrontLayout, to front: FrontLayout) {
    let (width, height, m) = (front.width, front.height, child.height)
    let position = positions.start + child.firstRow
    let update = updates.start + child.update
    // Rows in order: those of the pivot columns come first.
    var inside = 0
    while inside < m, Int(position[inside]) < width { inside += 1 }
    // Without `offset`, positions below the pivot columns point past the panel's pivot rows.
    let offset = front.pivotRows - width
    for j in 0..<inside {
      let source = update + j * m
      let column = Int(position[j])
      let target = panels.start + front.panel + column * front.stride
      if front.isBatch {
        target[0] += source[j]
      } else {
        for i in j..<inside { target[Int(position[i])] += source[i] }
      }
      for i in inside..<m { target[Int(position[i]) + offset] += source[i] }
    }
    for j in inside..<m {
      let source = update + j * m
      let column = Int(position[j]) - width
      let target = updates.start + front.update + column * height - width
      if Int(position[m - 1]) - Int(position[j]) == m - 1 - j {
        let start = target + Int(position[j])
        for i in 0..<m - j { start[i] += source[j + i] }
      } else {
        for i in j..<m { target[Int(position[i])] += source[i] }
      }
    }
  }

  // MARK: Elimination

  private func factorFront(_ front: FrontLayout, _ kernel: inout UnpivotedLDLT) {
    let panel = panels.start + front.panel
    let first = front.firstColumn
    kernel.factor(
      front.width, panel, lda: front.stride, diagonal: diagonal.start + first,
      signs: signs.start + first, d: pivots.start + first, reciprocals: reciprocals.start + first)
    guard front.width > 1, front.height > 0 else { return }
    BLAS.trsm(
      .right, .lower, .yes, unitDiagonal: true, m: front.height, n: front.width, panel,
      lda: front.stride, panel + front.width, ldb: front.stride)
  }

  private func factorBatch(_ front: FrontLayout, _ kernel: inout UnpivotedLDLT) {
    let panel = panels.start + front.panel
    for j in front.firstColumn..<front.firstColumn + front.width {
      let pivot = kernel.accepted(
        panel[(j - front.firstColumn) * front.stride], diagonal: diagonal[j], sign: signs[j])
      pivots[j] = pivot
      reciprocals[j] = 1 / pivot
    }
  }

  // MARK: Solution

  /// Solves L D Lᵀ x = b in place, in the order of the tree.
  func solve(_ x: UnsafeMutablePointer<Double>) {
    for f in 0..<fronts.count { solveForward(fronts[f], x) }
    for f in stride(from: fronts.count - 1, through: 0, by: -1) { solveBackward(fronts[f], x) }
  }

  /// The most multiplications that are done without BLAS.
  private static let smallProduct = 128

  private func solveForward(_ front: FrontLayout, _ x: UnsafeMutablePointer<Double>) {
    let (top, panel) = (x + front.firstColumn, panels.start + front.panel)
    let below = panel + front.pivotRows
    let row = rows.start + front.firstRow
    let (width, height, ld) = (front.width, front.height, front.stride)
    if !front.isBatch && width > 1 {
      BLAS.trsv(.lower, .no, unitDiagonal: true, n: width, panel, lda: ld, top)
    }
    if width * height <= Self.smallProduct {
      for j in 0..<width {
        let (column, y) = (below + j * ld, top[j])
        for i in 0..<height { x[Int(row[i])] -= column[i] * y }
      }
    } else {
      BLAS.gemv(.no, m: height, n: width, below, lda: ld, top, beta: 0, gathered.start)
      for i in 0..<height { x[Int(row[i])] -= gathered[i] }
    }
  }

  private func solveBackward(_ front: FrontLayout, _ x: UnsafeMutablePointer<Double>) {
    let (top, panel) = (x + front.firstColumn, panels.start + front.panel)
    let below = panel + front.pivotRows
    let row = rows.start + front.firstRow
    let (width, height, ld) = (front.width, front.height, front.stride)
    for j in 0..<width { top[j] *= reciprocals[front.firstColumn + j] }
    if width * height <= Self.smallProduct {
      for j in 0..<width {
        let column = below + j * ld
        var sum = top[j]
        for i in 0..<height { sum -= column[i] * x[Int(row[i])] }
        top[j] = sum
      }
    } else {
      for i in 0..<height { gathered[i] = x[Int(row[i])] }
      BLAS.gemv(
        .yes, m: height, n: width, alpha: -1, below, lda: ld, gathered.start, beta: 1, top)
    }
    if !front.isBatch && width > 1 {
      BLAS.trsv(.lower, .yes, unitDiagonal: true, n: width, panel, lda: ld, top)
    }
  }

  /// The pivots, in the order of the tree.
  var pivotValues: [Double] {
    Array(UnsafeBufferPointer(start: pivots.start, count: pivots.count))
  }
}
