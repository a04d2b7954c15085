internal import LinearAlgebra

/// Dense parts of data that came sparse: a scenario matrix or a covariance read from a file has no
/// zeros, and products and rank updates of it belong to BLAS.
extension CanonicalProgram {
  /// Rows and columns with fewer entries than this stay sparse.
  static let denseCount = 16
  /// The share of entries from which a block is stored densely, likewise its share of all entries of
  /// its matrix, and its least size.
  static let denseShare = 0.5
  static let denseSize = 4096
  /// Blocks are left sparse where more variables than this times theirs, or 500, are coupled.
  static let largestCore = 4
  /// Shorter runs of rows are left to the sparse part.
  static let denseRun = 4

  /// Moves the dense part of the rows, and that of P, into blocks. O(entries).
  mutating func gatherDenseBlocks() {
    if denseCost == nil { gatherDenseCost() }
    if blocks.isEmpty { gatherDenseRows() }
  }

  private mutating func gatherDenseRows() {
    var rowCounts = [Int](repeating: 0, count: matrix.rows)
    for i in matrix.rowIndices { rowCounts[Int(i)] += 1 }
    let isWide = rowCounts.map { $0 >= Self.denseCount }
    let wide = isWide.reduce(0) { $0 + ($1 ? 1 : 0) }
    guard wide >= Self.denseRun else { return }
    let heights = (0..<matrix.columns).map { j in
      matrix.entries(ofColumn: j).reduce(0) { $0 + (isWide[Int(matrix.rowIndices[$1])] ? 1 : 0) }
    }
    let columns = heights.indices.filter { 4 * heights[$0] >= wide }
    let entries = columns.reduce(0) { $0 + heights[$1] }
    guard wide * columns.count >= Self.denseSize,
      Double(entries) >= Self.denseShare * Double(wide * columns.count),
      Double(entries) >= Self.denseShare * Double(matrix.entryCount)
    else { return }
    // Others that occur in several rows would stay in a matrix that is factored densely.
    let coupled = heights.indices.reduce(0) {
      $0 + (matrix.entries(ofColumn: $1).count > 1 ? 1 : 0)
    }
    guard coupled <= Self.largestCore * max(columns.count, 500) else { return }
    let runs = Self.runs(of: isWide).filter { $0.count >= Self.denseRun }
    guard !runs.isEmpty else { return }
    blocks = runs.map { run in
      DenseBlock(matrix: matrix.dense(rows: run, columns: columns), rows: run, columns: columns)
    }
    var inRuns = [Bool](repeating: false, count: matrix.rows)
    for run in runs { for i in run { inRuns[i] = true } }
    var isDense = [Bool](repeating: false, count: matrix.columns)
    for j in columns { isDense[j] = true }
    matrix = matrix.filtered { i, j in !(inRuns[i] && isDense[j]) }
  }

  /// A square block over the variables with many entries.
  private mutating func gatherDenseCost() {
    var counts = [Int](repeating: 0, count: variableCount)
    for j in 0..<variableCount {
      for k in quadraticCost.entries(ofColumn: j) {
        let i = Int(quadraticCost.rowIndices[k])
        counts[j] += 1
        if i != j { counts[i] += 1 }
      }
    }
    let columns = counts.indices.filter { counts[$0] >= Self.denseCount }
    var place = [Int](repeating: -1, count: variableCount)
    for (k, j) in columns.enumerated() { place[j] = k }
    let inside = columns.reduce(0) { sum, j in
      quadraticCost.entries(ofColumn: j).reduce(sum) {
        $0 + (place[Int(quadraticCost.rowIndices[$1])] >= 0 ? 1 : 0)
      }
    }
    let size = columns.count
    // A smaller block is a front like others of the sparse factorization.
    guard size >= Self.denseCount, 3 * size >= variableCount,
      Double(2 * inside) >= Self.denseShare * Double(size * (size + 1)),
      Double(inside) >= Self.denseShare * Double(quadraticCost.entryCount)
    else { return }
    var block = Matrix(rows: size, columns: size)
    for j in columns {
      for k in quadraticCost.entries(ofColumn: j) {
        let (a, b) = (place[Int(quadraticCost.rowIndices[k])], place[j])
        guard a >= 0 else { continue }
        block.elements[a + b * size] = quadraticCost.values[k]
        block.elements[b + a * size] = quadraticCost.values[k]
      }
    }
    denseCost = DenseSymmetricBlock(matrix: block, columns: columns)
    quadraticCost = quadraticCost.filtered { i, j in place[i] < 0 || place[j] < 0 }
  }

  private static func runs(of flags: [Bool]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start: Int?
    for (i, flag) in flags.enumerated() {
      if flag, start == nil { start = i }
      if !flag, let first = start {
        result.append(first..<i)
        start = nil
      }
    }
    if let start { result.append(start..<flags.count) }
    return result
  }
}

extension SparseMatrix {
  /// The elements in a run of rows and in some columns, zeros included.
  func dense(rows run: Range<Int>, columns: [Int]) -> Matrix {
    var result = Matrix(rows: run.count, columns: columns.count)
    result.elements.withUnsafeMutableBufferPointer { elements in
      for (place, j) in columns.enumerated() {
        for k in entries(ofColumn: j) where run.contains(Int(rowIndices[k])) {
          elements[Int(rowIndices[k]) - run.lowerBound + place * run.count] = values[k]
        }
      }
    }
    return result
  }

  /// The entries for which the test holds.
  func filtered(_ isKept: (_ i: Int, _ j: Int) -> Bool) -> SparseMatrix {
    var starts = [0]
    starts.reserveCapacity(columns + 1)
    var indices: [Int32] = []
    var kept: [Double] = []
    for j in 0..<columns {
      for k in entries(ofColumn: j) where isKept(Int(rowIndices[k]), j) {
        indices.append(rowIndices[k])
        kept.append(values[k])
      }
      starts.append(kept.count)
    }
    return SparseMatrix(
      uncheckedRows: rows, columns: columns, columnStarts: starts, rowIndices: indices,
      values: kept)
  }
}
