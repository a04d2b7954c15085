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
  /// The rows of the pool, one after the other; their weights, and the least weights used.
  let rows: UnsafeMutablePointer<Double>
  let images: UnsafeMutablePointer<Double>
  let weights: UnsafeMutablePointer<Double>
  let floors: UnsafeMutablePointer<Double>
  let products: UnsafeMutablePointer<Double>
  let boundWeights: UnsafeMutablePointer<Double>
  let boundFloors: UnsafeMutablePointer<Double>
  let direction: UnsafeMutablePointer<Double>
  var count = 0

  init(maxVariables n: Int, maxRows m: Int, _ slab: Slab) {
    let most = m > 50 ? Self.capacity(n) : 0
    indices = slab.integers(m)
    scores = slab.doubles(m)
    rows = slab.doubles(n * most)
    images = slab.doubles(n * most)
    weights = slab.doubles(most)
    floors = slab.doubles(most)
    products = slab.doubles(most)
    boundWeights = slab.doubles(n)
    boundFloors = slab.doubles(n)
    direction = slab.doubles(n)
  }

  static func capacity(_ n: Int) -> Int { max(16, n / 2) }
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

  private func mostViolatedInPool(_ p: ProgramView) -> Violation? {
    var search = Search(size: Kernel.largest(p.n, x))
    for j in 0..<p.n where mark[j] == 0 {
      search.consider(
        j, x[j], p.lower[j], p.upper[j], norm: 1,
        weight: max(pool.boundWeights[j], pool.boundFloors[j]))
    }
    considerPool(p, &search)
    if search.found == nil {
      refillPool(p)
      weighPool(p)
      considerPool(p, &search)
    }
    return search.found
  }

  private func considerPool(_ p: ProgramView, _ search: inout Search) {
    Kernel.transposedProduct(m: p.n, n: pool.count, pool.rows, ld: p.n, x, into: pool.products)
    for k in 0..<pool.count {
      let i = Int(pool.indices[k])
      guard mark[p.n + i] == 0 else { continue }
      search.consider(
        p.n + i, pool.products[k], p.rowLower[i], p.rowUpper[i], norm: rowNorm[i],
        weight: max(pool.weights[k], pool.floors[k]))
    }
  }

  func weighBounds(_ p: ProgramView) {
    for j in 0..<p.n {
      pool.boundWeights[j] = factor.unitWeight(j)
      pool.boundFloors[j] = max(1e-6 * pool.boundWeights[j], .leastNormalMagnitude)
    }
  }

  func weighPool(_ p: ProgramView) {
    let q = factor.count
    factor.images(pool.rows, columns: pool.count, into: pool.images)
    for k in 0..<pool.count {
      let image = pool.images + k * p.n + q
      pool.weights[k] = Kernel.dot(p.n - q, image, image)
      pool.floors[k] = max(1e-6 * pool.weights[k], .leastNormalMagnitude)
    }
  }

  /// A constraint enters by the direction in Δx with ‖d₂‖² = `outside`.
  func lowerWeights(_ p: ProgramView, _ outside: Double) {
    Kernel.transposedProduct(m: p.n, n: pool.count, pool.rows, ld: p.n, Δx, into: pool.products)
    for k in 0..<pool.count { pool.weights[k] -= pool.products[k] * pool.products[k] / outside }
    for j in 0..<p.n { pool.boundWeights[j] -= Δx[j] * Δx[j] / outside }
  }

  /// A constraint has left.
  func raiseWeights(_ p: ProgramView) {
    let u = pool.direction
    factor.freedDirection(into: u)
    Kernel.transposedProduct(m: p.n, n: pool.count, pool.rows, ld: p.n, u, into: pool.products)
    for k in 0..<pool.count { pool.weights[k] += pool.products[k] * pool.products[k] }
    for j in 0..<p.n { pool.boundWeights[j] += u[j] * u[j] }
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
    let most = ViolationPool.capacity(p.n)
    if count > most {
      let scores = pool.scores
      var candidates = UnsafeMutableBufferPointer(start: pool.indices, count: count)
      candidates.sort {
        (scores[Int($0)], $1) > (scores[Int($1)], $0)
      }
      count = most
    }
    pool.count = count
    for k in 0..<count {
      (pool.rows + k * p.n).update(from: p.row(Int(pool.indices[k])), count: p.n)
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
      _ index: Int, _ value: Double, _ lower: Double, _ upper: Double, norm: Double,
      weight: Double = 0
    ) {
      let excess = value > upper ? value - upper : value - lower
      guard value > upper || value < lower else { return }
      let side = value > upper ? upper : lower
      guard abs(excess) > 1e-12 * (1 + abs(side)) + 1e-14 * norm * size else { return }
      let isEquality = lower == upper
      if let found, found.isEquality && !isEquality { return }
      let length = weight > 0 ? excess * excess / weight : abs(excess) / norm
      if length > score || (isEquality && found?.isEquality == false) {
        score = length
        found = Violation(index: index, excess: excess, isEquality: isEquality)
      }
    }
  }
}
