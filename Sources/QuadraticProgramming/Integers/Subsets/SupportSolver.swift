internal import LinearAlgebra

/// The exact minimum on one support, bounds included: min cᵀx + ½ xᵀPx over xl ≤ x ≤ xu, x_i = 0 off
/// the support.
///
/// A primal active-set method: the Newton point of the free variables, as far as the first bound;
/// where that is reached, the bound with the most wrong multiplier is let go. The objective falls
/// strictly between two working sets that were minimized, so none returns and the method is finite.
final class SupportSolver {
  private let source: SubsetSelection
  private let factor: Doubles
  private let target: Doubles
  /// The minimizer, all n entries, after `minimize`.
  private(set) var x: [Double]

  init(_ source: SubsetSelection) {
    self.source = source
    let largest = source.forced.count + source.limit
    factor = Doubles(largest * largest)
    target = Doubles(largest)
    x = [Double](repeating: 0, count: source.n)
  }

  /// The minimum over the forced variables and `chosen`.
  func minimize(over chosen: some Sequence<Int>) -> Double {
    let support = source.forced + chosen
    precondition(
      support.count <= target.count, "A support holds no more variables than the limit allows.")
    for i in 0..<source.n { x[i] = 0 }
    for i in support { x[i] = min(max(0, source.lower[i]), source.upper[i]) }
    var free = support
    for _ in 0..<(50 + 20 * support.count) {
      if move(free) {
        guard let released = mostWrongMultiplier(support, free) else { break }
        free.append(released)
      } else {
        free.removeAll { x[$0] <= source.lower[$0] || x[$0] >= source.upper[$0] }
      }
    }
    return value(support)
  }

  private func value(_ support: [Int]) -> Double {
    var sum = CompensatedSum()
    sum.add(source.constant)
    for j in support {
      var column = CompensatedSum()
      for i in support { column.add(source.P[i + j * source.n], times: x[i]) }
      sum.add(0.5 * column.value + source.c[j], times: x[j])
    }
    return sum.value
  }

  private func gradient(_ i: Int, _ support: [Int]) -> Double {
    support.reduce(source.c[i]) { $0 + source.P[i + $1 * source.n] * x[$1] }
  }

  /// Goes towards the minimum of the free variables; false when a bound stopped it.
  private func move(_ free: [Int]) -> Bool {
    let f = free.count
    guard f > 0 else { return true }
    let (L, y) = (factor.base, target.base)
    for (j, column) in free.enumerated() {
      for (i, row) in free.enumerated() { L[i + j * f] = source.P[row + column * source.n] }
      var rest = source.c[column]
      for i in 0..<source.n where x[i] != 0 { rest += source.P[i + column * source.n] * x[i] }
      y[j] = -rest
    }
    _ = LAPACK.potrf(.lower, n: f, L, lda: f)
    _ = LAPACK.potrs(.lower, n: f, rightHandSides: 1, L, lda: f, y, ldb: f)
    var (α, blocking) = (1.0, -1)
    for (j, i) in free.enumerated() where y[j] != 0 {
      let room = (y[j] > 0 ? source.upper[i] : source.lower[i]) - x[i]
      if room / y[j] < α { (α, blocking) = (max(0, room / y[j]), i) }
    }
    for (j, i) in free.enumerated() {
      let side = y[j] > 0 ? source.upper[i] : source.lower[i]
      x[i] = i == blocking ? side : min(max(x[i] + α * y[j], source.lower[i]), source.upper[i])
    }
    return blocking < 0
  }

  private func mostWrongMultiplier(_ support: [Int], _ free: [Int]) -> Int? {
    var (worst, found): (Double, Int?) = (0, nil)
    for i in support where !free.contains(i) && source.lower[i] < source.upper[i] {
      let slope = gradient(i, support)
      let wrong = x[i] >= source.upper[i] ? slope : -slope
      let scale = abs(source.c[i]) + abs(source.P[i + i * source.n] * x[i])
      if wrong > max(worst, 1e-13 * scale) { (worst, found) = (wrong, i) }
    }
    return found
  }
}
