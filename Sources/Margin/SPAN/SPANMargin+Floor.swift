extension SPANMargin {
  /// A floor of the requirement, without the charges that depend on which spreads are formed.
  func floor(of shapes: [SPANShape], _ level: MarginLevel) -> MarginFloor {
    let factor = factor(level)
    return MarginFloor { _, _, _ in .scaled(factor, .sum(shapes.map(\.floor))) }
  }

  /// The largest credit rate of a commodity's spreads with others.
  func largestCredit(of name: String, among names: [String]) -> Double {
    (parameters.interCommoditySpreads ?? []).filter { spread in
      spread.legs.contains { $0.commodity == name }
        && spread.legs.allSatisfy { names.contains($0.commodity) }
    }.map(\.creditRate).max() ?? 0
  }
}

extension SPANShape {
  /// A function that is never above the requirement.
  ///
  /// Calendar spreads charge nothing less than zero, and a delta of the spot month no less than the smaller
  /// of its rates. Each delta is credited once at most, and so a commodity no more than r (scan − T)⁺, with
  /// r the largest credit rate and T = (L₁ + L₂)/2 the time risk, which is not above the scan risk: what is
  /// left is at least (1 − r) scan + r T.
  fileprivate var floor: ConvexFunction {
    let spot = parameters.spotMonth
    let hasSpreads = !(parameters.spreads ?? []).isEmpty
    let charges = chargesOfMonths { tier in
      guard let spot, spot.tier == tier else { return 0 }
      return hasSpreads ? min(spot.spreadRate, spot.outrightRate) : spot.outrightRate
    }
    guard largestCredit > 0 else {
      return requirement(scansAndCharges: scanned.map(scan) + charges)
    }
    let credited = scanned.map { members in
      ConvexFunction.sum([
        .scaled(1 - largestCredit, scan(members)),
        .affine(linear(members) { largestCredit * ($0.losses[0] + $0.losses[1]) / 2 }),
      ])
    }
    return requirement(scansAndCharges: credited + charges)
  }
}
