import Foundation
import MarginOptimization

/// 1,000 options on one underlying of volatility 0.6: a hundred expiries from a week to a year, strikes
/// from 60 to 140 % of the forward, quantities from −5 to 5.
///
/// `Peers/book_revaluation.py` revalues the same book.
public struct ThousandOptions {
  public let market: Market
  public let portfolio: Portfolio

  public init() throws {
    let time = SampleMarket.time
    var portfolio = Portfolio()
    let quotes = (0..<1000).map { i in
      let years = 0.02 + Double(i * 37 % 100) / 100
      let option = Instrument(
        name: "X-\(i)", underlying: "X", settlement: .linear,
        kind: .option(
          expiry: Timestamp(secondsSince1970: time.secondsSince1970 + years * 365 * 86_400),
          strike: 60 + 80 * Double(i) / 999, right: i.isMultiple(of: 2) ? .put : .call))
      portfolio.add(Double(i * 7 % 11) - 5, of: option)
      return Quote(instrument: option, mark: 1, forward: 100, volatility: 0.6)
    }
    market = Market(time: time, indexPrices: ["X": 100], quotes: quotes)
    self.portfolio = portfolio
  }

  /// Sudden lognormal moves of 3 %, and of 5 % of the level of volatility.
  public func scenarios(count: Int, movesLevels: Bool) throws -> ScenarioSet {
    let z = RandomStream(seed: 3).normals(path: 0, count: 2 * count)
    return try ScenarioSet(
      underlyings: ["X"],
      spotReturns: Matrix(
        rows: count, columns: 1, elements: z[..<count].map { exp(0.03 * $0) - 1 }),
      volatilityReturns: movesLevels
        ? Matrix(rows: count, columns: 1, elements: z[count...].map { exp(0.05 * $0) - 1 }) : nil,
      horizon: 0)
  }

  /// A day's moves of price and volatility level, lognormal.
  public static var model: MonteCarlo {
    get throws {
      try MonteCarlo(
        underlyings: ["X"], volatilities: [0.5], volatilitiesOfVolatility: [0.9],
        correlation: [[1, -0.4], [-0.4, 1]])
    }
  }
}
