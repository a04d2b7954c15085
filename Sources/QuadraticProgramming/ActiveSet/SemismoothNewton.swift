internal import LinearAlgebra

/// The semismooth Newton method (primal–dual active set method) for strictly convex programs with
/// bounds and few general rows.
///
/// The optimality conditions are piecewise linear: with σ > 0, x is at its upper side exactly where
/// z + σ (x − u) > 0. Newton's method on them solves an equality-constrained program on a guessed
/// set of active sides, and reads the next guess from the signs of the multipliers and of the
/// violations, so that many sides change at once (M. Hintermüller, K. Ito, K. Kunisch, SIAM J. Optim.
/// 13 (2003), 865–888; P. Hungerländer, F. Rendl, SIAM J. Optim. 25 (2015), 1633–1659). Each iteration
/// factors P on the free variables only, or borders the last factor where few variables changed. A
/// guess that is confirmed is the exact solution.
///
/// The iteration need not converge. The number of sides that a guess got wrong measures progress;
/// without any for a while one side at a time is changed (J. Júdice, F. Pires, Comput. Oper. Res. 21
/// (1994), 587–596), and then the method gives up: ``DualActiveSet`` ends from where it stands.
final class SemismoothNewton {
  let maxVariables: Int
  let maxRows: Int
  /// Sides: −1 at the lower, 0 free, 1 at the upper; of rows also 2, an equality.
  let side: UnsafeMutablePointer<Int8>
  let rowSide: UnsafeMutablePointer<Int8>
  let x: UnsafeMutablePointer<Double>
  let y: UnsafeMutablePointer<Double>
  let z: UnsafeMutablePointer<Double>
  var factorizations = 0
  var iterations = 0
  /// The time at which the iteration gives up.
  var deadline = Deadline.never

  let gradient: UnsafeMutablePointer<Double>
  let values: UnsafeMutablePointer<Double>
  let shifted: UnsafeMutablePointer<Double>
  let factor: BorderedFactor
  private var hasPoint = false
  private let slab = Slab()

  init(maxVariables n: Int, maxRows m: Int) {
    (maxVariables, maxRows) = (n, m)
    side = slab.bytes(n)
    rowSide = slab.bytes(m)
    x = slab.doubles(n)
    y = slab.doubles(m)
    z = slab.doubles(n)
    gradient = slab.doubles(n)
    values = slab.doubles(m)
    shifted = slab.doubles(n)
    factor = BorderedFactor(maxVariables: n, maxRows: m)
  }

  /// Takes the sides to begin from. The point of the last call is kept when it was this method's
  /// answer; it matters only to rounding.
  func begin(
    _ p: ProgramView, side: UnsafePointer<Int8>, rowSide: UnsafePointer<Int8>, isWarm: Bool
  ) {
    self.side.update(from: side, count: p.n)
    self.rowSide.update(from: rowSide, count: p.m)
    guard !isWarm || !hasPoint else { return }
    x.update(repeating: 0, count: p.n)
    y.update(repeating: 0, count: p.m)
  }

  /// Whether P has been factored on all variables that are not fixed since it was loaded.
  var isCostFactored: Bool { factor.isCostFactored }

  func forgetPoint() { hasPoint = false }

  /// Whether residuals are at the level of rounding.
  func isAccepted(_ p: ProgramView, _ r: DenseResiduals) -> Bool {
    // `gradient` and `values` hold those of the final point.
    let dual = max(Kernel.largest(p.n, p.c), Kernel.largest(p.n, z))
    let size = Kernel.largest(p.n, x)
    var primal = 1 + size
    for i in 0..<p.m where rowSide[i] != 0 {
      primal = max(primal, Kernel.largest(p.n, p.row(i)) * size)
    }
    return r.dual <= 1e-11 * dual && r.primal <= 1e-11 * primal
      && r.complementarity <= 1e-11 * primal * max(dual, .leastNormalMagnitude)
      && p.sidesHold(x, y, z, values: values)
  }

  /// Newton's method from the sides at hand. True when the optimality conditions hold to rounding.
  /// `keepingFactor` says that P and A are those of the last call.
  func solve(_ p: ProgramView, keepingFactor: Bool) -> Bool {
    if !keepingFactor { factor.invalidate() }
    (factorizations, iterations) = (0, 0)
    hasPoint = false
    settleSides(p)
    evaluate(p)
    var fewest = Int.max
    var patience = 8
    var refinements = 0
    var lastResidual = Double.infinity
    for _ in 0..<100 {
      guard !deadline.hasPassed else { return false }
      iterations += 1
      shiftToSides(p)
      guard correct(p) else { return false }
      evaluate(p)
      let wrong = compareSides(p, changing: patience > 0 ? .all : .last)
      if wrong == 0 {
        let (residual, scale) = stationarityResidual(p)
        guard residual.isFinite else { return false }
        // An iteration with unchanged sides is a step of iterative refinement.
        if residual <= 4e-15 * scale { break }
        if residual > 0.5 * lastResidual || refinements == 3 {
          guard residual <= 1e-11 * scale else { return false }
          break
        }
        refinements += 1
        lastResidual = residual
        continue
      }
      lastResidual = .infinity
      if wrong < fewest {
        fewest = wrong
        patience = 8
      } else {
        patience -= 1
        if patience < -40 { return false }
      }
      if iterations == 99 { return false }
    }
    writeMultipliers(p)
    hasPoint = true
    return true
  }

