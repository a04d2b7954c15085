import Foundation
import MarginOptimization

/// A venue of 1,000 inverse options on one coin or two, and accounts of 20 positions each.
///
/// `Peers/venue_peers.py` has accounts of the same size.
public struct SyntheticVenue: Sendable {
  public let rule: ScenarioGridMargin
  public let market: Market
  /// The market after the last coin has moved by two percent.
  public let moved: Market
  public let coins: [String]

  /// - Parameter scenarios: the first of the bundled Deribit profile's 35.
  public init(scenarios: Int, coins: [String]) throws {
    var profile = try ScenarioGridProfile(bundled: .deribit)
    profile.scenarios = Array(profile.scenarios.prefix(scenarios))
    rule = ScenarioGridMargin(profile: profile)
    self.coins = coins
    market = Self.market(of: coins, moving: 0)
    moved = Self.market(of: coins, moving: 0.02)
  }

  /// By coin 20 expiries a fortnight apart, strikes two percent apart, calls and puts.
  private static func market(of coins: [String], moving move: Double) -> Market {
    let time = SampleMarket.time
    let strikes = 25 / coins.count
    var prices: [String: Double] = [:]
    var quotes: [Quote] = []
    for (c, coin) in coins.enumerated() {
      let price = 60_000 / pow(25, Double(c)) * (c == coins.count - 1 ? 1 + move : 1)
      prices[coin] = price
      for i in 0..<(1000 / coins.count) {
        let days = 7 + 14 * Double(i / 2 / strikes)
        let strike = 60_000 / pow(25, Double(c)) * exp(0.02 * Double(i / 2 % strikes - strikes / 2))
        let expiry = Timestamp(secondsSince1970: time.secondsSince1970 + 86_400 * days)
        let right: Instrument.Right = i.isMultiple(of: 2) ? .call : .put
        let option = Instrument(
          name: "\(coin)-\(i)", underlying: coin, settlement: .inverse,
          kind: .option(expiry: expiry, strike: strike, right: right))
        quotes.append(
          Quote(instrument: option, mark: 0.01, forward: price, volatility: 0.5))
      }
    }
    return Market(time: time, indexPrices: prices, quotes: quotes)
  }

  public func table() throws -> ScenarioValueTable {
    try ScenarioValueTable(of: market.listed, under: rule, in: market)
  }

  /// Accounts with 20 of the instruments each, all equally likely, of up to ten coins.
  public func book(of accounts: Int, in table: ScenarioValueTable) throws -> AccountBook {
    let (held, listed) = (20, table.instruments.count)
    let count = accounts * held
    var rows = [Int32](repeating: 0, count: count)
    var quantities = [Double](repeating: 0, count: count)
    let stream = RandomStream(seed: 5)
    for a in 0..<accounts {
      let uniforms = stream.uniforms(path: a, count: 2 * held)
      for k in 0..<held {
        // One of each twentieth of the table, so that no instrument is drawn twice.
        let part = listed / held
        rows[a * held + k] = Int32(k * part + min(part - 1, Int(uniforms[k] * Double(part))))
        quantities[a * held + k] = 20 * uniforms[held + k] - 10
      }
    }
    return try AccountBook(
      starts: (0...accounts).map { $0 * held }, rows: rows, quantities: quantities, in: table)
  }
}
