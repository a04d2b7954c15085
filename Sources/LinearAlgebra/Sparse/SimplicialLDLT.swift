/// L D Lᵀ by rows, one entry at a time: for factors too sparse for dense blocks.
///
/// Row k of L solves the triangular system with the rows before it (up-looking; Davis: Algorithm
/// 849: A concise sparse Cholesky factorization package, ACM Trans. Math. Software 31, 2005). The
/// patterns of the rows of L are kept, so that a factorization follows no tree.
struct SimplicialLDLT: ~Copyable {
  private let size: Int
  private let signs: RawArray<Int8>
  // K: upper triangle by columns, as places in the caller's values.
  private let upperStarts: RawArray<Int>
  private let upperRows: RawArray<Int32>
  private let upperSources: RawArray<Int32>
  private let diagonalSources: RawArray<Int32>
  // L by columns, and its pattern by rows in an order in which they can be eliminated.
  private let starts: RawArray<Int>
  private let rows: RawArray<Int32>
  private let values: RawArray<Double>
  private let rowStarts: RawArray<Int>
  private let rowPatterns: RawArray<Int32>
  private let pivots: RawArray<Double>
  private let reciprocals: RawArray<Double>
  private let row: RawArray<Double>
  private let next: RawArray<Int>

  /// - Parameter signs: The signs of the pivots in the order of elimination.
  init(_ analysis: borrowing SymbolicFactorization, signs: [Int8]) {
    let n = analysis.size
    size = n
    self.signs = RawArray(signs)
    upperStarts = RawArray(analysis.upper.starts)
    upperRows = RawArray(analysis.upper.rows)
    upperSources = RawArray(analysis.upper.sources)
    diagonalSources = RawArray(analysis.upper.diagonal)
    starts = RawArray(n + 1, repeating: 0)
    for j in 0..<n { starts[j + 1] = starts[j] + analysis.columnCounts[j] - 1 }
    rows = RawArray(uninitialized: analysis.fill)
    values = RawArray(analysis.fill, repeating: 0)
    rowStarts = RawArray(n + 1, repeating: 0)
    rowPatterns = RawArray(uninitialized: analysis.fill)
    pivots = RawArray(n, repeating: 0)
    reciprocals = RawArray(n, repeating: 0)
    row = RawArray(n, repeating: 0)
    next = RawArray(n, repeating: 0)
    fillPatterns(RawArray(analysis.tree.parents))
  }

  /// Row k of L has entries on the paths of the elimination tree from the entries of K to k.
  private func fillPatterns(_ parents: consuming RawArray<Int32>) {
    let visited = RawArray<Int32>(size, repeating: -1)
    let path = RawArray<Int32>(size, repeating: 0)
    next.start.update(from: starts.start, count: size)
    for k in 0..<size {
      visited[k] = Int32(k)
      var top = size
      for entry in upperStarts[k]..<upperStarts[k + 1] {
        var j = Int(upperRows[entry])
        var length = 0
        while visited[j] != k {
          path[length] = Int32(j)
          length += 1
          visited[j] = Int32(k)
          j = Int(parents[j])
        }
        // Paths found later come first: their columns may change those found before.
        while length > 0 {
          length -= 1
          top -= 1
          path[top] = path[length]
        }
      }
      let first = rowStarts[k]
      for q in top..<size {
        let j = Int(path[q])
        rowPatterns[first + q - top] = path[q]
        rows[next[j]] = Int32(k)
        next[j] += 1
      }
      rowStarts[k + 1] = first + size - top
    }
  }

  /// Factors the matrix with the given values.
  ///
  /// - Returns: Whether all pivots are finite, and how many were replaced.
  func factor(
    _ entries: UnsafePointer<Double>, safeguard: PivotSafeguard
  ) -> (isFinite: Bool, replaced: Int) {
    let (starts, rows, values) = (starts.start, rows.start, values.start)
    let (row, next, rowPatterns) = (row.start, next.start, rowPatterns.start)
    let (pivots, reciprocals) = (pivots.start, reciprocals.start)
    row.update(repeating: 0, count: size)
    next.update(from: starts, count: size)
    var replaced = 0
    var isFinite = true
    for k in 0..<size {
      for entry in upperStarts[k]..<upperStarts[k + 1] {
        row[Int(upperRows[entry])] = entries[Int(upperSources[entry])]
      }
      let diagonal = diagonalSources[k] < 0 ? 0 : entries[Int(diagonalSources[k])]
      var pivot = diagonal
      for q in rowStarts[k]..<rowStarts[k + 1] {
        let j = Int(rowPatterns[q])
        let y = row[j]
        row[j] = 0
        let end = next[j]
        for p in starts[j]..<end { row[Int(rows[p])] -= values[p] * y }
        let l = y * reciprocals[j]
        pivot -= l * y
        values[end] = l
        next[j] = end + 1
      }
      pivot = safeguard.pivot(
        pivot, diagonal: diagonal, sign: Double(signs[k]), replaced: &replaced)
      isFinite = isFinite && pivot.isFinite
      pivots[k] = pivot
      reciprocals[k] = 1 / pivot
    }
    return (isFinite, replaced)
  }

  /// Solves L D Lᵀ x = b in place, in the order of elimination.
  func solve(_ x: UnsafeMutablePointer<Double>) {
    let (starts, rows, values) = (starts.start, rows.start, values.start)
    for j in 0..<size {
      let y = x[j]
      guard y != 0 else { continue }
      for p in starts[j]..<starts[j + 1] { x[Int(rows[p])] -= values[p] * y }
    }
    for j in stride(from: size - 1, through: 0, by: -1) {
      var sum = x[j] * reciprocals[j]
      for p in starts[j]..<starts[j + 1] { sum -= values[p] * x[Int(rows[p])] }
      x[j] = sum
    }
  }

  /// The pivots, in the order of elimination.
  var pivotValues: [Double] { Array(UnsafeBufferPointer(start: pivots.start, count: size)) }
}
