import Foundation
public import Pricing

/// Portfolio margin by a grid of scenarios: the worst loss over price and volatility moves, plus
/// what the venue adds for rolling, for delta and for funding.
///
/// For each pool with product groups g the loss in scenario c is
/// ℓ_c = w_c · (Σ_g v⁻_cg − min(o · Σ_g v⁺_cg, cap)), v_cg being the group's P&L, moved toward zero
/// by the dampener where the scenario is extended; the requirement is
/// max(max_c ℓ_c⁺ + shocks, minimum delta) + provisions.
///
/// Source of each bundled rule: the profile's `source` and `notes`.
public struct ScenarioGridMargin: ConvexMarginMethodology {
  public var profile: ScenarioGridProfile
  /// What the venue charges the account besides its positions (open orders, spot, market-maker
  /// protection): by pool, then by name, in the pool's currency. Part of initial margin only, and
  /// due whether or not the book holds anything in the pool.
  public var accountCharges: [String: [String: Double]]

  public init(
    profile: ScenarioGridProfile, accountCharges: [String: [String: Double]] = [:]
  ) {
    self.profile = profile
    self.accountCharges = accountCharges
  }

  public var name: String { profile.name }

  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    try portfolio.requireFiniteQuantities()
    let valuation = try ScenarioGridValuation(
      of: portfolio.positions.map(\.instrument), under: profile, in: market,
      charged: try chargedPools(level))
    let pools = try valuation.pools.map { pool in
      MarginRequirement(
        pool.name, .scaled(by: pool.dollars),
        of: [try requirement(level, of: pool, holding: portfolio, at: valuation.time)])
    }
    return MarginRequirement("\(name): \(level.rawValue) margin", .sum, of: pools)
  }

  /// The pools with account charges at a level.
  func chargedPools(_ level: MarginLevel) throws(MarginError) -> [String] {
    guard level == .initial else { return [] }
    for (pool, charges) in accountCharges.sorted(by: { $0.key < $1.key }) {
      for (name, charge) in charges.sorted(by: { $0.key < $1.key }) where !charge.isFinite {
        throw .notFinite("the charge '\(name)' on \(pool)", value: charge)
      }
    }
    return accountCharges.keys.sorted()
  }

  /// The requirement of a pool in its own currency.
  private func requirement(
    _ level: MarginLevel, of pool: ScenarioGridValuation.Pool, holding portfolio: Portfolio,
    at time: Timestamp
  ) throws -> MarginRequirement {
    let book = PoolBook(pool: pool, portfolio: portfolio)
    let core = try core(of: book, at: time)
    var parts: [MarginRequirement]
    switch level {
    case .initial:
      let charges = accountCharges[pool.name] ?? [:]
      parts =
        [core] + provisions(of: book)
        + charges.sorted { $0.key < $1.key }.map {
          MarginRequirement($0.key, $0.value, currency: pool.currency)
        }
    case .maintenance:
      parts =
        [
          MarginRequirement(
            "maintenance share", .scaled(by: profile.maintenanceFactor), of: [core],
            currency: pool.currency)
        ] + provisions(of: book)
    }
    let rule: MarginRequirement.Rule =
      level == .initial ? rounding ?? .sum : .sum
    return MarginRequirement(
      "\(level.rawValue) margin in \(pool.currency)", rule, of: parts, currency: pool.currency)
  }

  private var rounding: MarginRequirement.Rule? {
    profile.roundingDecimals.map { .rounded(decimals: $0) }
  }

  /// The part of the requirement that follows from the risk of the positions.
  private func core(of book: PoolBook, at time: Timestamp) throws -> MarginRequirement {
    let currency = book.pool.currency
    var worst = MarginRequirement(
      "scan risk", .maximum,
      of: profile.scenarios.indices.map { book.loss(in: $0, under: profile) }
        + [MarginRequirement("no loss", 0, currency: currency)], currency: currency)
    if let rounding {
      worst = MarginRequirement("scan risk, rounded", rounding, of: [worst], currency: currency)
    }
    var parts = [worst]
    if let roll = book.rollShock(at: time) { parts.append(roll) }
    try book.checkDeltaShock(profile: profile.name)
    let risk = MarginRequirement("risk of the positions", .sum, of: parts, currency: currency)
    let floors =
      [profile.minimumDelta.map { book.minimumDelta($0) }, book.minimumCharge].compactMap { $0 }
    if floors.isEmpty { return risk }
    return MarginRequirement("core requirement", .maximum, of: [risk] + floors, currency: currency)
  }

  private func provisions(of book: PoolBook) -> [MarginRequirement] {
    let currency = book.pool.currency
    var parts: [MarginRequirement] = []
    if profile.fundingProvisionHours != nil {
      parts.append(MarginRequirement("funding provision", book.funding, currency: currency))
    }
    if let rate = profile.feeProvisionRate {
      parts.append(MarginRequirement("fee provision", rate * book.grossValue, currency: currency))
    }
    return parts
  }
}

/// A pool with what the account holds of it.
private struct PoolBook {
  let pool: ScenarioGridValuation.Pool
  /// By group and member.
  let quantities: [[Double]]

  init(pool: ScenarioGridValuation.Pool, portfolio: Portfolio) {
    self.pool = pool
    quantities = pool.groups.map { $0.members.map { portfolio.quantity(of: $0.instrument) } }
  }

