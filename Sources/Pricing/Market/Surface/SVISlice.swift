internal import Foundation

/// The smile of one expiry: total implied variance as a raw SVI function of log-moneyness.
///
///     w(k) = a + b (ρ (k − m) + √((k − m)² + σ²)),   k = ln(K/F),   w = volatility² · time
///
/// Source: Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14
/// (2014) 59, equation 3.1.
public struct SVISlice: Sendable, Hashable, Codable {
  /// Years to expiry, positive.
  public let time: Double
  /// The forward price for the expiry, in dollars.
  public let forward: Double
  /// a: the level.
  public let a: Double
  /// b ≥ 0: the mean slope of the wings.
  public let b: Double
  /// ρ in [−1, 1]: how much steeper the right wing is than the left.
  public let rho: Double
  /// m: where the smile turns.
  public let m: Double
  /// σ > 0: how smoothly it turns.
  public let sigma: Double

  /// A slice of given parameters.
  ///
  /// - Throws: `SurfaceError.outOfRange` where time, forward or σ is not positive, b is negative,
  ///   |ρ| above 1, or the least variance a + b σ √(1 − ρ²) negative.
  public init(
    time: Double, forward: Double, a: Double, b: Double, rho: Double, m: Double, sigma: Double
  ) throws(SurfaceError) {
    let least = a + b * sigma * max(1 - rho * rho, 0).squareRoot()
    let domains: [(String, Double, Bool, String)] = [
      ("time", time, time > 0, "it must be a positive number of years"),
      ("forward", forward, forward > 0, "it must be positive"),
      ("a", a, a.isFinite, "it must be finite"),
      ("b", b, b >= 0, "it must not be negative"),
      ("rho", rho, abs(rho) <= 1, "it must lie between -1 and 1"),
      ("m", m, m.isFinite, "it must be finite"),
      ("sigma", sigma, sigma > 0, "it must be positive"),
      (
        "the least total variance", least, least >= -1e-14 * (abs(a) + b * sigma),
        "it must not be negative; raise a"
      ),
    ]
    for (name, value, isGood, reason) in domains where !(isGood && value.isFinite) {
      throw .outOfRange(name, value: value, reason: reason)
    }
    self.init(time: time, forward: forward, unchecked: [a, b, rho, m, sigma])
  }

  /// From a, b, ρ, m, σ as they are.
  init(time: Double, forward: Double, unchecked p: [Double]) {
    self.time = time
    self.forward = forward
    (a, b, rho, m, sigma) = (p[0], p[1], p[2], p[3], p[4])
  }

  var parameters: [Double] { [a, b, rho, m, sigma] }

  /// w(k), the total variance at a log-moneyness, not negative.
  public func totalVariance(logMoneyness k: Double) -> Double {
    let x = k - m
    return max(a + b * (rho * x + hypot(x, sigma)), 0)
  }

  /// The annualised implied volatility at a log-moneyness.
  public func volatility(logMoneyness k: Double) -> Double {
    (totalVariance(logMoneyness: k) / time).squareRoot()
  }

  /// The annualised implied volatility of a strike in dollars.
  public func volatility(strike: Double) -> Double {
    precondition(strike > 0, "A strike must be positive, not \(strike).")
    return volatility(logMoneyness: log(strike / forward))
  }

  /// b (1 + ρ) and b (1 − ρ): how fast w rises far to the right and to the left. By Lee's moment
  /// formula (Mathematical Finance 14 (2004) 469) neither exceeds 2 without arbitrage.
  public var wingSlopes: (left: Double, right: Double) { (b * (1 - rho), b * (1 + rho)) }

  func jet(_ k: Double) -> VarianceJet {
    let x = k - m
    let R = hypot(x, sigma)
    return VarianceJet(
      w: a + b * (rho * x + R), first: b * (rho + x / R), second: b * sigma * sigma / (R * R * R))
  }
}

/// A total variance with its first two derivatives by log-moneyness.
struct VarianceJet {
  var w: Double
  var first: Double
  var second: Double

  /// g(k) = (1 − k w′/(2w))² − w′²/4 (1/w + 1/4) + w″/2: the density of the price at expiry has the
  /// sign of g (Gatheral and Jacquier, equation 2.1). Not a number where w is not positive.
  func durrleman(_ k: Double) -> Double {
    guard w > 0 else { return .nan }
    let f = 1 - 0.5 * k * first / w
    return f * f - 0.25 * first * first * (1 / w + 0.25) + 0.5 * second
  }
}

extension SVISlice {
  /// g(k) of Gatheral and Jacquier, equation 2.1, negative where the smile implies a negative
  /// density (butterfly arbitrage); NaN where the variance is not positive.
  public func durrleman(logMoneyness k: Double) -> Double { jet(k).durrleman(k) }
}
