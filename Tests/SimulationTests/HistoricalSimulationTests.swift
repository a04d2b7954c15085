import Foundation
import LinearAlgebra
import Pricing
import RiskModels
import TestSupport
import Testing

import Simulation

@Suite struct HistoricalSimulationTests {
  static let prices: Matrix = [
    [100, 10, 0.5], [110, 9, 0.6], [99, 9.9, 0.45], [132, 9.9, 0.45], [120, 12, 0.9],
  ]
  static let dates = (1...5).map { "2026-01-0\($0)" }
  static let factors = ["BTC", "ETH", "BTC volatility"]

  static func history(_ kind: ReturnHistory.Kind) throws -> ReturnHistory {
    try ReturnHistory(prices: prices, dates: dates, factors: factors, kind: kind)
  }

  @Test(arguments: ReturnHistory.Kind.allCases, [1, 2, 4])
  func `Overlapping returns are ratios of the prices h dates apart`(
    _ kind: ReturnHistory.Kind, _ h: Int
  ) throws {
    let set = try HistoricalSimulation(
      history: Self.history(kind), volatilityFactors: ["BTC": "BTC volatility"], horizon: h
    ).scenarios()
    #expect(set.underlyings == ["BTC", "ETH"] && set.count == 5 - h)
    #expect(isClose(set.horizon, Double(h) / 365, relative: 1e-15))
    let levels = try #require(set.volatilityReturns)
    for t in 0..<set.count {
      func move(_ j: Int) -> Double { Self.prices[t + h, j] / Self.prices[t, j] - 1 }
      #expect(isClose(set.spotReturns[t, 0], move(0), absolute: 1e-15))
      #expect(isClose(set.spotReturns[t, 1], move(1), absolute: 1e-15))
      #expect(isClose(levels[t, 0], move(2), absolute: 1e-15))
      #expect(levels[t, 1] == 0)
    }
  }

  @Test func `Square root of time scales logarithmic returns`() throws {
    let set = try HistoricalSimulation(
      history: Self.history(.logarithmic), underlyings: ["ETH"], horizon: 9 / 3 + 1,
      aggregation: .squareRootOfTime
    ).scenarios()
    #expect(set.count == 4 && set.volatilityReturns == nil)
    for t in 0..<4 {
      let ratio = Self.prices[t + 1, 1] / Self.prices[t, 1]
      #expect(isClose(set.spotReturns[t, 0], ratio * ratio - 1, absolute: 1e-14))
    }
  }

  @Test func `Filtering multiplies each return by today's volatility over that of its day`() throws
  {
    let r = [0.01, -0.03, 0.02]
    let history = try ReturnHistory(
      returns: Matrix(rows: 3, columns: 1, elements: r), dates: Array(Self.dates.prefix(3)),
      factors: ["BTC"])
    let set = try HistoricalSimulation(history: history, volatilityDecay: 0.9).scenarios()
    let v0 = (0.0001 + 0.0009 + 0.0004) / 3
    let v1 = 0.9 * v0 + 0.1 * 0.0001
    let v2 = 0.9 * v1 + 0.1 * 0.0009
    let v3 = 0.9 * v2 + 0.1 * 0.0004
    for (t, v) in [v0, v1, v2].enumerated() {
      #expect(
        isClose(log1p(set.spotReturns[t, 0]), r[t] * (v3 / v).squareRoot(), relative: 1e-13))
    }
  }

  @Test func `A half-life halves the weight of a return as old as it`() throws {
    let set = try HistoricalSimulation(
      history: Self.history(.simple), underlyings: ["BTC"], halfLife: 2
    ).scenarios()
    let weights = try #require(set.weights)
    #expect(isClose(weights[3], 2 * weights[1], relative: 1e-15))
    #expect(isClose(weights[2], 2 * weights[0], relative: 1e-15))
  }

  @Test func `A coin held loses what the price lost`() throws {
    let set = try HistoricalSimulation(
      history: Self.history(.logarithmic), underlyings: ["BTC", "ETH"]
    ).scenarios()
    let coin = Sample.perpetual("BTC", .linear)
    let forward = try Sample.market.quote(for: coin).forward
    let losses = try set.losses(of: Portfolio([Position(-2, coin)]), in: Sample.market)
    #expect(isClose(losses.worst, 2 * forward / 3, relative: 1e-13))
    #expect(losses.valueAtRisk(0.75) == losses.losses[0])
  }

  @Test func `Unknown factors, short histories and bad settings are refused by name`() throws {
    let history = try Self.history(.logarithmic)
    #expect(throws: SimulationError.unknownFactor("SOL")) {
      try HistoricalSimulation(history: history, underlyings: ["SOL"]).scenarios()
    }
    #expect(throws: SimulationError.unknownFactor("DVOL")) {
      try HistoricalSimulation(
        history: history, underlyings: ["BTC"], volatilityFactors: ["BTC": "DVOL"]
      ).scenarios()
    }
    let bad = [
      HistoricalSimulation(history: history, horizon: 0),
      HistoricalSimulation(history: history, horizon: 5),
      HistoricalSimulation(history: history, underlyings: []),
      HistoricalSimulation(history: history, daysPerReturn: .nan),
      HistoricalSimulation(history: history, volatilityDecay: 1),
      HistoricalSimulation(history: history, halfLife: 0),
    ]
    for simulation in bad {
      #expect(throws: SimulationError.self) { try simulation.scenarios() }
    }
    let ruin = try ReturnHistory(
      returns: [[-1]], dates: ["2026-01-01"], factors: ["BTC"], kind: .simple)
    #expect(throws: SimulationError.self) {
      try HistoricalSimulation(history: ruin).scenarios()
    }
  }
}
