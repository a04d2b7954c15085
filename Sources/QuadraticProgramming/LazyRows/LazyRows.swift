internal import LinearAlgebra

/// A program with many more rows than variables, solved on the few rows that matter.
///
/// A row of G may be left out together with its *slacks*: variables z ≥ 0 without upper bound or
/// quadratic cost, of cost ≥ 0, that occur in this row and otherwise only in kept rows, which they
/// only push towards their side (the z of an expected shortfall, and its limit). The program without
/// the row has the same solution as soon as the row holds at it with z = 0: its multiplier is zero,
/// and that of z ≥ 0 takes what stationarity asks for, which has the right sign. Among the
/// scenarios of an expected shortfall this leaves the tail; of a worst case, the worst.
struct LazyRows {
  /// Fewer rows than this are not worth it, nor are fewer than ``leastRatio`` per core variable.
  static let leastCount = 1000
  static let leastRatio = 10

  let problem: QuadraticProgram
  /// Whether a row of G may be left out.
  let isLazy: [Bool]
  let lazyCount: Int
  /// For every variable the lazy row whose slack it is, −1 for the core.
  let rowOfSlack: [Int]
  /// The number of variables of the core that occur in lazy rows.
  let coreCount: Int

  /// Nil where the program has no such form. O(entries of the sparse parts).
  init?(_ problem: QuadraticProgram) {
    let (n, m) = (problem.variableCount, problem.inequalityCount)
    guard m >= Self.leastCount else { return nil }
    let G = problem.inequalityMatrix
    let candidates = Self.candidates(problem)
    let fixed = candidates.reduce(0) { $0 + ($1 ? 0 : 1) }

    var counts = [Int](repeating: 0, count: m)
    for j in 0..<n where !candidates[j] {
      for k in G.entries(ofColumn: j) { counts[Int(G.rowIndices[k])] += 1 }
    }
    let least = max(2, fixed / 4)
    for block in problem.inequalityBlocks {
      for i in block.rows { counts[i] += max(block.columns.count, least) }
    }
    let isLazy = (0..<m).map { i in
      counts[i] >= least && problem.inequalityLower[i] < problem.inequalityUpper[i]
    }
    lazyCount = isLazy.reduce(0) { $0 + ($1 ? 1 : 0) }
    var rowOfSlack = [Int](repeating: -1, count: n)
    var inBlock = [Bool](repeating: false, count: n)
    for block in problem.inequalityBlocks { for j in block.columns { inBlock[j] = true } }
    var core = 0
    for j in 0..<n {
      if candidates[j], let row = Self.lazyRow(ofSlack: j, problem, isLazy) {
        rowOfSlack[j] = row
      } else if inBlock[j]
        || G.entries(ofColumn: j).contains(where: { isLazy[Int(G.rowIndices[$0])] })
      {
        core += 1
      }
    }
    guard lazyCount >= max(Self.leastCount, Self.leastRatio * core) else { return nil }
    (self.problem, self.isLazy, self.rowOfSlack) = (problem, isLazy, rowOfSlack)
    coreCount = core
  }

  /// The variables that could be slacks by all but their rows.
  private static func candidates(_ problem: QuadraticProgram) -> [Bool] {
    let n = problem.variableCount
    var result = (0..<n).map { j in
      let count = problem.inequalityMatrix.entries(ofColumn: j).count
      return (1...4).contains(count) && problem.equalityMatrix.entries(ofColumn: j).isEmpty
        && problem.linearCost[j] >= 0 && problem.lowerBounds[j] == 0
        && problem.upperBounds[j] == .infinity
    }
    for block in problem.inequalityBlocks { for j in block.columns { result[j] = false } }
    switch problem.quadraticCost {
    case .dense: result = [Bool](repeating: false, count: n)
    case .sparse(let P): for j in 0..<n where !P.entries(ofColumn: j).isEmpty { result[j] = false }
    case nil: break
    }
    return result
  }

  private static func lazyRow(
    ofSlack j: Int, _ problem: QuadraticProgram, _ isLazy: [Bool]
  ) -> Int? {
    var row: Int?
    for k in problem.inequalityMatrix.entries(ofColumn: j) {
      let i = Int(problem.inequalityMatrix.rowIndices[k])
      let value = problem.inequalityMatrix.values[k]
      if isLazy[i] {
        guard row == nil else { return nil }
        row = i
      } else {
        // A slack above zero must never help a kept row.
        let sideAhead = value > 0 ? problem.inequalityLower[i] : -problem.inequalityUpper[i]
        guard sideAhead == -.infinity else { return nil }
      }
    }
    return row
  }

  /// For every row the distance to its nearer side with all slacks at zero, negative beyond it.
  func margins(at x: [Double]) -> [Double] {
    let point = x.indices.map { rowOfSlack[$0] < 0 ? x[$0] : 0 }
    var values = problem.inequalityMatrix.multiplying(point)
    for block in problem.inequalityBlocks {
      let part = block.columns.map { point[$0] }
      values.withUnsafeMutableBufferPointer { values in
        block.matrix.elements.withUnsafeBufferPointer { elements in
          guard let y = values.baseAddress, let a = elements.baseAddress else { return }
          BLAS.gemv(
            m: block.matrix.rows, n: part.count, a, lda: block.matrix.rows, part, beta: 1,
            y + block.rows.lowerBound)
        }
      }
    }
    return values.indices.map { i in
      min(values[i] - problem.inequalityLower[i], problem.inequalityUpper[i] - values[i])
    }
  }
}
