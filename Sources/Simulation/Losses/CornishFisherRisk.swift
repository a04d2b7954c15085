internal import Foundation
internal import Probability

/// Value-at-risk and expected shortfall by the expansion of Cornish and Fisher.
///
/// The loss is m + σ w(Z) of a standard normal Z, with the Hermite polynomials Hₖ
///
///     w = (1 − S²/36) H₁(z) + (S/6) H₂(z) + (K/24 − S²/18) H₃(z),
///
/// which is z + (z² − 1) S/6 + (z³ − 3z) K/24 − (2z³ − 5z) S²/36. It is a quantile where w rises
/// everywhere, which is the domain of validity and is checked. Expected shortfall is the exact tail mean
/// of the same variable: ∫ Hₖφ over z > z_α is Hₖ₋₁(z_α) φ(z_α).
///
/// S and K are parameters, and not the skewness and excess kurtosis of w(Z) unless both are small;
/// `matching` finds the parameters that give those asked for.
///
/// Source: Maillard, "A user's guide to the Cornish Fisher expansion", SSRN 1997178 (2012).
public struct CornishFisherRisk: Sendable, Hashable {
  /// The mean loss.
  public let mean: Double
  /// The standard deviation of the loss.
  public let standardDeviation: Double
  /// S of the expansion.
  public let skewnessParameter: Double
  /// K of the expansion.
  public let kurtosisParameter: Double
  /// What w is multiplied by: σ, over the deviation of w where moments are matched.
  private let scale: Double

  /// The coefficients of H₁, H₂, H₃.
  private var coefficients: (Double, Double, Double) {
    Self.coefficients(skewnessParameter, kurtosisParameter)
  }

  /// The risk of a loss from its moments, which are taken as parameters of the expansion as they are.
  ///
  /// - Parameters:
  ///   - mean: of the loss, positive for a loss.
  ///   - standardDeviation: of the loss, not negative.
  ///   - skewness: of the loss, positive where large losses are more frequent than large gains.
  ///   - excessKurtosis: of the loss, 0 for a normal one.
  /// - Throws: `SimulationError.outOfRange` where the expansion does not rise everywhere, or a number is
  ///   not finite or the deviation is negative.
  public init(
    mean: Double = 0, standardDeviation: Double, skewness: Double, excessKurtosis: Double
  ) throws(SimulationError) {
    try self.init(
      mean: mean, standardDeviation: standardDeviation, S: skewness, K: excessKurtosis,
      deviation: 1)
  }

  private init(
    mean: Double, standardDeviation: Double, S: Double, K: Double, deviation: Double
  ) throws(SimulationError) {
    for (what, value) in [
      ("mean loss", mean), ("standard deviation", standardDeviation), ("skewness", S),
      ("excess kurtosis", K),
    ] where !value.isFinite {
      throw .outOfRange(what, value: value, reason: "it must be finite")
    }
    if standardDeviation < 0 {
      throw .outOfRange(
        "standard deviation", value: standardDeviation, reason: "it must not be negative")
    }
    guard Self.isValid(skewness: S, excessKurtosis: K) else {
      throw .outOfRange(
        "excess kurtosis", value: K,
        reason:
          "with skewness \(S) the expansion of Cornish and Fisher does not rise everywhere, and "
          + "so has no quantiles; use another shape, or historical losses")
    }
    self.mean = mean
    self.standardDeviation = standardDeviation
    skewnessParameter = S
    kurtosisParameter = K
    scale = standardDeviation / deviation
  }

