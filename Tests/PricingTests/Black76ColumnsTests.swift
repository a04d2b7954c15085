import Foundation
import Pricing
import TestSupport
import Testing

@Suite("Black-76: columns of options")
struct Black76ColumnsTests {
  struct Case {
    let right: Instrument.Right
    let forward: Double
    let strike: Double
    let volatility: Double
    let time: Double
    /// Value, delta, gamma, vega, theta, vanna, volga.
    let exact: [Double]

    init(
      _ right: Instrument.Right, _ forward: Double, _ strike: Double, _ volatility: Double,
      _ time: Double, _ exact: [Double]
    ) {
      self.right = right
      self.forward = forward
      self.strike = strike
      self.volatility = volatility
      self.time = time
      self.exact = exact
    }
  }

  /// The definitions evaluated by mpmath with 50 digits at the doubles given, printed to 17: options
  /// out of the money, s from 5e-5 to 2, up to 14 deviations away.
  static let cases: [Case] = [
    Case(
      .call, 100, 200, 0.05, 1,
      [
        2.6808420799285901e-44, 7.5224640757074618e-44, 2.0926702032621701e-43,
        1.0463351016310851e-40,
        -2.6158377540777129e-42, 2.906288577974117e-40, 4.0217057459877284e-37,
      ]),
    Case(
      .call, 100, 101, 0.2, 0.25,
      [
        3.5275068370385484, 0.48025910030367197, 0.039845376025251764, 19.922688012625883,
        -7.9690752050503536, 0.29785077727320263, 0.73722994618781478,
      ]),
    Case(
      .put, 64000, 60000, 0.55, 0.0027397260273972603,
      [
        7.7336931261531553, -0.012028285939181028, 1.6986938623196062e-5, 104.84431597352354,
        -10523.748215842426, -0.12675174275114564, 958.00946820358734,
      ]),
    Case(
      .call, 64000, 80000, 0.45, 0.5,
      [
        3222.9971511198471, 0.29384949450251468, 1.6912261591781917e-5, 15586.340282986215,
        -7013.8531273437968, 0.65849533943880339, 16156.823041015633,
      ]),
    Case(
      .call, 100, 100, 0.3, 1,
      [
        11.923538474048503, 0.55961769237024252, 0.013149311030262964, 39.44793309078889,
        -5.9171899636183332, 0.19723966545394445, -2.9585949818091666,
      ]),
    Case(
      .put, 1.1, 0.9, 0.08, 2,
      [
        1.7144339594843389e-3, -0.033605261165392466, 0.60047984910496914, 0.11625289878672205,
        -2.325057975734441e-3, -1.6040150210786623, 4.5669869567643167,
      ]),
    Case(
      .call, 1900, 1910, 0.02, 0.01,
      [
        5.1545313591085576e-3, 4.3492996740203591e-3, 3.3601066164708918e-3, 2.425996977091984,
        -2.425996977091984, 1.6762859875551161, 835.62656864747119,
      ]),
    Case(
      .put, 100, 99.5, 0.01, 0.01,
      [
        4.9855927594738568e-9, -2.6788122861902406e-7, 1.3927467305771453e-5, 1.3927467305771453e-5,
        -6.9637336528857266e-6, -6.9805048632572119e-4, 0.034993562828962662,
      ]),
    Case(
      .call, 5, 9, 0.7, 3,
      [
        1.5029069079525621, 0.54832061870144427, 0.065325096194487857, 3.4295675502106123,
        -0.40011621419123807, 0.61722261521083355, -0.64902428345016318,
      ]),
    Case(
      .put, 100, 35, 0.5, 1.5,
      [
        0.61755525018030161, -0.021663776877952934, 8.4600765856747466e-4, 6.34505743925606,
        -1.0575095732093433, -0.14590622429561134, 36.106599884605281,
      ]),
    Case(
      .call, 100, 110, 0.001, 100,
      [
        8.3902487671084562e-23, 8.1716089678103171e-22, 7.8682772526061094e-21,
        7.8682772526061095e-18,
        -3.9341386263030549e-23, 7.5032033355879779e-17, 7.147564988565208e-13,
      ]),
    Case(
      .call, 100, 100.001, 0.0001, 0.25,
      [
        1.5344829551627381e-3, 0.42075045769439335, 78.208945453996465, 19.552236363499117,
        -3.9104472726998236e-3, 782.18330530431318, 7820.8162150443093,
      ]),
    Case(
      .put, 64000, 64000, 0.6, 2.5,
      [
        23343.597056176108, -0.31762814799862416, 5.8715222085427959e-6, 36074.632449286937,
        -4328.9558939144322, 0.28183306601005419, -13527.987168482601,
      ]),
    Case(
      .call, 250, 400, 0.2, 0.1,
      [
        1.3969981428794514e-13, 6.8201500606590937e-14, 3.2481892472577061e-14,
        4.0602365590721331e-11,
        -4.0602365590721331e-11, 1.9164463914782639e-11, 1.1211298330834014e-8,
      ]),
    Case(
      .call, 1e-05, 2e-05, 0.9, 0.2,
      [
        9.7116583242067037e-8, 0.064143483766354953, 31179.319619962768, 5.6122775315932996e-7,
        -1.2627624446084924e-6, 0.26819313750635071, 1.8241519218893146e-6,
      ]),
    Case(
      .put, 30000000.0, 10000000.0, 0.35, 0.75,
      [
        183.91619854746784, -7.9672298662371691e-5, 3.5156782759783253e-11, 8305.7899269987931,
        -1938.0176496330516, -3.1721707595918984e-3, 311203.48907229124,
      ]),
    Case(
      .call, 110, 90, 0.25, 0.5,
      [
        21.122474818406326, 0.88943959278356216, 9.7052122386039533e-3, 14.679133510888479,
        -3.6697833777221198, -0.79019940925210977, 75.203361542305079,
      ]),
    Case(
      .put, 80, 120, 0.6, 0.3,
      [
        41.669398876699444, -0.85757199071174411, 8.5652604004950004e-3, 9.8671799813702398,
        -9.8671799813702398, 0.52472510611840198, 24.589675486529625,
      ]),
    Case(
      .call, 100, 130, 1.9, 1,
      [
        61.181736639362484, 0.79157937917473246, 1.5101226479342159e-3, 28.692330310750101,
        -27.257713795212595, 0.16431439985801159, -13.340908688607709,
      ]),
    Case(
      .put, 100, 20, 1.4, 2,
      [
        7.8347121284268596, -0.035706799164453842, 3.9672481246763143e-4, 11.108294749093679,
        -3.8879031621827876, 9.934048460560202e-3, -2.5327835142200854,
      ]),
  ]

