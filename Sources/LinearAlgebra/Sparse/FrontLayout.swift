/// Where everything of one front lies.
struct FrontLayout: BitwiseCopyable {
  let firstColumn: Int
  let width: Int
  /// The rows below the pivot block.
  let height: Int
  let isBatch: Bool
  /// The distance of the columns of the panel. The panel of a batch has the pivots in its first
  /// row, that of another front has the pivot block there.
  let stride: Int
  /// The rows of the panel above those below the pivot block.
  var pivotRows: Int { isBatch ? 1 : width }
  /// The place of the panel among all panels.
  let panel: Int
  /// The place of the first row below the pivot block.
  let firstRow: Int
  /// The place of the update of the rows below in the work space, height × height.
  var update: Int
  let firstChild: Int
  let endOfChildren: Int
  let firstEntry: Int
  let endOfEntries: Int
}

/// The layout of all fronts, made once from the assembly tree.
struct FrontalLayout {
  private(set) var fronts: [FrontLayout] = []
  /// The children of all fronts.
  private(set) var children: [Int32] = []
  /// For each row of each front its position in the parent's front: pivot columns first.
  private(set) var positions: [Int32] = []
  /// The caller's entries front by front, and their places in the front's panel.
  private(set) var sources: [Int32] = []
  private(set) var destinations: [Int] = []
  private(set) var panelCount = 0
  /// The most that the updates waiting for their parents take.
  private(set) var updateCount = 0
  /// The height of the tallest block of which a scaled copy is made.
  private(set) var tallest = 1

  init(_ analysis: borrowing SymbolicFactorization, _ tree: borrowing AssemblyTree) {
    let entries = FrontEntries(analysis, tree)
    sources = entries.sources
    placeFronts(tree, entryStarts: entries.starts)
    placeEntries(entries, tree)
    placeRows(tree)
    placeUpdates(tree)
  }

  private mutating func placeFronts(_ tree: borrowing AssemblyTree, entryStarts: [Int]) {
    var childStarts = [Int](repeating: 0, count: tree.fronts.count + 1)
    for front in tree.fronts where front.parent != -1 { childStarts[front.parent + 1] += 1 }
    for f in tree.fronts.indices { childStarts[f + 1] += childStarts[f] }
    var next = childStarts
    children = [Int32](repeating: 0, count: childStarts[tree.fronts.count])
    for (f, front) in tree.fronts.enumerated() where front.parent != -1 {
      children[next[front.parent]] = Int32(f)
      next[front.parent] += 1
    }
    for (f, front) in tree.fronts.enumerated() {
      let stride = front.height + (front.isBatch ? 1 : front.width)
      fronts.append(
        FrontLayout(
          firstColumn: front.firstColumn, width: front.width, height: front.height,
          isBatch: front.isBatch, stride: stride, panel: panelCount, firstRow: front.firstRow,
          update: 0, firstChild: childStarts[f], endOfChildren: childStarts[f + 1],
          firstEntry: entryStarts[f], endOfEntries: entryStarts[f + 1]))
      panelCount += stride * front.width
      tallest = max(tallest, front.height, front.isBatch ? 1 : front.width)
    }
  }

  private mutating func placeEntries(_ entries: FrontEntries, _ tree: borrowing AssemblyTree) {
    destinations.reserveCapacity(entries.sources.count)
    for front in fronts {
      for e in front.firstEntry..<front.endOfEntries {
        let (row, column) = (Int(entries.rows[e]), Int(entries.columns[e]) - front.firstColumn)
        let inside = row - front.firstColumn
        let position =
          inside < front.width
          ? (front.isBatch ? 0 : inside)
          : front.pivotRows + Self.index(of: Int32(row), in: tree.rows, front)
        destinations.append(column * front.stride + position)
      }
    }
  }

