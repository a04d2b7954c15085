import LinearAlgebra
import QuadraticProgramming
import TestSupport

/// A program with a planted solution to which every reduction of a presolve applies somewhere.
///
/// Point, multipliers and sides are drawn first, in small whole numbers so that sides and activities
/// are exact; c = −(Px + Aᵀv + z) makes them optimal. Nothing here knows how a presolve works.
struct PlantedReductions {
  private(set) var problem = QuadraticProgram(linearCost: [])
  /// The optimal value, from the planted point.
  private(set) var objective = 0.0

  private var random: TestRandom
  private var x: [Double] = []
  private var z: [Double] = []
  private var lower: [Double] = []
  private var upper: [Double] = []
  private var rows: [Row] = []
  /// P = FᵀF; a row of F is one of these.
  private var factors: [[Int: Double]] = []

  struct Row {
    var entries: [Int: Double]
    var lower: Double
    var upper: Double
    /// The multiplier, positive on the upper side.
    var multiplier: Double
  }

  init(seed: UInt64) {
    random = TestRandom(seed: seed)
    let core = (0..<whole(2...7)).map { _ in addVariable() }
    for _ in 0..<whole(0...4) { factors.append(entries(over: core)) }
    for _ in 0..<whole(1...4) { addRow(entries(over: core)) }
    for _ in 0..<whole(1...10) {
      switch whole(0...9) {
      case 0: addFixed(core)
      case 1: addIsolated()
      case 2: addSingletonRow(core)
      case 3: addParallelRow()
      case 4: addRedundantRow(core)
      case 5: addForcingRow(core)
      case 6: addSignedColumn(core)
      case 7: addSlack(core)
      case 8: addDominatedColumn(core)
      default: addEmptyRow()
      }
    }
    build()
  }

  // MARK: Drawing

  private mutating func whole(_ range: ClosedRange<Int>) -> Int {
    .random(in: range, using: &random)
  }

