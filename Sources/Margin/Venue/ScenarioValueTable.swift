internal import CKernels
public import Pricing
internal import Simulation

/// Instruments valued once under every scenario of a grid: what the margins of any number of
/// accounts are computed from without valuing anything again.
///
/// Each instrument has a row: its P&L per coin in each scenario, and what the rule charges for its
/// delta, its funding and its fees. Rows are ordered by pool, product group and expiry. A table of
/// n instruments and s scenarios takes about 8 n (s + 8) bytes and one valuation of each
/// instrument in each scenario to make.
///
/// Margins computed from a table equal those of its ``methodology``, everything included:
/// offsets with their cap, dampeners, weights, roll shock, minimum delta, provisions, charges, and
/// the venue's rounding.
public struct ScenarioValueTable: Sendable {
  /// The rule. Its account charges are due from every account.
  public let methodology: ScenarioGridMargin
  /// The instruments, in the order of rows.
  public let instruments: [Instrument]

  private(set) var storage: GridStorage
  private let rows: [String: Int]
  private let groups: [GroupPlace]
  private let poolNumbers: [String: Int]

  /// Where a product group lies in the table.
  private struct GroupPlace {
    var pool: String
    var name: String
    var underlying: String
    var rows: Range<Int>
  }

  /// A table of instruments at the prices of a market; an instrument given twice counts once.
  ///
  /// - Throws: what ``ScenarioGridMargin`` throws for a book of these instruments, but for what
  ///   depends on quantities; `MarginError.notFinite` where a P&L is not finite;
  ///   ``VenueError/unsupported(_:profile:)`` for minimum charges and product groups.
  /// - Complexity: instruments × scenarios valuations.
  public init(
    of instruments: [Instrument], under methodology: ScenarioGridMargin, in market: Market
  ) throws {
    self.methodology = methodology
    let profile = methodology.profile
    try Self.requireSupported(profile)
    var seen: Set<String> = []
    // Buckets are neighbours in a group whatever the order in which instruments came.
    let ordered = instruments.filter { seen.insert($0.name).inserted }.sorted {
      let (a, b) = ($0.expiry?.secondsSince1970, $1.expiry?.secondsSince1970)
      return a == b ? $0.name < $1.name : (a ?? -.infinity) < (b ?? -.infinity)
    }
    let valuation = try ScenarioGridValuation(
      of: ordered, under: profile, in: market, charged: try methodology.chargedPools(.initial))
    try Self.requireFinite(valuation)

    let valuedGroups = valuation.pools.flatMap { pool in pool.groups.map { (pool, $0) } }
    var inOrder: [Instrument] = []
    var places: [GroupPlace] = []
    for (pool, group) in valuedGroups {
      let first = inOrder.count
      inOrder += group.members.map(\.instrument)
      places.append(
        GroupPlace(
          pool: pool.name, name: group.name, underlying: group.members[0].instrument.underlying,
          rows: first..<inOrder.count))
    }
    let buckets = valuedGroups.reduce(0) { $0 + $1.1.membersByExpiry.count }
    storage = GridStorage(
      rows: inOrder.count, scenarios: profile.scenarios.count, groups: places.count,
      buckets: buckets, pools: valuation.pools.count)
    self.instruments = inOrder
    rows = Dictionary(uniqueKeysWithValues: inOrder.enumerated().map { ($1.name, $0) })
    groups = places
    poolNumbers = Dictionary(
      uniqueKeysWithValues: valuation.pools.enumerated().map { ($1.name, $0) })
    storage.setFactors(
      maintenance: profile.maintenanceFactor,
      rounding: profile.roundingDecimals.map { (0..<$0).reduce(1.0) { power, _ in power * 10 } }
        ?? 0)
    arrange(valuation)
    for pool in valuation.pools { fill(pool, of: valuation) }
  }

  /// The row of an instrument; nil where the table does not value it.
  public func row(of instrument: Instrument) -> Int? { rows[instrument.name] }

  /// The P&L of one coin in each scenario of the profile, in the currency of its pool; in extended
  /// scenarios brought back to the edge of the price range, and not yet weighted.
  public func profitAndLoss(inRow row: Int) -> [Double] {
    precondition(instruments.indices.contains(row), "The table has no such row.")
    return methodology.profile.scenarios.indices.map { storage.row(row)[$0] }
  }

  /// Values the instruments on one underlying again, and leaves all others as they are.
  ///
  /// What changes besides the rows (the value of a pool's currency, rates of the roll shock) changes
  /// with them. Other underlyings keep the time and prices at which they were valued.
  ///
  /// - Throws: as the initializer; the table is then unchanged.
  /// - Complexity: instruments on the underlying × scenarios valuations.
  public mutating func revalue(_ underlying: String, in market: Market) throws {
    _ = try revalueGroups(of: underlying, in: market)
  }

  /// The numbers of the groups whose rows changed.
  mutating func revalueGroups(of underlying: String, in market: Market) throws -> [Int] {
    let changed = groups.indices.filter { groups[$0].underlying == underlying }
    guard !changed.isEmpty else {
      throw VenueError.unknownUnderlying(
        underlying, known: Set(groups.map(\.underlying)).sorted())
    }
    let valuation = try ScenarioGridValuation(
      of: changed.flatMap { instruments[groups[$0].rows] }, under: methodology.profile,
      in: market)
    try Self.requireFinite(valuation)
    if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
    for pool in valuation.pools { fill(pool, of: valuation) }
    return changed
  }

