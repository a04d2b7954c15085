import Foundation
import Probability
import TestSupport
import Testing

import Simulation

@Suite struct StandardErrorTests {
  @Test func `Binomial probabilities equal exact sums of small cases`() {
    // n = 4, p = ¼: terms 81, 108, 54, 12, 1 of 256.
    let B = BinomialDistribution(trials: 4, probability: 0.25)
    for (k, sum) in [(0, 81.0), (1, 189), (2, 243), (3, 255), (4, 256)] {
      #expect(isClose(B.cumulative(k), sum / 256, relative: 1e-15))
    }
    #expect(B.cumulative(-1) == 0 && B.cumulative(9) == 1)
  }

  @Test func `Ranks of the median's interval are those of the sign test`() throws {
    // David and Nagaraja's construction at n = 10, α = ½: P(2 ≤ B < 9) = 1 − 2·11/1024 = 0.978516.
    let interval = try LossDistribution(losses: (1...10).map(Double.init))
      .valueAtRiskInterval(0.5, coverage: 0.95)
    #expect(interval.lower == 2 && interval.upper == 9)
    #expect(isClose(interval.coverage, 1 - 22.0 / 1024, relative: 1e-14))
  }

  @Test func `A sample too small for an upper end says so`() throws {
    let interval = try LossDistribution(losses: (1...100).map(Double.init))
      .valueAtRiskInterval(0.99, coverage: 0.95)
    #expect(interval.upper == .infinity)
    #expect(interval.lower == 97 && interval.coverage >= 0.95)
  }

  @Test func `Intervals and standard errors hold over repeated normal samples`() throws {
    let (samples, n, α) = (400, 2000, 0.975)
    let normal = NormalDistribution.standard
    let truth = normal.quantile(α)
    let stream = RandomStream(seed: 20)
    var (hits, vars, shortfalls) = (0, [Double](), [Double]())
    var (varErrors, shortfallErrors) = ([Double](), [Double]())
    for k in 0..<samples {
      let losses = try LossDistribution(losses: stream.normals(path: k, count: n))
      let interval = losses.valueAtRiskInterval(α)
      if interval.lower <= truth && truth < interval.upper { hits += 1 }
      vars.append(losses.valueAtRisk(α))
      shortfalls.append(losses.expectedShortfall(α))
      varErrors.append(losses.valueAtRiskStandardError(α))
      shortfallErrors.append(losses.expectedShortfallStandardError(α))
    }
    func deviation(_ x: [Double]) throws -> Double {
      try LossDistribution(losses: x).standardDeviation
    }
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    // 95 % or a little more of 400: within three binomial deviations.
    #expect(hits >= 367 && hits <= 397, "\(hits) of \(samples)")
    #expect(isClose(mean(varErrors), try deviation(vars), relative: 0.12))
    #expect(isClose(mean(shortfallErrors), try deviation(shortfalls), relative: 0.12))
  }

  @Test func `Weighted intervals hold over repeated samples of a tilted normal`() throws {
    // Drawn from N(1.5, 1), weighted back to N(0, 1): e^{1.125 − 1.5x}.
    let (samples, n, α) = (400, 1000, 0.99)
    let normal = NormalDistribution.standard
    let truth = normal.quantile(α)
    let shortfall = normal.density(truth) / (1 - α)
    var (hits, shortfallHits) = (0, 0)
    let stream = RandomStream(seed: 21)
    for k in 0..<samples {
      let losses = stream.normals(path: k, count: n).map { $0 + 1.5 }
      let distribution = try LossDistribution(
        losses: losses, weights: losses.map { exp(1.125 - 1.5 * $0) })
      let interval = distribution.valueAtRiskInterval(α)
      if interval.lower <= truth && truth <= interval.upper { hits += 1 }
      let other = distribution.expectedShortfallInterval(α)
      if other.lower <= shortfall && shortfall <= other.upper { shortfallHits += 1 }
    }
    #expect(hits >= 366 && hits <= 394, "\(hits) of \(samples)")
    #expect(shortfallHits >= 366 && shortfallHits <= 394, "\(shortfallHits) of \(samples)")
  }

  @Test func `Intervals of shortfall hold over repeated normal samples`() throws {
    let (samples, n, α) = (400, 4000, 0.975)
    let normal = NormalDistribution.standard
    let truth = normal.density(normal.quantile(α)) / (1 - α)
    let stream = RandomStream(seed: 22)
    var hits = 0
    for k in 0..<samples {
      let interval = try LossDistribution(losses: stream.normals(path: k, count: n))
        .expectedShortfallInterval(α)
      if interval.lower <= truth && truth <= interval.upper { hits += 1 }
    }
    #expect(hits >= 366 && hits <= 394, "\(hits) of \(samples)")
  }
}
