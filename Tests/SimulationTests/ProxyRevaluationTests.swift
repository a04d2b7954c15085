import Foundation
import LinearAlgebra
import Pricing
import Probability
import TestSupport
import Testing

import Simulation

@Suite struct ProxyRevaluationTests {
  let market = Sample.market

  /// The largest difference to full revaluation.
  static func error(
    _ result: RevaluedLosses, _ book: CollapsedBook, _ scenarios: ScenarioSet
  ) throws -> Double {
    zip(result.losses.losses, try book.losses(in: scenarios).losses)
      .reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test(arguments: [1e-4, 1e-6, 1e-8], [nil, 0.25])
  func `The error is below its bound and the bound below what was asked`(
    _ tolerance: Double, _ levels: Double?
  ) throws {
    for (seed, term) in [
      (1, VolatilityTerm.parallel), (2, .init(shortPower: 0.3, longPower: 0.13)),
    ] {
      let scenarios = try Moves.scenarios(
        40_000, spread: 0.2, levelSpread: levels, term: term, seed: UInt64(seed))
      let book = try CollapsedBook(
        Moves.book(Sample.instruments, seed: UInt64(seed)), in: market)
      let result = try ProxyRevaluation(tolerance: tolerance).losses(of: book, in: scenarios)
      let certificate = result.certificate
      #expect(certificate.method == .proxy && certificate.reasons.isEmpty)
      let error = try Self.error(result, book, scenarios)
      #expect(error <= certificate.errorBound, "\(error) \(certificate)")
      #expect(certificate.relativeErrorBound <= tolerance)
      #expect(certificate.largestLoss == result.losses.worst)
      #expect(certificate.observedError <= error)
      #expect(certificate.optionValuations < certificate.fullOptionValuations / 10)
      #expect(certificate.expiringOptions > 0 && certificate.scenariosInFull == 0)
    }
  }

  @Test func `What expires inside the horizon is exact, kinks close to each other too`() throws {
    // Strikes nearer to each other than any cell, on both sides of the domain's ends, and doubled.
    let strikes = [60_000, 95_000, 99_999.99, 100_000, 100_000.001, 100_000.002, 109_000, 140_000]
    let options = strikes.flatMap { strike in
      Instrument.Right.both.map { Sample.option("BTC", days: 0.5, strike: strike, $0) }
    }
    let market = Sample.market(of: options)
    let portfolio = Portfolio(
      options.enumerated().map { Position(Double($0 * 7 % 5) - 2.5, $1) })
    let book = try CollapsedBook(portfolio, in: market)
    let scenarios = try Moves.scenarios(20_000, levelSpread: nil)
    let result = try ProxyRevaluation().losses(of: book, in: scenarios)
    #expect(result.certificate.method == .proxy)
    #expect(result.certificate.expiringOptions == book.optionCount)
    #expect(
      try Self.error(result, book, scenarios) <= 1e-13 * result.certificate.largestLoss)
  }

  @Test func `Options without volatility are their payoff`() throws {
    let option = Sample.option("BTC", days: 90, strike: 101_000, .call)
    let market = Market(
      time: Sample.time, indexPrices: ["BTC": 100_000],
      quotes: [Quote(instrument: option, mark: 0, forward: 100_000, volatility: 0)])
    let book = try CollapsedBook(Portfolio([Position(-4, option)]), in: market)
    let scenarios = try Moves.scenarios(5000, levelSpread: nil)
    let result = try ProxyRevaluation().losses(of: book, in: scenarios)
    #expect(result.certificate.expiringOptions == 1)
    #expect(try Self.error(result, book, scenarios) <= 1e-9)
  }

  @Test func `Scenarios in which volatilities vanish are priced in full`() throws {
    let scenarios = try Moves.scenarios(30_000, spread: 0.3, levelSpread: 0.95, term: .parallel)
    let book = try CollapsedBook(Moves.book(Sample.options), in: market)
    let result = try ProxyRevaluation().losses(of: book, in: scenarios)
    #expect(result.certificate.method != .full)
    #expect(result.certificate.scenariosInFull > 500)
    let error = try Self.error(result, book, scenarios)
    #expect(error <= result.certificate.errorBound, "\(error) \(result.certificate)")
  }

