internal import Foundation

/// The gamma distribution of a shape and a scale: mean a θ, variance a θ².
///
/// Distribution function and quantile hold to about 1e-13 relative in both tails.
public struct GammaDistribution: UnivariateDistribution, Hashable {
  /// The shape a, positive and finite.
  public let shape: Double
  /// The scale θ, positive and finite.
  public let scale: Double

  /// The distribution of a shape and a scale, both positive and finite.
  public init(shape: Double, scale: Double = 1) {
    precondition(
      shape > 0 && shape.isFinite && scale > 0 && scale.isFinite,
      "A gamma distribution needs a positive finite shape and scale, not \(shape) and \(scale).")
    self.shape = shape
    self.scale = scale
  }

  /// The probability density at `x`, 0 below 0.
  public func density(_ x: Double) -> Double {
    let t = x / scale
    if t.isNaN || t < 0 { return t.isNaN ? .nan : 0 }
    if t == 0 { return shape < 1 ? .infinity : shape == 1 ? 1 / scale : 0 }
    return t.isFinite ? weight(t) * (shape / t) / scale : 0
  }

  /// The probability of a value of at most `x`.
  ///
  /// - Complexity: O(√shape) near the mean, O(1) in the tails.
  public func cumulative(_ x: Double) -> Double { tails(x / scale).lower }

  /// The probability of a value above `x`, accurate where it is small.
  public func complementaryCumulative(_ x: Double) -> Double { tails(x / scale).upper }

  /// The value that a probability `p` in [0, 1] lies at or below; 0 and ∞ at the ends, NaN outside.
  public func quantile(_ p: Double) -> Double {
    guard p > 0 && p < 1 else { return p == 0 ? 0 : p == 1 ? .infinity : .nan }
    return scale * standardQuantile(lower: p, upper: 1 - p)
  }

  /// The value that a probability `tail` in [0, 1] lies above, accurate where `tail` is small.
  public func quantile(complement tail: Double) -> Double {
    guard tail > 0 && tail < 1 else { return tail == 0 ? .infinity : tail == 1 ? 0 : .nan }
    return scale * standardQuantile(lower: 1 - tail, upper: tail)
  }

  /// tᵃ e⁻ᵗ / Γ(a + 1), by the distance of t from a: Loader, "Fast and accurate computation of
  /// binomial probabilities" (2000).
  private func weight(_ t: Double) -> Double {
    let a = shape
    if a < 10 { return exp(a * log(t) - t - lgamma(a + 1)) }
    let exponent = -a * excessOfLogarithm(t / a, less: (t - a) / a) - stirlingRemainder(a)
    return exp(exponent) / (2 * .pi * a).squareRoot()
  }

  /// P(a, t) and Q(a, t).
  private func tails(_ t: Double) -> (lower: Double, upper: Double) {
    guard t > 0 else { return t.isNaN ? (.nan, .nan) : (0, 1) }
    guard t.isFinite else { return (1, 0) }
    if t < shape + 1 {
      let lower = weight(t) * series(t)
      // Where a is small 1 − P may cancel, and P may be near 1 although t is small.
      return (lower, lower < 0.9 ? 1 - lower : smallShapeUpper(t, lower))
    }
    let upper = weight(t) * shape * fraction(t)
    return (1 - upper, upper)
  }

  /// Σ tᵏ / ((a + 1) … (a + k)): P(a, t) = tᵃ e⁻ᵗ / Γ(a + 1) times it.
  private func series(_ t: Double) -> Double {
    var (term, sum, k) = (1.0, 1.0, shape)
    repeat {
      k += 1
      term *= t / k
      sum += term
    } while term > 1e-17 * sum
    return sum
  }

  /// Legendre's continued fraction, by Lentz's method: Q(a, t) = tᵃ e⁻ᵗ / Γ(a) times it.
  private func fraction(_ t: Double) -> Double {
    var b = t + 1 - shape
    var (c, d) = (1e300, 1 / b)
    var value = d
    for k in 1..<10_000_000 {
      let coefficient = -Double(k) * (Double(k) - shape)
      b += 2
      d = 1 / (b + coefficient * d)
      c = b + coefficient / c
      value *= c * d
      if abs(c * d - 1) <= 2e-16 { break }
    }
    return value
  }

