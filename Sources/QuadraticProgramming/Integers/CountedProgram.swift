internal import LinearAlgebra

/// A program whose binaries only count the variables that are not zero, without those binaries:
///
///     −lᵢ bᵢ ≤ hᵢ ≤ uᵢ bᵢ,   Σ bᵢ ≤ k   ⟶   −lᵢ ≤ hᵢ ≤ uᵢ,  at most k of the hᵢ not zero.
///
/// It is the same program where the bᵢ cost nothing and stand in no other row.
struct CountedProgram {
  let program: MixedIntegerProgram
  /// The variables that remain, ascending.
  let kept: [Int]
  private let links: [Link]
  private let variableCount: Int
  /// The least number of binaries that must be one.
  private let least: Int

  /// A binary, the variable that it lets differ from zero, and how far.
  private struct Link {
    let binary: Int
    let variable: Int
    var lower: Double?
    var upper: Double?
  }

  /// Nil where the program has another structure.
  init?(_ source: QuadraticProgram) {
    guard source.isDiscrete, source.inequalityBlocks.isEmpty,
      let form = Self.recognise(source)
    else { return nil }
    let binaries = Set(form.links.map(\.binary))
    let n = source.variableCount
    variableCount = n
    links = form.links
    least = form.least
    kept = (0..<n).filter { !binaries.contains($0) }
    let whole = MixedIntegerProgram(source)
    let kept = kept
    var program = MixedIntegerProgram(
      quadraticCost: Matrix(rows: kept.count, columns: kept.count) {
        whole.quadraticCost[kept[$0], kept[$1]]
      }, linearCost: kept.map { whole.linearCost[$0] })
    program.objectiveConstant = whole.objectiveConstant
    // Rows of A first, as in the whole program.
    let others = form.otherRows
    if !others.isEmpty {
      program.constrain(
        Matrix(rows: others.count, columns: kept.count) { whole.rows[others[$0], kept[$1]] },
        atLeast: others.map { whole.rowLower[$0] }, atMost: others.map { whole.rowUpper[$0] })
    }
    var (lower, upper) = (whole.lowerBounds, whole.upperBounds)
    for link in links {
      lower[link.variable] = max(lower[link.variable], link.lower ?? -.infinity)
      upper[link.variable] = min(upper[link.variable], link.upper ?? .infinity)
    }
    program.bound(atLeast: kept.map { lower[$0] }, atMost: kept.map { upper[$0] })
    program.requireMinimumSizes(kept.map { whole.minimumSizes[$0] })
    program.requireLots(kept.map { whole.lots[$0] })
    let counted = Set(links.map(\.variable))
    program.limitNonzeros(
      among: kept.indices.filter { counted.contains(kept[$0]) }, to: form.limit)
    self.program = program
  }

  /// The point with its binaries: one for each variable that is not zero, and as many more as a
  /// lower side of the count asks for.
  func expand(_ x: [Double]) -> [Double] {
    var whole = [Double](repeating: 0, count: variableCount)
    for (value, j) in zip(x, kept) { whole[j] = value }
    var ones = 0
    for link in links where whole[link.variable] != 0 {
      whole[link.binary] = 1
      ones += 1
    }
    for link in links where ones < least && whole[link.binary] == 0 {
      whole[link.binary] = 1
      ones += 1
    }
    return whole
  }
}

extension CountedProgram {
  private struct Form {
    var links: [Link]
    var limit: Int
    var least: Int
    var otherRows: [Int]
  }

  /// One row as the recognition reads it.
  private struct Row {
    var entries: [(column: Int, value: Double)] = []
    var lower: Double
    var upper: Double
  }

