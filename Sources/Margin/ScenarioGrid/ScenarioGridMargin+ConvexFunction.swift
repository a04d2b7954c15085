public import Pricing

extension ScenarioGridMargin {
  /// The margin as a convex function of trades.
  ///
  /// Offsets o ≤ 1 keep a cell's loss convex, cap included: with u = Σ_g v⁻ and v = Σ_g v_g,
  /// ℓ = u − min(o (v + u), cap) = max((1 − o) u − o v, u − cap). A dampened gain is not concave,
  /// so where several groups share a pool the gains of extended scenarios count as nothing, and
  /// the function is an upper bound. The venue's rounding is not modelled.
  ///
  /// - Precondition: `instruments` holds each instrument once.
  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    try portfolio.requireFiniteQuantities()
    let variables = TradeVariables(trading: instruments, on: portfolio)
    let valuation = try ScenarioGridValuation(
      of: variables.all, under: profile, in: market, charged: try chargedPools(level))
    var parts: [ConvexFunction] = []
    var domain: [DomainLimit] = []
    var bounded = false
    for pool in valuation.pools {
      let shape = PoolShape(pool: pool, variables: variables)
      let core = shape.core(under: profile, at: valuation.time)
      var requirement = shape.provisions(under: profile)
      switch level {
      case .initial:
        // Summed in a fixed order: a dictionary's own differs from run to run.
        let charges = (accountCharges[pool.name] ?? [:]).sorted { $0.key < $1.key }
        requirement += [core, .constant(charges.reduce(0) { $0 + $1.value })]
      case .maintenance: requirement.append(.scaled(profile.maintenanceFactor, core))
      }
      parts.append(.scaled(pool.dollars, .sum(requirement)))
      domain += shape.domain
      bounded = bounded || shape.dropsGains(under: profile)
    }
    return MarginFunction(
      .sum(parts),
      relation: bounded
        ? .upperBound(reason: "gains in extended scenarios offset nothing") : .exact,
      domain: domain)
  }
}

/// A pool's requirement as a function of trades, in the pool's currency.
private struct PoolShape {
  let pool: ScenarioGridValuation.Pool
  let variables: TradeVariables

  /// Σ over members of `value(j)` · (held + traded).
  private func linear(
    _ group: ScenarioGridValuation.Group, _ members: some Sequence<Int>,
    _ value: (Int) -> Double
  ) -> AffineFunction {
    variables.linear(members.map { (group.members[$0].instrument, value($0)) })
  }

  func core(under profile: ScenarioGridProfile, at time: Timestamp) -> ConvexFunction {
    let losses = profile.scenarios.indices.map { loss(in: $0, under: profile) }
    var parts: [ConvexFunction] = [.maximum(losses + [.constant(0)])]
    for group in pool.groups {
      guard let rule = group.parameters.rollShock else { continue }
      for (expiry, members) in group.membersByExpiry {
        let rate = rule.rate(at: time, expiry: expiry) * group.coinValue
        parts.append(.absolute(linear(group, members) { rate * group.members[$0].delta }))
      }
    }
    var floors: [ConvexFunction] = []
    if let rule = profile.minimumDelta {
      floors.append(.sum(pool.groups.map { minimumDelta(rule, of: $0) }))
    }
    let charges = pool.groups.flatMap(minimumCharges)
    if !charges.isEmpty { floors.append(.sum(charges)) }
    return floors.isEmpty ? .sum(parts) : .maximum([.sum(parts)] + floors)
  }

  /// Σ |q| · charge, in the pool's currency.
  private func minimumCharges(of group: ScenarioGridValuation.Group) -> [ConvexFunction] {
    guard let rule = group.parameters.minimumCharge else { return [] }
    return group.members.indices.compactMap { j in
      let rate = rule.charge(on: group.members[j].instrument) / pool.dollars
      return rate > 0 ? .absolute(linear(group, [j]) { _ in rate }) : nil
    }
  }

  /// ((net − hedged/2) · |Σ δ| + hedged/2 · Σ |δ|) · index
  private func minimumDelta(
    _ rule: ScenarioGridProfile.MinimumDelta, of group: ScenarioGridValuation.Group
  ) -> ConvexFunction {
    let half = rule.hedged / 2 * group.coinValue
    let net = linear(group, group.members.indices) { group.members[$0].delta }
    let gross = group.members.indices.map { j in
      ConvexFunction.absolute(linear(group, [j]) { half * group.members[$0].delta })
    }
    let netShare = rule.net * group.coinValue - half
    return .sum([.scaled(netShare, .absolute(net))] + gross)
  }

  private func loss(in c: Int, under profile: ScenarioGridProfile) -> ConvexFunction {
    let scenario = profile.scenarios[c]
    let results = pool.groups.map { group in
      linear(group, group.members.indices) { group.profitAndLoss[c, $0] }
    }
    let dampeners = pool.groups.map { $0.dampeners[c] }
    let loss: ConvexFunction
    if results.count == 1 && pool.offset == nil && dampeners[0] == 0 {
      loss = .affine(-results[0])
    } else {
      let losses = zip(results, dampeners).map { ConvexFunction.positivePart(.affine(-$0 + -$1)) }
      if let rule = pool.offset, dampeners.allSatisfy({ $0 == 0 }) {
        let offsets = results.map { ConvexFunction.affine(-rule.offset * $0) }
        let uncapped = ConvexFunction.sum([.scaled(1 - rule.offset, .sum(losses))] + offsets)
        loss =
          rule.maximumOffset.map { cap in
            .maximum([uncapped, .sum(losses + [.constant(-cap / pool.dollars)])])
          } ?? uncapped
      } else {
        loss = .sum(losses)
      }
    }
    return scenario.weight.map { .scaled($0, loss) } ?? loss
  }

  func provisions(under profile: ScenarioGridProfile) -> [ConvexFunction] {
    var parts: [ConvexFunction] = []
    if profile.fundingProvisionHours != nil {
      let flows = pool.groups.map { group in
        ConvexFunction.affine(
          linear(group, group.members.indices) { group.members[$0].funding / pool.dollars })
      }
      parts.append(.positivePart(.sum(flows)))
    }
    if let rate = profile.feeProvisionRate {
      for group in pool.groups {
        parts += group.members.indices.map { j in
          .absolute(linear(group, [j]) { _ in rate * group.coinValue })
        }
      }
    }
    return parts
  }

  /// The deltas for which the rule is verified, in dollars.
  var domain: [DomainLimit] {
    pool.groups.compactMap { group in
      guard let rule = group.parameters.deltaShock else { return nil }
      let delta = linear(group, group.members.indices) {
        group.members[$0].delta * group.indexPrice
      }
      return DomainLimit(
        "\(group.name) delta below the delta-shock threshold", delta,
        in: -rule.threshold...rule.threshold)
    }
  }

  /// Whether a gain that the exact rule counts is left out of the function.
  func dropsGains(under profile: ScenarioGridProfile) -> Bool {
    guard let rule = pool.offset, rule.offset > 0, pool.groups.count > 1 else { return false }
    return pool.groups.contains { $0.dampeners.contains { $0 > 0 } }
  }
}
