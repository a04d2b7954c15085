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
  /// The Lagrange polynomials at √(τ_i) cos θ_k: that of point j at (i · points + k) · n + j.
  private let weights: [Double]
  /// The residual from which one more step of Newton's method leaves nothing that matters: it squares
  /// it, and multiplies it by some hundreds.
  private let nearlySolved: Double

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
    nearlySolved = accuracy.nearlySolved
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
    for iteration in 0..<40 where error.isFinite {
      // No boundary passes X; a step takes at most 0.7 of the way.
      let sweep = zip(y, residuals).map { min($0 - $1, 0.3 * $0) }
      let step = DenseSolver.solve(&jacobian, residuals)
      if error < nearlySolved, let step {
        return (zip(y, step).map { min($0 - $1, 0.3 * $0) }, iteration + 1)
      }
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
      y = sweep
      error = evaluate(y, &residuals, &jacobian)
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
    weights.withUnsafeBufferPointer { weights in
      jacobian.withUnsafeMutableBufferPointer { jacobian in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * n) { slopes in
          for i in 0..<n {
            let (top, bottom) = row(i, y, weights, slopes)
            let residual = logLimit + y[i] - log(top) + log(bottom)
            residuals[i] = residual
            largest = residual.isFinite ? max(largest, abs(residual)) : .infinity
            for j in 0..<n {
              jacobian[i * n + j] = slopes[n + j] / bottom - slopes[j] / top + (i == j ? 1 : 0)
            }
          }
        }
      }
    }
    return largest
  }

  /// N_i and D_i, and their derivatives by ln B_j in `slopes`, one after the other.
  ///
  /// With v = σ√w: ∂(φ(d₋)/v) = −d₋ φ(d₋)/v² ∂ln(B/B′), and ∂(Φ(d₊) + φ(d₊)/v) =
  /// −d₋ φ(d₊)/v² ∂ln(B/B′), since φ(d₊)(1 − d₊/v) = −φ(d₊) d₋/v.
  private func row(
    _ i: Int, _ y: [Double], _ weights: UnsafeBufferPointer<Double>,
    _ slopes: UnsafeMutableBufferPointer<Double>
  ) -> (top: Double, bottom: Double) {
    let n = y.count
    let τ = times[i]
    let rootTime = τ.squareRoot()
    let v = σ * rootTime
    let high = (logLimit + y[i] + (r - q) * τ) / v + 0.5 * v
    let low = high - v
    let (φlow, φhigh) = (NormalisedAmericanPut.density(low), NormalisedAmericanPut.density(high))
    let (discount, carry) = (exp(-r * τ), exp(-q * τ))
    var top = discount * φlow / v
    var bottom = carry * (Black76.cumulative(high) + φhigh / v)
    slopes.update(repeating: 0)
    var ownTop = -discount * low * φlow / (v * v)
    var ownBottom = -carry * low * φhigh / (v * v)
    for k in rule.weights.indices {
      let sine = rule.sines[k]
      let w = τ * sine * sine
      let u = σ * rootTime * sine
      let first = (i * rule.weights.count + k) * n
      var square = 0.0
      for j in 0..<n { square += weights[first + j] * y[j] * y[j] }
      let depth = max(square, 1e-300).squareRoot()
      let distance = y[i] + depth  // ln(B(τ)/B(τ − w))
      let low = (distance + (r - q) * w) / u - 0.5 * u
      // φ(d₊) e^{−qw} = φ(d₋) e^{−rw} B′/B.
      let weight = 2 * τ * sine * rule.cosines[k] * rule.weights[k]
      let earned = weight * NormalisedBlack.inverseRootTwoπ / u * exp(-0.5 * low * low - r * w)
      top += r * earned
      let topSlope = -r * earned * low / u
      var bottomSlope = 0.0
      if q != 0 {
        let paid = earned * exp(-distance)
        bottom += q * (weight * exp(-q * w) * Black76.cumulative(low + u) + paid)
        bottomSlope = -q * paid * low / u
      }
      ownTop += topSlope
      ownBottom += bottomSlope
      // ∂ ln B′/∂y_j = L_j y_j/(−depth), B′ = X e^{−depth}.
      let (topShare, bottomShare) = (topSlope / depth, bottomSlope / depth)
      for j in 0..<n {
        let moved = weights[first + j] * y[j]
        slopes[j] += topShare * moved
        slopes[n + j] += bottomShare * moved
      }
    }
    slopes[i] += ownTop
    slopes[n + i] += ownBottom
    return (top, bottom)
  }
}

