extension SPANParameters {
  /// The first field whose value makes no sense, and why.
  public var firstFault: (field: String, reason: String)? {
    if commodities.isEmpty { return ("commodities", "needs at least one commodity") }
    let figures: [(String, Double, ClosedRange<Double>)] = [
      ("extremeMove", extremeMove ?? 2, 1...10), ("extremeWeight", extremeWeight ?? 0.35, 0...1),
      ("initialFactor", initialFactor ?? 1, 1...10),
    ]
    for (field, value, range) in figures where !range.contains(value) {
      return (field, "\(value) is not in \(range)")
    }
    for (name, commodity) in commodities.sorted(by: { $0.key < $1.key }) {
      if let (field, reason) = commodity.firstFault {
        return ("commodities.\(name).\(field)", reason)
      }
    }
    for (i, spread) in (interCommoditySpreads ?? []).enumerated() {
      if let (field, reason) = fault(of: spread) {
        return ("interCommoditySpreads[\(i)].\(field)", reason)
      }
    }
    return nil
  }

  private func fault(of spread: InterCommoditySpread) -> (field: String, reason: String)? {
    if !(0...1).contains(spread.creditRate) {
      return ("creditRate", "\(spread.creditRate) is not in [0, 1]")
    }
    if Set(spread.legs.map(\.side)).count < 2 {
      return ("legs", "a spread needs legs on side A and on side B")
    }
    if Set(spread.legs.map(\.commodity)).count < spread.legs.count {
      return ("legs", "a commodity may be one leg only")
    }
    for (i, leg) in spread.legs.enumerated() {
      if commodities[leg.commodity] == nil {
        let known = commodities.keys.sorted().joined(separator: ", ")
        return (
          "legs[\(i)].commodity", "no commodity is named '\(leg.commodity)' (there are \(known))"
        )
      }
      if let reason = ratioFault(leg.deltaRatio) { return ("legs[\(i)].deltaRatio", reason) }
    }
    return nil
  }
}

extension SPANParameters.CombinedCommodity {
  fileprivate var firstFault: (field: String, reason: String)? {
    let amounts = 0...1e12
    let figures: [(String, Double, ClosedRange<Double>)] = [
      ("priceScanRange", priceScanRange, Double.leastNormalMagnitude...1e12),
      ("volatilityScanRange", volatilityScanRange, 0...100),
      ("shortOptionMinimum", shortOptionMinimum ?? 0, amounts),
      ("spotMonth.spreadRate", spotMonth?.spreadRate ?? 0, amounts),
      ("spotMonth.outrightRate", spotMonth?.outrightRate ?? 0, amounts),
    ]
    for (field, value, range) in figures where !range.contains(value) {
      return (field, "\(value) is not in \(range)")
    }
    let names = Set(allTiers.map(\.name))
    if names.isEmpty || names.count < allTiers.count {
      return ("tiers", "needs at least one tier, each with a name of its own")
    }
    for (i, tier) in allTiers.enumerated() {
      for (field, month) in [("from", tier.from), ("through", tier.through)] {
        if let month, !isMonth(month) {
          return ("tiers[\(i)].\(field)", "'\(month)' is not a month as 2026-03")
        }
      }
    }
    if let spot = spotMonth, !names.contains(spot.tier) {
      return ("spotMonth.tier", unknown(spot.tier))
    }
    for (i, spread) in (spreads ?? []).enumerated() {
      if let (field, reason) = fault(of: spread) { return ("spreads[\(i)].\(field)", reason) }
    }
    return nil
  }

  private func fault(of spread: SPANParameters.Spread) -> (field: String, reason: String)? {
    if !(0...1e12).contains(spread.rate) { return ("rate", "\(spread.rate) is not in 0...1e12") }
    if Set(spread.legs.map(\.side)).count < 2 {
      return ("legs", "a spread needs legs on side A and on side B")
    }
    for (i, leg) in spread.legs.enumerated() {
      if !allTiers.contains(where: { $0.name == leg.tier }) {
        return ("legs[\(i)].tier", unknown(leg.tier))
      }
      if let reason = ratioFault(leg.deltaRatio) { return ("legs[\(i)].deltaRatio", reason) }
    }
    return nil
  }

  private func unknown(_ tier: String) -> String {
    let known = allTiers.map(\.name).joined(separator: ", ")
    return "no tier is named '\(tier)' (there are \(known))"
  }
}

private func ratioFault(_ ratio: Double) -> String? {
  (1e-9...1e9).contains(ratio) ? nil : "\(ratio) is not in 1e-9...1e9"
}

/// Whether text is a month as 2026-03: four digits, a hyphen, two digits.
private func isMonth(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  return bytes.count == 7 && bytes[4] == UInt8(ascii: "-")
    && [0, 1, 2, 3, 5, 6].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }
}