  private func columns(_ cases: [Case]) -> OptionColumns {
    OptionColumns(
      rights: cases.map(\.right), forwards: cases.map(\.forward), strikes: cases.map(\.strike),
      volatilities: cases.map(\.volatility), times: cases.map(\.time))
  }

  private func numbers(_ g: GreekColumns, _ i: Int) -> [Double] {
    [
      g.values[i], g.deltas[i], g.gammas[i], g.vegas[i], g.thetas[i], g.vannas[i], g.volgas[i],
    ]
  }

  @Test("values and six Greeks to 1e-13 of 50-digit arithmetic")
  func greeks() {
    let greeks = Black76.greeks(of: columns(Self.cases))
    var worst = [Double](repeating: 0, count: 7)
    for (i, c) in Self.cases.enumerated() {
      for (k, ours) in numbers(greeks, i).enumerated() {
        worst[k] = max(worst[k], abs(ours / c.exact[k] - 1))
      }
    }
    print("columns of Greeks: largest relative errors \(worst)")
    #expect(worst.allSatisfy { $0 < 1e-13 })
  }

  @Test("the same values by the scenario kernels to 1e-13")
  func scenarioKernels() throws {
    let still = try PriceScenarios(growths: [1, 1, 1])
    for c in Self.cases {
      let own = Black76.values(
        forwards: [c.forward], volatilities: [c.volatility], strike: c.strike, time: c.time,
        right: c.right)
      var sums = [Double](repeating: 0, count: 3)
      sums.withUnsafeMutableBufferPointer {
        Black76.add(
          1, of: c.right, forward: c.forward, strike: c.strike, volatility: c.volatility,
          time: c.time, in: still, to: $0)
      }
      #expect(isClose(own[0], c.exact[0], relative: 1e-13))
      #expect(isClose(sums[0], c.exact[0], relative: 1e-13))
      #expect(sums[0] == sums[2])
    }
  }

