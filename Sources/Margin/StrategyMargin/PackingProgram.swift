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
}

/// Branch and bound over linear relaxations.
///
/// A branch y_j ≥ k takes k columns out of what there is, y_j ≤ k is a row of its own, so that the
/// empty pairing is a first basis in every node and no node needs a first phase. A node's bound is
/// that of its multipliers, u, with what they leave unpaid charged at the most a column can count:
/// Σ u_i n_i + Σ_j (σ_j − u·a_j)⁺ max y_j. It holds for any u ≥ 0, however they were computed.
struct PackingSearch {
  private struct Node {
    /// Columns taken in advance.
    var taken: [Int: Int]
    /// Largest counts beyond those taken.
    var limits: [Int: Int]
    var bound: Double
  }

  let program: PackingProgram
  private let order: [Int]
  private var best: [Int]
  private var value = 0.0

  init(_ program: PackingProgram) {
    self.program = program
    let columns = program.columns
    order = columns.indices.sorted {
      (columns[$1].saving, $0) < (columns[$0].saving, $1)
    }
    best = [Int](repeating: 0, count: columns.count)
  }

  /// - Parameter nodeLimit: After so many nodes the search ends with a bound above the value.
  mutating func solve(nodeLimit: Int = 20_000) -> PackingProgram.Solution {
    consider(taken: [:], left: program.capacity)
    var open = [Node(taken: [:], limits: [:], bound: .infinity)]
    var nodes = 0
    // Deepest first: the first leaves are near the relaxation, which is nearly always integral.
    while let node = open.popLast() {
      if node.bound <= value + tolerance { continue }
      if nodes == nodeLimit {
        open.append(node)
        break
      }
      nodes += 1
      branch(node, into: &open)
    }
    let bound = open.reduce(value) { max($0, $1.bound) }
    return .init(counts: best, value: value, bound: bound, nodes: nodes)
  }

  private var tolerance: Double { 1e-11 * max(1, value) }

  private mutating func branch(_ node: Node, into open: inout [Node]) {
    var left = program.capacity
    var saved = 0.0
    for (j, count) in node.taken {
      for entry in program.columns[j].entries { left[entry.row] -= entry.units * count }
      saved += program.columns[j].saving * Double(count)
    }
    guard left.allSatisfy({ $0 >= 0 }) else { return }
    var simplex = PackingSimplex(program, capacity: left, limits: node.limits)
    let relaxed = simplex.solve()
    let bound = min(node.bound, saved + relaxed.bound)
    if bound <= value + tolerance { return }
    var taken = node.taken
    var rest = left
    var fractional: (column: Int, value: Double)?
    var depth = 0.0
    for (j, y) in relaxed.counts {
      let whole = Int((y + 1e-7).rounded(.down))
      if whole > 0 {
        taken[j, default: 0] += whole
        for entry in program.columns[j].entries { rest[entry.row] -= entry.units * whole }
      }
      let fraction = y - y.rounded(.down)
      let score = min(fraction, 1 - fraction) * program.columns[j].saving
      if min(fraction, 1 - fraction) > 1e-7, score > depth {
        (depth, fractional) = (score, (j, y))
      }
    }
    if rest.allSatisfy({ $0 >= 0 }) { consider(taken: taken, left: rest) }
    guard let (j, y) = fractional, bound > value + tolerance else { return }
    let floor = Int(y.rounded(.down))
    var below = Node(taken: node.taken, limits: node.limits, bound: bound)
    below.limits[j] = floor
    var above = Node(taken: node.taken, limits: node.limits, bound: bound)
    above.taken[j, default: 0] += floor + 1
    if let limit = above.limits[j] { above.limits[j] = limit - floor - 1 }
    open += [below, above]
  }

  /// Completes counts greedily and keeps them if they are the best so far.
  private mutating func consider(taken: [Int: Int], left: [Int]) {
    let rest = program.greedy(left, among: order)
    let saved = taken.reduce(rest.value) { $0 + program.columns[$1.key].saving * Double($1.value) }
    guard saved > value else { return }
    var counts = [Int](repeating: 0, count: program.columns.count)
    for (j, count) in taken { counts[j] += count }
    for (j, count) in rest.counts { counts[j] += count }
    // In the order of the columns: a dictionary's own differs from run to run.
    value = zip(program.columns, counts).reduce(0) { $0 + $1.0.saving * Double($1.1) }
    best = counts
  }
}
