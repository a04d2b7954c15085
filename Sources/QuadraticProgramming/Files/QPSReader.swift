internal import LinearAlgebra

/// One pass over a text in QPS format, collecting rows, columns and values.
///
/// Fields are separated by spaces or tabs, so fixed-format files are read as long as names hold no
/// spaces. I. Maros, C. Mészáros, "A repository of convex quadratic programming problems",
/// Optimization Methods and Software 11 (1999), for QUADOBJ; the rest is MPS.
struct QPSReader {
  /// Magnitudes from here on mean infinity in sides and bounds.
  static let infinity = 1e20

  private enum Section {
    case none, name, sense, rows, columns, rhs, ranges, bounds, quadratic, matrix
  }
  fileprivate enum Kind { case free, equal, less, greater }
  fileprivate struct RowEntry {
    let name: String
    let kind: Kind
    var value = 0.0
    var range: Double?
  }

  private var section = Section.none
  private var line = 0
  private var name = ""
  private var objectiveName: String?
  private var objectiveValue = 0.0
  private var rowIndex: [String: Int] = [:]
  private var rows: [RowEntry] = []
  private var columnIndex: [String: Int] = [:]
  private var columnNames: [String] = []
  private var costs: [Double] = []
  private var entries: [Triplet] = []
  private var quadraticEntries: [Triplet] = []
  private var hasQuadraticCost = false
  private var lower: [Double] = []
  private var upper: [Double] = []
  private var sets: [Section: String] = [:]
  private var ended = false

