import LinearAlgebra
import TestSupport
import Testing

import Simulation

@Suite struct ParametricRiskTests {
  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Normal and t4 closed forms meet the table of McNeil, Frey and Embrechts`() throws {
    // 10,000 of a stock with 20 % annual volatility, 250 days a year.
    let covariance: Matrix = [[0.2 * 0.2 / 250]]
    let normal = try ParametricRisk(sensitivities: [10_000], covariance: covariance)
    let t = try ParametricRisk(
      sensitivities: [10_000], covariance: covariance, shape: .studentT(degreesOfFreedom: 4))
    let rows = try ReferenceData.rows("vectors/risk/qrm_var_es_normal_t4.csv")
    #expect(rows.count == 5)
    for row in rows {
      func number(_ name: String) throws -> Double { try #require(row[name].flatMap(Double.init)) }
      let α = try number("alpha")
      #expect(isClose(normal.valueAtRisk(α), try number("VaR_normal"), relative: 1e-12))
      #expect(isClose(normal.expectedShortfall(α), try number("ES_normal"), relative: 1e-12))
      #expect(isClose(t.valueAtRisk(α), try number("VaR_t4"), relative: 1e-12))
      #expect(isClose(t.expectedShortfall(α), try number("ES_t4"), relative: 1e-12))
    }
  }

  @Test func `Contributions sum to the measure and are its slopes`() throws {
    let Σ: Matrix = [[0.04, 0.012, -0.01], [0.012, 0.09, 0.02], [-0.01, 0.02, 0.25]]
    let (δ, μ) = ([100.0, -40, 15], [0.01, 0, -0.02])
    let shape = ParametricRisk.Shape.studentT(degreesOfFreedom: 5)
    let risk = try ParametricRisk(sensitivities: δ, covariance: Σ, mean: μ, shape: shape)
    let parts = risk.expectedShortfallContributions(0.975)
    #expect(isClose(parts.components.reduce(0, +), risk.expectedShortfall(0.975), relative: 1e-14))
    #expect(
      isClose(
        risk.valueAtRiskContributions(0.99).components.reduce(0, +), risk.valueAtRisk(0.99),
        relative: 1e-14))
    for i in δ.indices {
      func shortfall(_ step: Double) throws -> Double {
        var moved = δ
        moved[i] += step
        return try ParametricRisk(sensitivities: moved, covariance: Σ, mean: μ, shape: shape)
          .expectedShortfall(0.975)
      }
      let slope = (try shortfall(1e-3) - shortfall(-1e-3)) / 2e-3
      #expect(isClose(parts.components[i], δ[i] * slope, relative: 1e-7))
      #expect(isClose(parts.marginals[i], slope, relative: 1e-7))
    }
    let increment = try risk.incrementalRisk(0.975, adding: [-100, 0, 1])
    let after = try ParametricRisk(
      sensitivities: [0, -40, 16], covariance: Σ, mean: μ, shape: shape)
    #expect(
      isClose(
        increment.expectedShortfall,
        after.expectedShortfall(0.975) - risk.expectedShortfall(0.975), relative: 1e-13))
    #expect(
      isClose(
        increment.valueAtRisk, after.valueAtRisk(0.975) - risk.valueAtRisk(0.975),
        relative: 1e-13))
  }

  @Test func `A flat book has no risk and a bad covariance is refused`() throws {
    let flat = try ParametricRisk(sensitivities: [0, 0], covariance: [[1, 0], [0, 1]])
    #expect(flat.valueAtRisk(0.99) == 0 && flat.expectedShortfall(0.99) == 0)
    #expect(flat.valueAtRiskContributions(0.99).components == [0, 0])
    #expect(throws: SimulationError.self) {
      try ParametricRisk(sensitivities: [1, -1], covariance: [[1, 2], [2, 1]])
    }
    #expect(throws: SimulationError.self) {
      try ParametricRisk(sensitivities: [1], covariance: [[1, 0], [0, 1]])
    }
    #expect(throws: SimulationError.self) {
      try ParametricRisk(sensitivities: [.nan], covariance: [[1]])
    }
    #expect(throws: SimulationError.self) {
      try ParametricRisk(
        sensitivities: [1], covariance: [[1]], shape: .studentT(degreesOfFreedom: 2))
    }
  }
}
