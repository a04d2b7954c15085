/// Branch and bound over linear relaxations, after cuts and without columns that cannot matter.
///
/// At the root the relaxation gets cuts (``PackingCuts``) until none is violated. A column whose reduced cost
/// is more than what lies between the bound and the best counts so far is in no better solution, and is left
/// out: of thousands that many legs on one expiry can form, a few dozen stay.
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

  /// The program with cuts, and with those of its columns that may matter.
  private var program: PackingProgram
  /// The number of each column in the program as given.
  private var origin: [Int]
  private var order: [Int] = []
  private let given: PackingProgram
  private var best: [Int]
  private var value = 0.0

  init(_ program: PackingProgram) {
    (self.program, given) = (program, program)
    origin = Array(program.columns.indices)
    best = [Int](repeating: 0, count: program.columns.count)
    order = program.bySaving
  }

  /// - Parameter nodeLimit: After so many nodes the search ends with a bound above the value.
  mutating func solve(nodeLimit: Int = 20_000) -> PackingProgram.Solution {
    consider(taken: [:], left: program.capacity)
    var open = [Node(taken: [:], limits: [:], bound: strengthen())]
    var nodes = 1
    // The greatest bound first: no node is looked at that the proof could do without.
    while let place = open.indices.max(by: { (open[$0].bound, $1) < (open[$1].bound, $0) }) {
      let node = open[place]
      if node.bound <= value + tolerance || nodes >= nodeLimit { break }
      open.swapAt(place, open.count - 1)
      open.removeLast()
      nodes += 1
      branch(node, into: &open)
    }
    let bound = open.reduce(value) { max($0, $1.bound) }
    return .init(counts: best, value: value, bound: bound, nodes: nodes)
  }

  /// Adds cuts at the root and leaves out columns, as long as the bound falls; gives the root's bound.
  private mutating func strengthen() -> Double {
    var (bound, stalled) = (Double.infinity, 0)
    for _ in 0..<Self.roundsOfCuts {
      var simplex = PackingSimplex(program, capacity: program.capacity, limits: [:])
      let relaxed = simplex.solve()
      let falls = bound == .infinity || relaxed.bound < bound - 0.01 * (bound - value)
      stalled = falls ? 0 : stalled + 1
      bound = min(bound, relaxed.bound)
      round(relaxed.counts)
      let least = value + tolerance
      if bound <= least || stalled > 3 { return bound }
      let costs = simplex.reducedCosts()
      let counts = keep(relaxed.counts) { relaxed.bound - costs[$0] > least }
      program.dropSlackRows(from: given.capacity.count, at: counts)
      let cuts = PackingCuts(program, at: counts).cuts
      if cuts.isEmpty { return bound }
      program.add(cuts)
    }
    return bound
  }

  private static let roundsOfCuts = 60

  /// Leaves out columns; gives counts by the numbers of those that stay.
  private mutating func keep(
    _ counts: [(column: Int, value: Double)], where isKept: (Int) -> Bool
  ) -> [(column: Int, value: Double)] {
    let used = Set(counts.map(\.column))
    let kept = program.columns.indices.filter { used.contains($0) || isKept($0) }
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    program.columns = kept.map { program.columns[$0] }
    origin = kept.map { origin[$0] }
    order = program.bySaving
    return counts.map { (places[$0.column] ?? 0, $0.value) }
  }

  /// Whole counts from fractional ones: rounded down, and filled up greedily.
  private mutating func round(_ counts: [(column: Int, value: Double)]) {
    var (taken, left) = ([Int: Int](), program.capacity)
    for (j, y) in counts {
      let whole = Int((y + 1e-7).rounded(.down))
      if whole == 0 { continue }
      taken[j] = whole
      for entry in program.columns[j].entries { left[entry.row] -= entry.units * whole }
    }
    if left.allSatisfy({ $0 >= 0 }) { consider(taken: taken, left: left) }
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
    var counts = [Int](repeating: 0, count: given.columns.count)
    for (j, count) in taken { counts[origin[j]] += count }
    for (j, count) in rest.counts { counts[origin[j]] += count }
    // In the order of the columns: a dictionary's own differs from run to run.
    value = zip(given.columns, counts).reduce(0) { $0 + $1.0.saving * Double($1.1) }
    best = counts
  }
}
