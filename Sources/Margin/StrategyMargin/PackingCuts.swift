/// Cuts of a packing program that fractional counts violate: half of a sum of rows, rounded down,
///
///     Σ_j ⌊½ Σ_{i ∈ S} a_ij⌋ y_j ≤ ⌊½ Σ_{i ∈ S} n_i⌋,
///
/// which whole counts keep (A. Caprara, M. Fischetti, "{0, 1/2}-Chvátal–Gomory cuts", 1996). With Σ n_i odd
/// it is violated where the slacks of the rows and the counts of columns with odd sums come to less than one.
/// Sets S are searched by elimination modulo 2 (A. Koster, A. Zymolka, M. Kutschka, "Algorithms to separate
/// {0, 1/2}-Chvátal–Gomory cuts", 2009): the columns of the largest counts are made even, each by the row of
/// the least slack that has it odd.
struct PackingCuts {
  struct Cut {
    var entries: [(column: Int, units: Int)]
    var capacity: Int
  }

  /// A sum of rows modulo 2.
  private struct Row {
    var members: Set<Int>
    /// Of the columns that have counts, those with an odd sum.
    var odd: Set<Int>
    var isCapacityOdd: Bool
    var slack: Double

    mutating func add(_ other: Row) {
      members.formSymmetricDifference(other.members)
      odd.formSymmetricDifference(other.odd)
      isCapacityOdd = isCapacityOdd != other.isCapacityOdd
      slack += other.slack
    }
  }

  private(set) var cuts: [Cut] = []
  private let program: PackingProgram
  /// By column that is used.
  private let counts: [Int: Double]

  init(_ program: PackingProgram, at counts: [(column: Int, value: Double)]) {
    self.program = program
    self.counts = Dictionary(uniqueKeysWithValues: counts.map { ($0.column, $0.value) })
    search()
  }

  private mutating func search() {
    var rows = tightRows()
    var found: [(members: Set<Int>, violation: Double)] = []
    var seen: Set<Set<Int>> = []
    func collect(_ rows: some Sequence<Row>) {
      for row in rows where row.isCapacityOdd && row.slack < 1 {
        let violation = 1 - row.slack - row.odd.reduce(0) { $0 + (counts[$1] ?? 0) }
        if violation > Self.leastViolation, seen.insert(row.members).inserted {
          found.append((row.members, violation))
        }
      }
    }
    collect(rows)
    for j in counts.keys.sorted(by: { (counts[$1] ?? 0, $0) < (counts[$0] ?? 0, $1) }) {
      guard
        let pivot = rows.indices.filter({ rows[$0].odd.contains(j) })
          .min(by: { (rows[$0].slack, $0) < (rows[$1].slack, $1) })
      else { continue }
      let row = rows.remove(at: pivot)
      let changed = rows.indices.filter { rows[$0].odd.contains(j) }
      for i in changed { rows[i].add(row) }
      collect(changed.lazy.map { rows[$0] })
    }
    // Sets in the order in which they came where violations are equal: the same in every run.
    let order = found.indices.sorted {
      (found[$1].violation, $0) < (found[$0].violation, $1)
    }
    cuts = order.prefix(Self.mostCuts).map { cut(of: found[$0].members) }
  }

  private static let leastViolation = 0.02
  private static let mostCuts = 20

  private func tightRows() -> [Row] {
    var used = [Double](repeating: 0, count: program.capacity.count)
    var odd = [Set<Int>](repeating: [], count: program.capacity.count)
    for (j, count) in counts {
      for entry in program.columns[j].entries {
        used[entry.row] += Double(entry.units) * count
        if entry.units % 2 == 1 { odd[entry.row].insert(j) }
      }
    }
    return program.capacity.indices.compactMap { i in
      let slack = max(0, Double(program.capacity[i]) - used[i])
      guard slack < 1 else { return nil }
      return Row(
        members: [i], odd: odd[i], isCapacityOdd: program.capacity[i] % 2 == 1, slack: slack)
    }
  }

  private func cut(of members: Set<Int>) -> Cut {
    var isMember = [Bool](repeating: false, count: program.capacity.count)
    for i in members { isMember[i] = true }
    let entries = program.columns.enumerated().compactMap { j, column -> (Int, Int)? in
      let sum = column.entries.reduce(0) { $0 + (isMember[$1.row] ? $1.units : 0) }
      return sum >= 2 ? (j, sum / 2) : nil
    }
    return Cut(entries: entries, capacity: members.reduce(0) { $0 + program.capacity[$1] } / 2)
  }
}
