internal import Foundation

/// Student's t distribution with any positive degrees of freedom, of mean 0 and scale 1.
///
/// Its variance is ν / (ν − 2) for ν > 2. Distribution function and quantile hold to about 1e-13
/// relative in both tails.
public struct StudentT: Sendable, Hashable {
  /// The degrees of freedom ν, positive and finite.
  public let degreesOfFreedom: Double

  /// 1 / B(ν/2, ½).
  private let inverseBeta: Double

  /// The distribution with `degreesOfFreedom` ν, positive and finite.
  public init(degreesOfFreedom: Double) {
    precondition(
      degreesOfFreedom > 0 && degreesOfFreedom.isFinite,
      "Student's t needs positive finite degrees of freedom, not \(degreesOfFreedom).")
    self.degreesOfFreedom = degreesOfFreedom
    inverseBeta = gammaRatio(0.5 * degreesOfFreedom) / Double.pi.squareRoot()
  }

  /// The probability density at `x`.
  public func density(_ x: Double) -> Double {
    let ν = degreesOfFreedom
    return inverseBeta / ν.squareRoot() * exp(-0.5 * (ν + 1) * logStretch(x))
  }

  /// The probability of a value of at most `x`.
  ///
  /// - Complexity: O(√ν) in the middle, O(1) in the tails.
  public func cumulative(_ x: Double) -> Double { x < 0 ? tail(-x) : 1 - tail(x) }

  /// The probability of a value above `x`, accurate where it is small.
  public func complementaryCumulative(_ x: Double) -> Double { x > 0 ? tail(x) : 1 - tail(-x) }

  /// The value that a probability `p` in [0, 1] lies at or below; −∞ and ∞ at the ends, NaN outside.
  public func quantile(_ p: Double) -> Double {
    guard p > 0 && p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
    return p <= 0.5 ? -upperQuantile(p) : upperQuantile(1 - p)
  }

  /// The value that a probability `tail` in [0, 1] lies above, accurate where `tail` is small.
  public func quantile(complement tail: Double) -> Double { -quantile(tail) }

  /// log(1 + t²/ν).
  private func logStretch(_ t: Double) -> Double {
    abs(t) < 1e100
      ? log1p(t * t / degreesOfFreedom) : 2 * log(abs(t)) - log(degreesOfFreedom)
  }

  /// t times the density at t > 0, which does not underflow where the density alone would:
  /// √y x^(ν/2) / B(ν/2, ½) with x = ν / (ν + t²), y = 1 − x.
  private func weightedDensity(_ t: Double) -> Double {
    let ν = degreesOfFreedom
    let y = 1 / (1 + ν / t / t)
    return inverseBeta * y.squareRoot() * exp(-0.5 * ν * logStretch(t))
  }

  /// P(T > t) for t ≥ 0: ½ I_x(ν/2, ½) in the tail, ½ − ½ I_y(½, ν/2) in the middle.
  private func tail(_ t: Double) -> Double {
    if t == 0 { return 0.5 }
    return isCentral(t) ? 0.5 - centre(t) : outer(t)
  }

  /// Where the continued fraction of I_y(½, ν/2) converges faster than that of I_x(ν/2, ½).
  private func isCentral(_ t: Double) -> Bool {
    let ν = degreesOfFreedom
    return 1 / (1 + ν / t / t) < 1.5 / (0.5 * ν + 2.5)
  }

  /// P(0 < T ≤ t), small t.
  private func centre(_ t: Double) -> Double {
    let ν = degreesOfFreedom
    let (x, y) = (1 / (1 + t / ν * t), 1 / (1 + ν / t / t))
    return 0.5 * weightedDensity(t) * betaFraction(y, x, 0.5, 0.5 * ν)
  }

  /// P(T > t), large t.
  private func outer(_ t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    let ν = degreesOfFreedom
    let (x, y) = (1 / (1 + t / ν * t), 1 / (1 + ν / t / t))
    return 0.5 * weightedDensity(t) * betaFraction(x, y, 0.5 * ν, 0.5)
  }

  /// The t ≥ 0 with P(T > t) = p, p ≤ ½.
  private func upperQuantile(_ p: Double) -> Double {
    p > 0.25 ? middleQuantile(mass: 0.5 - p) : tailQuantile(p)
  }

  /// Newton's method for P(0 < T ≤ t) = mass, concave in t: from mass / density(0), which is too
  /// small, the iterates increase to the root.
  private func middleQuantile(mass: Double) -> Double {
    var t = mass / density(0)
    for _ in 0..<100 where t > 0 {
      let step = ((isCentral(t) ? centre(t) : 0.5 - outer(t)) - mass) / density(t)
      t -= step
      if abs(step) <= 1e-15 * t { break }
    }
    return t
  }

  /// Newton's method for log P(T > eᵘ) = log p, concave in u since t times the density is
  /// log-concave in u: after one step the iterates decrease to the root from any start.
  private func tailQuantile(_ p: Double) -> Double {
    let ν = degreesOfFreedom
    let z = -NormalDistribution.standard.quantile(p)
    var t = z * (1 + (z * z + 1) / (4 * ν))
    for _ in 0..<200 {
      let probability = tail(t)
      guard probability > 0 else { break }
      let step = log(probability / p) * probability / weightedDensity(t)
      t *= exp(step)
      if abs(step) <= 1e-15 || !t.isFinite { break }
    }
    return t
  }
}

/// Γ(z + ½) / Γ(z) for z > 0: the asymptotic series of its logarithm (Abramowitz and Stegun 6.1.47
/// gives the method) after the recurrence has moved z beyond 15; about 1e-16 relative for all z.
func gammaRatio(_ z: Double) -> Double {
  var (z, factor) = (z, 1.0)
  while z < 15 {
    factor *= z / (z + 0.5)
    z += 1
  }
  let w = 1 / (z * z)
  let series = polynomial(
    w, [691.0 / 180_224, -31.0 / 18_432, 17.0 / 14_336, -1.0 / 640, 1.0 / 192, -1.0 / 8])
  return factor * z.squareRoot() * exp(series / z)
}

/// The continued fraction F with I_x(a, b) = xᵃ yᵇ F / B(a, b), y = 1 − x, by Lentz's method.
///
/// The form of Didonato and Morris, ACM TOMS 18 (1992), equation 9 (BFRAC), which knows x near 1
/// through y and so keeps its digits for large a. Quick for x < (a + 1) / (a + b + 2), in
/// O(√max(a, b)) steps.
func betaFraction(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
  let λ = a * y - b * x
  var value = a / (a + 1) * (λ + 1)
  var (c, d) = (value, 0.0)
  for k in 1..<10_000_000 {
    let n = Double(k)
    let odd = a + 2 * n - 1
    let α = (a + n - 1) / odd * ((a + b + n - 1) / odd) * n * (b - n) * x * x
    let β = n + n * (b - n) * x / odd + (a + n) / (odd + 2) * (λ + 1 + n * (1 + y))
    d = 1 / (β + α * d)
    c = β + α / c
    value *= c * d
    if abs(c * d - 1) <= 2e-16 { break }
  }
  return 1 / value
}
