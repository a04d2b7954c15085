internal import Foundation
internal import LinearAlgebra

/// The fit of raw SVI slices to implied volatilities.
///
/// Given m and σ, w is linear in a, ρbσ and bσ: the quasi-explicit method (De Marco and Martini, Zeliade
/// Systems 2009) solves these exactly under |ρ| ≤ 1, b ≥ 0 for each of a grid of (m, σ), and the best
/// of them start the method of Levenberg and Marquardt in all five parameters with analytic
/// derivatives. Errors are those of volatility to first order, (w(k) − wᵢ) / (2 σᵢ T).
///
/// Where arbitrage is to be avoided, samples of g(k), of the wings' slopes and of w less the earlier
/// slice's, as far as they are negative, join the errors with growing weight; what is left is
/// reported, never hidden.
public struct SVICalibration: Sendable, Hashable {
  /// How much each quote counts.
  public enum Weights: Sendable, Hashable, CaseIterable {
    /// All volatilities alike.
    case equal
    /// By vega: what an error costs in price.
    case vega
  }

  public var weights: Weights
  /// Whether slices are bent away from butterfly and calendar arbitrage.
  public var avoidsArbitrage: Bool

  /// The least number of different strikes of a slice.
  public static let leastStrikes = 5

  public init(weights: Weights = .vega, avoidsArbitrage: Bool = true) {
    self.weights = weights
    self.avoidsArbitrage = avoidsArbitrage
  }

  /// A slice as fitted.
  public struct Fit: Sendable, Hashable {
    public let slice: SVISlice
    /// The number of quotes.
    public let count: Int
    /// The root of the mean squared error of volatility, unweighted, in units of volatility.
    public let rootMeanSquareError: Double
    /// The largest error of volatility.
    public let largestError: Double
    /// The log-moneyness of the largest error.
    public let largestErrorAt: Double
    /// What is violated: butterflies, wings, and the calendar against the earlier slice.
    public let violations: [ArbitrageViolation]
  }

  /// The slice nearest to implied volatilities.
  ///
  /// - Parameters:
  ///   - logMoneyness: k = ln(K/F) of each quote, in any order.
  ///   - volatilities: annualised, positive, one for each k.
  ///   - time: years to expiry.
  ///   - forward: in dollars.
  ///   - earlier: the slice of the expiry before, which w should not fall below.
  /// - Throws: `SurfaceError` for fewer than 5 different strikes, sizes that differ, or values out of
  ///   range.
  /// - Complexity: about 300 passes over the quotes, and 50 more over the samples of arbitrage.
  public func fit(
    logMoneyness: [Double], volatilities: [Double], time: Double, forward: Double,
    after earlier: SVISlice? = nil
  ) throws(SurfaceError) -> Fit {
    guard volatilities.count == logMoneyness.count else {
      throw .sizes("volatilities", expected: logMoneyness.count, found: volatilities.count)
    }
    guard time > 0 && time.isFinite else {
      throw .outOfRange("time", value: time, reason: "it must be a positive number of years")
    }
    guard forward > 0 && forward.isFinite else {
      throw .outOfRange("forward", value: forward, reason: "it must be positive")
    }
    for k in logMoneyness where !k.isFinite {
      throw .outOfRange("a log-moneyness", value: k, reason: "it must be finite")
    }
    for v in volatilities where !(v > 0 && v.isFinite) {
      throw .outOfRange("an implied volatility", value: v, reason: "it must be positive")
    }
    let strikes = Set(logMoneyness).count
    guard strikes >= Self.leastStrikes else {
      throw .tooFewStrikes(found: strikes, needed: Self.leastStrikes)
    }
    let quotes = SmileQuotes(logMoneyness, volatilities, time: time, byVega: weights == .vega)
    var parameters = SVISearch(quotes: quotes).minimum(from: QuasiExplicit(quotes).starts(3))
    if avoidsArbitrage {
      parameters = withoutArbitrage(parameters, quotes, time, forward, earlier)
    }
    let slice = SVISlice(time: time, forward: forward, unchecked: parameters)
    return report(slice, logMoneyness, volatilities, earlier)
  }

  /// Refits with penalties, each round a thousand times as heavy, until nothing is violated.
  private func withoutArbitrage(
    _ start: [Double], _ quotes: SmileQuotes, _ time: Double, _ forward: Double,
    _ earlier: SVISlice?
  ) -> [Double] {
    func violates(_ p: [Double]) -> Bool {
      let slice = SVISlice(time: time, forward: forward, unchecked: p)
      return !slice.butterflyViolations().isEmpty
        || earlier.map { !slice.calendarViolations(after: $0).isEmpty } ?? false
    }
    var p = start
    var weight = 1.0
    for _ in 0..<5 where violates(p) {
      let penalty = ArbitragePenalty(
        weight: weight, around: SVISlice(time: time, forward: forward, unchecked: p),
        quotes: quotes, earlier: earlier)
      p = SVISearch(quotes: quotes, penalty: penalty).minimum(from: [p])
      weight *= 1000
    }
    return p
  }

