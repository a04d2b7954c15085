public import Pricing
public import Simulation

/// The search for the trades and transfers of least margin over several venues: where to hold which position,
/// and how to split the collateral.
///
///     minimize    Σ_v margin_v(book_v + x_v + moved_v) + cost of trades and transfers
///     subject to  (1 + buffer_v) margin_v + cost paid_v ≤ collateral_v + moved in − moved out
///                 0 ≤ collateral_v + moved in − moved out ≤ cap_v, share_v · Σ collateral
///                 limits of each venue, limits of all books together
///                 what is moved out is no more than what is held there, on all ways together.
///
/// A venue pays for its trades and for what is moved out of it. Collateral is what was posted: trades at the
/// mark and options moved in or out leave it as it is.
///
/// Margin at each venue is the convex face of its own rule. The same instrument is the same contract at every
/// venue. The plan is priced again by the exact rules, and where a face is only a bound of its rule it is made
/// again at the books found as long as that helps.
public struct VenueHedgeProblem: Sendable {
  public var venues: [Venue]
  public var market: Market
  public var positionTransfers: [PositionTransfer] = []
  public var collateralTransfers: [CollateralTransfer] = []
  /// Dollars of the objective for a dollar of trading and transfer cost.
  public var costWeight = 1.0
  /// Limits of all books together; its instruments, rule and sizes are not used.
  private(set) var total: HedgeProblem

  /// - Throws: `HedgeError.venue` where two venues share a name, or there is none.
  public init(_ venues: [Venue], in market: Market) throws(HedgeError) {
    guard let first = venues.first else {
      throw .venue("venues", reason: "there is none: a hedge needs at least one")
    }
    var names: Set<String> = []
    for venue in venues where !names.insert(venue.name).inserted {
      throw .venue(venue.name, reason: "two venues have this name")
    }
    self.venues = venues
    self.market = market
    var all: [Instrument] = []
    for instrument in venues.flatMap(\.reachable) where !all.contains(instrument) {
      all.append(instrument)
    }
    total = HedgeProblem(
      minimizing: first.hedge.methodology,
      of: venues.reduce(Portfolio()) { $0.adding($1.hedge.portfolio.positions) }, in: market,
      hedgingWith: all)
  }

  /// Limits a measure of all books together after the trades: as `HedgeProblem.limit`.
  ///
  /// - Throws: `HedgeError`; margin and trading cost are the sums over the venues.
  public mutating func limit(
    _ measure: RiskMeasure, of underlying: String? = nil, atLeast lower: Double = -.infinity,
    atMost upper: Double = .infinity
  ) throws(HedgeError) {
    if underlying != nil && measure.countsCost {
      throw .totalOnly(RiskLimit(measure, of: underlying).name)
    }
    if measure == .leverage { throw .venue("all", reason: "leverage is not limited over venues") }
    try total.limit(measure, of: underlying, atLeast: lower, atMost: upper)
  }

  /// The limits of all books together.
  public var limits: [RiskLimit] { total.limits }

  /// Scenarios of expected-shortfall limits of all books together.
  public var scenarios: ScenarioSet? {
    get { total.scenarios }
    set { total.scenarios = newValue }
  }

  /// - Throws: `HedgeError.venue` with what makes no sense.
  func requireSensible() throws(HedgeError) {
    let names = Set(venues.map(\.name))
    for venue in venues {
      try venue.requireSensible()
      do { try venue.hedge.requireSensibleNumbers() } catch {
        throw .venue(venue.name, reason: "\(error)")
      }
    }
    for (k, transfer) in positionTransfers.enumerated() {
      try Self.requireNames(transfer.from, transfer.to, among: names)
      if positionTransfers[..<k].contains(where: {
        $0.from == transfer.from && $0.to == transfer.to
      }) {
        throw .venue(
          transfer.from, reason: "positions are moved to \(transfer.to) by two transfers: join them"
        )
      }
      let held = venues.first { $0.name == transfer.from }?.hedge.portfolio
      for instrument in transfer.instruments ?? []
      where held?.positions.contains(where: { $0.instrument == instrument }) != true {
        throw .venue(
          transfer.from, reason: "\(instrument.name) is to be moved, but is not held here")
      }
      try Self.require(transfer.costPerCoin, "\(transfer.from): the cost of moving a coin")
    }
    for transfer in collateralTransfers {
      try Self.requireNames(transfer.from, transfer.to, among: names)
      try Self.require(transfer.costRate, "\(transfer.from): the cost of moving collateral")
      if !(transfer.limit >= 0) {
        throw .outOfRange("\(transfer.from): the most collateral to move", value: transfer.limit)
      }
      for name in [transfer.from, transfer.to]
      where venues.contains(where: { $0.name == name && $0.collateral == nil }) {
        throw .venue(name, reason: "collateral is moved here, but none is stated")
      }
    }
    try Self.require(costWeight, "the weight of cost")
  }

  private static func requireNames(
    _ from: String, _ to: String, among names: Set<String>
  ) throws(HedgeError) {
    for name in [from, to] where !names.contains(name) {
      throw .venue(
        name, reason: "no venue has this name (there are \(names.sorted().joined(separator: ", ")))"
      )
    }
    if from == to { throw .venue(from, reason: "a transfer leads to where it comes from") }
  }

  fileprivate static func require(_ value: Double, _ what: String) throws(HedgeError) {
    if !(value >= 0 && value.isFinite) { throw .outOfRange(what, value: value) }
  }
}

extension Venue {
  /// What is held or may be traded at the venue.
  var reachable: [Instrument] {
    hedge.instruments
      + hedge.portfolio.positions.map(\.instrument).filter { !hedge.instruments.contains($0) }
  }

  fileprivate func requireSensible() throws(HedgeError) {
    if let collateral { try VenueHedgeProblem.require(collateral, "\(name): the collateral") }
    try VenueHedgeProblem.require(buffer, "\(name): the buffer")
    if !(collateralCap >= 0) { throw .outOfRange("\(name): the cap", value: collateralCap) }
    guard collateralShare >= 0, collateralShare <= 1 else {
      throw .outOfRange("\(name): the share of all collateral", value: collateralShare)
    }
    if collateral == nil && (collateralCap.isFinite || collateralShare < 1) {
      throw .venue(name, reason: "its collateral is limited, but none is stated")
    }
    let unused: [(Bool, String)] = [
      (hedge.riskAversion > 0, "a variance term"), (!hedge.tradeRules.isEmpty, "lots"),
      (!hedge.orderBooks.isEmpty, "order books"),
      (hedge.limits.contains { $0.measure.needsScenarios }, "a limit on an expected shortfall"),
      (hedge.limits.contains { $0.measure == .leverage }, "a limit on leverage"),
      (
        hedge.limits.contains { $0.measure.countsCost && $0.underlying != nil },
        "a limit on the cost of one underlying"
      ),
    ]
    if let (_, what) = unused.first(where: \.0) {
      throw .venue(name, reason: "a hedge over venues cannot have \(what) at one of them")
    }
  }
}

extension RiskMeasure {
  fileprivate var needsScenarios: Bool {
    if case .expectedShortfall = self { true } else { false }
  }
}
