/// The requirement on one underlying as a function of trades.
struct DeriveBookShape {
  let book: DeriveScenarioBook
  let slots: DeriveSlots

  /// Which of an oracle's confidences a charge is made by.
  typealias Confidence = (ConfidenceBounds) -> Double
  /// The convex functions whose largest is the loss of an expiry in a scenario.
  typealias Sides = (_ scenario: Int, _ expiry: Int) -> [ConvexFunction]

  var parameters: DerivePortfolioMarginProfile.Parameters { book.parameters }
  private var spot: Double { book.market.spot.value }

  func linear(_ e: Int, _ value: (Int) -> Double) -> AffineFunction {
    slots.linear(e, book.expiries[e].marks.indices, value)
  }

  /// An upper bound of the requirement, or the requirement itself.
  func requirement(_ level: MarginLevel) -> ConvexFunction {
    requirement(level, confidence: \.possible, sides: sides)
  }

  func requirement(
    _ level: MarginLevel, confidence: Confidence, sides: Sides
  ) -> ConvexFunction {
    let losses =
      parameters.scenarios.indices.map { loss(in: $0, sides: sides) } + [forwardContingency]
    let (worst, factor) = (ConvexFunction.maximum(losses), book.factor(level))
    var parts: [ConvexFunction]
    switch book.version {
    case .pmrm1: parts = [.scaled(factor, .sum([worst] + contingencies(level)))]
    case .pmrm2: parts = [.scaled(factor, worst)] + contingencies(level)
    }
    if level == .initial { parts += charges(by: confidence) }
    return .sum(parts)
  }

  /// sign · (V − factor · Y)
  func side(_ sign: Double, _ factor: Double, _ c: Int, _ e: Int) -> ConvexFunction {
    let values = book.expiries[e]
    return .affine(linear(e) { sign * (values.marks[$0] - factor * values.shocked[c][$0]) })
  }

  private func sides(_ c: Int, _ e: Int) -> [ConvexFunction] {
    let values = book.expiries[e]
    let (gain, debt) = (values.positiveFactor, values.negativeFactor)
    let both = [gain, debt]
    var sides = gain < debt ? both.map { side(1, $0, c, e) } : [side(1, debt, c, e)]
    if parameters.scenarios[c].volatility.isSkew {
      let held = values.factor(for: values.held(values.shocked[c]))
      sides += gain > debt ? both.map { side(-1, $0, c, e) } : [side(-1, held, c, e)]
    }
    return sides
  }

  private func loss(in c: Int, sides: Sides) -> ConvexFunction {
    let scenario = parameters.scenarios[c]
    let move = scenario.spot - 1
    let collateral = book.market.collaterals.reduce(0) {
      $0 + ($1.cancelsRisk ? $1.value(stablePrice: book.stablePrice) : 0)
    }
    var parts: [ConvexFunction] = [
      .affine(slots.perpetual(-move * book.market.perpetual.price.value) + -collateral * move)
    ]
    for e in book.expiries.indices {
      let sides = sides(c, e)
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

  private func charges(by confidence: Confidence) -> [ConvexFunction] {
    let onPerpetual = charge(confidence(perpetualConfidence)) * spot
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
      let rate = charge(confidence(self.confidence(of: e))) * spot
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
  typealias ConfidenceBounds = (certain: Double, possible: Double)

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
    if confidenceMayDiffer(level) {
      reasons.append("oracles of low confidence count even where what they price is not held")
    }
    return reasons
  }

  /// Whether what oracles are charged for depends on what is traded.
  func confidenceMayDiffer(_ level: MarginLevel) -> Bool {
    func mayDiffer(_ bounds: ConfidenceBounds) -> Bool {
      charge(bounds.certain) != charge(bounds.possible)
    }
    return level == .initial
      && (book.expiries.indices.contains(where: { mayDiffer(confidence(of: $0)) })
        || (book.version == .pmrm1 && collateralQuantity != 0 && mayDiffer(perpetualConfidence)))
  }
}