  /// The risk of a loss whose skewness and excess kurtosis are those given, also where they are not small.
  ///
  /// Newton's method from the given moments for the parameters whose w(Z) has them.
  /// - Throws: `SimulationError.outOfRange` where no parameters within the domain of validity give the
  ///   moments, and as `init`.
  public static func matching(
    mean: Double = 0, standardDeviation: Double, skewness: Double, excessKurtosis: Double
  ) throws(SimulationError) -> CornishFisherRisk {
    var (S, K) = (0.0, 0.0)
    // The moments are followed from those of the normal in steps, so that Newton's method starts near.
    for part in 1...20 {
      let target = (Double(part) / 20 * skewness, Double(part) / 20 * excessKurtosis)
      for _ in 0..<50 {
        let here = moments(S, K)
        let h = 1e-6
        let (s, k) = (moments(S + h, K), moments(S, K + h))
        let (a, b) = ((s.skewness - here.skewness) / h, (k.skewness - here.skewness) / h)
        let (c, d) = (
          (s.excessKurtosis - here.excessKurtosis) / h, (k.excessKurtosis - here.excessKurtosis) / h
        )
        let (f, g) = (target.0 - here.skewness, target.1 - here.excessKurtosis)
        let determinant = a * d - b * c
        S += (d * f - b * g) / determinant
        K += (a * g - c * f) / determinant
        if abs(f) + abs(g) < 1e-13 { break }
      }
    }
    let found = moments(S, K)
    let error = abs(found.skewness - skewness) + abs(found.excessKurtosis - excessKurtosis)
    guard error < 1e-9 else {
      throw .outOfRange(
        "excess kurtosis", value: excessKurtosis,
        reason: "with skewness \(skewness) no expansion of Cornish and Fisher has it")
    }
    return try CornishFisherRisk(
      mean: mean, standardDeviation: standardDeviation, S: S, K: K,
      deviation: found.variance.squareRoot())
  }

  /// Whether w rises everywhere for these parameters:
  /// S²/9 − 4 (K/8 − S²/6) (1 − K/8 + 5S²/36) ≤ 0, and w does not fall at infinity.
  public static func isValid(skewness S: Double, excessKurtosis K: Double) -> Bool {
    let (a, c) = (K / 8 - S * S / 6, 1 - K / 8 + 5 * S * S / 36)
    return a >= 0 && S * S / 9 - 4 * a * c <= 0 && c >= 0
  }

  /// Value-at-risk, in the unit of the loss.
  /// - Precondition: `confidence` lies in (0, 1).
  public func valueAtRisk(_ confidence: Double) -> Double {
    let (z, a) = (quantile(confidence), coefficients)
    return mean + scale * (a.0 * z + a.1 * (z * z - 1) + a.2 * (z * z - 3) * z)
  }

  /// Expected shortfall, in the unit of the loss.
  /// - Precondition: `confidence` lies in (0, 1).
  public func expectedShortfall(_ confidence: Double) -> Double {
    let (z, a) = (quantile(confidence), coefficients)
    let density = NormalDistribution.standard.density(z)
    return mean + scale * density / (1 - confidence) * (a.0 + a.1 * z + a.2 * (z * z - 1))
  }

  private func quantile(_ confidence: Double) -> Double {
    requireConfidence(confidence)
    return NormalDistribution.standard.quantile(complement: 1 - confidence)
  }

  private static func coefficients(_ S: Double, _ K: Double) -> (Double, Double, Double) {
    (1 - S * S / 36, S / 6, K / 24 - S * S / 18)
  }

  /// The variance, skewness and excess kurtosis of w(Z), exact: w is a polynomial, its moments those of
  /// the normal distribution.
  public static func moments(
    _ S: Double, _ K: Double
  ) -> (variance: Double, skewness: Double, excessKurtosis: Double) {
    let a = coefficients(S, K)
    // Powers of z, lowest first.
    let w = [-a.1, a.0 - 3 * a.2, a.1, a.2]
    func times(_ p: [Double], _ q: [Double]) -> [Double] {
      var product = [Double](repeating: 0, count: p.count + q.count - 1)
      for i in p.indices { for j in q.indices { product[i + j] += p[i] * q[j] } }
      return product
    }
    func mean(_ p: [Double]) -> Double {
      var (sum, moment) = (0.0, 1.0)
      for k in stride(from: 0, to: p.count, by: 2) {
        sum += p[k] * moment
        moment *= Double(k + 1)
      }
      return sum
    }
    let square = times(w, w)
    let variance = mean(square)
    return (
      variance, mean(times(square, w)) / (variance * variance.squareRoot()),
      mean(times(square, square)) / (variance * variance) - 3
    )
  }
}
