public import Pricing

extension DerivePortfolioMargin: ConvexMarginMethodology {
  /// The exact requirement of a book, each underlying by itself: without cash, collateral and what
  /// the book is worth.
  ///
  /// The forward of an expiry is the median of those by which its options are quoted, spot is the
  /// index price, every oracle is sure and the stable coin at its peg. A contract settled in coins
  /// counts as the same contract settled in dollars; dated futures, and a second perpetual on one
  /// underlying, are refused.
  ///
  /// - Throws: `MarketError` where the market lacks a quote, an index price or a volatility;
  ///   `MarginError` where the profile does not cover the book.
  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    try portfolio.requireFiniteQuantities()
    return try margin(level, on: book(of: portfolio, trading: [], in: market).account)
  }

  /// The requirement as a convex function of trades: exact for PMRM 1, for PMRM 2 where no scenario
  /// is a skew, else an upper bound; see ``marginFunction(_:of:)``.
  ///
  /// - Precondition: `instruments` holds each instrument once.
  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    try portfolio.requireFiniteQuantities()
    let book = try book(of: portfolio, trading: instruments, in: market)
    return try marginFunction(
      level, of: book.account, slots: book.slots, count: instruments.count)
  }

  private func book(
    of portfolio: Portfolio, trading instruments: [Instrument], in market: Market
  ) throws -> DeriveBook {
    try DeriveBook(
      of: portfolio, trading: instruments, in: market, rate: interestRate, profile: name)
  }
}
