import Pricing

/// Files of Deribit's portfolio margin engine: accounts in inverse futures and perpetuals, with the
/// vectors of each position, their sums, the charges and the margins.
///
/// A case of `pme` has `params` as the venue publishes them, the `index`, `positions_base` in coins and
/// the `mark` of each; `mmp_margin` and `open_orders_margin` are what the account is charged besides.
public struct DeribitPortfolioMarginReference: ReferenceMethod {
  /// The rule whose parameters the file's replace.
  public var profile: ScenarioGridProfile

  /// - Throws: where the profile that comes with the package cannot be read.
  public init() throws { profile = try ScenarioGridProfile(bundled: .deribit) }

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.contains("Deribit portfolio margin") && file.contents["pme"] != nil
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    try ReferenceReader(file, file.contents, at: file.name).list("pme").map { entry in
      let name = entry.value["name"]?.text ?? entry.place
      do {
        return ReferenceCase(name, .computed(try quantities(of: entry)))
      } catch MarginError.unverifiedRule(let rule, _) {
        return ReferenceCase(name, .refused(reason: rule))
      } catch {
        return ReferenceCase(name, .failed(reason: "\(error)"))
      }
    }
  }

  private func quantities(of entry: ReferenceReader) throws -> [ReferenceCase.Quantity] {
    let account = try DeribitAccount(entry)
    let rule = ScenarioGridMargin(
      profile: try profile(of: entry, coin: account.coin),
      accountCharges: [account.coin: account.charges])
    var found = try rule.findings(on: account)
    let expected = try entry.object("expected")
    var quantities: [ReferenceCase.Quantity] = []
    for (key, value) in (expected.value.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      if let list = value.list {
        quantities += compare(key, list, found.removeValue(forKey: key) ?? [])
      } else if let number = value.number {
        quantities.append(.init(key, expected: number, found: found[key]?.first ?? .nan))
      } else if key == "vectors_per_bucket", let members = value.object {
        for (name, vector) in members.sorted(by: { $0.key < $1.key }) {
          quantities += compare("\(key).\(name)", vector.list ?? [], found[name] ?? [])
        }
      }
    }
    if quantities.isEmpty { throw entry.error("expected", "has no numbers") }
    return quantities
  }

  private func compare(
    _ key: String, _ expected: [ReferenceValue], _ found: [Double]
  ) -> [ReferenceCase.Quantity] {
    expected.enumerated().map { i, value in
      .init(
        "\(key)[\(i)]", expected: value.number ?? .nan,
        found: found.indices.contains(i) ? found[i] : .nan)
    }
  }

  /// The profile with the parameters of a case.
  private func profile(
    of entry: ReferenceReader, coin: String
  ) throws -> ScenarioGridProfile {
    let params = try entry.object("params")
    func number(_ key: String) throws -> Double { try params.number(key) }
    func rule(_ sign: Double, _ range: String) throws -> ScenarioGridProfile.VolatilityRule {
      .init(
        relative: sign * (try number(range)), shortPower: try number("short_term_vega_power"),
        longPower: try number("long_term_vega_power"), floorDays: 1,
        minimum: sign > 0 ? try number("min_volatility_for_shock_up") : nil)
    }
    var profile = profile
    profile.name = "Deribit portfolio margin of \(entry.file.name)"
    profile.source = entry.file.source
    profile.volatilityRules["up"] = try rule(1, "volatility_range_up")
    profile.volatilityRules["down"] = try rule(-1, "volatility_range_down")
    profile.underlyings = [
      coin: .init(
        priceRange: try number("price_range"), extendedDampener: try number("extended_dampener"),
        extendedFactor: try number("extended_table_factor"),
        rollShock: .init(
          minimumMove: try number("min_annualised_move"),
          annualisedMove: try number("annualised_move_risk")),
        deltaShock: .init(threshold: try number("delta_total_liq_shock_threshold")))
    ]
    profile.groupOffsets = [
      coin: .init(
        offset: try number("pnl_offset"), maximumOffset: try number("max_offsetable_pnl_usd"))
    ]
    profile.maintenanceFactor = try number("mm_factor")
    return profile
  }
}

