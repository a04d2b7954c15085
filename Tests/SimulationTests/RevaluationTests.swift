import Foundation
import LinearAlgebra
import Pricing
import TestSupport
import Testing

import Simulation

/// A small market: one underlying or two, futures, perpetuals and options.
enum Sample {
  static let time = Timestamp(secondsSince1970: 1_767_225_600)
  static func after(days: Double) -> Timestamp {
    Timestamp(secondsSince1970: time.secondsSince1970 + days * 86_400)
  }

  static func perpetual(_ coin: String, _ settlement: Instrument.Settlement) -> Instrument {
    Instrument(
      name: "\(coin)-PERPETUAL-\(settlement.rawValue)", underlying: coin, settlement: settlement,
      kind: .perpetual)
  }

  static func option(
    _ coin: String, days: Double, strike: Double, _ right: Instrument.Right,
    _ settlement: Instrument.Settlement = .inverse
  ) -> Instrument {
    Instrument(
      name: "\(coin)-\(days)-\(strike)-\(right.rawValue)-\(settlement.rawValue)", underlying: coin,
      settlement: settlement, kind: .option(expiry: after(days: days), strike: strike, right: right)
    )
  }

  static let options: [Instrument] = [0.5, 7, 29.99, 30, 180].flatMap { days in
    [60_000.0, 90_000, 100_000, 140_000].flatMap { strike in
      Instrument.Right.both.flatMap { right in
        [Instrument.Settlement.inverse, .linear].map {
          option("BTC", days: days, strike: strike, right, $0)
        }
      }
    }
  }

  static let instruments =
    options + ["BTC", "ETH"].flatMap { [perpetual($0, .inverse), perpetual($0, .linear)] }

  static let market = market(of: instruments)

  static func market(of instruments: [Instrument]) -> Market {
    let index = ["BTC": 100_000.0, "ETH": 3_000]
    return Market(
      time: time, indexPrices: index,
      quotes: instruments.map { instrument in
        let years = instrument.expiry?.years(since: time) ?? 0
        let forward = index[instrument.underlying, default: 1] * (1.0003 + 0.05 * max(years, 0))
        return Quote(
          instrument: instrument, mark: forward, forward: forward,
          volatility: instrument.isOption ? 0.45 + 0.1 * years : nil)
      })
  }
}

extension Instrument.Right {
  static let both: [Instrument.Right] = [.call, .put]
}

@Suite struct RevaluationTests {
  let market = Sample.market
  let instruments = Sample.instruments

  static let venueShock = VolatilityShock.termScaled(
    0.5, shortPower: 0.3, longPower: 0.13, minimum: 0.5)

  @Test(arguments: [Numeraire.dollars, .settlement])
  func `No move gives exactly no profit and loss`(_ numeraire: Numeraire) throws {
    let shocks = [
      MarketShock(priceMove: 0), MarketShock(priceMove: 0, volatility: .relative(0)),
      MarketShock(
        priceMove: 0, volatility: .termScaled(0, shortPower: 0.3, longPower: 0.13)),
    ]
    let pnl = try Revaluation.profitAndLoss(
      of: instruments, under: shocks, in: market, numeraire: numeraire)
    #expect(pnl.rows == 3 && pnl.columns == instruments.count)
    #expect(pnl.elements.allSatisfy { $0 == 0 })
  }

  @Test func `Futures gain the forward times the move in dollars and m over 1 + m in coins`() throws
  {
    let perpetuals = instruments.filter { !$0.isOption }
    let shocks = [-0.66, -0.16, 0.04, 5].map { MarketShock(priceMove: $0, elapsed: 0.1) }
    let dollars = try Revaluation.profitAndLoss(of: perpetuals, under: shocks, in: market)
    let settled = try Revaluation.profitAndLoss(
      of: perpetuals, under: shocks, in: market, numeraire: .settlement)
    for (j, instrument) in perpetuals.enumerated() {
      let forward = try market.quote(for: instrument).forward
      for (s, shock) in shocks.enumerated() {
        let m = shock.priceMove
        #expect(isClose(dollars[s, j], forward * m, relative: 1e-15))
        let expected = instrument.settlement == .inverse ? 1 - 1 / (1 + m) : forward * m
        #expect(isClose(settled[s, j], expected, relative: 1e-14))
      }
    }
  }

