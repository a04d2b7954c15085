public import Pricing

extension DeriveStandardMargin: ConvexMarginMethodology {
  /// The exact requirement of a book, each underlying by itself: without cash, collateral and
  /// unrealized results.
  ///
  /// Forwards, feeds and contracts are taken as by ``DerivePortfolioMargin``.
  ///
  /// - Throws: `MarketError` where the market lacks a quote, an index price or a volatility;
  ///   `MarginError` where the profile does not cover the book.
  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    try portfolio.requireFiniteQuantities()
    return try margin(
      level,
      on: DeriveBook(of: portfolio, in: market, rate: 0, profile: name).account)
  }

  /// A convex upper bound of the requirement after trades.
  ///
  /// The smaller of two convex requirements is not convex: of each expiry the one counts that
  /// decides for the book as it is (the greatest loss where they are equal), and the greatest loss
  /// is over the strikes of all contracts, held or not. The floor has a choice for each expiry.
  ///
  /// - Precondition: `instruments` holds each instrument once.
  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    try portfolio.requireFiniteQuantities()
    let book = try DeriveBook(
      of: portfolio, trading: instruments, in: market, rate: 0, profile: name)
    var first = 0
    let shapes = try books(of: book.account).map { side in
      let last = first + side.market.contractCount
      defer { first = last }
      return DeriveStandardShape(
        book: side,
        slots: DeriveSlots(
          of: side.market, Array(book.slots[first..<last]), count: instruments.count))
    }
    let function = ConvexFunction.sum(shapes.map { $0.requirement(level) })
    guard book.account.markets.contains(where: { !$0.expiries.isEmpty }) else {
      return MarginFunction(function)
    }
    return MarginFunction(
      function,
      relation: .upperBound(
        reason: "of each expiry the requirement counts that decides for the book as it is"),
      floor: Self.floor(of: shapes, level))
  }
}
