internal import Foundation
public import LinearAlgebra

/// The estimator of dynamic conditional correlations, in two stages with correlation targeting.
///
/// First a GARCH(1,1) for each series; then, for its standardised residuals z,
///
///     Qₜ₊₁ = (1 − a − b) Q̄ + a zₜ zₜᵀ + b Qₜ,   Rₜ = diag(Qₜ)^−½ Qₜ diag(Qₜ)^−½
///
/// with Q̄ = mean of z zᵀ, Q₁ = Q̄, and a, b ≥ 0, a + b < 1 of largest likelihood. Source: Engle,
/// "Dynamic conditional correlation", J. Business & Economic Statistics 20 (2002) 339, equations 18,
/// 24 and 26. The gradient is analytic; second derivatives are its differences.
public struct DynamicConditionalCorrelation: Sendable, Hashable {
  /// The model of each series.
  public var marginal: GARCH

  public init(marginal: GARCH = GARCH()) { self.marginal = marginal }

  /// The fit to returns: rows are dates, oldest first, columns series.
  ///
  /// - Throws: ``VolatilityError``: of the first series whose own fit fails, as
  ///   ``VolatilityError/series(_:_:)``, or where the residuals' correlation is singular.
  /// - Complexity: T n³ for each of about 40 evaluations of the likelihood.
  public func fit(_ returns: Matrix) throws(VolatilityError) -> DCCFit {
    guard returns.columns >= 2 else {
      throw .sizes("series of a correlation, at least", expected: 2, found: returns.columns)
    }
    var marginals: [GARCHFit] = []
    for j in 0..<returns.columns {
      do throws(VolatilityError) {
        marginals.append(try marginal.fit(returns.column(j)))
      } catch {
        throw .series(j, error)
      }
    }
    let likelihood = try DCCLikelihood(
      residuals: marginals.map(\.volatility.standardizedResiduals))
    let method = BoxNewton(lower: [0, 0], upper: [1, DCCLikelihood.largestSum])
    let starts = [(0.03, 0.95), (0.05, 0.85), (0.01, 0.98), (0.1, 0.6)].map { a, b in
      (x: [a, a + b], value: likelihood.value(at: [a, a + b]))
    }
    for start in starts.sorted(by: { $0.value < $1.value }) {
      if let found = method.minimize(likelihood, from: start.x), found.isConverged {
        return DCCFit(marginals, likelihood, found)
      }
    }
    throw .notConverged(iterations: method.iterationLimit)
  }

  /// The fit to the factors of a history.
  public func fit(_ history: ReturnHistory) throws(VolatilityError) -> DCCFit {
    try fit(history.returns)
  }
}

/// Dynamic conditional correlations fitted to returns.
public struct DCCFit: Sendable, Hashable {
  /// The fit of each series.
  public let marginals: [GARCHFit]
  /// a: what the product of two standardised returns adds to the next Q.
  public let alpha: Double
  /// b: what is left of Q after one period.
  public let beta: Double
  /// Standard errors of a and b from the Hessian of the second stage, the first taken as known; nil
  /// where a parameter is at its bound or not identified.
  public let standardErrors: (alpha: Double?, beta: Double?)
  /// Q̄ scaled to unit diagonal: the correlation in the long run.
  public let longRunCorrelation: Matrix
  /// The correlation of the returns that come after the last.
  public let nextCorrelation: Matrix
  /// The logarithmic likelihood of the returns under normal errors: the variances' part and the
  /// correlations'.
  public let logLikelihood: Double
  private let likelihood: DCCLikelihood

  /// The covariance of the returns that come after the last, per period.
  public var nextCovariance: Matrix {
    let σ = marginals.map(\.volatility.nextVolatility)
    return Matrix(rows: σ.count, columns: σ.count) { (σ[$0] * σ[$1]) * nextCorrelation[$0, $1] }
  }

  /// The correlation of two series at each date, as seen the period before.
  public func correlations(_ i: Int, _ j: Int) -> [Double] {
    precondition(
      marginals.indices.contains(i) && marginals.indices.contains(j),
      "There are \(marginals.count) series, not \(max(i, j) + 1).")
    return likelihood.correlations(i, j, a: alpha, b: beta)
  }

  /// The expected correlations of the next `horizon` returns: from the next to the long run as
  /// (a + b)ᵏ, which is exact for Q and approximate for R (Engle and Sheppard, NBER 8554, 2001).
  public func correlationForecasts(horizon: Int) -> [Matrix] {
    (0..<max(horizon, 0)).map { k in
      let weight = pow(alpha + beta, Double(k))
      return longRunCorrelation * (1 - weight) + nextCorrelation * weight
    }
  }

  init(_ marginals: [GARCHFit], _ f: DCCLikelihood, _ found: BoxNewton.Outcome) {
    self.marginals = marginals
    likelihood = f
    alpha = found.x[0]
    beta = found.x[1] - found.x[0]
    longRunCorrelation = DCCLikelihood.correlation(f.target)
    nextCorrelation = DCCLikelihood.correlation(f.next(a: alpha, b: beta))
    logLikelihood = Self.normalLikelihood(marginals) - found.expansion.value
    var H = found.expansion.hessian
    let scale = [abs(H[0]), abs(H[3])]
    var other = H
    if found.free.count == 2, found.x[0] > 0, found.x[1] < DCCLikelihood.largestSum,
      let first = smallSolution(&H, [1, 0], scale: scale),
      let second = smallSolution(&other, [0, 1], scale: scale)
    {
      let ofBeta = first[0] - first[1] - second[0] + second[1]
      standardErrors = (
        first[0] > 0 ? first[0].squareRoot() : nil, ofBeta > 0 ? ofBeta.squareRoot() : nil
      )
    } else {
      standardErrors = (nil, nil)
    }
  }

  private static func normalLikelihood(_ marginals: [GARCHFit]) -> Double {
    marginals.reduce(0) { sum, fit in
      zip(fit.volatility.variances, fit.volatility.standardizedResiduals).reduce(sum) {
        $0 - 0.5 * (log(2 * .pi * $1.0) + $1.1 * $1.1)
      }
    }
  }

  public static func == (x: DCCFit, y: DCCFit) -> Bool {
    x.marginals == y.marginals && x.alpha == y.alpha && x.beta == y.beta
      && x.longRunCorrelation == y.longRunCorrelation
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(marginals)
    hasher.combine(alpha)
    hasher.combine(beta)
  }
}
