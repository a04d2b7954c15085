internal import Foundation
internal import Pricing

/// Undiscounted Black (1976) values of one option in many states.
enum OptionValues {
  /// Values where forwards and volatilities differ; intrinsic where no time is left.
  static func fill(
    _ values: UnsafeMutableBufferPointer<Double>, forwards: UnsafeBufferPointer<Double>,
    volatilities: UnsafeBufferPointer<Double>, strike: Double, years: Double,
    right: Instrument.Right
  ) {
    for s in 0..<forwards.count {
      values[s] = value(
        forward: forwards[s], volatility: volatilities[s], strike: strike, years: years,
        right: right)
    }
  }

  /// θ (F Φ(θ d₁) − K Φ(θ d₂)), θ = ±1, d = ln(F/K)/s ± s/2, s = σ√T (Black 1976, undiscounted).
  static func value(
    forward: Double, volatility: Double, strike: Double, years: Double, right: Instrument.Right
  ) -> Double {
    let θ = right.sign
    let s = volatility * max(years, 0).squareRoot()
    guard s > 0 else { return max(θ * (forward - strike), 0) }
    let d = log(forward / strike) / s
    let value = θ * (forward * Φ(θ * (d + s / 2)) - strike * Φ(θ * (d - s / 2)))
    return max(value, 0)
  }

  private static func Φ(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }
}
