internal import CKernels
internal import Foundation
public import LinearAlgebra
public import Pricing
internal import Probability
public import RiskModels

/// Scenarios from the standardised residuals of the past on today's volatility.
///
/// Each factor's logarithmic returns rₜ are divided by their conditional volatility: zₜ = (rₜ − μ)/√hₜ.
/// Over one return, a scenario is μ + √h_T₊₁ zₜ for each date t (Hull and White, "Incorporating
/// volatility updating into the historical simulation method", J. Risk 1, 1998). Over several, a path
/// draws dates at random, and each drawn residual also moves the variance of the next return:
///
///     r = μ + √h z,   h′ = ω + (α + γ 1[z < 0]) h z² + β h
///
/// (Barone-Adesi, Giannopoulos and Vosper, "VaR without correlations for portfolios of derivative
/// securities", J. Futures Markets 19, 1999). The residuals of a date stay together over all factors,
/// which keeps their dependence without a model of it.
///
/// Path k is a function of the seed and k alone, so that ranges of paths drawn anywhere are those of
/// one run.
public struct FilteredHistoricalSimulation: Sendable {
  /// How the volatility of a factor is estimated.
  public enum Filter: Sendable, Hashable {
    /// GARCH(1,1) or GJR, fitted to each factor.
    case garch(GARCH)
    /// Exponential weights of a given decay.
    case exponentiallyWeighted(EWMAVolatility)
    /// Given parameters by the name of the factor, per period of logarithmic returns.
    case given([String: GARCHParameters])
  }

  /// A factor as filtered, per period of the history.
  public struct FilteredFactor: Sendable, Hashable {
    public let name: String
    public let parameters: GARCHParameters
    /// Variances and standardised residuals of its logarithmic returns.
    public let volatility: ConditionalVolatility
  }

  /// The underlyings that move.
  public let underlyings: [String]
  /// The factor that moves the volatility level of an underlying.
  public let volatilityFactors: [String: String]
  /// The filtered factors: those of the underlyings, then those of volatility levels, in order.
  public let factors: [FilteredFactor]
  /// The number of returns that one scenario spans.
  public let horizon: Int
  /// Days between two dates of the history.
  public let daysPerReturn: Double
  /// How a level move spreads over expiries.
  public let volatilityTerm: VolatilityTerm
  /// z and β + (α + γ 1[z < 0]) z² of each date, for each factor.
  private let pairs: [[Double]]

  /// The number of dates whose residuals are drawn.
  public var residualCount: Int { factors[0].volatility.variances.count }

  /// A simulation from a history, filtered here.
  ///
  /// - Parameters:
  ///   - history: returns of the factors, oldest first.
  ///   - filter: how volatilities are estimated.
  ///   - underlyings: what moves; nil for every factor that is no volatility factor.
  ///   - volatilityFactors: the factor that moves the volatility level of an underlying.
  ///   - horizon: the number of returns that one scenario spans, from 1 to 10,000.
  ///   - daysPerReturn: days between two dates of the history.
  /// - Throws: `SimulationError` where a factor is unknown or its volatility cannot be estimated, a
  ///   simple return is −1 or less, or a setting is out of range.
  public init(
    history: ReturnHistory, filter: Filter = .garch(GARCH()), underlyings: [String]? = nil,
    volatilityFactors: [String: String] = [:], horizon: Int = 1, daysPerReturn: Double = 1,
    volatilityTerm: VolatilityTerm = .parallel
  ) throws(SimulationError) {
    self.underlyings =
      underlyings ?? history.factors.filter { !volatilityFactors.values.contains($0) }
    self.volatilityFactors = volatilityFactors
    self.horizon = horizon
    self.daysPerReturn = daysPerReturn
    self.volatilityTerm = volatilityTerm
    if self.underlyings.isEmpty { throw .empty("underlyings to simulate") }
    guard horizon >= 1 && horizon <= 10_000 else {
      throw .outOfRange(
        "horizon", value: Double(horizon), reason: "it must span from 1 to 10000 returns")
    }
    guard daysPerReturn > 0 && daysPerReturn.isFinite else {
      throw .outOfRange("days per return", value: daysPerReturn, reason: "they must be positive")
    }
    var factors: [FilteredFactor] = []
    for name in self.underlyings + self.underlyings.compactMap({ volatilityFactors[$0] }) {
      factors.append(try Self.filtered(name, history, filter))
    }
    self.factors = factors
    pairs = factors.map { factor in
      let p = factor.parameters
      return factor.volatility.standardizedResiduals.flatMap { z in
        [z, p.beta + (z < 0 ? p.alpha + p.gamma : p.alpha) * z * z]
      }
    }
  }

