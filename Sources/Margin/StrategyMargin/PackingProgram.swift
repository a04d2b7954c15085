/// An integer packing program: the counts y ≥ 0 of columns that save the most, Σ σ_j y_j, where the
/// units that they use, Σ a_j y_j, are at most what there is.
///
/// It is the pairing of legs into strategies (Rudd and Schroeder 1982 for pairs of legs, Coffman,
/// Matsypura and Timkovsky 2010 for up to four): legs are rows, strategies columns.
struct PackingProgram {
  struct Column {
    var saving: Double
    /// Rows, each with the units of it that one column uses.
    var entries: [(row: Int, units: Int)]
  }

  struct Solution {
    /// Of each column.
    var counts: [Int]
    var value: Double
    /// No counts save more; from multipliers of the rows, by weak duality.
    var bound: Double
    var nodes: Int
  }

  var columns: [Column]
  var capacity: [Int]

  /// How often a column fits into what is left.
  func room(for column: Column, in left: [Int]) -> Int {
    column.entries.reduce(Int.max) { min($0, left[$1.row] / $1.units) }
  }

  /// The column that saves most first, as often as it fits, then the next.
  func greedy(_ left: [Int], among order: [Int]) -> (
    counts: [(column: Int, count: Int)], value: Double
  ) {
    var left = left
    var counts: [(column: Int, count: Int)] = []
    var value = 0.0
    for j in order {
      let count = room(for: columns[j], in: left)
      guard count > 0 else { continue }
      for entry in columns[j].entries { left[entry.row] -= entry.units * count }
      counts.append((j, count))
      value += columns[j].saving * Double(count)
    }
    return (counts, value)
  }

  /// The columns from the largest saving down.
  var bySaving: [Int] {
    columns.indices.sorted { (columns[$1].saving, $0) < (columns[$0].saving, $1) }
  }

  /// Drops rows from a number on that counts leave slack.
  mutating func dropSlackRows(from first: Int, at counts: [(column: Int, value: Double)]) {
    var left = capacity.map(Double.init)
    for (j, count) in counts {
      for entry in columns[j].entries { left[entry.row] -= Double(entry.units) * count }
    }
    let kept = capacity.indices.filter { $0 < first || left[$0] < 1e-6 }
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    capacity = kept.map { capacity[$0] }
    for j in columns.indices {
      columns[j].entries = columns[j].entries.compactMap { entry in
        places[entry.row].map { ($0, entry.units) }
      }
    }
  }

  /// Adds rows that every solution keeps.
  mutating func add(_ cuts: [PackingCuts.Cut]) {
    for cut in cuts {
      for (j, units) in cut.entries {
        columns[j].entries.append((capacity.count, units))
      }
      capacity.append(cut.capacity)
    }
  }
}
