/// Deltas that may still form spreads, on the long and the short side of each place.
struct SPANDeltas {
  private(set) var long: [String: Double] = [:]
  private(set) var short: [String: Double] = [:]

  /// Adds the net delta of a month, or of a commodity.
  mutating func add(_ delta: Double, at place: String) {
    if delta > 0 { long[place, default: 0] += delta } else { short[place, default: 0] -= delta }
  }

  func total(at place: String) -> Double { (long[place] ?? 0) + (short[place] ?? 0) }

  /// Forms as many spreads as there are deltas for, first with side A long, then with side A short.
  ///
  /// The number of spreads is the least, over places and signs, of the deltas left there over the sum of
  /// the ratios of the legs there; the deltas are consumed.
  mutating func form(
    _ legs: [(place: String, side: SPANParameters.Side, ratio: Double)]
  ) -> Double {
    form(legs, long: .a) + form(legs, long: .b)
  }

  private mutating func form(
    _ legs: [(place: String, side: SPANParameters.Side, ratio: Double)],
    long side: SPANParameters.Side
  ) -> Double {
    var needs: (long: [String: Double], short: [String: Double]) = ([:], [:])
    for leg in legs {
      if leg.side == side {
        needs.long[leg.place, default: 0] += leg.ratio
      } else {
        needs.short[leg.place, default: 0] += leg.ratio
      }
    }
    var count = Double.infinity
    for (place, need) in needs.long { count = min(count, (long[place] ?? 0) / need) }
    for (place, need) in needs.short { count = min(count, (short[place] ?? 0) / need) }
    guard count > 0, count.isFinite else { return 0 }
    for (place, need) in needs.long { long[place] = max(0, (long[place] ?? 0) - count * need) }
    for (place, need) in needs.short { short[place] = max(0, (short[place] ?? 0) - count * need) }
    return count
  }
}

/// The calendar spreads that a book forms in one commodity, and what of the spot month they use.
struct SPANSpreads {
  /// The number of each spread of the parameters.
  let counts: [Double]
  /// Deltas of the spot month in spreads, and left.
  let spotInSpreads: Double
  let spotOutright: Double

  /// - Parameter deltas: the net delta of each month, with its tier.
  init(
    of deltas: [(tier: String, delta: Double)], under parameters: SPANParameters.CombinedCommodity
  ) {
    var available = SPANDeltas()
    for (tier, delta) in deltas { available.add(delta, at: tier) }
    let before = parameters.spotMonth.map { available.total(at: $0.tier) } ?? 0
    counts = (parameters.spreads ?? []).map { spread in
      available.form(spread.legs.map { ($0.tier, $0.side, $0.deltaRatio) })
    }
    spotOutright = parameters.spotMonth.map { available.total(at: $0.tier) } ?? 0
    spotInSpreads = before - spotOutright
  }
}
