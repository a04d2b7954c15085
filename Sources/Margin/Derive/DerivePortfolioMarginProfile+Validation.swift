extension DerivePortfolioMarginProfile: UnderlyingProfile {
  public var firstFault: (field: String, reason: String)? { firstFaultOfUnderlyings }

  func fault(of parameters: Parameters) -> (field: String, reason: String)? {
    if parameters.scenarios.isEmpty { return ("scenarios", "needs at least one scenario") }
    for (i, scenario) in parameters.scenarios.enumerated() {
      let field = "scenarios[\(i)]"
      guard scenario.volatility.isSkew else { continue }
      if version == .pmrm1 {
        return ("\(field).volatility", "PMRM 1 has no skew scenarios")
      }
      if parameters.skew == nil { return ("skew", "is missing, and \(field) is a skew") }
      if scenario.spot != 1 {
        return ("\(field).spot", "\(scenario.spot) is not 1, and a skew moves no price")
      }
    }
    if version == .pmrm2 && parameters.negativeDiscount == nil {
      return ("negativeDiscount", "is missing, and PMRM 2 needs it")
    }
    if version == .pmrm2 && parameters.collateral != nil {
      return ("collateral", "PMRM 2 charges collateral by its own haircuts")
    }
    if version == .pmrm1 && parameters.negativeDiscount != nil {
      return ("negativeDiscount", "PMRM 1 takes negative values as they are")
    }
    // There the loss is convex in positions.
    if version == .pmrm1 && !(parameters.positiveDiscount.base <= 1) {
      return (
        "positiveDiscount.base", "\(parameters.positiveDiscount.base) is above 1"
      )
    }
    for (field, value, range) in parameters.figures where !range.contains(value) {
      return (field, "\(value) is not in \(range)")
    }
    return nil
  }
}

extension DerivePortfolioMarginProfile.Parameters {
  /// Every number with the range in which its formula makes sense: a negative charge would be a
  /// credit for risk, and the margin no longer convex.
  fileprivate var figures: [(field: String, value: Double, range: ClosedRange<Double>)] {
    let amounts = 0...1e6
    let (shock, forward) = (volatilityShock, forwardContingency)
    var figures: [(String, Double, ClosedRange<Double>)] = [
      ("volatilityShock.up", shock.up, 0...100), ("volatilityShock.down", shock.down, 0...100),
      ("volatilityShock.shortPower", shock.shortPower, 0...10),
      ("volatilityShock.longPower", shock.longPower, 0...10),
      ("volatilityShock.floorDays", shock.floorDays, 0.001...10_000),
      ("volatilityShock.minimumUp", shock.minimumUp ?? 0, 0...100),
      ("forwardContingency.up", forward.up, 0...1000),
      ("forwardContingency.down", forward.down, 0...1000),
      ("forwardContingency.addend", forward.addend, amounts),
      ("forwardContingency.multiplier", forward.multiplier, amounts),
      ("depeg.threshold", depeg.threshold, 0...100), ("depeg.factor", depeg.factor, amounts),
      ("confidence.threshold", confidence.threshold, 0...100),
      ("confidence.factor", confidence.factor, amounts),
      ("perpetual.maintenance", perpetual.maintenance, amounts),
      ("perpetual.initial", perpetual.initial, amounts),
      ("option.maintenance", option.maintenance, amounts),
      ("option.initial", option.initial, amounts), ("collateral", collateral ?? 0, amounts),
      ("initialFactor", initialFactor, amounts), ("maintenanceFactor", maintenanceFactor, amounts),
    ]
    for (i, scenario) in scenarios.enumerated() {
      figures += [
        ("scenarios[\(i)].spot", scenario.spot, 1e-6...1000),
        ("scenarios[\(i)].dampening", scenario.dampening ?? 1, amounts),
      ]
    }
    let discounts =
      [("positiveDiscount", positiveDiscount)]
      + (negativeDiscount.map { [("negativeDiscount", $0)] } ?? [])
    for (name, discount) in discounts {
      figures += [
        ("\(name).base", discount.base, 0...100),
        ("\(name).rateMultiplier", discount.rateMultiplier, 0...1000),
        ("\(name).addend", discount.addend, 0...1000),
      ]
    }
    if let skew {
      figures += [
        ("skew.linear.cap", skew.linear.cap, -100...100),
        ("skew.linear.capSlope", skew.linear.capSlope, -100...100),
        ("skew.absolute.cap", skew.absolute.cap, -100...100),
        ("skew.absolute.capSlope", skew.absolute.capSlope, -100...100),
        ("skew.minimumWidth", skew.minimumWidth, 1e-9...100), ("skew.width", skew.width, 0...1000),
        ("skew.volatility", skew.volatility, -100...100),
        ("skew.volatilitySlope", skew.volatilitySlope, -100...100),
      ]
    }
    return figures
  }
}
