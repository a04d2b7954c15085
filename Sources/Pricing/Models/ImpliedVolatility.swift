internal import Foundation

/// Why a value has no implied volatility.
public enum ImpliedVolatilityError: Error, Sendable, Hashable {
  /// The value is below what the option would be worth without volatility.
  case belowIntrinsic(value: Double, intrinsic: Double)
  /// The value is not below what the option would be worth at infinite volatility: the forward for a
  /// call, the strike for a put.
  case notBelowMaximum(value: Double, maximum: Double)
  /// The option has expired, so any volatility gives the intrinsic value.
  case expired(time: Double)
  /// A value, forward, strike or time is not a number, or a forward or strike not above 0.
  case notANumber(value: Double, forward: Double, strike: Double, time: Double)
}

extension ImpliedVolatilityError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .belowIntrinsic(let value, let intrinsic):
      "the value \(value) is below the intrinsic value \(intrinsic): no volatility gives it"
    case .notBelowMaximum(let value, let maximum):
      "the value \(value) is not below \(maximum), what infinite volatility gives"
    case .expired(let time):
      "the option has expired (time \(time) years), so no volatility is implied"
    case .notANumber(let value, let forward, let strike, let time):
      "value \(value), forward \(forward), strike \(strike) and time \(time) should be finite, "
        + "forward and strike above 0"
    }
  }
}

/// The volatility at which Black's formula gives a value.
///
/// Newton's method on an objective that is nearly straight in each of three regions, kept inside a
/// bracket; the regions are those of Jäckel (*Let's be rational*, 2015): with x = −|ln(F/K)| the
/// value has its inflection at s = √(−2x); below it ln b is nearly linear in 1/s², above it b in s,
/// and near the upper bound ln(e^{x/2} − b) in s².
public enum ImpliedVolatility {
  /// The implied volatility of an undiscounted value.
  ///
  /// The relative error is a few units of rounding times max(1, b/(s ∂b/∂s)), which is what the
  /// rounding of the value itself causes. The time value of an option deep in the money is the small
  /// difference of its value and the intrinsic value, and has only the digits left there: give the
  /// out-of-the-money option of the same strike where there is one.
  ///
  /// - Parameters:
  ///   - value: The undiscounted value in dollars per coin.
  ///   - forward: F > 0, in dollars.
  ///   - strike: K > 0, in dollars.
  ///   - time: T > 0, in years.
  /// - Returns: The annualised volatility, a decimal; 0 when the value is the intrinsic value.
  /// - Throws: ``ImpliedVolatilityError`` when no volatility gives the value.
  public static func volatility(
    of right: Instrument.Right, value: Double, forward: Double, strike: Double, time: Double
  ) throws(ImpliedVolatilityError) -> Double {
    guard !time.isNaN else {
      throw .notANumber(value: value, forward: forward, strike: strike, time: time)
    }
    guard time > 0 else { throw .expired(time: time) }
    return try deviation(of: right, value: value, forward: forward, strike: strike)
      / time.squareRoot()
  }

  /// The total deviation σ√T implied by an undiscounted value; otherwise as
  /// ``volatility(of:value:forward:strike:time:)``.
  ///
  /// - Throws: ``ImpliedVolatilityError`` when no volatility gives the value.
  public static func deviation(
    of right: Instrument.Right, value: Double, forward: Double, strike: Double
  ) throws(ImpliedVolatilityError) -> Double {
    guard value.isFinite, forward.isFinite, strike.isFinite, forward > 0, strike > 0 else {
      throw .notANumber(value: value, forward: forward, strike: strike, time: 1)
    }
    let intrinsic = max(0, right.sign * (forward - strike))
    let maximum = right == .call ? forward : strike
    guard value >= intrinsic else {
      throw .belowIntrinsic(value: value, intrinsic: intrinsic)
    }
    guard value < maximum else { throw .notBelowMaximum(value: value, maximum: maximum) }
    let (x, scale) = Black76.moneyness(forward, strike)
    return NormalisedBlack.deviation(
      x, value: (value - intrinsic) / scale, complement: (maximum - value) / scale)
  }
}

extension NormalisedBlack {
  /// The s at which b(x, s) = β, for x ≤ 0.
  ///
  /// - Parameters:
  ///   - β: 0 ≤ β < e^{x/2}.
  ///   - γ: e^{x/2} − β > 0, given apart since near the bound only it has digits.
  package static func deviation(
    _ x: Double, value β: Double, complement γ: Double
  ) -> Double {
    if β == 0 { return 0 }
    let inflection = (-2 * x).squareRoot()
    let atInflection = value(x, inflection)
    if β < atInflection {
      return root(from: inflection, below: inflection) { s in
        // ln b in v = 1/s²: s changes by −½ s³ Δv, exactly s/√(1 + s² Δv).
        let b = value(x, s)
        let Δv = 2 * log(b / β) * b / (vega(x, s) * s * s * s)
        return (b < β, s / (1 + s * s * Δv).squareRoot())
      }
    }
    let start = inflection + (β - atInflection) / vega(x, inflection)
    if γ > 0.5 * β {
      return root(from: start, above: inflection) { s in
        // Halley's step: b″/b′ = x²/s³ − s/4.
        let b = value(x, s)
        let Δ = (β - b) / vega(x, s)
        let curvature = x / s * x / s / s - 0.25 * s
        return (b < β, s + Δ / max(0.5, 1 + 0.5 * Δ * curvature))
      }
    }
    return root(from: start, above: inflection) { s in
      // ln(e^{x/2} − b) in s²: s changes to √(s² + Δs²).
      let c = complement(x, s)
      let Δs² = 2 * s * log(c / γ) * c / vega(x, s)
      return (c > γ, (s * s + Δs²).squareRoot())
    }
  }

  /// The fixed point of a step that also tells whether s is too small; steps that leave the bracket
  /// found so far, or are not numbers, are replaced by halving it.
  private static func root(
    from start: Double, above low: Double = 0, below high: Double = .infinity,
    step: (Double) -> (isLow: Bool, next: Double)
  ) -> Double {
    var (low, high) = (low, high)
    var s = start
    for _ in 0..<100 {
      let (isLow, next) = step(s)
      if isLow { low = s } else { high = s }
      let change = abs(next - s)
      if change <= 4 * s.ulp { return next }
      if next > low && next < high {
        s = next
      } else if high == .infinity {
        s = 2 * low
      } else if low == 0 {
        s = 0.5 * high
      } else {
        s = (low * high).squareRoot()
      }
      if low.nextUp >= high { return s }
    }
    return s
  }
}
