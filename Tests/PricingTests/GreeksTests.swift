import Pricing
import TestSupport
import Testing

@Suite("Black-76: Greeks")
struct GreeksTests {
  struct Case: CustomTestStringConvertible {
    var right: Instrument.Right
    var forward: Double
    var strike: Double
    var volatility: Double
    var time: Double
    var testDescription: String { "\(right) \(forward)/\(strike) σ \(volatility) T \(time)" }
  }

  static let cases: [Case] = [Instrument.Right.call, .put].flatMap { right in
    [(60_000.0, 60_000.0), (60_000, 72_000), (60_000, 45_000), (1.1, 0.9)].flatMap { f, k in
      [(0.45, 0.25), (0.9, 0.02), (0.2, 2.0)].map { σ, t in
        Case(right: right, forward: f, strike: k, volatility: σ, time: t)
      }
    }
  }

  @Test("each Greek is the derivative of the value, by differences of order 4", arguments: cases)
  func finiteDifferences(_ c: Case) {
    func value(_ δF: Double = 0, _ δσ: Double = 0, _ δT: Double = 0) -> Double {
      Black76.value(
        of: c.right, forward: c.forward * (1 + δF), strike: c.strike,
        volatility: c.volatility * (1 + δσ), time: c.time * (1 + δT))
    }
    func slope(_ f: (Double) -> Double, _ h: Double) -> Double {
      (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
    }
    func curvature(_ f: (Double) -> Double, _ h: Double) -> Double {
      (16 * (f(h) + f(-h)) - (f(2 * h) + f(-2 * h)) - 30 * f(0)) / (12 * h * h)
    }
    let g = Black76.greeks(
      of: c.right, forward: c.forward, strike: c.strike, volatility: c.volatility, time: c.time)
    let s = c.volatility * c.time.squareRoot()
    let (f, σ, t) = (c.forward, c.volatility, c.time)
    let h = 0.02 * s
    #expect(isClose(g.delta, slope({ value($0) }, h) / f, absolute: 1e-7))
    #expect(isClose(g.gamma * f, curvature({ value($0) }, h) / f, absolute: 1e-6 / s))
    #expect(isClose(g.vega / f, slope({ value(0, $0) }, 0.01) / σ / f, absolute: 1e-7))
    #expect(isClose(g.theta / f, -slope({ value(0, 0, $0) }, 0.01) / t / f, absolute: 1e-7 / t))
    let vanna = slope({ δσ in slope({ value($0, δσ) }, h) / f }, 0.01) / σ
    #expect(isClose(g.vanna, vanna, absolute: 1e-6 / σ))
    #expect(isClose(g.volga / f, curvature({ value(0, $0) }, 0.02) / σ / σ / f, absolute: 1e-6 / σ))
  }

  @Test("calls and puts share gamma, vega, theta, vanna and volga; their deltas differ by 1")
  func parity() {
    for c in Self.cases where c.right == .call {
      let call = Black76.greeks(
        of: .call, forward: c.forward, strike: c.strike, volatility: c.volatility, time: c.time)
      var put = Black76.greeks(
        of: .put, forward: c.forward, strike: c.strike, volatility: c.volatility, time: c.time)
      #expect(isClose(call.delta - put.delta, 1, relative: 1e-15))
      put.delta = call.delta
      #expect(call == put)
    }
  }

  @Test("the Black-Scholes equation holds: theta = −½ σ² F² gamma on a forward")
  func heatEquation() {
    for c in Self.cases {
      let g = Black76.greeks(
        of: c.right, forward: c.forward, strike: c.strike, volatility: c.volatility, time: c.time)
      let σF = c.volatility * c.forward
      #expect(isClose(g.theta, -0.5 * σF * σF * g.gamma, relative: 1e-14))
      #expect(isClose(g.vega, σF * c.forward * c.time * g.gamma, relative: 1e-14))
    }
  }

  @Test("at the kink without volatility delta is ±½ and vega its limit F √T φ(0)")
  func kink() {
    let g = Black76.greeks(of: .call, forward: 50, strike: 50, volatility: 0, time: 4)
    #expect(g.delta == 0.5)
    #expect(isClose(g.vega, 50 * 2 * 0.3989422804014327, relative: 1e-15))
    let near = Black76.greeks(of: .call, forward: 50, strike: 50, volatility: 1e-9, time: 4)
    #expect(isClose(g.vega, near.vega, relative: 1e-12))
  }
}
