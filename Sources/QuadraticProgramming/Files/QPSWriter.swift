internal import LinearAlgebra

extension QuadraticProgram {
  /// The program as text in QPS format, read back without the change of a bit, but for one case: the
  /// format stores a two-sided row as one side and a width, so that the other side may move by one
  /// unit in its last place where no width gives it exactly.
  ///
  /// Names with spaces, or used twice, are replaced by C0, C1, … and R0, R1, …. A row whose sides are
  /// crossed, for which the format has no word, is written as two rows.
  ///
  /// Second-order cones are written as those of MOSEK's MPS format, CSECTION with the type QUAD, whose
  /// members are variables. A row of F that is one variable with the factor 1 and without offset names
  /// that variable, unless another row has named it. Any other row k of a cone named K gets a free
  /// variable K_k and an equality of the same name that sets it to the row's value; they come after the
  /// variables and the rows of the program, which is otherwise the same. Cones are named as in
  /// ``coneNames``, or K0, K1, ….
  public func qps() -> String { QPSWriter(self).text() }
}

private struct QPSWriter {
  let problem: QuadraticProgram
  let columns: [String]
  let rows: [String]
  let objective: String
  let cones: QPSConeMembers
  let sides: [(lower: Double, upper: Double)]

  init(_ problem: QuadraticProgram) {
    self.problem = problem
    var columns = Self.usable(problem.variableNames, count: problem.variableCount, prefix: "C")
    var rows = Self.usable(problem.rowNames, count: problem.rowOrder.count, prefix: "R")
    let coneNames = Self.usable(problem.coneNames, count: problem.coneRows.count, prefix: "K")
    cones = QPSConeMembers(problem, coneNames, taken: Set(columns).union(rows))
    columns += cones.auxiliaryNames
    rows += cones.auxiliaryNames
    (self.columns, self.rows) = (columns, rows)
    var objective = "OBJ"
    while rows.contains(objective) { objective += "_" }
    self.objective = objective
    var sides: [(lower: Double, upper: Double)] = problem.rowOrder.map { row in
      switch row {
      case .equality(let i): (problem.equalityValues[i], problem.equalityValues[i])
      case .inequality(let i): (problem.inequalityLower[i], problem.inequalityUpper[i])
      }
    }
    sides += cones.auxiliaryRows.map { i in
      (0 - problem.coneOffsets[i], 0 - problem.coneOffsets[i])
    }
    self.sides = sides
  }

