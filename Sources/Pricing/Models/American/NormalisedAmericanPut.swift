internal import Foundation

/// An American put struck at 1, as a function of the price.
struct NormalisedAmericanPut: Sendable {
  /// When to exercise.
  enum Rule: Sendable {
    /// Never before expiry: the European value.
    case never
    /// At or below a boundary that depends on the time left.
    case boundary(ExerciseBoundary)
    /// With no volatility the price is known: at the best of a few moments.
    case certain
  }

  let rate: Double
  let yield: Double
  let volatility: Double
  /// T, or an earlier time from which the value does not change any more.
  let time: Double
  private(set) var rule: Rule
  private let points: QuarterCircleRule

  init(
    rate: Double, yield: Double, volatility: Double, time: Double,
    accuracy: ExerciseBoundary.Accuracy
  ) throws(AmericanOptionError) {
    self.rate = rate
    self.yield = yield
    self.volatility = volatility
    let time = min(time, Self.lastingTime(rate: rate, yield: yield, volatility: volatility))
    self.time = time
    points = .shared(accuracy.valuePoints)
    // Exercise earns r K − q S for each moment, which has to be positive somewhere at S < K.
    if time == 0 {
      rule = .never
    } else if rate < 0 && yield < rate {
      throw .twoBoundaries(rate: rate, dividendYield: yield)
    } else if rate < 0 || (rate == 0 && yield >= 0) {
      rule = .never
    } else if volatility == 0 || volatility * time.squareRoot() < 1e-9 {
      rule = .certain
    } else {
      rule = .boundary(
        try Self.boundary(
          rate: rate, yield: yield, volatility: volatility, time: time, accuracy: accuracy))
      if mismatch > Self.largestMismatch {
        rule = .boundary(
          try Self.boundary(
            rate: rate, yield: yield, volatility: volatility, time: time, accuracy: .precise))
      }
      if !(mismatch <= Self.largestMismatch) { throw .notConverged(residual: mismatch) }
    }
  }

  /// Of a boundary that is right the value there is that of exercise, to some 1e-7.
  private static let largestMismatch = 1e-4

  /// How far the value just above the boundary is from that of exercise. The equations of the boundary ask
  /// for the slope alone, and have solutions that are none of the option's: these miss the value.
  private var mismatch: Double {
    guard case .boundary(let boundary) = rule else { return 0 }
    let x = boundary.price(rootTime: time.squareRoot()) * (1 + 1e-9)
    return sample(at: x).map { abs($0.value - (1 - x)) } ?? 0
  }

  /// The time after which a put is worth what it would be worth for ever, to 1e-17 of its strike.
  ///
  /// From T on a holder gains at most K P(S_T < K) seen from the boundary below K, that is
  /// K Φ(−(r − q − σ²/2)√T/σ). At small volatilities it is short, and the boundary until then is all
  /// that matters.
  private static func lastingTime(rate: Double, yield: Double, volatility: Double) -> Double {
    let drift = rate - yield - 0.5 * volatility * volatility
    guard rate > 0, drift > 0, volatility > 0 else { return .infinity }
    let root = 8.5 * volatility / drift
    return root * root
  }

  /// The boundary; with more points where few do not find it, as at very small volatilities.
  private static func boundary(
    rate: Double, yield: Double, volatility: Double, time: Double,
    accuracy: ExerciseBoundary.Accuracy
  ) throws(AmericanOptionError) -> ExerciseBoundary {
    do throws(AmericanOptionError) {
      return try ExerciseBoundary(
        rate: rate, yield: yield, volatility: volatility, time: time, accuracy: accuracy)
    } catch {
      guard accuracy == .fast else { throw error }
      return try ExerciseBoundary(
        rate: rate, yield: yield, volatility: volatility, time: time, accuracy: .standard)
    }
  }

  /// The value at a price x and its first two derivatives by x; nil where exercise is right, or the
  /// time is up.
  func sample(at x: Double) -> (value: Double, slope: Double, curvature: Double)? {
    if time == 0 { return nil }
    let european = BlackScholes(
      .put, spot: x, strike: 1, rate: rate, dividendYield: yield, volatility: volatility,
      time: time)
    switch rule {
    case .never:
      let greeks = european.greeks
      return (european.value, greeks.delta, greeks.gamma)
    case .certain: return certain(at: x)
    case .boundary(let boundary):
      if x <= boundary.price(rootTime: time.squareRoot()) { return nil }
      let greeks = european.greeks
      let gain = premium(at: x, boundary)
      return (
        european.value + gain.value, greeks.delta + gain.slope, greeks.gamma + gain.curvature
      )
    }
  }

  /// e^{−rt} − x e^{−qt} at its best: now, at expiry, or where r e^{−rt} = q x e^{−qt}.
  private func certain(at x: Double) -> (value: Double, slope: Double, curvature: Double)? {
    var moments = [0, time]
    let t = log(rate / (yield * x)) / (rate - yield)
    if t > 0 && t < time { moments.append(t) }
    let best = moments.max { payoff(x, $0) < payoff(x, $1) } ?? 0
    let value = payoff(x, best)
    if best == 0 && value > 0 { return nil }
    return value > 0 ? (value, -exp(-yield * best), 0) : (0, 0, 0)
  }

  private func payoff(_ x: Double, _ t: Double) -> Double { exp(-rate * t) - x * exp(-yield * t) }

  /// What exercise adds, Kim's integral, over u = T sin²θ: smooth in θ where √u and √(T − u) are the
  /// natural variables of its ends.
  private func premium(at x: Double, _ boundary: ExerciseBoundary) -> (
    value: Double, slope: Double, curvature: Double
  ) {
    let (r, q, σ) = (rate, yield, volatility)
    let rootTime = time.squareRoot()
    var (value, slope, curvature) = (0.0, 0.0, 0.0)
    for k in points.weights.indices {
      let v = σ * rootTime * points.sines[k]  // σ√u
      let u = time * points.sines[k] * points.sines[k]
      let b = boundary.price(rootTime: rootTime * points.cosines[k])
      let low = (log(x / b) + (r - q) * u) / v - 0.5 * v
      let high = low + v
      let weight = 2 * time * points.sines[k] * points.cosines[k] * points.weights[k]
      let (strikeRate, priceRate) = (r * exp(-r * u) * weight, q * exp(-q * u) * weight)
      let (φlow, φhigh) = (NormalisedAmericanPut.density(low), NormalisedAmericanPut.density(high))
      let below = Black76.cumulative(-high)
      value += strikeRate * Black76.cumulative(-low) - priceRate * x * below
      slope += -strikeRate * φlow / (x * v) - priceRate * (below - φhigh / v)
      curvature +=
        strikeRate * φlow * (1 + low / v) / (x * x * v)
        + priceRate * φhigh * (1 - high / v) / (x * v)
    }
    return (value, slope, curvature)
  }

  static func density(_ d: Double) -> Double {
    NormalisedBlack.inverseRootTwoπ * exp(-0.5 * d * d)
  }
}