  @Test func `Volatility shocks follow their formulas, clamps and floors`() {
    #expect(VolatilityShock.unchanged.shocked(0.4, days: 3) == 0.4)
    #expect(isClose(VolatilityShock.relative(0.5).shocked(0.4, days: 3), 0.6, relative: 1e-15))
    #expect(VolatilityShock.relative(-2).shocked(0.4, days: 3) == 0)
    let up = VolatilityShock.termScaled(0.5, shortPower: 0.3, longPower: 0.13)
    #expect(
      isClose(up.shocked(0.4, days: 10), 0.4 * (1 + 0.5 * pow(3, 0.3)), relative: 1e-15))
    #expect(isClose(up.shocked(0.4, days: 30), 0.6, relative: 1e-15))
    #expect(
      isClose(up.shocked(0.4, days: 300), 0.4 * (1 + 0.5 * pow(0.1, 0.13)), relative: 1e-15))
    #expect(up.shocked(0.4, days: 0.01) == up.shocked(0.4, days: 1))
    #expect(Self.venueShock.shocked(0.2, days: 30) == 0.5)
    let down = VolatilityShock.termScaled(-0.9, shortPower: 0.3, longPower: 0.13)
    #expect(down.shocked(0.4, days: 1) == 0)
  }

  @Test func `Calls less puts move with the forward under any shock`() throws {
    let shocks = [-0.5, -0.1, 0, 0.2, 3].flatMap { m in
      [0, 0.01, 0.3].map {
        MarketShock(priceMove: m, volatility: Self.venueShock, elapsed: $0)
      }
    }
    for call in Sample.options {
      guard case .option(let expiry, let strike, .call) = call.kind else { continue }
      let days = expiry.years(since: Sample.time) * 365
      let put = Sample.option(
        "BTC", days: (days * 100).rounded() / 100, strike: strike, .put, call.settlement)
      let forward = try market.quote(for: call).forward
      let dollars = try Revaluation.profitAndLoss(of: [call, put], under: shocks, in: market)
      let settled = try Revaluation.profitAndLoss(
        of: [call, put], under: shocks, in: market, numeraire: .settlement)
      for (s, shock) in shocks.enumerated() {
        let m = shock.priceMove
        #expect(
          isClose(dollars[s, 0] - dollars[s, 1], forward * m, absolute: 1e-9), "\(call.name) \(s)")
        // (F(1+m) − K) / (I(1+m)) − (F − K)/I = (K/I) m/(1+m) in coins
        let parity = call.settlement == .inverse ? strike / 100_000 * m / (1 + m) : forward * m
        #expect(
          isClose(settled[s, 0] - settled[s, 1], parity, relative: 1e-13, absolute: 1e-9))
      }
    }
  }

  @Test func `An option that expires inside the horizon is worth its intrinsic value`() throws {
    let option = Sample.option("BTC", days: 7, strike: 100_000, .put)
    let quote = try market.quote(for: option)
    let shocks = [-0.2, 0.3].map {
      MarketShock(priceMove: $0, volatility: .relative(3), elapsed: 8 / 365)
    }
    let pnl = try Revaluation.profitAndLoss(of: [option], under: shocks, in: market)
    #expect(
      isClose(pnl[0, 0] - pnl[1, 0], 100_000 - 0.8 * quote.forward, relative: 1e-14))
    let atExpiry = try Revaluation.profitAndLoss(
      of: [option], under: [MarketShock(priceMove: -0.2, elapsed: 7 / 365)], in: market)
    #expect(isClose(atExpiry[0, 0], pnl[0, 0], relative: 1e-6))
  }

  @Test func `An option that had expired at the market's time keeps its intrinsic value`() throws {
    let expired = Sample.option("BTC", days: -1, strike: 90_000, .call)
    let market = Sample.market(of: [expired])
    let pnl = try Revaluation.profitAndLoss(
      of: [expired], under: [MarketShock(priceMove: 0), MarketShock(priceMove: -0.5)], in: market)
    #expect(pnl[0, 0] == 0)
    #expect(isClose(pnl[1, 0], 90_000 - 100_030, absolute: 20))
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `A venue's published vectors of inverse futures are met to 1e-12`() throws {
    let json = try ReferenceData.json("vectors/margin/deribit_pme_and_perp.json")
    let examples = try #require(json["pme"] as? [[String: Any]])
    var checked = 0
    for example in examples {
      guard let expected = example["expected"] as? [String: Any],
        let vectors = expected["vectors_per_bucket"] as? [String: [Double]],
        let moves = expected["price_moves"] as? [Double],
        let positions = example["positions_base"] as? [String: Double],
        let index = example["index"] as? Double
      else { continue }
      for (name, values) in vectors {
        let quantity = try #require(positions[name])
        let future = Instrument(
          name: name, underlying: "COIN", settlement: .inverse, kind: .perpetual)
        let market = Market(
          time: Sample.time, indexPrices: ["COIN": index],
          quotes: [Quote(instrument: future, mark: index, forward: index)])
        let pnl = try Revaluation.profitAndLoss(
          of: [future], under: moves.map { MarketShock(priceMove: $0) }, in: market,
          numeraire: .settlement)
        for (s, value) in values.enumerated() {
          #expect(isClose(quantity * pnl[s, 0], value, relative: 1e-12), "\(name) \(moves[s])")
          checked += 1
        }
      }
    }
    #expect(checked >= 18)
  }

  @Test func `What is missing or not a number is named`() throws {
    let stranger = Sample.option("BTC", days: 3, strike: 1, .call)
    #expect(throws: MarketError.notQuoted(stranger.name)) {
      try Revaluation.profitAndLoss(of: [stranger], under: [], in: market)
    }
    let option = Sample.options[0]
    let unquoted = Market(
      time: Sample.time, indexPrices: ["BTC": 1],
      quotes: [Quote(instrument: option, mark: 1, forward: 1)])
    #expect(throws: SimulationError.noVolatility(option.name)) {
      try Revaluation.profitAndLoss(of: [option], under: [], in: unquoted)
    }
    let noIndex = Market(
      time: Sample.time, indexPrices: [:],
      quotes: [Quote(instrument: option, mark: 1, forward: 1, volatility: 1)])
    #expect(throws: MarketError.noIndexPrice("BTC")) {
      try Revaluation.profitAndLoss(of: [option], under: [], in: noIndex, numeraire: .settlement)
    }
    let bad: [MarketShock] = [
      MarketShock(priceMove: .nan), MarketShock(priceMove: -1),
      MarketShock(priceMove: 0, volatility: .relative(.infinity)),
      MarketShock(priceMove: 0, elapsed: -1),
    ]
    for shock in bad {
      #expect(throws: SimulationError.self) {
        try Revaluation.profitAndLoss(of: [option], under: [shock], in: market)
      }
    }
    let nan = Market(
      time: Sample.time, indexPrices: ["BTC": 1],
      quotes: [Quote(instrument: option, mark: 1, forward: .nan, volatility: 1)])
    #expect(throws: SimulationError.self) {
      try Revaluation.profitAndLoss(of: [option], under: [], in: nan)
    }
  }

  @Test func `No instruments or no shocks give an empty matrix`() throws {
    #expect(try Revaluation.profitAndLoss(of: [], under: [], in: market).elements.isEmpty)
    let none = try Revaluation.profitAndLoss(of: instruments, under: [], in: market)
    #expect(none.rows == 0 && none.columns == instruments.count)
  }
}
