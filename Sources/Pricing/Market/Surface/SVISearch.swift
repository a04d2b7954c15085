internal import Foundation
internal import LinearAlgebra

/// The method of Levenberg and Marquardt in a, b, ρ, m, σ, held to b ≥ 0, |ρ| ≤ 1, σ > 0.
struct SVISearch {
  let quotes: SmileQuotes
  var penalty: ArbitragePenalty?

  func minimum(from starts: [[Double]]) -> [Double] {
    var best = (p: starts[0], cost: Double.infinity)
    for start in starts {
      let found = descend(from: start)
      if found.cost < best.cost { best = found }
    }
    return best.p
  }

  private func descend(from start: [Double]) -> (p: [Double], cost: Double) {
    var p = held(start)
    var normal = equations(at: p)
    var λ = 1e-3
    for _ in 0..<300 {
      var a = normal.matrix
      let scale = (0..<5).map { max(a[6 * $0], 1e-300) }
      for i in 0..<5 { a[6 * i] += λ * scale[i] }
      guard let step = smallSolution(&a, normal.right, scale: scale, threshold: 1e-16) else {
        λ = max(λ * 10, 1e-12)
        if λ > 1e12 { break }
        continue
      }
      let next = held((0..<5).map { p[$0] + step[$0] })
      let there = equations(at: next)
      if there.cost < normal.cost {
        let moved = (0..<5).map { abs(next[$0] - p[$0]) / (abs(p[$0]) + 1e-3) }.max() ?? 0
        let gained = normal.cost - there.cost
        (p, normal) = (next, there)
        λ = max(λ * 0.1, 1e-14)
        if moved < 1e-15 || (moved < 1e-8 && gained < 1e-13 * there.cost) { break }
      } else {
        λ *= 10
        if λ > 1e8 { break }
      }
    }
    return (p, normal.cost)
  }

  private func held(_ p: [Double]) -> [Double] {
    [
      p[0], max(p[1], 0), min(max(p[2], -1), 1), p[3],
      max(p[4], 1e-7 * max(1, abs(p[3]))),
    ]
  }

  /// JᵀJ by rows and −Jᵀr; a row of J has a place for each of the five parameters.
  struct NormalEquations {
    private var rows = (
      SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>()
    )
    private var negativeGradient = SIMD8<Double>()
    private(set) var cost = 0.0

    mutating func add(_ residual: Double, _ row: SIMD8<Double>) {
      cost += residual * residual
      negativeGradient -= row * residual
      rows.0 += row * row[0]
      rows.1 += row * row[1]
      rows.2 += row * row[2]
      rows.3 += row * row[3]
      rows.4 += row * row[4]
    }

    var matrix: [Double] {
      [Double](unsafeUninitializedCapacity: 25) { a, filled in
        for j in 0..<5 {
          a[j] = rows.0[j]
          a[5 + j] = rows.1[j]
          a[10 + j] = rows.2[j]
          a[15 + j] = rows.3[j]
          a[20 + j] = rows.4[j]
        }
        filled = 25
      }
    }
    var right: [Double] { (0..<5).map { negativeGradient[$0] } }
  }

  private func equations(at p: [Double]) -> NormalEquations {
    var normal = NormalEquations()
    for i in quotes.k.indices {
      let f = quotes.factors[i]
      let d = SVIDerivatives(p, quotes.k[i])
      normal.add(f * (d.jet.w - quotes.w[i]), d.w * f)
    }
    // The least variance must not be negative.
    let (b, ρ, σ) = (p[1], p[2], p[4])
    let root = max(1 - ρ * ρ, 0).squareRoot()
    let least = p[0] + b * σ * root
    if least < 0 {
      let f = 1e3 / (2 * quotes.time)
      let slope = root > 0 ? -b * σ * ρ / root : 0
      normal.add(f * least, SIMD8(f, f * σ * root, f * slope, 0, f * b * root, 0, 0, 0))
    }
    penalty?.add(to: &normal, at: p)
    return normal
  }
}

/// w, w′ and w″ at one log-moneyness with their derivatives by a, b, ρ, m, σ.
package struct SVIDerivatives {
  let jet: VarianceJet
  package let w: SIMD8<Double>
  let first: SIMD8<Double>
  let second: SIMD8<Double>

  package init(_ p: [Double], _ k: Double) {
    let (b, ρ, σ) = (p[1], p[2], p[4])
    let x = k - p[3]
    let R = (x * x + σ * σ).squareRoot()
    let (t, R³) = (x / R, R * R * R)
    let curve = σ * σ / R³
    jet = VarianceJet(w: p[0] + b * (ρ * x + R), first: b * (ρ + t), second: b * curve)
    w = SIMD8(1, ρ * x + R, b * x, -jet.first, b * σ / R, 0, 0, 0)
    first = SIMD8(0, ρ + t, b, -jet.second, -b * x * σ / R³, 0, 0, 0)
    let bySigma = b * σ / R³ * (2 - 3 * σ * σ / (R * R))
    second = SIMD8(0, curve, 0, 3 * b * curve * x / (R * R), bySigma, 0, 0, 0)
  }

  /// The derivatives of g at k.
  package func durrleman(_ k: Double) -> SIMD8<Double> {
    let (v, v1) = (jet.w, jet.first)
    let f = 1 - 0.5 * k * v1 / v
    let byW = f * k * v1 / (v * v) + 0.25 * v1 * v1 / (v * v)
    let byFirst = -f * k / v - 0.5 * v1 * (1 / v + 0.25)
    return byW * w + byFirst * first + 0.5 * second
  }
}

/// Errors for arbitrage: how far samples of g, the wings and the calendar fall below a small margin.
struct ArbitragePenalty {
  let weight: Double
  /// Log-moneyness and the total variance of the earlier slice there.
  let samples: [(k: Double, before: Double)]
  let time: Double
  let earlier: SVISlice?
  /// What g and 2 less a slope shall be at least.
  private let margin = 1e-4

  init(weight: Double, around slice: SVISlice, quotes: SmileQuotes, earlier: SVISlice?) {
    self.weight = weight
    self.earlier = earlier
    time = quotes.time
    let worst =
      slice.butterflyViolations() + (earlier.map { slice.calendarViolations(after: $0) } ?? [])
    let grid =
      slice.arbitrageGrid(with: earlier, points: 60)
      + worst.map(\.worstLogMoneyness).filter(\.isFinite)
    samples = grid.map { ($0, earlier?.totalVariance(logMoneyness: $0) ?? 0) }
  }

  func add(to normal: inout SVISearch.NormalEquations, at p: [Double]) {
    let root = weight.squareRoot()
    for (k, before) in samples {
      let d = SVIDerivatives(p, k)
      if d.jet.w > 0 {
        let g = d.jet.durrleman(k)
        if g < margin { normal.add(root * (margin - g), d.durrleman(k) * -root) }
      }
      let short = before * (1 + 1e-7) - d.jet.w
      if short > 0 && before > 0 {
        // In units of volatility.
        let f = root / (2 * (max(before, 1e-12) * time).squareRoot())
        normal.add(f * short, d.w * -f)
      }
    }
    for side in [-1.0, 1.0] {
      let slope = p[1] * (1 + side * p[2])
      let limit = 2 - margin
      let row = SIMD8(0, root * (1 + side * p[2]), root * side * p[1], 0, 0, 0, 0, 0)
      if slope > limit { normal.add(root * (slope - limit), row) }
      if let earlier {
        let before = earlier.b * (1 + side * earlier.rho)
        if slope < before { normal.add(root * (before - slope), -row) }
      }
    }
  }
}
