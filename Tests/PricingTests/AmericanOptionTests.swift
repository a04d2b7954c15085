import Foundation
import Pricing
import TestSupport
import Testing

@Suite("American options")
struct AmericanOptionTests {
  @Test("the 12 digits of Andersen, Lake and Offengenden (2016), table 2")
  func publishedPremium() throws {
    // K = S = 100, r = q = 5 %, σ = 0.25, one year: American premium 0.106952702747.
    let tolerances: [(ExerciseBoundary.Accuracy, Double)] = [
      (.fast, 1e-6), (.standard, 1e-8), (.precise, 1e-11),
    ]
    for (accuracy, tolerance) in tolerances {
      for right in [Instrument.Right.call, .put] {
        let option = try AmericanOption(
          right, strike: 100, rate: 0.05, dividendYield: 0.05, volatility: 0.25, time: 1,
          accuracy: accuracy)
        let premium = option.value(spot: 100) - option.europeanValue(spot: 100)
        print("\(right) \(accuracy): premium \(premium), error \(premium - 0.106952702747)")
        #expect(isClose(premium, 0.106952702747, absolute: tolerance))
      }
    }
  }

  @Test("a boundary that solves its equations and is not the option's is not taken")
  func spuriousBoundary() throws {
    // QuantLib's QdFp engine of high precision; finite differences, 800 by 800, give 76.929, 98.089 and
    // 435.939.
    let expected = [(100.0, 76.941586), (125, 98.104351), (500, 435.990757)]
    let option = try AmericanOption(
      .call, strike: 100, rate: 0.05, dividendYield: 0.03, volatility: 1, time: 10)
    for (spot, value) in expected {
      #expect(isClose(option.value(spot: spot), value, relative: 1e-7))
    }
  }

  @Test("27 puts of Geske and Johnson (J. Finance 39 (1984) 1511), table I")
  func geskeJohnson() throws {
    // S = 40, r = 4.88 %, no dividend; their binomial column, for σ = 0.2, 0.3, 0.4, K = 35, 40, 45
    // and T = 0.0833, 0.3333, 0.5833.
    let printed = [
      0.0062, 0.2004, 0.4328, 0.8522, 1.5798, 1.9904, 5.0000, 5.0883, 5.2670,
      0.0774, 0.6975, 1.2198, 1.3099, 2.4825, 3.1696, 5.0597, 5.7056, 6.2436,
      0.2466, 1.3460, 2.1549, 1.7681, 3.3874, 4.3526, 5.2868, 6.5099, 7.3830,
    ]
    var worst = 0.0
    for (i, expected) in printed.enumerated() {
      let option = try AmericanOption(
        .put, strike: [35, 40, 45][i / 3 % 3], rate: 0.0488, volatility: [0.2, 0.3, 0.4][i / 9],
        time: [0.0833, 0.3333, 0.5833][i % 3])
      worst = max(worst, abs(option.value(spot: 40) - expected))
    }
    print("Geske and Johnson: largest difference \(worst)")
    #expect(worst < 2e-4)
  }

  struct Case {
    var right: Instrument.Right
    var spot: Double
    var rate: Double
    var yield: Double
    var volatility: Double
    var time: Double
  }

  static let cases: [Case] = [
    Case(right: .put, spot: 100, rate: 0.075, yield: 0.05, volatility: 0.25, time: 1),
    Case(right: .put, spot: 90, rate: 0.05, yield: 0, volatility: 0.2, time: 1),
    Case(right: .put, spot: 110, rate: 0.03, yield: 0.07, volatility: 0.4, time: 3),
    Case(right: .call, spot: 120, rate: 0.03, yield: 0.07, volatility: 0.3, time: 0.5),
    Case(right: .call, spot: 95, rate: 0.08, yield: 0.12, volatility: 0.2, time: 0.25),
    Case(right: .call, spot: 100, rate: 0.02, yield: 0.01, volatility: 0.6, time: 2),
    Case(right: .put, spot: 100, rate: 0.04, yield: -0.02, volatility: 0.3, time: 0.75),
    Case(right: .put, spot: 97, rate: 0.1, yield: 0.02, volatility: 0.1, time: 3),
    Case(right: .put, spot: 100, rate: 0.1, yield: 0.2, volatility: 1.2, time: 3),
    Case(right: .call, spot: 101, rate: -0.01, yield: 0.02, volatility: 0.25, time: 1),
  ]

  private func option(_ c: Case, _ accuracy: ExerciseBoundary.Accuracy = .standard) throws
    -> AmericanOption
  {
    try AmericanOption(
      c.right, strike: 100, rate: c.rate, dividendYield: c.yield, volatility: c.volatility,
      time: c.time, accuracy: accuracy)
  }

