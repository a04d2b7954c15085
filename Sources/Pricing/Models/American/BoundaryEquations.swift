internal import Foundation

/// The equations of an ``ExerciseBoundary`` and Newton's method for them.
///
/// The unknowns are y_i = ln(B_i/X) < 0; the residuals ln B_i − ln N_i + ln D_i.
struct BoundaryEquations {
  let r: Double
  let q: Double
  let σ: Double
  let logLimit: Double
  let grid: ChebyshevGrid
  private let times: [Double]
  private let rule: QuarterCircleRule
  /// For point i and integration point k at i · points + k: the Lagrange polynomials at √(τ_i) cos θ_k.
  private let weights: [[Double]]

  init(
    rate: Double, yield: Double, volatility: Double, time: Double,
    accuracy: ExerciseBoundary.Accuracy
  ) {
    (r, q, σ) = (rate, yield, volatility)
    logLimit = yield > rate ? log(rate / yield) : 0
    let grid = ChebyshevGrid(accuracy.nodes)
    let rule = QuarterCircleRule.shared(accuracy.collocationPoints)
    self.grid = grid
    self.rule = rule
    times = grid.positions.dropLast().map { time * $0 * $0 }
    weights = InterpolationWeights.shared(accuracy)
  }

  /// What the iteration ends with: y, and its number of steps.
  ///
  /// Where a step of Newton's method does not bring the residual down, one of the fixed point is taken
  /// instead: it attracts where q > r and y is small near expiry, which is where Newton's method fails.
  func solve() throws(AmericanOptionError) -> (depths: [Double], iterations: Int) {
    var y = QuadraticApproximation(r: r, q: q, σ: σ, logLimit: logLimit).depths(at: times)
    var jacobian = [Double](repeating: 0, count: y.count * y.count)
    var residuals = y
    var error = evaluate(y, &residuals, &jacobian)
    for iteration in 0..<40 {
      if error < 1e-13 { return (y, iteration) }
      // No boundary passes X; a step takes at most 0.7 of the way.
      let sweep = zip(y, residuals).map { min($0 - $1, 0.3 * $0) }
      let step = DenseSolver.solve(&jacobian, residuals)
      var accepted = false
      for length in [1, 0.5, 0.25, 0.125] where step != nil {
        let next = zip(y, step ?? []).map { min($0 - length * $1, 0.3 * $0) }
        let other = evaluate(next, &residuals, &jacobian)
        if other < 0.9 * error {
          (y, error, accepted) = (next, other, true)
          break
        }
      }
      if accepted { continue }
      if error < 1e-10 { return (y, iteration) }
      y = sweep
      error = evaluate(y, &residuals, &jacobian)
      if !error.isFinite { break }
    }
    throw .notConverged(residual: error)
  }

  /// The residuals, their derivatives by y (row i, column j at i · n + j), and the largest residual;
  /// infinity where a logarithm does not exist.
  private func evaluate(
    _ y: [Double], _ residuals: inout [Double], _ jacobian: inout [Double]
  ) -> Double {
    let n = y.count
    var largest = 0.0
    for i in 0..<n {
      let row = self.row(i, y)
      let residual = logLimit + y[i] - log(row.top) + log(row.bottom)
      guard residual.isFinite else { return .infinity }
      residuals[i] = residual
      largest = max(largest, abs(residual))
      for j in 0..<n {
        jacobian[i * n + j] =
          row.bottomSlopes[j] / row.bottom - row.topSlopes[j] / row.top + (i == j ? 1 : 0)
      }
    }
    return largest
  }

  private struct Row {
    var top: Double
    var bottom: Double
    var topSlopes: [Double]
    var bottomSlopes: [Double]
  }

  /// N_i, D_i and their derivatives by ln B_j. With v = σ√w: ∂(φ(d₋)/v) = −d₋ φ(d₋)/v² ∂ln(B/B′), and
  /// ∂(Φ(d₊) + φ(d₊)/v) = −d₋ φ(d₊)/v² ∂ln(B/B′), since φ(d₊)(1 − d₊/v) = −φ(d₊) d₋/v.
  private func row(_ i: Int, _ y: [Double]) -> Row {
    let n = y.count
    let τ = times[i]
    let rootTime = τ.squareRoot()
    let v = σ * rootTime
    let high = (logLimit + y[i] + (r - q) * τ) / v + 0.5 * v
    let low = high - v
    let (φlow, φhigh) = (NormalisedAmericanPut.density(low), NormalisedAmericanPut.density(high))
    let (discount, carry) = (exp(-r * τ), exp(-q * τ))
    var result = Row(
      top: discount * φlow / v, bottom: carry * (Black76.cumulative(high) + φhigh / v),
      topSlopes: [Double](repeating: 0, count: n), bottomSlopes: [Double](repeating: 0, count: n))
    var ownTop = -discount * low * φlow / (v * v)
    var ownBottom = -carry * low * φhigh / (v * v)
    for k in rule.weights.indices {
      let sine = rule.sines[k]
      let w = τ * sine * sine
      let u = σ * rootTime * sine
      let lagrange = weights[i * rule.weights.count + k]
      var square = 0.0
      for j in 0..<n { square += lagrange[j] * y[j] * y[j] }
      let depth = max(square, 1e-300).squareRoot()
      let distance = y[i] + depth  // ln(B(τ)/B(τ − w))
      let low = (distance + (r - q) * w) / u - 0.5 * u
      let weight = 2 * τ * sine * rule.cosines[k] * rule.weights[k]
      let φ = NormalisedAmericanPut.density(low)
      // φ(d₊) e^{−qw} = φ(d₋) e^{−rw} B′/B.
      let earned = weight * exp(-r * w) * φ / u
      let paid = earned * exp(-distance)
      result.top += r * earned
      let topSlope = -r * earned * low / u
      var bottomSlope = 0.0
      if q != 0 {
        result.bottom += q * (weight * exp(-q * w) * Black76.cumulative(low + u) + paid)
        bottomSlope = -q * paid * low / u
      }
      ownTop += topSlope
      ownBottom += bottomSlope
      // ∂ ln B′/∂y_j = L_j y_j/(−depth), B′ = X e^{−depth}.
      for j in 0..<n {
        let moved = lagrange[j] * y[j] / depth
        result.topSlopes[j] += topSlope * moved
        result.bottomSlopes[j] += bottomSlope * moved
      }
    }
    result.topSlopes[i] += ownTop
    result.bottomSlopes[i] += ownBottom
    return result
  }
}

