internal import Foundation
public import LinearAlgebra
internal import Probability

/// Value-at-risk and expected shortfall of a book that is linear in its factors, in closed form.
///
/// With sensitivities δ and factor moves X of covariance Σ the loss −δ·X has mean −δ·μ and variance
/// σ² = δᵀΣδ, and both measures are −δ·μ + σ k: for normal moves
///
///     k_VaR = z_α,   k_ES = φ(z_α)/(1 − α),
///
/// for Student's t with ν > 2 degrees of freedom, scaled to covariance Σ by s = √((ν − 2)/ν),
///
///     k_VaR = s t_α,   k_ES = s f_ν(t_α)/(1 − α) · (ν + t_α²)/(ν − 1)
///
/// (McNeil, Frey and Embrechts, *Quantitative Risk Management*, 2nd ed., §2.3.4).
public struct ParametricRisk: Sendable {
  /// The shape of the joint distribution of factor moves.
  public enum Shape: Sendable, Hashable {
    /// The multivariate normal distribution.
    case normal
    /// Student's t with more than 2 degrees of freedom.
    case studentT(degreesOfFreedom: Double)
  }

  /// δ, P&L in dollars for each unit of each factor.
  public let sensitivities: [Double]
  /// Σ of the factor moves over the horizon.
  public let covariance: Matrix
  /// The shape of the joint distribution of factor moves.
  public let shape: Shape
  /// −δ·μ, the mean loss.
  public let mean: Double
  /// σ = √(δᵀΣδ).
  public let standardDeviation: Double
  /// μ of the factor moves, and the slopes Σδ/σ of the deviation.
  private let factorMeans: [Double]
  private let deviationSlopes: [Double]

  /// The risk of a linear book from its sensitivities.
  ///
  /// - Parameters:
  ///   - sensitivities: δ, P&L in dollars for each unit of each factor.
  ///   - covariance: Σ of the factor moves over the horizon.
  ///   - mean: μ of the factor moves over the horizon; nil for zero.
  ///   - shape: normal, or Student's t of the same covariance.
  /// - Throws: `SimulationError` where sizes disagree, a number is not finite, δᵀΣδ is negative, or
  ///   degrees of freedom are not above 2.
  public init(
    sensitivities: [Double], covariance: Matrix, mean: [Double]? = nil, shape: Shape = .normal
  ) throws(SimulationError) {
    let n = sensitivities.count
    for (what, found) in [
      ("rows of covariance", covariance.rows), ("columns of covariance", covariance.columns),
      ("factor means", mean?.count ?? n),
    ] where found != n { throw .size(what, expected: n, found: found) }
    for (what, values) in [
      ("sensitivity", sensitivities), ("element of covariance", covariance.elements),
      ("factor mean", mean ?? []),
    ] {
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(what, at: bad, value: values[bad])
      }
    }
    if case .studentT(let ν) = shape, !(ν > 2 && ν.isFinite) {
      throw .outOfRange("degrees of freedom", value: ν, reason: "a covariance needs more than 2")
    }
    let Σδ = covariance * sensitivities
    let variance = zip(sensitivities, Σδ).lazy.map(*).compensatedSum()
    if variance < 0 {
      throw .outOfRange(
        "variance of the book", value: variance,
        reason: "the covariance must be positive semidefinite")
    }
    let σ = variance.squareRoot()
    self.sensitivities = sensitivities
    self.covariance = covariance
    self.shape = shape
    factorMeans = mean ?? sensitivities.map { _ in 0 }
    deviationSlopes = Σδ.map { σ > 0 ? $0 / σ : 0 }
    self.mean = -zip(sensitivities, factorMeans).lazy.map(*).compensatedSum()
    standardDeviation = σ
  }

  /// Value-at-risk, in dollars.
  /// - Precondition: `confidence` lies in (0, 1).
  public func valueAtRisk(_ confidence: Double) -> Double {
    mean + standardDeviation * quantile(confidence)
  }

  /// Expected shortfall, in dollars.
  /// - Precondition: `confidence` lies in (0, 1).
  public func expectedShortfall(_ confidence: Double) -> Double {
    mean + standardDeviation * tailMean(confidence)
  }

  /// What each factor adds to value-at-risk: −δᵢμᵢ + k δᵢ(Σδ)ᵢ/σ.
  public func valueAtRiskContributions(_ confidence: Double) -> RiskContribution {
    contributions(quantile(confidence))
  }

  /// What each factor adds to expected shortfall.
  public func expectedShortfallContributions(_ confidence: Double) -> RiskContribution {
    contributions(tailMean(confidence))
  }

  /// By how much both measures rise when sensitivities to the same factors are added to the book.
  /// - Throws: What `init` throws of the sum.
  public func incrementalRisk(
    _ confidence: Double, adding sensitivities: [Double]
  ) throws(SimulationError) -> TailRisk {
    if sensitivities.count != factorMeans.count {
      throw .size("sensitivities to add", expected: factorMeans.count, found: sensitivities.count)
    }
    let after = try ParametricRisk(
      sensitivities: zip(self.sensitivities, sensitivities).map(+), covariance: covariance,
      mean: factorMeans, shape: shape)
    return TailRisk(
      valueAtRisk: after.valueAtRisk(confidence) - valueAtRisk(confidence),
      expectedShortfall: after.expectedShortfall(confidence) - expectedShortfall(confidence))
  }

  private func contributions(_ k: Double) -> RiskContribution {
    let marginals = zip(factorMeans, deviationSlopes).map { -$0 + k * $1 }
    return RiskContribution(
      total: mean + standardDeviation * k, components: zip(sensitivities, marginals).map(*),
      marginals: marginals)
  }

  private func quantile(_ confidence: Double) -> Double {
    requireConfidence(confidence)
    switch shape {
    case .normal: return NormalDistribution.standard.quantile(complement: 1 - confidence)
    case .studentT(let ν):
      return ((ν - 2) / ν).squareRoot()
        * StudentT(degreesOfFreedom: ν).quantile(complement: 1 - confidence)
    }
  }

  private func tailMean(_ confidence: Double) -> Double {
    requireConfidence(confidence)
    let p = 1 - confidence
    switch shape {
    case .normal:
      let normal = NormalDistribution.standard
      return normal.density(normal.quantile(complement: p)) / p
    case .studentT(let ν):
      let distribution = StudentT(degreesOfFreedom: ν)
      let t = distribution.quantile(complement: p)
      return ((ν - 2) / ν).squareRoot() * distribution.density(t) / p * (ν + t * t) / (ν - 1)
    }
  }
}
