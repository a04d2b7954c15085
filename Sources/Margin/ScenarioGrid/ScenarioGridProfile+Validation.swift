extension ScenarioGridProfile {
  /// The first field whose value makes no sense, and why.
  public var firstFault: (field: String, reason: String)? {
    let refusesAll = refusals?.contains { $0.when == .anyPosition } ?? false
    if scenarios.isEmpty && !refusesAll { return ("scenarios", "needs at least one scenario") }
    if underlyings.isEmpty && otherUnderlyings == nil && !refusesAll {
      return ("underlyings", "needs at least one underlying")
    }
    if !(maintenanceFactor > 0 && maintenanceFactor <= 1) {
      return ("maintenanceFactor", "\(maintenanceFactor) is not in (0, 1]")
    }
    for (i, scenario) in scenarios.enumerated() {
      if let (field, reason) = fault(of: scenario) { return ("scenarios[\(i)].\(field)", reason) }
    }
    for (name, parameters) in allUnderlyings {
      if !(parameters.priceRange > 0 && parameters.priceRange < 1) {
        return ("\(name).priceRange", "\(parameters.priceRange) is not in (0, 1)")
      }
      if let down = parameters.priceRangeDown, !(down > 0 && down < 1) {
        return ("\(name).priceRangeDown", "\(down) is not in (0, 1)")
      }
    }
    if let found = ruleFault { return found }
    for (name, value) in amounts where !(value >= 0 && value.isFinite) {
      return (name, "\(value) is negative or not finite")
    }
    for (pool, offset) in (groupOffsets ?? [:]).sorted(by: { $0.key < $1.key })
    where !(offset.offset <= 1) {
      return ("groupOffsets.\(pool).offset", "\(offset.offset) is not in [0, 1]")
    }
    if let rule = minimumDelta,
      !(rule.hedged >= 0 && rule.hedged <= 2 * rule.net && rule.net.isFinite)
    {
      return (
        "minimumDelta.hedged", "\(rule.hedged) is not in [0, 2 net], where the rule is convex"
      )
    }
    if let decimals = roundingDecimals, !(0...15).contains(decimals) {
      return ("roundingDecimals", "\(decimals) is not in 0...15")
    }
    return nil
  }

  /// The parameters that are amounts or rates, none of which may be negative: a negative one would
  /// be a credit for risk, and the margin no longer convex.
  private var amounts: [(name: String, value: Double)] {
    var amounts: [(String, Double?)] = [
      ("fundingProvisionHours", fundingProvisionHours), ("feeProvisionRate", feeProvisionRate),
    ]
    for (name, parameters) in allUnderlyings {
      amounts += [
        ("\(name).extendedDampener", parameters.extendedDampener),
        ("\(name).extendedFactor", parameters.extendedFactor),
        ("\(name).rollShock.minimumMove", parameters.rollShock?.minimumMove),
        ("\(name).rollShock.annualisedMove", parameters.rollShock?.annualisedMove),
        ("\(name).deltaShock.threshold", parameters.deltaShock?.threshold),
        ("\(name).minimumCharge.perUnit", parameters.minimumCharge?.perUnit),
      ]
    }
    for (pool, offset) in (groupOffsets ?? [:]).sorted(by: { $0.key < $1.key }) {
      amounts += [
        ("groupOffsets.\(pool).offset", offset.offset),
        ("groupOffsets.\(pool).maximumOffset", offset.maximumOffset),
      ]
    }
    return amounts.compactMap { name, value in value.map { (name, $0) } }
  }

  /// A volatility rule outside what its formula takes.
  private var ruleFault: (field: String, reason: String)? {
    let rules =
      volatilityRules.map { ("volatilityRules.\($0)", $1) }
      + allUnderlyings.flatMap { name, parameters in
        (parameters.volatilityRules ?? [:]).map { ("\(name).volatilityRules.\($0)", $1) }
      }
    for (name, rule) in rules.sorted(by: { $0.0 < $1.0 }) {
      let figures = [
        ("relative", rule.relative, -1...100), ("shortPower", rule.shortPower, 0...10),
        ("longPower", rule.longPower, 0...10), ("floorDays", rule.floorDays ?? 1, 0.001...10_000),
        ("minimum", rule.minimum ?? 0, 0...100),
      ]
      for (field, value, range) in figures where !range.contains(value) {
        return ("\(name).\(field)", "\(value) is not in \(range)")
      }
    }
    return nil
  }

  private var allUnderlyings: [(name: String, parameters: Underlying)] {
    underlyings.sorted { $0.key < $1.key }.map { ("underlyings.\($0.key)", $0.value) }
      + (otherUnderlyings.map { [("otherUnderlyings", $0)] } ?? [])
  }

  private func fault(of scenario: Scenario) -> (field: String, reason: String)? {
    switch (scenario.rangeFraction, scenario.move) {
    case (nil, nil): return ("move", "either rangeFraction or move is needed")
    case (.some, .some): return ("move", "rangeFraction and move exclude each other")
    case (let fraction?, nil):
      if !(abs(fraction) <= 1) { return ("rangeFraction", "\(fraction) is not in [-1, 1]") }
    case (nil, let move?):
      if !(move > -1 && move <= 1000) { return ("move", "\(move) is not in (-1, 1000]") }
      if scenario.extended == true && move == 0 {
        return ("move", "an extended scenario needs a move other than 0")
      }
    }
    if volatilityRules[scenario.volatility] == nil {
      let known = volatilityRules.keys.sorted().joined(separator: ", ")
      return ("volatility", "no rule is named '\(scenario.volatility)' (there are \(known))")
    }
    if let weight = scenario.weight, !(weight >= 0 && weight.isFinite) {
      return ("weight", "\(weight) is negative or not finite")
    }
    return nil
  }
}
