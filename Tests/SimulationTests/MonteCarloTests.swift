import Foundation
import LinearAlgebra
import Pricing
import Probability
import TestSupport
import Testing

import Simulation

@Suite struct MonteCarloTests {
  static let correlation: Matrix = [
    [1, -0.4, 0.8, -0.3], [-0.4, 1, -0.3, 0.7], [0.8, -0.3, 1, -0.4], [-0.3, 0.7, -0.4, 1],
  ]

  static func model(
    shape: ParametricRisk.Shape = .normal, returns: MonteCarlo.Returns = .logarithmic
  ) throws -> MonteCarlo {
    try MonteCarlo(
      underlyings: ["BTC", "ETH"], volatilities: [0.5, 0.7], volatilitiesOfVolatility: [0.9, 1.1],
      correlation: correlation, shape: shape, returns: returns,
      volatilityTerm: VolatilityTerm(shortPower: 0.3, longPower: 0.13))
  }

  @Test(
    arguments: [ParametricRisk.Shape.normal, .studentT(degreesOfFreedom: 6)],
    [1 as UInt64, 2, 3, 4])
  func `A linear book's measures agree with the closed form within their errors`(
    _ shape: ParametricRisk.Shape, _ seed: UInt64
  ) throws {
    let horizon = 1.0 / 365
    let model = try Self.model(shape: shape, returns: .simple)
    let book = Portfolio([
      Position(2, Sample.perpetual("BTC", .linear)),
      Position(-90, Sample.perpetual("ETH", .inverse)),
    ])
    let losses = try model.scenarios(count: 100_000, horizon: horizon, seed: seed)
      .losses(of: book, in: Sample.market)
    let forwards = try book.positions.map {
      $0.quantity * (try Sample.market.quote(for: $0.instrument).forward)
    }
    let exact = try ParametricRisk(
      sensitivities: [forwards[0], 0, forwards[1], 0], covariance: model.covariance * horizon,
      shape: shape)
    for α in [0.95, 0.99] {
      let interval = losses.valueAtRiskInterval(α, coverage: 0.999)
      #expect(interval.lower <= exact.valueAtRisk(α) && exact.valueAtRisk(α) <= interval.upper)
      let error = losses.expectedShortfallStandardError(α)
      #expect(abs(losses.expectedShortfall(α) - exact.expectedShortfall(α)) <= 3.5 * error)
      #expect(error < 0.03 * exact.expectedShortfall(α))
    }
  }

  @Test func `Scenarios and losses have the same bits on every count of workers`() throws {
    let model = try Self.model(shape: .studentT(degreesOfFreedom: 5))
    let book = Portfolio(Sample.instruments.enumerated().map { Position(Double($0 % 7) - 3, $1) })
    func run() throws -> (ScenarioSet, Matrix, [Double]) {
      let set = try model.scenarios(count: 10_001, horizon: 0.01, seed: 9)
      return (
        set,
        try Revaluation.profitAndLoss(of: Sample.instruments, in: set, market: Sample.market),
        try set.losses(of: book, in: Sample.market).losses
      )
    }
    let reference = try run()
    for width in [1, 2, 3, 7] {
      let again = try Parallelism.$width.withValue(width) { try run() }
      #expect(again.0.spotReturns == reference.0.spotReturns)
      #expect(again.0.volatilityReturns == reference.0.volatilityReturns)
      #expect(again.1 == reference.1)
      #expect(again.2 == reference.2)
    }
  }

  @Test func `A longer run begins with the scenarios of a shorter one; another seed differs`()
    throws
  {
    let model = try Self.model()
    let short = try model.scenarios(count: 100, horizon: 0.01, seed: 9).spotReturns
    let long = try model.scenarios(count: 5000, horizon: 0.01, seed: 9).spotReturns
    #expect((0..<100).allSatisfy { short.row($0) == long.row($0) })
    #expect(try model.scenarios(count: 100, horizon: 0.01, seed: 10).spotReturns != short)
  }

