internal import LinearAlgebra

/// A canonical program without the variables that are fixed and the rows that bound nothing, and the
/// way back.
struct Reduction {
  /// The variables that stay, and those with equal bounds, in the numbering of the whole program.
  let variables: [Int]
  let fixed: [Int]
  /// The rows that stay: equalities first.
  let rows: [Int]
  let equalityCount: Int

  /// The value of each fixed variable.
  func fixedValues(_ whole: CanonicalProgram) -> [Double] { fixed.map { whole.lower[$0] } }

  init(_ whole: CanonicalProgram) {
    variables = whole.lower.indices.filter { whole.lower[$0] != whole.upper[$0] }
    fixed = whole.lower.indices.filter { whole.lower[$0] == whole.upper[$0] }
    let equalities = whole.rowLower.indices.filter { whole.rowLower[$0] == whole.rowUpper[$0] }
    let inequalities = whole.rowLower.indices.filter {
      whole.rowLower[$0] != whole.rowUpper[$0]
        && (whole.rowLower[$0] > -.infinity || whole.rowUpper[$0] < .infinity)
    }
    // Cones of one row are rows like others and come before the cones.
    var isInCone = [Bool](repeating: false, count: whole.rowCount)
    for cone in whole.cones { for i in cone { isInCone[i] = true } }
    rows = equalities + inequalities.filter { !isInCone[$0] } + inequalities.filter { isInCone[$0] }
    equalityCount = equalities.count
  }

  /// The part of the program that stays; the fixed variables are moved into c, r and the sides.
  func applied(to whole: CanonicalProgram) -> CanonicalProgram {
    var part = whole
    var place = [Int32](repeating: -1, count: whole.variableCount)
    for (j, variable) in variables.enumerated() { place[variable] = Int32(j) }
    var rowPlace = [Int32](repeating: -1, count: whole.rowCount)
    for (i, row) in rows.enumerated() { rowPlace[row] = Int32(i) }
    substitute(into: &part, of: whole)
    part.linearCost = variables.map { part.linearCost[$0] }
    part.quadraticCost = whole.quadraticCost.selecting(
      columns: variables, rowPlace: place, rows: variables.count)
    part.matrix = whole.matrix.selecting(
      columns: variables, rowPlace: rowPlace, rows: rows.count)
    part.denseCost = whole.denseCost.map { $0.selecting(place) }
    part.blocks = whole.blocks.flatMap { $0.selecting(columns: place, rows: rowPlace) }
      .filter { !$0.columns.isEmpty && !$0.rows.isEmpty }
    part.lower = variables.map { whole.lower[$0] }
    part.upper = variables.map { whole.upper[$0] }
    part.rowLower = rows.map { part.rowLower[$0] }
    part.rowUpper = rows.map { part.rowUpper[$0] }
    // Rows of cones have one side each, so that all of them stay, in their order.
    part.cones = whole.cones.map {
      Int(rowPlace[$0.lowerBound])..<Int(rowPlace[$0.upperBound - 1]) + 1
    }
    return part
  }

  /// Moves the fixed variables into the cost, the constant and the sides of the whole.
  private func substitute(into part: inout CanonicalProgram, of whole: CanonicalProgram) {
    guard !fixed.isEmpty else { return }
    var values = [Double](repeating: 0, count: whole.variableCount)
    for j in fixed { values[j] = whole.lower[j] }
    let Pv = whole.productP(values)
    for j in fixed { part.constant += values[j] * (whole.linearCost[j] + 0.5 * Pv[j]) }
    for j in variables { part.linearCost[j] += Pv[j] }
    let Av = whole.productA(values)
    for i in rows where Av[i] != 0 {
      part.rowLower[i] -= Av[i]
      part.rowUpper[i] -= Av[i]
    }
  }
}

