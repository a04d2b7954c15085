import Foundation
import Pricing
import TestSupport
import Testing

@Suite struct SVITests {
  static func slice(
    _ a: Double, _ b: Double, _ rho: Double, _ m: Double, _ sigma: Double, time: Double = 1,
    forward: Double = 100
  ) throws -> SVISlice {
    try SVISlice(time: time, forward: forward, a: a, b: b, rho: rho, m: m, sigma: sigma)
  }

  /// Axel Vogt's example of a smile with butterfly arbitrage: Gatheral and Jacquier, Quantitative
  /// Finance 14 (2014), equation 3.8.
  static func vogt() throws -> SVISlice {
    try slice(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153)
  }

  static let free: [(a: Double, b: Double, rho: Double, m: Double, sigma: Double, time: Double)] = [
    (0.04, 0.1, -0.4, 0.05, 0.2, 1), (0.01, 0.02, 0.3, -0.02, 0.05, 0.1),
    (0.002, 0.03, -0.7, 0.01, 0.08, 0.05), (0.3, 0.4, 0.1, 0.2, 0.6, 2),
    (-0.005, 0.1, 0, 0, 0.3, 0.5), (0.0003, 0.008, -0.2, 0.004, 0.02, 0.01),
  ]

  @Test(arguments: free, SVICalibration.Weights.allCases)
  func `Planted parameters come back`(
    p: (a: Double, b: Double, rho: Double, m: Double, sigma: Double, time: Double),
    weights: SVICalibration.Weights
  ) throws {
    let planted = try Self.slice(p.a, p.b, p.rho, p.m, p.sigma, time: p.time)
    #expect(planted.butterflyViolations().isEmpty)
    let width = 4 * planted.totalVariance(logMoneyness: 0).squareRoot()
    let k = (0...20).map { width * (Double($0) / 10 - 1) }
    let fit = try SVICalibration(weights: weights).fit(
      logMoneyness: k, volatilities: k.map { planted.volatility(logMoneyness: $0) }, time: p.time,
      forward: 100)
    #expect(abs(fit.slice.a - p.a) < 1e-8)
    #expect(abs(fit.slice.b - p.b) < 1e-8)
    #expect(abs(fit.slice.rho - p.rho) < 1e-8)
    #expect(abs(fit.slice.m - p.m) < 1e-8)
    #expect(abs(fit.slice.sigma - p.sigma) < 1e-8)
    #expect(fit.largestError < 1e-12 && fit.violations.isEmpty)
  }

  /// The density by second differences of Black's price: negative where g is.
  static func butterfly(_ slice: SVISlice, _ k: Double) -> Double {
    let (K, h) = (slice.forward * exp(k), slice.forward * 1e-3)
    func call(_ strike: Double) -> Double {
      Black76.value(
        of: .call, forward: slice.forward, strike: strike,
        volatility: slice.volatility(strike: strike), time: slice.time)
    }
    return call(K - h) - 2 * call(K) + call(K + h)
  }

