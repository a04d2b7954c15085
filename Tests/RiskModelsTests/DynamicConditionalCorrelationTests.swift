import Foundation
import LinearAlgebra
import Probability
import RiskModels
import TestSupport
import Testing

@Suite struct DynamicConditionalCorrelationTests {
  /// Returns of n series, each a GARCH(1,1), whose correlations follow the recursion with Q̄ of 0.4.
  static func simulated(_ n: Int, count: Int, a: Double, b: Double, seed: UInt64) throws -> Matrix {
    let target = Matrix(rows: n, columns: n) { $0 == $1 ? 1 : 0.4 }
    var Q = target
    var h = [Double](repeating: 1, count: n)
    var returns = Matrix(rows: count, columns: n)
    let normals = RandomStream(seed: seed).normals(path: 0, count: n * (count + 500))
    for t in 0..<(count + 500) {
      let R = Matrix(rows: n, columns: n) { Q[$0, $1] / (Q[$0, $0] * Q[$1, $1]).squareRoot() }
      let L = try Cholesky(R).factor
      let z = (0..<n).map { i in (0...i).reduce(0) { $0 + L[i, $1] * normals[t * n + $1] } }
      for i in 0..<n {
        if t >= 500 { returns[t - 500, i] = h[i].squareRoot() * z[i] }
        h[i] = 0.05 + 0.07 * h[i] * z[i] * z[i] + 0.88 * h[i]
      }
      Q = Matrix(rows: n, columns: n) {
        (1 - a - b) * target[$0, $1] + a * z[$0] * z[$1] + b * Q[$0, $1]
      }
    }
    return returns
  }

  /// ½ Σ ln |R| + zᵀR⁻¹z − zᵀz by matrices, as Engle writes it.
  static func correlationPart(_ fit: DCCFit, a: Double, b: Double) throws -> (Double, Matrix) {
    let z = fit.marginals.map(\.volatility.standardizedResiduals)
    let (n, T) = (z.count, z[0].count)
    let target = Matrix(rows: n, columns: n) { i, j in
      (0..<T).reduce(0) { $0 + z[i][$1] * z[j][$1] } / Double(T)
    }
    var Q = target
    var sum = 0.0
    func correlation() -> Matrix {
      Matrix(rows: n, columns: n) { Q[$0, $1] / (Q[$0, $0] * Q[$1, $1]).squareRoot() }
    }
    for t in 0..<T {
      let factor = try Cholesky(correlation())
      let x = (0..<n).map { z[$0][t] }
      let y = factor.solve(x)
      sum += 0.5 * factor.logDeterminant
      for i in 0..<n { sum += 0.5 * (x[i] * y[i] - x[i] * x[i]) }
      Q = Matrix(rows: n, columns: n) {
        (1 - a - b) * target[$0, $1] + a * x[$0] * x[$1] + b * Q[$0, $1]
      }
    }
    return (sum, correlation())
  }

  @Test func `The next covariance is symmetric to the last bit`() throws {
    let returns = try Self.simulated(6, count: 600, a: 0.04, b: 0.9, seed: 21)
    let fit = try DynamicConditionalCorrelation(
      marginal: GARCH(stationarity: .limited(persistence: 0.999))
    ).fit(returns)
    #expect(fit.nextCovariance == fit.nextCovariance.transposed)
    #expect(fit.nextCorrelation == fit.nextCorrelation.transposed)
  }

