import Foundation
import Pricing
import TestSupport
import Testing

@Suite("Implied volatility")
struct ImpliedVolatilityTests {
  @Test(
    "60-digit values give back their deviation, from s = 1e-8 to 20 and x = 0 to -40",
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func normalised() throws {
    let rows = try ReferenceData.rows("vectors/risk/black_normalised_mp60.csv")
    var worst = (0.0, "")
    var within = 0
    for row in rows {
      let x = try #require(Double(row["x"] ?? ""))
      let s = try #require(Double(row["s"] ?? ""))
      let b = try #require(Double(row["beta_otm_call"] ?? ""))
      let vega = try #require(Double(row["vega_norm"] ?? ""))
      let found = NormalisedBlack.deviation(
        x, value: b, complement: NormalisedBlack.complement(x, s))
      let tolerance = Double.ulpOfOne * max(1, b / (s * vega))
      let ratio = abs(found / s - 1) / tolerance
      within += ratio <= 1 ? 1 : 0
      if !(ratio <= worst.0) { worst = (ratio, "x \(x) s \(s) \(found)") }
    }
    print("implied deviation: \(within) of \(rows.count) within ε max(1, b/(s b′)), worst \(worst)")
    #expect(worst.0 < 6)
  }

  @Test("our own values give back the volatility over strikes, maturities and both rights")
  func roundTrip() throws {
    for forward in [0.62, 1900, 63_361.02] {
      for ratio in [0.2, 0.7, 0.95, 1, 1.001, 1.3, 4] {
        for volatility in [0.05, 0.3, 0.9, 2.5] {
          for time in [1.0 / 365, 0.1, 2] {
            // The out-of-the-money side; the other has only the digits of its time value.
            let right: Instrument.Right = ratio < 1 ? .put : .call
            let strike = forward * ratio
            let value = Black76.value(
              of: right, forward: forward, strike: strike, volatility: volatility, time: time)
            if value < 1e-300 { continue }
            let found = try ImpliedVolatility.volatility(
              of: right, value: value, forward: forward, strike: strike, time: time)
            let vega = Black76.greeks(
              of: right, forward: forward, strike: strike, volatility: volatility, time: time
            ).vega
            #expect(
              isClose(found, volatility, relative: 4e-15 * max(1, value / (volatility * vega))))
          }
        }
      }
    }
  }

  @Test("in the money the volatility has the digits of the time value")
  func inTheMoney() throws {
    let value = Black76.value(
      of: .call, forward: 100, strike: 60, volatility: 0.4, time: 0.5)
    let found = try ImpliedVolatility.volatility(
      of: .call, value: value, forward: 100, strike: 60, time: 0.5)
    #expect(isClose(found, 0.4, relative: 1e-12))
  }

  @Test("the intrinsic value implies no volatility, and values out of bounds are errors")
  func bounds() throws {
    let zero = try ImpliedVolatility.volatility(
      of: .call, value: 10, forward: 110, strike: 100, time: 1)
    #expect(zero == 0)
    #expect(throws: ImpliedVolatilityError.belowIntrinsic(value: 9.99, intrinsic: 10)) {
      try ImpliedVolatility.volatility(
        of: .call, value: 9.99, forward: 110, strike: 100, time: 1)
    }
    #expect(throws: ImpliedVolatilityError.notBelowMaximum(value: 100, maximum: 100)) {
      try ImpliedVolatility.volatility(
        of: .put, value: 100, forward: 110, strike: 100, time: 1)
    }
    #expect(throws: ImpliedVolatilityError.expired(time: 0)) {
      try ImpliedVolatility.volatility(of: .put, value: 1, forward: 110, strike: 100, time: 0)
    }
    let error = #expect(throws: ImpliedVolatilityError.self) {
      try ImpliedVolatility.volatility(
        of: .put, value: .nan, forward: 110, strike: 100, time: 1)
    }
    #expect(
      error?.description
        == "value nan, forward 110.0, strike 100.0 and time 1.0 should be finite, "
        + "forward and strike above 0")
    #expect(
      ImpliedVolatilityError.belowIntrinsic(value: 9.5, intrinsic: 10).description
        == "the value 9.5 is below the intrinsic value 10.0: no volatility gives it")
  }

  @Test("columns say for each option without a volatility why, and give no NaN")
  func columnFailures() {
    let values = [10, 9.99, 110, .nan, 5, 5, 100, 12]
    let times = [1, 1, 1, 1, 0, .nan, 1, 0.5]
    let rights = [Instrument.Right](repeating: .call, count: 6) + [.put, .call]
    let found = ImpliedVolatility.volatilities(
      of: rights, values: values, forwards: [Double](repeating: 110, count: 8),
      strikes: [Double](repeating: 100, count: 8), times: times)
    #expect(found.volatilities[0] == 0)
    #expect(
      found.volatilities.map { $0 == nil } == [false, true, true, true, true, true, true, false])
    #expect(found.failures.map(\.index) == [1, 2, 3, 4, 5, 6])
    #expect(found.failures[0].error == .belowIntrinsic(value: 9.99, intrinsic: 10))
    #expect(found.failures[1].error == .notBelowMaximum(value: 110, maximum: 110))
    #expect(found.failures[3].error == .expired(time: 0))
    #expect(found.failures[5].error == .notBelowMaximum(value: 100, maximum: 100))
    let alone = try? ImpliedVolatility.volatility(
      of: .call, value: 12, forward: 110, strike: 100, time: 0.5)
    #expect(isClose(found.volatilities[7] ?? .nan, alone ?? .nan, relative: 1e-14))
  }

  @Test("columns agree with single volatilities over the whole range, in and out of the money")
  func columnsAgree() throws {
    var random = TestRandom(seed: 3)
    var (rights, values, forwards, strikes): ([Instrument.Right], [Double], [Double], [Double]) =
      ([], [], [], [])
    for i in 0..<4000 {
      let s = exp(-9 + 11.5 * Double.random(in: 0...1, using: &random))
      let forward = exp(6 * random.signedUnit())
      let strike = forward * exp((i % 3 == 0 ? 30 : 2) * random.signedUnit() * min(s, 1))
      let right: Instrument.Right = (i % 4 == 0) == (strike < forward) ? .call : .put
      let value = Black76.value(of: right, forward: forward, strike: strike, deviation: s)
      let intrinsic = max(0, right.sign * (forward - strike))
      if value - intrinsic < 1e-290 || value >= (right == .call ? forward : strike) { continue }
      rights.append(right)
      values.append(value)
      forwards.append(forward)
      strikes.append(strike)
    }
    let found = ImpliedVolatility.volatilities(
      of: rights, values: values, forwards: forwards, strikes: strikes,
      times: [Double](repeating: 1, count: rights.count))
    #expect(found.failures.isEmpty)
    for i in rights.indices {
      let alone = try ImpliedVolatility.volatility(
        of: rights[i], value: values[i], forward: forwards[i], strike: strikes[i], time: 1)
      let vega = Black76.greeks(
        of: rights[i], forward: forwards[i], strike: strikes[i], volatility: alone, time: 1
      ).vega
      let timeValue = values[i] - max(0, rights[i].sign * (forwards[i] - strikes[i]))
      // Near the bound the scalar way uses the complement, which the value has to as many digits.
      let size = max(timeValue, forwards[i] > strikes[i] ? strikes[i] : forwards[i])
      let conditioning = alone > 1 ? size : timeValue
      #expect(
        isClose(
          found.volatilities[i] ?? .nan, alone,
          relative: 8 * Double.ulpOfOne * max(1, conditioning / (alone * vega))))
    }
  }
}
