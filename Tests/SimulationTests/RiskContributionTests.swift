import LinearAlgebra
import TestSupport
import Testing

import Simulation

@Suite struct RiskContributionTests {
  /// 400 scenarios of 6 instruments, on a grid so that losses tie.
  static func pnl(grid: Double) -> Matrix {
    var random = TestRandom(seed: 8)
    return Matrix(rows: 400, columns: 6) { _, j in
      let x = random.signedUnit() + random.signedUnit()
      return (x * Double(j + 1) * grid).rounded() / grid
    }
  }
  static let quantities = [3.0, -1, 0.5, 0, 2, -2.25]

  @Test(arguments: [1e9, 4], [0.9, 0.975, 0.99, 0.9999])
  func `Components sum to expected shortfall and to value-at-risk`(
    _ grid: Double, _ α: Double
  ) throws {
    let pnl = Self.pnl(grid: grid)
    let distribution = try LossDistribution(losses: losses(pnl, quantities: Self.quantities))
    let shortfall = try RiskContribution.expectedShortfall(
      α, profitAndLoss: pnl, quantities: Self.quantities)
    #expect(shortfall.total == distribution.expectedShortfall(α))
    #expect(isClose(shortfall.components.reduce(0, +), shortfall.total, relative: 1e-13))
    #expect(shortfall.components[3] == 0)
    for neighbours in [0, 5, 1000] {
      let value = try RiskContribution.valueAtRisk(
        α, profitAndLoss: pnl, quantities: Self.quantities, neighbours: neighbours)
      #expect(value.total == distribution.valueAtRisk(α))
      #expect(isClose(value.components.reduce(0, +), value.total, relative: 1e-12))
    }
  }

  @Test func `Components of expected shortfall are its slopes in the quantities`() throws {
    let pnl = Self.pnl(grid: 1e12)
    let parts = try RiskContribution.expectedShortfall(
      0.95, profitAndLoss: pnl, quantities: Self.quantities)
    for j in Self.quantities.indices {
      func shortfall(_ step: Double) throws -> Double {
        var moved = Self.quantities
        moved[j] += step
        return try LossDistribution(losses: losses(pnl, quantities: moved)).expectedShortfall(0.95)
      }
      let slope = (try shortfall(1e-7) - shortfall(-1e-7)) / 2e-7
      #expect(isClose(parts.components[j], Self.quantities[j] * slope, absolute: 1e-6))
    }
  }

  @Test func `Marginals are slopes and increments are differences`() throws {
    let pnl = Self.pnl(grid: 1e12)
    let parts = try RiskContribution.expectedShortfall(
      0.95, profitAndLoss: pnl, quantities: Self.quantities)
    let increments = try RiskContribution.incremental(
      0.95, profitAndLoss: pnl, quantities: Self.quantities)
    for j in Self.quantities.indices {
      func risk(_ quantity: Double) throws -> TailRisk {
        var moved = Self.quantities
        moved[j] = quantity
        return try LossDistribution(losses: losses(pnl, quantities: moved)).tailRisk(0.95)
      }
      let q = Self.quantities[j]
      let slope =
        (try risk(q + 1e-7).expectedShortfall - risk(q - 1e-7).expectedShortfall) / 2e-7
      #expect(isClose(parts.marginals[j], slope, absolute: 1e-6))
      let (with, without) = (try risk(q), try risk(0))
      #expect(
        isClose(
          increments[j].valueAtRisk, with.valueAtRisk - without.valueAtRisk, absolute: 1e-12))
      #expect(
        isClose(
          increments[j].expectedShortfall, with.expectedShortfall - without.expectedShortfall,
          absolute: 1e-12))
    }
  }

  @Test func `The order of scenarios does not matter, ties or not, and weights count`() throws {
    let pnl = Self.pnl(grid: 2)
    var random = TestRandom(seed: 1)
    let order = Array(0..<pnl.rows).shuffled(using: &random)
    let weights = (0..<pnl.rows).map { _ in Double.random(in: 0..<2, using: &random) }
    let shuffled = Matrix(rows: pnl.rows, columns: 6) { i, j in pnl[order[i], j] }
    let a = try RiskContribution.expectedShortfall(
      0.97, profitAndLoss: pnl, quantities: Self.quantities, weights: weights)
    let b = try RiskContribution.expectedShortfall(
      0.97, profitAndLoss: shuffled, quantities: Self.quantities, weights: order.map { weights[$0] }
    )
    for (x, y) in zip(a.components, b.components) {
      #expect(isClose(x, y, relative: 1e-12, absolute: 1e-13))
    }
    #expect(isClose(a.components.reduce(0, +), a.total, relative: 1e-12))
  }

  @Test func `Losses are minus P times q on every count of workers`() {
    let pnl = Matrix(rows: 5000, columns: 3) { i, j in Double(i % 97) - Double(j * 30) }
    let direct = (0..<5000).map { i in
      -(0..<3).reduce(0.0) { $0 + pnl[i, $1] * Self.quantities[$1] }
    }
    for width in [1, 2, 5] {
      Parallelism.$width.withValue(width) {
        #expect(losses(pnl, quantities: Array(Self.quantities.prefix(3))) == direct)
      }
    }
  }

  @Test func `P&L that is not a number is refused`() {
    #expect(throws: SimulationError.self) {
      try RiskContribution.expectedShortfall(
        0.9, profitAndLoss: [[.nan], [1]], quantities: [1])
    }
  }
}