  @Test(arguments: [2, 5]) func `Planted dynamics are found within their errors`(n: Int) throws {
    let returns = try Self.simulated(n, count: 4000, a: 0.04, b: 0.9, seed: 8)
    let fit = try DynamicConditionalCorrelation().fit(returns)
    let (a, b) = (try #require(fit.standardErrors.alpha), try #require(fit.standardErrors.beta))
    #expect(abs(fit.alpha - 0.04) < 3.5 * a && a < 0.015)
    #expect(abs(fit.beta - 0.9) < 3.5 * b && b < 0.06)
    #expect(isClose(fit.longRunCorrelation[0, 1], 0.4, absolute: 0.08))

    let (value, next) = try Self.correlationPart(fit, a: fit.alpha, b: fit.beta)
    let variances = fit.marginals.reduce(0) { $0 + $1.logLikelihood }
    #expect(isClose(fit.logLikelihood, variances - value, relative: 1e-11))
    #expect((fit.nextCorrelation - next).norm(.maximum) < 1e-12)
    // Nothing near is more likely, and the curvature is that of the standard error.
    func likelihood(_ a: Double, _ b: Double) throws -> Double {
      try Self.correlationPart(fit, a: a, b: b).0
    }
    for (x, y) in [(1e-3, 0.0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)] {
      #expect(try likelihood(fit.alpha + x, fit.beta + y) > value)
    }
  }

  @Test func `Standard errors are those of second differences`() throws {
    let returns = try Self.simulated(3, count: 1500, a: 0.05, b: 0.88, seed: 2)
    let fit = try DynamicConditionalCorrelation().fit(returns)
    func f(_ i: Double, _ j: Double) throws -> Double {
      try Self.correlationPart(fit, a: fit.alpha + i * 1e-3, b: fit.beta + j * 1e-3).0
    }
    let (aa, bb) = (
      try f(1, 0) - 2 * f(0, 0) + f(-1, 0), try f(0, 1) - 2 * f(0, 0) + f(0, -1)
    )
    let ab = 0.25 * (try f(1, 1) - f(1, -1) - f(-1, 1) + f(-1, -1))
    let determinant = (aa * bb - ab * ab) * 1e12
    #expect(
      isClose(
        try #require(fit.standardErrors.alpha), (bb * 1e6 / determinant).squareRoot(),
        relative: 0.01))
    #expect(
      isClose(
        try #require(fit.standardErrors.beta), (aa * 1e6 / determinant).squareRoot(), relative: 0.01
      ))
  }

  @Test func `Correlations, covariances and forecasts agree with each other`() throws {
    let returns = try Self.simulated(3, count: 1200, a: 0.05, b: 0.9, seed: 6)
    let fit = try DynamicConditionalCorrelation().fit(returns)
    let path = fit.correlations(0, 2)
    #expect(path.count == 1200 && path.allSatisfy { abs($0) < 1 })
    #expect(isClose(path[0], fit.longRunCorrelation[0, 2], relative: 1e-14))
    #expect(fit.correlations(1, 1).allSatisfy { isClose($0, 1, relative: 1e-14) })
    for i in 0..<3 {
      #expect(
        isClose(
          fit.nextCovariance[i, i], fit.marginals[i].volatility.nextVariance, relative: 1e-14))
    }
    #expect(try Cholesky(fit.nextCovariance).logDeterminant.isFinite)
    let forecasts = fit.correlationForecasts(horizon: 2000)
    #expect((forecasts[0] - fit.nextCorrelation).norm(.maximum) == 0)
    #expect((forecasts[1999] - fit.longRunCorrelation).norm(.maximum) < 1e-6)
    let history = try ReturnHistory(
      returns: Matrix(returns[rows: 0..<300, columns: 0...]),
      dates: (0..<300).map { "\(2000 + $0 / 28)-01-\($0 % 28 < 9 ? "0" : "")\($0 % 28 + 1)" },
      factors: ["A", "B", "C"])
    #expect(try DynamicConditionalCorrelation().fit(history).marginals.count == 3)
  }

  @Test func `A constant correlation is no error`() throws {
    let n = 800
    let (x, y) = (
      RandomStream(seed: 1).normals(path: 0, count: n),
      RandomStream(seed: 1).normals(path: 1, count: n)
    )
    let returns = Matrix(rows: n, columns: 2) { $1 == 0 ? x[$0] : 0.6 * x[$0] + 0.8 * y[$0] }
    let model = DynamicConditionalCorrelation(marginal: GARCH(stationarity: .free))
    let fit = try model.fit(returns)
    #expect(isClose(fit.nextCorrelation[0, 1], 0.6, absolute: 0.15))
    #expect(fit.alpha < 0.05)
  }

  @Test func `What is wrong is named`() throws {
    var returns = try Self.simulated(3, count: 400, a: 0.05, b: 0.9, seed: 6)
    let model = DynamicConditionalCorrelation(marginal: GARCH(stationarity: .free))
    for t in 0..<400 { returns[t, 2] = 2 * returns[t, 1] }
    #expect(throws: VolatilityError.singularCorrelation) { try model.fit(returns) }
    returns[7, 2] = .nan
    #expect {
      try model.fit(returns)
    } throws: {
      guard case VolatilityError.series(2, .notFinite(index: 7, value: _)) = $0 else {
        return false
      }
      return true
    }
    #expect(throws: VolatilityError.self) {
      try model.fit(Matrix(returns[rows: 0..., columns: 0..<1]))
    }
  }
}