  /// The place of a row among the rows of a front, by bisection.
  private static func index(of row: Int32, in rows: [Int32], _ front: FrontLayout) -> Int {
    var (low, high) = (front.firstRow, front.firstRow + front.height)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] < row { low = middle + 1 } else { high = middle }
    }
    return low - front.firstRow
  }

  private mutating func placeRows(_ tree: borrowing AssemblyTree) {
    positions = [Int32](repeating: 0, count: tree.rows.count)
    var position = [Int32](repeating: 0, count: tree.newPlace.count)
    for front in fronts where front.firstChild < front.endOfChildren {
      for j in 0..<front.width { position[front.firstColumn + j] = Int32(j) }
      for i in 0..<front.height {
        position[Int(tree.rows[front.firstRow + i])] = Int32(front.width + i)
      }
      for c in children[front.firstChild..<front.endOfChildren] {
        let child = fronts[Int(c)]
        for k in child.firstRow..<child.firstRow + child.height {
          positions[k] = position[Int(tree.rows[k])]
        }
      }
    }
  }

  /// Two stacks from the two ends of one work space: a front's update goes to the other stack than
  /// its children's, so that it can be formed while they are read.
  private mutating func placeUpdates(_ tree: borrowing AssemblyTree) {
    var isOdd = [Bool](repeating: false, count: fronts.count)
    for f in fronts.indices.reversed() where tree.fronts[f].parent != -1 {
      isOdd[f] = !isOdd[tree.fronts[f].parent]
    }
    var (even, odd) = (0, 0)
    for f in fronts.indices {
      let count = fronts[f].height * fronts[f].height
      fronts[f].update = isOdd[f] ? odd + count : even
      if isOdd[f] { odd += count } else { even += count }
      updateCount = max(updateCount, even + odd)
      for c in children[fronts[f].firstChild..<fronts[f].endOfChildren] {
        let count = fronts[Int(c)].height * fronts[Int(c)].height
        if isOdd[f] { even -= count } else { odd -= count }
      }
    }
    for f in fronts.indices where isOdd[f] { fronts[f].update = updateCount - fronts[f].update }
  }
}

/// The entries of the lower triangle, the diagonal included, sorted by the front of their column.
struct FrontEntries {
  private(set) var starts: [Int]
  private(set) var rows: [Int32]
  private(set) var columns: [Int32]
  private(set) var sources: [Int32]

  init(_ analysis: borrowing SymbolicFactorization, _ tree: borrowing AssemblyTree) {
    let (upper, newPlace) = (analysis.upper, tree.newPlace)
    var frontOf = [Int32](repeating: 0, count: upper.size)
    for (f, front) in tree.fronts.enumerated() {
      for j in front.firstColumn..<front.firstColumn + front.width { frontOf[j] = Int32(f) }
    }
    func forEachEntry(_ body: (_ row: Int32, _ column: Int32, _ source: Int32) -> Void) {
      for j in 0..<upper.size {
        let b = newPlace[j]
        if upper.diagonal[j] != -1 { body(b, b, upper.diagonal[j]) }
        for k in upper.starts[j]..<upper.starts[j + 1] {
          let a = newPlace[Int(upper.rows[k])]
          body(max(a, b), min(a, b), upper.sources[k])
        }
      }
    }
    var counts = [Int](repeating: 0, count: tree.fronts.count + 1)
    forEachEntry { _, column, _ in counts[Int(frontOf[Int(column)]) + 1] += 1 }
    for f in tree.fronts.indices { counts[f + 1] += counts[f] }
    var next = counts
    var rows = [Int32](repeating: 0, count: counts[tree.fronts.count])
    var (columns, sources) = (rows, rows)
    forEachEntry { row, column, source in
      let front = Int(frontOf[Int(column)])
      rows[next[front]] = row
      columns[next[front]] = column
      sources[next[front]] = source
      next[front] += 1
    }
    (starts, self.rows, self.columns, self.sources) = (counts, rows, columns, sources)
  }
}
