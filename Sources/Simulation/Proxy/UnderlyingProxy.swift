internal import Pricing
/// The P&L of all that is held on one underlying, as a function of its move and level over a horizon.
///
/// Three parts: the payoff of what expires inside the horizon, exactly; piecewise cubics, within
/// `errorBound`, for the rest; and the expiries that no polynomial follows, priced in full.
struct UnderlyingProxy: Sendable {
  let underlying: CollapsedBook.Underlying
  let horizon: Horizon
  /// The moves that the functions reach over.
  let x: ChebyshevAxis
  /// nil where no function came within the tolerance, and all is priced in full.
  let functions: Functions?

  /// A bound of the error anywhere inside the domain, in dollars: twice what was seen at held-back points.
  let errorBound: Double
  let heldBackPoints: Int
  /// Prices of single options that the construction took.
  let optionValuations: Int
  /// Options that expire inside the horizon.
  let expiringCount: Int

  /// Time and volatility rule of the scenarios.
  struct Horizon: Sendable {
    let elapsed: Double
    let term: VolatilityTerm

    func factor(_ expiry: CollapsedBook.Expiry) -> Double { term.factor(days: 365 * expiry.years) }
  }

  /// Moves and levels over which a proxy is asked for.
  struct Domain: Sendable, Hashable {
    let moves: ClosedRange<Double>
    let levels: ClosedRange<Double>?
  }

  /// What stands for the options.
  struct Functions: Sendable {
    var groups: [Group] = []
    var payoff: PiecewisePayoff?
    var inFull: [CollapsedBook.Expiry] = []
  }

  /// Expiries whose sum is one function, over the levels at which none of their volatilities is near 0.
  struct Group: Sendable {
    let expiries: [CollapsedBook.Expiry]
    let y: ChebyshevAxis?
    let cubic: PiecewiseCubic
    var optionCount: Int { expiries.reduce(0) { $0 + $1.terms.count } }
  }

  /// The expiries that are priced in full.
  var inFull: [CollapsedBook.Expiry] { functions?.inFull ?? underlying.expiries }
  var fullOptionCount: Int { inFull.reduce(0) { $0 + $1.terms.count } }

  /// A proxy within `tolerance` dollars.
  /// - Parameter most: points at which an expiry may be priced before it is rather priced in full.
  init(
    of underlying: CollapsedBook.Underlying, horizon: Horizon, domain: Domain, tolerance: Double,
    most: Int
  ) {
    self.underlying = underlying
    self.horizon = horizon
    let x = Self.axis(domain.moves)
    self.x = x
    let split = Split(underlying, horizon: horizon)
    let parts = Self.grouped(split.smooth, horizon, levels: domain.levels)
    let attempts = Self.interpolate(
      parts, x: x, horizon: horizon,
      tolerance: tolerance / 4 / Double(max(split.smooth.count, 1)), most: most)

    var (bound, points, valuations) = (0.0, 0, 0)
    var functions: Functions? = Functions()
    if !split.kinks.isEmpty { functions?.payoff = PiecewisePayoff(split.kinks, over: x) }
    for (g, (part, series)) in zip(parts, attempts).enumerated() {
      var sum = ChebyshevSeries(
        x: x, y: part.y ?? ChebyshevAxis(lower: 0, upper: 0),
        constant: g == 0 ? split.constant : 0,
        slope: g == 0 ? underlying.linear + split.slope : 0)
      var members: [CollapsedBook.Expiry] = []
      for (expiry, series) in zip(part.expiries, series) {
        guard let series else {
          functions?.inFull.append(expiry)
          continue
        }
        sum.add(series.series)
        members.append(expiry)
        bound += 2 * series.heldBackError
        points += series.heldBackPoints
        valuations += series.pricedPoints * expiry.terms.count
      }
      if let cubic = PiecewiseCubic(sum, tolerance: tolerance / 4 / Double(parts.count)) {
        functions?.groups.append(Group(expiries: members, y: part.y, cubic: cubic))
        bound += 2 * cubic.error
      } else if g > 0 {
        functions?.inFull += members
      } else {
        functions = nil
      }
    }
    self.functions = functions
    errorBound = functions == nil ? 0 : bound
    (heldBackPoints, optionValuations) = (points, valuations)
    expiringCount = functions == nil ? 0 : split.expiringCount
  }
}