  /// Reads the multipliers of the bounds off the gradient.
  func writeMultipliers(_ p: ProgramView) {
    for j in 0..<p.n {
      z[j] = side[j] == 0 ? 0 : -gradient[j]
      if p.lower[j] < p.upper[j], z[j] * Double(side[j]) < 0 { z[j] = 0 }
    }
    for i in 0..<p.m where rowSide[i] != 2 && y[i] * Double(rowSide[i]) < 0 { y[i] = 0 }
  }

  /// Makes the sides possible ones: equalities are held, absent sides are not.
  private func settleSides(_ p: ProgramView) {
    for j in 0..<p.n {
      if p.lower[j] == p.upper[j] {
        side[j] = 1
      } else if (side[j] < 0 && p.lower[j] == -.infinity)
        || (side[j] > 0 && p.upper[j] == .infinity)
      {
        side[j] = 0
      }
    }
    for i in 0..<p.m {
      if p.rowLower[i] == p.rowUpper[i] {
        rowSide[i] = 2
      } else if rowSide[i] == 2 || (rowSide[i] < 0 && p.rowLower[i] == -.infinity)
        || (rowSide[i] > 0 && p.rowUpper[i] == .infinity)
      {
        rowSide[i] = 0
      }
      if rowSide[i] == 0 { y[i] = 0 }
    }
  }

  private func evaluate(_ p: ProgramView) {
    p.gradient(x, y, into: gradient)
    p.rowValues(x, into: values)
  }

  /// Moves held variables onto their sides and drops the multipliers of released rows; gradient and
  /// row values follow.
  private func shiftToSides(_ p: ProgramView) {
    for j in 0..<p.n where side[j] != 0 {
      let target = side[j] > 0 ? p.upper[j] : p.lower[j]
      let δ = target - x[j]
      guard δ != 0 else { continue }
      x[j] = target
      Kernel.axpy(p.n, δ, p.column(j), gradient)
      for i in 0..<p.m { values[i] += δ * p.row(i)[j] }
    }
    for i in 0..<p.m where rowSide[i] == 0 && y[i] != 0 {
      Kernel.axpy(p.n, -y[i], p.row(i), gradient)
      y[i] = 0
    }
  }

  /// The Newton step: x and y on the free variables and the held rows.
  private func correct(_ p: ProgramView) -> Bool {
    let isNew = factor.prepare(p, side: side, rowSide: rowSide)
    guard isNew != .failed else { return false }
    if isNew == .factored { factorizations += 1 }
    factor.solve(p, gradient: gradient, values: values, rowSide: rowSide, x: x, y: y)
    return true
  }

  private enum Changes { case all, last }

  /// The number of sides that the point and its multipliers contradict; those sides are changed (or
  /// only the last of them).
  private func compareSides(_ p: ProgramView, changing: Changes) -> Int {
    let size = Kernel.largest(p.n, gradient)
    var slope = size
    for j in 0..<p.n { slope = max(slope, abs(p.c[j])) }
    let noise = 1e-13 * slope
    var wrong = 0
    var last = -1
    var lastSide: Int8 = 0
    let all = changing == .all
    for j in 0..<p.n {
      let next = Self.nextSide(
        side[j], value: x[j], multiplier: -gradient[j], p.lower[j], p.upper[j], noise)
      if next != side[j] {
        wrong += 1
        (last, lastSide) = (j, next)
        if all { side[j] = next }
      }
    }
    for i in 0..<p.m where rowSide[i] != 2 {
      let next = Self.nextSide(
        rowSide[i], value: values[i], multiplier: y[i], p.rowLower[i], p.rowUpper[i], 0)
      if next != rowSide[i] {
        wrong += 1
        (last, lastSide) = (p.n + i, next)
        if all { rowSide[i] = next }
      }
    }
    if !all, last >= 0 {
      if last < p.n { side[last] = lastSide } else { rowSide[last - p.n] = lastSide }
    }
    return wrong
  }

  @inline(__always)
  private static func nextSide(
    _ side: Int8, value: Double, multiplier: Double, _ lower: Double, _ upper: Double,
    _ noise: Double
  ) -> Int8 {
    if side == 0 {
      if value > upper + 1e-13 * (1 + abs(upper)) { return 1 }
      if value < lower - 1e-13 * (1 + abs(lower)) { return -1 }
      return 0
    }
    if lower == upper { return side }
    return multiplier * Double(side) < -noise ? 0 : side
  }

  /// The largest entry of the gradient on the free variables, and the size of its terms.
  private func stationarityResidual(_ p: ProgramView) -> (residual: Double, scale: Double) {
    var residual = 0.0
    var scale = 0.0
    for j in 0..<p.n {
      let g = abs(gradient[j])
      scale = max(scale, abs(p.c[j]), g)
      if side[j] == 0, !(g <= residual) { residual = g }
      if residual.isNaN { return (.nan, scale) }
    }
    return (residual, max(scale, .leastNormalMagnitude) * Double(p.n).squareRoot())
  }
}
