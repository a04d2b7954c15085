public import Pricing

/// Margin of options in an account in cross margin, each short one on its own.
///
/// Long options are paid for when bought and need nothing more.
public struct ShortOptionMargin: ConvexMarginMethodology {
  public var profile: ShortOptionProfile

  public init(profile: ShortOptionProfile) { self.profile = profile }

  public var name: String { profile.name }

  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    try portfolio.requireFiniteQuantities()
    return MarginRequirement(
      "\(name): \(level.rawValue) margin", .sum,
      of: try portfolio.positions.map { position in
        let option = try self.option(position.instrument, in: market)
        guard position.quantity < 0 else {
          return MarginRequirement("\(position.instrument.name), paid for", 0)
        }
        return MarginRequirement(
          position.instrument.name, .scaled(by: -position.quantity),
          of: [
            try requirement(
              level, right: option.right, strike: option.strike, mark: option.mark,
              index: option.index)
          ])
      })
  }

  /// The margin as a convex function of trades, exact; quantities of options whose formula is not
  /// verified must not be negative.
  ///
  /// - Precondition: `instruments` holds each instrument once.
  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    try portfolio.requireFiniteQuantities()
    let variables = TradeVariables(trading: instruments, on: portfolio)
    var parts: [ConvexFunction] = []
    var domain: [DomainLimit] = []
    for instrument in variables.all {
      let option = try self.option(instrument, in: market)
      let units = variables.units(of: instrument)
      guard profile.verifiedRights.contains(option.right) else {
        if units.indices.isEmpty, units.constant < 0 { throw unverified(option.right) }
        domain.append(
          DomainLimit("\(instrument.name) not sold", units, in: 0...Double.greatestFiniteMagnitude))
        continue
      }
      let charge = try requirement(
        level, right: option.right, strike: option.strike, mark: option.mark, index: option.index)
      parts.append(.positivePart(.affine(-charge.amount * units)))
    }
    return MarginFunction(.sum(parts), domain: domain)
  }

  /// The margin of one option sold, in dollars.
  ///
  /// - Parameter orderPrice: at which the order to sell stands; nil for a position.
  /// - Throws: `MarginError.unverifiedRule` where the formula of such an option is not verified,
  ///   `MarginError.notFinite`.
  public func requirement(
    _ level: MarginLevel, right: Instrument.Right, strike: Double, mark: Double, index: Double,
    orderPrice: Double? = nil
  ) throws(MarginError) -> MarginRequirement {
    try profile.requireNoFault()
    guard profile.verifiedRights.contains(right) else { throw unverified(right) }
    for (what, value) in [("strike", strike), ("mark", mark), ("order price", orderPrice ?? 0)]
    where !(value >= 0 && value.isFinite) {
      throw .notFinite("the \(what) of an option, which must not be negative,", value: value)
    }
    guard index > 0 && index.isFinite else {
      throw .notFinite("the index price, which must be positive,", value: index)
    }
    let rate = profile.maintenanceRate
    let maintenance = MarginRequirement(
      "maintenance", .sum,
      of: [
        MarginRequirement(
          "rate", .maximum,
          of: [
            MarginRequirement("of the index", rate * index),
            MarginRequirement("of the mark", rate * mark),
          ]), MarginRequirement("mark", mark),
        MarginRequirement("liquidation fee", profile.liquidationFeeRate * index),
      ])
    if level == .maintenance { return maintenance }
    let outOfTheMoney = max(0, right.sign * (strike - index))
    return MarginRequirement(
      "initial", .maximum,
      of: [
        MarginRequirement(
          "risk and premium", .sum,
          of: [
            MarginRequirement(
              "risk", .maximum,
              of: [
                MarginRequirement(
                  "rate less the out-of-the-money amount",
                  profile.maximumInitialRate * index - outOfTheMoney),
                MarginRequirement("least rate", profile.minimumInitialRate * index),
              ]), MarginRequirement("larger of order and mark", max(orderPrice ?? mark, mark)),
          ]), maintenance,
      ])
  }

  private func unverified(_ right: Instrument.Right) -> MarginError {
    .unverifiedRule("the margin of a short \(right.rawValue)", profile: profile.name)
  }

  private func option(
    _ instrument: Instrument, in market: Market
  ) throws -> (right: Instrument.Right, strike: Double, mark: Double, index: Double) {
    func refused(_ reason: String) -> MarginError {
      .instrumentNotCovered(instrument.name, profile: profile.name, reason: reason)
    }
    guard case .option(_, let strike, let right) = instrument.kind else {
      throw refused("it is no option")
    }
    guard instrument.settlement == .linear else {
      throw refused("it is settled in \(instrument.underlying)")
    }
    return (
      right, strike, try market.quote(for: instrument).mark,
      try market.indexPrice(of: instrument.underlying)
    )
  }
}
