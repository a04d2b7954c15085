import LinearAlgebra
import Pricing
import Simulation

/// Instruments valued once under every scenario of a profile, arranged in pools and groups: what
/// both faces of the grid methodology are computed from.
struct ScenarioGridValuation {
  /// Positions that are margined together, in one currency.
  struct Pool {
    var name: String
    var currency: String
    /// What a unit of the currency is worth in dollars.
    var dollars: Double
    var groups: [Group]
    var offset: ScenarioGridProfile.GroupOffset?
  }

  /// The instruments of a pool on one underlying.
  struct Group {
    var name: String
    var parameters: ScenarioGridProfile.Underlying
    /// The index price in dollars.
    var indexPrice: Double
    /// What one dollar-per-coin of price is worth in the pool's currency: a coin's price for
    /// dollars, one for coins.
    var coinValue: Double
    var members: [Member]
    /// Price moves, one for each scenario.
    var moves: [Double]
    /// P&L of one unit, scenarios × members, in the pool's currency, brought back to the edge of
    /// the range in extended scenarios; not yet weighted.
    var profitAndLoss: Matrix
    /// By scenario, how far a result is moved toward zero, in the pool's currency.
    var dampeners: [Double]
  }

  struct Member {
    var instrument: Instrument
    /// ∂V/∂F in coins.
    var delta: Double
    /// Dollars paid over the funding provision's hours by one coin held long; 0 but for perpetuals.
    var funding: Double
    var expiry: Timestamp?
  }

  let profile: ScenarioGridProfile
  let time: Timestamp
  private(set) var pools: [Pool] = []

  /// - Parameter charged: pools in which the account is charged even where it holds nothing.
  init(
    of instruments: [Instrument], under profile: ScenarioGridProfile, in market: Market,
    charged: [String] = []
  ) throws {
    try profile.requireNoFault()
    try Self.refuse(instruments, under: profile)
    self.profile = profile
    time = market.time
    var order: [String] = []
    var byPool: [String: [String: [Instrument]]] = [:]
    for instrument in instruments {
      let (pool, group) = Self.address(of: instrument, in: profile)
      if byPool[pool] == nil { order.append(pool) }
      byPool[pool, default: [:]][group, default: []].append(instrument)
    }
    order += charged.filter { byPool[$0] == nil }.sorted()
    for name in order {
      pools.append(try Self.pool(name, of: byPool[name] ?? [:], under: profile, in: market))
    }
  }

  /// Refuses instruments that reach a part of the rule that is not published in full.
  private static func refuse(
    _ instruments: [Instrument], under profile: ScenarioGridProfile
  ) throws(MarginError) {
    for refusal in profile.refusals ?? [] {
      let reached =
        switch refusal.when {
        case .anyPosition: !instruments.isEmpty
        case .options: instruments.contains { $0.isOption }
        case .severalUnderlyingsInPool:
          Dictionary(grouping: instruments) { address(of: $0, in: profile).pool }.values
            .contains { Set($0.map(\.underlying)).count > 1 }
        }
      if reached { throw .unverifiedRule(refusal.part, profile: profile.name) }
    }
  }

  /// The pool and the product group to which an instrument belongs.
  private static func address(
    of instrument: Instrument, in profile: ScenarioGridProfile
  ) -> (pool: String, group: String) {
    let coin = instrument.underlying
    switch (profile.pool, instrument.settlement) {
    case (.underlying, _): return (coin, coin)
    case (.productGroup, _):
      let parameters = profile.underlyings[coin] ?? profile.otherUnderlyings
      return (parameters?.productGroup ?? coin, coin)
    case (.settlementCurrency, .inverse): return (coin, coin)
    case (.settlementCurrency, .linear): return (dollarPool, "\(coin)_USDC")
    }
  }

  /// The settlement-currency pool of linear contracts.
  private static let dollarPool = "USDC"

  private static func pool(
    _ name: String, of byGroup: [String: [Instrument]], under profile: ScenarioGridProfile,
    in market: Market
  ) throws -> Pool {
    let groups = try byGroup.sorted { $0.key < $1.key }.map {
      try group($0.key, of: $0.value, under: profile, in: market)
    }
    let settlements = Set(byGroup.values.joined().map(\.settlement))
    if profile.unit == .settlement && settlements.count > 1 {
      throw MarginError.mixedSettlement(pool: name, profile: profile.name)
    }
    let isDollarPool =
      profile.pool == .productGroup || profile.pool == .settlementCurrency && name == dollarPool
    let index = isDollarPool ? 1 : try market.indexPrice(of: name)
    let inCoins = profile.unit == .settlement && !isDollarPool && settlements != [.linear]
    return Pool(
      name: name, currency: inCoins ? name : "USD", dollars: inCoins ? index : 1, groups: groups,
      offset: profile.groupOffsets?[name])
  }

