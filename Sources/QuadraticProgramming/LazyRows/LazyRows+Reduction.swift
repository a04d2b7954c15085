internal import LinearAlgebra

/// A program over some of the rows of another, and the variables that remain with them.
struct ReducedRows {
  let program: QuadraticProgram
  /// The rows of G and the variables that remain, as numbered in the whole program.
  let rows: [Int]
  let variables: [Int]
}

extension LazyRows {
  /// The program with the kept rows. For a sample the slacks of its rows stand for those of all:
  /// their costs and their entries in other rows are multiplied by `weight`. O(entries).
  func reduced(keeping isKept: [Bool], weight: Double = 1) -> ReducedRows {
    let rows = isKept.indices.filter { isKept[$0] }
    let variables = rowOfSlack.indices.filter { rowOfSlack[$0] < 0 || isKept[rowOfSlack[$0]] }
    var place = [Int32](repeating: -1, count: isKept.count)
    for (k, i) in rows.enumerated() { place[i] = Int32(k) }

    let scale = variables.map { rowOfSlack[$0] < 0 ? 1 : weight }
    var program = QuadraticProgram(
      quadraticCost: quadraticCost(over: variables),
      linearCost: zip(variables, scale).map { problem.linearCost[$0] * $1 })
    program.objectiveConstant = problem.objectiveConstant
    if problem.equalityCount > 0 {
      program.constrain(
        problem.equalityMatrix.selecting(
          place: (0..<problem.equalityCount).map(Int32.init), count: problem.equalityCount,
          variables),
        equalTo: problem.equalityValues)
    }
    var G = problem.inequalityMatrix.selecting(place: place, count: rows.count, variables)
    if weight != 1 {
      var values = G.values
      for (k, j) in variables.enumerated() where rowOfSlack[j] >= 0 {
        for l in G.entries(ofColumn: k) where !isLazy[rows[Int(G.rowIndices[l])]] {
          values[l] *= weight
        }
      }
      G = SparseMatrix(
        uncheckedRows: G.rows, columns: G.columns, columnStarts: G.columnStarts,
        rowIndices: G.rowIndices, values: values)
    }
    program.constrain(
      G, atLeast: rows.map { problem.inequalityLower[$0] },
      atMost: rows.map { problem.inequalityUpper[$0] })
    program.inequalityBlocks = gatheredBlocks(rows: rows, place: place, variables: variables)
    program.bound(
      atLeast: variables.map { problem.lowerBounds[$0] },
      atMost: variables.map { problem.upperBounds[$0] })
    return ReducedRows(program: program, rows: rows, variables: variables)
  }

  private func quadraticCost(over variables: [Int]) -> QuadraticCost? {
    switch problem.quadraticCost {
    case .sparse(let P):
      var place = [Int32](repeating: -1, count: P.rows)
      for (k, j) in variables.enumerated() { place[j] = Int32(k) }
      return .sparse(P.selecting(place: place, count: variables.count, variables))
    case let other: return other  // A dense P has no slacks: all variables are kept.
    }
  }

  private func gatheredBlocks(rows: [Int], place: [Int32], variables: [Int]) -> [DenseBlock] {
    var columnPlace = [Int](repeating: -1, count: problem.variableCount)
    for (k, j) in variables.enumerated() { columnPlace[j] = k }
    return problem.inequalityBlocks.compactMap { block in
      let kept = block.rows.filter { place[$0] >= 0 }
      guard let first = kept.first else { return nil }
      let sources = kept.map { $0 - block.rows.lowerBound }
      var matrix = Matrix(rows: kept.count, columns: block.columns.count)
      let height = block.matrix.rows
      matrix.elements.withUnsafeMutableBufferPointer { target in
        block.matrix.elements.withUnsafeBufferPointer { source in
          for j in block.columns.indices {
            for (k, i) in sources.enumerated() {
              target[k + j * sources.count] = source[i + j * height]
            }
          }
        }
      }
      let start = Int(place[first])
      return DenseBlock(
        matrix: matrix, rows: start..<start + kept.count,
        columns: block.columns.map { columnPlace[$0] })
    }
  }

  /// The point of the whole program: the slacks of rows left out are zero.
  func expand(_ reduced: ReducedRows, x: [Double]) -> [Double] {
    var point = [Double](repeating: 0, count: problem.variableCount)
    for (k, j) in reduced.variables.enumerated() { point[j] = x[k] }
    return point
  }

  /// The multipliers of the whole program: those of rows left out are zero, and the bounds of their
  /// slacks take what is left of stationarity.
  func expand(_ reduced: ReducedRows, _ duals: Duals) -> Duals {
    var whole = Duals.zero(for: problem)
    whole.equality = duals.equality
    for (k, i) in reduced.rows.enumerated() { whole.inequality[i] = duals.inequality[k] }
    let G = problem.inequalityMatrix
    for j in rowOfSlack.indices where rowOfSlack[j] >= 0 {
      whole.bounds[j] = -problem.linearCost[j]
      for k in G.entries(ofColumn: j) {
        whole.bounds[j] -= G.values[k] * whole.inequality[Int(G.rowIndices[k])]
      }
    }
    for (k, j) in reduced.variables.enumerated() { whole.bounds[j] = duals.bounds[k] }
    return whole
  }

  /// The rows of a reduced program that are beyond their side, each by the share of its slack's price
  /// that its multiplier takes; these shares add up even where the point is rough.
  func tailCount(_ reduced: ReducedRows, _ duals: Duals) -> Double {
    let G = reduced.program.inequalityMatrix
    var count = 0.0
    for (k, j) in reduced.variables.enumerated() where rowOfSlack[j] >= 0 {
      for l in G.entries(ofColumn: k) {
        let row = Int(G.rowIndices[l])
        guard isLazy[reduced.rows[row]] else { continue }
        let part = abs(G.values[l] * duals.inequality[row])
        let price = part + abs(duals.bounds[k])
        if price > 0 { count += part / price }
      }
    }
    return count
  }
}

extension SparseMatrix {
  /// The entries in some rows, which `place` numbers anew (−1 elsewhere), and some columns.
  func selecting(place: [Int32], count: Int, _ columns: [Int]) -> SparseMatrix {
    var starts = [0]
    starts.reserveCapacity(columns.count + 1)
    var indices: [Int32] = []
    var kept: [Double] = []
    for j in columns {
      for k in entries(ofColumn: j) {
        let i = place[Int(rowIndices[k])]
        guard i >= 0 else { continue }
        indices.append(i)
        kept.append(values[k])
      }
      starts.append(kept.count)
    }
    return SparseMatrix(
      uncheckedRows: count, columns: columns.count, columnStarts: starts, rowIndices: indices,
      values: kept)
  }
}
