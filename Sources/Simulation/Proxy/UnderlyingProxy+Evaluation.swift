internal import Pricing

extension UnderlyingProxy {
  /// What was priced in full beside the expiries that always are.
  struct Tally: Sendable {
    /// Scenarios in which something was.
    var scenarios = 0
    /// Prices of single options.
    var valuations = 0

    static func += (sum: inout Tally, other: Tally) {
      sum.scenarios += other.scenarios
      sum.valuations += other.valuations
    }
  }

  /// Adds the P&L to `result`, one element for each move; what a function does not reach over is priced
  /// in full.
  func addProfitAndLoss(
    moves: UnsafeBufferPointer<Double>, levels: UnsafeBufferPointer<Double>?,
    into result: UnsafeMutableBufferPointer<Double>
  ) -> Tally {
    guard let functions else {
      underlying.addProfitAndLoss(
        moves: moves, levels: levels, term: horizon.term, elapsed: horizon.elapsed, into: result)
      return Tally(scenarios: moves.count)
    }
    var beyond = moves.places(outside: x)
    // The first group, which holds all that is linear, reaches over every level of the domain.
    if let y = functions.groups.first?.y, let levels { beyond += levels.places(outside: y) }
    let before = beyond.map { result[$0] }
    var tally = Tally()
    for (g, group) in functions.groups.enumerated() {
      let outside = g == 0 ? [] : group.y.flatMap { levels?.places(outside: $0) } ?? []
      let saved = outside.map { result[$0] }
      group.cubic.add(atX: moves, y: group.y == nil ? nil : levels, to: result)
      if outside.isEmpty { continue }
      let exact = CollapsedBook.Underlying(name: "", linear: 0, expiries: group.expiries)
        .profitAndLoss(at: outside, moves, levels, horizon)
      for (k, place) in outside.enumerated() { result[place] = saved[k] + exact[k] }
      tally.scenarios = max(tally.scenarios, outside.count)
      tally.valuations += outside.count * group.optionCount
    }
    functions.payoff?.add(at: moves, to: result)
    for expiry in functions.inFull {
      expiry.addProfitAndLoss(
        moves: moves, levels: levels, factor: horizon.factor(expiry), elapsed: horizon.elapsed,
        into: result)
    }
    if !beyond.isEmpty {
      let exact = underlying.profitAndLoss(at: beyond, moves, levels, horizon)
      for (k, place) in beyond.enumerated() { result[place] = before[k] + exact[k] }
      tally += Tally(
        scenarios: beyond.count, valuations: beyond.count * underlying.termCount)
    }
    return tally
  }
}

extension CollapsedBook.Underlying {
  /// The P&L in a few of the scenarios.
  func profitAndLoss(
    at places: [Int], _ moves: UnsafeBufferPointer<Double>, _ levels: UnsafeBufferPointer<Double>?,
    _ horizon: UnderlyingProxy.Horizon
  ) -> [Double] {
    var result = [Double](repeating: 0, count: places.count)
    result.withUnsafeMutableBufferPointer { result in
      places.map { moves[$0] }.withUnsafeBufferPointer { moves in
        func add(_ levels: UnsafeBufferPointer<Double>?) {
          addProfitAndLoss(
            moves: moves, levels: levels, term: horizon.term, elapsed: horizon.elapsed,
            into: result)
        }
        guard let levels else { return add(nil) }
        places.map { levels[$0] }.withUnsafeBufferPointer { add($0) }
      }
    }
    return result
  }
}

extension UnsafeBufferPointer<Double> {
  /// The places of the elements beyond an axis.
  func places(outside axis: ChebyshevAxis) -> [Int] {
    let range = extremes
    if range.lower >= axis.lower && range.upper <= axis.upper { return [] }
    return indices.filter { !(self[$0] >= axis.lower && self[$0] <= axis.upper) }
  }

  /// The least and the greatest element; +∞ and −∞ of none.
  var extremes: (lower: Double, upper: Double) {
    // Eight of each, so that the loop is one of vectors.
    var low = SIMD8<Double>(repeating: .infinity)
    var high = -low
    var i = 0
    while i + 8 <= count {
      let v = UnsafeRawPointer(baseAddress! + i).loadUnaligned(as: SIMD8<Double>.self)
      low.replace(with: v, where: v .< low)
      high.replace(with: v, where: v .> high)
      i += 8
    }
    var (lower, upper) = (Double.infinity, -Double.infinity)
    for k in 0..<8 { (lower, upper) = (Swift.min(lower, low[k]), Swift.max(upper, high[k])) }
    while i < count {
      (lower, upper) = (Swift.min(lower, self[i]), Swift.max(upper, self[i]))
      i += 1
    }
    return (lower, upper)
  }
}