  private static func filtered(
    _ name: String, _ history: ReturnHistory, _ filter: Filter
  ) throws(SimulationError) -> FilteredFactor {
    let returns = try history.logarithmicReturns(of: name)
    do throws(VolatilityError) {
      switch filter {
      case .garch(let model):
        let fit = try model.fit(returns)
        return FilteredFactor(name: name, parameters: fit.parameters, volatility: fit.volatility)
      case .exponentiallyWeighted(let model):
        return FilteredFactor(
          name: name, parameters: model.parameters, volatility: try model.filter(returns))
      case .given(let parameters):
        guard let given = parameters[name] else { throw .noParameters }
        return FilteredFactor(
          name: name, parameters: given, volatility: try given.filter(returns))
      }
    } catch {
      throw .volatility(of: name, error)
    }
  }
}

extension FilteredHistoricalSimulation {
  /// One scenario for each date of the history, oldest first: its residuals at the volatility of the
  /// next return.
  ///
  /// - Throws: `SimulationError.outOfRange` where the horizon is longer than one return.
  /// - Complexity: O(dates · factors).
  public func scenarios() throws(SimulationError) -> ScenarioSet {
    guard horizon == 1 else {
      throw .outOfRange(
        "horizon", value: Double(horizon),
        reason: "dates give scenarios over 1 return; draw paths for more")
    }
    var elements: [Double] = []
    for factor in factors {
      let (μ, σ) = (factor.parameters.mean, factor.volatility.nextVolatility)
      elements += factor.volatility.standardizedResiduals.map { μ + σ * $0 }
    }
    return try scenarioSet(Matrix(rows: residualCount, columns: factors.count, elements: elements))
  }

  /// Equally likely scenarios over the horizon from `count` paths.
  ///
  /// - Throws: `SimulationError` for a count below 1, or a path whose variance leaves all bounds.
  public func scenarios(count: Int, seed: UInt64) throws(SimulationError) -> ScenarioSet {
    try scenarios(paths: 0..<max(count, 0), seed: seed)
  }

  /// Equally likely scenarios over the horizon from the paths of a range, those of any run of the same
  /// seed.
  ///
  /// - Throws: `SimulationError` for no path, or a path whose variance leaves all bounds.
  /// - Complexity: O(paths · horizon · factors), in parallel.
  public func scenarios(
    paths: Range<Int>, seed: UInt64
  ) throws(SimulationError) -> ScenarioSet {
    if paths.isEmpty { throw .empty("scenarios") }
    return try scenarioSet(sums(paths, seed, factors.indices, every: false))
  }

  /// The logarithmic return of a factor up to each step of each path of a range: paths × horizon.
  ///
  /// - Throws: `SimulationError.unknownFactor`.
  public func paths(
    of factor: String, _ paths: Range<Int>, seed: UInt64
  ) throws(SimulationError) -> Matrix {
    guard let j = factors.firstIndex(where: { $0.name == factor }) else {
      throw .unknownFactor(factor)
    }
    return sums(paths, seed, j..<(j + 1), every: true)
  }

  /// Sums of returns: one column for each factor, or for each step of the one factor.
  private func sums(
    _ paths: Range<Int>, _ seed: UInt64, _ chosen: Range<Int>, every: Bool
  ) -> Matrix {
    let (count, columns) = (paths.count, every ? horizon : chosen.count)
    let stream = RandomStream(seed: seed)
    let elements = [Double](unsafeUninitializedCapacity: count * columns) { all, filled in
      nonisolated(unsafe) let all = all
      let block = 512
      inParallel(count: (count + block - 1) / block, cost: block * horizon * chosen.count / 4) {
        let first = $0 * block
        let size = min(block, count - first)
        let begin = paths.lowerBound + first
        withUnsafeTemporaryAllocation(of: Double.self, capacity: size * horizon) { uniforms in
          stream.fillUniforms(uniforms, paths: begin..<(begin + size), dimension: horizon)
          guard let uniforms = uniforms.baseAddress, let out = all.baseAddress else { return }
          for (place, j) in chosen.enumerated() {
            let (p, v) = (factors[j].parameters, factors[j].volatility)
            ck_filtered_paths(
              uniforms, size, horizon, pairs[j], residualCount, p.mean, p.omega, v.nextVariance,
              out + first + place * count, count, every ? 1 : 0)
          }
        }
      }
      filled = count * columns
    }
    return Matrix(rows: count, columns: columns, elements: elements)
  }

  /// The scenarios of logarithmic returns of the factors.
  private func scenarioSet(_ returns: Matrix) throws(SimulationError) -> ScenarioSet {
    let (count, u) = (returns.rows, underlyings.count)
    let moves = returns.elements.map { expm1($0) }
    var level = u
    var levels: [Double] = []
    if factors.count > u {
      for underlying in underlyings {
        if volatilityFactors[underlying] == nil {
          levels += [Double](repeating: 0, count: count)
        } else {
          levels += moves[(level * count)..<((level + 1) * count)]
          level += 1
        }
      }
    }
    return try ScenarioSet(
      underlyings: underlyings,
      spotReturns: Matrix(rows: count, columns: u, elements: Array(moves.prefix(count * u))),
      volatilityReturns: levels.isEmpty
        ? nil : Matrix(rows: count, columns: u, elements: levels),
      volatilityTerm: volatilityTerm, horizon: Double(horizon) * daysPerReturn / 365)
  }
}
