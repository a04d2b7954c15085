extension DerivePortfolioMargin {
  /// The requirement as a convex function of trades in an account's own contracts, one for each of
  /// ``DeriveAccount/contracts`` and in their order.
  ///
  /// With affine V and Y, and static discount factors d⁺ ≤ d⁻, the loss of an expiry V − min(d⁺Y,
  /// d⁻Y) is max(V − d⁺Y, V − d⁻Y): PMRM 1, where d⁻ = 1 and d⁺ ≤ 1, is convex and the function
  /// exact. Where PMRM 2 has d⁺ > d⁻, a value of either sign counts as d⁻Y; and the other side of a
  /// skew, min(d⁺Y, d⁻Y) − V, is bounded by λY − V, with λ the factor of the account as it is: both
  /// make the function an upper bound. An oracle below the threshold of confidence counts for its
  /// expiry whether or not what it prices is held.
  ///
  /// - Throws: as ``margin(_:on:)``.
  public func marginFunction(
    _ level: MarginLevel, of account: DeriveAccount
  ) throws(MarginError) -> MarginFunction {
    let contracts = account.contracts
    return try marginFunction(
      level, of: account, slots: contracts.indices.map { $0 }, count: contracts.count)
  }

  /// - Parameters: - slots: for each contract of the account the number of its trade, or nil where
  ///   it is not traded. - count: the number of trades.
  func marginFunction(
    _ level: MarginLevel, of account: DeriveAccount, slots: [Int?], count: Int
  ) throws(MarginError) -> MarginFunction {
    var (parts, reasons): ([ConvexFunction], [String]) = ([], [])
    var first = 0
    for book in try books(of: account) {
      let shape = DeriveBookShape(
        book: book,
        slots: DeriveSlots(
          of: book.market, Array(slots[first..<(first + book.market.contractCount)]), count: count))
      first += book.market.contractCount
      parts.append(shape.requirement(level))
      reasons += shape.bounds(level).filter { !reasons.contains($0) }
    }
    return MarginFunction(
      .sum(parts),
      relation: reasons.isEmpty ? .exact : .upperBound(reason: reasons.joined(separator: "; ")))
  }
}

/// The requirement on one underlying as a function of trades.
private struct DeriveBookShape {
  let book: DeriveScenarioBook
  let slots: DeriveSlots

  private var parameters: DerivePortfolioMarginProfile.Parameters { book.parameters }
  private var spot: Double { book.market.spot.value }

  private func linear(_ e: Int, _ value: (Int) -> Double) -> AffineFunction {
    slots.linear(e, book.expiries[e].marks.indices, value)
  }

  func requirement(_ level: MarginLevel) -> ConvexFunction {
    let losses = parameters.scenarios.indices.map(loss(in:)) + [forwardContingency]
    let (worst, factor) = (ConvexFunction.maximum(losses), book.factor(level))
    var parts: [ConvexFunction]
    switch book.version {
    case .pmrm1: parts = [.scaled(factor, .sum([worst] + contingencies(level)))]
    case .pmrm2: parts = [.scaled(factor, worst)] + contingencies(level)
    }
    if level == .initial { parts += confidenceCharges }
    return .sum(parts)
  }

  private func loss(in c: Int) -> ConvexFunction {
    let scenario = parameters.scenarios[c]
    let move = scenario.spot - 1
    let collateral = book.market.collaterals.reduce(0) {
      $0 + ($1.cancelsRisk ? $1.value(stablePrice: book.stablePrice) : 0)
    }
    var parts: [ConvexFunction] = [
      .affine(slots.perpetual(-move * book.market.perpetual.price.value) + -collateral * move)
    ]
    for (e, values) in book.expiries.enumerated() {
      func side(_ sign: Double, _ factor: Double) -> ConvexFunction {
        .affine(linear(e) { sign * (values.marks[$0] - factor * values.shocked[c][$0]) })
      }
      let (gain, debt) = (values.positiveFactor, values.negativeFactor)
      let both = [gain, debt]
      var sides = gain < debt ? both.map { side(1, $0) } : [side(1, debt)]
      if scenario.volatility.isSkew {
        let held = values.factor(for: values.held(values.shocked[c]))
        sides += gain > debt ? both.map { side(-1, $0) } : [side(-1, held)]
      }
      parts.append(sides.count == 1 ? sides[0] : .maximum(sides))
    }
    return .scaled(scenario.dampening ?? 1, .sum(parts))
  }

