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
    case cone, rowTriangle, rowMatrix
  }
  enum Kind { case free, equal, less, greater }
  struct RowEntry {
    let kind: Kind
    var value = 0.0
    var range: Double?
  }

  private var section = Section.none
  private var line = 0
  private(set) var name = ""
  private var objectiveName: [UInt8]?
  private(set) var objectiveValue = 0.0
  private(set) var rowNames = NameTable()
  private(set) var rows: [RowEntry] = []
  private(set) var columnNames = NameTable()
  private(set) var costs: [Double] = []
  private(set) var entries: [Triplet] = []
  private(set) var quadraticEntries: [Triplet] = []
  private(set) var hasQuadraticCost = false
  private(set) var lower: [Double] = []
  private(set) var upper: [Double] = []
  private var isInteger = false
  private(set) var integers: Set<Int> = []
  private(set) var semicontinuous: Set<Int> = []
  /// Columns between markers for which BOUNDS has said nothing so far: they are binary.
  private var unbounded: Set<Int> = []
  private(set) var cones = QPSCones()
  private var sets: [Section: String] = [:]
  private var ended = false

  mutating func read(_ text: String) throws(QPSError) -> QuadraticProgram {
    var text = text
    var failure: QPSError?
    text.withUTF8 { bytes in
      do throws(QPSError) { try read(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
    line = 0
    guard ended else { throw error(nil, .noEnd) }
    guard objectiveName != nil else { throw error(nil, .noObjective) }
    return try assemble()
  }

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(QPSError) {
    guard let start = bytes.baseAddress else { return }
    var fields: [Field] = []
    var place = 0
    while place < bytes.count, !ended {
      line += 1
      let first = place
      while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
      let end = place
      place += 1
      guard end > first, bytes[first] != UInt8(ascii: "*") else { continue }
      Self.split(start, first..<end, into: &fields)
      if fields.isEmpty { continue }
      if Self.isBlank(bytes[first]) { try readData(fields) } else { try readHeader(fields) }
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

  private static func split(
    _ start: UnsafePointer<UInt8>, _ range: Range<Int>, into fields: inout [Field]
  ) {
    fields.removeAll(keepingCapacity: true)
    var place = range.lowerBound
    while true {
      while place < range.upperBound, isBlank(start[place]) { place += 1 }
      guard place < range.upperBound else { return }
      let first = place
      while place < range.upperBound, !isBlank(start[place]) { place += 1 }
      fields.append(Field(start: start + first, count: place - first))
    }
  }

  private func error(_ field: Field?, _ fault: QPSError.Fault) -> QPSError {
    QPSError(line: line, field: field?.string ?? "", fault: fault)
  }

  private func isObjective(_ field: Field) -> Bool {
    guard let objectiveName, objectiveName.count == field.count else { return false }
    return UnsafeBufferPointer(start: field.start, count: field.count).elementsEqual(objectiveName)
  }

  private mutating func readHeader(_ fields: [Field]) throws(QPSError) {
    switch fields[0].string.uppercased() {
    case "NAME":
      section = .name
      name = fields.dropFirst().map(\.string).joined(separator: " ")
    case "OBJSENSE":
      section = .sense
      if fields.count > 1 { try readSense(fields[1]) }
    case "QUADOBJ":
      section = .quadratic
      hasQuadraticCost = true
    case "QSECTION": try beginQuadratic(fields, ofObjective: .quadratic, ofRow: .rowTriangle)
    case "QMATRIX": try beginQuadratic(fields, ofObjective: .matrix, ofRow: .rowMatrix)
    case "QCMATRIX": try beginQuadraticRow(fields, .rowMatrix)
    case "CSECTION": try beginCone(fields)
    case "ENDATA": ended = true
    case let word:
      guard let plain = Self.plainSections[word] else { throw error(fields[0], .unknownSection) }
      // Data that begins in the first column would else be lost.
      guard fields.count == 1 else {
        throw error(
          fields[0], .fieldCount(expected: "\(word) alone on its line", found: fields.count))
      }
      section = plain
    }
  }

  private static let plainSections: [String: Section] = [
    "ROWS": .rows, "COLUMNS": .columns, "RHS": .rhs, "RANGES": .ranges, "BOUNDS": .bounds,
  ]

  private mutating func readData(_ fields: [Field]) throws(QPSError) {
    switch section {
    case .none, .name: throw error(fields[0], .dataOutsideSection)
    case .sense: try readSense(fields[0])
    case .rows: try readRow(fields)
    case .columns: try readColumn(fields)
    case .rhs, .ranges: try readSides(fields)
    case .bounds: try readBound(fields)
    case .quadratic, .matrix, .rowTriangle, .rowMatrix: try readQuadratic(fields)
    case .cone: try readMember(fields)
    }
  }

  /// QSECTION and QMATRIX belong to the objective unless they name another row.
  private mutating func beginQuadratic(
    _ fields: [Field], ofObjective: Section, ofRow: Section
  ) throws(QPSError) {
    guard fields.count > 1, !isObjective(fields[1]) else {
      section = ofObjective
      hasQuadraticCost = true
      return
    }
    try beginQuadraticRow(fields, ofRow)
  }

  private mutating func beginQuadraticRow(
    _ fields: [Field], _ next: Section
  ) throws(QPSError) {
    guard fields.count == 2 else {
      throw error(fields[0], .fieldCount(expected: "the name of a row", found: fields.count))
    }
    let index = try row(fields[1])
    guard cones.begin(fields[1].string, .row(index), line: line) else {
      throw error(fields[1], .duplicateCone)
    }
    section = next
  }

  /// CSECTION: a name, a parameter without a meaning for these types, and the type.
  private mutating func beginCone(_ fields: [Field]) throws(QPSError) {
    guard fields.count == 3 || fields.count == 4 else {
      throw error(
        fields[0], .fieldCount(expected: "a name, a value and a type", found: fields.count))
    }
    if fields.count == 4 { _ = try number(fields[2]) }
    let type = fields[fields.count - 1]
    let shapes = ["QUAD": QPSCones.Shape.quadratic, "RQUAD": .rotated]
    guard let shape = shapes[type.string.uppercased()] else { throw error(type, .unknownConeType) }
    guard cones.begin(fields[1].string, shape, line: line) else {
      throw error(fields[1], .duplicateCone)
    }
    section = .cone
  }

  private mutating func readMember(_ fields: [Field]) throws(QPSError) {
    guard fields.count == 1 else {
      throw error(fields[0], .fieldCount(expected: "one variable", found: fields.count))
    }
    guard let j = columnNames.index(of: fields[0]) else { throw error(fields[0], .unknownVariable) }
    if let other = cones.add(member: j) { throw error(fields[0], .secondCone(first: other)) }
  }

  private func readSense(_ field: Field) throws(QPSError) {
    guard field.string.uppercased().hasPrefix("MIN") else { throw error(field, .maximization) }
  }

  private mutating func readRow(_ fields: [Field]) throws(QPSError) {
    guard fields.count == 2 else {
      throw error(fields[0], .fieldCount(expected: "a type and a name", found: fields.count))
    }
    let kinds: [String: Kind] = ["N": .free, "E": .equal, "L": .less, "G": .greater]
    guard let kind = kinds[fields[0].string.uppercased()] else {
      throw error(fields[0], .unknownRowType)
    }
    let row = fields[1]
    guard !isObjective(row), rowNames.index(of: row) == nil else {
      throw error(row, .duplicateRow)
    }
    if kind == .free, objectiveName == nil {
      objectiveName = Array(row.string.utf8)
    } else {
      rowNames.append(row)
      rows.append(RowEntry(kind: kind))
    }
  }

  private mutating func readColumn(_ fields: [Field]) throws(QPSError) {
    if fields.count >= 2, fields[1].start[0] == UInt8(ascii: "'"),
      fields[1].string.uppercased() == "'MARKER'"
    {
      return try readMarker(fields[fields.count - 1])
    }
    guard fields.count >= 3, fields.count % 2 == 1 else {
      throw error(fields[0], .fieldCount(expected: "a name and pairs", found: fields.count))
    }
    let column = declareColumn(fields[0])
    for k in stride(from: 1, to: fields.count, by: 2) {
      let value = try finite(fields[k + 1])
      if isObjective(fields[k]) {
        costs[column] += value
      } else {
        entries.append(Triplet(row: try row(fields[k]), column: column, value: value))
      }
    }
  }

  private mutating func readMarker(_ field: Field) throws(QPSError) {
    switch field.string.uppercased() {
    case "'INTORG'": isInteger = true
    case "'INTEND'": isInteger = false
    default: throw error(field, .unknownMarker)
    }
  }

  private mutating func declareColumn(_ name: Field) -> Int {
    let last = columnNames.count - 1
    if last >= 0, columnNames.has(name, at: last) { return last }
    if let known = columnNames.index(of: name) { return known }
    columnNames.append(name)
    costs.append(0)
    lower.append(0)
    upper.append(isInteger ? 1 : .infinity)
    if isInteger {
      integers.insert(last + 1)
      unbounded.insert(last + 1)
    }
    return last + 1
  }

  /// RHS and RANGES: pairs of a row and a value, after the name of the set if there is one.
  private mutating func readSides(_ fields: [Field]) throws(QPSError) {
    guard fields.count >= 2 else {
      throw error(fields[0], .fieldCount(expected: "pairs of a row and a value", found: 1))
    }
    let named = fields.count % 2 == 1
    try requireOneSet(named ? fields[0] : nil)
    for k in stride(from: named ? 1 : 0, to: fields.count, by: 2) {
      let value = try number(fields[k + 1])
      if section == .rhs, isObjective(fields[k]) {
        objectiveValue = try finite(fields[k + 1])
        continue
      }
      if section == .ranges, isObjective(fields[k]) {
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

  private mutating func requireOneSet(_ name: Field?) throws(QPSError) {
    let string = name?.string ?? ""
    let first = sets[section] ?? string
    sets[section] = first
    guard first == string else { throw error(name, .secondSet(first: first)) }
  }

  private mutating func readBound(_ fields: [Field]) throws(QPSError) {
    let kind = fields[0].string.uppercased()
    let valued = ["LO", "UP", "FX", "LI", "UI", "SC", "SI"].contains(kind)
    guard valued || ["FR", "MI", "PL", "BV"].contains(kind) else {
      throw error(fields[0], .unknownBoundType)
    }
    guard fields.count >= (valued ? 3 : 2), fields.count <= 4 else {
      throw error(
        fields[0],
        .fieldCount(
          expected: valued
            ? "a type, a set, a variable and a value" : "a type, a set and a variable",
          found: fields.count))
    }
    let named =
      fields.count == 4 || (!valued && fields.count == 3 && columnNames.index(of: fields[2]) != nil)
    try requireOneSet(named ? fields[1] : nil)
    let variable = fields[named ? 2 : 1]
    guard let j = columnNames.index(of: variable) else { throw error(variable, .unknownVariable) }
    setBound(kind, of: j, to: valued ? try number(fields[fields.count - 1]) : 0)
    guard lower[j] < .infinity, upper[j] > -.infinity else {
      throw error(fields[fields.count - 1], .notANumber)
    }
  }

  private mutating func setBound(_ kind: String, of j: Int, to value: Double) {
    if unbounded.remove(j) != nil { upper[j] = .infinity }
    switch kind {
    case "LO", "LI": lower[j] = value
    case "UP", "UI", "SC", "SI": upper[j] = value
    case "FX": (lower[j], upper[j]) = (value, value)
    case "FR": (lower[j], upper[j]) = (-.infinity, .infinity)
    case "MI": lower[j] = -.infinity
    case "BV": (lower[j], upper[j]) = (0, 1)
    default: upper[j] = .infinity
    }
    if ["LI", "UI", "SI", "BV"].contains(kind) { integers.insert(j) }
    if ["SC", "SI"].contains(kind) { semicontinuous.insert(j) }
  }

  private mutating func readQuadratic(_ fields: [Field]) throws(QPSError) {
    guard fields.count == 3 || fields.count == 5 else {
      throw error(fields[0], .fieldCount(expected: "a variable and pairs", found: fields.count))
    }
    guard let i = columnNames.index(of: fields[0]) else { throw error(fields[0], .unknownVariable) }
    for k in stride(from: 1, to: fields.count, by: 2) {
      guard let j = columnNames.index(of: fields[k]) else {
        throw error(fields[k], .unknownVariable)
      }
      let value = try finite(fields[k + 1])
      addQuadratic(i, j, value)
      if section == .quadratic || section == .rowTriangle, i != j { addQuadratic(j, i, value) }
    }
  }

  private mutating func addQuadratic(_ i: Int, _ j: Int, _ value: Double) {
    if section == .quadratic || section == .matrix {
      quadraticEntries.append(Triplet(row: i, column: j, value: value))
    } else {
      cones.add(i, j, value)
    }
  }

  private func row(_ name: Field) throws(QPSError) -> Int {
    guard let index = rowNames.index(of: name) else { throw error(name, .unknownRow) }
    return index
  }

  private func finite(_ field: Field) throws(QPSError) -> Double {
    let value = try number(field)
    guard value.isFinite else { throw error(field, .notANumber) }
    return value
  }

  private func number(_ field: Field) throws(QPSError) -> Double {
    guard let value = field.number else { throw error(field, .notANumber) }
    return value
  }
}
