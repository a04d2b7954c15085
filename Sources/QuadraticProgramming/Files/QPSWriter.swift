internal import LinearAlgebra

extension QuadraticProgram {
  /// The program as text in QPS format, read back without the change of a bit, but for one case: the
  /// format stores a two-sided row as one side and a width, so that the other side may move by one
  /// unit in its last place where no width gives it exactly.
  ///
  /// Names with spaces, or used twice, are replaced by C0, C1, … and R0, R1, …. A row whose sides are
  /// crossed, for which the format has no word, is written as two rows.
  ///
  /// - Throws: ``QPSError`` for a program with second-order cones, which the format cannot hold.
  public func qps() throws(QPSError) -> String {
    guard coneRows.isEmpty else {
      throw QPSError(line: 0, field: name, fault: .secondOrderCones(count: coneRows.count))
    }
    return QPSWriter(self).text()
  }
}

private struct QPSWriter {
  let problem: QuadraticProgram
  let columns: [String]
  let rows: [String]
  let objective: String
  let sides: [(lower: Double, upper: Double)]

  init(_ problem: QuadraticProgram) {
    self.problem = problem
    columns = Self.usable(problem.variableNames, count: problem.variableCount, prefix: "C")
    rows = Self.usable(problem.rowNames, count: problem.rowOrder.count, prefix: "R")
    var objective = "OBJ"
    while rows.contains(objective) { objective += "_" }
    self.objective = objective
    sides = problem.rowOrder.map { row in
      switch row {
      case .equality(let i): (problem.equalityValues[i], problem.equalityValues[i])
      case .inequality(let i): (problem.inequalityLower[i], problem.inequalityUpper[i])
      }
    }
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
    return text + "ENDATA\n"
  }

  private func isCrossed(_ i: Int) -> Bool { sides[i].lower > sides[i].upper }

  private func upperName(_ i: Int) -> String {
    var name = rows[i] + "_upper"
    while rows.contains(name) { name += "_" }
    return name
  }

  private func rowType(_ i: Int) -> String {
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
    var isInteger = false
    for j in columns.indices {
      var entries: [(row: Int, value: Double)] = []
      for (matrix, place) in [
        (problem.equalityMatrix, equalityPlace), (problem.inequalityMatrix, inequalityPlace),
      ] {
        for k in matrix.entries(ofColumn: j) where matrix.values[k] != 0 {
          entries.append((place[Int(matrix.rowIndices[k])], matrix.values[k]))
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
    for j in columns.indices {
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
}