  @Test func `Expiries that are all but kinks are priced in full, and named`() throws {
    let near = Sample.option("BTC", days: 1 + 1e-6, strike: 100_000, .call)
    let far = Sample.option("BTC", days: 90, strike: 100_000, .call)
    let market = Sample.market(of: [near, far])
    let book = try CollapsedBook(
      Portfolio([Position(-5, near), Position(3, far)]), in: market)
    let scenarios = try Moves.scenarios(20_000, levelSpread: nil, horizon: 1.0 / 365)
    let result = try ProxyRevaluation().losses(of: book, in: scenarios)
    #expect(result.certificate.method == .proxyAndFull)
    #expect(result.certificate.reasons.count == 1 && result.certificate.reasons[0].contains("1.0"))
    #expect(try Self.error(result, book, scenarios) <= result.certificate.errorBound)
  }

  @Test func `Few scenarios and tolerances out of reach are revalued in full`() throws {
    let book = try CollapsedBook(Moves.book(Sample.instruments), in: market)
    let few = try Moves.scenarios(200)
    let result = try ProxyRevaluation().losses(of: book, in: few)
    #expect(result.certificate.method == .full && result.certificate.errorBound == 0)
    #expect(result.losses.losses == (try book.losses(in: few).losses))
    #expect(result.certificate.reasons == ["the scenarios are fewer than 2048"])

    let many = try Moves.scenarios(5000)
    let exact = try ProxyRevaluation(tolerance: 1e-18).losses(of: book, in: many)
    #expect(exact.losses.losses == (try book.losses(in: many).losses))
    #expect(!exact.certificate.reasons.isEmpty)
    for tolerance in [0, -1, .nan, .infinity] {
      #expect(throws: SimulationError.self) {
        try ProxyRevaluation(tolerance: tolerance).losses(of: book, in: many)
      }
    }
  }

  @Test func `Shocks are revalued as scenarios where they are some, and else in full`() throws {
    let portfolio = Moves.book(Sample.options)
    let book = try CollapsedBook(portfolio, in: market)
    let u = RandomStream(seed: 2).uniforms(path: 0, count: 6000)
    func shocks(
      _ shock: (Double, Double) -> MarketShock
    ) -> [MarketShock] {
      (0..<3000).map { shock(0.4 * u[2 * $0] - 0.2, 0.4 * u[2 * $0 + 1] - 0.2) }
    }
    func scaled(_ v: Double, _ short: Double, _ least: Double?) -> VolatilityShock {
      .termScaled(v, shortPower: short, longPower: 0.1, minimum: least)
    }
    typealias Case = (shocks: [MarketShock], reason: String?)
    let cases: [Case] = [
      (shocks { m, _ in MarketShock(priceMove: m, elapsed: 0.002) }, nil),
      (shocks { MarketShock(priceMove: $0, volatility: .relative($1), elapsed: 0.002) }, nil),
      (shocks { MarketShock(priceMove: $0, volatility: scaled($1, 0.3, nil)) }, nil),
      (shocks { MarketShock(priceMove: $0, elapsed: $1 + 0.2) }, "time"),
      (shocks { MarketShock(priceMove: $0, volatility: scaled($1, 0.3, 0.4)) }, "least"),
      (shocks { MarketShock(priceMove: $0, volatility: scaled($1, $0, nil)) }, "rules"),
    ]
    for (shocks, reason) in cases {
      let expected = losses(
        try Revaluation.profitAndLoss(
          of: portfolio.positions.map(\.instrument), under: shocks, in: market),
        quantities: portfolio.positions.map(\.quantity))
      let scale = expected.reduce(0) { max($0, abs($1)) }
      let full = try book.losses(under: shocks)
      #expect(zip(full, expected).allSatisfy { abs($0 - $1) <= 1e-12 * scale })
      let result = try ProxyRevaluation().losses(of: book, under: shocks)
      let certificate = result.certificate
      #expect((certificate.method == .full) == (reason != nil), "\(certificate.reasons)")
      if let reason { #expect(certificate.reasons.contains { $0.contains(reason) }) }
      let error = zip(result.losses.losses, full).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error <= certificate.errorBound)
    }
    #expect(throws: SimulationError.self) { try ProxyRevaluation().losses(of: book, under: []) }
    #expect(throws: SimulationError.self) {
      try book.losses(under: [MarketShock(priceMove: -1)])
    }
  }

  @Test func `Books without options, or moves of one size, are no special case`() throws {
    let futures = try CollapsedBook(
      Portfolio([Position(2, Sample.perpetual("BTC", .inverse))]), in: market)
    let scenarios = try Moves.scenarios(5000)
    let linear = try ProxyRevaluation().losses(of: futures, in: scenarios)
    #expect(linear.losses.losses == (try futures.losses(in: scenarios).losses))

    let same = try ScenarioSet(
      underlyings: ["BTC", "ETH"],
      spotReturns: Matrix(rows: 4000, columns: 2, elements: .init(repeating: -0.1, count: 8000)),
      volatilityReturns: Matrix(rows: 4000, columns: 2), horizon: 0.001)
    let book = try CollapsedBook(Moves.book(Sample.instruments), in: market)
    let result = try ProxyRevaluation().losses(of: book, in: same)
    #expect(try Self.error(result, book, same) <= 1e-6 * abs(result.losses.worst))
  }

  @Test func `Losses have the same bits on every count of workers`() throws {
    let scenarios = try Moves.scenarios(20_001)
    let book = try CollapsedBook(Moves.book(Sample.instruments), in: market)
    let reference = try ProxyRevaluation().losses(of: book, in: scenarios)
    for width in [1, 3] {
      let again = try Parallelism.$width.withValue(width) {
        try ProxyRevaluation().losses(of: book, in: scenarios)
      }
      #expect(again.losses.losses == reference.losses.losses)
      #expect(again.certificate == reference.certificate)
    }
  }

  /// Books of 3 to 60 options, from hours before the horizon to minutes and years behind it, under small and
  /// wild moves of price and level.
  @Test(arguments: 0..<48)
  func `No random book is farther from full revaluation than its bound`(_ seed: Int) throws {
    let u = RandomStream(seed: UInt64(seed), stream: 77).uniforms(path: 0, count: 200)
    let days = [0.3, 1.0001, 1.02, 1.5, 2, 3, 7, 20, 60, 300]
    let options = (0..<(3 + Int(u[0] * 60))).map { i in
      Sample.option(
        "BTC", days: days[Int(u[1 + i] * 10)],
        strike: (100_000 * exp(0.5 * (u[70 + i] - 0.5))).rounded(), u[135 + i] < 0.5 ? .call : .put)
    }
    let distinct = Array(Set(options)).sorted { $0.name < $1.name }
    let book = try CollapsedBook(
      Moves.book(distinct, seed: UInt64(seed)), in: Sample.market(of: distinct))
    let scenarios = try Moves.scenarios(
      6000, spread: [0.02, 0.1, 0.3, 0.7][seed % 4],
      levelSpread: [nil, 0.1, 0.4, 0.95][seed / 4 % 4],
      term: seed % 3 == 0 ? .parallel : .init(shortPower: 0.3, longPower: 0.13),
      seed: UInt64(seed))
    let tolerance = seed / 16 % 2 == 0 ? 1e-4 : 1e-6
    let result = try ProxyRevaluation(tolerance: tolerance).losses(of: book, in: scenarios)
    let error = try Self.error(result, book, scenarios)
    #expect(error <= result.certificate.errorBound, "\(error) \(result.certificate)")
    #expect(result.certificate.relativeErrorBound <= tolerance)
  }

  /// All options on bitcoin of one day at one venue, with pseudo-random signs, a day ahead, moves to
  /// ±30 % and volatility levels to ±30 %.
  @Test(
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"),
    arguments: [nil, 0.3], [VolatilityTerm.parallel, .init(shortPower: 0.3, longPower: 0.13)])
  func `A venue's whole book is within its bound`(
    _ levels: Double?, _ term: VolatilityTerm
  ) throws {
    let market = try Market(chain: ReferenceData.url("data/deribit_chain_latest.csv"))
    let options = market.quotes.filter {
      $0.instrument.underlying == "BTC" && $0.instrument.isOption && $0.volatility != nil
    }
    #expect(options.count >= 818)
    let u = RandomStream(seed: 5).uniforms(path: 0, count: options.count)
    let book = try CollapsedBook(
      Portfolio(
        zip(options, u).map { Position(($1 < 0.5 ? -1 : 1) * $0.openInterest, $0.instrument) }),
      in: market)
    let scenarios = try Moves.scenarios(20_000, spread: 0.3, levelSpread: levels, term: term)
    let result = try ProxyRevaluation().losses(of: book, in: scenarios)
    let error = try Self.error(result, book, scenarios)
    #expect(error <= result.certificate.errorBound && error > 0)
    #expect(result.certificate.relativeErrorBound <= 1e-6)
    #expect(result.certificate.expiringOptions > 10)
  }
}
