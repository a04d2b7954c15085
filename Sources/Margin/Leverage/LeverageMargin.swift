public import Pricing

/// Margin of perpetuals and futures by leverage tiers, or by rates that rise with the size.
///
/// Each contract is margined on its own; an opposite position in another contract takes nothing
/// off. Quantities are coins, as in every book: the notional of an inverse contract is its coins at
/// the mark, in dollars, or the coins themselves where the profile's tiers are in coins.
public struct LeverageMargin: ConvexMarginMethodology {
  public var profile: LeverageProfile
  /// The leverage chosen for instruments, by name; the largest of the bracket where none is, or
  /// where the chosen one is larger. Decides initial margin only.
  public var leverage: [String: Double]

  public init(profile: LeverageProfile, leverage: [String: Double] = [:]) {
    (self.profile, self.leverage) = (profile, leverage)
  }

  public var name: String { profile.name }

  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    try portfolio.requireFiniteQuantities()
    return MarginRequirement(
      "\(name): \(level.rawValue) margin", .sum,
      of: try portfolio.positions.map { position in
        try contract(position.instrument, in: market).requirement(level, of: position.quantity)
      })
  }

  /// The margin as a convex function of trades: exact for maintenance by tiers; for initial margin
  /// by tiers, which jumps where the leverage falls, the lines over its jumps; for rates by size,
  /// the secants of the parabola, within a quarter of a percent, up to sizes of rate 1.
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
    var reason: String?
    for instrument in variables.all {
      let contract = try self.contract(instrument, in: market)
      let units = variables.units(of: instrument)
      let lines = contract.lines(level)
      parts.append(
        .maximum(
          lines.map { .sum([.scaled($0.slope, .absolute(units)), .constant($0.constant)]) }))
      if let bound = contract.bound(level) { reason = reason ?? bound }
      if let most = contract.mostCoins(level) {
        domain.append(
          DomainLimit("\(instrument.name) below the size of rate 1", units, in: -most...most))
      }
    }
    return MarginFunction(
      .sum(parts), relation: reason.map { .upperBound(reason: $0) } ?? .exact, domain: domain)
  }

  private func contract(
    _ instrument: Instrument, in market: Market
  ) throws -> LeveragedContract {
    try profile.requireNoFault()
    func refused(_ reason: String) -> MarginError {
      .instrumentNotCovered(instrument.name, profile: profile.name, reason: reason)
    }
    let kind: LeverageProfile.Contract
    switch instrument.kind {
    case .perpetual: kind = .perpetual
    case .future: kind = .future
    case .option: throw refused("it is an option")
    }
    guard profile.contracts.contains(kind) else {
      throw refused("it is a \(kind.rawValue)")
    }
    guard profile.settlements.contains(instrument.settlement) else {
      throw refused("it is \(instrument.settlement.rawValue)")
    }
    if let chosen = leverage[instrument.name], !(chosen >= 1 && chosen.isFinite) {
      throw MarginError.notFinite(
        "the leverage of \(instrument.name), which must be at least 1,", value: chosen)
    }
    let mark = try market.quote(for: instrument).mark
    guard mark > 0 && mark.isFinite else {
      throw MarginError.notFinite(
        "the mark of \(instrument.name), which must be positive,", value: mark)
    }
    return LeveragedContract(
      instrument: instrument, mark: mark,
      parameters: try profile.parameters(of: instrument.underlying),
      leverage: leverage[instrument.name])
  }
}

/// A contract with the rule that margins it.
struct LeveragedContract {
  /// A line over the coins held, |q|, in dollars.
  struct Line: Hashable {
    var slope: Double
    var constant: Double
  }

  let instrument: Instrument
  let mark: Double
  let parameters: LeverageProfile.Parameters
  let leverage: Double?
  /// nil for rates by size.
  let brackets: LeverageBrackets?

  init(
    instrument: Instrument, mark: Double, parameters: LeverageProfile.Parameters,
    leverage: Double?
  ) {
    self.instrument = instrument
    self.mark = mark
    self.parameters = parameters
    self.leverage = leverage
    brackets = parameters.tiers.flatMap(LeverageBrackets.init)
  }

  private var isInCoins: Bool {
    instrument.settlement == .inverse && parameters.unit == .coins
  }
  /// What one coin held adds to the notional, and what a unit of the notional is in dollars.
  private var unit: Double { isInCoins ? 1 : mark }
  private var dollars: Double { isInCoins ? mark : 1 }
  private var currency: String { isInCoins ? instrument.underlying : "USD" }

  /// Of rates by size.
  private func rate(_ level: MarginLevel, of coins: Double) -> Double {
    let base = level == .initial ? parameters.initialRate : parameters.maintenanceRate
    return max(leverageRate(level), (base ?? 1) + (parameters.sizeSlope ?? 0) * coins)
  }