  private static func recognise(_ source: QuadraticProgram) -> Form? {
    let isBinary = freeBinaries(of: source)
    var links: [Int: Link] = [:]
    var budget: Row?
    var others: [Int] = []
    for (i, row) in rows(of: source).enumerated() {
      let count = row.entries.count { isBinary[$0.column] }
      if count == 0 {
        others.append(i)
      } else if count == row.entries.count, budget == nil {
        budget = row
      } else if count == 1, row.entries.count == 2 {
        guard add(row, isBinary, to: &links) else { return nil }
      } else {
        return nil
      }
    }
    guard let budget, let range = counts(in: budget),
      Set(budget.entries.map(\.column)) == Set(links.keys),
      Set(links.values.map(\.variable)).count == links.count,
      links.values.allSatisfy({ holdsZero($0, of: source) })
    else { return nil }
    return Form(
      links: links.keys.sorted().compactMap { links[$0] }, limit: range.upperBound,
      least: range.lowerBound, otherRows: others)
  }

  /// Which variables are binary and without cost.
  private static func freeBinaries(of source: QuadraticProgram) -> [Bool] {
    var isFree = [Bool](repeating: false, count: source.variableCount)
    for j in source.integerVariables {
      isFree[j] =
        source.lowerBounds[j] == 0 && source.upperBounds[j] == 1 && source.linearCost[j] == 0
        && !source.semicontinuousVariables.contains(j)
    }
    if let cost = source.quadraticCost {
      for j in isFree.indices where isFree[j] {
        cost.forEachEntry(ofColumn: j) { _, value in if value != 0 { isFree[j] = false } }
      }
    }
    return isFree
  }

  /// The rows of A, then those of G, without zeros.
  private static func rows(of source: QuadraticProgram) -> [Row] {
    var rows =
      source.equalityValues.map { Row(lower: $0, upper: $0) }
      + zip(source.inequalityLower, source.inequalityUpper).map { Row(lower: $0, upper: $1) }
    for (matrix, first) in [
      (source.equalityMatrix, 0), (source.inequalityMatrix, source.equalityCount),
    ] {
      for j in 0..<matrix.columns {
        for k in matrix.entries(ofColumn: j) where matrix.values[k] != 0 {
          rows[first + Int(matrix.rowIndices[k])].entries.append((j, matrix.values[k]))
        }
      }
    }
    return rows
  }

  /// Reads a h + d b ≤ 0 or ≥ 0 as a link; false where it is none.
  private static func add(_ row: Row, _ isBinary: [Bool], to links: inout [Int: Link]) -> Bool {
    let place = isBinary[row.entries[0].column] ? 0 : 1
    let (b, h) = (row.entries[place], row.entries[1 - place])
    // h ≤ reach · b, or h ≥ reach · b.
    let reach = -b.value / h.value
    let isAbove: Bool
    switch (row.lower, row.upper) {
    case (-.infinity, 0): isAbove = h.value > 0
    case (0, .infinity): isAbove = h.value < 0
    default: return false
    }
    guard isAbove ? reach >= 0 : reach <= 0, reach.isFinite else { return false }
    var link = links[b.column] ?? Link(binary: b.column, variable: h.column)
    guard link.variable == h.column else { return false }
    if isAbove {
      link.upper = min(link.upper ?? .infinity, reach)
    } else {
      link.lower = max(link.lower ?? -.infinity, reach)
    }
    links[b.column] = link
    return true
  }

  /// The numbers of ones that a row a Σ b in its sides allows; nil where it is none such, or allows
  /// none.
  private static func counts(in row: Row) -> ClosedRange<Int>? {
    guard let a = row.entries.first?.value, row.entries.allSatisfy({ $0.value == a }) else {
      return nil
    }
    let sides = a > 0 ? (row.lower / a, row.upper / a) : (row.upper / a, row.lower / a)
    let count = Double(row.entries.count)
    let least = max(0, (sides.0 - 1e-9).rounded(.up))
    let limit = min(count, (sides.1 + 1e-9).rounded(.down))
    return least <= limit ? Int(least)...Int(limit) : nil
  }

  /// Whether b = 0 makes h zero, and h may be zero at all.
  private static func holdsZero(_ link: Link, of source: QuadraticProgram) -> Bool {
    let (l, u) = (source.lowerBounds[link.variable], source.upperBounds[link.variable])
    let isSemicontinuous = source.semicontinuousVariables.contains(link.variable)
    guard isSemicontinuous || (l <= 0 && u >= 0) else { return false }
    return (link.upper != nil || u <= 0) && (link.lower != nil || l >= 0)
  }
}
