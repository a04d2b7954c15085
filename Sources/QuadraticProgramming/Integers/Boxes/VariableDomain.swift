#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The values that one variable may take in a node.
///
///     {0} if allowed  ∪  [lower, −m] ∪ [m, upper],  on the lattice of the lot,
///
/// with m the least magnitude of a nonzero value; [lower, upper] as a whole where m is zero.
struct VariableDomain: Hashable {
  var lower: Double
  var upper: Double
  /// The least nonzero magnitude; with a lot it is a positive multiple of it.
  let minimum: Double
  let lot: Double
  /// Whether a nonzero value counts towards the cardinality.
  let isCounted: Bool
  var choice: Choice

  /// What was decided about being zero.
  enum Choice: Hashable { case open, zero, nonzero }

  init(lower: Double, upper: Double, minimumSize: Double, lot: Double, isCounted: Bool) {
    self.lot = lot
    minimum = lot > 0 ? max(1, (minimumSize / lot - 1e-9).rounded(.up)) * lot : minimumSize
    self.isCounted = isCounted
    (self.lower, self.upper) = (lower, upper)
    choice = .open
    tighten()
  }

  var isEmpty: Bool { lower > upper }
  var isFixed: Bool { lower == upper }
  /// Whether it is open to be zero or not, and more follows from that than from its lattice.
  var isIndicated: Bool {
    choice == .open && (isCounted || minimum > lot) && allowsZero && !isFixed
  }
  /// Whether zero is among the values.
  var allowsZero: Bool {
    lower <= 0 && upper >= 0 && (choice != .nonzero || minimum == 0)
  }

  /// Brings the ends to values that may be taken; empty when there is none.
  mutating func tighten() {
    if lot > 0 {
      // The lattice is met to a part in 10⁹ of a lot, for ends that were computed.
      lower = (lower / lot - 1e-9).rounded(.up) * lot
      upper = (upper / lot + 1e-9).rounded(.down) * lot
      if lower == 0 { lower = 0 }
      if upper == 0 { upper = 0 }
    }
    if choice == .zero {
      (lower, upper) = lower <= 0 && upper >= 0 ? (0, 0) : (1, 0)
    }
    guard minimum > 0 else { return }
    if lower > -minimum && lower != 0 || (lower == 0 && choice == .nonzero) {
      lower = lower <= 0 && choice != .nonzero ? 0 : max(lower, minimum)
    }
    if upper < minimum && upper != 0 || (upper == 0 && choice == .nonzero) {
      upper = upper >= 0 && choice != .nonzero ? 0 : min(upper, -minimum)
    }
  }

  /// The least of ½ d x² + p x over the nonzero part, and where; nil when that part is empty.
  /// Where zero is not cut out (no minimum) it belongs to the part.
  func minimumOffZero(d: Double, p: Double) -> (value: Double, at: Double)? {
    if choice == .zero { return nil }
    if minimum == 0 { return minimum(d, p, from: lower, to: upper) }
    let above = upper >= minimum ? minimum(d, p, from: max(lower, minimum), to: upper) : nil
    let below = lower <= -minimum ? minimum(d, p, from: lower, to: min(upper, -minimum)) : nil
    guard let above else { return below }
    guard let below else { return above }
    return above.value <= below.value ? above : below
  }

  private func minimum(
    _ d: Double, _ p: Double, from low: Double, to high: Double
  ) -> (value: Double, at: Double) {
    func value(_ x: Double) -> Double { p == 0 && d == 0 ? 0 : (0.5 * d * x + p) * x }
    let middle = d > 0 ? -p / d : (p > 0 ? low : p < 0 ? high : min(max(0, low), high))
    let x = min(max(middle, low), high)
    guard x.isFinite else { return (-.infinity, x) }
    guard lot > 0 else { return (value(x), x) }
    let below = min(max((x / lot).rounded(.down) * lot, low), high)
    let above = min(max((x / lot).rounded(.up) * lot, low), high)
    return value(below) <= value(above) ? (value(below), below) : (value(above), above)
  }

  /// The nearest value to x that may be taken.
  func nearest(to x: Double) -> Double {
    let least = minimumOffZero(d: 1, p: -x)?.at
    guard allowsZero else { return least ?? 0 }
    guard let least else { return 0 }
    return abs(least - x) < abs(x) ? least : 0
  }
}
