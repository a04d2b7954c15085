internal import LinearAlgebra

/// The quadratic program that a ``ScenarioProgram`` stands for, over its x and, for every risk,
///
///     expected shortfall   α, z ≥ 0:   R x + α + z ≥ −book,   risk = α + Σz / ((1 − confidence) S)
///     worst case           t:          R x + t ≥ −book,       risk = t  (a limit needs no t).
///
/// R is a dense block by reference, unless asked for otherwise.
struct LiftedScenarios {
  let program: QuadraticProgram
  /// For every risk that is a limit the row of G that holds it; for a worst case the first of its rows.
  let limitRows: [Int?]

  /// The lifted program; sparse where asked for.
  init(_ whole: ScenarioProgram, isSparse: Bool = false) {
    let n = whole.program.variableCount
    var count = n
    let firsts = whole.risks.map { risk in
      defer { count += risk.addedVariables }
      return count
    }
    var lifted = whole.program.widened(to: count)
    for (risk, first) in zip(whole.risks, firsts) { risk.addCost(to: &lifted, first: first) }
    var rows: [Int?] = []
    for (risk, first) in zip(whole.risks, firsts) {
      rows.append(risk.addRows(to: &lifted, first, isSparse: isSparse))
    }
    program = lifted
    limitRows = rows
  }
}

extension ScenarioProgram.Risk {
  private var tailWeight: Double {
    guard case .expectedShortfall(let confidence) = measure else { return 0 }
    return 1 / ((1 - confidence) * Double(loss.scenarioCount))
  }

  var isShortfallLimit: Bool {
    if case (.expectedShortfall, .limit) = (measure, role) { return true }
    return false
  }

  fileprivate var addedVariables: Int {
    switch measure {
    case .expectedShortfall: 1 + loss.scenarioCount
    case .worstCase: 1
    }
  }

  fileprivate func addCost(to lifted: inout QuadraticProgram, first: Int) {
    if case .expectedShortfall = measure {
      var lower = lifted.lowerBounds
      for i in 0..<loss.scenarioCount { lower[first + 1 + i] = 0 }
      lifted.bound(atLeast: lower)
    }
    guard case .objective(let weight) = role else { return }
    lifted.linearCost[first] += weight
    for j in 1..<max(addedVariables, 1) { lifted.linearCost[first + j] += weight * tailWeight }
  }

  /// Adds the scenarios, and the limit where there is one; its row.
  fileprivate func addRows(to lifted: inout QuadraticProgram, _ first: Int, isSparse: Bool) -> Int?
  {
    let (n, S) = (lifted.variableCount, loss.scenarioCount)
    var starts = [Int](repeating: 0, count: n + 1)
    var indices: [Int32] = []
    for j in 0..<n {
      if j == first { indices += (0..<S).map(Int32.init) }
      if j > first, j < first + addedVariables { indices.append(Int32(j - first - 1)) }
      starts[j + 1] = indices.count
    }
    let rest = SparseMatrix(
      rows: S, columns: n, columnStarts: starts, rowIndices: indices,
      values: [Double](repeating: 1, count: indices.count))
    let lower = loss.book.map { -$0 }
    if isSparse {
      lifted.constrain(rest.adding(loss.outcomes, over: loss.variables), atLeast: lower)
    } else {
      lifted.constrain(loss.outcomes, over: loss.variables, plus: rest, atLeast: lower)
    }
    guard case .limit(let value) = role else { return nil }
    var row = [Double](repeating: 0, count: n)
    row[first] = 1
    for j in 1..<max(addedVariables, 1) { row[first + j] = tailWeight }
    lifted.constrain(SparseMatrix(Matrix(rows: 1, columns: n, elements: row)), atMost: [value])
    return lifted.inequalityCount - 1
  }
}

extension QuadraticProgram {
  /// The program with free variables after its own, without cost where none is given.
  func widened(to count: Int, quadraticCost given: QuadraticCost? = nil) -> QuadraticProgram {
    let added = count - variableCount
    let cost = quadraticCost.map { cost in
      switch cost {
      case .dense(let matrix):
        QuadraticCost.sparse(SparseMatrix(matrix).widened(by: added, rows: added))
      case .sparse(let matrix): QuadraticCost.sparse(matrix.widened(by: added, rows: added))
      }
    }
    var result = QuadraticProgram(
      quadraticCost: given ?? cost, linearCost: linearCost + [Double](repeating: 0, count: added))
    result.objectiveConstant = objectiveConstant
    if equalityCount > 0 {
      result.constrain(equalityMatrix.widened(by: added), equalTo: equalityValues)
    }
    if inequalityCount > 0 {
      result.constrain(
        inequalityMatrix.widened(by: added), atLeast: inequalityLower, atMost: inequalityUpper)
    }
    result.coneMatrix = coneMatrix.widened(by: added)
    (result.coneOffsets, result.coneRows) = (coneOffsets, coneRows)
    result.bound(
      atLeast: lowerBounds + [Double](repeating: -.infinity, count: added),
      atMost: upperBounds + [Double](repeating: .infinity, count: added))
    return result
  }
}

extension SparseMatrix {
  /// The sum with a dense matrix over some columns, which are empty here.
  func adding(_ dense: Matrix, over variables: [Int]) -> SparseMatrix {
    let part = SparseMatrix(dense)
    var source = [Int](repeating: -1, count: columns)
    for (k, j) in variables.enumerated() { source[j] = k }
    var starts = [0]
    var indices: [Int32] = []
    var entries: [Double] = []
    for j in 0..<columns {
      let from = source[j] >= 0 ? part : self
      let range = from.entries(ofColumn: source[j] >= 0 ? source[j] : j)
      indices += from.rowIndices[range]
      entries += from.values[range]
      starts.append(indices.count)
    }
    return SparseMatrix(
      uncheckedRows: rows, columns: columns, columnStarts: starts, rowIndices: indices,
      values: entries)
  }

  /// The matrix with empty columns, and rows, after its own.
  func widened(by added: Int, rows more: Int = 0) -> SparseMatrix {
    SparseMatrix(
      uncheckedRows: rows + more, columns: columns + added,
      columnStarts: columnStarts + [Int](repeating: entryCount, count: added),
      rowIndices: rowIndices, values: values)
  }
}
