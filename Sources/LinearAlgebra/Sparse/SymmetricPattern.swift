/// The off-diagonal pattern of a symmetric matrix after a permutation, with the way back to the
/// caller's entries.
///
/// Column j lists the rows i < j (`upper`) or i > j (`lower`) in increasing order.
struct SymmetricPattern {
  let size: Int
  /// The place of the first entry of each column, and the number of entries.
  let starts: [Int]
  /// The row of each entry.
  let rows: [Int32]
  /// The place of each entry in the caller's matrix.
  let sources: [Int32]
  /// The place of each diagonal entry in the caller's matrix; −1 where it has none.
  let diagonal: [Int32]

  /// The upper triangle of P K Pᵀ, with K given by either of its triangles.
  ///
  /// - Parameter newPlace: The row of P K Pᵀ that each row of K becomes.
  init(upperOf matrix: SparseMatrix, newPlace: [Int32]) {
    let n = matrix.columns
    var columnCounts = [Int](repeating: 0, count: n + 1)
    var diagonal = [Int32](repeating: -1, count: n)
    for j in 0..<n {
      let b = newPlace[j]
      for k in matrix.entries(ofColumn: j) {
        let a = newPlace[Int(matrix.rowIndices[k])]
        if a == b { diagonal[Int(b)] = Int32(k) } else { columnCounts[Int(max(a, b)) + 1] += 1 }
      }
    }
    for j in 0..<n { columnCounts[j + 1] += columnCounts[j] }
    var next = columnCounts
    var rows = [Int32](repeating: 0, count: columnCounts[n])
    var sources = rows
    for j in 0..<n {
      let b = newPlace[j]
      for k in matrix.entries(ofColumn: j) {
        let a = newPlace[Int(matrix.rowIndices[k])]
        guard a != b else { continue }
        let place = next[Int(max(a, b))]
        rows[place] = min(a, b)
        sources[place] = Int32(k)
        next[Int(max(a, b))] += 1
      }
    }
    let unsorted = SymmetricPattern(
      size: n, starts: columnCounts, rows: rows, sources: sources, diagonal: diagonal)
    self = unsorted.transposed.transposed
  }

  private init(size: Int, starts: [Int], rows: [Int32], sources: [Int32], diagonal: [Int32]) {
    self.size = size
    self.starts = starts
    self.rows = rows
    self.sources = sources
    self.diagonal = diagonal
  }

  /// The other triangle, its columns in order.
  var transposed: SymmetricPattern {
    var counts = [Int](repeating: 0, count: size + 1)
    for i in rows { counts[Int(i) + 1] += 1 }
    for j in 0..<size { counts[j + 1] += counts[j] }
    var next = counts
    var turned = [Int32](repeating: 0, count: rows.count)
    var turnedSources = turned
    for j in 0..<size {
      for k in starts[j]..<starts[j + 1] {
        let i = Int(rows[k])
        turned[next[i]] = Int32(j)
        turnedSources[next[i]] = sources[k]
        next[i] += 1
      }
    }
    return SymmetricPattern(
      size: size, starts: counts, rows: turned, sources: turnedSources, diagonal: diagonal)
  }
}
