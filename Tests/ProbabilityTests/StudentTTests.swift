import Foundation
import Probability
import TestSupport
import Testing

@Suite struct StudentTTests {
  /// Degrees of freedom, t, density, P(T > t), at 50 digits by mpmath 1.3 (`betainc`).
  static let values: [(ν: Double, t: Double, density: Double, tail: Double)] = [
    (1, 0.1, 0.31515830315226799128, 0.46827448256944642874),
    (1, 10_000_000_000.0, 3.1830988618379067153e-21, 3.1830988618379067154e-11),
    (2.5, 0.01, 0.36178339881177690212, 0.49638199717895412885),
    (2.5, 3, 0.025041066931393099575, 0.036288047774515921947),
    (4, 0.5, 0.32226186856038706516, 0.32166498159093163712),
    (4, 50, 3.8246829050074108518e-8, 4.787226828484849205e-7),
    (7.3, 1.7, 0.096593854360700741127, 0.065582684176543462831),
    (30, 2, 0.056852275047197963816, 0.02731252248149155196),
    (30, 12, 5.8097536067161049709e-13, 2.7900927075996280315e-13),
    (1000, 0.3, 0.38127609547338125163, 0.38211975208362202221),
    (1000, 5, 1.7120122333122448232e-6, 3.3836281823243151909e-7),
    (1000000.0, 0.001, 0.39894198119463510848, 0.49960105788582454491),
    (1000000.0, 4, 0.00013383768692515205147, 0.00003167351700502405231),
    (0.5, 2, 0.051899228247372615098, 0.22275744509156561559),
  ]

  @Test(arguments: values)
  func `Density, distribution function and quantile have 13 digits`(
    ν: Double, t: Double, density: Double, tail: Double
  ) {
    let d = StudentT(degreesOfFreedom: ν)
    #expect(isClose(d.density(t), density, relative: 1e-13))
    #expect(isClose(d.density(-t), density, relative: 1e-13))
    #expect(isClose(d.cumulative(-t), tail, relative: 1e-13))
    #expect(isClose(d.complementaryCumulative(t), tail, relative: 1e-13))
    #expect(isClose(d.cumulative(t), 1 - tail, relative: 1e-15))
    // A relative error ε in p moves t by ε p / density: near the median no more can be asked.
    let slack = max(1, tail / (t * density))
    #expect(isClose(d.quantile(tail), -t, relative: 1e-14 * slack))
    #expect(isClose(d.quantile(complement: tail), t, relative: 1e-14 * slack))
  }

  @Test(arguments: [1e-300, 1e-100, 1e-10, 0.001, 0.1, 0.2499, 0.2501, 0.3, 0.49, 0.499999])
  func `Quantile agrees with the closed forms for 1, 2 and 4 degrees of freedom`(p: Double) {
    let one = StudentT(degreesOfFreedom: 1).quantile(p)
    let cauchy = p < 0.25 ? -1 / tan(.pi * p) : -tan(.pi * (0.5 - p))
    #expect(isClose(one, cauchy, relative: 1e-13))
    let two = StudentT(degreesOfFreedom: 2).quantile(p)
    #expect(isClose(two, (2 * p - 1) / (2 * p * (1 - p)).squareRoot(), relative: 1e-13))
    if p > 0.4 { return }  // there the next form cancels
    // Shaw, Journal of Computational Finance 9 (2006): the case of 4 degrees of freedom.
    let root = (4 * p * (1 - p)).squareRoot()
    let four = -2 * (cos(acos(root) / 3) / root - 1).squareRoot()
    #expect(isClose(StudentT(degreesOfFreedom: 4).quantile(p), four, relative: 1e-13))
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Value at risk and expected shortfall of the textbook's normal and t4 losses`() throws {
    // McNeil, Frey, Embrechts, example 2.14: 10,000 of 20% volatility, one of 250 days.
    let normal = NormalDistribution.standard
    let t = StudentT(degreesOfFreedom: 4)
    let deviation = 10_000 * 0.2 / 250.0.squareRoot()
    for row in try ReferenceData.rows("vectors/risk/qrm_var_es_normal_t4.csv") {
      func value(_ name: String) -> Double { Double(row[name] ?? "") ?? .nan }
      let tail = 1 - value("alpha")
      let z = normal.quantile(complement: tail)
      #expect(isClose(deviation * z, value("VaR_normal"), relative: 1e-14))
      #expect(isClose(deviation * normal.density(z) / tail, value("ES_normal"), relative: 1e-14))
      let q = t.quantile(complement: tail)
      let scale = deviation * 0.5.squareRoot()
      #expect(isClose(scale * q, value("VaR_t4"), relative: 1e-14))
      let shortfall = t.density(q) / tail * (4 + q * q) / 3
      #expect(isClose(scale * shortfall, value("ES_t4"), relative: 1e-14))
    }
  }

  @Test func `Many degrees of freedom approach the normal distribution`() {
    let t = StudentT(degreesOfFreedom: 1e12)
    for x in [-6.0, -1, -0.01, 0.3, 2] {
      #expect(
        isClose(t.cumulative(x), NormalDistribution.standard.cumulative(x), relative: 1e-9))
    }
  }

  @Test func `Ends and invalid arguments`() {
    let t = StudentT(degreesOfFreedom: 3)
    #expect(t.quantile(0) == -.infinity)
    #expect(t.quantile(1) == .infinity)
    #expect(t.quantile(0.5) == 0)
    #expect(t.quantile(1.5).isNaN)
    #expect(t.cumulative(.nan).isNaN)
    #expect(t.density(.nan).isNaN)
    #expect(t.cumulative(0) == 0.5)
    #expect(t.cumulative(-.infinity) == 0)
    #expect(t.cumulative(.infinity) == 1)
    #expect(StudentT(degreesOfFreedom: 0.01).quantile(1e-300) == -.infinity)
  }
}
