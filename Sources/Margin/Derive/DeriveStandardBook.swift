import Pricing

/// What an account holds on one underlying, and what the Standard Manager asks for it.
struct DeriveStandardBook {
  let market: DeriveAccount.Market
  let parameters: DeriveStandardMarginProfile.Parameters
  let stablePrice: Double

  var spot: Double { market.spot.value }

  func requirement(_ level: MarginLevel) -> MarginRequirement {
    var parts = [
      MarginRequirement(
        "perpetual", .scaled(by: perpetualRate(level)),
        of: [
          MarginRequirement(
            "quantity", abs(market.perpetual.quantity), currency: market.underlying)
        ])
    ]
    parts += optionRequirements(level)
    if level == .initial { parts += [confidenceCharges, depegCharge] }
    parts += market.collaterals.map {
      MarginRequirement(
        "\($0.name) as collateral", .scaled(by: -collateralShare(level)),
        of: [MarginRequirement("value", $0.value(stablePrice: stablePrice))])
    }
    return MarginRequirement(market.underlying, .sum, of: parts)
  }

  /// By expiry: the smaller of what its shorts need by themselves and its greatest loss.
  func optionRequirements(_ level: MarginLevel) -> [MarginRequirement] {
    market.expiries.map { expiry in
      MarginRequirement(
        "options \(expiry.label)", .minimum,
        of: [isolated(expiry, level), greatestLoss(expiry, level)])
    }
  }

  /// Dollars per coin of the perpetual.
  func perpetualRate(_ level: MarginLevel) -> Double {
    market.perpetual.price.value
      * (level == .initial ? parameters.perpetual.initial : parameters.perpetual.maintenance)
  }

  private func collateralShare(_ level: MarginLevel) -> Double {
    let rule = parameters.collateral
    return level == .initial ? rule.factor * rule.initialScale : rule.factor
  }

  /// What the collateral takes off the requirement.
  func collateralCredit(_ level: MarginLevel) -> Double {
    market.collaterals.reduce(0) { $0 + $1.value(stablePrice: stablePrice) }
      * collateralShare(level)
  }

  /// The mark of one option, not discounted.
  func mark(of option: DeriveAccount.Option, in expiry: DeriveAccount.Expiry) -> Double {
    Black76.value(
      of: option.right, forward: expiry.forward, strike: option.strike,
      volatility: option.volatility.value, time: expiry.years)
  }

  /// What one short option needs by itself, its mark included.
  func isolatedUnit(
    _ option: DeriveAccount.Option, in expiry: DeriveAccount.Expiry, _ level: MarginLevel
  ) -> Double {
    let rule = parameters.option
    let mark = mark(of: option, in: expiry)
    let distance = max(option.right.sign * (option.strike - spot), 0)
    let atRisk =
      max(rule.maximumSpotRate - distance / spot, rule.minimumSpotRate) * spot + mark
    switch (option.right, level) {
    case (.call, .initial): return atRisk
    case (.call, .maintenance): return rule.maintenanceCallSpotRate * spot + mark
    case (.put, .initial):
      return max(
        atRisk, rule.initialOverMaintenance * isolatedUnit(option, in: expiry, .maintenance))
    case (.put, .maintenance):
      return max(rule.maintenancePutSpotRate * spot, rule.maintenancePutMarkRate * mark) + mark
    }
  }

  private func isolated(
    _ expiry: DeriveAccount.Expiry, _ level: MarginLevel
  ) -> MarginRequirement {
    MarginRequirement(
      "each short by itself", .sum,
      of: expiry.options.filter { $0.quantity < 0 }.map { option in
        MarginRequirement(
          "\(option.right) at \(brief(option.strike))",
          .scaled(by: isolatedUnit(option, in: expiry, level)),
          of: [MarginRequirement("short", -option.quantity, currency: market.underlying)])
      })
  }

