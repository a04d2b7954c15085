internal import CKernels
internal import Foundation

/// A normal distribution, accurate to full relative precision in both tails.
///
/// Distribution functions hold to about 1e-15 relative down to where doubles underflow (38 standard
/// deviations), quantiles to a few units in the last place for probabilities down to 1e-308.
public struct NormalDistribution: Sendable, Hashable {
  /// The mean, finite.
  public let mean: Double
  /// The standard deviation, positive and finite.
  public let standardDeviation: Double

  /// The normal distribution of mean 0 and standard deviation 1.
  public static let standard = NormalDistribution()

  /// The normal distribution of a finite mean and a positive standard deviation.
  public init(mean: Double = 0, standardDeviation: Double = 1) {
    precondition(mean.isFinite, "The mean of a normal distribution must be finite.")
    precondition(
      standardDeviation > 0 && standardDeviation.isFinite,
      "The standard deviation of a normal distribution must be positive and finite.")
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The probability density at `x`.
  public func density(_ x: Double) -> Double {
    Self.gaussian(standardized(x), times: Self.peak) / standardDeviation
  }

  /// The probability of a value of at most `x`.
  public func cumulative(_ x: Double) -> Double { Self.lowerTail(standardized(x)) }

  /// The probability of a value above `x`, accurate where it is small.
  public func complementaryCumulative(_ x: Double) -> Double { Self.lowerTail(-standardized(x)) }

  /// The logarithm of ``cumulative(_:)``, accurate also where that underflows.
  public func logCumulative(_ x: Double) -> Double {
    let z = standardized(x)
    if z > -Self.centre { return log1p(-Self.lowerTail(-z)) }
    return log(0.5 * scaledComplementaryError(-z * Self.rootHalf)) - 0.5 * z * z
  }

  /// The value that a probability `p` in [0, 1] lies at or below; −∞ and ∞ at the ends, NaN outside.
  public func quantile(_ p: Double) -> Double {
    guard p > 0 && p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
    return mean + standardDeviation
      * (p <= 0.5 ? Self.lowerQuantile(p) : -Self.lowerQuantile(1 - p))
  }

  /// The value that a probability `tail` in [0, 1] lies above: the quantile of 1 − `tail`, accurate
  /// where `tail` is small.
  public func quantile(complement tail: Double) -> Double {
    guard tail > 0 && tail < 1 else { return tail == 0 ? .infinity : tail == 1 ? -.infinity : .nan }
    return mean
      - standardDeviation * (tail <= 0.5 ? Self.lowerQuantile(tail) : -Self.lowerQuantile(1 - tail))
  }

  private func standardized(_ x: Double) -> Double { (x - mean) / standardDeviation }

  /// 1 / √(2π).
  private static let peak = 0.398_942_280_401_432_677_94
  /// The |z| within which Φ is computed from the error function, beyond it from the scaled
  /// complementary one.
  private static let centre = 0.46875 * 2.0.squareRoot()
  private static let rootHalf = 0.5.squareRoot()

  /// Φ(z).
  private static func lowerTail(_ z: Double) -> Double {
    if abs(z) <= centre { return 0.5 + 0.5 * errorFunction(z * rootHalf) }
    let tail = 0.5 * scaledComplementaryError(abs(z) * rootHalf)
    if z.isNaN { return .nan }
    let probability = abs(z) > 40 ? 0 : gaussian(z, times: tail)
    return z < 0 ? probability : 1 - probability
  }

  /// Φ⁻¹(p) for p ≤ ½: Wichura's AS 241, and in the tail one step of Halley's method, which divides
  /// its error of some units in the last place by about z².
  private static func lowerQuantile(_ p: Double) -> Double {
    let z = ck_normal_quantile(p)
    guard z < -centre && p >= .leastNormalMagnitude else { return z }
    let newton = (lowerTail(z) - p) / gaussian(z, times: peak)
    return z - newton / (1 + 0.5 * z * newton)
  }

  /// exp(−z²/2) · factor, with z² carried to twice the precision: its rounding error alone would
  /// cost a relative z² ε / 2. Multiplied in two halves so that only the product may underflow.
  private static func gaussian(_ z: Double, times factor: Double) -> Double {
    let square = z * z
    guard square.isFinite else { return z.isNaN ? .nan : 0 }
    let remainder = (-square).addingProduct(z, z)
    let half = exp(-0.25 * square)
    return half * ((1 - 0.5 * remainder) * factor) * half
  }
}