  @Test func `Logarithmic draws have the covariance of the model times the horizon`() throws {
    let model = try Self.model(shape: .studentT(degreesOfFreedom: 8))
    let (n, horizon) = (200_000, 0.02)
    let set = try model.scenarios(count: n, horizon: horizon, seed: 4)
    let levels = try #require(set.volatilityReturns)
    let factors = [
      set.spotReturns.column(0), levels.column(0), set.spotReturns.column(1), levels.column(1),
    ].map { $0.map { log1p($0) } }
    for i in 0..<4 {
      for j in 0...i {
        let product = zip(factors[i], factors[j]).reduce(0.0) { $0 + $1.0 * $1.1 } / Double(n)
        let scale =
          horizon * (model.covariance[i, i] * model.covariance[j, j]).squareRoot()
        #expect(
          isClose(product, horizon * model.covariance[i, j], absolute: 0.015 * scale), "\(i) \(j)")
      }
    }
  }

  @Test func `Full revaluation and its delta-gamma-vega-theta part differ at third order`() throws {
    let option = Sample.option("BTC", days: 30, strike: 100_000, .call, .linear)
    let quote = try Sample.market.quote(for: option)
    let volatility = try #require(quote.volatility)
    let greeks = Black76.greeks(
      of: .call, forward: quote.forward, strike: 100_000, volatility: volatility, time: 30 / 365)
    func residual(_ ε: Double) throws -> Double {
      let (m, v, t) = (0.02 * ε, 0.04 * ε, 0.001 * ε * ε)
      let set = try ScenarioSet(
        underlyings: ["BTC"], spotReturns: [[m]], volatilityReturns: [[v]], horizon: t)
      let pnl = try Revaluation.profitAndLoss(of: [option], in: set, market: Sample.market)[0, 0]
      let (x, y) = (quote.forward * m, volatility * v)
      return pnl
        - (greeks.delta * x + 0.5 * greeks.gamma * x * x + greeks.vega * y + greeks.vanna * x * y
          + 0.5 * greeks.volga * y * y + greeks.theta * t)
    }
    #expect(abs(try residual(1)) < 0.05 * 100_000 * 0.02)
    let ratio = try residual(0.5) / residual(0.25)
    #expect(ratio > 6.5 && ratio < 9.5, "\(ratio)")
  }

  @Test func `A joint scenario equals the shock of the same moves`() throws {
    let options = Sample.options
    let set = try ScenarioSet(
      underlyings: ["ETH", "BTC"], spotReturns: [[0.5, -0.1], [0, 0], [0, 0.3]],
      volatilityReturns: [[0, 0.4], [0, 0], [1, -0.9]],
      volatilityTerm: VolatilityTerm(shortPower: 0.3, longPower: 0.13), horizon: 0.01)
    let joint = try Revaluation.profitAndLoss(of: options, in: set, market: Sample.market)
    let shocks = [(-0.1, 0.4), (0, 0), (0.3, -0.9)].map { m, v in
      MarketShock(
        priceMove: m, volatility: .termScaled(v, shortPower: 0.3, longPower: 0.13), elapsed: 0.01)
    }
    let single = try Revaluation.profitAndLoss(of: options, under: shocks, in: Sample.market)
    #expect(joint == single)
  }

  @Test func `Impossible models, horizons and returns are refused`() throws {
    let underlyings = ["BTC", "ETH"]
    #expect(throws: SimulationError.self) {
      try MonteCarlo(underlyings: underlyings, covariance: .identity(3))
    }
    #expect(throws: (any Error).self) {
      try MonteCarlo(underlyings: underlyings, covariance: [[1, 2], [2, 1]])
    }
    #expect(throws: (any Error).self) {
      try MonteCarlo(underlyings: underlyings, covariance: [[1, .nan], [.nan, 1]])
    }
    #expect(throws: SimulationError.self) {
      try MonteCarlo(
        underlyings: underlyings, volatilities: [0.5], correlation: .identity(2))
    }
    let wide = try MonteCarlo(
      underlyings: underlyings, covariance: [[4, 0], [0, 4]], returns: .simple)
    #expect(throws: SimulationError.self) { try wide.scenarios(count: 1000, horizon: 1, seed: 1) }
    #expect(throws: SimulationError.self) { try wide.scenarios(count: 0, horizon: 1, seed: 1) }
    #expect(throws: SimulationError.self) { try wide.scenarios(count: 9, horizon: 0, seed: 1) }
    #expect(throws: SimulationError.self) {
      try ScenarioSet(underlyings: ["BTC"], spotReturns: [[-1]], horizon: 0)
    }
    #expect(throws: SimulationError.self) {
      try ScenarioSet(underlyings: ["BTC"], spotReturns: [[.nan]], horizon: 0)
    }
    let set = try ScenarioSet(underlyings: ["ETH"], spotReturns: [[0.1]], horizon: 0)
    #expect(
      throws: SimulationError.underlyingNotSimulated("BTC", instrument: Sample.options[0].name)
    ) { try Revaluation.profitAndLoss(of: Sample.options, in: set, market: Sample.market) }
  }
}
