import Foundation
import Probability
import RiskModels
import TestSupport
import Testing

@Suite struct GARCHTests {
  /// Bollerslev and Ghysels' DEM/GBP returns in percent.
  static func exchangeRates() throws -> [Double] {
    try ReferenceData.text("vectors/risk/dem2gbp.csv").split(whereSeparator: \.isNewline)
      .dropFirst().compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
  }

  /// The number of correct digits.
  static func digits(_ value: Double?, _ reference: Double) -> Double {
    guard let value else { return 0 }
    return -log10(max(abs(value / reference - 1), 1e-16))
  }

  /// Returns of given parameters with normal or t errors.
  static func simulated(_ p: GARCHParameters, count: Int, seed: UInt64) -> [Double] {
    let burn = 500
    let u = RandomStream(seed: seed).uniforms(path: 0, count: count + burn)
    var h = p.unconditionalVariance ?? 1
    let returns = u.map { u in
      let z =
        if let ν = p.degreesOfFreedom {
          StudentT(degreesOfFreedom: ν).quantile(u) * ((ν - 2) / ν).squareRoot()
        } else {
          NormalDistribution().quantile(u)
        }
      let ε = h.squareRoot() * z
      h = p.omega + (ε < 0 ? p.alpha + p.gamma : p.alpha) * ε * ε + p.beta * h
      return p.mean + ε
    }
    return Array(returns.suffix(count))
  }

