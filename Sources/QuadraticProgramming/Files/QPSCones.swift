internal import LinearAlgebra

/// The cones of a text in QPS format: members named in CSECTION, and rows with a quadratic part.
///
/// CSECTION is that of the MPS format of MOSEK: a name, a parameter that these types do not use, and
/// QUAD for x₀ ≥ ‖(x₁, …)‖ or RQUAD for 2x₀x₁ ≥ ‖(x₂, …)‖², x₀, x₁ ≥ 0, over the variables that follow,
/// each a member of one cone at most. The rotated cone is x₀ + x₁ ≥ ‖(x₀ − x₁, √2 x₂, …)‖.
///
/// QCMATRIX is that of CPLEX and Gurobi, which gives a row both triangles of a Q that is not halved:
/// aᵀx + xᵀQx ≤ u. It is a cone where a = 0, u = 0, and Q is diagonal with one negative element, that
/// of a variable with a bound that keeps it nonnegative.
struct QPSCones {
  /// What a file says of one cone.
  private struct Entry {
    let name: String
    let line: Int
    let shape: Shape
    var members: [Int] = []
    /// Q of a row.
    var quadratic: [Triplet] = []

    var isRow: Bool { if case .row = shape { true } else { false } }
  }

  enum Shape: Equatable {
    case quadratic, rotated
    case row(Int)
  }

  /// What the rest of the file says of a row with a quadratic part.
  struct Row {
    /// 1 for a row of type L, −1 for one of type G.
    let sense: Double?
    let isZeroSided: Bool
    let isLinearPartZero: Bool
  }

  private var entries: [Entry] = []
  private var coneOfVariable: [Int: Int] = [:]

  var isEmpty: Bool { entries.isEmpty }

  /// The rows of the file that are cones.
  var quadraticRows: Set<Int> {
    var rows: Set<Int> = []
    for case .row(let i) in entries.map(\.shape) { rows.insert(i) }
    return rows
  }

  /// Begins a cone; false if there is one of this shape or name already.
  mutating func begin(_ name: String, _ shape: Shape, line: Int) -> Bool {
    if case .row = shape {
      guard !entries.contains(where: { $0.shape == shape }) else { return false }
    } else {
      guard !entries.contains(where: { $0.name == name && !$0.isRow }) else { return false }
    }
    entries.append(Entry(name: name, line: line, shape: shape))
    return true
  }

  /// Adds a variable to the last cone; the name of the cone that has it already, if there is one.
  mutating func add(member j: Int) -> String? {
    if let other = coneOfVariable[j] { return entries[other].name }
    coneOfVariable[j] = entries.count - 1
    entries[entries.count - 1].members.append(j)
    return nil
  }

  /// Adds an element of Q to the last row.
  mutating func add(_ i: Int, _ j: Int, _ value: Double) {
    entries[entries.count - 1].quadratic.append(Triplet(row: i, column: j, value: value))
  }

  /// Adds the cones to a program, whose bounds are set.
  func add(
    to program: inout QuadraticProgram, names: NameTable, row: (Int) -> Row
  ) throws(QPSError) {
    guard !entries.isEmpty else { return }
    var triplets: [Triplet] = []
    var count = 0
    for entry in entries {
      let rows = try self.rows(of: entry, program, names, row)
      for (k, terms) in rows.enumerated() {
        for (j, value) in terms {
          triplets.append(Triplet(row: count + k, column: j, value: value))
        }
      }
      program.coneRows.append(count..<count + rows.count)
      count += rows.count
    }
    program.coneMatrix = SparseMatrix(
      rows: count, columns: program.variableCount, triplets: triplets)
    program.coneOffsets = [Double](repeating: 0, count: count)
    program.coneNames = entries.map(\.name)
  }

  /// The rows of F of one cone.
  private func rows(
    of entry: Entry, _ program: QuadraticProgram, _ names: NameTable, _ row: (Int) -> Row
  ) throws(QPSError) -> [[(Int, Double)]] {
    switch entry.shape {
    case .quadratic: return entry.members.map { [($0, 1)] }
    case .rotated:
      guard entry.members.count >= 2 else {
        throw QPSError(line: entry.line, field: entry.name, fault: .rotatedConeTooShort)
      }
      let (a, b) = (entry.members[0], entry.members[1])
      return [[(a, 1), (b, 1)], [(a, 1), (b, -1)]]
        + entry.members.dropFirst(2).map { [($0, 2.0.squareRoot())] }
    case .row(let i):
      return try rows(of: entry, row(i), program, names).map { [$0] }
    }
  }

  /// The one entry of each row of F of a row with a quadratic part.
  private func rows(
    of entry: Entry, _ row: Row, _ program: QuadraticProgram, _ names: NameTable
  ) throws(QPSError) -> [(Int, Double)] {
    func fail(_ reason: QPSError.NoCone) -> QPSError {
      QPSError(line: entry.line, field: entry.name, fault: .quadraticRow(reason))
    }
    guard let sense = row.sense else { throw fail(.rowType) }
    guard row.isZeroSided else { throw fail(.rightHandSide) }
    guard row.isLinearPartZero else { throw fail(.linearTerms) }
    let n = program.variableCount
    let Q = SparseMatrix(rows: n, columns: n, triplets: entry.quadratic)
    var diagonal: [(variable: Int, value: Double)] = []
    for j in 0..<n {
      for k in Q.entries(ofColumn: j) where Q.values[k] != 0 {
        let i = Int(Q.rowIndices[k])
        guard i == j else { throw fail(.offDiagonal(names[i], names[j])) }
        diagonal.append((j, sense * Q.values[k]))
      }
    }
    let heads = diagonal.filter { $0.value < 0 }
    guard heads.count == 1 else { throw fail(.negativeCount(heads.count)) }
    let head = heads[0]
    guard program.lowerBounds[head.variable] >= 0 else {
      throw fail(.headBound(names[head.variable]))
    }
    return [(head.variable, 1)]
      + diagonal.filter { $0.value > 0 }.map {
        ($0.variable, ($0.value / -head.value).squareRoot())
      }
  }
}
