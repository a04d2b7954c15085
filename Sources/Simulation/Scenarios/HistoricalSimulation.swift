internal import Foundation
internal import LinearAlgebra
public import Pricing
public import RiskModels

/// Scenarios that repeat the moves of the past on today's market.
///
/// An underlying's price moves by the factor of its own name; its level of implied volatility by the
/// factor that `volatilityFactors` names for it, and not at all where none is named. All factors of
/// a date move together, which keeps their dependence as it was.
public struct HistoricalSimulation: Sendable {
  /// How moves over several dates are made from moves over one.
  public enum Aggregation: Sendable, Hashable {
    /// Each run of h consecutive returns, compounded: count − h + 1 scenarios that overlap, and so
    /// are not independent.
    case overlapping
    /// Each logarithmic return times √h: as many scenarios as returns.
    case squareRootOfTime
  }

  /// The returns of the factors, oldest first.
  public var history: ReturnHistory
  /// The underlyings that move.
  public var underlyings: [String]
  /// The factor that moves the volatility level of an underlying.
  public var volatilityFactors: [String: String]
  /// h, the number of returns that one scenario spans.
  public var horizon: Int
  /// How moves over the horizon are made from single returns.
  public var aggregation: Aggregation
  /// Days between two dates of the history.
  public var daysPerReturn: Double
  /// Filtered historical simulation: the decay λ of the variance σ²ₜ₊₁ = λ σ²ₜ + (1 − λ) r²ₜ, by which
  /// the return of date t becomes rₜ σ_T₊₁ / σₜ, as large as it would be today; nil for none (Hull and
  /// White, "Incorporating volatility updating into the historical simulation method", J. Risk 1,
  /// 1998). The recursion starts from the variance of the whole history, about zero.
  public var volatilityDecay: Double?
  /// Scenarios lose half their weight with every so many returns of age; nil for equal weights
  /// (Boudoukh, Richardson and Whitelaw, "The best of both worlds", Risk 11, 1998).
  public var halfLife: Double?
  /// How a level move spreads over expiries.
  public var volatilityTerm: VolatilityTerm

  /// A simulation with its settings, which are checked by `scenarios()`.
  ///
  /// - Parameters:
  ///   - history: returns of the factors, oldest first.
  ///   - underlyings: what moves; nil for every factor that is no volatility factor.
  ///   - horizon: the number of returns that one scenario spans.
  public init(
    history: ReturnHistory, underlyings: [String]? = nil,
    volatilityFactors: [String: String] = [:], horizon: Int = 1,
    aggregation: Aggregation = .overlapping, daysPerReturn: Double = 1,
    volatilityDecay: Double? = nil, halfLife: Double? = nil,
    volatilityTerm: VolatilityTerm = .parallel
  ) {
    self.history = history
    self.underlyings =
      underlyings ?? history.factors.filter { !volatilityFactors.values.contains($0) }
    self.volatilityFactors = volatilityFactors
    self.horizon = horizon
    self.aggregation = aggregation
    self.daysPerReturn = daysPerReturn
    self.volatilityDecay = volatilityDecay
    self.halfLife = halfLife
    self.volatilityTerm = volatilityTerm
  }

  /// The scenarios, oldest first.
  ///
  /// - Throws: `SimulationError` where a factor is unknown, the history is shorter than the horizon,
  ///   a simple return is −1 or less, or a setting is out of range.
  /// - Complexity: O(count · factors).
  public func scenarios() throws(SimulationError) -> ScenarioSet {
    try checkSettings()
    let spot = try moves { $0 }
    let hasLevels = underlyings.contains { volatilityFactors[$0] != nil }
    let levels = hasLevels ? try moves { volatilityFactors[$0] } : nil
    return try ScenarioSet(
      underlyings: underlyings, spotReturns: spot, volatilityReturns: levels,
      volatilityTerm: volatilityTerm, horizon: Double(horizon) * daysPerReturn / 365,
      weights: halfLife.map { halfLife in
        (0..<spot.rows).map { exp2(-Double(spot.rows - 1 - $0) / halfLife) }
      })
  }

  /// Simple returns over the horizon of one factor for each underlying; zeros where it has none.
  private func moves(
    of factor: (_ underlying: String) -> String?
  ) throws(SimulationError) -> Matrix {
    let rows = aggregation == .overlapping ? history.count - horizon + 1 : history.count
    var elements: [Double] = []
    for underlying in underlyings {
      guard let name = factor(underlying) else {
        elements += [Double](repeating: 0, count: rows)
        continue
      }
      var returns = try history.logarithmicReturns(of: name)
      if let λ = volatilityDecay { returns = filtered(returns, decay: λ) }
      switch aggregation {
      case .overlapping:
        elements += (0..<rows).map { t in
          expm1(returns[t..<(t + horizon)].compensatedSum())
        }
      case .squareRootOfTime:
        let scale = Double(horizon).squareRoot()
        elements += returns.map { expm1($0 * scale) }
      }
    }
    return Matrix(rows: rows, columns: underlyings.count, elements: elements)
  }

  /// rₜ σ_T₊₁ / σₜ; a return where the variance before it is zero stays as it is.
  private func filtered(_ returns: [Double], decay λ: Double) -> [Double] {
    var variance = returns.lazy.map { $0 * $0 }.compensatedSum() / Double(returns.count)
    var deviations: [Double] = []
    for r in returns {
      deviations.append(variance.squareRoot())
      variance = λ * variance + (1 - λ) * r * r
    }
    let today = variance.squareRoot()
    return zip(returns, deviations).map { r, σ in σ > 0 ? r * (today / σ) : r }
  }

  private func checkSettings() throws(SimulationError) {
    if underlyings.isEmpty { throw .empty("underlyings to simulate") }
    if horizon < 1 || horizon > history.count {
      throw .outOfRange(
        "horizon", value: Double(horizon),
        reason: "it must span at least 1 return and no more than the \(history.count) there are")
    }
    if !(daysPerReturn > 0 && daysPerReturn.isFinite) {
      throw .outOfRange("days per return", value: daysPerReturn, reason: "they must be positive")
    }
    if let λ = volatilityDecay, !(λ > 0 && λ < 1) {
      throw .outOfRange("volatility decay", value: λ, reason: "it must lie between 0 and 1")
    }
    if let halfLife, !(halfLife > 0) {
      throw .outOfRange("half-life", value: halfLife, reason: "it must be positive")
    }
  }
}