  static let models: [GARCH] = GARCH.Mean.allCases.flatMap { mean in
    GARCH.Errors.allCases.flatMap { errors in
      [false, true].map { GARCH(mean: mean, errors: errors, hasLeverage: $0) }
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `The benchmark of Fiorentini, Calzolari and Panattoni`() throws {
    let r = try Self.exchangeRates()
    #expect(r.count == 1974)
    let fit = try GARCH(mean: .constant).fit(r)
    let file = try ReferenceData.json("vectors/risk/garch_fcp_benchmark.json")
    let published = try #require(file["params"] as? [String: Double])
    let more = try #require(file["more_digits_Rmetrics_nlminb"] as? [String: Double])
    let errors = try #require(file["se_hessian"] as? [String: Double])
    // One unit of the last digit printed: ω is printed cut off, not rounded.
    let units = ["mu": 1e-8, "omega": 1e-7, "alpha": 1e-6, "beta": 1e-6]
    for (name, key) in [("mean", "mu"), ("omega", "omega"), ("alpha", "alpha"), ("beta", "beta")] {
      let estimate = try #require(fit[name])
      let unit = try #require(units[key])
      #expect(abs(estimate.value - (try #require(published[key]))) < unit, "\(name)")
      #expect(Self.digits(estimate.value, try #require(more[key])) > 6, "\(name)")
      #expect(Self.digits(estimate.standardError, try #require(errors[key])) > 5.5, "\(name)")
    }
    #expect(isClose(fit.logLikelihood, -1106.607881, absolute: 1e-6))
  }

  /// Package arch 8.0.0 on the same series, fitted to a tolerance of 1e-14 from its own last point, with
  /// its backcast. Standard errors, from its numerical derivatives: of the Hessian, and robust.
  struct Reference: Sendable {
    var model: GARCH
    var logLikelihood: Double
    var parameters: [Double]
    var standardErrors: [Double]
    var robust: [Double]
  }

  static let references = [
    Reference(
      model: GARCH(presample: .backcast), logLikelihood: -1104.7872343923732,
      parameters: [0.010011425984017545, 0.14663044439358985, 0.8154587226276079],
      standardErrors: [0.002756155079586533, 0.026475670702503555, 0.03342736536715154],
      robust: [0.006416607090044449, 0.05603330824145367, 0.07500486273266041]),
    Reference(
      model: GARCH(mean: .constant, presample: .backcast), logLikelihood: -1104.521401788089,
      parameters: [
        -0.006076602186895156, 0.009914239610128227, 0.14547797037510193, 0.8168461843412325,
      ],
      standardErrors: [
        0.008448586823319504, 0.002722828270436145, 0.026263696817514087, 0.033132379003176664,
      ],
      robust: [
        0.009197007003234902, 0.006339352363817967, 0.05572351190288788, 0.07444451382450029,
      ]),
    Reference(
      model: GARCH(mean: .constant, hasLeverage: true, presample: .backcast),
      logLikelihood: -1104.0587822929833,
      parameters: [
        -0.007720425563809058, 0.010327811244957415, 0.13394606235667772, 0.02580193967916026,
        0.8127928691811602,
      ],
      standardErrors: [
        0.008613201819540436, 0.0028829774691231376, 0.027436299358774847, 0.02753415064096629,
        0.03448595587534816,
      ],
      robust: [
        0.008887896082385265, 0.006911852217676134, 0.05181711802993684, 0.04155507868278557,
        0.07935353988427335,
      ]),
  ]

  @Test(
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"),
    arguments: references)
  func `Normal errors as in package arch`(reference: Reference) throws {
    let fit = try reference.model.fit(try Self.exchangeRates())
    #expect(isClose(fit.logLikelihood, reference.logLikelihood, absolute: 1e-9))
    for (k, estimate) in fit.estimates.enumerated() {
      // arch ends where its likelihood no longer moves, so with half the digits.
      #expect(Self.digits(estimate.value, reference.parameters[k]) > 4.5, "\(estimate)")
      #expect(Self.digits(estimate.standardError, reference.standardErrors[k]) > 2.5)
      #expect(Self.digits(estimate.robustStandardError, reference.robust[k]) > 2.5)
    }
  }

  /// arch holds persistence at 1, where it ends; 2.4e-16 of it is ours.
  static let integrated = [
    Reference(
      model: GARCH(errors: .studentT, presample: .backcast), logLikelihood: -987.9969571451174,
      parameters: [
        0.0025795942314282617, 0.11301405206373054, 0.8869859480355928, 4.369851720135151,
      ],
      standardErrors: [], robust: []),
    Reference(
      model: GARCH(mean: .constant, errors: .studentT, presample: .backcast),
      logLikelihood: -987.9448390894738,
      parameters: [
        0.002174105214910494, 0.0025908324163304163, 0.11320813785524587, 0.8867918622054602,
        4.363633184822661,
      ],
      standardErrors: [], robust: []),
    Reference(
      model: GARCH(errors: .studentT, hasLeverage: true, presample: .backcast),
      logLikelihood: -986.8608812075787,
      parameters: [
        0.002465642477158681, 0.0918019600006199, 0.03616761024358165, 0.8901142349077167,
        4.302204912621553,
      ],
      standardErrors: [], robust: []),
    Reference(
      model: GARCH(
        mean: .constant, errors: .studentT, hasLeverage: true, presample: .backcast),
      logLikelihood: -986.8493110690333,
      parameters: [
        0.0008762070149313104, 0.0024658732862679494, 0.09202746757596783, 0.035832619855473216,
        0.8900562224915309, 4.299233944493671,
      ],
      standardErrors: [], robust: []),
  ]

  @Test(
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"),
    arguments: integrated)
  func `Student's t at the edge of stationarity as in package arch`(reference: Reference) throws {
    let r = try Self.exchangeRates()
    var model = reference.model
    #expect {
      try model.fit(r)
    } throws: {
      guard case VolatilityError.notStationary(let p) = $0 else { return false }
      return p >= 1 && p < 1.1
    }
    model.stationarity = .limited(persistence: 1)
    let fit = try model.fit(r)
    #expect(isClose(fit.logLikelihood, reference.logLikelihood, absolute: 1e-8))
    #expect(isClose(fit.persistence, 1, absolute: 1e-15))
    for (k, estimate) in fit.estimates.enumerated() {
      let error = try #require(estimate.standardError)
      #expect(abs(estimate.value - reference.parameters[k]) < 1e-4 * error, "\(estimate)")
    }
    model.stationarity = .free
    #expect(try model.fit(r).logLikelihood > fit.logLikelihood)
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Forecasts and variances as in package arch`() throws {
    let r = try Self.exchangeRates()
    let p = Self.references[0].parameters
    let weights = (0..<75).map { pow(0.94, Double($0)) }
    let backcast =
      zip(r, weights).reduce(0) { $0 + $1.1 * $1.0 * $1.0 } / weights.reduce(0, +)
    let parameters = GARCHParameters(omega: p[0], alpha: p[1], beta: p[2])
    let volatility = try parameters.filter(r, presample: backcast)
    let first = volatility.variances.prefix(3).map { $0.squareRoot() }
    for (σ, reference) in zip(first, [0.29512311, 0.28868544, 0.279452]) {
      #expect(isClose(σ, reference, absolute: 5e-9))
    }
    let forecasts = parameters.varianceForecasts(from: volatility.nextVariance, horizon: 5)
    let expected = [0.14556059, 0.15005369, 0.15437646, 0.15853534, 0.16253656]
    for (h, reference) in zip(forecasts, expected) {
      #expect(isClose(h, reference, absolute: 5e-9))
    }
    // arch starts where ours does.
    let fit = try GARCH(presample: .backcast).fit(r)
    #expect(isClose(fit.volatility.variances[0].squareRoot(), first[0], relative: 1e-5))
  }

  @Test(arguments: models) func `Derivatives are those of differences`(model: GARCH) throws {
    let p = GARCHParameters(mean: 0.1, omega: 0.1, alpha: 0.08, gamma: 0.05, beta: 0.8)
    let likelihood = try GARCHLikelihood(Self.simulated(p, count: 411, seed: 5), model)
    let x = likelihood.coordinates(
      of: GARCHParameters(
        mean: 0.02, omega: 0.07, alpha: 0.06, gamma: model.hasLeverage ? 0.07 : 0, beta: 0.84,
        degreesOfFreedom: 6))
    let (at, scores) = try #require(likelihood.derivatives(at: x))
    #expect(isClose(at.value, likelihood.value(at: x), relative: 1e-15))
    let n = x.count
    for i in 0..<n {
      let step = 1e-6
      var (up, down) = (x, x)
      up[i] += step
      down[i] -= step
      let (above, below) = (
        try #require(likelihood.expansion(at: up)), try #require(likelihood.expansion(at: down))
      )
      let slope = (above.value - below.value) / (2 * step)
      #expect(isClose(at.gradient[i], slope, relative: 2e-7, absolute: 2e-6))
      for j in 0..<n {
        let second = (above.gradient[j] - below.gradient[j]) / (2 * step)
        #expect(isClose(at.hessian[i * n + j], second, relative: 1e-6, absolute: 1e-4))
        #expect(scores[i * n + j] == scores[j * n + i] || n == 1)
      }
      #expect(scores[i * n + i] > 0)
    }
  }

  /// The likelihood as one would write it down, by the recursion of `filter`.
  @Test(arguments: models) func `The likelihood is that of the densities`(model: GARCH) throws {
    let truth = GARCHParameters(
      mean: model.mean == .constant ? 0.3 : 0, omega: 0.2, alpha: 0.1,
      gamma: model.hasLeverage ? 0.05 : 0, beta: 0.7,
      degreesOfFreedom: model.errors == .studentT ? 7 : nil)
    let r = Self.simulated(truth, count: 1003, seed: 11)
    let fit = try model.fit(r)
    let volatility = try fit.parameters.filter(r)
    #expect(
      volatility == fit.volatility
        || isClose(
          volatility.nextVariance, fit.volatility.nextVariance, relative: 1e-12)
    )
    var sum = 0.0
    for (z, h) in zip(volatility.standardizedResiduals, volatility.variances) {
      if let ν = fit.parameters.degreesOfFreedom {
        let stretch = (ν / (ν - 2)).squareRoot()
        sum += log(StudentT(degreesOfFreedom: ν).density(z * stretch) * stretch / h.squareRoot())
      } else {
        sum += -0.5 * (log(2 * .pi * h) + z * z)
      }
    }
    #expect(isClose(sum, fit.logLikelihood, relative: 1e-12))
    // The largest: no neighbour is better.
    #expect(fit.iterations < 40)
  }

  @Test(arguments: models) func `Planted parameters are found within their errors`(
    model: GARCH
  ) throws {
    let truth = GARCHParameters(
      mean: model.mean == .constant ? 0.05 : 0, omega: 0.05, alpha: 0.06,
      gamma: model.hasLeverage ? 0.08 : 0, beta: 0.85,
      degreesOfFreedom: model.errors == .studentT ? 6 : nil)
    let fit = try model.fit(Self.simulated(truth, count: 20_000, seed: 3))
    let planted = [
      "mean": truth.mean, "omega": truth.omega, "alpha": truth.alpha, "gamma": truth.gamma,
      "beta": truth.beta, "degreesOfFreedom": truth.degreesOfFreedom ?? 0,
    ]
    for estimate in fit.estimates {
      let error = try #require(estimate.standardError)
      let robust = try #require(estimate.robustStandardError)
      #expect(abs(estimate.value - (try #require(planted[estimate.name]))) < 3.5 * error)
      // Where the errors are those of the model both kinds agree.
      #expect(isClose(error, robust, relative: 0.15), "\(estimate)")
    }
  }

  @Test func `The unit of the returns does not matter`() throws {
    let truth = GARCHParameters(omega: 0.05, alpha: 0.07, beta: 0.88)
    let r = Self.simulated(truth, count: 2500, seed: 17)
    let one = try GARCH(mean: .constant).fit(r)
    let other = try GARCH(mean: .constant).fit(r.map { $0 * 1e-6 })
    for (a, b) in zip(one.estimates, other.estimates) {
      let unit = a.name == "mean" ? 1e-6 : a.name == "omega" ? 1e-12 : 1
      #expect(isClose(a.value * unit, b.value, relative: 1e-8), "\(a.name)")
    }
  }

  @Test func `Returns without memory give no false certainty`() throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      let r = RandomStream(seed: seed).normals(path: 0, count: 1000)
      let fit = try GARCH(mean: .constant, errors: .studentT).fit(r)
      // β is not identified without α, but the variances are.
      #expect(isClose(fit.volatility.nextVariance, 1, absolute: 0.35))
      #expect(fit.parameters.alpha < 0.1)
      for estimate in fit.estimates {
        #expect(estimate.value.isFinite)
        #expect(estimate.standardError.map { $0 > 0 && $0.isFinite } ?? true)
      }
    }
  }
}