  /// Sums `term` over groups, members and quantities.
  private func total(
    _ term: (ScenarioGridValuation.Group, ScenarioGridValuation.Member, Double) -> Double
  ) -> Double {
    zip(pool.groups, quantities).reduce(0) { sum, pair in
      zip(pair.0.members, pair.1).reduce(sum) { $0 + term(pair.0, $1.0, $1.1) }
    }
  }

  var funding: Double { max(0, total { $2 * $1.funding } / pool.dollars) }
  var grossValue: Double { total { group, _, q in abs(q) * group.coinValue } }

  /// The weighted loss in scenario c, explained by product group.
  func loss(in c: Int, under profile: ScenarioGridProfile) -> MarginRequirement {
    let results = zip(pool.groups, quantities).map { group, quantities in
      let result = quantities.indices.reduce(0) {
        $0 + quantities[$1] * group.profitAndLoss[c, $1]
      }
      let damper = group.dampeners[c]
      return result < 0 ? min(0, result + damper) : max(0, result - damper)
    }
    let scenario = profile.scenarios[c]
    let label = profile.label(of: scenario)
    var parts = zip(pool.groups, results).map {
      let gainCounts = pool.groups.count == 1 && pool.offset == nil
      return MarginRequirement(
        $0.name, gainCounts ? 0 - $1 : max(0, -$1), currency: pool.currency)
    }
    if let rule = pool.offset {
      let gains = results.reduce(0) { $0 + max(0, $1) }
      let cap = rule.maximumOffset.map { $0 / pool.dollars } ?? .infinity
      let offset = min(rule.offset * gains, cap)
      parts.append(MarginRequirement("offset of gains", -offset, currency: pool.currency))
    }
    return MarginRequirement(
      label, scenario.weight.map { .scaled(by: $0) } ?? .sum, of: parts, currency: pool.currency)
  }

  func rollShock(at time: Timestamp) -> MarginRequirement? {
    var parts: [MarginRequirement] = []
    for (group, quantities) in zip(pool.groups, quantities) {
      guard let rule = group.parameters.rollShock else { continue }
      for (expiry, members) in group.membersByExpiry {
        let delta = members.reduce(0) { $0 + quantities[$1] * group.members[$1].delta }
        let charge = abs(delta) * rule.rate(at: time, expiry: expiry) * group.coinValue
        let label = expiry.map { "\(group.name) \($0)" } ?? "\(group.name) perpetual"
        parts.append(MarginRequirement(label, charge, currency: pool.currency))
      }
    }
    return parts.isEmpty
      ? nil : MarginRequirement("roll shock", .sum, of: parts, currency: pool.currency)
  }

  func checkDeltaShock(profile: String) throws {
    for (group, quantities) in zip(pool.groups, quantities) {
      guard let rule = group.parameters.deltaShock else { continue }
      let delta = zip(group.members, quantities).reduce(0) { $0 + $1.0.delta * $1.1 }
      let dollars = abs(delta) * group.indexPrice
      // A delta that an optimizer puts on the threshold may pass it by rounding.
      if !(dollars <= rule.threshold * (1 + 1e-6)) {
        throw MarginError.unverifiedRule(
          "the delta of \(group.name), \(dollars.rounded()) USD, is beyond the delta-shock "
            + "threshold of \(rule.threshold) USD", profile: profile)
      }
    }
  }

  /// The least charge for contracts held; nil where no underlying has one.
  var minimumCharge: MarginRequirement? {
    let parts = zip(pool.groups, quantities).compactMap {
      group, quantities -> MarginRequirement? in
      guard let rule = group.parameters.minimumCharge else { return nil }
      let dollars = zip(group.members, quantities).reduce(0) {
        $0 + abs($1.1) * rule.charge(on: $1.0.instrument)
      }
      return MarginRequirement(group.name, dollars / pool.dollars, currency: pool.currency)
    }
    return parts.isEmpty
      ? nil : MarginRequirement("minimum charge", .sum, of: parts, currency: pool.currency)
  }

  func minimumDelta(_ rule: ScenarioGridProfile.MinimumDelta) -> MarginRequirement {
    var parts: [MarginRequirement] = []
    for (group, quantities) in zip(pool.groups, quantities) {
      let deltas = zip(group.members, quantities).map { $0.delta * $1 }
      let net = abs(deltas.reduce(0, +))
      let gross = deltas.reduce(0) { $0 + abs($1) }
      parts.append(
        MarginRequirement(
          "\(group.name) net delta", rule.net * net * group.coinValue, currency: pool.currency))
      parts.append(
        MarginRequirement(
          "\(group.name) hedged delta", rule.hedged * (gross - net) / 2 * group.coinValue,
          currency: pool.currency))
    }
    return MarginRequirement("minimum delta", .sum, of: parts, currency: pool.currency)
  }
}

extension ScenarioGridValuation.Group {
  /// Member indices by expiry, perpetuals first.
  var membersByExpiry: [(expiry: Timestamp?, members: [Int])] {
    let byExpiry = Dictionary(grouping: members.indices) { members[$0].expiry }
    return byExpiry.map { ($0.key, $0.value) }.sorted {
      ($0.expiry?.secondsSince1970 ?? -.infinity) < ($1.expiry?.secondsSince1970 ?? -.infinity)
    }
  }
}

extension ScenarioGridProfile.RollShock {
  /// The move of the basis that a delta at an expiry is charged for.
  func rate(at time: Timestamp, expiry: Timestamp?) -> Double {
    let years = max(0, expiry?.years(since: time) ?? 0)
    return max(minimumMove, annualisedMove == 0 ? 0 : expm1(annualisedMove * years))
  }
}
