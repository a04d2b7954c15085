/// Supernodes while they are being formed, in the columns of the analysis.
struct SupernodeDraft {
  struct Supernode {
    var columns: [Int32]
    /// The rows below the columns, increasing.
    var rows: [Int32]
    var parent = -1
    var isBatch = false
    /// The zeros stored among the entries, for the sake of dense blocks.
    var zeros = 0
  }

  private(set) var supernodes: [Supernode] = []
  /// The supernode that took the columns of each; −1 for those that are left.
  private(set) var absorbedBy: [Int] = []

  /// The fundamental supernodes: chains of only children whose patterns are nested.
  init(lower: SymmetricPattern, parents: [Int32], counts: [Int]) {
    let n = counts.count
    var childCounts = [Int32](repeating: 0, count: n)
    for parent in parents where parent != -1 { childCounts[Int(parent)] += 1 }
    var supernodeOf = [Int32](repeating: 0, count: n)
    for j in 0..<n {
      let extends =
        j > 0 && parents[j - 1] == j && counts[j - 1] == counts[j] + 1 && childCounts[j] == 1
      if extends {
        supernodes[supernodes.count - 1].columns.append(Int32(j))
      } else {
        supernodes.append(Supernode(columns: [Int32(j)], rows: []))
      }
      supernodeOf[j] = Int32(supernodes.count - 1)
    }
    absorbedBy = [Int](repeating: -1, count: supernodes.count)
    findRows(lower: lower, counts: counts, supernodeOf: supernodeOf)
  }

  /// The rows of a supernode are those of K in its columns and those of its children.
  private mutating func findRows(
    lower: SymmetricPattern, counts: [Int], supernodeOf: [Int32]
  ) {
    var seen = [Int32](repeating: -1, count: counts.count)
    var children = [[Int]](repeating: [], count: supernodes.count)
    for s in supernodes.indices {
      guard let first = supernodes[s].columns.first, let last = supernodes[s].columns.last else {
        continue
      }
      var rows: [Int32] = []
      rows.reserveCapacity(counts[Int(last)] - 1)
      for j in Int(first)...Int(last) {
        for k in lower.starts[j]..<lower.starts[j + 1] {
          let i = lower.rows[k]
          guard i > last, seen[Int(i)] != s else { continue }
          seen[Int(i)] = Int32(s)
          rows.append(i)
        }
      }
      let fromMatrix = rows.count
      for child in children[s] {
        for i in supernodes[child].rows where i > last && seen[Int(i)] != s {
          seen[Int(i)] = Int32(s)
          rows.append(i)
        }
      }
      if first != last || rows.count > fromMatrix { rows.sort() }
      supernodes[s].rows = rows
      guard let parent = rows.first.map({ Int(supernodeOf[Int($0)]) }) else { continue }
      supernodes[s].parent = parent
      children[parent].append(s)
    }
  }

  func survivor(of s: Int) -> Int {
    var s = s
    while absorbedBy[s] != -1 { s = absorbedBy[s] }
    return s
  }

  // MARK: Batches

  /// Joins single columns that have the same rows below. Their subtrees stay below the batch.
  mutating func formBatches() {
    var groups: [Int: [Int]] = [:]
    for s in supernodes.indices where supernodes[s].columns.count == 1 {
      var hasher = Hasher()
      hasher.combine(supernodes[s].rows)
      groups[hasher.finalize(), default: []].append(s)
    }
    // The hash differs from run to run; the order of the groups does not matter to the outcome.
    for group in groups.values where group.count > 1 { formBatches(among: group) }
  }

  private mutating func formBatches(among group: [Int]) {
    var remaining = group[...]
    while let first = remaining.first {
      // The last in postorder is the one that stays: its place is after all the subtrees.
      let same = remaining.filter { supernodes[$0].rows == supernodes[first].rows }
      if same.count > 1, let last = same.last {
        for s in same.dropLast() { absorbedBy[s] = last }
        supernodes[last].columns = same.flatMap { supernodes[$0].columns }
        supernodes[last].isBatch = true
      }
      let joined = Set(same)
      remaining = remaining.filter { !joined.contains($0) }[...]
    }
  }

  // MARK: Absorption

  /// Joins children to their parents where that stores few zeros.
  mutating func absorbChildren() {
    var children = [[Int]](repeating: [], count: supernodes.count)
    for s in supernodes.indices where absorbedBy[s] == -1 && supernodes[s].parent != -1 {
      children[survivor(of: supernodes[s].parent)].append(s)
    }
    for parent in supernodes.indices where absorbedBy[parent] == -1 {
      guard !supernodes[parent].isBatch else { continue }
      var leading: [Int32] = []
      // Children with the most rows share the most of them.
      let ordered = children[parent].sorted {
        (supernodes[$1].rows.count, $0) < (supernodes[$0].rows.count, $1)
      }
      for child in ordered where !supernodes[child].isBatch {
        guard let zeros = acceptableZeros(of: child, in: parent, absorbed: leading.count) else {
          continue
        }
        supernodes[parent].zeros = zeros
        leading += supernodes[child].columns
        absorbedBy[child] = parent
      }
      supernodes[parent].columns = leading + supernodes[parent].columns
    }
  }

  /// The zeros stored after the absorption, or nil where they are too many: a small front may
  /// waste much, a large one little.
  private func acceptableZeros(of child: Int, in parent: Int, absorbed: Int) -> Int? {
    let (c, p) = (supernodes[child], supernodes[parent])
    let (added, height) = (c.columns.count, p.rows.count)
    let width = p.columns.count + absorbed
    let zeros = p.zeros + c.zeros + added * (width + height - c.rows.count)
    let total = width + added
    let entries = total * (total + 1) / 2 + total * height
    let share = Double(zeros) / Double(entries)
    let limit: Double =
      switch total {
      case ...4: 1
      case ...16: 0.8
      case ...48: 0.5
      default: 0.2
      }
    return zeros == 0 || share < limit ? zeros : nil
  }
}