  @Test("their volatilities are implied to 4 ε, or to what the rounding of the value leaves")
  func implied() {
    let cases = Self.cases
    let found = ImpliedVolatility.volatilities(
      of: cases.map(\.right), values: cases.map { $0.exact[0] }, forwards: cases.map(\.forward),
      strikes: cases.map(\.strike), times: cases.map(\.time))
    #expect(found.failures.isEmpty)
    var worst = 0.0
    for (c, σ) in zip(cases, found.volatilities) {
      let tolerance = Double.ulpOfOne * max(1, c.exact[0] / (c.volatility * c.exact[3]))
      worst = max(worst, abs((σ ?? .nan) / c.volatility - 1) / tolerance)
    }
    print("columns of implied volatilities: \(worst) ε max(1, V/(σ vega))")
    #expect(worst <= 4)
  }

  @Test("agree with the scalar formulas, in and out of the money, for s from 1e-9 to 20")
  func scalar() {
    var random = TestRandom(seed: 11)
    let cases = (0..<2003).map { i -> Case in
      let s = exp(log(1e-9) + Double.random(in: 0...1, using: &random) * log(2e10))
      let time = exp(3 * random.signedUnit())
      let forward = exp(9 * random.signedUnit())
      return Case(
        i % 2 == 0 ? .call : .put, forward, forward * exp(8 * random.signedUnit() * min(s, 3)),
        s / time.squareRoot(), time, [])
    }
    let greeks = Black76.greeks(of: columns(cases))
    for (i, c) in cases.enumerated() {
      let value = Black76.value(
        of: c.right, forward: c.forward, strike: c.strike, volatility: c.volatility, time: c.time)
      let g = Black76.greeks(
        of: c.right, forward: c.forward, strike: c.strike, volatility: c.volatility, time: c.time)
      let s = c.volatility * c.time.squareRoot()
      let d = log(c.forward / c.strike) / s
      // One ulp of F/K moves ln V by (1 + |d|)/s of it.
      let units = 4 * Double.ulpOfOne * (1 + d * d + (1 + abs(d)) / s)
      let intrinsic = max(0, c.right.sign * (c.forward - c.strike))
      let timeValue = value - intrinsic
      #expect(
        abs(greeks.values[i] - value)
          <= units * timeValue + 2 * Double.ulpOfOne * max(value, c.forward, c.strike))
      #expect(isClose(greeks.deltas[i], g.delta, relative: units))
      #expect(isClose(greeks.gammas[i], g.gamma, relative: units))
      #expect(isClose(greeks.vegas[i], g.vega, relative: units))
      #expect(isClose(greeks.thetas[i], g.theta, relative: units))
      let (d1, d2) = (abs(d + s / 2), abs(d - s / 2))
      #expect(
        isClose(greeks.vannas[i], g.vanna, absolute: units * g.vega / c.forward / s * (1 + d2)))
      #expect(
        isClose(
          greeks.volgas[i], g.volga, absolute: units * g.vega / c.volatility * (1 + d1) * (1 + d2)))
    }
  }

  @Test("call minus put is forward minus strike, their deltas differ by 1, the rest is shared")
  func parity() {
    let count = 61
    let forwards = (0..<count).map { 40 + 3.3 * Double($0) }
    func side(_ right: Instrument.Right) -> GreekColumns {
      Black76.greeks(
        of: OptionColumns(
          rights: Array(repeating: right, count: count), forwards: forwards,
          strikes: Array(repeating: 100, count: count),
          volatilities: (0..<count).map { 0.2 + 0.03 * Double($0) },
          times: Array(repeating: 0.3, count: count)))
    }
    let (calls, puts) = (side(.call), side(.put))
    for i in 0..<count {
      #expect(isClose(calls.values[i] - puts.values[i], forwards[i] - 100, absolute: 5e-14))
      #expect(isClose(calls.deltas[i] - puts.deltas[i], 1, relative: 1e-15))
    }
    #expect(calls.gammas == puts.gammas && calls.vegas == puts.vegas)
    #expect(calls.thetas == puts.thetas && calls.vannas == puts.vannas)
    #expect(calls.volgas == puts.volgas)
  }

  @Test("an option's numbers do not depend on its neighbours or its place")
  func places() {
    let cases = Self.cases + Self.cases.reversed() + [Self.cases[3]]
    let all = Black76.greeks(of: columns(cases))
    for i in cases.indices {
      let alone = Black76.greeks(of: columns([cases[i]]))
      #expect(numbers(alone, 0) == numbers(all, i))
    }
  }

  @Test("expired, riskless and extreme options take the scalar formulas; nothing is NaN")
  func extremes() {
    let sizes = [0, .leastNonzeroMagnitude, 1e-200, 0.7, 100, 1e200, .greatestFiniteMagnitude]
    var cases: [Case] = []
    for forward in sizes {
      for strike in sizes {
        for volatility in sizes {
          for time in [-1, 0, .leastNonzeroMagnitude, 0.1, 1e100] {
            cases.append(Case(.put, forward, strike, volatility, time, []))
          }
        }
      }
    }
    let greeks = Black76.greeks(of: columns(cases))
    for (i, c) in cases.enumerated() {
      #expect(numbers(greeks, i).allSatisfy { !$0.isNaN })
      let value = Black76.value(
        of: .put, forward: c.forward, strike: c.strike, volatility: c.volatility, time: c.time)
      #expect(isClose(greeks.values[i], value, relative: 1e-13))
    }
  }

  @Test(
    "43 values of Haug (1998) to 1e-13 of their 25 digits, by columns",
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func haug() throws {
    let rows = try ReferenceData.rows("vectors/risk/bs_haug1998_values.csv")
    func number(_ name: String) throws -> [Double] {
      try rows.map { try #require(Double($0[name] ?? "")) }
    }
    let (spots, rates, yields, times) = try (
      number("spot"), number("r"), number("q"), number("t")
    )
    let options = OptionColumns(
      rights: rows.map { $0["type"] == "Call" ? .call : .put },
      forwards: rows.indices.map { spots[$0] * exp((rates[$0] - yields[$0]) * times[$0]) },
      strikes: try number("strike"), volatilities: try number("vol"), times: times)
    let greeks = Black76.greeks(of: options)
    let exact = try number("value_40digits")
    let worst = rows.indices.map {
      abs(greeks.values[$0] * exp(-rates[$0] * times[$0]) / exact[$0] - 1)
    }.max()
    print("Haug 1998 by columns: largest relative error \(worst ?? .nan)")
    #expect((worst ?? .nan) < 1e-13)
  }

  @Test(
    "the 60-digit grid: values from F/K = e^x, and s from values, by columns",
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func grid() throws {
    let rows = try ReferenceData.rows("vectors/risk/black_normalised_mp60.csv")
    func number(_ name: String) throws -> [Double] {
      try rows.map { try #require(Double($0[name] ?? "")) }
    }
    let (x, s, b, vega) = try (
      number("x"), number("s"), number("beta_otm_call"), number("vega_norm")
    )
    let ones = [Double](repeating: 1, count: rows.count)
    let calls = [Instrument.Right](repeating: .call, count: rows.count)
    let forwards = x.map { exp($0) }
    let greeks = Black76.greeks(
      of: OptionColumns(
        rights: calls, forwards: forwards, strikes: ones, volatilities: s, times: ones))
    let values = zip(b, forwards).map { $0 * $1.squareRoot() }
    let implied = ImpliedVolatility.volatilities(
      of: calls, values: values, forwards: forwards, strikes: ones, times: ones)
    #expect(implied.failures.map(\.index) == rows.indices.filter { values[$0] >= forwards[$0] })
    var worst = (value: 0.0, implied: 0.0)
    for i in rows.indices where values[i] < forwards[i] {
      // F = e^x and s are rounded: ln V moves by (1 + |d|)/s and d² of that.
      let d = abs(x[i]) / s[i]
      let units = Double.ulpOfOne * (1 + d * d + s[i] * s[i] / 4 + (1 + d) / s[i])
      let value = greeks.values[i] / forwards[i].squareRoot()
      worst.value = max(worst.value, abs(value / b[i] - 1) / units)
      // Rounding F moves s by less than ε √(π/2)/2; near the bound F − V has lost its digits.
      let bound = exp(x[i] / 2)
      let lost = (bound - b[i] < 0.5 * bound ? bound : b[i]) / (s[i] * vega[i])
      let tolerance = Double.ulpOfOne * (max(1, lost) + 0.7 / s[i])
      let σ = try #require(implied.volatilities[i])
      worst.implied = max(worst.implied, abs(σ / s[i] - 1) / tolerance)
    }
    print("60-digit grid by columns, in units of rounding: \(worst)")
    #expect(worst.value <= 4)
    #expect(worst.implied <= 4)
  }
}
