internal import LinearAlgebra

extension QPSReader {
  /// Builds the program; rows whose kind is E and which have no range are equalities.
  func assemble() throws(QPSError) -> QuadraticProgram {
    let n = columnNames.count
    let cost =
      hasQuadraticCost
      ? QuadraticCost.sparse(SparseMatrix(rows: n, columns: n, triplets: quadraticEntries)) : nil
    var program = QuadraticProgram(quadraticCost: cost, linearCost: costs)
    program.objectiveConstant = objectiveValue == 0 ? 0 : -objectiveValue
    program.name = name
    program.variableNames = columnNames.names
    program.bound(atLeast: lower, atMost: upper)
    program.integerVariables = integers
    program.semicontinuousVariables = semicontinuous
    let isCone = cones.quadraticRows
    addRows(to: &program, except: isCone)
    program.rowNames =
      isCone.isEmpty
      ? rowNames.names : rows.indices.filter { !isCone.contains($0) }.map { rowNames[$0] }
    try addCones(to: &program)
    return program
  }

  private func addCones(to program: inout QuadraticProgram) throws(QPSError) {
    guard !cones.isEmpty else { return }
    var hasLinearPart = [Bool](repeating: false, count: rows.count)
    for entry in entries where entry.value != 0 { hasLinearPart[entry.row] = true }
    try cones.add(to: &program, names: columnNames) { i in
      let senses: [Kind: Double] = [.less: 1, .greater: -1]
      return QPSCones.Row(
        sense: senses[rows[i].kind], isZeroSided: rows[i].value == 0 && rows[i].range == nil,
        isLinearPartZero: !hasLinearPart[i])
    }
  }

  private func addRows(to program: inout QuadraticProgram, except cones: Set<Int>) {
    let n = columnNames.count
    var order: [QuadraticProgram.Row?] = []
    var (equalityCount, inequalityCount) = (0, 0)
    for (i, row) in rows.enumerated() {
      if cones.contains(i) {
        order.append(nil)
      } else if row.kind == .equal, row.range == nil {
        order.append(.equality(equalityCount))
        equalityCount += 1
      } else {
        order.append(.inequality(inequalityCount))
        inequalityCount += 1
      }
    }
    var equalities: [Triplet] = []
    var inequalities: [Triplet] = []
    for entry in entries {
      switch order[entry.row] {
      case .equality(let i):
        equalities.append(Triplet(row: i, column: entry.column, value: entry.value))
      case .inequality(let i):
        inequalities.append(Triplet(row: i, column: entry.column, value: entry.value))
      case nil: break
      }
    }
    let A = SparseMatrix(rows: equalityCount, columns: n, triplets: equalities)
    let G = SparseMatrix(rows: inequalityCount, columns: n, triplets: inequalities)
    let sides = zip(rows, order).map { ($0.sides, $1) }
    program.constrain(
      A, equalTo: sides.compactMap { if case .equality = $1 { $0.lower } else { nil } })
    let twoSided = sides.compactMap { if case .inequality = $1 { $0 } else { nil } }
    program.constrain(G, atLeast: twoSided.map(\.lower), atMost: twoSided.map(\.upper))
    program.rowOrder = order.compactMap { $0 }
  }
}

extension QPSReader.RowEntry {
  /// l and u: RANGES widens L downwards, G upwards, and E towards the sign of the range.
  var sides: (lower: Double, upper: Double) {
    switch (kind, range) {
    case (.free, _): (-.infinity, .infinity)
    case (.equal, nil): (value, value)
    case (.equal, let range?): (min(value, value + range), max(value, value + range))
    case (.less, let range): (range.map { value - abs($0) } ?? -.infinity, value)
    case (.greater, let range): (value, range.map { value + abs($0) } ?? .infinity)
    }
  }
}
