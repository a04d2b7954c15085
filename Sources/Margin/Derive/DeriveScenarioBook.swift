import Pricing

/// What an account holds on one underlying, valued under every scenario of PMRM, and its
/// requirement.
struct DeriveScenarioBook {
  typealias Profile = DerivePortfolioMarginProfile

  let market: DeriveAccount.Market
  let version: Profile.Version
  let parameters: Profile.Parameters
  let stablePrice: Double
  let expiries: [DeriveExpiryValues]

  init(
    _ market: DeriveAccount.Market, under profile: Profile, stablePrice: Double
  ) throws(MarginError) {
    let parameters = try profile.parameters(of: market.underlying)
    if profile.version == .pmrm1, let other = market.collaterals.first(where: { !$0.cancelsRisk }) {
      throw .instrumentNotCovered(
        "the collateral \(other.name)", profile: profile.name,
        reason: "PMRM 1 takes cash and the underlying only")
    }
    self.market = market
    self.parameters = parameters
    self.stablePrice = stablePrice
    version = profile.version
    expiries = market.expiries.map {
      DeriveExpiryValues(of: $0, under: parameters, version: profile.version)
    }
  }

  private var spot: Double { market.spot.value }
  /// What moves with the underlying and is no derivative, in units of the stable coin.
  private var riskCancelling: Double {
    market.collaterals.reduce(0) {
      $0 + ($1.cancelsRisk ? $1.value(stablePrice: stablePrice) : 0)
    }
  }

  /// Options at their marks, collateral, and what the perpetual has earned.
  var value: MarginRequirement {
    MarginRequirement(
      "value on \(market.underlying)", .sum,
      of: [
        MarginRequirement("options", expiries.reduce(0) { $0 + $1.held($1.marks) }),
        MarginRequirement("collateral", collateralValue),
        MarginRequirement(
          "perpetual", market.perpetual.unrealizedProfit + market.perpetual.unrealizedFunding),
      ])
  }

  var collateralValue: Double {
    market.collaterals.reduce(0) { $0 + $1.value(stablePrice: stablePrice) }
  }

  /// The factor on the worst loss.
  func factor(_ level: MarginLevel) -> Double {
    switch level {
    case .initial:
      parameters.initialFactor
        + max(0, parameters.depeg.threshold - stablePrice) * parameters.depeg.factor
    case .maintenance: parameters.maintenanceFactor
    }
  }

  func requirement(_ level: MarginLevel) -> MarginRequirement {
    let factor = factor(level)
    var parts: [MarginRequirement]
    switch version {
    case .pmrm1:
      parts = [
        MarginRequirement(
          "risk times the \(level.rawValue) factor", .scaled(by: factor),
          of: [worstLoss, contingencies(level)])
      ]
    case .pmrm2:
      parts = [
        MarginRequirement(
          "risk times the \(level.rawValue) factor", .scaled(by: factor), of: [worstLoss]),
        contingencies(level),
      ]
    }
    if level == .initial { parts.append(confidenceCharges) }
    return MarginRequirement(market.underlying, .sum, of: parts)
  }

  /// L
  var worstLoss: MarginRequirement {
    MarginRequirement(
      "worst loss", .maximum,
      of: parameters.scenarios.indices.map(loss(in:)) + [forwardContingency])
  }

  /// The loss in a scenario; negative where it gains.
  func loss(in c: Int) -> MarginRequirement {
    let scenario = parameters.scenarios[c]
    var parts: [MarginRequirement] = []
    if market.perpetual.quantity != 0 {
      parts.append(
        MarginRequirement(
          "perpetual",
          -market.perpetual.quantity * (scenario.spot - 1) * market.perpetual.price.value))
    }
    if riskCancelling != 0 {
      parts.append(MarginRequirement("collateral", -riskCancelling * (scenario.spot - 1)))
    }
    for values in expiries {
      let shocked = values.held(values.shocked[c])
      let loss = MarginRequirement(
        values.label, .sum,
        of: [
          MarginRequirement("value at the mark", values.held(values.marks)),
          MarginRequirement(
            "less the shocked value, discounted", .scaled(by: -values.factor(for: shocked)),
            of: [MarginRequirement("shocked value", shocked)]),
        ])
      guard scenario.volatility.isSkew else {
        parts.append(loss)
        continue
      }
      parts.append(
        MarginRequirement(
          "\(values.label), either way", .maximum,
          of: [loss, MarginRequirement("as a gain", .scaled(by: -1), of: [loss])]))
    }
    return MarginRequirement(
      scenario.label, .scaled(by: scenario.dampening ?? 1), of: parts)
  }

