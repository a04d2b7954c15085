internal import Pricing

/// The P&L of all that is held on one underlying, as a function of its move and level over a horizon.
///
/// Three parts: the payoff of what expires inside the horizon, exactly; a piecewise cubic, within
/// `errorBound`, for the rest; and the expiries that no polynomial follows, priced in full.
struct UnderlyingProxy: Sendable {
  private let underlying: CollapsedBook.Underlying
  private let horizon: Horizon
  private let x: ChebyshevAxis
  /// The levels, where they move.
  private let y: ChebyshevAxis?
  private let cubic: PiecewiseCubic?
  private let payoff: PiecewisePayoff?
  private let inFull: [CollapsedBook.Expiry]

  /// A bound of the error anywhere inside the domain, in dollars: twice what was seen at held-back points.
  let errorBound: Double
  let heldBackPoints: Int
  /// Prices of single options that the construction took.
  let optionValuations: Int
  /// Options that expire inside the horizon.
  let expiringCount: Int
  /// The expiries that are priced in full.
  var fullExpiries: [Double] { inFull.map { 365 * $0.years } }
  var fullOptionCount: Int { inFull.reduce(0) { $0 + $1.terms.count } }

  /// Time and volatility rule of the scenarios.
  struct Horizon: Sendable {
    let elapsed: Double
    let term: VolatilityTerm
  }

  /// Moves and levels over which a proxy is asked for.
  struct Domain: Sendable, Hashable {
    let moves: ClosedRange<Double>
    let levels: ClosedRange<Double>?
  }

  /// A proxy within `tolerance` dollars.
  /// - Parameter most: points at which an expiry may be priced before it is rather priced in full.
  init(
    of underlying: CollapsedBook.Underlying, horizon: Horizon, domain: Domain, tolerance: Double,
    most: Int
  ) {
    self.underlying = underlying
    self.horizon = horizon
    let axes = Self.axes(domain, underlying, horizon)
    (x, y) = axes
    let level = axes.y ?? ChebyshevAxis(lower: 0, upper: 0)
    var split = Split(underlying, horizon: horizon, x: axes.x)

    let share = tolerance / 4 / Double(max(split.smooth.count, 1))
    var attempts = [ExpirySeries?](repeating: nil, count: split.smooth.count)
    let pricers = split.smooth.map {
      ExpiryPricer(
        expiry: $0, factor: horizon.term.factor(days: 365 * $0.years), elapsed: horizon.elapsed,
        movesLevels: axes.y != nil)
    }
    attempts.withUnsafeMutableBufferPointer {
      nonisolated(unsafe) let attempts = $0
      inParallel(count: pricers.count, cost: 16_384) {
        attempts[$0] = ExpirySeries(
          of: pricers[$0], x: axes.x, y: level, tolerance: share, most: most)
      }
    }

    var (bound, points, valuations) = (0.0, 0, 0)
    var sum = ChebyshevSeries(
      x: axes.x, y: level, constant: split.constant, slope: underlying.linear + split.slope)
    for (expiry, attempt) in zip(split.smooth, attempts) {
      guard let attempt else {
        split.inFull.append(expiry)
        continue
      }
      sum.add(attempt.series)
      bound += 2 * attempt.heldBackError
      points += attempt.heldBackPoints
      valuations += attempt.pricedPoints * expiry.terms.count
    }
    if let cubic = PiecewiseCubic(sum, tolerance: tolerance / 4) {
      self.cubic = cubic
      bound += 2 * cubic.error
      inFull = split.inFull
      payoff = split.kinks.isEmpty ? nil : PiecewisePayoff(split.kinks, over: axes.x)
    } else {
      (self.cubic, payoff, inFull, bound) = (nil, nil, underlying.expiries, 0)
    }
    (errorBound, heldBackPoints, optionValuations) = (bound, points, valuations)
    expiringCount = split.expiringCount
  }
}

extension UnderlyingProxy {
  /// Below this share of a volatility options are all but kinks, and scenarios are priced in full.
  private static let leastScale = 0.1

  /// The domain a little widened, so that it has an inside, and cut where volatilities come near zero.
  private static func axes(
    _ domain: Domain, _ underlying: CollapsedBook.Underlying, _ horizon: Horizon
  ) -> (x: ChebyshevAxis, y: ChebyshevAxis?) {
    func widened(_ range: ClosedRange<Double>) -> ChebyshevAxis {
      let edge = max(1e-9 * (range.upperBound - range.lowerBound), 1e-6)
      return ChebyshevAxis(lower: range.lowerBound - edge, upper: range.upperBound + edge)
    }
    var x = widened(domain.moves)
    if x.lower <= -1 { x = ChebyshevAxis(lower: (domain.moves.lowerBound - 1) / 2, upper: x.upper) }
    guard let levels = domain.levels else { return (x, nil) }
    let y = widened(levels)
    let factor = underlying.expiries.lazy.filter { $0.years > horizon.elapsed }
      .map { horizon.term.factor(days: 365 * $0.years) }.max()
    guard let factor, factor > 0 else { return (x, y) }
    let least = (leastScale - 1) / factor
    return (
      x, ChebyshevAxis(lower: max(y.lower, least), upper: max(y.upper, least + 1e-6))
    )
  }

