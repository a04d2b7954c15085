internal import LinearAlgebra

/// Reductions of a program before the interior point method, each with its way back.
///
/// The rules are those of E. D. Andersen, K. D. Andersen, "Presolving in linear programming",
/// Mathematical Programming 71 (1995), with a quadratic cost as in C. Mészáros, U. H. Suhl, "Advanced
/// preprocessing techniques for linear and quadratic programming", OR Spectrum 25 (2003). They repeat
/// until nothing changes. Bounds are tightened by rows of one variable only: bounds derived from the
/// activity of longer rows serve to remove rows and variables and are not kept, as a multiplier of
/// theirs would have to be spread over the row.
///
/// Rows are those of A, then those of G, as two-sided rows l ≤ Ax ≤ u in the units of the program. The
/// variables removed from a row add up in `offset`, so that sides never lose digits. A variable in a
/// cone, and every variable of a dense P, is *pinned*: it may get bounds but stays.
///
/// A removal scans its row or column; the work is limited to a multiple of the entries.
struct Presolve: ~Copyable {
  let problem: QuadraticProgram
  let equalityCount: Int
  /// The rows of A and G by columns, and by rows (a column of `transposed` is a row).
  let matrix: SparseMatrix
  let transposed: SparseMatrix
  /// P where it is sparse.
  let cost: SparseMatrix?
  let isPinned: [Bool]

  var lower: [Double]
  var upper: [Double]
  var rowLower: [Double]
  var rowUpper: [Double]
  /// Σ aᵢⱼxⱼ over the removed variables of each row, and the sum of their magnitudes.
  var offset: [CompensatedSum]
  var offsetSize: [Double]
  /// c with what removed variables add, and the sum of the magnitudes of its terms.
  var linearCost: [CompensatedSum]
  var costSize: [Double]

  var isColumnAlive: [Bool]
  var isRowAlive: [Bool]
  /// Entries of living variables in each row, of living rows in each column, of living variables in
  /// each column of P.
  var rowCount: [Int32]
  var columnCount: [Int32]
  var costCount: [Int32]
  /// The value of each fixed variable.
  var fixedValues: [Double]
  /// The part τᵢ of the multiplier of each row that a substituted variable put into the cost.
  var shift: [Double]
  var isAbsorbed: [Bool]

  /// Variables with equal bounds and rows without sides in the program as given, which the interior
  /// point method leaves out by itself.
  let idleCount: Int
  /// Whether a variable with a quadratic cost left that may show that P is not semidefinite.
  var hidesCurvature = false

  var steps: [PresolveStep] = []
  var report = PresolveReport()
  /// A conclusion that ends the presolve.
  var conclusion: Conclusion?

  private var rowQueue: [Int32]
  private var columnQueue: [Int32]
  private var isRowQueued: [Bool]
  private var isColumnQueued: [Bool]
  private var work = 0

  /// What the reductions found out about the whole program, in terms of the present one.
  enum Conclusion {
    /// Multipliers of rows and of bounds that contradict each other.
    case infeasible(rows: [(Int, Double)], bounds: [(Int, Double)])
    /// A variable that falls (−1) or rises (1) without limit, to an advantage.
    case unbounded(variable: Int, direction: Double)
    /// Data on the border of infeasibility: the program is better solved as it was given.
    case abandoned
  }

  /// The share of a row's size below which a difference is taken as rounding, and that above which
  /// it is taken as real.
  static let rounding = 1e-13
  static let violation = 1e-9
  /// The most entries read, as a multiple of those of the program.
  static let workRatio = 20
  /// Rounds of the reductions that look at the whole program.
  static let roundLimit = 8

