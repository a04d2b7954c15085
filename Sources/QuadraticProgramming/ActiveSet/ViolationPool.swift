internal import CKernels

/// A violated constraint.
struct Violation {
  /// The variable of a bound, or n + the row.
  let index: Int
  /// By how much its value exceeds the upper side (positive) or falls short of the lower (negative).
  let excess: Double
  let isEquality: Bool
}

/// The rows that are looked at in each step, where there are many.
///
/// Among these and the bounds the one of the largest (aᵀx − b)² / ‖J₂ᵀa‖² enters: its step raises the
/// dual objective most if nothing blocks it (the dual steepest edge of D. Goldfarb, J. Forrest, Math.
/// Program. 57 (1992), 341–374). When a constraint enters by the direction z = J₂d₂ every weight falls
/// by (aᵀz)² / ‖d₂‖², and when one leaves it rises by (aᵀu)² with the freed column u of J.
struct ViolationPool {
  let indices: UnsafeMutablePointer<Int32>
  let scores: UnsafeMutablePointer<Double>
  /// The rows of the pool, padded, one after the other; their weights, and the least weights used.
  let rows: UnsafeMutablePointer<Double>
  let images: UnsafeMutablePointer<Double>
  let weights: UnsafeMutablePointer<Double>
  let floors: UnsafeMutablePointer<Double>
  let products: UnsafeMutablePointer<Double>
  let boundWeights: UnsafeMutablePointer<Double>
  let boundFloors: UnsafeMutablePointer<Double>
  /// The sides of the rows, the lengths of their normals and their marks.
  let lower: UnsafeMutablePointer<Double>
  let upper: UnsafeMutablePointer<Double>
  let norms: UnsafeMutablePointer<Double>
  let marks: UnsafeMutablePointer<Int8>
  let scratch: UnsafeMutablePointer<Double>
  let ones: UnsafeMutablePointer<Double>
  var count = 0

  init(maxVariables n: Int, maxRows m: Int, _ slab: Slab) {
    let most = m > 50 ? Self.capacity(n) : 0
    indices = slab.integers(m)
    scores = slab.doubles(m)
    rows = slab.doubles(Slab.padded(n) * most)
    images = slab.doubles(Slab.padded(n) * most)
    weights = slab.doubles(most)
    floors = slab.doubles(most)
    products = slab.doubles(most)
    boundWeights = slab.doubles(n)
    boundFloors = slab.doubles(n)
    lower = slab.doubles(most)
    upper = slab.doubles(most)
    norms = slab.doubles(most)
    scratch = slab.doubles(most)
    marks = slab.bytes(most)
    ones = slab.doubles(n)
    for j in 0..<n { ones[j] = 1 }
  }

  static func capacity(_ n: Int) -> Int { max(16, n / 2) }

  /// Moves the indices of the largest scores to the front of the first `found`, the later ones out of
  /// equal scores last; returns how many. A heap of the kept ones with the least on top.
  func keepLargest(of found: Int, atMost most: Int) -> Int {
    guard found > most else { return found }
    func isLess(_ a: Int32, _ b: Int32) -> Bool { (scores[Int(a)], b) < (scores[Int(b)], a) }
    func sink(_ start: Int) {
      var i = start
      let moved = indices[i]
      while true {
        var child = 2 * i + 1
        guard child < most else { break }
        if child + 1 < most, isLess(indices[child + 1], indices[child]) { child += 1 }
        guard isLess(indices[child], moved) else { break }
        indices[i] = indices[child]
        i = child
      }
      indices[i] = moved
    }
    for i in stride(from: most / 2 - 1, through: 0, by: -1) { sink(i) }
    for k in most..<found where isLess(indices[0], indices[k]) {
      indices[0] = indices[k]
      sink(0)
    }
    return most
  }
}

extension DualActiveSet {
  /// The constraint outside the working set that is violated most, in units of its normal's length;
  /// equalities first.
  func mostViolated(_ p: ProgramView) -> Violation? {
    if isPooled(p) { return mostViolatedInPool(p) }
    var search = Search(size: Kernel.largest(p.n, x))
    for j in 0..<p.n where mark[j] == 0 {
      search.consider(j, x[j], p.lower[j], p.upper[j], norm: 1)
    }
    p.rowValues(x, into: values)
    for i in 0..<p.m where mark[p.n + i] == 0 {
      search.consider(p.n + i, values[i], p.rowLower[i], p.rowUpper[i], norm: rowNorm[i])
    }
    return search.found
  }

