/// The Standard Manager's requirement on one underlying as a function of trades.
struct DeriveStandardShape {
  let book: DeriveStandardBook
  let slots: DeriveSlots

  /// An upper bound of the requirement.
  func requirement(_ level: MarginLevel) -> ConvexFunction {
    let choices = book.optionRequirements(level)
    return requirement(level, confidence: { e in book.market.expiries[e].options.indices }) { e in
      let isolates = choices[e].parts[0].amount < choices[e].parts[1].amount
      return isolates ? isolated(e, level) : greatestLoss(e, level)
    }
  }

  /// The requirement with that of each expiry's options as given.
  ///
  /// - Parameter confidence: the options of an expiry whose oracles count.
  func requirement(
    _ level: MarginLevel, confidence: (Int) -> some Sequence<Int>,
    options: (Int) -> ConvexFunction
  ) -> ConvexFunction {
    let rule = book.parameters.confidence
    var perPerpetual = book.perpetualRate(level)
    if level == .initial {
      perPerpetual +=
        book.depegRate
        + book.confidenceRate(
          of: [book.market.perpetual.price], threshold: rule.perpetualThreshold)
    }
    var parts: [ConvexFunction] = [.absolute(slots.perpetual(perPerpetual))]
    for (e, expiry) in book.market.expiries.enumerated() {
      parts.append(options(e))
      guard level == .initial else { continue }
      let perShort =
        book.depegRate
        + book.confidenceRate(
          of: [expiry.variableForward] + confidence(e).map { expiry.options[$0].volatility },
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

  func isolated(_ e: Int, _ level: MarginLevel) -> ConvexFunction {
    let expiry = book.market.expiries[e]
    return .sum(shorts(e) { book.isolatedUnit(expiry.options[$0], in: expiry, level) })
  }

  func greatestLoss(_ e: Int, _ level: MarginLevel) -> ConvexFunction {
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