  init(_ problem: QuadraticProgram) {
    self.problem = problem
    equalityCount = problem.equalityCount
    matrix = problem.equalityMatrix.appendingRows(of: problem.inequalityMatrix)
    transposed = matrix.transposed
    let (n, m) = (matrix.columns, matrix.rows)
    var isPinned = [Bool](repeating: false, count: n)
    switch problem.quadraticCost {
    case .dense:
      cost = nil
      isPinned = [Bool](repeating: true, count: n)
    case .sparse(let P): cost = P
    case nil: cost = nil
    }
    if problem.coneRowCount > 0 {
      for j in 0..<n where !problem.coneMatrix.entries(ofColumn: j).isEmpty { isPinned[j] = true }
    }
    self.isPinned = isPinned
    lower = problem.lowerBounds
    upper = problem.upperBounds
    rowLower = problem.equalityValues + problem.inequalityLower
    rowUpper = problem.equalityValues + problem.inequalityUpper
    idleCount =
      (0..<n).reduce(0) { [lower, upper] in $0 + (lower[$1] == upper[$1] ? 1 : 0) }
      + (0..<m).reduce(0) { [rowLower, rowUpper] in
        $0 + (rowLower[$1] == -.infinity && rowUpper[$1] == .infinity ? 1 : 0)
      }
    offset = [CompensatedSum](repeating: CompensatedSum(), count: m)
    offsetSize = [Double](repeating: 0, count: m)
    linearCost = problem.linearCost.map {
      var sum = CompensatedSum()
      sum.add($0)
      return sum
    }
    costSize = problem.linearCost.map(abs)
    isColumnAlive = [Bool](repeating: true, count: n)
    isRowAlive = [Bool](repeating: true, count: m)
    rowCount = transposed.nonzeroCounts
    columnCount = matrix.nonzeroCounts
    costCount = cost?.nonzeroCounts ?? [Int32](repeating: 0, count: n)
    fixedValues = [Double](repeating: 0, count: n)
    shift = [Double](repeating: 0, count: m)
    isAbsorbed = [Bool](repeating: false, count: m)
    rowQueue = (0..<m).map(Int32.init)
    columnQueue = (0..<n).map(Int32.init)
    isRowQueued = [Bool](repeating: true, count: m)
    isColumnQueued = [Bool](repeating: true, count: n)
  }

  /// Whether the program lost enough, a hundredth of its rows and variables, to be solved in its place.
  ///
  /// What the interior point method leaves out by itself does not count. Nor does a substituted slack:
  /// a row of two sides is as much work as an equality with a bounded variable; where the row goes too,
  /// that counts.
  var isWorthwhile: Bool {
    let count =
      report.removedVariables + report.removedRows - report.slackVariables - idleCount
    return Double(count) >= max(1, 0.01 * Double(matrix.columns + matrix.rows))
  }

  /// Reduces until nothing changes, a conclusion is reached or the work is spent.
  mutating func run() {
    for _ in 0..<Self.roundLimit {
      drainQueues()
      guard conclusion == nil, work <= workLimit else { return }
      mergeParallelRows()
      guard conclusion == nil else { return }
      fixDominatedColumns()
      if rowQueue.isEmpty && columnQueue.isEmpty { return }
    }
  }

  private var workLimit: Int {
    Self.workRatio * (matrix.entryCount + (cost?.entryCount ?? 0) + matrix.rows + matrix.columns)
  }

  private mutating func drainQueues() {
    while !(rowQueue.isEmpty && columnQueue.isEmpty), work <= workLimit {
      let rows = rowQueue
      rowQueue.removeAll(keepingCapacity: true)
      for i in rows {
        isRowQueued[Int(i)] = false
        reduceRow(Int(i))
        if conclusion != nil { return }
      }
      let columns = columnQueue
      columnQueue.removeAll(keepingCapacity: true)
      for j in columns {
        isColumnQueued[Int(j)] = false
        reduceColumn(Int(j))
        if conclusion != nil { return }
      }
    }
  }

  private mutating func reduceRow(_ i: Int) {
    guard isRowAlive[i] else { return }
    work += transposed.entries(ofColumn: i).count + 1
    if rowLower[i] == -.infinity && rowUpper[i] == .infinity {
      remove(row: i)
      report.emptyRows += 1
      return
    }
    switch rowCount[i] {
    case 0: checkEmptyRow(i)
    case 1: turnIntoBound(i)
    default: compareWithActivity(i)
    }
  }

