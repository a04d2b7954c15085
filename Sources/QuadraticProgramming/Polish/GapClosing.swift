internal import LinearAlgebra

/// The change of a candidate that closes its gap and disturbs its other conditions least.
struct GapClosing {
  /// The change with the least disturbance, of those below the limit; nil where there is none.
  private(set) var best: Candidate?
  private var disturbance: Double

  private let problem: QuadraticProgram
  private let candidate: Candidate
  private let gap: Double
  /// Whether variables with a quadratic cost stay as they are.
  private let isCostSpared: Bool

  /// A number of the candidate, what one unit of it moves the gap by, and the largest entry with which
  /// it appears in the other conditions.
  private struct Lever {
    let value: Double
    let slope: Double
    let entries: Double

    /// The value that closes a gap, and how much that disturbs: by the change, and by its last digit.
    func closing(_ gap: Double) -> (value: Double, disturbance: Double)? {
      guard slope.isFinite, slope != 0, entries > 0 else { return nil }
      let new = value - gap / slope
      guard new != value else { return nil }
      return (new, max(abs(new - value) * entries, abs(new.ulp * slope)))
    }
  }

  init(
    _ problem: QuadraticProgram, _ candidate: Candidate, closing gap: Double,
    disturbingAtMost limit: Double, sparingCost: Bool
  ) {
    (self.problem, self.candidate, self.gap) = (problem, candidate, gap)
    isCostSpared = sparingCost
    disturbance = limit
    considerMultipliers()
    considerVariables()
  }

  private mutating func considerMultipliers() {
    let duals = candidate.duals
    consider(\.bounds, duals.bounds, problem.lowerBounds, problem.upperBounds, nil)
    consider(
      \.equality, duals.equality, problem.equalityValues, problem.equalityValues,
      problem.equalityMatrix)
    consider(
      \.inequality, duals.inequality, problem.inequalityLower, problem.inequalityUpper,
      problem.inequalityMatrix)
  }

  private mutating func consider(
    _ part: WritableKeyPath<Duals, [Double]>, _ multipliers: [Double], _ lower: [Double],
    _ upper: [Double], _ matrix: SparseMatrix?
  ) {
    let norms = matrix?.rowNorms
    for (i, multiplier) in multipliers.enumerated() where multiplier != 0 {
      let lever = Lever(
        value: multiplier, slope: multiplier > 0 ? upper[i] : lower[i], entries: norms?[i] ?? 1)
      guard let (new, found) = lever.closing(gap), new * multiplier > 0, found < 0.5 * disturbance
      else { continue }
      disturbance = found
      var changed = candidate
      changed.duals[keyPath: part][i] = new
      best = changed
    }
  }

  /// Single variables, and all of them along the slope of the gap.
  private mutating func considerVariables() {
    let (x, n) = (candidate.x, problem.variableCount)
    guard problem.inequalityBlocks.isEmpty else { return }
    let Px = problem.costProduct(x)
    let slope = (0..<n).map { 2 * Px[$0] + problem.linearCost[$0] }
    var norms = problem.equalityMatrix.columnNorms
    for matrix in [problem.inequalityMatrix, problem.coneMatrix] + problem.sparseCost {
      for (j, norm) in matrix.columnNorms.enumerated() { norms[j] = max(norms[j], norm) }
    }
    guard norms.count == n else { return }
    func isInside(_ j: Int, _ value: Double) -> Bool {
      !(isCostSpared && problem.hasQuadraticCost(of: j))
        && problem.lowerBounds[j] < x[j] && x[j] < problem.upperBounds[j]
        && problem.lowerBounds[j] <= value && value <= problem.upperBounds[j]
    }
    for j in 0..<n {
      let lever = Lever(value: x[j], slope: slope[j], entries: norms[j])
      guard let (new, found) = lever.closing(gap), isInside(j, new), found < 0.5 * disturbance
      else { continue }
      disturbance = found
      best = candidate
      best?.x[j] = new
    }
    let square = (0..<n).reduce(0.0) { $0 + (isInside($1, x[$1]) ? slope[$1] * slope[$1] : 0) }
    guard square > 0 else { return }
    let t = gap / square
    var spread = candidate
    for j in 0..<n where isInside(j, x[j] - t * slope[j]) { spread.x[j] -= t * slope[j] }
    let change = zip(spread.x, x).map { $0 - $1 }
    // Where the digits of x are too coarse for its parts, the change does not come about.
    let closed = zip(change, slope).reduce(0.0) { $0 - $1.0 * $1.1 }
    guard abs(closed - gap) < 0.5 * abs(gap) else { return }
    var moved = 0.0
    for matrix in [problem.equalityMatrix, problem.inequalityMatrix, problem.coneMatrix]
      + problem.sparseCost
    {
      moved = matrix.multiplying(change).reduce(moved) { max($0, abs($1)) }
    }
    if moved > 0, moved < 0.5 * disturbance { best = spread }
  }
}

extension QuadraticProgram {
  fileprivate func hasQuadraticCost(of j: Int) -> Bool {
    switch quadraticCost {
    case .dense: true
    case .sparse(let matrix): !matrix.entries(ofColumn: j).isEmpty
    case nil: false
    }
  }

  /// P where it is sparse.
  fileprivate var sparseCost: [SparseMatrix] {
    if case .sparse(let matrix) = quadraticCost { return [matrix] }
    return []
  }
}

extension SparseMatrix {
  /// The largest magnitude in each row.
  fileprivate var rowNorms: [Double] {
    var norms = [Double](repeating: 0, count: rows)
    for (k, i) in rowIndices.enumerated() { norms[Int(i)] = max(norms[Int(i)], abs(values[k])) }
    return norms
  }

  /// The largest magnitude in each column.
  fileprivate var columnNorms: [Double] {
    (0..<columns).map { j in entries(ofColumn: j).reduce(0) { max($0, abs(values[$1])) } }
  }
}