/// The Lagrange polynomials at √(τ_i) cos θ_k, which depend on the accuracy alone.
private enum InterpolationWeights {
  static func shared(_ accuracy: ExerciseBoundary.Accuracy) -> [Double] { all[accuracy] ?? [] }

  private static let all = Dictionary(
    uniqueKeysWithValues: ExerciseBoundary.Accuracy.allCases.map { accuracy in
      let grid = ChebyshevGrid(accuracy.nodes)
      let rule = QuarterCircleRule.shared(accuracy.collocationPoints)
      let weights = (0..<grid.n).flatMap { i in
        rule.cosines.flatMap { grid.lagrange(at: grid.positions[i] * $0) }
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

  /// ln(B/X) at each of falling times, below 0.
  func depths(at times: [Double]) -> [Double] {
    // The boundary falls as time is left: each is above the one before.
    var last = logPerpetual
    return times.map { τ in
      let v = σ * τ.squareRoot()
      last = logBoundary(τ, above: last)
      // Near expiry with q > r the approximation may lie above X.
      return min(last - logLimit, -1e-4 * v)
    }
  }

  private var slope: Double { 2 * (r - q) / (σ * σ) - 1 }

  /// ln λ/(λ − 1), where λ is the root for τ = ∞; far below where there is none.
  private var logPerpetual: Double {
    let λ = -0.5 * (slope + (slope * slope + 8 * r / (σ * σ)).squareRoot())
    return λ < 0 ? max(log(λ / (λ - 1)), -60) : -60
  }

  /// ln B, by the rule of false position with halved weights (Illinois).
  private func logBoundary(_ τ: Double, above start: Double) -> Double {
    let ratio = abs(r * τ) < 1e-9 ? 2 / (σ * σ * τ) : 2 * r / (σ * σ * -expm1(-r * τ))
    let λ = -0.5 * (slope + (slope * slope + 4 * ratio).squareRoot())
    let v = σ * τ.squareRoot()
    let (discount, carry) = (exp(-r * τ), exp(-q * τ))
    // Above the root the value of waiting exceeds that of exercise.
    func excess(_ logPrice: Double) -> Double {
      let b = exp(logPrice)
      let high = (logPrice + (r - q) * τ) / v + 0.5 * v
      let below = carry * Black76.cumulative(-high)
      return discount * Black76.cumulative(v - high) - b * below - (1 - below) * b / λ - (1 - b)
    }
    var (low, high) = (start - 1e-9, 0.0)
    var (atLow, atHigh) = (excess(low), excess(high))
    if !(atLow < 0) {
      low = -60
      atLow = excess(low)
    }
    var raised: Bool?
    for _ in 0..<40 where high - low > 1e-3 * v {
      var middle = (low * atHigh - high * atLow) / (atHigh - atLow)
      if !(middle > low && middle < high) { middle = 0.5 * (low + high) }
      let value = excess(middle)
      if abs(value) < 1e-5 * v { return middle }
      if value > 0 {
        (high, atHigh) = (middle, value)
        if raised == false { atLow *= 0.5 }
      } else {
        (low, atLow) = (middle, value)
        if raised == true { atHigh *= 0.5 }
      }
      raised = value <= 0
    }
    return 0.5 * (low + high)
  }
}