  private static func group(
    _ name: String, of instruments: [Instrument], under profile: ScenarioGridProfile,
    in market: Market
  ) throws -> Group {
    guard let parameters = profile.underlyings[name] ?? profile.otherUnderlyings else {
      throw MarginError.underlyingNotCovered(
        name, profile: profile.name, covered: Array(profile.underlyings.keys))
    }
    let coin = instruments[0].underlying
    let index = try market.indexPrice(of: coin)
    guard index > 0 && index.isFinite else {
      throw MarginError.notFinite(
        "the index price of \(coin), which must be positive,", value: index)
    }
    let inCoins = profile.unit == .settlement && instruments[0].settlement == .inverse
    let shocks = profile.scenarios.map { profile.shock(of: $0, for: parameters) }
    var values = try Revaluation.profitAndLoss(
      of: instruments, under: shocks, in: market, numeraire: inCoins ? .settlement : .dollars)
    var dampeners = [Double](repeating: 0, count: shocks.count)
    for (c, scenario) in profile.scenarios.enumerated() where scenario.extended == true {
      let edge = ExtendedScenario(move: shocks[c].priceMove, parameters: parameters)
      let factor = edge.factor * (inCoins ? edge.coinConversion : 1)
      for j in instruments.indices { values.elements[c + j * values.rows] *= factor }
      dampeners[c] = edge.dampener / (inCoins ? edge.edgePrice(index) : 1)
    }
    return Group(
      name: name, parameters: parameters, indexPrice: index, coinValue: inCoins ? 1 : index,
      members: try instruments.map { try member($0, under: profile, in: market) },
      moves: shocks.map(\.priceMove), profitAndLoss: values, dampeners: dampeners)
  }

  private static func member(
    _ instrument: Instrument, under profile: ScenarioGridProfile, in market: Market
  ) throws -> Member {
    let quote = try market.quote(for: instrument)
    let hours = profile.fundingProvisionHours ?? 0
    let isPerpetual = instrument.kind == .perpetual
    let funding = isPerpetual ? quote.mark * (quote.fundingRate ?? 0) * hours / 8 : 0
    guard funding.isFinite else {
      throw MarginError.notFinite("the funding of \(instrument.name)", value: funding)
    }
    return Member(
      instrument: instrument, delta: try quote.greeks(at: market.time).delta, funding: funding,
      expiry: instrument.expiry)
  }
}

/// How the result of a far price move is brought back to the edge of the regular range.
private struct ExtendedScenario {
  var move: Double
  var parameters: ScenarioGridProfile.Underlying

  private var range: Double { parameters.range(of: move) }
  private var multiples: Double { abs(move) / range }
  private var edge: Double { move < 0 ? 1 - range : 1 + range }

  var factor: Double { (parameters.extendedFactor ?? 1) / multiples }
  /// Coins at the moved price, as coins at the edge's price.
  var coinConversion: Double { (1 + move) / edge }
  func edgePrice(_ index: Double) -> Double { edge * index }
  /// In dollars.
  var dampener: Double { (max(multiples, 1) - 1) * (parameters.extendedDampener ?? 0) }
}

extension ScenarioGridProfile.Underlying {
  /// The largest regular move in the direction of a move.
  func range(of move: Double) -> Double { move < 0 ? priceRangeDown ?? priceRange : priceRange }
}

extension ScenarioGridProfile.MinimumCharge {
  /// Dollars for one unit of an instrument.
  func charge(on instrument: Instrument) -> Double {
    let contract: Contract =
      switch instrument.kind {
      case .perpetual: .perpetual
      case .future: .future
      case .option: .option
      }
    return contracts?.contains(contract) ?? true ? perUnit : 0
  }
}

extension ScenarioGridProfile {
  /// The market shock of a scenario for an underlying.
  func shock(of scenario: Scenario, for parameters: Underlying) -> MarketShock {
    let fraction = scenario.rangeFraction ?? 0
    let move = scenario.move ?? fraction * parameters.range(of: fraction)
    let rule =
      parameters.volatilityRules?[scenario.volatility] ?? volatilityRules[scenario.volatility]
    guard let rule, rule.relative != 0 || rule.minimum != nil else {
      return MarketShock(priceMove: move, volatility: .unchanged)
    }
    return MarketShock(
      priceMove: move,
      volatility: .termScaled(
        rule.relative, floorDays: rule.floorDays ?? 1, shortPower: rule.shortPower,
        longPower: rule.longPower, minimum: rule.minimum))
  }

  /// A scenario in words, as in `−16 %, volatility up`.
  func label(of scenario: Scenario) -> String {
    let move: String
    if let fraction = scenario.rangeFraction {
      move = fraction == 0 ? "no price move" : "\(signed(fraction * 100)) % of the price range"
    } else {
      move = "price \(signed((scenario.move ?? 0) * 100)) %"
    }
    return "\(move), volatility \(scenario.volatility)"
  }

  private func signed(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    let isWhole = rounded == rounded.rounded() && abs(rounded) < 1e15
    let digits = isWhole ? "\(Int(rounded))" : "\(rounded)"
    return rounded > 0 ? "+\(digits)" : digits
  }
}
