internal import CKernels

/// The requirement of an account after a trade of x in one row, plus its fee, as the largest of
/// functions of x that are linear between a few kinks.
///
/// With the pool's losses u and gains v in other groups, and ρ, φ, the roll charge and the
/// provisions, the function of scenario c is
/// dollars · (share · (w_c ℓ_c(x) + ρ(x)) + φ(x)) + what does not depend on x + fee · |x|.
struct TradeSizing {
  typealias Limit = AdmissibleSizes.Limit
  static let room = 2 * Kinks.capacity

  private let grid: ck_grid
  private let group: ck_grid_group
  private let pool: ck_grid_pool
  /// The traded row, what the account has of its group, and how the group is dampened.
  private let row, sums, dampeners: UnsafePointer<Double>
  /// By scenario, of the pool's other groups.
  private let losses, gains: UnsafeMutablePointer<Double>
  private var hasOthers = false
  private let held: Double
  private let fee: Double
  private let share: Double
  /// Dollars due whatever x is: other pools and the account's charges; infinite where another part
  /// of the account is beyond what the rule is known for.
  private var fixed: Double
  /// What other buckets, groups and positions of the pool are charged.
  private var otherRolls = 0.0
  private var otherFees = 0.0
  private var otherMinimum = 0.0
  private let otherGross: Double
  private var roll = Affine1D(constant: 0, slope: 0)
  private var funding: Affine1D
  private let delta: Affine1D
  private var kinks: Kinks
  private let ownRoom: UnsafeMutableBufferPointer<Double>
  private let scenarioCount: Int

  init(
    of number: Int, in loaded: LoadedAccount, level: MarginLevel, fee: Double,
    room: UnsafeMutableBufferPointer<Double>
  ) {
    grid = loaded.grid.pointee
    let account = loaded.account.pointee
    let place = Int(grid.group_of[number])
    let stride = grid.stride
    group = grid.groups[place]
    pool = grid.pools[Int(group.pool)]
    row = UnsafePointer(grid.rows + number * stride)
    sums = UnsafePointer(account.sums + place * stride)
    dampeners = UnsafePointer(grid.dampeners + place * grid.stride)
    losses = loaded.scratch
    gains = loaded.scratch + stride
    held = account.quantities[number]
    self.fee = fee
    share = level == .initial ? 1 : grid.maintenance_factor
    scenarioCount = loaded.table.methodology.profile.scenarios.count
    let (terms, ownTerms) = (row + stride, sums + stride)
    otherGross =
      ownTerms[-Int(ck_grid_gross_delta)] - abs(held) * terms[-Int(ck_grid_gross_delta)]
    delta = Affine1D(
      constant: ownTerms[-Int(ck_grid_delta)], slope: terms[-Int(ck_grid_delta)])
    funding = Affine1D(
      constant: ownTerms[-Int(ck_grid_funding)], slope: terms[-Int(ck_grid_funding)])
    otherFees = ownTerms[-Int(ck_grid_fee)] - abs(held) * terms[-Int(ck_grid_fee)]

    fixed = level == .initial ? pool.charges * pool.dollars : 0
    for p in 0..<Int(grid.pool_count) where p != Int(group.pool) {
      fixed += level == .initial ? account.initial[p] : account.maintenance[p]
    }
    kinks = Kinks(UnsafeMutableBufferPointer(rebasing: room[..<Kinks.capacity]))
    ownRoom = UnsafeMutableBufferPointer(rebasing: room[Kinks.capacity...])
    addBuckets(of: account, except: Int(grid.bucket_of[number]), rate: grid.roll[number])
    addGroups(of: account, except: place)
    kinks.insert(0)
    kinks.insert(-held)
    kinks.insert(roll.root)
    kinks.insert(funding.root)
    kinks.insert(delta.root)
  }

  private mutating func addBuckets(of account: ck_grid_account, except own: Int, rate: Double) {
    for b in Int(pool.first_bucket)..<Int(pool.last_bucket) {
      if b == own {
        roll = Affine1D(constant: account.rolls[b], slope: rate)
      } else {
        otherRolls += abs(account.rolls[b])
      }
    }
  }

  private mutating func addGroups(of account: ck_grid_account, except own: Int) {
    let stride = grid.stride
    for c in 0..<stride { (losses[c], gains[c]) = (0, 0) }
    for g in Int(pool.first_group)..<Int(pool.last_group)
    where g != own && account.held[g] > 0 {
      hasOthers = true
      let (sums, rates) = (account.sums + g * stride, grid.groups[g])
      let terms = sums + stride
      let net = abs(terms[-Int(ck_grid_delta)])
      if !(net <= rates.delta_limit) { fixed = .infinity }
      otherFees += terms[-Int(ck_grid_fee)]
      funding.constant += terms[-Int(ck_grid_funding)]
      otherMinimum +=
        rates.net_rate * net + rates.gross_rate * terms[-Int(ck_grid_gross_delta)]
      for c in 0..<stride {
        let size = max(0, abs(sums[c]) - grid.dampeners[g * grid.stride + c])
        if sums[c] < 0 { losses[c] += size } else { gains[c] += size }
      }
    }
  }