  private mutating func reduceColumn(_ j: Int) {
    guard isColumnAlive[j], !isPinned[j] else { return }
    work += matrix.entries(ofColumn: j).count + 1
    if lower[j] == upper[j] {
      fix(j, at: lower[j])
      report.fixedVariables += 1
      return
    }
    if columnCount[j] == 0, costCount[j] <= 1 {
      solveAlone(j)
    } else if costCount[j] == 0, !fixBySigns(j), columnCount[j] == 1 {
      absorbSlack(j)
    }
  }
}

extension Presolve {
  mutating func touch(row i: Int) {
    guard isRowAlive[i], !isRowQueued[i] else { return }
    isRowQueued[i] = true
    rowQueue.append(Int32(i))
  }

  mutating func touch(column j: Int) {
    guard isColumnAlive[j], !isColumnQueued[j] else { return }
    isColumnQueued[j] = true
    columnQueue.append(Int32(j))
  }

  mutating func touch(columnsOfRow i: Int) {
    work += transposed.entries(ofColumn: i).count
    for k in transposed.entries(ofColumn: i) { touch(column: Int(transposed.rowIndices[k])) }
  }

  mutating func touch(rowsOfColumn j: Int) {
    work += matrix.entries(ofColumn: j).count
    for k in matrix.entries(ofColumn: j) { touch(row: Int(matrix.rowIndices[k])) }
  }

  /// Removes a row whose multiplier is zero, or is found on the way back.
  mutating func remove(row i: Int) {
    isRowAlive[i] = false
    for k in transposed.entries(ofColumn: i) where transposed.values[k] != 0 {
      let j = Int(transposed.rowIndices[k])
      columnCount[j] -= 1
      touch(column: j)
    }
  }

  /// Removes a variable whose value is known; its bounds' multiplier is what stationarity leaves.
  mutating func fix(_ j: Int, at value: Double) {
    isColumnAlive[j] = false
    fixedValues[j] = value
    for k in matrix.entries(ofColumn: j) where matrix.values[k] != 0 {
      let i = Int(matrix.rowIndices[k])
      guard isRowAlive[i] else { continue }
      offset[i].add(matrix.values[k], times: value)
      offsetSize[i] += abs(matrix.values[k] * value)
      rowCount[i] -= 1
      touch(row: i)
    }
    if let cost {
      let wasFixed = problem.lowerBounds[j] == problem.upperBounds[j]
      for k in cost.entries(ofColumn: j) where cost.values[k] != 0 {
        let i = Int(cost.rowIndices[k])
        if !wasFixed, i != j || cost.values[k] < 0 { hidesCurvature = true }
        guard isColumnAlive[i] else { continue }
        linearCost[i].add(cost.values[k], times: value)
        costSize[i] += abs(cost.values[k] * value)
        costCount[i] -= 1
        touch(column: i)
      }
    }
    steps.append(.fixed(j))
  }

  /// The sides of what is left of a row.
  func sides(ofRow i: Int) -> (lower: Double, upper: Double) {
    let moved = offset[i].value
    return (rowLower[i] - moved, rowUpper[i] - moved)
  }

  /// The cost of a variable; what is rounding of its terms counts as zero.
  func presentCost(_ j: Int) -> Double {
    let value = linearCost[j].value
    return abs(value) <= 1e-15 * costSize[j] ? 0 : value
  }

  func isEquality(_ i: Int) -> Bool { rowLower[i] == rowUpper[i] }

  mutating func countWork(_ entries: Int) { work += entries }
}

extension SparseMatrix {
  /// The number of nonzero entries of each column.
  fileprivate var nonzeroCounts: [Int32] {
    (0..<columns).map { j in
      entries(ofColumn: j).reduce(Int32(0)) { $0 + (values[$1] == 0 ? 0 : 1) }
    }
  }
}