  var forwardContingency: MarginRequirement {
    MarginRequirement(
      "forward contingency", .sum,
      of: expiries.map { values in
        let mark = values.held(values.marks)
        return MarginRequirement(
          values.label, .scaled(by: values.forwardWeight),
          of: [
            MarginRequirement(
              "worse of the two", .maximum,
              of: [
                MarginRequirement("forward up", mark - values.held(values.forwardUp)),
                MarginRequirement("forward down", mark - values.held(values.forwardDown)),
                MarginRequirement("no loss", 0),
              ])
          ])
      })
  }

  /// C: on the perpetual, naked shorts and collateral.
  func contingencies(_ level: MarginLevel) -> MarginRequirement {
    let naked = expiries.flatMap { values in
      values.nakedShorts.map {
        MarginRequirement(
          "\(values.label) at \(brief($0.strike))", $0.quantity, currency: market.underlying)
      }
    }
    let parts = [
      MarginRequirement(
        "perpetual", .scaled(by: parameters.perpetual.share(level) * spot),
        of: [
          MarginRequirement(
            "quantity", abs(market.perpetual.quantity), currency: market.underlying)
        ]),
      MarginRequirement(
        "naked shorts", .scaled(by: parameters.option.share(level) * spot), of: naked),
    ]
    return MarginRequirement(
      "contingencies", .sum, of: parts + market.collaterals.map { contingency(on: $0, level) })
  }

  private func contingency(
    on collateral: DeriveAccount.Collateral, _ level: MarginLevel
  ) -> MarginRequirement {
    switch version {
    case .pmrm1:
      MarginRequirement(
        collateral.name, .scaled(by: (parameters.collateral ?? 0) * spot),
        of: [
          MarginRequirement("quantity", collateral.quantity, currency: market.underlying)
        ])
    case .pmrm2:
      MarginRequirement(
        collateral.name,
        .scaled(
          by: collateral.maintenanceHaircut
            + (level == .initial ? collateral.initialHaircut : 0)),
        of: [MarginRequirement("value", collateral.value(stablePrice: stablePrice))])
    }
  }

  /// K: (1 − confidence) · factor · notional, where an oracle is less sure than the threshold.
  private var confidenceCharges: MarginRequirement {
    var groups: [(name: String, confidence: Double, notional: Double)] = []
    let ofPerpetual = confidence(
      of: market.perpetual.quantity == 0 ? [] : [market.perpetual.price])
    let quantity = abs(market.perpetual.quantity)
    switch version {
    case .pmrm1:
      let base = market.collaterals.reduce(0) { $0 + $1.quantity }
      groups.append(("perpetual and collateral", ofPerpetual, (quantity + base) * spot))
    case .pmrm2:
      groups.append(("perpetual", ofPerpetual, quantity * spot))
      groups += market.collaterals.map {
        ($0.name, confidence(of: [$0.price]), $0.value(stablePrice: stablePrice))
      }
    }
    for values in expiries {
      let held = values.expiry.options.filter { $0.quantity != 0 }
      groups.append(
        (
          values.label,
          min(ofPerpetual, confidence(of: values.feeds + held.map(\.volatility))),
          values.grossQuantity * spot
        ))
    }
    return MarginRequirement(
      "oracle confidence", .sum,
      of: groups.filter { $0.confidence < parameters.confidence.threshold && $0.notional != 0 }
        .map {
          MarginRequirement(
            $0.name, .scaled(by: (1 - $0.confidence) * parameters.confidence.factor),
            of: [MarginRequirement("notional", $0.notional)])
        })
  }

  /// The lowest confidence among feeds and the spot price.
  func confidence(of feeds: [DeriveAccount.Feed]) -> Double {
    feeds.reduce(market.spot.confidence) { min($0, $1.confidence) }
  }
}

extension DerivePortfolioMarginProfile.Charge {
  func share(_ level: MarginLevel) -> Double {
    level == .initial ? maintenance + initial : maintenance
  }
}

extension DeriveExpiryValues {
  /// As in `in 5.79 days`.
  var label: String { expiry.label }
  /// What values the expiry besides volatilities.
  var feeds: [DeriveAccount.Feed] { [expiry.variableForward, expiry.rate] }
}

extension DerivePortfolioMarginProfile.Scenario {
  /// As in `spot × 0.85, volatility up`.
  var label: String {
    switch volatility {
    case .up, .unchanged, .down: "spot × \(brief(spot)), volatility \(volatility.rawValue)"
    case .linearSkew: "linear skew"
    case .absoluteSkew: "absolute skew"
    }
  }
}

/// A number for a label, to four decimals at most.
func brief(_ value: Double) -> String {
  let rounded = (value * 1e4).rounded() / 1e4
  return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
}
