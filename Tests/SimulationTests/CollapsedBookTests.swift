import LinearAlgebra
import Pricing
import Probability
import TestSupport
import Testing

import Simulation

/// Pseudo-random scenarios of two underlyings.
enum Moves {
  static func scenarios(
    _ count: Int, spread: Double = 0.1, levelSpread: Double? = 0.2,
    term: VolatilityTerm = VolatilityTerm(shortPower: 0.3, longPower: 0.13),
    horizon: Double = 1.0 / 365, seed: UInt64 = 11
  ) throws -> ScenarioSet {
    func draws(_ stream: UInt32) -> [Double] {
      var values = [Double](repeating: 0, count: 2 * count)
      values.withUnsafeMutableBufferPointer {
        RandomStream(seed: seed, stream: stream)
          .fillUniforms($0, paths: 0..<count, dimension: 2)
      }
      return values.map { 2 * $0 - 1 }
    }
    return try ScenarioSet(
      underlyings: ["BTC", "ETH"],
      spotReturns: Matrix(
        rows: count, columns: 2, elements: draws(0).map { spread * $0 }),
      volatilityReturns: levelSpread.map { spread in
        Matrix(rows: count, columns: 2, elements: draws(1).map { spread * $0 })
      }, volatilityTerm: term, horizon: horizon)
  }

  /// A book of all the instruments with signed quantities of different sizes.
  static func book(_ instruments: [Instrument], seed: UInt64 = 7) -> Portfolio {
    let u = RandomStream(seed: seed).uniforms(path: 0, count: instruments.count)
    return Portfolio(zip(instruments, u).map { Position((20 * $1).rounded() - 10, $0) })
  }
}

@Suite struct CollapsedBookTests {
  let market = Sample.market

  @Test(arguments: [0, 0.4 / 365, 1.0 / 365, 10.0 / 365])
  func `Losses are those of every position on its own`(_ horizon: Double) throws {
    let portfolio = Moves.book(Sample.instruments)
    for levels in [nil, 0.2] {
      let scenarios = try Moves.scenarios(
        3000, spread: 0.4, levelSpread: levels, horizon: horizon)
      let expected = try scenarios.losses(of: portfolio, in: market).losses
      let book = try CollapsedBook(portfolio, in: market)
      let losses = try book.losses(in: scenarios).losses
      let scale = expected.reduce(0) { max($0, abs($1)) }
      #expect(zip(losses, expected).allSatisfy { abs($0 - $1) <= 1e-12 * scale })
    }
  }

  @Test func `Calls and puts of one strike, inverse and linear, are one term`() throws {
    let portfolio = Portfolio(Sample.options.map { Position(1.5, $0) })
    let book = try CollapsedBook(portfolio, in: market)
    #expect(book.positionCount == 80 && book.optionCount == 20 && book.expiryCount == 5)
  }

  @Test func `What cancels is dropped, and a conversion is linear`() throws {
    let call = Sample.option("BTC", days: 30, strike: 90_000, .call)
    let put = Sample.option("BTC", days: 30, strike: 90_000, .put)
    let linearCall = Sample.option("BTC", days: 30, strike: 90_000, .call, .linear)
    let flat = try CollapsedBook(
      Portfolio([Position(3, call), Position(-3, linearCall), Position(0, put)]), in: market)
    #expect(flat.optionCount == 0 && flat.expiryCount == 0)
    let scenarios = try Moves.scenarios(100)
    #expect(try flat.losses(in: scenarios).losses.allSatisfy { $0 == 0 })

    let synthetic = try CollapsedBook(
      Portfolio([Position(2, call), Position(-2, put)]), in: market)
    #expect(synthetic.optionCount == 0)
    let forward = try market.quote(for: call).forward
    let losses = try synthetic.losses(in: scenarios).losses
    for (loss, move) in zip(losses, scenarios.spotReturns.column(0)) {
      #expect(isClose(loss, -2 * forward * move, relative: 1e-14))
    }
  }

  @Test func `Where nothing moves nothing is lost`() throws {
    let still = try ScenarioSet(
      underlyings: ["BTC", "ETH"], spotReturns: Matrix(rows: 9, columns: 2),
      volatilityReturns: Matrix(rows: 9, columns: 2), horizon: 0)
    let book = try CollapsedBook(Moves.book(Sample.instruments), in: market)
    #expect(try book.losses(in: still).losses.allSatisfy { $0 == 0 })
  }

  @Test func `Quantities that are no numbers and underlyings that do not move are named`() throws {
    let option = Sample.options[0]
    #expect(throws: SimulationError.self) {
      try CollapsedBook(Portfolio([Position(.nan, option)]), in: market)
    }
    #expect(throws: MarketError.notQuoted("BTC-3.0-1.0-call-inverse")) {
      try CollapsedBook(
        Portfolio([Position(1, Sample.option("BTC", days: 3, strike: 1, .call))]), in: market)
    }
    let other = try ScenarioSet(underlyings: ["SOL"], spotReturns: [[0.1]], horizon: 0)
    #expect(throws: SimulationError.self) {
      try CollapsedBook(Portfolio([Position(1, option)]), in: market).losses(in: other)
    }
    let empty = try CollapsedBook(Portfolio(), in: market)
    #expect(try empty.losses(in: other).losses == [0])
  }
}
