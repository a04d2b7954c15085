import Foundation
import Pricing
import TestSupport
import Testing

@Suite("Black-76: many scenarios")
struct Black76ScenariosTests {
  @Test("the kernel agrees with the scalar formula over forwards, volatilities, strikes and times")
  func grid() {
    var random = TestRandom(seed: 7)
    var worst = (absolute: 0.0, relative: 0.0)
    for strike in [1e-3, 0.55, 1900, 64_000, 1e9] {
      for time in [1e-4, 1.0 / 365, 0.05, 0.5, 3, 20] {
        for right in [Instrument.Right.call, .put] {
          // From e⁻⁴ to e⁴ of the strike, half of it near by; 203 is no multiple of 8.
          let forwards = (0..<203).map { i in
            strike * exp((i % 2 == 0 ? 4 : 0.3) * random.signedUnit())
          }
          let volatilities = (0..<203).map { _ in 1.2 + 1.15 * random.signedUnit() }
          let values = Black76.values(
            forwards: forwards, volatilities: volatilities, strike: strike, time: time,
            right: right)
          for (i, value) in values.enumerated() {
            let (f, σ) = (forwards[i], volatilities[i])
            let exact = Black76.value(
              of: right, forward: f, strike: strike, volatility: σ, time: time)
            worst.absolute = max(worst.absolute, abs(value - exact) / max(f, strike))
            let outOfTheMoney = right.sign * (f - strike) < 0
            if outOfTheMoney && exact > 1e-300 * strike {
              let s = σ * time.squareRoot()
              let d = abs(log(f / strike)) / s
              let size = exact * Double.ulpOfOne * (1 + d * d + (1 + d) / s)
              worst.relative = max(worst.relative, abs(value - exact) / size)
            }
          }
        }
      }
    }
    print("kernel: largest error \(worst.absolute) of max(F, K), \(worst.relative) relative units")
    #expect(worst.absolute < 5e-16)
    #expect(worst.relative < 6)
  }

  @Test("scenarios of no ordinary size take the scalar formula")
  func extremes() {
    var forwards = (0..<64).map { 50.0 + Double($0) }
    var volatilities = [Double](repeating: 0.5, count: 64)
    (forwards[3], forwards[17], forwards[30]) = (0, 1e200, 1e-200)
    (volatilities[9], volatilities[40], volatilities[41]) = (0, 1e6, 1e-9)
    for time in [-1, 0, 0.25] {
      let values = Black76.values(
        forwards: forwards, volatilities: volatilities, strike: 80, time: time, right: .put)
      for (i, value) in values.enumerated() {
        let exact = Black76.value(
          of: .put, forward: forwards[i], strike: 80, volatility: volatilities[i], time: time)
        #expect(isClose(value, exact, absolute: 1e-13))
      }
    }
    #expect(
      Black76.values(forwards: [], volatilities: [], strike: 1, time: 1, right: .call).isEmpty)
  }

  @Test("parity holds scenario by scenario")
  func parity() {
    let forwards = (0..<40).map { 40 + 3.3 * Double($0) }
    let volatilities = (0..<40).map { 0.2 + 0.05 * Double($0) }
    let calls = Black76.values(
      forwards: forwards, volatilities: volatilities, strike: 100, time: 0.3, right: .call)
    let puts = Black76.values(
      forwards: forwards, volatilities: volatilities, strike: 100, time: 0.3, right: .put)
    for i in forwards.indices {
      #expect(isClose(calls[i] - puts[i], forwards[i] - 100, absolute: 1e-13))
    }
  }

  @Test("the time of a scenario, for the record")
  func speed() {
    let count = 10_000
    let forwards = (0..<count).map { 63_000 * exp(1e-5 * Double($0 - count / 2)) }
    let volatilities = [Double](repeating: 0.45, count: count)
    var values: [Double] = []
    let clock = ContinuousClock()
    var best = Duration.seconds(1)
    for _ in 0..<20 {
      let start = clock.now
      values = Black76.values(
        forwards: forwards, volatilities: volatilities, strike: 64_000, time: 0.1, right: .call)
      best = min(best, clock.now - start)
    }
    var scalar = Duration.seconds(1)
    for _ in 0..<5 {
      let start = clock.now
      for i in 0..<count {
        values[i] = Black76.value(
          of: .call, forward: forwards[i], strike: 64_000, volatility: volatilities[i], time: 0.1)
      }
      scalar = min(scalar, clock.now - start)
    }
    print("Black-76 per scenario: kernel \(best / count), scalar \(scalar / count)")
    #expect(values[count / 2] > 0)
  }
}
