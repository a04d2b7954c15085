internal import Foundation
internal import LinearAlgebra

/// A probability estimated from points, with the standard error of the estimate.
public struct ProbabilityEstimate: Sendable, Hashable {
  /// The estimate.
  public let probability: Double
  /// Its standard error over independent randomisations.
  public let standardError: Double
}

extension MultivariateNormal {
  /// P(X₁ ≤ b₁, …, Xₙ ≤ bₙ) for standard normal Xᵢ = βᵢ M + √(1 − βᵢ²) εᵢ with one common factor M,
  /// whose correlations are βᵢ βⱼ; about 1e-14 absolute.
  ///
  /// ∫ φ(m) Π Φ((bᵢ − βᵢ m) / √(1 − βᵢ²)) dm by the trapezoidal rule, whose error falls as
  /// exp(−2π² / (h² A)) with A = 1 + Σ βᵢ² / (1 − βᵢ²).
  /// - Complexity: n times about 40 √A distribution functions.
  public static func oneFactorProbability(below bounds: [Double], loadings: [Double]) -> Double {
    precondition(
      bounds.count == loadings.count,
      "\(bounds.count) bounds do not fit \(loadings.count) loadings.")
    precondition(
      loadings.allSatisfy { abs($0) < 1 }, "The loadings on a common factor lie within (−1, 1).")
    let growth = loadings.reduce(1) { $0 + $1 * $1 / ((1 - $1) * (1 + $1)) }
    let steps = Int((9 / (.pi * (2 / (growth * 40)).squareRoot())).rounded(.up))
    let h = 9 / Double(steps)
    let normal = NormalDistribution.standard
    return h
      * (-steps...steps).reduce(0) { sum, k in
        let m = Double(k) * h
        return sum
          + zip(bounds, loadings).reduce(normal.density(m)) {
            $0 * normal.cumulative(($1.0 - $1.1 * m) / ((1 - $1.1) * (1 + $1.1)).squareRoot())
          }
      }
  }

  /// P(X₁ ≤ b₁, …, Xₙ ≤ bₙ) by Genz's transformation to the unit cube ("Numerical computation of
  /// multivariate normal probabilities", J. Comp. Graph. Stat. 1, 1992) over scrambled Sobol points,
  /// in eight independent randomisations from the substreams of `stream`.
  ///
  /// - Returns: nil where the covariance is singular.
  /// - Complexity: 8 · points · n² operations and 16 · points · n distribution functions.
  public func probability(
    below bounds: [Double], points: Int = 1 << 12, stream: RandomStream
  ) -> ProbabilityEstimate? {
    precondition(
      bounds.count == dimension, "\(bounds.count) bounds do not fit \(dimension) components.")
    precondition(points > 0, "At least one point is needed.")
    guard dimension > 0 else { return ProbabilityEstimate(probability: 1, standardError: 0) }
    guard let l = try? Cholesky(covariance).factor else { return nil }
    let replications = 8
    let values = (0..<replications).map { replication -> Double in
      let own = stream.substream(stream.stream &+ UInt32(replication))
      guard let sequence = try? SobolSequence(dimension: max(dimension - 1, 1), stream: own) else {
        return .nan
      }
      let u = sequence.points(0..<points)
      return (0..<points).reduce(0) { $0 + sequentialProbability(bounds, l, u, $1) }
        / Double(points)
    }
    let mean = values.reduce(0, +) / Double(replications)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(replications - 1)
    return ProbabilityEstimate(
      probability: mean, standardError: (variance / Double(replications)).squareRoot())
  }

  /// The product of the conditional probabilities of each bound, where each component is drawn below
  /// its bound given those before it.
  private func sequentialProbability(
    _ bounds: [Double], _ l: Matrix, _ u: Matrix, _ point: Int
  ) -> Double {
    let normal = NormalDistribution.standard
    var y = [Double](repeating: 0, count: dimension)
    var product = 1.0
    for i in 0..<dimension {
      let drift = (0..<i).reduce(mean[i]) { $0 + l[i, $1] * y[$1] }
      let conditional = normal.cumulative((bounds[i] - drift) / l[i, i])
      product *= conditional
      if i + 1 < dimension { y[i] = normal.quantile(max(u[point, i] * conditional, 1e-300)) }
    }
    return product
  }
}
