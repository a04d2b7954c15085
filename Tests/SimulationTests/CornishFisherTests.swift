import Foundation
import Probability
import TestSupport
import Testing

import Simulation

@Suite struct CornishFisherTests {
  @Test func `Without skewness and kurtosis the measures are the normal's`() throws {
    let normal = try ParametricRisk(sensitivities: [1], covariance: [[4]], mean: [-1])
    let expansion = try CornishFisherRisk(
      mean: 1, standardDeviation: 2, skewness: 0, excessKurtosis: 0)
    for α in [0.2, 0.95, 0.99, 0.9999] {
      #expect(isClose(expansion.valueAtRisk(α), normal.valueAtRisk(α), relative: 1e-14))
      #expect(isClose(expansion.expectedShortfall(α), normal.expectedShortfall(α), relative: 1e-14))
    }
  }

  @Test func `Value-at-risk is the printed expansion and shortfall its tail mean`() throws {
    let (S, K, α) = (0.8, 2.5, 0.975)
    let risk = try CornishFisherRisk(standardDeviation: 1, skewness: S, excessKurtosis: K)
    let normal = NormalDistribution.standard
    func w(_ z: Double) -> Double {
      z + (z * z - 1) * S / 6 + (z * z * z - 3 * z) * K / 24 - (2 * z * z * z - 5 * z) * S * S / 36
    }
    let z = normal.quantile(α)
    #expect(isClose(risk.valueAtRisk(α), w(z), relative: 1e-13))
    // ES = ∫ VaR over the tail, by Simpson's rule in z.
    let (n, end) = (20_000, 12.0)
    let h = (end - z) / Double(n)
    let integral = (0...n).reduce(0.0) { sum, i in
      let x = z + Double(i) * h
      let weight = i == 0 || i == n ? 1.0 : i % 2 == 1 ? 4 : 2
      return sum + weight * w(x) * normal.density(x)
    }
    #expect(isClose(risk.expectedShortfall(α), integral * h / 3 / (1 - α), relative: 1e-11))
  }

  @Test func `Moments are those of Maillard's formulas`() {
    for (S, K) in [(0.3, 0.5), (-1, 4), (2.0, 9)] {
      let m = CornishFisherRisk.moments(S, K)
      let second = 1 + K * K / 96 + 25 * pow(S, 4) / 1296 - K * S * S / 36
      let third =
        S - 76 * pow(S, 3) / 216 + 85 * pow(S, 5) / 1296 + K * S / 4 - 13 * K * pow(S, 3) / 144
        + K * K * S / 32
      #expect(isClose(m.variance, second, relative: 1e-14))
      #expect(isClose(m.skewness, third / pow(second, 1.5), relative: 1e-13))
    }
  }

  @Test func `Matched losses have the moments asked for`() throws {
    let risk = try CornishFisherRisk.matching(
      mean: 3, standardDeviation: 2, skewness: 1, excessKurtosis: 3)
    // Moments of the quantile function, by Simpson's rule over the normal score.
    let normal = NormalDistribution.standard
    let n = 4000
    var sums = [0.0, 0, 0, 0, 0]
    for i in 0...n {
      let z = -8 + 16 * Double(i) / Double(n)
      let weight = (i == 0 || i == n ? 1.0 : i % 2 == 1 ? 4 : 2) * 16 / Double(n) / 3
      let x = (risk.valueAtRisk(normal.cumulative(z)) - 3) / 2
      for k in sums.indices { sums[k] += weight * normal.density(z) * pow(x, Double(k)) }
    }
    for (sum, moment) in zip(sums, [1.0, 0, 1, 1, 6]) {
      #expect(isClose(sum, moment, absolute: 1e-7))
    }
  }

  @Test func `Outside the domain of validity there is an error`() throws {
    // Maillard's figure 1: skewness alone has no valid expansion, and K is bounded above by 8 where S = 0.
    for (S, K) in [(0.5, 0.0), (0, -0.1), (0, 8.1), (3, 10), (.nan, 1)] {
      #expect(!CornishFisherRisk.isValid(skewness: S, excessKurtosis: K), "\(S) \(K)")
      #expect(throws: SimulationError.self) {
        try CornishFisherRisk(standardDeviation: 1, skewness: S, excessKurtosis: K)
      }
    }
    #expect(throws: SimulationError.self) {
      try CornishFisherRisk(standardDeviation: -1, skewness: 0, excessKurtosis: 1)
    }
    #expect(throws: SimulationError.self) {
      try CornishFisherRisk.matching(standardDeviation: 1, skewness: 4, excessKurtosis: 1)
    }
    // The boundary is where the slope of w touches zero.
    func lowestSlope(_ S: Double, _ K: Double) -> Double {
      stride(from: -40, through: 40, by: 0.001).reduce(Double.infinity) { lowest, z in
        min(
          lowest,
          1 + z * S / 3 + (3 * z * z - 3) * K / 24 - (6 * z * z - 5) * S * S / 36)
      }
    }
    for (S, K) in [
      (0.5, 0.3), (0.5, 0.4), (0.5, 0.5), (1.0, 2), (1, 1.6), (1, 1.4), (2, 7), (2.4, 8),
    ] {
      #expect(
        CornishFisherRisk.isValid(skewness: S, excessKurtosis: K) == (lowestSlope(S, K) >= 0),
        "\(S) \(K) \(lowestSlope(S, K))")
    }
  }
}
