internal import Foundation
internal import LinearAlgebra

/// A GARCH(1,1) fitted to returns: parameters with their standard errors, and the variances.
public struct GARCHFit: Sendable, Hashable {
  /// A parameter as estimated.
  public struct Estimate: Sendable, Hashable {
    /// mean, omega, alpha, gamma, beta or degreesOfFreedom.
    public let name: String
    public let value: Double
    /// From the inverse of the Hessian; nil where the parameter is at its bound or is not identified.
    public let standardError: Double?
    /// From the sandwich H⁻¹ (Σ s sᵀ) H⁻¹ of the scores s, which holds for errors of other shape too
    /// (Bollerslev and Wooldridge 1992); nil as above.
    public let robustStandardError: Double?
  }

  /// The model that was fitted.
  public let model: GARCH
  /// The parameters, per period of the returns.
  public let parameters: GARCHParameters
  /// The parameters that were estimated, in the order mean, omega, alpha, gamma, beta,
  /// degreesOfFreedom.
  public let estimates: [Estimate]
  /// The logarithmic likelihood of the returns.
  public let logLikelihood: Double
  /// The number of returns.
  public let count: Int
  /// The variances of the returns and the next one.
  public let volatility: ConditionalVolatility
  /// The number of Newton steps.
  public let iterations: Int

  /// 2 k − 2 ln L of k parameters.
  public var akaikeCriterion: Double { 2 * Double(estimates.count) - 2 * logLikelihood }
  /// k ln T − 2 ln L of k parameters.
  public var bayesCriterion: Double {
    Double(estimates.count) * log(Double(count)) - 2 * logLikelihood
  }
  /// α + γ/2 + β.
  public var persistence: Double { parameters.persistence }

  /// The expected variances of the next `horizon` returns, per period; their sum is the variance of
  /// the return over all of them.
  public func varianceForecasts(horizon: Int) -> [Double] {
    parameters.varianceForecasts(from: volatility.nextVariance, horizon: horizon)
  }

  /// The estimate of a name, nil where the model has no such parameter.
  public subscript(name: String) -> Estimate? { estimates.first { $0.name == name } }

  init(
    _ f: GARCHLikelihood, _ found: BoxNewton.Outcome, _ returns: [Double]
  ) throws(VolatilityError) {
    let scaled = f.parameters(at: found.x)
    let square = f.scale * f.scale
    parameters = GARCHParameters(
      mean: scaled.mean / f.scale, omega: scaled.omega / square, alpha: scaled.alpha,
      gamma: scaled.gamma, beta: scaled.beta, degreesOfFreedom: scaled.degreesOfFreedom)
    model = f.model
    count = f.count
    iterations = found.iterations
    logLikelihood = Double(f.count) * log(f.scale) - found.expansion.value
    volatility = try parameters.filter(
      returns, presample: f.presampleVariance(mean: scaled.mean) / square)

    let errors = StandardErrors(f, found)
    let units = [1 / f.scale, 1 / square, 1, 1, 1, 1]
    let values = [
      parameters.mean, parameters.omega, parameters.alpha, parameters.gamma, parameters.beta,
      parameters.degreesOfFreedom ?? .infinity,
    ]
    let names = ["mean", "omega", "alpha", "gamma", "beta", "degreesOfFreedom"]
    estimates = f.estimated.map { k in
      return Estimate(
        name: names[k], value: values[k], standardError: errors.hessian[k].map { $0 * units[k] },
        robustStandardError: errors.robust[k].map { $0 * units[k] })
    }
  }
}

/// The standard errors of the kernel's six parameters, nil where there is none.
private struct StandardErrors {
  var hessian = [Double?](repeating: nil, count: 6)
  var robust = [Double?](repeating: nil, count: 6)

  init(_ f: GARCHLikelihood, _ found: BoxNewton.Outcome) {
    let n = found.x.count
    let free = found.free.filter {
      found.x[$0] > f.lower()[$0] && found.x[$0] < f.upper()[$0]
    }
    guard let scores = f.derivatives(at: found.x)?.scores,
      let inverse = Self.inverse(found.expansion.hessian, free, n)
    else { return }
    let J = f.jacobian(at: found.x)
    // Column k of Jᵀ on the free coordinates: how parameter k moves with them.
    for k in 0..<6 {
      let row = free.map { J[$0][k] }
      guard row.contains(where: { $0 != 0 }) else { continue }
      let y = inverse.map { line in zip(line, row).reduce(0) { $0 + $1.0 * $1.1 } }
      let variance = zip(row, y).reduce(0) { $0 + $1.0 * $1.1 }
      var sandwich = 0.0
      for (a, i) in free.enumerated() {
        for (b, j) in free.enumerated() { sandwich += y[a] * scores[i * n + j] * y[b] }
      }
      if variance > 0 { hessian[k] = variance.squareRoot() }
      if sandwich > 0 { robust[k] = sandwich.squareRoot() }
    }
  }

  /// The inverse of the block of free coordinates, nil where it is not positive definite.
  private static func inverse(_ H: [Double], _ free: [Int], _ n: Int) -> [[Double]]? {
    let m = free.count
    var rows: [[Double]] = []
    for k in 0..<m {
      var a = [Double](repeating: 0, count: m * m)
      for i in 0..<m {
        for j in 0..<m { a[i * m + j] = H[free[i] * n + free[j]] }
      }
      var unit = [Double](repeating: 0, count: m)
      unit[k] = 1
      guard let row = smallSolution(&a, unit, scale: free.map { abs(H[$0 * n + $0]) }) else {
        return nil
      }
      rows.append(row)
    }
    return rows
  }
}
