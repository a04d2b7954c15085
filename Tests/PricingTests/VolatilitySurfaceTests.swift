import Foundation
import Pricing
import TestSupport
import Testing

@Suite struct VolatilitySurfaceTests {
  static func surface() throws -> VolatilitySurface {
    try VolatilitySurface(
      underlying: "BTC",
      slices: [
        SVISlice(time: 1, forward: 110, a: 0.1, b: 0.2, rho: -0.2, m: 0.02, sigma: 0.3),
        SVISlice(time: 0.25, forward: 102, a: 0.02, b: 0.08, rho: -0.3, m: 0.01, sigma: 0.2),
      ])
  }

  @Test func `Total variance is linear in time between slices and volatility constant beyond`()
    throws
  {
    let surface = try Self.surface()
    let (early, late) = (surface.slices[0], surface.slices[1])
    #expect(early.time == 0.25 && surface.violations().isEmpty)
    for k in [-1.0, -0.2, 0, 0.3] {
      let (a, b) = (early.totalVariance(logMoneyness: k), late.totalVariance(logMoneyness: k))
      for share in [0.0, 0.2, 0.5, 1] {
        let w = surface.totalVariance(logMoneyness: k, time: 0.25 + 0.75 * share)
        #expect(isClose(w, a + share * (b - a), relative: 1e-14))
      }
      #expect(
        isClose(
          surface.volatility(logMoneyness: k, time: 0.01), early.volatility(logMoneyness: k),
          relative: 1e-14))
      #expect(
        isClose(
          surface.volatility(logMoneyness: k, time: 3), late.volatility(logMoneyness: k),
          relative: 1e-14))
    }
    #expect(isClose(surface.forward(time: 0.25), 102, relative: 1e-15))
    #expect(isClose(surface.forward(time: 1), 110, relative: 1e-15))
    #expect(isClose(surface.forward(time: 0.625), (102 * 110.0).squareRoot(), relative: 1e-15))
    let σ = surface.volatility(strike: 120, time: 0.625)
    let k = log(120 / surface.forward(time: 0.625))
    #expect(isClose(σ, surface.volatility(logMoneyness: k, time: 0.625), relative: 1e-15))
  }

  @Test func `Shocks move volatilities as stated`() throws {
    let surface = try Self.surface()
    let term = VolatilityTerm(shortPower: 0.3, longPower: 0.13)
    for (k, time) in [(-0.4, 0.05), (0, 0.3), (0.25, 0.9)] {
      let σ = surface.volatility(logMoneyness: k, time: time)
      func shocked(_ shocks: [SurfaceShock]) -> Double {
        surface.shocked(by: shocks).volatility(logMoneyness: k, time: time)
      }
      #expect(isClose(shocked([.parallel(0.05)]), σ + 0.05, relative: 1e-14))
      #expect(isClose(shocked([.relative(-0.2)]), 0.8 * σ, relative: 1e-14))
      let days = 365 * time
      let factor = pow(30 / days, days < 30 ? 0.3 : 0.13)
      #expect(
        isClose(shocked([.relative(0.5, term: term)]), σ * (1 + 0.5 * factor), relative: 1e-13))
      #expect(isClose(shocked([.skew(0.1, term: term)]), σ + 0.1 * factor * k, relative: 1e-13))
      #expect(
        isClose(
          shocked([.parallel(0.1), .relative(1), .skew(-0.1)]), 2 * (σ + 0.1) - 0.1 * k,
          relative: 1e-13))
      #expect(shocked([.parallel(-5)]) == 0)
      #expect(SurfaceShock.parallel(-5).shocked(σ, logMoneyness: k, days: 1) == 0)
    }
  }

  @Test func `What a shock breaks is reported`() throws {
    let surface = try Self.surface()
    #expect(surface.shocked(by: [.parallel(0.02)]).violations().isEmpty)
    let skewed = surface.shocked(by: [.skew(1.5)]).violations(width: 1)
    #expect(skewed.contains { $0.kind == .butterfly || $0.kind == .variance })
    // The short end doubles, the long end stays: the calendar is broken at the money.
    let inverted = surface.shocked(by: [
      .relative(1.5, term: VolatilityTerm(reference: 100, shortPower: 0, longPower: 30))
    ]).violations(width: 1)
    #expect(
      inverted.contains { $0.kind == .calendar(earlier: 0.25) && $0.logMoneyness.contains(0) })
    #expect(surface.shocked(by: [.parallel(-5)]).violations().contains { $0.kind == .variance })
  }

  @Test func `A market's volatilities are shocked at their own moneyness`() throws {
    let market = SyntheticMarket.market()
    let shocks = [SurfaceShock.relative(0.1), .skew(0.2)]
    let after = market.shockingVolatilities(shocks, of: "BTC")
    for (old, new) in zip(market.quotes, after.quotes) {
      guard case .option(_, let strike, _) = old.instrument.kind, let σ = old.volatility else {
        #expect(old == new)
        continue
      }
      let expected =
        old.instrument.underlying == "BTC" ? 1.1 * σ + 0.2 * log(strike / old.forward) : σ
      #expect(isClose(try #require(new.volatility), expected, relative: 1e-14))
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `The chain of an exchange`() throws {
    let market = try Market(chain: ReferenceData.url("data/deribit_chain_latest.csv"))
    for underlying in ["BTC", "ETH"] {
      let fit = try SVICalibration().surface(of: underlying, in: market)
      #expect(fit.slices.count == 12 && fit.skipped.isEmpty)
      #expect(fit.surface.violations().isEmpty)
      #expect(fit.slices.allSatisfy { $0.violations.isEmpty })
      // Within two standard deviations of the forward marks are met to a volatility point or so.
      var (near, squares, count) = (0.0, 0.0, 0.0)
      for quote in market.quotes where quote.instrument.underlying == underlying {
        guard case .option(let expiry, let strike, _) = quote.instrument.kind,
          let σ = quote.volatility
        else { continue }
        let (k, time) = (log(strike / quote.forward), expiry.years(since: market.time))
        guard abs(k) < 2 * σ * time.squareRoot() else { continue }
        let error = abs(fit.surface.volatility(logMoneyness: k, time: time) - σ)
        near = max(near, error)
        squares += error * error
        count += 1
      }
      #expect(count > 350)
      #expect(near < 0.012, "\(underlying): \(near)")
      #expect((squares / count).squareRoot() < 0.0025)
      // Without care for it there is arbitrage in the same quotes.
      let raw = try SVICalibration(avoidsArbitrage: false).surface(of: underlying, in: market)
      #expect(!raw.surface.violations().isEmpty)
    }
    #expect(throws: SurfaceError.noSlices(underlying: "SOL", reasons: [])) {
      try SVICalibration().surface(of: "SOL", in: market)
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `The DAX surface of July 2002`() throws {
    let file = try ReferenceData.json("vectors/risk/dax_2002_vol_surface_sepp.json")
    let spot = try #require(file["spot"] as? Double)
    let days = try #require(file["days"] as? [Double])
    let rates = try #require(file["zero_rates"] as? [Double])
    let strikes = try #require(file["strikes"] as? [Double])
    let volatilities = try #require(file["black_vol"] as? [[Double]])
    var slices: [SVISlice] = []
    for j in days.indices {
      let time = days[j] / 365
      let forward = spot * exp(rates[j] * time)
      let fit = try SVICalibration(weights: .equal).fit(
        logMoneyness: strikes.map { log($0 / forward) }, volatilities: volatilities.map { $0[j] },
        time: time, forward: forward, after: slices.last)
      // The shortest smile has two wings that no SVI slice follows.
      #expect(fit.rootMeanSquareError < (j == 0 ? 0.0065 : 0.003), "\(days[j]) days")
      #expect(fit.count == 13 && fit.violations.isEmpty)
      slices.append(fit.slice)
    }
    let surface = try VolatilitySurface(underlying: "DAX", slices: slices)
    #expect(surface.violations().isEmpty)
  }
}
