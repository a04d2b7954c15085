public import Pricing

/// Margin of options sold, each by itself, by a venue's formula; options bought need none.
///
/// The formula is that of ``StandardOptionProfile``. Requirements add up, Σ c max(0, −q), which is convex
/// in the positions q: the convex face is exact. Contracts that are no options, or settle in something
/// else, are refused.
public struct StandardOptionMargin: ConvexMarginMethodology {
  public var profile: StandardOptionProfile

  public init(profile: StandardOptionProfile) { self.profile = profile }

  public var name: String { profile.name }

  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    try profile.requireNoFault()
    try portfolio.requireFiniteQuantities()
    var parts: [MarginRequirement] = []
    for position in portfolio.positions {
      let charge = try charge(level, on: position.instrument, in: market)
      guard position.quantity < 0 else { continue }
      parts.append(
        MarginRequirement(
          position.instrument.name, .scaled(by: charge.dollars * -position.quantity),
          of: [charge.requirement]))
    }
    return MarginRequirement("\(name): \(level.rawValue) margin", .sum, of: parts)
  }

  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    try profile.requireNoFault()
    try portfolio.requireFiniteQuantities()
    let variables = TradeVariables(trading: instruments, on: portfolio)
    let parts = try variables.all.map { instrument in
      let charge = try charge(level, on: instrument, in: market)
      let dollars = charge.dollars * charge.requirement.amount
      return ConvexFunction.positivePart(.affine(variables.linear([(instrument, -dollars)])))
    }
    return MarginFunction(.sum(parts))
  }

  /// The requirement of one unit sold in what it settles in, and the dollars that this is worth.
  private func charge(
    _ level: MarginLevel, on instrument: Instrument, in market: Market
  ) throws -> (requirement: MarginRequirement, dollars: Double) {
    guard case .option(_, let strike, let right) = instrument.kind,
      instrument.settlement == profile.settlement
    else {
      throw MarginError.instrumentNotCovered(
        instrument.name, profile: name,
        reason: "only options settled \(profile.settlement == .inverse ? "in coins" : "in dollars")"
          + " have a formula in it")
    }
    let parameters = try profile.parameters(of: instrument.underlying)
    let quote = try market.quote(for: instrument)
    let index = try market.indexPrice(of: instrument.underlying)
    guard quote.mark.isFinite, quote.mark >= 0 else {
      throw MarginError.notFinite("the mark of \(instrument.name)", value: quote.mark)
    }
    guard index > 0, index.isFinite else {
      throw MarginError.notFinite(
        "the index price of \(instrument.underlying), which must be positive,", value: index)
    }
    let inverse = instrument.settlement == .inverse
    let unit = inverse ? instrument.underlying : "USD"
    let spot = inverse ? 1 : index
    let distance = max(0, right.sign * (strike - index)) / index
    let requirement = parameters.requirement(
      level, right: right, distance: distance, spot: spot, mark: quote.mark, unit: unit)
    return (requirement, inverse ? index : 1)
  }
}

extension StandardOptionProfile.Underlying {
  /// The requirement of one unit sold, in what it settles in.
  fileprivate func requirement(
    _ level: MarginLevel, right: Instrument.Right, distance: Double, spot: Double, mark: Double,
    unit: String
  ) -> MarginRequirement {
    func leaf(_ name: String, _ amount: Double) -> MarginRequirement {
      MarginRequirement(name, amount, currency: unit)
    }
    func node(
      _ name: String, _ rule: MarginRequirement.Rule, _ parts: [MarginRequirement]
    ) -> MarginRequirement { MarginRequirement(name, rule, of: parts, currency: unit) }
    let price = leaf("mark", mark)
    var least = [leaf("share of the index price", maintenanceRate * spot)]
    if right == .put, let rate = maintenancePutMarkRate {
      least.append(leaf("share of the mark", rate * mark))
    }
    let maintenance = node(
      "maintenance", .sum, [node("maintenance rate", .maximum, least), price])
    guard level == .initial else { return maintenance }
    let rate = node(
      "initial rate", .maximum,
      [
        leaf("at the money, less the distance", (maximumInitialRate - distance) * spot),
        leaf("far out of the money", minimumInitialRate * spot),
      ])
    let initial = node("initial", .sum, [rate, price])
    return right == .call
      ? initial : node("initial, at least maintenance", .maximum, [initial, maintenance])
  }
}
