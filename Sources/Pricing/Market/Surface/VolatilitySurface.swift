internal import Foundation

func logMoneyness(_ strike: Double, _ forward: Double) -> Double { log(strike / forward) }

/// Implied volatilities of one underlying over strikes and expiries: SVI slices, between which total
/// variance is linear in time at the same log-moneyness.
///
/// Where slices do not cross this keeps the calendar free of arbitrage between them. Before the first
/// and after the last slice the volatility of a log-moneyness is that of the slice. Forwards grow at
/// a constant rate between slices, and beyond at the rate beside; with one slice they are constant.
public struct VolatilitySurface: Sendable, Hashable {
  public let underlying: String
  /// The slices, in order of time.
  public let slices: [SVISlice]
  /// What was done to the volatilities of the slices, one after the other.
  public let shocks: [SurfaceShock]

  /// A surface of slices in any order.
  ///
  /// - Throws: `SurfaceError` where there is no slice or two have one expiry.
  public init(underlying: String, slices: [SVISlice]) throws(SurfaceError) {
    let sorted = slices.sorted { $0.time < $1.time }
    guard !sorted.isEmpty else { throw .noSlices(underlying: underlying, reasons: []) }
    for (a, b) in zip(sorted, sorted.dropFirst()) where a.time == b.time {
      throw .repeatedExpiry(time: a.time)
    }
    self.init(underlying, sorted, [])
  }

  private init(_ underlying: String, _ slices: [SVISlice], _ shocks: [SurfaceShock]) {
    (self.underlying, self.slices, self.shocks) = (underlying, slices, shocks)
  }

  /// The surface after further shocks.
  public func shocked(by shocks: [SurfaceShock]) -> VolatilitySurface {
    VolatilitySurface(underlying, slices, self.shocks + shocks)
  }

  /// The forward price for a time in years.
  public func forward(time: Double) -> Double {
    guard slices.count > 1 else { return slices[0].forward }
    let j = min(max(slices.firstIndex { $0.time >= time } ?? slices.count - 1, 1), slices.count - 1)
    let (early, late) = (slices[j - 1], slices[j])
    let share = (time - early.time) / (late.time - early.time)
    return early.forward * exp(share * log(late.forward / early.forward))
  }

  /// The total variance at a log-moneyness and a positive time in years.
  public func totalVariance(logMoneyness k: Double, time: Double) -> Double {
    jet(k, time).w
  }

  /// The annualised volatility at a log-moneyness and a positive time in years.
  public func volatility(logMoneyness k: Double, time: Double) -> Double {
    (totalVariance(logMoneyness: k, time: time) / time).squareRoot()
  }

  /// The annualised volatility of a strike in dollars at a positive time in years.
  public func volatility(strike: Double, time: Double) -> Double {
    precondition(strike > 0, "A strike must be positive, not \(strike).")
    return volatility(logMoneyness: logMoneyness(strike, forward(time: time)), time: time)
  }

  /// The total variance with its derivatives by k, shocks included.
  func jet(_ k: Double, _ time: Double) -> VarianceJet {
    precondition(time > 0, "A volatility needs a positive time, not \(time).")
    var jet = unshocked(k, time)
    guard !shocks.isEmpty, jet.w > 0 else { return jet }
    // v = √(w/T), v′ = w′/(2Tv), v″ = w″/(2Tv) − v′²/v; a shock is linear in v and k.
    var v = (jet.w / time).squareRoot()
    var v1 = jet.first / (2 * time * v)
    var v2 = jet.second / (2 * time * v) - v1 * v1 / v
    for shock in shocks {
      let line = shock.line(365 * time)
      v = line.constant + line.factor * v + line.slope * k
      (v1, v2) = (line.factor * v1 + line.slope, line.factor * v2)
      if v <= 0 { return VarianceJet(w: 0, first: 0, second: 0) }
    }
    jet.w = time * v * v
    jet.first = 2 * time * v * v1
    jet.second = 2 * time * (v1 * v1 + v * v2)
    return jet
  }

  private func unshocked(_ k: Double, _ time: Double) -> VarianceJet {
    let j = slices.firstIndex { $0.time >= time } ?? slices.count
    if j == 0 || j == slices.count {
      let slice = slices[min(j, slices.count - 1)]
      let (jet, scale) = (slice.jet(k), time / slice.time)
      return VarianceJet(
        w: max(jet.w, 0) * scale, first: jet.first * scale, second: jet.second * scale)
    }
    let (early, late) = (slices[j - 1], slices[j])
    let share = (time - early.time) / (late.time - early.time)
    let (a, b) = (early.jet(k), late.jet(k))
    func mix(_ x: Double, _ y: Double) -> Double { x + share * (y - x) }
    return VarianceJet(
      w: max(mix(a.w, b.w), 0), first: mix(a.first, b.first), second: mix(a.second, b.second))
  }
}

extension VolatilitySurface {
  /// Where the surface has arbitrage: butterflies on each expiry, the calendar from each to the next,
  /// and, without shocks, the wings of each. Empty where it has none.
  ///
  /// A surface without shocks is checked for all strikes; a shocked one, whose wings may not follow
  /// any rule, for log-moneyness within `width` of 0.
  public func violations(width: Double = 3) -> [ArbitrageViolation] {
    if shocks.isEmpty {
      return slices.indices.flatMap { i in
        slices[i].butterflyViolations()
          + (i > 0 ? slices[i].calendarViolations(after: slices[i - 1]) : [])
      }
    }
    return slices.indices.flatMap { i -> [ArbitrageViolation] in
      let time = slices[i].time
      let before = i > 0 ? slices[i - 1] : nil
      let grid = slices[i].arbitrageGrid(with: before, points: 600).filter { abs($0) <= width }
      func found(
        _ kind: ArbitrageViolation.Kind, _ grid: [Double], slack: Double = 1e-13,
        _ f: (Double) -> Double
      ) -> [ArbitrageViolation] {
        NegativeStretches(on: grid, slack: slack, f).stretches.map {
          ArbitrageViolation(
            kind: kind, time: time, logMoneyness: $0.range, worstLogMoneyness: $0.worstAt,
            worst: $0.worst)
        }
      }
      let positive = grid.filter { jet($0, time).w > 0 }
      return found(.variance, grid, slack: 0) { self.jet($0, time).w - .leastNonzeroMagnitude }
        + found(.butterfly, positive) { self.jet($0, time).durrleman($0) }
        + (before.map { earlier in
          found(.calendar(earlier: earlier.time), grid) {
            self.jet($0, time).w - self.jet($0, earlier.time).w
          }
        } ?? [])
    }
  }
}
