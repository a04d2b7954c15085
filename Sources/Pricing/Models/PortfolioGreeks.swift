/// The value and Greeks of a book: for each underlying, and in dollars over all.
public struct PortfolioGreeks: Sendable, Hashable {
  /// The Greeks of each underlying's positions: delta in coins, gamma in coins per dollar, vega in
  /// dollars per 1.00 of volatility, theta in dollars per year.
  ///
  /// Forwards of all expiries are taken to move by the same dollars, and all volatilities by the
  /// same points.
  public var byUnderlying: [String: Greeks] = [:]
  /// The value of each underlying's positions at the marks, in dollars; futures and perpetuals count
  /// 0.
  public var values: [String: Double] = [:]
  /// Σ delta × index: dollars gained when every index rises by 100 percent, to first order.
  public var dollarDelta = 0.0
  /// Σ gamma × index² / 100: dollars by which `dollarDelta` changes for a move of 1 percent, with
  /// the index held in the product.
  public var dollarGammaPerPercent = 0.0
  /// Dollars for one point (0.01) of all volatilities.
  public var vegaPerPoint = 0.0
  /// Dollars for one day, a 365th of a year.
  public var thetaPerDay = 0.0

  /// The value of the book at the marks, in dollars.
  public var value: Double { values.values.sorted().reduce(0, +) }

  /// The Greeks of a book in a market. Linear in the number of positions.
  ///
  /// - Throws: `MarketError.notQuoted`, `.noIndexPrice` or `.noVolatility` for what the market does
  ///   not have.
  public init(of portfolio: Portfolio, in market: Market) throws(MarketError) {
    for position in portfolio.positions {
      let quote = try market.quote(for: position.instrument)
      let underlying = position.instrument.underlying
      let index = try market.indexPrice(of: underlying)
      let greeks = position.quantity * (try quote.greeks(at: market.time))
      byUnderlying[underlying, default: .zero] += greeks
      values[underlying, default: 0] += position.quantity * quote.valuationPrice
      dollarDelta += greeks.delta * index
      dollarGammaPerPercent += greeks.dollarGammaPerPercent(atIndex: index)
      vegaPerPoint += greeks.vegaPerPoint
      thetaPerDay += greeks.thetaPerDay
    }
  }
}
