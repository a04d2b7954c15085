internal import Foundation

/// Why an American option cannot be valued.
public enum AmericanOptionError: Error, Sendable, Hashable {
  /// A number is not finite, or of a size it must not have.
  case outOfRange(String, value: Double, reason: String)
  /// Waiting pays between two prices only (negative rates with r > q for a call, r < q … for a put), so
  /// that exercise has two boundaries, which this method does not solve.
  case twoBoundaries(rate: Double, dividendYield: Double)
  /// The equations of the boundary were not solved.
  case notConverged(residual: Double)
}

extension AmericanOptionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .outOfRange(let name, let value, let reason):
      "the \(name) of the American option is \(value); \(reason)"
    case .twoBoundaries(let rate, let yield):
      "at rate \(rate) and dividend yield \(yield) exercise pays between two prices only; options with "
        + "two exercise boundaries are not valued"
    case .notConverged(let residual):
      "the exercise boundary was not found: its equations are left with \(residual)"
    }
  }
}

/// An American call or put on a price with constant interest rate, dividend yield and volatility: its
/// exercise boundary, solved once, and from it values and Greeks at any price.
///
/// A put with strike K is exercised at prices S ≤ B(τ), τ the time left, and is worth its European value
/// and what exercise adds (Kim, *Review of Financial Studies* 3 (1990) 547):
///
///     V(S) = v(S) + ∫₀ᵀ [r K e^{−ru} Φ(−d₋) − q S e^{−qu} Φ(−d₊)] du,
///     d± = (ln(S/B(T − u)) + (r − q ± σ²/2) u)/(σ√u).
///
/// A call follows by the symmetry of McDonald and Schroder: it is a put on K struck at S with rate and
/// yield exchanged. The boundary is found by ``ExerciseBoundary``, which says how.
///
/// Rates may be negative where there is one boundary or none; a put at r ≤ 0 ≤ q is worth its European
/// value. Where the yield of a put exceeds its rate (of a call: the rate the yield) by some hundred
/// times σ/√T no boundary may be found, which is an error.
public struct AmericanOption: Sendable {
  public let right: Instrument.Right
  /// K > 0, in dollars.
  public let strike: Double
  /// r, continuously compounded, a decimal per year.
  public let rate: Double
  /// q, continuously compounded, a decimal per year; for a cost of carry b it is r − b.
  public let dividendYield: Double
  /// σ ≥ 0, annualised, a decimal.
  public let volatility: Double
  /// T in years; 0 where it was negative.
  public let time: Double
  public let accuracy: ExerciseBoundary.Accuracy
  /// The put struck at 1 that stands for this option.
  let put: NormalisedAmericanPut

  /// Solves for the exercise boundary.
  ///
  /// - Throws: ``AmericanOptionError`` for numbers out of range and for two boundaries.
  /// - Complexity: O(iterations · nodes² · points), 0.05 to 1 ms by accuracy.
  public init(
    _ right: Instrument.Right, strike: Double, rate: Double, dividendYield: Double = 0,
    volatility: Double, time: Double, accuracy: ExerciseBoundary.Accuracy = .standard
  ) throws(AmericanOptionError) {
    let finite = [
      ("strike", strike), ("rate", rate), ("dividend yield", dividendYield),
      ("volatility", volatility), ("time", time),
    ]
    for (name, value) in finite where !value.isFinite {
      throw .outOfRange(name, value: value, reason: "it must be finite")
    }
    guard strike > 0 else {
      throw .outOfRange("strike", value: strike, reason: "it must be above 0")
    }
    guard volatility >= 0 else {
      throw .outOfRange("volatility", value: volatility, reason: "it must be at least 0")
    }
    self.right = right
    self.strike = strike
    self.rate = rate
    self.dividendYield = dividendYield
    self.volatility = volatility
    self.time = max(0, time)
    self.accuracy = accuracy
    put = try NormalisedAmericanPut(
      rate: right == .put ? rate : dividendYield, yield: right == .put ? dividendYield : rate,
      volatility: volatility, time: max(0, time), accuracy: accuracy)
  }

  /// V in dollars at a price of the underlying.
  ///
  /// - Parameter spot: S > 0, in dollars.
  /// - Complexity: O(points), some microseconds.
  public func value(spot: Double) -> Double {
    valueDeltaGamma(spot: spot).value
  }

  /// What the option would be worth without early exercise.
  public func europeanValue(spot: Double) -> Double {
    BlackScholes(
      right, spot: spot, strike: strike, rate: rate, dividendYield: dividendYield,
      volatility: volatility, time: time
    ).value
  }

  /// The price at which exercise becomes right when a time is left: from it down for a put, up for a
  /// call; nil where exercise before expiry never pays.
  ///
  /// - Parameter timeLeft: τ in years, from 0 to the option's time.
  public func exercisePrice(timeLeft: Double) -> Double? {
    precondition(
      timeLeft >= 0 && timeLeft <= time,
      "The exercise boundary is known for times left between 0 and \(time), not \(timeLeft).")
    guard case .boundary(let boundary) = put.rule else { return nil }
    let price = boundary.price(rootTime: timeLeft.squareRoot())
    return right == .put ? strike * price : strike / price
  }

  func check(_ spot: Double) {
    precondition(
      spot > 0 && spot.isFinite, "An American option needs a price above 0, not \(spot).")
  }
}
