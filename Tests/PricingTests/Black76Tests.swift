import Foundation
import Pricing
import TestSupport
import Testing

@Suite("Black-76: values")
struct Black76Tests {
  @Test(
    "normalised values agree with 60-digit arithmetic, from s = 1e-8 to 20 and x = 0 to -40",
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func normalised() throws {
    let rows = try ReferenceData.rows("vectors/risk/black_normalised_mp60.csv")
    #expect(rows.count == 115)
    var worst = (value: 0.0, vega: 0.0)
    for row in rows {
      let x = try #require(Double(row["x"] ?? ""))
      let s = try #require(Double(row["s"] ?? ""))
      let b = try #require(Double(row["beta_otm_call"] ?? ""))
      let vega = try #require(Double(row["vega_norm"] ?? ""))
      // The file's x and s are decimals: reading them as doubles moves ln b by up to
      // (|x ∂ln b/∂x| + |s ∂ln b/∂s|) ε/2 ≤ (h² + t² + 1) ε.
      let conditioning = (x / s * x / s + s * s / 4 + 1) * Double.ulpOfOne
      worst.value = max(worst.value, abs(NormalisedBlack.value(x, s) / b - 1) - conditioning)
      worst.vega = max(worst.vega, abs(NormalisedBlack.vega(x, s) / vega - 1) - conditioning)
    }
    print("normalised Black: relative error beyond that of reading: \(worst)")
    #expect(worst.value < 2e-15)
    #expect(worst.vega < 1e-15)
  }

  @Test("call minus put is forward minus strike, to rounding")
  func parity() {
    for (forward, strike, deviation) in grid() {
      let call = Black76.value(
        of: .call, forward: forward, strike: strike, deviation: deviation)
      let put = Black76.value(of: .put, forward: forward, strike: strike, deviation: deviation)
      #expect(
        isClose(
          call - put, forward - strike, absolute: 2.3e-16 * max(call, put, forward, strike)))
    }
  }

  @Test("values lie between the intrinsic value and the forward or strike, and grow with s")
  func bounds() {
    for forward in [1e-9, 0.5, 100, 61_234.5, 1e12] {
      for ratio in [1e-6, 0.3, 0.999, 1, 1.0001, 3, 1e5] {
        let strike = forward * ratio
        for right in [Instrument.Right.call, .put] {
          var previous = max(0, right.sign * (forward - strike))
          for deviation in [0, 1e-10, 1e-4, 0.01, 0.1, 0.5, 1, 3, 10, 100, 1e4, .infinity] {
            let value = Black76.value(
              of: right, forward: forward, strike: strike, deviation: deviation)
            #expect(value >= previous * (1 - 1e-14))
            #expect(value <= (right == .call ? forward : strike) * (1 + 1e-15))
            previous = value
          }
        }
      }
    }
  }

  @Test("values scale with forward and strike together")
  func homogeneous() {
    for (forward, strike, deviation) in grid() {
      let value = Black76.value(of: .put, forward: forward, strike: strike, deviation: deviation)
      let scaled = Black76.value(
        of: .put, forward: 4096 * forward, strike: 4096 * strike, deviation: deviation)
      #expect(isClose(scaled, 4096 * value, relative: 1e-15))
    }
  }

  @Test("the put-call symmetry: a call struck at K on F is a put struck at F on K")
  func symmetry() {
    for (forward, strike, deviation) in grid() {
      #expect(
        Black76.value(of: .call, forward: forward, strike: strike, deviation: deviation)
          == Black76.value(of: .put, forward: strike, strike: forward, deviation: deviation))
    }
  }

  @Test("at expiry, after it and without volatility the value is the intrinsic value, exactly")
  func intrinsic() {
    for (volatility, time) in [(0.5, 0.0), (0.5, -0.25), (0, 1), (0, 0), (0, -1)] {
      for (forward, strike) in [(90.0, 100.0), (100, 100), (110, 100), (0, 100), (100, 0), (0, 0)] {
        for right in [Instrument.Right.call, .put] {
          let value = Black76.value(
            of: right, forward: forward, strike: strike, volatility: volatility, time: time)
          #expect(value == max(0, right.sign * (forward - strike)))
          let greeks = Black76.greeks(
            of: right, forward: forward, strike: strike, volatility: volatility, time: time)
          let expected: Double =
            right.sign * (forward - strike) > 0
            ? right.sign : forward == strike && forward > 0 ? 0.5 * right.sign : 0
          if forward + strike > 0 { #expect(greeks.delta == expected) }
          #expect(greeks.gamma == 0 && greeks.theta == 0)
        }
      }
    }
  }

  @Test("no finite input gives NaN, however extreme")
  func extremes() {
    let sizes = [
      0, .leastNonzeroMagnitude, 1e10 * .leastNonzeroMagnitude, 1e-200, 1e-12, 0.7, 1, 63_000, 1e12,
      1e200,
      Double.greatestFiniteMagnitude,
    ]
    for forward in sizes {
      for strike in sizes {
        for volatility in sizes {
          for time in [-1, 0, .leastNonzeroMagnitude, 1e-12, 0.1, 1, 1e100] {
            for right in [Instrument.Right.call, .put] {
              let value = Black76.value(
                of: right, forward: forward, strike: strike, volatility: volatility, time: time)
              let g = Black76.greeks(
                of: right, forward: forward, strike: strike, volatility: volatility, time: time)
              let all = [value, g.delta, g.gamma, g.vega, g.theta, g.vanna, g.volga]
              if all.contains(where: \.isNaN) {
                Issue.record("\(right) \(forward) \(strike) \(volatility) \(time): \(all)")
              }
              #expect(value >= max(0, right.sign * (forward - strike)))
            }
          }
        }
      }
    }
  }

  @Test("a far out-of-the-money option keeps its digits: mpmath, 40 digits")
  func deepTail() {
    // F = 100, K = 200, s = 0.05: ln(F/K)/s = −13.86.
    let value = Black76.value(of: .call, forward: 100, strike: 200, deviation: 0.05)
    #expect(isClose(value, 2.68084207992859005e-44, relative: 1e-14))
    let inTheMoney = Black76.value(of: .put, forward: 100, strike: 200, deviation: 0.05)
    #expect(inTheMoney == 100)
  }

  private func grid() -> [(Double, Double, Double)] {
    [0.01, 1, 97, 63_361.02].flatMap { forward in
      [0.2, 0.9, 0.9999, 1, 1.2, 7].flatMap { ratio in
        [0, 0.001, 0.03, 0.2, 1.5, 6].map { (forward, forward * ratio, $0) }
      }
    }
  }
}