  /// Q(a, t) for a below about 1, where P is near 1 and t < a + 1.
  private func smallShapeUpper(_ t: Double, _ lower: Double) -> Double {
    guard shape < 1 && t > 0 else { return 1 - lower }
    // Q = 1 − tᵃ / Γ(a + 1) + tᵃ / Γ(a + 1) (1 − e⁻ᵗ Σ …), the first difference by expm1.
    let exponent = shape * log(t) - lgamma(shape + 1)
    var (term, sum, k) = (1.0, 0.0, 0.0)
    repeat {  // 1 − Γ(a + 1) γ*(a, t) = −Σ_{k ≥ 1} (−t)ᵏ a / (k! (a + k))
      k += 1
      term *= -t / k
      sum -= term * shape / (shape + k)
    } while abs(term) > 1e-18
    return -expm1(exponent) + exp(exponent) * sum
  }

  /// Newton's method for the logarithm of the smaller probability as a function of log t, in which
  /// it is concave for the lower tail; bisected where a step would leave the bracket.
  private func standardQuantile(lower: Double, upper: Double) -> Double {
    let isLower = lower <= upper
    let target = min(lower, upper)
    var t = start(lower: lower, upper: upper)
    var (below, above) = (0.0, Double.infinity)
    for _ in 0..<200 {
      let (p, q) = tails(t)
      let probability = isLower ? p : q
      let error = probability > 0 ? log(probability / target) : -.infinity
      if (error > 0) == isLower { above = t } else { below = t }
      let slope = weight(t) * shape / probability
      let step = isLower ? -error / slope : error / slope
      var next = t * exp(step)
      if !(next > below && next < above) {
        next = above.isFinite ? (below > 0 ? (below * above).squareRoot() : 0.5 * above) : 2 * t
      }
      if next == 0 { return 0 }
      let change = abs(next - t)
      t = next
      if change <= 2e-16 * t { break }
    }
    return t
  }

  /// Wilson and Hilferty's cube, or in the far lower tail the leading term of the series.
  private func start(lower: Double, upper: Double) -> Double {
    let a = shape
    let normal = NormalDistribution.standard
    let z = lower <= upper ? normal.quantile(lower) : normal.quantile(complement: upper)
    let root = 1 - 1 / (9 * a) + z / (3 * a.squareRoot())
    let cube = a * root * root * root
    let leading = exp((log(lower) + lgamma(a + 1)) / a)
    if root > 0 && cube > 0.1 * a { return cube }
    return max(leading, .leastNormalMagnitude)
  }
}

/// The chi-square distribution with ν degrees of freedom: gamma of shape ν/2 and scale 2.
public struct ChiSquare: UnivariateDistribution, Hashable {
  /// The degrees of freedom ν, positive and finite.
  public let degreesOfFreedom: Double
  private let gamma: GammaDistribution

  /// The distribution with `degreesOfFreedom` ν, positive and finite.
  public init(degreesOfFreedom: Double) {
    self.degreesOfFreedom = degreesOfFreedom
    gamma = GammaDistribution(shape: 0.5 * degreesOfFreedom, scale: 2)
  }

  /// The probability density at `x`, 0 below 0.
  public func density(_ x: Double) -> Double { gamma.density(x) }

  /// The probability of a value of at most `x`.
  public func cumulative(_ x: Double) -> Double { gamma.cumulative(x) }

  /// The probability of a value above `x`, accurate where it is small.
  public func complementaryCumulative(_ x: Double) -> Double { gamma.complementaryCumulative(x) }

  /// The value that a probability `p` in [0, 1] lies at or below; 0 and ∞ at the ends, NaN outside.
  public func quantile(_ p: Double) -> Double { gamma.quantile(p) }

  /// The value that a probability `tail` in [0, 1] lies above, accurate where `tail` is small.
  public func quantile(complement tail: Double) -> Double { gamma.quantile(complement: tail) }
}

/// x − log r for r = 1 + x > 0, without cancellation near r = 1 or r = 0.
func excessOfLogarithm(_ r: Double, less x: Double) -> Double {
  if abs(x) > 0.3 { return x - log(r) }
  // log(1 + x) = 2 artanh s with s = x / (2 + x), and x = s (2 + x): the linear terms combine to s x.
  let s = x / (2 + x)
  let z = s * s
  var (sum, power, k) = (0.0, z, 3.0)
  while power > 1e-18 {
    sum += power / k
    power *= z
    k += 2
  }
  return s * (x - 2 * sum)
}

/// log Γ(a + 1) − (a + ½) log a + a − ½ log 2π for a ≥ 10, by Stirling's series.
func stirlingRemainder(_ a: Double) -> Double {
  polynomial(
    1 / (a * a),
    [
      -3617.0 / 122_400, 1.0 / 156, -691.0 / 360_360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260,
      -1.0 / 360, 1.0 / 12,
    ]) / a
}
