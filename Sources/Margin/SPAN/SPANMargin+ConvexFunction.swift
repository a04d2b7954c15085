public import Pricing

extension SPANMargin {
  /// The margin as a convex function of trades.
  ///
  /// Scan risk, short option minimum and net option value are convex. A calendar spread's charge is not:
  /// it is bounded by the charge per delta of the dearest spread that a tier is part of,
  ///
  ///     Σₖ nₖ rateₖ ≤ Σ_m |Δ_m| max { rateₖ / Σ ratios of k : k has a leg in m's tier },
  ///
  /// since a spread with ratios r consumes nₖ Σ r deltas. Credits between commodities count as nothing.
  /// Where there are such charges or credits the function is an upper bound, else it is exact.
  ///
  /// - Precondition: `instruments` holds each instrument once.
  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    try portfolio.requireFiniteQuantities()
    let variables = TradeVariables(trading: instruments, on: portfolio)
    let contracts = try contracts(for: variables.all, in: market)
    let names = Set(variables.all.map(\.underlying)).sorted()
    let shapes = names.compactMap { name in
      parameters.commodities[name].map { commodity in
        let own = variables.all.filter { $0.underlying == name }.sorted { $0.name < $1.name }
        return SPANShape(
          parameters: commodity, scenarios: parameters.scenarios,
          members: own.compactMap { instrument in
            contracts[instrument.name].map { ($0, instrument) }
          }, variables: variables, largestCredit: largestCredit(of: name, among: names))
      }
    }
    let relation = relation(over: names)
    return MarginFunction(
      .scaled(factor(level), .sum(shapes.map(\.requirement))), relation: relation,
      floor: relation == .exact ? nil : floor(of: shapes, level))
  }

  private func relation(over names: [String]) -> MarginFunction.Relation {
    var reasons: [String] = []
    let commodities = names.compactMap { parameters.commodities[$0] }
    if commodities.contains(where: { $0.spreadsCharge }) {
      reasons.append("charges for calendar spreads are bounded by the deltas that they may use")
    }
    let credited = (parameters.interCommoditySpreads ?? []).contains { spread in
      spread.creditRate > 0 && spread.legs.allSatisfy { names.contains($0.commodity) }
    }
    if credited { reasons.append("credits between commodities count as nothing") }
    return reasons.isEmpty ? .exact : .upperBound(reason: reasons.joined(separator: "; "))
  }
}

extension SPANParameters.CombinedCommodity {
  /// Whether what is charged depends on which spreads are formed.
  fileprivate var spreadsCharge: Bool {
    (spreads ?? []).contains { $0.rate > 0 }
      || (!(spreads ?? []).isEmpty && spotMonth.map { $0.spreadRate != $0.outrightRate } ?? false)
  }

  /// The most that a delta of a tier is charged in spreads and in the spot month.
  fileprivate func largestCharge(perDeltaOf tier: String) -> Double {
    let inSpreads = (spreads ?? []).filter { $0.legs.contains { $0.tier == tier } }.map {
      $0.rate / $0.legs.reduce(0) { $0 + $1.deltaRatio }
    }
    let ofSpot = spotMonth.flatMap { spot in
      spot.tier == tier
        ? (spreads ?? []).isEmpty ? spot.outrightRate : max(spot.spreadRate, spot.outrightRate)
        : nil
    }
    return (inSpreads.max() ?? 0) + (ofSpot ?? 0)
  }
}

/// One commodity's requirement as a function of trades.
struct SPANShape {
  let parameters: SPANParameters.CombinedCommodity
  let scenarios: [SPANScenario]
  /// Contracts with the instruments that they are of.
  let members: [(contract: SPANContract, instrument: Instrument)]
  let variables: TradeVariables
  /// The largest credit rate of the spreads with other commodities.
  let largestCredit: Double

  /// Σ value · (held + traded) over members.
  func linear(
    _ members: some Sequence<(contract: SPANContract, instrument: Instrument)>,
    _ value: (SPANContract) -> Double
  ) -> AffineFunction {
    variables.linear(members.map { ($0.instrument, value($0.contract)) })
  }

  /// An upper bound of the requirement, or the requirement itself.
  var requirement: ConvexFunction { requirement(scansAndCharges: scans() + deltaCharges) }

  func requirement(scansAndCharges: [ConvexFunction]) -> ConvexFunction {
    let risk = ConvexFunction.maximum([.sum(scansAndCharges), shortOptionMinimum])
    let value = linear(members) { $0.optionValue }
    return .positivePart(.sum([risk, .affine(-value)]))
  }

  typealias Members = [(contract: SPANContract, instrument: Instrument)]

  /// The members of each scan.
  var scanned: [Members] {
    guard parameters.scansTiersSeparately == true else { return [members] }
    return parameters.allTiers.map { tier in
      members.filter { parameters.tier(of: $0.contract) == tier.name }
    }
  }

  private func scans() -> [ConvexFunction] { scanned.map(scan) }

  func scan(_ members: Members) -> ConvexFunction {
    .maximum(
      scenarios.indices.map { s in .affine(linear(members) { $0.losses[s] }) } + [.constant(0)])
  }

  private var deltaCharges: [ConvexFunction] {
    chargesOfMonths { parameters.largestCharge(perDeltaOf: $0) }
  }

  /// Σ over months of the rate of the tier times |Δ|.
  func chargesOfMonths(_ rate: (String) -> Double) -> [ConvexFunction] {
    Dictionary(grouping: members) { $0.contract.month ?? "" }.sorted { $0.key < $1.key }
      .compactMap { _, month in
        let rate = rate(parameters.tier(of: month[0].contract))
        return rate > 0 ? .absolute(linear(month) { rate * $0.delta }) : nil
      }
  }

  private var shortOptionMinimum: ConvexFunction {
    guard let charge = parameters.shortOptionMinimum, charge > 0 else { return .constant(0) }
    func sold(_ sign: Double) -> ConvexFunction {
      .sum(
        members.filter { $0.contract.rightSign == sign }.map { member in
          .positivePart(.affine(linear([member]) { _ in -charge }))
        })
    }
    return parameters.shortOptionCount == .largerSide
      ? .maximum([sold(1), sold(-1)]) : .sum([sold(1), sold(-1)])
  }
}
