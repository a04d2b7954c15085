/// A violated constraint.
struct Violation {
  /// The variable of a bound, or n + the row.
  let index: Int
  /// By how much its value exceeds the upper side (positive) or falls short of the lower (negative).
  let excess: Double
  let isEquality: Bool
}

/// The rows that are looked at in each step, where there are many.
struct ViolationPool {
  let indices: UnsafeMutablePointer<Int32>
  let scores: UnsafeMutablePointer<Double>
  var count = 0
}

extension DualActiveSet {
  /// The constraint outside the working set that is violated most, in units of its normal's length;
  /// equalities first.
  func mostViolated(_ p: ProgramView) -> Violation? {
    var search = Search(size: Kernel.largest(p.n, x))
    for j in 0..<p.n where mark[j] == 0 {
      search.consider(j, x[j], p.lower[j], p.upper[j], norm: 1)
    }
    if isPooled(p) {
      for k in 0..<pool.count {
        let i = Int(pool.indices[k])
        guard mark[p.n + i] == 0 else { continue }
        search.consider(
          p.n + i, Kernel.dot(p.n, p.row(i), x), p.rowLower[i], p.rowUpper[i], norm: rowNorm[i])
      }
      if search.found == nil {
        refillPool(p)
        for k in 0..<pool.count {
          let i = Int(pool.indices[k])
          search.consider(p.n + i, values[i], p.rowLower[i], p.rowUpper[i], norm: rowNorm[i])
        }
      }
    } else {
      p.rowValues(x, into: values)
      for i in 0..<p.m where mark[p.n + i] == 0 {
        search.consider(p.n + i, values[i], p.rowLower[i], p.rowUpper[i], norm: rowNorm[i])
      }
    }
    return search.found
  }

  private func isPooled(_ p: ProgramView) -> Bool { p.m > 2 * p.n + 50 }

  /// One product with all rows; the most violated become the pool.
  private func refillPool(_ p: ProgramView) {
    p.rowValues(x, into: values)
    let size = Kernel.largest(p.n, x)
    var count = 0
    for i in 0..<p.m where mark[p.n + i] == 0 {
      var search = Search(size: size)
      search.consider(p.n + i, values[i], p.rowLower[i], p.rowUpper[i], norm: rowNorm[i])
      if search.found != nil {
        pool.indices[count] = Int32(i)
        pool.scores[i] = search.score
        count += 1
      }
    }
    let most = max(16, p.n / 2)
    if count > most {
      let scores = pool.scores
      var candidates = UnsafeMutableBufferPointer(start: pool.indices, count: count)
      candidates.sort {
        (scores[Int($0)], $1) > (scores[Int($1)], $0)
      }
      count = most
    }
    pool.count = count
  }

  /// The largest violation seen so far.
  private struct Search {
    let size: Double
    var score = 0.0
    var found: Violation?

    init(size: Double) { self.size = size }

    @inline(__always)
    mutating func consider(
      _ index: Int, _ value: Double, _ lower: Double, _ upper: Double, norm: Double
    ) {
      let excess = value > upper ? value - upper : value - lower
      guard value > upper || value < lower else { return }
      let side = value > upper ? upper : lower
      guard abs(excess) > 1e-12 * (1 + abs(side)) + 1e-14 * norm * size else { return }
      let isEquality = lower == upper
      if let found, found.isEquality && !isEquality { return }
      let length = abs(excess) / norm
      if length > score || (isEquality && found?.isEquality == false) {
        score = length
        found = Violation(index: index, excess: excess, isEquality: isEquality)
      }
    }
  }
}