  private var forwardContingency: ConvexFunction {
    .sum(
      book.expiries.enumerated().map { e, values in
        let losses = [values.forwardUp, values.forwardDown].map { moved in
          ConvexFunction.affine(linear(e) { values.marks[$0] - moved[$0] })
        }
        return .scaled(values.forwardWeight, .maximum(losses + [.constant(0)]))
      })
  }

  private func contingencies(_ level: MarginLevel) -> [ConvexFunction] {
    var parts: [ConvexFunction] = [
      .absolute(slots.perpetual(parameters.perpetual.share(level) * spot))
    ]
    let share = parameters.option.share(level) * spot
    for (e, values) in book.expiries.enumerated() {
      let strikes = Dictionary(grouping: values.marks.indices) { values.expiry.options[$0].strike }
      for (_, options) in strikes.sorted(by: { $0.key < $1.key }) {
        parts.append(.positivePart(.affine(slots.linear(e, options) { _ in -share })))
      }
    }
    let collateral = book.contingencies(level).parts.dropFirst(2).reduce(0) { $0 + $1.amount }
    return parts + [.constant(collateral)]
  }

  private var confidenceCharges: [ConvexFunction] {
    let onPerpetual = charge(perpetualConfidence.possible) * spot
    var parts: [ConvexFunction] = [.absolute(slots.perpetual(onPerpetual))]
    switch book.version {
    case .pmrm1:
      // The perpetual and the collateral are one notional, with the confidence of both.
      parts.append(.constant(onPerpetual * collateralQuantity))
    case .pmrm2:
      for collateral in book.market.collaterals {
        parts.append(
          .constant(
            charge(book.confidence(of: [collateral.price]))
              * collateral.value(stablePrice: book.stablePrice)))
      }
    }
    for (e, values) in book.expiries.enumerated() {
      let rate = charge(confidence(of: e).possible) * spot
      guard rate != 0 else { continue }
      parts += values.marks.indices.map { o in .absolute(slots.linear(e, [o]) { _ in rate }) }
    }
    return parts
  }

  private var collateralQuantity: Double {
    book.market.collaterals.reduce(0) { $0 + $1.quantity }
  }

  /// (1 − confidence) · factor below the threshold.
  private func charge(_ confidence: Double) -> Double {
    confidence < parameters.confidence.threshold
      ? (1 - confidence) * parameters.confidence.factor : 0
  }

  /// The lowest confidence that counts whatever is traded, and the lowest that may.
  private typealias ConfidenceBounds = (certain: Double, possible: Double)

  private var perpetualConfidence: ConfidenceBounds {
    let perpetual = book.market.perpetual
    return bounds([], [(perpetual.price, perpetual.quantity, slots.perpetualSlot != nil)])
  }

  private func confidence(of e: Int) -> ConfidenceBounds {
    let values = book.expiries[e]
    let held = values.expiry.options.enumerated().map {
      ($1.volatility, $1.quantity, slots.slot(e, $0) != nil)
    }
    let (own, perpetual) = (bounds(values.feeds, held), perpetualConfidence)
    return (min(own.certain, perpetual.certain), min(own.possible, perpetual.possible))
  }

  private func bounds(
    _ always: [DeriveAccount.Feed],
    _ held: [(feed: DeriveAccount.Feed, quantity: Double, isTraded: Bool)]
  ) -> ConfidenceBounds {
    let possible = held.filter { $0.quantity != 0 || $0.isTraded }
    return (
      book.confidence(of: always + possible.filter { !$0.isTraded }.map(\.feed)),
      book.confidence(of: always + possible.map(\.feed))
    )
  }

  /// Why the function may lie above the rule.
  func bounds(_ level: MarginLevel) -> [String] {
    var reasons: [String] = []
    if book.expiries.contains(where: { $0.positiveFactor > $0.negativeFactor }) {
      reasons.append("positive values that are discounted less than negative ones count as these")
    }
    if parameters.scenarios.contains(where: { $0.volatility.isSkew })
      && book.expiries.contains(where: { $0.positiveFactor < $0.negativeFactor })
    {
      reasons.append("gains in skew scenarios are discounted by the sign of the book as it is")
    }
    func mayDiffer(_ bounds: ConfidenceBounds) -> Bool {
      charge(bounds.certain) != charge(bounds.possible)
    }
    if level == .initial,
      book.expiries.indices.contains(where: { mayDiffer(confidence(of: $0)) })
        || (book.version == .pmrm1 && collateralQuantity != 0 && mayDiffer(perpetualConfidence))
    {
      reasons.append("oracles of low confidence count even where what they price is not held")
    }
    return reasons
  }
}