  @Test("agrees with extrapolated binomial trees")
  func trees() throws {
    for c in Self.cases {
      let value = try option(c).value(spot: c.spot)
      let tree = BinomialTree(
        right: c.right, spot: c.spot, strike: 100, rate: c.rate, dividendYield: c.yield,
        volatility: c.volatility, time: c.time
      ).extrapolated(steps: 2000)
      print("\(c): \(value), tree \(tree), difference \(value - tree)")
      #expect(isClose(value, tree, absolute: 1e-4))
    }
  }

  @Test("the accuracies converge: standard to precise within 1e-7 of the strike, fast within 1e-5")
  func accuracies() throws {
    for c in Self.cases {
      let precise = try option(c, .precise).value(spot: c.spot)
      let standard = try option(c).value(spot: c.spot)
      let fast = try option(c, .fast).value(spot: c.spot)
      print("\(c): standard \(standard - precise), fast \(fast - precise)")
      #expect(isClose(standard, precise, absolute: 1e-5))
      #expect(isClose(fast, precise, absolute: 1e-3))
    }
  }

  @Test("delta and gamma are the derivatives of the value, theta, vega and rhos too")
  func greeks() throws {
    for c in Self.cases {
      let option = try option(c, .precise)
      let greeks = try option.greeks(spot: c.spot)
      let h = 1e-2
      let v = (-2...2).map { option.value(spot: c.spot + h * Double($0)) }
      let delta = (8 * (v[3] - v[1]) - (v[4] - v[0])) / (12 * h)
      let gamma = (16 * (v[1] + v[3]) - (v[0] + v[4]) - 30 * v[2]) / (12 * h * h)
      #expect(isClose(greeks.greeks.delta, delta, absolute: 1e-9))
      #expect(isClose(greeks.greeks.gamma, gamma, absolute: 1e-7))

      func moved(
        rate: Double = 0, yield: Double = 0, volatility: Double = 0, time: Double = 0
      ) throws -> (value: Double, delta: Double, gamma: Double) {
        var other = c
        other.rate += rate
        other.yield += yield
        other.volatility += volatility
        other.time += time
        return try self.option(other, .precise).valueDeltaGamma(spot: c.spot)
      }
      let step = 1e-4
      let theta = try (moved(time: -step).value - moved(time: step).value) / (2 * step)
      #expect(isClose(greeks.greeks.theta, theta, relative: 1e-5, absolute: 1e-5))
      let (up, down) = try (moved(volatility: step), moved(volatility: -step))
      #expect(
        isClose(greeks.greeks.vega, (up.value - down.value) / (2 * step), relative: 1e-5))
      #expect(
        isClose(
          greeks.greeks.vanna, (up.delta - down.delta) / (2 * step), relative: 1e-4, absolute: 1e-5)
      )
      let rho = try (moved(rate: step).value - moved(rate: -step).value) / (2 * step)
      #expect(isClose(greeks.rho, rho, relative: 1e-4, absolute: 1e-3))
      let dividendRho = try (moved(yield: step).value - moved(yield: -step).value) / (2 * step)
      #expect(isClose(greeks.dividendRho, dividendRho, relative: 1e-4, absolute: 1e-3))
    }
  }

  @Test("a call on what pays nothing, and a put without interest, are worth their European values")
  func never() throws {
    let call = try AmericanOption(.call, strike: 100, rate: 0.05, volatility: 0.3, time: 2)
    let put = try AmericanOption(
      .put, strike: 100, rate: 0, dividendYield: 0.03, volatility: 0.3, time: 2)
    let negative = try AmericanOption(
      .put, strike: 100, rate: -0.02, dividendYield: 0.01, volatility: 0.3, time: 2)
    for option in [call, put, negative] {
      #expect(option.exercisePrice(timeLeft: 1) == nil)
      for spot in [50.0, 100, 200] {
        #expect(
          isClose(option.value(spot: spot), option.europeanValue(spot: spot), relative: 1e-14))
      }
    }
    let greeks = try call.greeks(spot: 90)
    let european = BlackScholes(
      .call, spot: 90, strike: 100, rate: 0.05, volatility: 0.3, time: 2)
    #expect(isClose(greeks.greeks.theta, european.greeks.theta, relative: 1e-12))
    #expect(isClose(greeks.greeks.vega, european.greeks.vega, relative: 1e-6))
    #expect(isClose(greeks.rho, european.rho, relative: 1e-6))
  }

  @Test("at the boundary value and slope are the payoff's; it starts at min(K, rK/q) and falls")
  func boundary() throws {
    for c in Self.cases where c.right == .put {
      let option = try option(c, .precise)
      let start = try #require(option.exercisePrice(timeLeft: 0))
      #expect(isClose(start, 100 * (c.yield > c.rate ? c.rate / c.yield : 1), relative: 1e-12))
      var previous = start
      for k in 1...20 {
        let price = try #require(option.exercisePrice(timeLeft: c.time * Double(k) / 20))
        #expect(price < previous)
        previous = price
      }
      #expect(option.isExercised(spot: previous * 0.999))
      #expect(option.value(spot: previous * 0.999) == 100 - previous * 0.999)
      let above = option.valueDeltaGamma(spot: previous * (1 + 1e-9))
      #expect(isClose(above.value, 100 - previous, absolute: 1e-6))
      #expect(isClose(above.delta, -1, absolute: 1e-4))
    }
  }

  @Test("values lie above European values and payoffs, fall with the price and grow with time")
  func order() throws {
    for c in Self.cases {
      var longer = c
      longer.time *= 1.3
      let (option, other) = try (option(c), self.option(longer))
      var previous = Double.infinity
      for spot in stride(from: 40.0, through: 220, by: 7) {
        let value = option.value(spot: spot)
        let payoff = max(0, c.right.sign * (spot - 100))
        #expect(value >= max(payoff, option.europeanValue(spot: spot)) - 1e-9)
        #expect(other.value(spot: spot) >= value - 1e-7)
        let directed = -c.right.sign * value
        if c.right == .put { #expect(value <= previous) } else { #expect(directed <= previous) }
        previous = c.right == .put ? value : directed
      }
    }
  }

  @Test("a call is a put with price and strike, rate and yield exchanged")
  func symmetry() throws {
    for c in Self.cases {
      let one = try option(c).value(spot: c.spot)
      let other = try AmericanOption(
        c.right == .call ? .put : .call, strike: c.spot, rate: c.yield, dividendYield: c.rate,
        volatility: c.volatility, time: c.time
      ).value(spot: 100)
      #expect(isClose(one, other, relative: 1e-13))
    }
  }

  @Test("long lives come to the perpetual put")
  func perpetual() throws {
    // V = (K − B)(S/B)^λ, B = K λ/(λ − 1), λ the negative root of ½σ²λ(λ − 1) + rλ − r = 0, −2r/σ².
    let (rate, σ) = (0.08, 0.4)
    let λ = -2 * rate / (σ * σ)
    let limit = 100 * λ / (λ - 1)
    let expected = (100 - limit) * pow(110 / limit, λ)
    let option = try AmericanOption(
      .put, strike: 100, rate: rate, volatility: σ, time: 150, accuracy: .precise)
    #expect(isClose(option.value(spot: 110), expected, relative: 1e-4))
  }

  @Test("no time, no volatility and little of both")
  func limits() throws {
    let expired = try AmericanOption(.put, strike: 100, rate: 0.05, volatility: 0.3, time: -1)
    #expect(expired.value(spot: 90) == 10 && expired.value(spot: 110) == 0)
    let certain = try AmericanOption(
      .call, strike: 50, rate: 0.05, dividendYield: 0.01, volatility: 0, time: 1)
    // 100 e^{−0.01} − 50 e^{−0.05}: waiting pays.
    #expect(isClose(certain.value(spot: 100), 51.44351214988111, relative: 1e-13))
    let interior = try AmericanOption(
      .put, strike: 120, rate: 0.01, dividendYield: 0.5, volatility: 0, time: 40)
    let t = log(0.01 * 120 / (0.5 * 100)) / (0.01 - 0.5)
    #expect(
      isClose(
        interior.value(spot: 100), 120 * exp(-0.01 * t) - 100 * exp(-0.5 * t), relative: 1e-13))
    for volatility in [1e-4, 1e-3, 0.01, 0.05] {
      for time in [1e-4, 0.01, 1, 5] {
        let option = try AmericanOption(
          .put, strike: 100, rate: 0.05, volatility: volatility, time: time)
        for spot in [90.0, 99.99, 100, 100.5, 140] {
          let value = option.value(spot: spot)
          #expect(value >= max(0, 100 - spot))
          // A perpetual put is worth at most the discount of waiting for ever, σ²/2r of the strike, more.
          #expect(
            value <= max(0, 100 - spot) + 100 * volatility * min(time.squareRoot(), 10 * volatility)
          )
        }
      }
    }
  }

  @Test("bad numbers and two boundaries are errors that say what to change")
  func errors() {
    #expect(throws: AmericanOptionError.twoBoundaries(rate: -0.01, dividendYield: -0.03)) {
      try AmericanOption(
        .put, strike: 100, rate: -0.01, dividendYield: -0.03, volatility: 0.2, time: 1)
    }
    for (strike, volatility, time) in [(0.0, 0.2, 1.0), (100, -0.1, 1), (100, 0.2, .nan)] {
      let error = #expect(throws: AmericanOptionError.self) {
        try AmericanOption(.put, strike: strike, rate: 0.05, volatility: volatility, time: time)
      }
      #expect(error?.description.hasPrefix("the ") == true)
    }
  }
}
