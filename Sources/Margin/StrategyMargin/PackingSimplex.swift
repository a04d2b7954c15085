/// The linear relaxation of a packing program by the revised simplex method from the empty basis.
///
/// The inverse of the basis is kept densely: rows are the legs of one underlying, few, and columns
/// have at most four entries, so that a step is O(rows² + entries). Prices are Dantzig's, and
/// Bland's (1977) while steps do not move, which cannot cycle.
struct PackingSimplex {
  private let columns: [PackingProgram.Column]
  private let capacity: [Double]
  /// The row of a column whose count is limited; −1 for others.
  private let limitRow: [Int]
  private let rows: Int
  /// Row by row.
  private var inverse: [Double]
  /// The column in each row's place; `columns.count + i` is the slack of row i.
  private var basis: [Int]
  private var values: [Double]
  private var isBasic: [Bool]
  private var multipliers: [Double]

  init(_ program: PackingProgram, capacity: [Int], limits: [Int: Int]) {
    columns = program.columns
    var all = capacity.map(Double.init)
    var limitRow = [Int](repeating: -1, count: program.columns.count)
    for (j, limit) in limits.sorted(by: { $0.key < $1.key }) {
      limitRow[j] = all.count
      all.append(Double(limit))
    }
    self.capacity = all
    self.limitRow = limitRow
    rows = all.count
    inverse = [Double](repeating: 0, count: rows * rows)
    for i in 0..<rows { inverse[i * rows + i] = 1 }
    basis = (0..<rows).map { program.columns.count + $0 }
    values = all
    isBasic = [Bool](repeating: false, count: program.columns.count + rows)
    for i in basis { isBasic[i] = true }
    multipliers = [Double](repeating: 0, count: rows)
  }

  /// The counts that are not zero, by column, and a bound that holds by weak duality.
  mutating func solve() -> (counts: [(column: Int, value: Double)], bound: Double) {
    let scale = columns.reduce(1) { max($0, $1.saving) }
    var still = 0
    for _ in 0..<(50 * (rows + 10) + columns.count) {
      guard let entering = entering(above: 1e-11 * scale, first: still > 2 * rows) else { break }
      let direction = direction(of: entering)
      guard let row = leaving(along: direction) else { break }
      let step = values[row] / direction[row]
      still = step > 0 ? 0 : still + 1
      pivot(entering, row: row, direction: direction, step: step)
    }
    let counts = basis.indices.filter { basis[$0] < columns.count && values[$0] > 1e-9 }
      .map { (column: basis[$0], value: values[$0]) }.sorted { $0.column < $1.column }
    return (counts, bound())
  }

  /// What one more of each column would cost at the multipliers of the rows, taken to be at least zero, less
  /// what it saves: how far the bound falls at least if it is used.
  func reducedCosts() -> [Double] {
    columns.indices.map { j in
      var cost = -columns[j].saving
      for entry in columns[j].entries {
        cost += max(0, multipliers[entry.row]) * Double(entry.units)
      }
      return max(0, limitRow[j] >= 0 ? cost + max(0, multipliers[limitRow[j]]) : cost)
    }
  }

  private func reducedSaving(of j: Int) -> Double {
    if j >= columns.count { return -multipliers[j - columns.count] }
    var reduced = columns[j].saving
    for entry in columns[j].entries { reduced -= multipliers[entry.row] * Double(entry.units) }
    if limitRow[j] >= 0 { reduced -= multipliers[limitRow[j]] }
    return reduced
  }

  private func entering(above threshold: Double, first: Bool) -> Int? {
    var (best, largest) = (-1, threshold)
    for j in 0..<(columns.count + rows) where !isBasic[j] {
      let reduced = reducedSaving(of: j)
      if reduced > largest {
        if first { return j }
        (best, largest) = (j, reduced)
      }
    }
    return best < 0 ? nil : best
  }

  private func direction(of j: Int) -> [Double] {
    var direction = [Double](repeating: 0, count: rows)
    func add(_ row: Int, _ units: Double) {
      for i in 0..<rows { direction[i] += inverse[i * rows + row] * units }
    }
    if j >= columns.count {
      add(j - columns.count, 1)
    } else {
      for entry in columns[j].entries { add(entry.row, Double(entry.units)) }
      if limitRow[j] >= 0 { add(limitRow[j], 1) }
    }
    return direction
  }

  /// The row that ends the step, of the least index where several do.
  private func leaving(along direction: [Double]) -> Int? {
    var (best, least) = (-1, Double.infinity)
    for i in 0..<rows where direction[i] > 1e-9 {
      let ratio = values[i] / direction[i]
      if ratio < least - 1e-12 || (ratio <= least + 1e-12 && best >= 0 && basis[i] < basis[best]) {
        (best, least) = (i, min(ratio, least))
      }
    }
    return best < 0 ? nil : best
  }

  private mutating func pivot(_ j: Int, row: Int, direction: [Double], step: Double) {
    let price = reducedSaving(of: j) / direction[row]
    for k in 0..<rows { multipliers[k] += price * inverse[row * rows + k] }
    for k in 0..<rows { inverse[row * rows + k] /= direction[row] }
    for i in 0..<rows where i != row && direction[i] != 0 {
      for k in 0..<rows { inverse[i * rows + k] -= direction[i] * inverse[row * rows + k] }
      values[i] = max(0, values[i] - direction[i] * step)
    }
    values[row] = step
    isBasic[basis[row]] = false
    isBasic[j] = true
    basis[row] = j
  }

  /// Σ u n + Σ (σ − u·a)⁺ max y, for the multipliers u taken to be at least zero.
  private func bound() -> Double {
    let u = multipliers.map { max(0, $0) }
    var bound = zip(u, capacity).reduce(0) { $0 + $1.0 * $1.1 }
    for (j, column) in columns.enumerated() {
      var unpaid = column.saving
      var most = Double.infinity
      for entry in column.entries {
        unpaid -= u[entry.row] * Double(entry.units)
        most = min(most, capacity[entry.row] / Double(entry.units))
      }
      if limitRow[j] >= 0 {
        unpaid -= u[limitRow[j]]
        most = min(most, capacity[limitRow[j]])
      }
      if unpaid > 0 { bound += unpaid * most }
    }
    return bound
  }
}
