import Foundation
import MarginOptimization

/// 500 options on one coin, all of volatility ½: 20 expiries a fortnight apart, of each 25 strikes
/// two percent apart, calls and puts in turn; and joint scenarios of price and volatility level.
///
/// `Peers/numpy_peers.py` prices the same options.
public struct OptionChain {
  public let market: Market
  public let options: [Instrument]
  public static let forward = 60_000.0
  public static let volatility = 0.5

  public init() {
    let time = SampleMarket.time
    let quotes = (0..<500).map { i in
      let days = 7.0 + 14 * Double(i / 25)
      let strike = Self.forward * exp(0.02 * Double(i % 25 - 12))
      let expiry = Timestamp(secondsSince1970: time.secondsSince1970 + 86_400 * days)
      let option = Instrument(
        name: "BTC-\(i)", underlying: "BTC", settlement: .linear,
        kind: .option(expiry: expiry, strike: strike, right: i.isMultiple(of: 2) ? .call : .put))
      return Quote(
        instrument: option, mark: 0.01, forward: Self.forward, volatility: Self.volatility)
    }
    market = Market(time: time, indexPrices: ["BTC": Self.forward], quotes: quotes)
    options = market.listed
  }

  /// A day's moves of price and volatility level, lognormal.
  public static func scenarios(count: Int) throws -> ScenarioSet {
    try model.scenarios(count: count, horizon: 1.0 / 365, seed: 1)
  }

  public static var model: MonteCarlo {
    get throws {
      try MonteCarlo(
        underlyings: ["BTC"], volatilities: [0.5], volatilitiesOfVolatility: [0.9],
        correlation: [[1, -0.4], [-0.4, 1]])
    }
  }
}