  mutating func read(_ text: String) throws(QPSError) -> QuadraticProgram {
    for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      line += 1
      if ended { break }
      guard let first = bytes.first, first != UInt8(ascii: "*") else { continue }
      let fields = bytes.split { $0 == 32 || ($0 >= 9 && $0 <= 13) }.map { Substring($0) }
      if fields.isEmpty { continue }
      if first == 32 || first == 9 { try readData(fields) } else { try readHeader(fields) }
    }
    line = 0
    guard ended else { throw error("", .noEnd) }
    guard objectiveName != nil else { throw error("", .noObjective) }
    return try assemble()
  }

  private func error(_ field: some StringProtocol, _ fault: QPSError.Fault) -> QPSError {
    QPSError(line: line, field: String(field), fault: fault)
  }

  private mutating func readHeader(_ fields: [Substring]) throws(QPSError) {
    switch fields[0].uppercased() {
    case "NAME":
      section = .name
      name = fields.dropFirst().joined(separator: " ")
    case "OBJSENSE":
      section = .sense
      if fields.count > 1 { try readSense(fields[1]) }
    case "ROWS": section = .rows
    case "COLUMNS": section = .columns
    case "RHS": section = .rhs
    case "RANGES": section = .ranges
    case "BOUNDS": section = .bounds
    case "QUADOBJ", "QSECTION":
      section = .quadratic
      hasQuadraticCost = true
    case "QMATRIX":
      section = .matrix
      hasQuadraticCost = true
    case "ENDATA": ended = true
    default: throw error(fields[0], .unknownSection)
    }
  }

  private mutating func readData(_ fields: [Substring]) throws(QPSError) {
    switch section {
    case .none, .name: throw error(fields[0], .dataOutsideSection)
    case .sense: try readSense(fields[0])
    case .rows: try readRow(fields)
    case .columns: try readColumn(fields)
    case .rhs, .ranges: try readSides(fields)
    case .bounds: try readBound(fields)
    case .quadratic, .matrix: try readQuadratic(fields)
    }
  }

  private func readSense(_ field: Substring) throws(QPSError) {
    guard field.uppercased().hasPrefix("MIN") else { throw error(field, .maximization) }
  }

  private mutating func readRow(_ fields: [Substring]) throws(QPSError) {
    guard fields.count == 2 else {
      throw error(fields[0], .fieldCount(expected: "a type and a name", found: fields.count))
    }
    let kinds: [String: Kind] = ["N": .free, "E": .equal, "L": .less, "G": .greater]
    guard let kind = kinds[fields[0].uppercased()] else { throw error(fields[0], .unknownRowType) }
    let row = String(fields[1])
    guard row != objectiveName, rowIndex[row] == nil else { throw error(row, .duplicateRow) }
    if kind == .free, objectiveName == nil {
      objectiveName = row
    } else {
      rowIndex[row] = rows.count
      rows.append(RowEntry(name: row, kind: kind))
    }
  }

  private mutating func readColumn(_ fields: [Substring]) throws(QPSError) {
    if fields.count >= 2, fields[1].uppercased() == "'MARKER'" {
      throw error(fields[fields.count - 1], .integerVariable)
    }
    guard fields.count >= 3, fields.count % 2 == 1 else {
      throw error(fields[0], .fieldCount(expected: "a name and pairs", found: fields.count))
    }
    let column = declareColumn(String(fields[0]))
    for k in stride(from: 1, to: fields.count, by: 2) {
      let value = try finite(fields[k + 1])
      if fields[k] == objectiveName ?? "" {
        costs[column] += value
      } else {
        entries.append(Triplet(row: try row(fields[k]), column: column, value: value))
      }
    }
  }

  private mutating func declareColumn(_ name: String) -> Int {
    if columnNames.last == name { return columnNames.count - 1 }
    if let known = columnIndex[name] { return known }
    columnIndex[name] = columnNames.count
    columnNames.append(name)
    costs.append(0)
    lower.append(0)
    upper.append(.infinity)
    return columnNames.count - 1
  }

  /// RHS and RANGES: pairs of a row and a value, after the name of the set if there is one.
  private mutating func readSides(_ fields: [Substring]) throws(QPSError) {
    guard fields.count >= 2 else {
      throw error(fields[0], .fieldCount(expected: "pairs of a row and a value", found: 1))
    }
    let named = fields.count % 2 == 1
    try requireOneSet(named ? fields[0] : "")
    for k in stride(from: named ? 1 : 0, to: fields.count, by: 2) {
      let value = try number(fields[k + 1])
      if section == .rhs, fields[k] == objectiveName ?? "" {
        objectiveValue = try finite(fields[k + 1])
        continue
      }
      if section == .ranges, fields[k] == objectiveName ?? "" {
        throw error(fields[k], .rangeOfFreeRow)
      }
      let index = try row(fields[k])
      if rows[index].kind == .equal, !value.isFinite { throw error(fields[k + 1], .notANumber) }
      if section == .rhs {
        rows[index].value = value
      } else {
        guard rows[index].kind != .free else { throw error(fields[k], .rangeOfFreeRow) }
        rows[index].range = value
      }
    }
  }

  private mutating func requireOneSet(_ name: Substring) throws(QPSError) {
    let first = sets[section] ?? String(name)
    sets[section] = first
    guard first == name else { throw error(name, .secondSet(first: first)) }
  }

  private mutating func readBound(_ fields: [Substring]) throws(QPSError) {
    let kind = fields[0].uppercased()
    if ["BV", "LI", "UI", "SC", "SI"].contains(kind) { throw error(fields[0], .integerVariable) }
    guard ["LO", "UP", "FX", "FR", "MI", "PL"].contains(kind) else {
      throw error(fields[0], .unknownBoundType)
    }
    let valued = ["LO", "UP", "FX"].contains(kind)
    guard fields.count >= (valued ? 3 : 2), fields.count <= 4 else {
      throw error(
        fields[0],
        .fieldCount(
          expected: valued
            ? "a type, a set, a variable and a value" : "a type, a set and a variable",
          found: fields.count))
    }
    let named =
      fields.count == 4 || (!valued && fields.count == 3 && columnIndex[String(fields[2])] != nil)
    try requireOneSet(named ? fields[1] : "")
    let variable = fields[named ? 2 : 1]
    guard let j = columnIndex[String(variable)] else { throw error(variable, .unknownVariable) }
    let value = valued ? try number(fields[fields.count - 1]) : 0
    switch kind {
    case "LO": lower[j] = value
    case "UP": upper[j] = value
    case "FX": (lower[j], upper[j]) = (value, value)
    case "FR": (lower[j], upper[j]) = (-.infinity, .infinity)
    case "MI": lower[j] = -.infinity
    default: upper[j] = .infinity
    }
    guard lower[j] < .infinity, upper[j] > -.infinity else {
      throw error(fields[fields.count - 1], .notANumber)
    }
  }

  private mutating func readQuadratic(_ fields: [Substring]) throws(QPSError) {
    guard fields.count == 3 || fields.count == 5 else {
      throw error(fields[0], .fieldCount(expected: "a variable and pairs", found: fields.count))
    }
    guard let i = columnIndex[String(fields[0])] else { throw error(fields[0], .unknownVariable) }
    for k in stride(from: 1, to: fields.count, by: 2) {
      guard let j = columnIndex[String(fields[k])] else { throw error(fields[k], .unknownVariable) }
      let value = try finite(fields[k + 1])
      quadraticEntries.append(Triplet(row: i, column: j, value: value))
      if section == .quadratic, i != j {
        quadraticEntries.append(Triplet(row: j, column: i, value: value))
      }
    }
  }

  private func row(_ name: Substring) throws(QPSError) -> Int {
    guard let index = rowIndex[String(name)] else { throw error(name, .unknownRow) }
    return index
  }

  private func finite(_ field: Substring) throws(QPSError) -> Double {
    let value = try number(field)
    guard value.isFinite else { throw error(field, .notANumber) }
    return value
  }

  /// A number, infinite from 1e20 on; the exponent letter of Fortran, D, is understood.
  private func number(_ field: Substring) throws(QPSError) -> Double {
    let plain = Double(field)
    let fortran = plain ?? Double(field.replacing("D", with: "E").replacing("d", with: "e"))
    guard let value = fortran, !value.isNaN else { throw error(field, .notANumber) }
    return abs(value) >= Self.infinity ? (value > 0 ? .infinity : -.infinity) : value
  }

  /// Builds the program; rows whose kind is E and which have no range are equalities.
  private func assemble() throws(QPSError) -> QuadraticProgram {
    let n = columnNames.count
    let cost =
      hasQuadraticCost
      ? QuadraticCost.sparse(SparseMatrix(rows: n, columns: n, triplets: quadraticEntries)) : nil
    var program = QuadraticProgram(quadraticCost: cost, linearCost: costs)
    program.objectiveConstant = objectiveValue == 0 ? 0 : -objectiveValue
    program.name = name
    program.variableNames = columnNames
    program.bound(atLeast: lower, atMost: upper)
    addRows(to: &program)
    program.rowNames = rows.map(\.name)
    return program
  }

  private func addRows(to program: inout QuadraticProgram) {
    let n = columnNames.count
    var order: [QuadraticProgram.Row] = []
    var (equalityCount, inequalityCount) = (0, 0)
    for row in rows {
      if row.kind == .equal, row.range == nil {
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
      }
    }
    let A = SparseMatrix(rows: equalityCount, columns: n, triplets: equalities)
    let G = SparseMatrix(rows: inequalityCount, columns: n, triplets: inequalities)
    let sides = zip(rows, order).map { ($0.sides, $1) }
    program.constrain(
      A, equalTo: sides.compactMap { if case .equality = $1 { $0.lower } else { nil } })
    let twoSided = sides.compactMap { if case .inequality = $1 { $0 } else { nil } }
    program.constrain(G, atLeast: twoSided.map(\.lower), atMost: twoSided.map(\.upper))
    program.rowOrder = order
  }
}

extension QPSReader.RowEntry {
  /// l and u: RANGES widens L downwards, G upwards, and E towards the sign of the range.
  fileprivate var sides: (lower: Double, upper: Double) {
    switch (kind, range) {
    case (.free, _): (-.infinity, .infinity)
    case (.equal, nil): (value, value)
    case (.equal, let range?): (min(value, value + range), max(value, value + range))
    case (.less, let range): (range.map { value - abs($0) } ?? -.infinity, value)
    case (.greater, let range): (value, range.map { value + abs($0) } ?? .infinity)
    }
  }
}
