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
  /// is over the strikes of all contracts, held or not. Solving again from the book found closes
  /// the gap as far as such steps can.
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
    var parts: [ConvexFunction] = []
    for side in try books(of: book.account) {
      let last = first + side.market.contractCount
      parts.append(
        DeriveStandardShape(
          book: side,
          slots: DeriveSlots(
            of: side.market, Array(book.slots[first..<last]), count: instruments.count)
        ).requirement(level))
      first = last
    }
    let hasOptions = book.account.markets.contains { !$0.expiries.isEmpty }
    return MarginFunction(
      .sum(parts),
      relation: hasOptions
        ? .upperBound(
          reason: "of each expiry the requirement counts that decides for the book as it is")
        : .exact)
  }
}

/// The Standard Manager's requirement on one underlying as a function of trades.
private struct DeriveStandardShape {
  let book: DeriveStandardBook
  let slots: DeriveSlots

  func requirement(_ level: MarginLevel) -> ConvexFunction {
    let rule = book.parameters.confidence
    var perPerpetual = book.perpetualRate(level)
    if level == .initial {
      perPerpetual +=
        book.depegRate
        + book.confidenceRate(
          of: [book.market.perpetual.price], threshold: rule.perpetualThreshold)
    }
    var parts: [ConvexFunction] = [.absolute(slots.perpetual(perPerpetual))]
    let choices = book.optionRequirements(level)
    for (e, expiry) in book.market.expiries.enumerated() {
      let isolates = choices[e].parts[0].amount < choices[e].parts[1].amount
      parts.append(isolates ? isolated(e, level) : greatestLoss(e, level))
      guard level == .initial else { continue }
      let perShort =
        book.depegRate
        + book.confidenceRate(
          of: [expiry.variableForward] + expiry.options.map(\.volatility),
          threshold: rule.optionThreshold)
      if perShort != 0 { parts += shorts(e) { _ in perShort } }
    }
    var constant = -book.collateralCredit(level)
    if level == .initial {
      constant +=
        book.confidenceRate(of: [], threshold: rule.collateralThreshold) / book.spot
        * book.market.collaterals.reduce(0) { $0 + $1.value(stablePrice: book.stablePrice) }
    }
    return .sum(parts + [.constant(constant)])
  }

  /// Σ over options of rate · (short quantity).
  private func shorts(_ e: Int, _ rate: (Int) -> Double) -> [ConvexFunction] {
    book.market.expiries[e].options.indices.map { o in
      .positivePart(.affine(slots.linear(e, [o]) { -rate($0) }))
    }
  }

  private func isolated(_ e: Int, _ level: MarginLevel) -> ConvexFunction {
    let expiry = book.market.expiries[e]
    return .sum(shorts(e) { book.isolatedUnit(expiry.options[$0], in: expiry, level) })
  }

  private func greatestLoss(_ e: Int, _ level: MarginLevel) -> ConvexFunction {
    let expiry = book.market.expiries[e]
    let options = expiry.options
    let losses = DeriveStandardBook.prices(options).map { price in
      ConvexFunction.affine(slots.linear(e, options.indices) { -options[$0].payoff(at: price) })
    }
    let calls = options.indices.filter { options[$0].right == .call }
    let rate = book.unpairedRate(expiry, level)
    return .sum([
      .maximum(losses + [.constant(0)]),
      .positivePart(.affine(slots.linear(e, calls) { _ in -rate })),
    ])
  }
}
