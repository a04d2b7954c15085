internal import Foundation
public import LinearAlgebra
internal import Probability

/// Scenarios drawn from a joint distribution of the moves of prices and of volatility levels.
///
/// Factors stand in the order spot₁, vol₁, spot₂, vol₂, … ("BTC spot, BTC vol, ETH spot, ETH vol"),
/// or spot₁, spot₂, … where volatilities do not move. Scenario k is a function of the seed and k
/// alone: the same on any number of threads, and the first of many scenarios are those of a shorter
/// run.
public struct MonteCarlo: Sendable {
  /// What a draw is.
  public enum Returns: Sendable, Hashable {
    /// ln(S′/S): prices stay positive. The default.
    case logarithmic
    /// S′/S − 1, for which a linear book's P&L is linear in the draws. Draws of −1 and below, which a
    /// wide distribution does give, are an error.
    case simple
  }

  /// The underlyings that move.
  public let underlyings: [String]
  /// Covariance of the factors over one year.
  public let covariance: Matrix
  /// Whether the covariance holds a volatility factor after each spot factor.
  public let movesVolatility: Bool
  /// Means of the factors over one year.
  public let mean: [Double]
  /// The shape of the joint distribution.
  public let shape: ParametricRisk.Shape
  /// Whether draws are logarithmic or simple returns.
  public let returns: Returns
  /// How a level move spreads over expiries.
  public let volatilityTerm: VolatilityTerm

  /// A model from the covariance of its factors.
  ///
  /// - Parameters:
  ///   - underlyings: u names.
  ///   - covariance: of the factors over one year, u × u for prices alone or 2u × 2u with a
  ///     volatility factor after each price.
  ///   - mean: of the factors over one year; nil for zero.
  ///   - shape: normal, or Student's t with the same covariance at every horizon.
  ///   - returns: whether draws are logarithmic or simple returns.
  ///   - volatilityTerm: how a level move spreads over expiries.
  /// - Throws: `SimulationError.size` where the covariance fits neither u nor 2u factors, and what
  ///   the distribution says of a covariance that is none.
  public init(
    underlyings: [String], covariance: Matrix, mean: [Double]? = nil,
    shape: ParametricRisk.Shape = .normal, returns: Returns = .logarithmic,
    volatilityTerm: VolatilityTerm = .parallel
  ) throws {
    let u = underlyings.count
    if u == 0 { throw SimulationError.empty("underlyings to simulate") }
    guard covariance.rows == u || covariance.rows == 2 * u else {
      throw SimulationError.size(
        "rows of covariance, one for each price or one for each price and volatility",
        expected: u, found: covariance.rows)
    }
    self.underlyings = underlyings
    self.covariance = covariance
    self.mean = mean ?? [Double](repeating: 0, count: covariance.rows)
    movesVolatility = covariance.rows != u
    self.shape = shape
    self.returns = returns
    self.volatilityTerm = volatilityTerm
    _ = try sampler(horizon: 1)
  }

  /// A model from annual volatilities of prices, annual volatilities of the volatility levels where
  /// they move, and the correlation of the factors in the order spot₁, vol₁, spot₂, vol₂, …
  ///
  /// - Throws: what `init(underlyings:covariance:)` throws.
  public init(
    underlyings: [String], volatilities: [Double], volatilitiesOfVolatility: [Double]? = nil,
    correlation: Matrix, shape: ParametricRisk.Shape = .normal,
    returns: Returns = .logarithmic, volatilityTerm: VolatilityTerm = .parallel
  ) throws {
    for (what, values) in [
      ("volatilities", volatilities),
      ("volatilities of volatility", volatilitiesOfVolatility ?? volatilities),
    ] where values.count != underlyings.count {
      throw SimulationError.size(what, expected: underlyings.count, found: values.count)
    }
    let σ =
      volatilitiesOfVolatility.map { zip(volatilities, $0).flatMap { [$0, $1] } } ?? volatilities
    for found in [correlation.rows, correlation.columns] where found != σ.count {
      throw SimulationError.size("rows of correlation", expected: σ.count, found: found)
    }
    try self.init(
      underlyings: underlyings,
      covariance: Matrix(rows: σ.count, columns: σ.count) { i, j in
        σ[i] * σ[j] * correlation[i, j]
      },
      shape: shape, returns: returns, volatilityTerm: volatilityTerm)
  }

  /// Equally likely scenarios over a horizon.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - horizon: years, positive; means and covariance grow with it in proportion.
  ///   - seed: of the random stream.
  /// - Throws: `SimulationError` for a count below 1, a horizon that is not positive, or simple
  ///   returns of −1 and below.
  /// - Complexity: O(count · n²) for n factors, in parallel.
  public func scenarios(count: Int, horizon: Double, seed: UInt64) throws -> ScenarioSet {
    if count < 1 { throw SimulationError.empty("scenarios") }
    guard horizon > 0 && horizon.isFinite else {
      throw SimulationError.outOfRange(
        "horizon", value: horizon, reason: "it must be a positive number of years")
    }
    return try scenarios(
      at: draw(count, from: try sampler(horizon: horizon), seed: seed), horizon: horizon)
  }

  /// Scenarios from moves of the factors over a horizon, one for each row, in the order of `covariance`.
  func scenarios(at draws: Matrix, horizon: Double) throws -> ScenarioSet {
    let (step, count) = (movesVolatility ? 2 : 1, draws.rows)
    func moves(first: Int) -> Matrix {
      var elements: [Double] = []
      elements.reserveCapacity(count * underlyings.count)
      for j in stride(from: first, to: draws.columns, by: step) {
        elements += draws.elements[(j * count)..<((j + 1) * count)]
      }
      if returns == .logarithmic { for i in elements.indices { elements[i] = expm1(elements[i]) } }
      return Matrix(rows: count, columns: underlyings.count, elements: elements)
    }
    return try ScenarioSet(
      underlyings: underlyings, spotReturns: moves(first: 0),
      volatilityReturns: movesVolatility ? moves(first: 1) : nil, volatilityTerm: volatilityTerm,
      horizon: horizon)
  }

  private typealias Sampler = @Sendable (Range<Int>, RandomStream) -> Matrix

  private func sampler(horizon: Double) throws -> Sampler {
    let μ = mean.map { $0 * horizon }
    let Σ = covariance * horizon
    switch shape {
    case .normal:
      let distribution = try MultivariateNormal(mean: μ, covariance: Σ)
      return { distribution.draws(paths: $0, from: $1) }
    case .studentT(let ν):
      let distribution = try MultivariateStudentT(mean: μ, covariance: Σ, degreesOfFreedom: ν)
      return { distribution.draws(paths: $0, from: $1) }
    }
  }

  private func draw(_ count: Int, from sampler: Sampler, seed: UInt64) -> Matrix {
    var draws = Matrix(rows: count, columns: covariance.rows)
    let (columns, block, stream) = (covariance.rows, 2048, RandomStream(seed: seed))
    draws.elements.withUnsafeMutableBufferPointer { all in
      nonisolated(unsafe) let all = all
      inParallel(count: (count + block - 1) / block, cost: block * columns) { b in
        let paths = (b * block)..<min((b + 1) * block, count)
        let part = sampler(paths, stream)
        for j in 0..<columns {
          for k in 0..<paths.count {
            all[j * count + paths.lowerBound + k] = part.elements[j * paths.count + k]
          }
        }
      }
    }
    return draws
  }
}
