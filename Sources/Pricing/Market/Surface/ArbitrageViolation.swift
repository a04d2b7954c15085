/// Where and how much a surface of implied volatilities lets one earn without risk.
public struct ArbitrageViolation: Sendable, Hashable {
  /// What is violated.
  public enum Kind: Sendable, Hashable {
    /// g(k) < 0: a butterfly of negative price. `worst` is g.
    case butterfly
    /// w falls from the expiry in `earlier` years to this one. `worst` is the difference of the total
    /// variances.
    case calendar(earlier: Double)
    /// The wing rises faster than 2. `worst` is 2 less the slope.
    case wing
    /// The variance is not positive. `worst` is it.
    case variance
  }

  public let kind: Kind
  /// Years to the expiry concerned.
  public let time: Double
  /// The log-moneyness where it is so, to about 1e-9; infinite at the end of a wing.
  public let logMoneyness: ClosedRange<Double>
  /// The log-moneyness where it is worst.
  public let worstLogMoneyness: Double
  /// The value that should not be negative, where it is least.
  public let worst: Double
}

extension ArbitrageViolation: CustomStringConvertible {
  public var description: String {
    let what =
      switch kind {
      case .butterfly: "butterfly"
      case .calendar(let earlier): "calendar, against the expiry in \(earlier) years"
      case .wing: "wing"
      case .variance: "variance"
      }
    return "\(what), expiry in \(time) years, log-moneyness \(logMoneyness.lowerBound) to "
      + "\(logMoneyness.upperBound): \(worst) at \(worstLogMoneyness)"
  }
}

/// The stretches where a function on an increasing grid falls below zero, with their ends by bisection
/// and their least values by golden section.
struct NegativeStretches {
  struct Stretch {
    var range: ClosedRange<Double>
    var worstAt: Double
    var worst: Double
  }

  private(set) var stretches: [Stretch] = []

  /// - Parameter slack: by how much a value may be negative from rounding alone.
  init(on grid: [Double], slack: Double = 0, _ f: (Double) -> Double) {
    let values = grid.map(f)
    func isBad(_ v: Double) -> Bool { !(v >= -slack) }
    var bad = Set(grid.indices.filter { isBad(values[$0]) })
    // A least value between grid points may be negative where those beside it are not.
    var inner: [(at: Double, value: Double)] = []
    for i in grid.indices.dropFirst().dropLast()
    where !isBad(values[i]) && values[i] <= values[i - 1] && values[i] <= values[i + 1]
      && (values[i] < values[i - 1] || values[i] < values[i + 1])
    {
      let least = Self.golden(grid[i - 1], grid[i + 1], f)
      if isBad(least.value) { inner.append(least) }
    }
    for least in inner {
      let at = grid.firstIndex { $0 >= least.at } ?? grid.count - 1
      let low = Self.edge(inside: least.at, outside: grid[max(at - 2, 0)], f, isBad)
      let high = Self.edge(inside: least.at, outside: grid[min(at + 1, grid.count - 1)], f, isBad)
      stretches.append(Stretch(range: low...high, worstAt: least.at, worst: least.value))
    }
    while let first = bad.min() {
      var last = first
      while bad.contains(last + 1) { last += 1 }
      for i in first...last { bad.remove(i) }
      let low =
        first == 0 ? grid[0] : Self.edge(inside: grid[first], outside: grid[first - 1], f, isBad)
      let high =
        last == grid.count - 1
        ? grid[last] : Self.edge(inside: grid[last], outside: grid[last + 1], f, isBad)
      let worst = (first...last).min { values[$0] < values[$1] || values[$0].isNaN } ?? first
      let least = Self.golden(
        grid[max(worst - 1, 0)], grid[min(worst + 1, grid.count - 1)], f)
      let better = least.value < values[worst]
      stretches.append(
        Stretch(
          range: low...high, worstAt: better ? least.at : grid[worst],
          worst: better ? least.value : values[worst]))
    }
    stretches.sort { $0.range.lowerBound < $1.range.lowerBound }
  }

  private static func edge(
    inside: Double, outside: Double, _ f: (Double) -> Double, _ isBad: (Double) -> Bool
  ) -> Double {
    var (inside, outside) = (inside, outside)
    for _ in 0..<40 where inside != outside {
      let middle = 0.5 * (inside + outside)
      if isBad(f(middle)) { inside = middle } else { outside = middle }
    }
    return inside
  }

  private static func golden(
    _ low: Double, _ high: Double, _ f: (Double) -> Double
  ) -> (at: Double, value: Double) {
    let ratio = 0.6180339887498949
    var (a, b) = (low, high)
    var (c, d) = (b - ratio * (b - a), a + ratio * (b - a))
    var (fc, fd) = (f(c), f(d))
    for _ in 0..<45 {
      if fc < fd {
        (b, d, fd) = (d, c, fc)
        c = b - ratio * (b - a)
        fc = f(c)
      } else {
        (a, c, fc) = (c, d, fd)
        d = a + ratio * (b - a)
        fd = f(d)
      }
    }
    return fc < fd ? (c, fc) : (d, fd)
  }
}