  @Test func `Butterfly arbitrage is found where prices have it`() throws {
    let slice = try Self.vogt()
    let violations = slice.butterflyViolations()
    #expect(violations.count == 1)
    let found = try #require(violations.first)
    #expect(found.kind == .butterfly && found.worst < 0)
    #expect(found.logMoneyness.contains(found.worstLogMoneyness))
    let (low, high) = (found.logMoneyness.lowerBound, found.logMoneyness.upperBound)
    #expect(low > 0.5 && high < 1.5)
    #expect(Self.butterfly(slice, found.worstLogMoneyness) < 0)
    for k in [low + 0.01, high - 0.01] { #expect(Self.butterfly(slice, k) < 0) }
    for k in [low - 0.01, high + 0.01, 0, -0.5] { #expect(Self.butterfly(slice, k) > 0) }
    #expect(abs(slice.durrleman(logMoneyness: low)) < 1e-9)
    #expect(abs(slice.durrleman(logMoneyness: high)) < 1e-9)
  }

  @Test func `Wings steeper than two and vanishing variances are found`() throws {
    let steep = try Self.slice(0.04, 1.5, 0.5, 0, 0.1).butterflyViolations()
    #expect(steep.contains { $0.kind == .wing && $0.worst == 2 - 2.25 })
    #expect(!steep.contains { $0.kind == .wing && $0.worstLogMoneyness < 0 })
    let touching = try Self.slice(-0.03, 0.1, 0, 0, 0.3).butterflyViolations()
    #expect(touching.contains { $0.kind == .variance })
    #expect(throws: SurfaceError.self) { try Self.slice(-0.1, 0.1, 0, 0, 0.3) }
    #expect(throws: SurfaceError.self) { try Self.slice(0.1, -0.1, 0, 0, 0.3) }
    #expect(throws: SurfaceError.self) { try Self.slice(0.1, 0.1, 1.1, 0, 0.3) }
    #expect(throws: SurfaceError.self) { try Self.slice(0.1, 0.1, 0, .nan, 0.3) }
    #expect(throws: SurfaceError.self) { try Self.slice(0.1, 0.1, 0, 0, 0) }
    #expect(throws: SurfaceError.self) { try Self.slice(0.1, 0.1, 0, 0, 1, time: 0) }
  }

  /// A flat 0.04 before 0.02 + 0.1 √(k² + 0.01): it falls where k² < 0.03.
  @Test func `Calendar arbitrage is found in closed form`() throws {
    let early = try Self.slice(0.04, 0, 0, 0, 0.1, time: 0.5)
    let late = try Self.slice(0.02, 0.1, 0, 0, 0.1)
    let found = late.calendarViolations(after: early)
    #expect(found.count == 1)
    let one = try #require(found.first)
    #expect(one.kind == .calendar(earlier: 0.5) && one.time == 1)
    #expect(isClose(one.logMoneyness.lowerBound, -(0.03).squareRoot(), absolute: 1e-9))
    #expect(isClose(one.logMoneyness.upperBound, (0.03).squareRoot(), absolute: 1e-9))
    #expect(isClose(one.worst, -0.01, absolute: 1e-12))
    #expect(isClose(one.worstLogMoneyness, 0, absolute: 1e-6))
    let surface = try VolatilitySurface(underlying: "X", slices: [late, early])
    #expect(surface.violations() == found)
    #expect(try Self.slice(0.05, 0.1, 0, 0, 0.1).calendarViolations(after: early).isEmpty)
  }

  @Test func `The fit keeps free of butterflies what quotes do not`() throws {
    let slice = try Self.vogt()
    let k = (0...30).map { -1.2 + 0.1 * Double($0) }
    let σ = k.map { slice.volatility(logMoneyness: $0) }
    let plain = try SVICalibration(weights: .equal, avoidsArbitrage: false).fit(
      logMoneyness: k, volatilities: σ, time: 1, forward: 100)
    #expect(plain.largestError < 1e-9 && plain.violations.count == 1)
    let bent = try SVICalibration(weights: .equal).fit(
      logMoneyness: k, volatilities: σ, time: 1, forward: 100)
    #expect(bent.violations.isEmpty, "\(bent.violations)")
    #expect(bent.rootMeanSquareError < 0.01 && bent.rootMeanSquareError > 1e-5)
  }

  @Test func `The fit keeps a slice above the one before`() throws {
    let early = try Self.slice(0.04, 0.1, -0.3, 0, 0.1, time: 0.9)
    let late = try Self.slice(0.035, 0.1, -0.3, 0, 0.1)
    let k = (0...20).map { -1 + 0.1 * Double($0) }
    let σ = k.map { late.volatility(logMoneyness: $0) }
    let fit = try SVICalibration().fit(
      logMoneyness: k, volatilities: σ, time: 1, forward: 100, after: early)
    #expect(fit.violations.isEmpty, "\(fit.violations)")
    #expect(fit.largestError < 0.02)
    let plain = try SVICalibration(avoidsArbitrage: false).fit(
      logMoneyness: k, volatilities: σ, time: 1, forward: 100, after: early)
    #expect(plain.violations.contains { $0.kind == .calendar(earlier: 0.9) })
  }

  @Test func `Derivatives are those of differences`() {
    let p = [0.03, 0.12, -0.3, 0.05, 0.21]
    for k in [-0.7, -0.1, 0.05, 0.4, 1.3] {
      let at = SVIDerivatives(p, k)
      for i in 0..<5 {
        var (up, down) = (p, p)
        up[i] += 1e-6
        down[i] -= 1e-6
        func value(_ p: [Double]) throws -> SVISlice {
          try Self.slice(p[0], p[1], p[2], p[3], p[4])
        }
        guard let above = try? value(up), let below = try? value(down) else { continue }
        let w = above.totalVariance(logMoneyness: k) - below.totalVariance(logMoneyness: k)
        let g = above.durrleman(logMoneyness: k) - below.durrleman(logMoneyness: k)
        #expect(isClose(at.w[i], w / 2e-6, relative: 1e-8, absolute: 1e-9))
        #expect(isClose(at.durrleman(k)[i], g / 2e-6, relative: 1e-7, absolute: 1e-8))
      }
    }
  }

  @Test func `Bad smiles are named`() throws {
    let fit = SVICalibration()
    #expect(throws: SurfaceError.tooFewStrikes(found: 4, needed: 5)) {
      try fit.fit(
        logMoneyness: [0, 0, 1, 2, 3], volatilities: [1, 1, 1, 1, 1], time: 1, forward: 1)
    }
    #expect(throws: SurfaceError.sizes("volatilities", expected: 2, found: 1)) {
      try fit.fit(logMoneyness: [0, 1], volatilities: [1], time: 1, forward: 1)
    }
    let k = [0.0, 1, 2, 3, 4, 5]
    for (σ, time, forward) in [
      (0.0, 1.0, 1.0), (.nan, 1, 1), (1, 0, 1), (1, .infinity, 1), (1, 1, -1), (1, 1, .nan),
    ] {
      #expect {
        try fit.fit(
          logMoneyness: k, volatilities: k.map { _ in σ }, time: time, forward: forward)
      } throws: {
        if case SurfaceError.outOfRange = $0 { true } else { false }
      }
    }
    // A flat smile is a slice too.
    let flat = try fit.fit(
      logMoneyness: k, volatilities: k.map { _ in 0.5 }, time: 1, forward: 1)
    #expect(flat.largestError < 1e-9 && flat.violations.isEmpty)
  }
}
