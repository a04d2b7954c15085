import Foundation
import Probability
import RiskModels
import TestSupport
import Testing

@Suite struct VolatilityEdgeTests {
  static let returns = RandomStream(seed: 9).normals(path: 0, count: 300)

  @Test func `Bad series are named`() throws {
    #expect(throws: VolatilityError.tooFewReturns(found: 99, needed: 100)) {
      try GARCH().fit(Array(Self.returns.prefix(99)))
    }
    var hole = Self.returns
    hole[123] = .infinity
    #expect(throws: VolatilityError.notFinite(index: 123, value: .infinity)) {
      try GARCH().fit(hole)
    }
    #expect(throws: VolatilityError.notFinite(index: 123, value: .infinity)) {
      try EWMAVolatility().filter(hole)
    }
    let flat = [Double](repeating: 0.1, count: 200)
    #expect(throws: VolatilityError.constantSeries(value: 0.1)) {
      try GARCH(mean: .constant).fit(flat)
    }
    #expect(throws: VolatilityError.constantSeries(value: 0)) {
      try GARCH().fit([Double](repeating: 0, count: 200))
    }
    #expect(throws: VolatilityError.constantSeries(value: 0)) {
      try EWMAVolatility().filter([0, 0])
    }
    #expect(throws: VolatilityError.tooFewReturns(found: 0, needed: 1)) {
      try EWMAVolatility().filter([])
    }
  }

  @Test func `Bad parameters are named`() throws {
    let bad = [
      GARCHParameters(omega: -1, alpha: 0.1, beta: 0.8),
      GARCHParameters(omega: 1, alpha: -0.1, beta: 0.8),
      GARCHParameters(omega: 1, alpha: 0.1, gamma: -0.2, beta: 0.8),
      GARCHParameters(omega: 1, alpha: 0.1, beta: .nan),
      GARCHParameters(mean: .infinity, omega: 1, alpha: 0.1, beta: 0.8),
      GARCHParameters(omega: 1, alpha: 0.1, beta: 0.8, degreesOfFreedom: 2),
      GARCHParameters(omega: 0, alpha: 0, beta: 0),
    ]
    for parameters in bad {
      #expect {
        try parameters.filter(Self.returns)
      } throws: {
        if case VolatilityError.invalidParameter = $0 { true } else { false }
      }
    }
    #expect {
      try GARCH(stationarity: .limited(persistence: 1.5)).fit(Self.returns)
    } throws: {
      if case VolatilityError.invalidParameter = $0 { true } else { false }
    }
  }

  /// Variances that explode: the largest likelihood is not stationary.
  @Test func `A fit that is not stationary is refused, limited or returned`() throws {
    let growing = Self.returns.enumerated().map { $1 * exp(0.03 * Double($0)) }
    var model = GARCH()
    #expect {
      try model.fit(growing)
    } throws: {
      guard case VolatilityError.notStationary(let p) = $0 else { return false }
      return p >= 1
    }
    model.stationarity = .limited(persistence: 0.98)
    let limited = try model.fit(growing)
    #expect(isClose(limited.persistence, 0.98, absolute: 1e-14))
    #expect(limited.parameters.unconditionalVariance != nil)
    model.stationarity = .free
    let free = try model.fit(growing)
    #expect(free.persistence >= 1 && free.logLikelihood > limited.logLikelihood)
    #expect(free.parameters.unconditionalVariance == nil)
    #expect(free.parameters.halfLife == .infinity)
    let forecasts = free.varianceForecasts(horizon: 10)
    #expect(zip(forecasts, forecasts.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func `Extreme returns give an answer or an error, never a NaN`() throws {
    for outlier in [1e3, 1e6, 1e9, 1e12] {
      var r = Self.returns
      r[150] = outlier
      for errors in GARCH.Errors.allCases {
        let model = GARCH(errors: errors, stationarity: .free)
        guard let fit = try? model.fit(r) else { continue }
        #expect(fit.logLikelihood.isFinite && fit.volatility.nextVariance > 0)
        #expect(fit.volatility.variances.allSatisfy { $0.isFinite && $0 > 0 })
      }
    }
    for scale in [1e-150, 1e-30, 1e30, 1e140] {
      let fit = try GARCH().fit(Self.returns.map { $0 * scale })
      let one = try GARCH().fit(Self.returns)
      #expect(isClose(fit.parameters.alpha, one.parameters.alpha, relative: 1e-6, absolute: 1e-12))
      #expect(fit.volatility.nextVariance.isFinite && fit.volatility.nextVariance > 0)
    }
  }

  @Test func `Exponential weights in closed form`() throws {
    let (λ, r) = (0.9, [1.0, -2, 0.5])
    let s = (1 + 4 + 0.25) / 3
    let volatility = try EWMAVolatility(decay: λ).filter(r)
    let second = λ * s + 0.1 * 1
    let third = λ * second + 0.1 * 4
    let next = λ * third + 0.1 * 0.25
    for (h, expected) in zip(
      volatility.variances + [volatility.nextVariance], [s, second, third, next])
    {
      #expect(isClose(h, expected, relative: 1e-15))
    }
    for (z, (x, h)) in zip(volatility.standardizedResiduals, zip(r, volatility.variances)) {
      #expect(isClose(z, x / h.squareRoot(), relative: 1e-15))
    }
    #expect(EWMAVolatility(decay: λ).parameters.persistence == 1)
  }

  @Test func `The fitted decay is the best of all`() throws {
    let truth = GARCHParameters(omega: 0.002, alpha: 0.07, beta: 0.929)
    let r = GARCHTests.simulated(truth, count: 2000, seed: 21)
    let λ = try EWMAVolatility(fitting: r).decay
    func likelihood(_ λ: Double) throws -> Double {
      let v = try EWMAVolatility(decay: λ).filter(r)
      return zip(v.variances, v.standardizedResiduals).reduce(0) { $0 - log($1.0) - $1.1 * $1.1 }
    }
    #expect(abs(λ - 0.93) < 0.02)
    for other in [λ - 1e-3, λ + 1e-3, 0.9, 0.97] {
      #expect(try likelihood(other) < likelihood(λ))
    }
  }
}