  private func greatestLoss(
    _ expiry: DeriveAccount.Expiry, _ level: MarginLevel
  ) -> MarginRequirement {
    let held = expiry.options.filter { $0.quantity != 0 }
    let losses = DeriveStandardBook.prices(held).map { price in
      MarginRequirement(
        "loss at \(brief(price))", -held.reduce(0) { $0 + $1.quantity * $1.payoff(at: price) })
    }
    let sold = -held.reduce(0) { $0 + ($1.right == .call ? $1.quantity : 0) }
    return MarginRequirement(
      "greatest loss at expiry", .sum,
      of: [
        MarginRequirement(
          "at the strikes", .maximum, of: losses + [MarginRequirement("no loss", 0)]),
        MarginRequirement(
          "unpaired calls", .scaled(by: unpairedRate(expiry, level)),
          of: [
            MarginRequirement("net calls sold", max(sold, 0), currency: market.underlying)
          ]),
      ])
  }

  /// The prices at which the payoff of options has its corners: 0 and the strikes.
  static func prices(_ options: [DeriveAccount.Option]) -> [Double] {
    [0] + Set(options.map(\.strike)).sorted()
  }

  /// Dollars per coin of calls sold and not covered.
  func unpairedRate(_ expiry: DeriveAccount.Expiry, _ level: MarginLevel) -> Double {
    expiry.forward
      * (level == .initial
        ? parameters.option.unpairedInitial : parameters.option.unpairedMaintenance)
  }

  /// (1 − confidence) · factor · spot where it is below a threshold: dollars per coin.
  func confidenceRate(of feeds: [DeriveAccount.Feed], threshold: Double) -> Double {
    let confidence = feeds.reduce(market.spot.confidence) { min($0, $1.confidence) }
    return confidence < threshold ? (1 - confidence) * parameters.confidence.factor * spot : 0
  }

  private var confidenceCharges: MarginRequirement {
    let rule = parameters.confidence
    var groups = [
      (
        name: "perpetual", quantity: abs(market.perpetual.quantity),
        rate: confidenceRate(of: [market.perpetual.price], threshold: rule.perpetualThreshold)
      )
    ]
    for expiry in market.expiries {
      let held = expiry.options.filter { $0.quantity != 0 }
      groups.append(
        (
          "short options \(expiry.label)", held.reduce(0) { $0 + max(-$1.quantity, 0) },
          confidenceRate(
            of: [expiry.variableForward] + held.map(\.volatility), threshold: rule.optionThreshold)
        ))
    }
    groups += market.collaterals.map {
      (
        $0.name, $0.value(stablePrice: stablePrice) / spot,
        confidenceRate(of: [], threshold: rule.collateralThreshold)
      )
    }
    return MarginRequirement(
      "oracle confidence", .sum,
      of: groups.filter { $0.rate != 0 && $0.quantity != 0 }.map {
        MarginRequirement(
          $0.name, .scaled(by: $0.rate),
          of: [MarginRequirement("quantity", $0.quantity, currency: market.underlying)])
      })
  }

  /// Dollars per coin of perpetuals and short options.
  var depegRate: Double {
    max(0, parameters.depeg.threshold - stablePrice) * parameters.depeg.factor * spot
  }

  private var depegCharge: MarginRequirement {
    let short = market.expiries.flatMap(\.options).reduce(0) { $0 + max(-$1.quantity, 0) }
    return MarginRequirement(
      "stable coin below its peg", .scaled(by: depegRate),
      of: [
        MarginRequirement(
          "perpetual", abs(market.perpetual.quantity), currency: market.underlying),
        MarginRequirement("short options", short, currency: market.underlying),
      ])
  }
}

extension DeriveAccount.Option {
  /// What one long option pays at expiry, in dollars.
  func payoff(at price: Double) -> Double { max(0, right.sign * (price - strike)) }
}

extension DeriveAccount.Expiry {
  /// As in `in 5.79 days`.
  var label: String { "in \(brief(seconds / 86_400)) days" }
}