  /// The least initial rate that the chosen leverage leaves.
  private func leverageRate(_ level: MarginLevel) -> Double {
    level == .initial ? leverage.map { 1 / $0 } ?? 0 : 0
  }

  private func initialRate(of bracket: LeverageBrackets.Bracket) -> Double {
    max(leverageRate(.initial), 1 / bracket.maximumLeverage)
  }

  func requirement(_ level: MarginLevel, of quantity: Double) -> MarginRequirement {
    let coins = abs(quantity)
    let notional = MarginRequirement("notional", coins * unit, currency: currency)
    let margin: MarginRequirement
    switch (brackets, level) {
    case (nil, _):
      margin = MarginRequirement(
        "\(level.rawValue) rate of the size", .scaled(by: rate(level, of: coins)), of: [notional])
    case (let brackets?, .initial):
      margin = MarginRequirement(
        "initial rate of the bracket",
        .scaled(by: initialRate(of: brackets.bracket(of: notional.amount))), of: [notional],
        currency: currency)
    case (let brackets?, .maintenance):
      margin = MarginRequirement(
        "maintenance of the bracket", .maximum,
        of: brackets.brackets.map { bracket in
          MarginRequirement(
            "from \(bracket.floor)", .sum,
            of: [
              MarginRequirement(
                "rate", .scaled(by: bracket.maintenanceRate), of: [notional], currency: currency),
              MarginRequirement("amount", -bracket.maintenanceAmount, currency: currency),
            ], currency: currency)
        }, currency: currency)
    }
    return MarginRequirement(instrument.name, .scaled(by: dollars), of: [margin])
  }

  /// The lines whose maximum is the margin, or bounds it from above.
  func lines(_ level: MarginLevel) -> [Line] {
    guard let brackets else { return secants(level) }
    let scale = unit * dollars
    if level == .maintenance {
      return brackets.brackets.map {
        Line(slope: $0.maintenanceRate * scale, constant: -$0.maintenanceAmount * dollars)
      }
    }
    // Through the corners from which margin goes on after a jump; the last goes on for ever.
    let corners = brackets.brackets.map { ($0.floor, $0.floor * initialRate(of: $0)) }
    var lines = zip(corners, corners.dropFirst()).map { a, b in
      let slope = (b.1 - a.1) / (b.0 - a.0)
      return Line(slope: slope * scale, constant: (a.1 - slope * a.0) * dollars)
    }
    if let last = brackets.brackets.last {
      lines.append(Line(slope: initialRate(of: last) * scale, constant: 0))
    }
    return lines
  }

  /// Secants of max(1/leverage, base + slope · q) · q between sizes that rise by a tenth: over the
  /// parabola by at most slope (Δq)²/4 ≤ slope q²/400, and near zero by a 400th of the base.
  private func secants(_ level: MarginLevel) -> [Line] {
    let slope = parameters.sizeSlope ?? 0
    guard slope > 0, let most = mostCoins(level) else {
      return [Line(slope: rate(level, of: 0) * mark, constant: 0)]
    }
    let base = (level == .initial ? parameters.initialRate : parameters.maintenanceRate) ?? 1
    var sizes = [0, min(0.0025 * base / slope, most)]
    while let last = sizes.last, last < most { sizes.append(min(1.1 * last, most)) }
    let kink = (leverageRate(level) - base) / slope
    if kink > 0 && kink < most && !sizes.contains(kink) { sizes = (sizes + [kink]).sorted() }
    return zip(sizes, sizes.dropFirst()).map { a, b in
      let (left, right) = (a * rate(level, of: a), b * rate(level, of: b))
      let rise = (right - left) / (b - a)
      return Line(slope: rise * mark, constant: (left - rise * a) * mark)
    }
  }

  /// The coins at which the rate reaches 1; nil where it does not rise.
  func mostCoins(_ level: MarginLevel) -> Double? {
    guard brackets == nil, let slope = parameters.sizeSlope, slope > 0 else { return nil }
    let base = level == .initial ? parameters.initialRate : parameters.maintenanceRate
    return (1 - (base ?? 1)) / slope
  }

  /// Why the lines lie above the rule; nil where they are the rule.
  func bound(_ level: MarginLevel) -> String? {
    guard let brackets else {
      return (parameters.sizeSlope ?? 0) > 0
        ? "rates that rise with the size are taken along secants, at most 0.3 % above" : nil
    }
    if level == .maintenance { return nil }
    let rates = Set(brackets.brackets.map { initialRate(of: $0) })
    return rates.count > 1
      ? "initial margin jumps between brackets; lines lead over the jumps" : nil
  }
}