  /// From among the bounds and the pool, which is filled anew when none of these is left.
  private func mostViolatedInPool(_ p: ProgramView) -> Violation? {
    let size = Kernel.largest(p.n, x)
    let bound = mostViolatedBound(p, size: size)
    if let row = mostViolatedRow(p, size: size, above: bound.score) { return row }
    if let violation = bound.violation { return violation }
    refillPool(p)
    weighPool(p)
    return mostViolatedRow(p, size: size, above: 0)
  }

  private func mostViolatedBound(
    _ p: ProgramView, size: Double
  ) -> (violation: Violation?, score: Double) {
    var sides = ck_sides(lower: p.lower, upper: p.upper, norms: pool.ones)
    var score = 0.0
    let j = ck_most_violated(
      p.n, &sides, x, size, pool.boundWeights, pool.boundFloors, mark, &score, e)
    guard j >= 0 else { return (nil, 0) }
    let excess = x[j] > p.upper[j] ? x[j] - p.upper[j] : x[j] - p.lower[j]
    return (
      Violation(index: j, excess: excess, isEquality: p.lower[j] == p.upper[j]), score
    )
  }

  private func mostViolatedRow(_ p: ProgramView, size: Double, above least: Double) -> Violation? {
    multiplyPool(x)
    for k in 0..<pool.count { pool.marks[k] = mark[p.n + Int(pool.indices[k])] }
    var sides = ck_sides(lower: pool.lower, upper: pool.upper, norms: pool.norms)
    var score = 0.0
    let k = ck_most_violated(
      pool.count, &sides, pool.products, size, pool.weights, pool.floors, pool.marks, &score,
      pool.scratch)
    guard k >= 0, score > least else { return nil }
    let (value, lower, upper) = (pool.products[k], pool.lower[k], pool.upper[k])
    return Violation(
      index: p.n + Int(pool.indices[k]), excess: value > upper ? value - upper : value - lower,
      isEquality: lower == upper)
  }

  func weighBounds(_ p: ProgramView) {
    factor.unitWeights(into: pool.boundWeights)
    for j in 0..<p.n {
      pool.boundFloors[j] = max(1e-6 * pool.boundWeights[j], .leastNormalMagnitude)
    }
  }

  func weighPool(_ p: ProgramView) {
    let q = factor.count
    factor.images(pool.rows, columns: pool.count, into: pool.images)
    for k in 0..<pool.count {
      let image = pool.images + k * factor.stride + q
      pool.weights[k] = Kernel.dot(p.n - q, image, image)
      pool.floors[k] = max(1e-6 * pool.weights[k], .leastNormalMagnitude)
    }
  }

  /// A constraint enters by the direction in Δx with ‖d₂‖² = `outside`.
  func lowerWeights(_ p: ProgramView, _ outside: Double) {
    multiplyPool(Δx)
    for k in 0..<pool.count { pool.weights[k] -= pool.products[k] * pool.products[k] / outside }
    for j in 0..<p.n { pool.boundWeights[j] -= Δx[j] * Δx[j] / outside }
  }

  /// A constraint has left.
  func raiseWeights(_ p: ProgramView) {
    let u = factor.freedDirection
    multiplyPool(u)
    for k in 0..<pool.count { pool.weights[k] += pool.products[k] * pool.products[k] }
    for j in 0..<p.n { pool.boundWeights[j] += u[j] * u[j] }
  }

  /// The products of the pool's rows with a padded vector.
  private func multiplyPool(_ vector: UnsafePointer<Double>) {
    ck_columns_dot(
      pool.count, factor.stride, pool.rows, factor.stride, vector, pool.products)
  }

  func isPooled(_ p: ProgramView) -> Bool { p.m > 2 * p.n + 50 }

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
    count = pool.keepLargest(of: count, atMost: ViolationPool.capacity(p.n))
    pool.count = count
    for k in 0..<count {
      let (target, i) = (pool.rows + k * factor.stride, Int(pool.indices[k]))
      target.update(from: p.row(i), count: p.n)
      for j in p.n..<factor.stride { target[j] = 0 }
      (pool.lower[k], pool.upper[k], pool.norms[k]) = (p.rowLower[i], p.rowUpper[i], rowNorm[i])
    }
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
