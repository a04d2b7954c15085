internal import Foundation

/// The standard bivariate normal distribution of a correlation.
public struct BivariateNormal: Sendable, Hashable {
  /// The correlation ρ, in [−1, 1].
  public let correlation: Double

  /// The distribution of a correlation in [−1, 1].
  public init(correlation: Double) {
    precondition(abs(correlation) <= 1, "A correlation lies in [−1, 1]; this is \(correlation).")
    self.correlation = correlation
  }

  /// P(X ≤ x, Y ≤ y), to about 1e-15 absolute, and in the lower tails to about 1e-13 relative.
  ///
  /// The integral of the density over the correlation (Plackett, Biometrika 41, 1954) in the angle
  /// whose cosine that is: from independence where ρ ≥ 0, else from ρ = −1, so that what is added is
  /// positive and nothing cancels.
  /// - Complexity: 32 exponentials for each of some panels: a factor of 2 between 1 and √(1 − ρ²) or
  ///   ten powers of e of the integrand.
  public func cumulative(_ x: Double, _ y: Double) -> Double {
    if x.isNaN || y.isNaN { return .nan }
    let normal = NormalDistribution.standard
    if x.isInfinite || y.isInfinite {
      return min(x, y) == -.infinity ? 0 : normal.cumulative(min(x, y))
    }
    let bound = normal.cumulative(min(x, y))
    if correlation == 1 { return bound }
    let angle = atan2(((1 - correlation) * (1 + correlation)).squareRoot(), abs(correlation))
    if correlation >= 0 {
      let independent = normal.cumulative(x) * normal.cumulative(y)
      return min(bound, independent + integral(x, y, sign: 1, from: angle, to: 0.5 * .pi))
    }
    let opposite = x + y <= 0 ? 0 : max(bound - normal.complementaryCumulative(max(x, y)), 0)
    return min(bound, opposite + integral(x, y, sign: -1, from: 0, to: angle))
  }

  /// The integral of exp(−(x − sy)² / (2 sin²φ) − s x y / (1 + cos φ)) / 2π, by panels that shrink
  /// towards φ = 0, where the integrand is singular, and hold no more than about ten powers of e.
  private func integral(
    _ x: Double, _ y: Double, sign: Double, from start: Double, to end: Double
  ) -> Double {
    let square = 0.5 * (x - sign * y) * (x - sign * y)
    let product = sign * x * y
    var (sum, upper) = (0.0, end)
    while upper > max(start, 1e-18) {
      let (s, c) = (sin(upper), 1 + cos(upper))
      // No exponent further down is larger than this one.
      if square / (s * s) + min(0.5 * product, product / c) > 745 { break }
      let slope = 2 * square / (s * s * upper) + abs(product) * s / (c * c)
      let lower = max(start, upper - min(0.5 * upper, 5 / slope))
      let (centre, half) = (0.5 * (upper + lower), 0.5 * (upper - lower))
      var panel = 0.0
      for (node, weight) in zip(GaussLegendre.nodes, GaussLegendre.weights) {
        let φ = centre + half * node
        let sine = sin(φ)
        panel += weight * exp(-square / (sine * sine) - product / (1 + cos(φ)))
      }
      sum += half * panel
      if sum > 0 && half * panel < 1e-18 * sum { break }
      upper = lower
    }
    return sum / (2 * .pi)
  }
}

/// The rule of Gauss and Legendre with 32 points on [−1, 1], by Newton's method on the polynomial.
enum GaussLegendre {
  static let nodes = rule.map(\.node)
  static let weights = rule.map(\.weight)

  private static let rule: [(node: Double, weight: Double)] = (1...32).map { k in
    let n = 32.0
    var x = cos(.pi * (Double(k) - 0.25) / (n + 0.5))
    var slope = 1.0
    for _ in 0..<8 {
      var (previous, value) = (1.0, x)
      for degree in 2...32 {
        let m = Double(degree)
        (previous, value) = (value, ((2 * m - 1) * x * value - (m - 1) * previous) / m)
      }
      slope = n * (previous - x * value) / ((1 - x) * (1 + x))
      x -= value / slope
    }
    return (x, 2 / ((1 - x) * (1 + x) * slope * slope))
  }
}