  private static func usable(_ names: [String]?, count: Int, prefix: String) -> [String] {
    if let names, names.count == count, Set(names).count == count,
      names.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) })
    {
      return names
    }
    return (0..<count).map { "\(prefix)\($0)" }
  }

  func text() -> String {
    var text = "NAME \(problem.name)\nROWS\n N \(objective)\n"
    for i in rows.indices {
      text += " \(rowType(i)) \(rows[i])\n"
      if isCrossed(i) { text += " L \(upperName(i))\n" }
    }
    writeColumns(to: &text)
    writeSides(to: &text)
    writeBounds(to: &text)
    writeQuadraticCost(to: &text)
    writeCones(to: &text)
    return text + "ENDATA\n"
  }

  private func isCrossed(_ i: Int) -> Bool { sides[i].lower > sides[i].upper }

  private func upperName(_ i: Int) -> String {
    var name = rows[i] + "_upper"
    while rows.contains(name) { name += "_" }
    return name
  }

  private func rowType(_ i: Int) -> String {
    if i >= problem.rowOrder.count { return "E" }
    if case .equality = problem.rowOrder[i] { return "E" }
    if isCrossed(i) { return "G" }
    switch (sides[i].lower.isFinite, sides[i].upper.isFinite) {
    case (false, false): return "N"
    case (false, true): return "L"
    case (true, false): return "G"
    case (true, true): return width(i).fromUpper ? "L" : "G"
    }
  }

  /// The width to write for a two-sided row, and the side it starts from: one that gives the other
  /// side back exactly if there is one.
  private func width(_ i: Int) -> (value: Double, fromUpper: Bool) {
    let (l, u) = sides[i]
    let width = u - l
    for value in [width, width.nextUp, width.nextDown] {
      if l + value == u { return (value, false) }
      if u - value == l { return (value, true) }
    }
    return (width, abs(u) < abs(l))
  }

  private func writeColumns(to text: inout String) {
    text += "COLUMNS\n"
    var equalityPlace = [Int](repeating: 0, count: problem.equalityCount)
    var inequalityPlace = [Int](repeating: 0, count: problem.inequalityCount)
    for (i, row) in problem.rowOrder.enumerated() {
      switch row {
      case .equality(let k): equalityPlace[k] = i
      case .inequality(let k): inequalityPlace[k] = i
      }
    }
    // A row of F that names a variable has no entries of its own: place −1.
    var conePlace = [Int](repeating: -1, count: problem.coneRowCount)
    for (k, i) in cones.auxiliaryRows.enumerated() { conePlace[i] = problem.rowOrder.count + k }
    var isInteger = false
    for j in 0..<problem.variableCount {
      var entries: [(row: Int, value: Double)] = []
      for (matrix, place) in [
        (problem.equalityMatrix, equalityPlace), (problem.inequalityMatrix, inequalityPlace),
        (problem.coneMatrix, conePlace),
      ] {
        for k in matrix.entries(ofColumn: j) where matrix.values[k] != 0 {
          let row = place[Int(matrix.rowIndices[k])]
          if row >= 0 { entries.append((row, matrix.values[k])) }
        }
      }
      entries.sort { $0.row < $1.row }
      if isInteger != problem.integerVariables.contains(j) {
        isInteger.toggle()
        text += " MARKER 'MARKER' '\(isInteger ? "INTORG" : "INTEND")'\n"
      }
      if problem.linearCost[j] != 0 || entries.isEmpty {
        text += " \(columns[j]) \(objective) \(problem.linearCost[j])\n"
      }
      for (i, value) in entries {
        text += " \(columns[j]) \(rows[i]) \(value)\n"
        if isCrossed(i) { text += " \(columns[j]) \(upperName(i)) \(value)\n" }
      }
    }
    if isInteger { text += " MARKER 'MARKER' 'INTEND'\n" }
    for name in cones.auxiliaryNames { text += " \(name) \(name) -1.0\n" }
  }

  private func writeSides(to text: inout String) {
    text += "RHS\n"
    if problem.objectiveConstant != 0 {
      text += " RHS \(objective) \(-problem.objectiveConstant)\n"
    }
    var ranges = ""
    for i in rows.indices {
      let type = rowType(i)
      if type == "N" { continue }
      text += " RHS \(rows[i]) \(type == "L" ? sides[i].upper : sides[i].lower)\n"
      if isCrossed(i) {
        text += " RHS \(upperName(i)) \(sides[i].upper)\n"
      } else if type != "E", sides[i].lower.isFinite, sides[i].upper.isFinite {
        ranges += " RNG \(rows[i]) \(width(i).value)\n"
      }
    }
    if !ranges.isEmpty { text += "RANGES\n" + ranges }
  }

  private func writeBounds(to text: inout String) {
    text += "BOUNDS\n"
    for j in 0..<problem.variableCount {
      let (l, u) = (problem.lowerBounds[j], problem.upperBounds[j])
      let isInteger = problem.integerVariables.contains(j)
      if problem.semicontinuousVariables.contains(j) {
        if l != 0 {
          text += l == -.infinity ? " MI BND \(columns[j])\n" : " LO BND \(columns[j]) \(l)\n"
        }
        text += " SC BND \(columns[j]) \(u == .infinity ? 1e30 : u)\n"
      } else if isInteger, l == 0, u == 1 {
        text += " BV BND \(columns[j])\n"
      } else if isInteger, l == 0, u == .infinity {
        text += " PL BND \(columns[j])\n"
      } else if l == u {
        text += " FX BND \(columns[j]) \(l)\n"
      } else if l == -.infinity, u == .infinity {
        text += " FR BND \(columns[j])\n"
      } else {
        if l == -.infinity {
          text += " MI BND \(columns[j])\n"
        } else if l != 0 {
          text += " LO BND \(columns[j]) \(l)\n"
        }
        if u < .infinity { text += " UP BND \(columns[j]) \(u)\n" }
      }
    }
    for name in cones.auxiliaryNames { text += " FR BND \(name)\n" }
  }

  private func writeQuadraticCost(to text: inout String) {
    guard let P = problem.quadraticCost else { return }
    let symmetric = P.isSymmetric
    text += symmetric ? "QUADOBJ\n" : "QMATRIX\n"
    for j in 0..<P.columns {
      P.forEachEntry(ofColumn: j) { i, value in
        if !symmetric || i <= j { text += " \(columns[i]) \(columns[j]) \(value)\n" }
      }
    }
  }

  private func writeCones(to text: inout String) {
    for (name, members) in zip(cones.names, cones.members) {
      text += "CSECTION \(name) 0 QUAD\n"
      for j in members { text += " \(columns[j])\n" }
    }
  }
}

/// The second-order cones of a program over variables: those of the program, and auxiliary ones that
/// stand for rows Fx + g.
private struct QPSConeMembers {
  let names: [String]
  /// The members of each cone; auxiliary variables are numbered after those of the program.
  private(set) var members: [[Int]] = []
  /// The row of F of each auxiliary variable, and the name of that variable and of its row.
  private(set) var auxiliaryRows: [Int] = []
  private(set) var auxiliaryNames: [String] = []

  init(_ problem: QuadraticProgram, _ names: [String], taken: Set<String>) {
    self.names = names
    var taken = taken
    let rows = problem.coneMatrix.transposed
    var isMember = [Bool](repeating: false, count: problem.variableCount)
    for (name, range) in zip(names, problem.coneRows) {
      var members: [Int] = []
      for i in range {
        let entries = rows.entries(ofColumn: i).filter { rows.values[$0] != 0 }
        if entries.count == 1, rows.values[entries[0]] == 1, problem.coneOffsets[i] == 0 {
          let j = Int(rows.rowIndices[entries[0]])
          if !isMember[j] {
            isMember[j] = true
            members.append(j)
            continue
          }
        }
        var auxiliary = "\(name)_\(i - range.lowerBound)"
        while !taken.insert(auxiliary).inserted { auxiliary += "_" }
        members.append(problem.variableCount + auxiliaryRows.count)
        auxiliaryRows.append(i)
        auxiliaryNames.append(auxiliary)
      }
      self.members.append(members)
    }
  }
}
