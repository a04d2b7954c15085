internal import LinearAlgebra

extension QuadraticProgram {
  /// The program as text in QPS format, read back without the change of a bit, but for one case: the
  /// format stores a two-sided row as one side and a width, so that the other side may move by one
  /// unit in its last place where no width gives it exactly.
  ///
  /// Names with spaces, or used twice, are replaced by C0, C1, … and R0, R1, …. A row whose sides are
  /// crossed, for which the format has no word, is written as two rows.
  public func qps() -> String { QPSWriter(self).text() }
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
    for j in columns.indices {
      let start = text.utf8.count
      func write(_ row: String, _ value: Double) {
        if value != 0 { text += " \(columns[j]) \(row) \(value)\n" }
      }
      write(objective, problem.linearCost[j])
      for (i, row) in problem.rowOrder.enumerated() {
        switch row {
        case .equality(let k):
          write(rows[i], problem.equalityMatrix.elements[k + j * problem.equalityCount])
        case .inequality(let k):
          let value = problem.inequalityMatrix.elements[k + j * problem.inequalityCount]
          write(rows[i], value)
          if isCrossed(i) { write(upperName(i), value) }
        }
      }
      if text.utf8.count == start { text += " \(columns[j]) \(objective) 0\n" }
    }
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
      if l == u {
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
    let symmetric = P == P.transposed
    text += symmetric ? "QUADOBJ\n" : "QMATRIX\n"
    for j in 0..<P.columns {
      for i in 0..<(symmetric ? j + 1 : P.rows) where P.elements[i + j * P.rows] != 0 {
        text += " \(columns[i]) \(columns[j]) \(P.elements[i + j * P.rows])\n"
      }
    }
  }
}