/// The Lagrange polynomials at √(τ_i) cos θ_k, which depend on the accuracy alone.
private enum InterpolationWeights {
  static func shared(_ accuracy: ExerciseBoundary.Accuracy) -> [[Double]] { all[accuracy] ?? [] }

  private static let all = Dictionary(
    uniqueKeysWithValues: ExerciseBoundary.Accuracy.allCases.map { accuracy in
      let grid = ChebyshevGrid(accuracy.nodes)
      let rule = QuarterCircleRule.shared(accuracy.collocationPoints)
      let weights = (0..<grid.n).flatMap { i in
        rule.cosines.map { grid.lagrange(at: grid.positions[i] * $0) }
      }
      return (accuracy, weights)
    })
}

/// A small dense system by elimination with partial pivoting.
enum DenseSolver {
  /// The solution of A x = b, A by rows and destroyed; nil where a pivot is 0 or not a number.
  static func solve(_ a: inout [Double], _ b: [Double]) -> [Double]? {
    let n = b.count
    var x = b
    for k in 0..<n {
      var pivot = k
      for i in k..<n where abs(a[i * n + k]) > abs(a[pivot * n + k]) { pivot = i }
      guard abs(a[pivot * n + k]) > 0 else { return nil }
      if pivot != k {
        for j in k..<n { a.swapAt(k * n + j, pivot * n + j) }
        x.swapAt(k, pivot)
      }
      for i in (k + 1)..<max(n, k + 1) {
        let factor = a[i * n + k] / a[k * n + k]
        if factor == 0 { continue }
        for j in k..<n { a[i * n + j] -= factor * a[k * n + j] }
        x[i] -= factor * x[k]
      }
    }
    for k in (0..<n).reversed() {
      for j in (k + 1)..<max(n, k + 1) { x[k] -= a[k * n + j] * x[j] }
      x[k] /= a[k * n + k]
    }
    return x
  }
}

/// The boundary of the quadratic approximation (Barone-Adesi and Whaley, 1987), from which Newton's
/// method starts: 1 − B = v(B) − (1 − e^{−qτ} Φ(−d₊)) B/λ, λ the negative root of
/// λ² + (β − 1) λ − α/h = 0 with α = 2r/σ², β = 2(r − q)/σ², h = 1 − e^{−rτ}.
struct QuadraticApproximation {
  let r: Double
  let q: Double
  let σ: Double
  let logLimit: Double

  /// ln(B/X) at each time, below 0.
  func depths(at times: [Double]) -> [Double] {
    times.map { τ in
      let v = σ * τ.squareRoot()
      // Near expiry with q > r the approximation may lie above X.
      return min(log(boundary(τ)) - logLimit, -1e-4 * v)
    }
  }

  private func boundary(_ τ: Double) -> Double {
    let ratio = abs(r * τ) < 1e-9 ? 2 / (σ * σ * τ) : 2 * r / (σ * σ * -expm1(-r * τ))
    let slope = 2 * (r - q) / (σ * σ) - 1
    let λ = -0.5 * (slope + (slope * slope + 4 * ratio).squareRoot())
    let v = σ * τ.squareRoot()
    let carry = exp(-q * τ)
    // Above the root the value of waiting exceeds that of exercise.
    func excess(_ b: Double) -> Double {
      let high = (log(b) + (r - q) * τ) / v + 0.5 * v
      let below = carry * Black76.cumulative(-high)
      let european = exp(-r * τ) * Black76.cumulative(v - high) - b * below
      return european - (1 - below) * b / λ - (1 - b)
    }
    var (low, high) = (-60.0, 0.0)
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      if excess(exp(middle)) > 0 { high = middle } else { low = middle }
      if high - low < 1e-4 * v { break }
    }
    return exp(0.5 * (low + high))
  }
}
