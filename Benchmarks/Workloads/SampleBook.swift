import MarginOptimization

/// The bundled market and book: 70 positions in inverse options, futures and perpetuals.
public struct SampleBook: Sendable {
  public let market: Market
  public let portfolio: Portfolio

  /// The book, read once for all that need it.
  public static let shared = Result { try SampleBook() }

  init() throws {
    market = try SampleMarket.market()
    portfolio = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "sample-book.csv")
  }

  /// The search for the least initial margin of the book under a bundled rule, without limits.
  public func hedge(
    under profile: ScenarioGridProfile.Bundled, instruments: Int
  ) throws -> HedgeProblem {
    hedge(
      ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: profile)),
      instruments: instruments)
  }

  /// The same where margin is the expected shortfall of simulated scenarios of one day.
  public func shortfallHedge(scenarios: Int, instruments: Int) throws -> HedgeProblem {
    let set = try MonteCarlo(
      underlyings: ["BTC", "ETH"], volatilities: [0.48, 0.65],
      volatilitiesOfVolatility: [0.9, 0.9],
      correlation: [
        [1, -0.4, 0.9, -0.4], [-0.4, 1, -0.4, 0.8], [0.9, -0.4, 1, -0.4], [-0.4, 0.8, -0.4, 1],
      ]
    ).scenarios(count: scenarios, horizon: 1.0 / 365, seed: 1)
    return hedge(
      ExpectedShortfallMargin(scenarios: set, confidence: 0.99), instruments: instruments)
  }

  private func hedge(
    _ methodology: any ConvexMarginMethodology, instruments: Int
  ) -> HedgeProblem {
    var problem = HedgeProblem(
      minimizing: methodology, of: portfolio, in: market,
      hedgingWith: market.mostLiquid(instruments))
    problem.tradingCost = TradingCost(optionFee: 0.0003, optionFeeCap: 0.125, futureFee: 0.0005)
    return problem
  }
}
