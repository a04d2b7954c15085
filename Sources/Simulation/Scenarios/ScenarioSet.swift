public import LinearAlgebra
public import Pricing

/// Joint scenarios of several underlyings over one horizon: what each price and each level of
/// implied volatility does in each scenario.
public struct ScenarioSet: Sendable {
  /// The underlyings, one for each column.
  public let underlyings: [String]
  /// Simple returns of the prices, scenarios × underlyings, each greater than −1.
  public let spotReturns: Matrix
  /// Relative moves of the level of implied volatility, scenarios × underlyings; nil where
  /// volatilities stay. An option's volatility becomes max(σ (1 + v f), 0), f from `volatilityTerm`.
  public let volatilityReturns: Matrix?
  /// How a level move spreads over expiries.
  public let volatilityTerm: VolatilityTerm
  /// Years that pass in every scenario.
  public let horizon: Double
  /// Relative weights of the scenarios; nil where all weigh the same.
  public let weights: [Double]?

  /// The number of scenarios.
  public var count: Int { spotReturns.rows }

  /// Scenarios from matrices of joint moves, one row for each.
  ///
  /// - Throws: `SimulationError` where there is no scenario, sizes disagree, a value is not finite,
  ///   a spot return is −1 or less, or the horizon or a weight is negative.
  public init(
    underlyings: [String], spotReturns: Matrix, volatilityReturns: Matrix? = nil,
    volatilityTerm: VolatilityTerm = .parallel, horizon: Double, weights: [Double]? = nil
  ) throws(SimulationError) {
    guard spotReturns.rows > 0 else { throw .empty("scenarios") }
    try Self.check(
      "columns of spot returns", expected: underlyings.count, found: spotReturns.columns)
    if let v = volatilityReturns {
      try Self.check("rows of volatility returns", expected: spotReturns.rows, found: v.rows)
      try Self.check(
        "columns of volatility returns", expected: underlyings.count, found: v.columns)
      if let bad = v.elements.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(
          "volatility return of \(underlyings[bad / v.rows]) in scenario", at: bad % v.rows,
          value: v.elements[bad])
      }
    }
    if let bad = spotReturns.elements.firstIndex(where: { !($0 > -1 && $0.isFinite) }) {
      let (value, scenario) = (spotReturns.elements[bad], bad % spotReturns.rows)
      let what = "spot return of \(underlyings[bad / spotReturns.rows]) in scenario"
      if value.isFinite { throw .moveBelowMinusOne(what, at: scenario, value: value) }
      throw .notFinite(what, at: scenario, value: value)
    }
    guard horizon >= 0 && horizon.isFinite else {
      throw .outOfRange("horizon", value: horizon, reason: "it must be years, zero or more")
    }
    if let weights {
      try Self.check("weights of scenarios", expected: spotReturns.rows, found: weights.count)
      try checkWeights(weights)
    }
    self.underlyings = underlyings
    self.spotReturns = spotReturns
    self.volatilityReturns = volatilityReturns
    self.volatilityTerm = volatilityTerm
    self.horizon = horizon
    self.weights = weights
  }

  private static func check(
    _ what: String, expected: Int, found: Int
  ) throws(SimulationError) {
    if expected != found { throw .size(what, expected: expected, found: found) }
  }
}

/// Weights are finite, none is negative, and some is positive.
func checkWeights(_ weights: [Double]) throws(SimulationError) {
  for (i, w) in weights.enumerated() {
    if !w.isFinite { throw .notFinite("weight", at: i, value: w) }
    if w < 0 {
      throw .outOfRange("weight \(i)", value: w, reason: "weights must not be negative")
    }
  }
  if !(weights.contains { $0 > 0 }) { throw .empty("positive weights") }
}