  private func report(
    _ slice: SVISlice, _ k: [Double], _ volatilities: [Double], _ earlier: SVISlice?
  ) -> Fit {
    let errors = zip(k, volatilities).map { abs(slice.volatility(logMoneyness: $0) - $1) }
    let worst = errors.indices.max { errors[$0] < errors[$1] } ?? 0
    let squares = errors.reduce(0) { $0 + $1 * $1 }
    return Fit(
      slice: slice, count: k.count,
      rootMeanSquareError: (squares / Double(k.count)).squareRoot(), largestError: errors[worst],
      largestErrorAt: k[worst],
      violations: slice.butterflyViolations()
        + (earlier.map { slice.calendarViolations(after: $0) } ?? []))
  }
}

/// Quotes as the search sees them: total variances and the weights of their errors.
struct SmileQuotes {
  let k: [Double]
  let w: [Double]
  /// The factor of w(k) − wᵢ, weights of mean square 1.
  let factors: [Double]
  let time: Double

  init(_ k: [Double], _ volatilities: [Double], time: Double, byVega: Bool) {
    self.k = k
    self.time = time
    w = volatilities.map { $0 * $0 * time }
    var roots = zip(k, volatilities).map { k, v in
      let s = v * time.squareRoot()
      let d₁ = -k / s + 0.5 * s
      // The square root of the vega, kept from vanishing so that far quotes still hold the wings.
      return byVega ? max(exp(-0.25 * d₁ * d₁), 1e-3) : 1
    }
    let mean = roots.reduce(0) { $0 + $1 * $1 } / Double(k.count)
    roots = roots.map { $0 / mean.squareRoot() }
    factors = zip(roots, volatilities).map { $0 / (2 * $1 * time) }
  }
}

/// The linear problem in a, d = ρbσ, c = bσ for each (m, σ) of a grid.
private struct QuasiExplicit {
  let quotes: SmileQuotes

  init(_ quotes: SmileQuotes) { self.quotes = quotes }

  /// The best parameters of the grid, one for each of the best m.
  func starts(_ count: Int) -> [[Double]] {
    let (low, high) = (quotes.k.min() ?? 0, quotes.k.max() ?? 0)
    let width = max(high - low, 1e-6)
    var found: [(p: [Double], error: Double)] = []
    for i in 0...14 {
      let m = low + width * (Double(i) / 14 * 1.4 - 0.2)
      let candidates = (0..<9).map { j in fit(m, width * pow(2, Double(j) - 7)) }
      if let best = candidates.min(by: { $0.error < $1.error }) { found.append(best) }
    }
    return found.sorted { $0.error < $1.error }.prefix(count).map(\.p)
  }

  /// Least squares under |d| ≤ c: inside, else on an edge or at the tip of this cone.
  private func fit(_ m: Double, _ σ: Double) -> (p: [Double], error: Double) {
    var normal = SVISearch.NormalEquations()
    for i in quotes.k.indices {
      let y = (quotes.k[i] - m) / σ
      let f = quotes.factors[i]
      let row = SIMD8(f, f * y, f * (y * y + 1).squareRoot(), 0, 0, 0, 0, 0)
      normal.add(-f * quotes.w[i], row)
    }
    var best = (p: [0, 0, 0, m, σ], error: Double.infinity)
    let (M, b) = (normal.matrix, normal.right)
    for face in Self.faces {
      let n = face.count
      var a = [Double](repeating: 0, count: n * n)
      var right = [Double](repeating: 0, count: n)
      for (r, row) in face.enumerated() {
        for (c, column) in face.enumerated() {
          for i in 0..<3 {
            for j in 0..<3 where row[i] != 0 && column[j] != 0 {
              a[n * r + c] += row[i] * M[5 * i + j] * column[j]
            }
          }
        }
        right[r] = row[0] * b[0] + row[1] * b[1] + row[2] * b[2]
      }
      let scale = (0..<n).map { a[n * $0 + $0] }
      guard let x = smallSolution(&a, right, scale: scale, threshold: 1e-14) else { continue }
      var v = SIMD4<Double>()
      for (row, x) in zip(face, x) { v += row * x }
      guard abs(v[1]) <= v[2] * (1 + 1e-12) else { continue }
      let error = normal.cost - zip(x, right).reduce(0) { $0 + $1.0 * $1.1 }
      if error < best.error {
        let c = max(v[2], 1e-12)
        best = ([v[0], c / σ, min(max(v[1] / c, -1), 1), m, σ], error)
      }
      if n == 3 { break }
    }
    return best
  }

  private static let faces: [[SIMD4<Double>]] = [
    [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], [[1, 0, 0, 0], [0, 1, 1, 0]],
    [[1, 0, 0, 0], [0, -1, 1, 0]], [[1, 0, 0, 0]],
  ]
}