/// The account of a case.
private struct DeribitAccount {
  let coin: String
  let market: Market
  let portfolio: Portfolio
  let charges: [String: Double]

  init(_ entry: ReferenceReader) throws {
    let (positions, marks) = (try entry.object("positions_base"), try entry.object("mark"))
    let names = (positions.value.object ?? [:]).keys.sorted()
    let instruments = try names.map { try Instrument(name: $0) }
    guard let first = instruments.first else {
      throw entry.error("positions_base", "has no positions")
    }
    coin = first.underlying
    let milliseconds = entry.value["timestamp_ms"]?.number ?? 1_771_113_600_000
    market = Market(
      time: Timestamp(secondsSince1970: milliseconds / 1000),
      indexPrices: [coin: try entry.number("index")],
      quotes: try instruments.map {
        let mark = try marks.number($0.name)
        return Quote(instrument: $0, mark: mark, forward: mark)
      })
    portfolio = Portfolio(
      try instruments.map { Position(try positions.number($0.name), $0) })
    var charges: [String: Double] = [:]
    for name in ["spot_margin", "mmp_margin", "open_orders_margin"] {
      charges[name] = entry.value[name]?.number
    }
    self.charges = charges
  }
}

extension ScenarioGridMargin {
  /// What the venue reports of an account, by the venue's names; vectors by instrument's name. Gains
  /// are positive in vectors.
  fileprivate func findings(on account: DeribitAccount) throws -> [String: [Double]] {
    let valuation = try ScenarioGridValuation(
      of: account.portfolio.positions.map(\.instrument), under: profile, in: account.market)
    guard let group = valuation.pools.first?.groups.first else { return [:] }
    let regular = profile.scenarios.indices.filter { profile.scenarios[$0].extended != true }
    let extended = profile.scenarios.indices.filter { profile.scenarios[$0].extended == true }
    // One volatility scenario of each price move: futures do not feel volatility.
    let buckets = regular.filter { $0 % 3 == 1 }
    var found = [
      "price_moves": buckets.map { group.moves[$0] },
      "extended_moves": extended.map { group.moves[$0] },
    ]
    for (j, member) in group.members.enumerated() {
      let quantity = account.portfolio.quantity(of: member.instrument)
      found[member.instrument.name] = buckets.map { quantity * group.profitAndLoss[$0, j] }
      if member.instrument.kind == .perpetual {
        found["extended_perp"] = extended.map { quantity * group.profitAndLoss[$0, j] }
      }
    }
    let initial = try margin(.initial, on: account.portfolio, in: account.market)
    let maintenance = try margin(.maintenance, on: account.portfolio, in: account.market)
    if let scan = initial.descendant("scan risk") {
      found["aggregated"] = buckets.map { -scan.parts[$0].amount }
      found["extended_aggregated"] = extended.map { -scan.parts[$0].amount }
      found["worst_case"] = [scan.amount]
      let worst = buckets.max { scan.parts[$0].amount < scan.parts[$1].amount }
      found["worst_bucket"] = worst.map { [Double($0 / 3 + 1)] }
    }
    found["roll_shock"] = [initial.descendant("roll shock")?.amount ?? 0]
    // Beyond the threshold the book was refused, and a pool of one underlying has no contingency.
    found["delta_shock"] = [0]
    found["correlation_contingency"] = [0]
    found["risk_matrix_margin"] = initial.descendant("risk of the positions").map { [$0.amount] }
    found["initial_margin"] = [initial.parts[0].parts[0].amount]
    found["maintenance_margin"] = [maintenance.parts[0].parts[0].amount]
    return found
  }
}

extension MarginRequirement {
  /// The first node of a name, depth first.
  fileprivate func descendant(_ name: String) -> MarginRequirement? {
    if self.name == name { return self }
    for part in parts {
      if let found = part.descendant(name) { return found }
    }
    return nil
  }
}