  var groupCount: Int { groups.count }

  private static func requireSupported(_ profile: ScenarioGridProfile) throws(VenueError) {
    let parts: [(String, Bool)] = [
      ("minimumCharge", profile.underlyings.values.contains { $0.minimumCharge != nil }),
      ("pool productGroup", profile.pool == .productGroup),
    ]
    for (part, isThere) in parts where isThere {
      throw .unsupported(part, profile: profile.name)
    }
  }

  private static func requireFinite(_ valuation: ScenarioGridValuation) throws {
    for group in valuation.pools.flatMap(\.groups) {
      for (j, member) in group.members.enumerated() {
        let values = (0..<group.profitAndLoss.rows).map { group.profitAndLoss[$0, j] }
        // A magnitude whose product with any quantity admitted is a number.
        for value in values + [member.delta, member.funding] where !(abs(value) <= 1e100) {
          throw MarginError.notFinite("the P&L of \(member.instrument.name)", value: value)
        }
      }
    }
  }

  /// What does not change with prices: which rows make groups, buckets and pools.
  private func arrange(_ valuation: ScenarioGridValuation) {
    let grid = storage.grid
    var (row, group, bucket) = (0, 0, 0)
    for (p, pool) in valuation.pools.enumerated() {
      let (firstGroup, firstBucket) = (group, bucket)
      for members in pool.groups.map(\.membersByExpiry) {
        grid.groups[group].pool = Int32(p)
        grid.groups[group].first_bucket = Int32(bucket)
        for (_, indices) in members {
          for _ in indices {
            grid.group_of[row] = Int32(group)
            grid.bucket_of[row] = Int32(bucket)
            row += 1
          }
          bucket += 1
        }
        grid.groups[group].last_bucket = Int32(bucket)
        group += 1
      }
      let rolls = pool.groups.contains { $0.parameters.rollShock != nil }
      grid.pools[p].first_group = Int32(firstGroup)
      grid.pools[p].last_group = Int32(group)
      grid.pools[p].first_bucket = Int32(firstBucket)
      grid.pools[p].last_bucket = Int32(rolls ? bucket : firstBucket)
    }
    for (c, scenario) in methodology.profile.scenarios.enumerated() {
      grid.weights[c] = scenario.weight ?? 1
    }
  }

  /// Writes a pool and those of its groups that were valued.
  private func fill(_ pool: ScenarioGridValuation.Pool, of valuation: ScenarioGridValuation) {
    guard let number = poolNumbers[pool.name] else { return }
    let grid = storage.grid
    let charges = (methodology.accountCharges[pool.name] ?? [:]).sorted { $0.key < $1.key }
      .reduce(0) { $0 + $1.value }
    grid.pools[number].dollars = pool.dollars
    grid.pools[number].offset = pool.offset?.offset ?? 0
    grid.pools[number].offset_cap = (pool.offset?.maximumOffset ?? .infinity) / pool.dollars
    grid.pools[number].charges = charges
    let rounding = grid.rounding
    let rounded =
      rounding > 0
      ? (charges * rounding).rounded(.toNearestOrAwayFromZero) / rounding : charges
    grid.pools[number].initial_when_empty = rounded * pool.dollars
    for group in pool.groups {
      guard let place = groups.firstIndex(where: { ($0.pool, $0.name) == (pool.name, group.name) })
      else { continue }
      fill(group, at: place, dollars: pool.dollars, time: valuation.time)
    }
  }

  private func fill(
    _ group: ScenarioGridValuation.Group, at place: Int, dollars: Double, time: Timestamp
  ) {
    let (grid, profile) = (storage.grid, methodology.profile)
    let coin = group.coinValue
    let least = profile.minimumDelta
    grid.groups[place].net_rate = least.map { ($0.net - $0.hedged / 2) * coin } ?? 0
    grid.groups[place].gross_rate = least.map { $0.hedged / 2 * coin } ?? 0
    grid.groups[place].delta_limit =
      group.parameters.deltaShock.map {
        $0.threshold * (1 + type(of: $0).allowance) / group.indexPrice
      } ?? .infinity
    grid.groups[place].is_dampened = group.dampeners.contains { $0 != 0 } ? 1 : 0
    let dampeners = grid.dampeners + place * grid.stride
    for (c, dampener) in group.dampeners.enumerated() { dampeners[c] = dampener }
    for (j, member) in group.members.enumerated() {
      let row = groups[place].rows.lowerBound + j
      let values = storage.row(row)
      for c in 0..<group.profitAndLoss.rows { values[c] = group.profitAndLoss[c, j] }
      let end = values + grid.stride
      end[-Int(ck_grid_delta)] = member.delta
      end[-Int(ck_grid_gross_delta)] = abs(member.delta)
      end[-Int(ck_grid_funding)] =
        profile.fundingProvisionHours == nil ? 0 : member.funding / dollars
      end[-Int(ck_grid_fee)] = (profile.feeProvisionRate ?? 0) * coin
      grid.roll[row] =
        group.parameters.rollShock.map {
          $0.rate(at: time, expiry: member.expiry) * coin * member.delta
        } ?? 0
    }
  }
}

extension ScenarioGridProfile.DeltaShock {
  /// By how much, relatively, a delta that was put on the threshold may pass it by rounding, as
  /// ``ScenarioGridMargin`` has it.
  static let allowance = 1e-6
}
