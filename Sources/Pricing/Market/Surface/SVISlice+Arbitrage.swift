internal import Foundation

extension SVISlice {
  /// Where the slice alone has arbitrage: a variance that is not positive, a butterfly of negative
  /// price, a wing steeper than 2. Empty where it has none.
  ///
  /// g is sampled at 600 points over log-moneyness of ±1000, denser where the smile turns, its least
  /// values between them found by golden section; beyond, g tends to ¼ − slope²/16, which the slopes
  /// of the wings decide.
  public func butterflyViolations() -> [ArbitrageViolation] {
    var found: [ArbitrageViolation] = []
    let grid = arbitrageGrid(with: nil, points: 600)
    let least = a + b * sigma * max(1 - rho * rho, 0).squareRoot()
    if least <= 0 {
      for s in NegativeStretches(on: grid, { self.jet($0).w - .leastNonzeroMagnitude }).stretches {
        found.append(violation(.variance, s))
      }
    }
    let positive = grid.filter { jet($0).w > 0 }
    for s in NegativeStretches(on: positive, slack: 1e-13, { self.jet($0).durrleman($0) }).stretches
    {
      found.append(violation(.butterfly, s))
    }
    let (left, right) = wingSlopes
    if left > 2 { found.append(wing(-.infinity, 2 - left)) }
    if right > 2 { found.append(wing(.infinity, 2 - right)) }
    return found
  }

  /// Where the total variance falls below that of an earlier expiry at the same log-moneyness.
  public func calendarViolations(after earlier: SVISlice) -> [ArbitrageViolation] {
    let grid = arbitrageGrid(with: earlier, points: 600)
    let size = max(totalVariance(logMoneyness: 0), earlier.totalVariance(logMoneyness: 0))
    let found = NegativeStretches(on: grid, slack: 1e-14 * size) {
      self.jet($0).w - earlier.jet($0).w
    }
    return found.stretches.map { violation(.calendar(earlier: earlier.time), $0) }
  }

  private func violation(
    _ kind: ArbitrageViolation.Kind, _ s: NegativeStretches.Stretch
  ) -> ArbitrageViolation {
    ArbitrageViolation(
      kind: kind, time: time, logMoneyness: s.range, worstLogMoneyness: s.worstAt, worst: s.worst)
  }

  private func wing(_ end: Double, _ worst: Double) -> ArbitrageViolation {
    ArbitrageViolation(
      kind: .wing, time: time, logMoneyness: end...end, worstLogMoneyness: end, worst: worst)
  }

  /// Log-moneyness m + σ sinh t for equally spaced t, out to ±1000, for this slice and another; and 0.
  func arbitrageGrid(with other: SVISlice?, points: Int) -> [Double] {
    var grid = [0.0]
    for slice in [self] + (other.map { [$0] } ?? []) {
      let end = asinh(1000 / slice.sigma)
      for i in 0...points {
        grid.append(slice.m + slice.sigma * sinh(end * (2 * Double(i) / Double(points) - 1)))
      }
    }
    grid.sort()
    return grid
  }
}
