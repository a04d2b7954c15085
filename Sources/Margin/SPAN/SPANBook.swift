/// What an account holds of one combined commodity, in contracts with risk arrays.
public struct SPANBook: Sendable {
  public let name: String
  public let parameters: SPANParameters.CombinedCommodity
  public let holdings: [(contract: SPANContract, quantity: Double)]
  let scenarios: [SPANScenario]

  /// - Precondition: a risk array has one loss for each scenario. A month that is in no tier counts as in
  ///   the first.
  public init(
    _ name: String, parameters: SPANParameters.CombinedCommodity, scenarios: [SPANScenario],
    holdings: [(contract: SPANContract, quantity: Double)]
  ) {
    self.name = name
    self.parameters = parameters
    self.scenarios = scenarios
    self.holdings = holdings
  }

  /// The delta of the whole book.
  public var netDelta: Double { holdings.reduce(0) { $0 + $1.quantity * $1.contract.delta } }

  /// Long option value less short option value.
  public var netOptionValue: Double {
    holdings.reduce(0) { $0 + $1.quantity * $1.contract.optionValue }
  }

  /// The scans: one, or one for each tier.
  var scans: [(name: String, scan: SPANScan)] {
    guard parameters.scansTiersSeparately == true else {
      return [("scan risk", SPANScan(holdings, count: scenarios.count))]
    }
    return parameters.allTiers.map { tier in
      let own = holdings.filter { parameters.tier(of: $0.contract) == tier.name }
      return ("scan risk of tier \(tier.name)", SPANScan(own, count: scenarios.count))
    }
  }

  /// The price risk of one delta; 0 for a book without delta.
  var weightedFuturesPriceRisk: Double {
    let delta = abs(netDelta)
    let risk = scans.reduce(0) { $0 + $1.scan.priceRisk }
    return delta > 0 && risk > 0 ? risk / delta : 0
  }

  /// The net delta of each month, with its tier, months in order.
  var deltasOfMonths: [(tier: String, delta: Double)] {
    Dictionary(grouping: holdings) { $0.contract.month ?? "" }.sorted { $0.key < $1.key }.map {
      (
        parameters.tier(of: $0.value[0].contract),
        $0.value.reduce(0) { $0 + $1.quantity * $1.contract.delta }
      )
    }
  }

  /// The requirement of the commodity before initial margin's factor.
  ///
  /// - Parameter credits: inter-commodity credits, none negative.
  func requirement(credits: [(name: String, amount: Double)]) -> MarginRequirement {
    let spreads = SPANSpreads(of: deltasOfMonths, under: parameters)
    var parts = scans.map { node($0.scan, named: $0.name) }
    parts += zip(parameters.spreads ?? [], spreads.counts).map { spread, count in
      let legs = spread.legs.map { "\($0.side.rawValue) \($0.tier)" }.joined(separator: ", ")
      return MarginRequirement(
        "calendar spreads \(legs)", .scaled(by: spread.rate),
        of: [MarginRequirement("number of spreads", count, currency: "spreads")])
    }
    if let spot = parameters.spotMonth {
      let charges = [
        ("in spreads", spot.spreadRate, spreads.spotInSpreads),
        ("outright", spot.outrightRate, spreads.spotOutright),
      ]
      parts.append(
        MarginRequirement(
          "spot month", .sum,
          of: charges.map { label, rate, deltas in
            MarginRequirement(
              "spot month, \(label)", .scaled(by: rate),
              of: [MarginRequirement("deltas", deltas, currency: "deltas")])
          }))
    }
    parts += credits.map { MarginRequirement("credit for \($0.name)", -$0.amount) }
    let charges = MarginRequirement("scan risk, spreads and credits", .sum, of: parts)
    let risk = MarginRequirement("SPAN risk", .maximum, of: [charges, shortOptionMinimum])
    let needed = MarginRequirement(
      "risk less net option value", .sum,
      of: [risk, MarginRequirement("net option value", -netOptionValue)])
    return MarginRequirement(
      name, .maximum, of: [needed, MarginRequirement("nothing", 0)])
  }

  private func node(_ scan: SPANScan, named name: String) -> MarginRequirement {
    MarginRequirement(
      name, .maximum,
      of: zip(scenarios, scan.losses).map { MarginRequirement($0.label, $1) }
        + [MarginRequirement("no loss", 0)])
  }

  private var shortOptionMinimum: MarginRequirement {
    func sold(_ sign: Double) -> Double {
      holdings.reduce(0) {
        $0 + ($1.contract.rightSign == sign ? max(0, -$1.quantity) : 0)
      }
    }
    let parts = [
      MarginRequirement("calls sold", sold(1), currency: "options"),
      MarginRequirement("puts sold", sold(-1), currency: "options"),
    ]
    let larger = parameters.shortOptionCount == .largerSide
    let count = MarginRequirement(
      "options sold", larger ? .maximum : .sum, of: parts, currency: "options")
    return MarginRequirement(
      "short option minimum", .scaled(by: parameters.shortOptionMinimum ?? 0), of: [count])
  }
}

extension SPANParameters.CombinedCommodity {
  /// The name of the tier of a contract; the first one where no tier contains its month.
  func tier(of contract: SPANContract) -> String {
    let all = allTiers
    return (all.first { $0.contains(contract.month) } ?? all[0]).name
  }
}