  private mutating func chance(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &random) < probability
  }

  private mutating func nonzero() -> Double { Double(whole(1...3)) * (chance(0.5) ? 1 : -1) }

  private mutating func entries(over variables: [Int]) -> [Int: Double] {
    var result: [Int: Double] = [:]
    for j in variables where chance(0.6) { result[j] = nonzero() }
    if result.isEmpty { result[variables[whole(0...variables.count - 1)]] = nonzero() }
    return result
  }

  private func value(_ entries: [Int: Double]) -> Double {
    entries.reduce(0) { $0 + $1.value * x[$1.key] }
  }

  // MARK: Parts

  /// A variable within its bounds or, with a multiplier, at one of them.
  @discardableResult
  private mutating func addVariable(side: Int? = nil) -> Int {
    let value = Double(whole(-3...3))
    var (below, above, multiplier) = (Double(whole(1...4)), Double(whole(1...4)), 0.0)
    if chance(0.3) { below = .infinity }
    if chance(0.3) { above = .infinity }
    switch side ?? whole(-1...1) {
    case 1: (above, multiplier) = (0, Double(whole(0...3)))
    case -1: (below, multiplier) = (0, -Double(whole(0...3)))
    default: break
    }
    x.append(value)
    z.append(multiplier)
    lower.append(value - below)
    upper.append(value + above)
    return x.count - 1
  }

  /// A row that is an equality, or active on a side with a multiplier, or idle.
  private mutating func addRow(_ entries: [Int: Double]) {
    let value = value(entries)
    switch whole(0...3) {
    case 0: rows.append(Row(entries: entries, lower: value, upper: value, multiplier: nonzero()))
    case 1:
      rows.append(
        Row(
          entries: entries, lower: chance(0.5) ? -.infinity : value - 2, upper: value,
          multiplier: Double(whole(0...3))))
    case 2:
      rows.append(
        Row(
          entries: entries, lower: value, upper: chance(0.5) ? .infinity : value + 3,
          multiplier: -Double(whole(0...3))))
    default:
      rows.append(
        Row(entries: entries, lower: value - 1, upper: value + Double(whole(1...5)), multiplier: 0))
    }
  }

  private mutating func addFixed(_ core: [Int]) {
    let j = addVariable()
    (lower[j], upper[j], z[j]) = (x[j], x[j], nonzero())
    rows[whole(0...rows.count - 1)].add(j, nonzero(), x[j])
    if !factors.isEmpty { factors[whole(0...factors.count - 1)][j] = nonzero() }
  }

  private mutating func addIsolated() {
    let j = addVariable()
    if chance(0.5) { factors.append([j: nonzero()]) }
    // Without a cost that has a slope a variable inside its bounds has no multiplier either way.
  }

  private mutating func addSingletonRow(_ core: [Int]) {
    let j = core[whole(0...core.count - 1)]
    addRow([j: nonzero()])
    if chance(0.3) { addRow([j: nonzero()]) }
  }

  private mutating func addParallelRow() {
    let row = rows[whole(0...rows.count - 1)]
    guard row.entries.count > 1 else { return }
    let factor = nonzero()
    addRow(row.entries.mapValues { $0 * factor })
  }

  private mutating func addRedundantRow(_ core: [Int]) {
    let boxed = x.indices.filter { lower[$0] > -.infinity && upper[$0] < .infinity }
    guard boxed.count > 1 else { return }
    let entries = entries(over: boxed)
    let least = entries.reduce(0) { $0 + min($1.value * lower[$1.key], $1.value * upper[$1.key]) }
    let most = entries.reduce(0) { $0 + max($1.value * lower[$1.key], $1.value * upper[$1.key]) }
    rows.append(
      Row(
        entries: entries, lower: chance(0.5) ? least : -.infinity,
        upper: most + Double(whole(0...1)),
        multiplier: 0))
  }

  /// New variables at their bounds, and a row with its side where that puts it.
  private mutating func addForcingRow(_ core: [Int]) {
    let side = chance(0.5) ? 1.0 : -1.0
    var entries: [Int: Double] = [:]
    for _ in 0..<whole(2...4) {
      let a = nonzero()
      // Side 1: the least activity, variables of positive coefficients at their lower bound.
      let j = addVariable(side: side * a > 0 ? -1 : 1)
      entries[j] = a
      if chance(0.5) { rows[whole(0...rows.count - 1)].add(j, nonzero(), x[j]) }
      if chance(0.3), !factors.isEmpty { factors[whole(0...factors.count - 1)][j] = nonzero() }
    }
    let value = value(entries)
    let multiplier = side * Double(whole(0...3))
    let isEquality = chance(0.4)
    rows.append(
      Row(
        entries: entries, lower: side < 0 || isEquality ? value : value - 5,
        upper: side > 0 || isEquality ? value : value + 5, multiplier: multiplier))
  }

  /// A variable at its lower bound that no row keeps from falling, at a cost.
  private mutating func addSignedColumn(_ core: [Int]) {
    let j = addVariable(side: -1)
    z[j] = -20
    for _ in 0..<whole(1...2) {
      var entries = entries(over: core)
      entries[j] = Double(whole(1...2))
      let value = value(entries)
      rows.append(
        Row(entries: entries, lower: -.infinity, upper: value, multiplier: Double(whole(0...3))))
    }
  }

  /// An equality with a variable of its own, which may be free.
  private mutating func addSlack(_ core: [Int]) {
    let j = addVariable()
    if chance(0.4) { (lower[j], upper[j], z[j]) = (-.infinity, .infinity, 0) }
    var entries = entries(over: core)
    entries[j] = nonzero()
    let value = value(entries)
    // The cost of the slack follows from the multiplier, which is free.
    rows.append(
      Row(entries: entries, lower: value, upper: value, multiplier: Double(whole(-3...3))))
  }

  /// A row with a slack of limited price, and a variable too dear for any multiplier it may have.
  private mutating func addDominatedColumn(_ core: [Int]) {
    let slack = addVariable(side: -1)
    (upper[slack], z[slack]) = (.infinity, -1)
    let dear = addVariable(side: -1)
    z[dear] = -20
    var entries = entries(over: core)
    entries[slack] = 1
    entries[dear] = Double(whole(1...2))
    let value = value(entries)
    rows.append(
      Row(entries: entries, lower: value, upper: .infinity, multiplier: -Double(whole(0...2))))
  }

  private mutating func addEmptyRow() {
    rows.append(Row(entries: [:], lower: -1, upper: chance(0.5) ? 0 : .infinity, multiplier: 0))
  }

  // MARK: The program

  private mutating func build() {
    let n = x.count
    let F = Matrix(rows: factors.count, columns: n) { factors[$0][$1] ?? 0 }
    let P = F.transposed.timesTransposed()
    rows.shuffle(using: &random)
    let Px = P * x
    var c = (0..<n).map { -Px[$0] - z[$0] }
    for row in rows { for (j, a) in row.entries { c[j] -= a * row.multiplier } }
    problem =
      factors.isEmpty
      ? QuadraticProgram(linearCost: c)
      : QuadraticProgram(quadraticCost: SparseMatrix(P), linearCost: c)
    for row in rows {
      let matrix = Matrix(rows: 1, columns: n) { row.entries[$1] ?? 0 }
      if row.lower == row.upper, chance(0.7) {
        problem.constrain(matrix, equalTo: [row.lower])
      } else {
        problem.constrain(matrix, atLeast: [row.lower], atMost: [row.upper])
      }
    }
    problem.bound(atLeast: lower, atMost: upper)
    objective = zip(x, zip(c, Px)).reduce(0) { $0 + $1.0 * ($1.1.0 + 0.5 * $1.1.1) }
  }
}

extension PlantedReductions.Row {
  /// Adds a variable of the given value; the sides move with it.
  fileprivate mutating func add(_ j: Int, _ coefficient: Double, _ value: Double) {
    let old = entries[j] ?? 0
    entries[j] = coefficient
    lower += (coefficient - old) * value
    upper += (coefficient - old) * value
  }
}