extension CanonicalProgram {
  /// Px, compensated.
  func productP(_ x: [Double]) -> [Double] {
    var sums = [CompensatedSum](repeating: CompensatedSum(), count: variableCount)
    for j in 0..<variableCount {
      for k in quadraticCost.entries(ofColumn: j) {
        let i = Int(quadraticCost.rowIndices[k])
        sums[i].add(quadraticCost.values[k], times: x[j])
        if i != j { sums[j].add(quadraticCost.values[k], times: x[i]) }
      }
    }
    if let denseCost {
      let part = denseCost.matrix.compensatedProduct(denseCost.columns.map { x[$0] })
      for (value, j) in zip(part, denseCost.columns) { sums[j].add(value) }
    }
    return sums.map(\.value)
  }

  /// Ax, compensated.
  func productA(_ x: [Double]) -> [Double] {
    var result = matrix.compensatedProduct(x)
    for block in blocks {
      let part = block.matrix.compensatedProduct(block.columns.map { x[$0] })
      for (value, i) in zip(part, block.rows) { result[i] += value }
    }
    return result
  }
}

extension SparseMatrix {
  /// The given columns, with row i moved to `rowPlace[i]`, or left out where that is negative.
  func selecting(columns selected: [Int], rowPlace: [Int32], rows newRows: Int) -> SparseMatrix {
    var starts = [0]
    starts.reserveCapacity(selected.count + 1)
    var indices: [Int32] = []
    var entries: [Double] = []
    indices.reserveCapacity(entryCount)
    entries.reserveCapacity(entryCount)
    var order: [(Int32, Double)] = []
    for j in selected {
      order.removeAll(keepingCapacity: true)
      var sorted = true
      for k in self.entries(ofColumn: j) {
        let place = rowPlace[Int(rowIndices[k])]
        guard place >= 0, values[k] != 0 else { continue }
        if let last = order.last, last.0 > place { sorted = false }
        order.append((place, values[k]))
      }
      if !sorted { order.sort { $0.0 < $1.0 } }
      for (i, value) in order {
        indices.append(i)
        entries.append(value)
      }
      starts.append(entries.count)
    }
    return SparseMatrix(
      uncheckedRows: newRows, columns: selected.count, columnStarts: starts, rowIndices: indices,
      values: entries)
  }
}

extension DenseSymmetricBlock {
  /// The block over the variables that stay, by reference where all do.
  func selecting(_ place: [Int32]) -> DenseSymmetricBlock {
    let kept = columns.indices.filter { place[columns[$0]] >= 0 }
    let names = kept.map { Int(place[columns[$0]]) }
    guard kept.count < columns.count else {
      return DenseSymmetricBlock(matrix: matrix, columns: names)
    }
    let part = Matrix(rows: kept.count, columns: kept.count) { i, j in
      matrix.elements[kept[i] + kept[j] * matrix.rows]
    }
    return DenseSymmetricBlock(matrix: part, columns: names)
  }
}

extension DenseBlock {
  /// The block over the variables and rows that stay: by reference where all do and stay together,
  /// else one copied block for each run of rows.
  func selecting(columns place: [Int32], rows rowPlace: [Int32]) -> [DenseBlock] {
    let kept = columns.indices.filter { place[columns[$0]] >= 0 }
    let names = kept.map { Int(place[columns[$0]]) }
    var runs: [(source: Int, target: Int, count: Int)] = []
    for (i, row) in rows.enumerated() where rowPlace[row] >= 0 {
      let target = Int(rowPlace[row])
      if let last = runs.last, last.source + last.count == i, last.target + last.count == target {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((i, target, 1))
      }
    }
    if runs.count == 1, runs[0].count == matrix.rows, kept.count == columns.count {
      return [
        DenseBlock(
          matrix: matrix, rows: runs[0].target..<runs[0].target + matrix.rows, columns: names)
      ]
    }
    return runs.map { run in
      let part = Matrix(rows: run.count, columns: kept.count) { i, j in
        matrix.elements[run.source + i + kept[j] * matrix.rows]
      }
      return DenseBlock(
        matrix: part, rows: run.target..<run.target + run.count, columns: names)
    }
  }
}