  func sizes(within funds: Double) -> AdmissibleSizes? {
    guard fixed < .infinity, let deltas = deltaRange else { return nil }
    var result = AdmissibleSizes(range: -.infinity ... .infinity)
    func narrow(_ interval: (Double, Double)?, by limit: Limit) -> Bool {
      guard let interval else { return false }
      var (low, high) = (result.range.lowerBound, result.range.upperBound)
      if interval.0 > low { (low, result.limitBelow) = (interval.0, limit) }
      if interval.1 < high { (high, result.limitAbove) = (interval.1, limit) }
      guard low <= high else { return false }
      result.range = low...high
      return true
    }
    guard narrow(deltas, by: .deltaShock),
      narrow(interval(.charges, within: funds), by: .charges),
      narrow(interval(.minimumDelta, within: funds), by: .minimumDelta)
    else { return nil }
    for c in 0..<scenarioCount {
      guard narrow(interval(.scenario(c), within: funds), by: .scenario(c)) else { return nil }
    }
    return result
  }

  /// The sizes for which |δ| stays within its limit, without what the rule allows for rounding.
  private var deltaRange: (Double, Double)? {
    let limit = group.delta_limit / (1 + ScenarioGridProfile.DeltaShock.allowance)
    guard limit < .infinity else { return (-.infinity, .infinity) }
    guard delta.slope != 0 else {
      return abs(delta.constant) <= limit ? (-.infinity, .infinity) : nil
    }
    let ends = (
      (-limit - delta.constant) / delta.slope, (limit - delta.constant) / delta.slope
    )
    return (min(ends.0, ends.1), max(ends.0, ends.1))
  }

  private func interval(_ limit: Limit, within funds: Double) -> (Double, Double)? {
    var own = Kinks(copying: kinks, into: ownRoom)
    var isConvex = true
    if case .scenario(let c) = limit {
      let (v, p, dampener) = (sums[c], row[c], dampeners[c])
      own.insert((-dampener - v) / p)
      own.insert((dampener - v) / p)
      if hasOthers && pool.offset > 0 {
        own.insert((pool.offset_cap / pool.offset - gains[c] + dampener - v) / p)
        isConvex = dampener == 0
      }
    }
    return own.interval(
      where: { requirement(limit, after: $0) }, isAtMost: funds, isConvex: isConvex)
  }

  private func requirement(_ limit: Limit, after x: Double) -> LinearPiece {
    let quantity = Affine1D(constant: held, slope: 1).at(x).magnitude
    let core: LinearPiece
    switch limit {
    case .scenario(let c): core = grid.weights[c] * loss(in: c, after: x) + rollCharge(after: x)
    case .charges, .deltaShock: core = rollCharge(after: x)
    case .minimumDelta:
      let gross = abs(row[grid.stride - Int(ck_grid_delta)]) * quantity
      core =
        LinearPiece(value: otherMinimum + group.gross_rate * otherGross, slope: 0)
        + group.net_rate * delta.at(x).magnitude + group.gross_rate * gross
    }
    let provisions =
      funding.at(x).positivePart + row[grid.stride - Int(ck_grid_fee)] * quantity
      + LinearPiece(value: otherFees, slope: 0)
    return pool.dollars * (share * core + provisions)
      + fee * LinearPiece(value: x, slope: 1).magnitude
      + LinearPiece(value: fixed, slope: 0)
  }

  private func rollCharge(after x: Double) -> LinearPiece {
    roll.at(x).magnitude + LinearPiece(value: otherRolls, slope: 0)
  }

  /// ℓ_c before its weight: the losses of all groups less what gains offset. Where the pool has no
  /// other group a gain offsets nothing.
  private func loss(in c: Int, after x: Double) -> LinearPiece {
    let result = Affine1D(constant: sums[c], slope: row[c]).at(x)
    var size = result.magnitude
    size.value -= dampeners[c]
    let kept = size.positivePart
    let total = LinearPiece(value: losses[c], slope: 0) + (result.value < 0 ? kept : .zero)
    guard hasOthers else { return total }
    let gain = LinearPiece(value: gains[c], slope: 0) + (result.value < 0 ? .zero : kept)
    let offset = pool.offset * gain
    return total
      + -1
      * (offset.value < pool.offset_cap
        ? offset : LinearPiece(value: pool.offset_cap, slope: 0))
  }
}