  /// An underlying's options by what they are over a horizon.
  private struct Split {
    var smooth: [CollapsedBook.Expiry] = []
    var inFull: [CollapsedBook.Expiry] = []
    /// What expires, as kinks and a + b m.
    var kinks: [PiecewisePayoff.Kink] = []
    var (constant, slope) = (0.0, 0.0)
    var expiringCount = 0

    init(_ underlying: CollapsedBook.Underlying, horizon: Horizon, x: ChebyshevAxis) {
      var constants: [Double] = []
      var slopes: [Double] = []
      for expiry in underlying.expiries {
        let isOver = expiry.years <= horizon.elapsed
        let alive = expiry.terms.filter { !isOver && $0.volatility > 0 }
        if !alive.isEmpty {
          smooth.append(CollapsedBook.Expiry(years: expiry.years, terms: alive))
        }
        // q max(F (1 + m) − K, 0) = q F max(m − k, 0) with k = K/F − 1; a put is q F (m − k) less.
        for term in expiry.terms where isOver || term.volatility == 0 {
          let weight = term.quantity * term.forward
          let place = (term.strike - term.forward) / term.forward
          kinks.append(.init(place: place, weight: weight))
          constants.append(-term.quantity * term.value(years: expiry.years))
          if term.right == .put {
            constants.append(weight * place)
            slopes.append(-weight)
          }
          expiringCount += 1
        }
      }
      (constant, slope) = (constants.compensatedSum(), slopes.compensatedSum())
    }
  }

  /// Adds the P&L to `result`, one element for each move; what lies outside the domain is priced in
  /// full. Returns how many those were.
  func addProfitAndLoss(
    moves: UnsafeBufferPointer<Double>, levels: UnsafeBufferPointer<Double>?,
    into result: UnsafeMutableBufferPointer<Double>
  ) -> Int {
    guard let cubic else {
      underlying.addProfitAndLoss(
        moves: moves, levels: levels, term: horizon.term, elapsed: horizon.elapsed, into: result)
      return moves.count
    }
    let outside = places(outsideOf: moves, levels)
    let before = outside.map { result[$0] }
    cubic.add(atX: moves, y: y == nil ? nil : levels, to: result)
    payoff?.add(at: moves, to: result)
    for expiry in inFull {
      expiry.addProfitAndLoss(
        moves: moves, levels: levels, factor: horizon.term.factor(days: 365 * expiry.years),
        elapsed: horizon.elapsed, into: result)
    }
    if !outside.isEmpty {
      let exact = underlying.profitAndLoss(
        moves: outside.map { moves[$0] }, levels: levels.map { v in outside.map { v[$0] } },
        term: horizon.term, elapsed: horizon.elapsed)
      for (k, place) in outside.enumerated() { result[place] = before[k] + exact[k] }
    }
    return outside.count
  }

  /// The scenarios of a block beyond the domain.
  private func places(
    outsideOf moves: UnsafeBufferPointer<Double>, _ levels: UnsafeBufferPointer<Double>?
  ) -> [Int] {
    let m = moves.extremes
    let v = y == nil ? nil : levels?.extremes
    let inside =
      m.lower >= x.lower && m.upper <= x.upper
      && (v.map { v in y.map { v.lower >= $0.lower && v.upper <= $0.upper } ?? true } ?? true)
    if inside { return [] }
    return moves.indices.filter { i in
      !(moves[i] >= x.lower && moves[i] <= x.upper)
        || (y.map { y in
          levels.map { !($0[i] >= y.lower && $0[i] <= y.upper) } ?? false
        } ?? false)
    }
  }
}

extension CollapsedBook.Underlying {
  /// The P&L for each of a few moves.
  func profitAndLoss(
    moves: [Double], levels: [Double]?, term: VolatilityTerm, elapsed: Double
  ) -> [Double] {
    var result = [Double](repeating: 0, count: moves.count)
    result.withUnsafeMutableBufferPointer { result in
      moves.withUnsafeBufferPointer { moves in
        guard let levels else {
          addProfitAndLoss(
            moves: moves, levels: nil, term: term, elapsed: elapsed, into: result)
          return
        }
        levels.withUnsafeBufferPointer {
          addProfitAndLoss(moves: moves, levels: $0, term: term, elapsed: elapsed, into: result)
        }
      }
    }
    return result
  }
}

extension UnsafeBufferPointer<Double> {
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