extension UnderlyingProxy {
  /// Below this share of a volatility options are all but kinks, and scenarios are priced in full.
  private static let leastScale = 0.1
  /// Expiries whose volatilities come below this share are kept apart from the smoother ones.
  private static let smoothScale = 0.3

  /// A range a little widened, so that it has an inside, and above −1.
  private static func axis(_ range: ClosedRange<Double>) -> ChebyshevAxis {
    let edge = max(1e-9 * (range.upperBound - range.lowerBound), 1e-6)
    return ChebyshevAxis(
      lower: max(range.lowerBound - edge, (range.lowerBound - 1) / 2),
      upper: range.upperBound + edge)
  }

  /// The expiries in groups of one range of levels: first all those whose volatilities stay well above 0
  /// at every level, then the others by their factors, each group cut where the largest of them leads
  /// near 0. There is at least one group, which may be empty.
  private static func grouped(
    _ expiries: [CollapsedBook.Expiry], _ horizon: Horizon, levels: ClosedRange<Double>?
  ) -> [(expiries: [CollapsedBook.Expiry], y: ChebyshevAxis?)] {
    guard let levels else { return [(expiries, nil)] }
    let y = axis(levels)
    func isSmooth(_ expiry: CollapsedBook.Expiry) -> Bool {
      1 + horizon.factor(expiry) * y.lower >= smoothScale
    }
    var result = [(expiries: expiries.filter(isSmooth), y: y)]
    let others = expiries.filter { !isSmooth($0) }
      .sorted { horizon.factor($0) > horizon.factor($1) }
    var first = Double.infinity
    for expiry in others {
      let factor = horizon.factor(expiry)
      if factor < 0.75 * first {
        first = factor
        let lower = max(y.lower, (leastScale - 1) / factor)
        result.append(([expiry], ChebyshevAxis(lower: lower, upper: max(y.upper, lower + 1e-6))))
      } else {
        result[result.count - 1].expiries.append(expiry)
      }
    }
    return result.map { ($0.expiries, $0.y) }
  }

  /// The series of every expiry of every group, nil where there is none within the tolerance.
  private static func interpolate(
    _ groups: [(expiries: [CollapsedBook.Expiry], y: ChebyshevAxis?)], x: ChebyshevAxis,
    horizon: Horizon, tolerance: Double, most: Int
  ) -> [[ExpirySeries?]] {
    let tasks = groups.flatMap { group in group.expiries.map { ($0, group.y) } }
    var series = [ExpirySeries?](repeating: nil, count: tasks.count)
    series.withUnsafeMutableBufferPointer {
      nonisolated(unsafe) let series = $0
      inParallel(count: tasks.count, cost: 16_384) {
        let (expiry, y) = tasks[$0]
        let pricer = ExpiryPricer(
          expiry: expiry, factor: horizon.factor(expiry), elapsed: horizon.elapsed,
          movesLevels: y != nil)
        series[$0] = ExpirySeries(
          of: pricer, x: x, y: y ?? ChebyshevAxis(lower: 0, upper: 0), tolerance: tolerance,
          most: most)
      }
    }
    var rest = series[...]
    return groups.map { group in
      defer { rest = rest.dropFirst(group.expiries.count) }
      return Array(rest.prefix(group.expiries.count))
    }
  }

  /// An underlying's options by what they are over a horizon.
  private struct Split {
    var smooth: [CollapsedBook.Expiry] = []
    /// What expires, as kinks and a + b m.
    var kinks: [PiecewisePayoff.Kink] = []
    var (constant, slope) = (0.0, 0.0)
    var expiringCount = 0

    init(_ underlying: CollapsedBook.Underlying, horizon: Horizon) {
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
}
