internal import CKernels
internal import Foundation

/// Black's (1976) value of a European option on a forward, not discounted, and its Greeks.
///
/// With forward F, strike K, annualised volatility σ, time T in years and s = σ√T,
///
///     call = F Φ(d₁) − K Φ(d₂),   put = K Φ(−d₂) − F Φ(−d₁),
///     d₁ = ln(F/K)/s + s/2,       d₂ = d₁ − s.
///
/// The out-of-the-money option is valued to about 14 digits of its own value, however small, and
/// the other by adding the intrinsic value (put–call parity), so that nothing cancels.
///
/// At s = 0 (no volatility, or at and after expiry) the value is the intrinsic value; delta is 0 or
/// ±1, and ±½ at F = K; gamma, theta, vanna and volga are 0 there, also at the kink F = K. Vega at
/// the kink is its limit F √T φ(0).
///
/// Source: F. Black, *The pricing of commodity contracts*, J. Financial Economics 3 (1976) 167.
public enum Black76 {
  /// The value of an option from the total deviation.
  ///
  /// - Parameters:
  ///   - forward: F ≥ 0, in dollars.
  ///   - strike: K ≥ 0, in dollars.
  ///   - deviation: s = σ√T ≥ 0, the standard deviation of ln F at expiry.
  /// - Returns: The undiscounted value in dollars per coin.
  /// - Precondition: None of the three is negative or NaN.
  public static func value(
    of right: Instrument.Right, forward: Double, strike: Double, deviation: Double
  ) -> Double {
    check(forward, strike, deviation, "total deviation")
    let intrinsic = max(0, right.sign * (forward - strike))
    let (x, scale) = moneyness(forward, strike)
    return scale == 0 ? intrinsic : intrinsic + scale * NormalisedBlack.value(x, deviation)
  }

  /// The value of an option from volatility and time.
  ///
  /// - Parameters:
  ///   - forward: F ≥ 0, in dollars.
  ///   - strike: K ≥ 0, in dollars.
  ///   - volatility: σ ≥ 0, annualised, a decimal.
  ///   - time: T in years of 365 days; at or below 0 the value is the intrinsic value.
  /// - Returns: The undiscounted value in dollars per coin.
  /// - Precondition: Forward, strike and volatility are neither negative nor NaN.
  public static func value(
    of right: Instrument.Right, forward: Double, strike: Double, volatility: Double, time: Double
  ) -> Double {
    value(
      of: right, forward: forward, strike: strike, deviation: deviation(volatility, time))
  }

  /// The Greeks of an option.
  ///
  /// - Parameters:
  ///   - forward: F ≥ 0, in dollars.
  ///   - strike: K ≥ 0, in dollars.
  ///   - volatility: σ ≥ 0, annualised, a decimal.
  ///   - time: T in years of 365 days; at or below 0 those of the intrinsic value.
  /// - Returns: Derivatives of the undiscounted dollar value; units are those of ``Greeks``.
  /// - Precondition: Forward, strike and volatility are neither negative nor NaN.
  public static func greeks(
    of right: Instrument.Right, forward: Double, strike: Double, volatility: Double, time: Double
  ) -> Greeks {
    let s = deviation(volatility, time)
    check(forward, strike, s, "total deviation")
    let (x, scale) = moneyness(forward, strike)
    guard s > 0, scale > 0 else {
      let step = forward > strike ? 1 : forward < strike || forward == 0 ? 0 : 0.5
      let atKink = forward == strike && time > 0
      return Greeks(
        delta: right == .call ? step : step - 1,
        vega: atKink ? forward * NormalisedBlack.inverseRootTwoπ * time.squareRoot() : 0)
    }
    let h = (forward < strike ? x : -x) / s
    let (d₁, d₂) = (h + 0.5 * s, h - 0.5 * s)
    let delta = right.sign * cumulative(right.sign * d₁)
    let density = scale * NormalisedBlack.vega(x, s)  // F φ(d₁) = K φ(d₂)
    guard density > 0 else { return Greeks(delta: delta) }
    let rootTime = time.squareRoot()
    return Greeks(
      delta: delta,
      gamma: density / forward / forward / s,
      vega: density * rootTime,
      theta: -0.5 * density * volatility / rootTime,
      vanna: -density / forward * d₂ / volatility,
      volga: density * rootTime * d₁ * d₂ / volatility)
  }

  /// Φ(d) with all digits of its own value in both tails.
  static func cumulative(_ d: Double) -> Double { 0.5 * erfc(-d * 0.5.squareRoot()) }

  /// s = σ√T, 0 at and after expiry.
  static func deviation(_ volatility: Double, _ time: Double) -> Double {
    precondition(
      volatility >= 0 && !time.isNaN,
      "Black-76 needs a volatility of at least 0 and a time, not \(volatility) and \(time).")
    return time > 0 ? volatility * time.squareRoot() : 0
  }

  /// −|ln(F/K)| with all its digits, and √(FK).
  static func moneyness(_ forward: Double, _ strike: Double) -> (x: Double, scale: Double) {
    let (low, high) = (min(forward, strike), max(forward, strike))
    let ratio = low / high
    let x =
      ratio > 0.5
      ? log1p((low - high) / high)
      : ratio > 1e-290 ? log(ratio) : log(low) - log(high)
    return (x, low == 0 ? 0 : low.squareRoot() * high.squareRoot())
  }

  private static func check(
    _ forward: Double, _ strike: Double, _ deviation: Double, _ name: String
  ) {
    precondition(
      forward >= 0 && strike >= 0 && deviation >= 0,
      "Black-76 needs a forward, strike and \(name) of at least 0, not \(forward), \(strike) and \(deviation)."
    )
  }
}
