/// The trades of one instrument that a node of the search allows: zero, or whole lots of at least a
/// size, within an interval.
struct TradeDomain {
  let lot: Double
  /// The least nonzero magnitude; a multiple of the lot.
  let least: Double
  private(set) var lower: Double
  private(set) var upper: Double
  /// Whether the trade is decided to be made, and counts towards the number of trades.
  private(set) var isMade = false

  init(lower: Double, upper: Double, lot: Double, minimumSize: Double) {
    self.lot = lot
    least = lot > 0 ? max(0, (minimumSize / lot - 1e-9).rounded(.up)) * lot : minimumSize
    (self.lower, self.upper) = (lower, upper)
    tighten()
  }

  var isEmpty: Bool { lower > upper }
  var isZero: Bool { lower == 0 && upper == 0 }
  var allowsZero: Bool { lower <= 0 && upper >= 0 && !(isMade && least > 0) }

  /// The interval without what lies below x, or above it.
  func restricted(atLeast low: Double = -.infinity, atMost high: Double = .infinity) -> TradeDomain
  {
    var domain = self
    (domain.lower, domain.upper) = (max(lower, low), min(upper, high))
    domain.tighten()
    return domain
  }

  /// The trade is made: it counts, and has its least size. Two parts where it may be of either sign.
  var made: [TradeDomain] {
    var domain = self
    domain.isMade = true
    guard least > 0 else { return [domain] }
    return [domain.restricted(atLeast: least), domain.restricted(atMost: -least)]
      .filter { !$0.isEmpty }
  }

  /// The nearest trade that is allowed; nil where there is none.
  func nearest(to x: Double) -> Double? {
    if isEmpty { return nil }
    var candidates: [Double] = allowsZero ? [0] : []
    func add(from low: Double, to high: Double) {
      guard low <= high else { return }
      let inside = min(max(x, low), high)
      guard lot > 0 else { return candidates.append(inside) }
      candidates.append(min(max((inside / lot).rounded() * lot, low), high))
    }
    if least > 0 {
      add(from: max(lower, least), to: upper)
      add(from: lower, to: min(upper, -least))
    } else {
      add(from: lower, to: upper)
    }
    return candidates.min { abs($0 - x) < abs($1 - x) }
  }

  /// Brings the ends to trades that are allowed.
  private mutating func tighten() {
    if lot > 0 {
      lower = (lower / lot - 1e-9).rounded(.up) * lot
      upper = (upper / lot + 1e-9).rounded(.down) * lot
    }
    // −0 would be written as such.
    (lower, upper) = (lower + 0, upper + 0)
    guard least > 0 else { return }
    if lower > 0 { lower = max(lower, least) } else if lower > -least { lower = 0 }
    if upper < 0 { upper = min(upper, -least) } else if upper < least { upper = 0 }
  }
}
