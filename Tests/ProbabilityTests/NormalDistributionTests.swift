import Foundation
import Probability
import TestSupport
import Testing

/// Values at 60 digits by mpmath 1.3: `erfc(-x/sqrt(2))/2`, its logarithm, and its inverse by root
/// finding at the exact binary value of the argument.
@Suite struct NormalDistributionTests {
  static let cumulative: [(x: Double, probability: Double, logarithm: Double)] = [
    (-37.5, 4.6053530095819548438e-308, -707.66898931750719107),
    (-30, 4.9067139271481870595e-198, -454.32124395634319711),
    (-20, 2.7536241186062336951e-89, -203.91715537109726394),
    (-10, 7.619853024160526066e-24, -53.231285150512470578),
    (-5.5, 1.8989562465887719384e-8, -17.779376352625260511),
    (-2, 0.0227501319481792072, -3.7831843336820319488),
    (-1, 0.15865525393145705141, -1.8410216450092635058),
    (-0.6, 0.27425311775007358029, -1.2937038116140280876),
    (0.3, 0.61791142218895263731, -0.48141016158848119832),
    (1, 0.84134474606854294859, -0.17275377902344988953),
    (3, 0.99865010196836990547, -0.0013508099647481937988),
    (8, 0.9999999999999993779, -6.2209605742717860585e-16),
  ]

  static let quantiles: [(p: Double, x: Double)] = [
    (1e-300, -37.047096299361199237), (1e-100, -21.273453560965324294),
    (1e-20, -9.2623400897984075796), (1e-10, -6.3613409024040561991),
    (1e-5, -4.2648907939228246102), (0.001, -3.0902323061678135354),
    (0.025, -1.9599639845400542118), (0.05, -1.644853626951472688),
    (0.25, -0.6744897501960817432), (0.4, -0.25334710313579974132),
    (0.4999, -0.00025066283008800749239),
  ]

  let standard = NormalDistribution.standard

  @Test(arguments: cumulative)
  func `Distribution function has 15 digits in both tails`(
    x: Double, probability: Double, logarithm: Double
  ) {
    #expect(isClose(standard.cumulative(x), probability, relative: 1e-15))
    #expect(isClose(standard.complementaryCumulative(-x), probability, relative: 1e-15))
    #expect(isClose(standard.logCumulative(x), logarithm, relative: 1e-15))
  }

  @Test(arguments: quantiles)
  func `Quantile is within 2 units in the last place in both tails`(p: Double, x: Double) {
    #expect(abs(standard.quantile(p) - x) <= 2 * x.ulp)
    #expect(abs(standard.quantile(complement: p) + x) <= 2 * x.ulp)
  }

  @Test func `Quantile inverts the distribution function across the whole line`() {
    for step in -3700...800 {
      let x = Double(step) / 100
      // The condition of the inverse: one unit of p moves x by p / density.
      let p = standard.cumulative(x)
      let tolerance = 4 * x.ulp + 4 * p.ulp / standard.density(x)
      #expect(abs(standard.quantile(p) - x) <= tolerance, "at \(x)")
    }
  }

  @Test func `Logarithm continues where the distribution function underflows`() {
    #expect(standard.cumulative(-40) == 0)
    // log Φ(−x) → −x²/2 − log(x √(2π)) + log(1 − 1/x² + 3/x⁴ − …).
    let x = 1e4
    let expected = -x * x / 2 - log(x * (2 * Double.pi).squareRoot()) - 1 / (x * x)
    #expect(isClose(standard.logCumulative(-x), expected, relative: 1e-15))
    #expect(standard.logCumulative(-.infinity) == -.infinity)
    #expect(standard.logCumulative(.infinity) == 0)
  }

  @Test func `Density is the derivative of the distribution function`() {
    let d = NormalDistribution(mean: 0.3, standardDeviation: 0.2)
    for step in -10...10 {
      let x = 0.3 + 0.06 * Double(step)
      let h = 1e-4
      let slope =
        (8 * (d.cumulative(x + h) - d.cumulative(x - h))
          - (d.cumulative(x + 2 * h) - d.cumulative(x - 2 * h))) / (12 * h)
      #expect(isClose(d.density(x), slope, relative: 1e-10, absolute: 1e-11))
    }
  }

  @Test func `Ends and invalid arguments`() {
    #expect(standard.quantile(0) == -.infinity)
    #expect(standard.quantile(1) == .infinity)
    #expect(standard.quantile(complement: 0) == .infinity)
    #expect(standard.quantile(0.5) == 0)
    #expect(standard.quantile(-0.1).isNaN)
    #expect(standard.quantile(.nan).isNaN)
    #expect(standard.cumulative(.infinity) == 1)
    #expect(standard.cumulative(-.infinity) == 0)
    #expect(standard.cumulative(.nan).isNaN)
    #expect(standard.density(.infinity) == 0)
    #expect(standard.logCumulative(.nan).isNaN)
  }

  @Test func `Mean and deviation move and stretch the standard distribution`() {
    let d = NormalDistribution(mean: -2, standardDeviation: 3)
    #expect(d.cumulative(1) == standard.cumulative(1))
    #expect(d.quantile(0.01) == -2 + 3 * standard.quantile(0.01))
    #expect(isClose(d.density(1), standard.density(1) / 3, relative: 1e-15))
  }
}
