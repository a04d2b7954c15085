import Foundation
import LinearAlgebra
import Probability
import RiskModels
import TestSupport
import Testing

import Simulation

@Suite struct FilteredHistoricalSimulationTests {
  static let recursion: [String: GARCHParameters] = [
    "BTC": GARCHParameters(mean: 0.001, omega: 2e-5, alpha: 0.08, gamma: 0.06, beta: 0.85),
    "ETH": GARCHParameters(omega: 4e-5, alpha: 0.1, beta: 0.86),
    "BTC volatility": GARCHParameters(omega: 1e-4, alpha: 0.05, beta: 0.8),
  ]

  /// Returns that follow the recursions, BTC and ETH correlated.
  static func history(count: Int = 700, kind: ReturnHistory.Kind = .logarithmic) throws
    -> ReturnHistory
  {
    let names = ["BTC", "ETH", "BTC volatility"]
    let normals = names.indices.map {
      RandomStream(seed: 4, stream: UInt32($0)).normals(path: 0, count: count)
    }
    var columns: [[Double]] = []
    for (j, name) in names.enumerated() {
      let p = try #require(recursion[name])
      var h = p.omega / (1 - p.persistence)
      columns.append(
        (0..<count).map { t in
          let z = j == 1 ? 0.8 * normals[0][t] + 0.6 * normals[1][t] : normals[j][t]
          let ε = h.squareRoot() * z
          h = p.omega + (ε < 0 ? p.alpha + p.gamma : p.alpha) * ε * ε + p.beta * h
          return kind == .logarithmic ? p.mean + ε : expm1(p.mean + ε)
        })
    }
    let returns = Matrix(rows: count, columns: 3) { columns[$1][$0] }
    let dates: [String] = (0..<count).map { (t: Int) -> String in
      let (year, month, day) = (2000 + t / 336, 1 + t / 28 % 12, 1 + t % 28)
      return String(format: "%04d-%02d-%02d", year, month, day)
    }
    return try ReturnHistory(returns: returns, dates: dates, factors: names, kind: kind)
  }

  static func simulation(horizon: Int) throws -> FilteredHistoricalSimulation {
    try FilteredHistoricalSimulation(
      history: history(), filter: .given(recursion),
      volatilityFactors: ["BTC": "BTC volatility"], horizon: horizon)
  }

  @Test func `Over one day each residual at today's volatility`() throws {
    let simulation = try Self.simulation(horizon: 1)
    let set = try simulation.scenarios()
    #expect(set.underlyings == ["BTC", "ETH"] && set.count == 700)
    #expect(isClose(set.horizon, 1.0 / 365, relative: 1e-15))
    let levels = try #require(set.volatilityReturns)
    for (j, name) in ["BTC", "ETH", "BTC volatility"].enumerated() {
      let p = try #require(Self.recursion[name])
      let returns = try Self.history().returns.column(j)
      let v = try p.filter(returns)
      for t in [0, 1, 350, 699] {
        let move = exp(
          p.mean + (returns[t] - p.mean) * (v.nextVariance / v.variances[t]).squareRoot())
        #expect(isClose(j < 2 ? set.spotReturns[t, j] : levels[t, 0], move - 1, absolute: 1e-14))
        #expect(levels[t, 1] == 0)
      }
    }
    #expect(throws: SimulationError.self) { try Self.simulation(horizon: 2).scenarios() }
  }

  /// The recursion as the paper writes it, one path at a time.
  @Test(arguments: [1, 7, 10]) func `Paths follow the recursion`(horizon: Int) throws {
    let simulation = try Self.simulation(horizon: horizon)
    let set = try simulation.scenarios(count: 1000, seed: 12)
    let levels = try #require(set.volatilityReturns)
    let stream = RandomStream(seed: 12)
    for k in [0, 1, 31, 32, 511, 512, 999] {
      let dates = stream.uniforms(path: k, count: horizon).map { Int($0 * 700) }
      for (j, factor) in simulation.factors.enumerated() {
        let p = factor.parameters
        var (h, sum) = (factor.volatility.nextVariance, 0.0)
        for (i, date) in dates.enumerated() {
          let z = factor.volatility.standardizedResiduals[date]
          let shock = h.squareRoot() * z
          sum += p.mean + shock
          h = p.omega + (z < 0 ? p.alpha + p.gamma : p.alpha) * shock * shock + p.beta * h
          let all = try simulation.paths(of: factor.name, k..<(k + 1), seed: 12)
          #expect(isClose(all[0, i], sum, relative: 1e-12, absolute: 1e-15))
        }
        let found = j < 2 ? set.spotReturns[k, j] : levels[k, 0]
        #expect(isClose(found, expm1(sum), relative: 1e-12, absolute: 1e-14))
      }
    }
  }

  @Test func `Ranges of paths and any number of threads give the same bits`() throws {
    let simulation = try Self.simulation(horizon: 10)
    let all = try simulation.scenarios(count: 3000, seed: 5)
    let pieces = try [0..<1, 1..<700, 700..<2999, 2999..<3000].flatMap {
      try simulation.scenarios(paths: $0, seed: 5).spotReturns.column(1)
    }
    #expect(pieces == all.spotReturns.column(1))
    for width in [1, 3] {
      let other = try Parallelism.$width.withValue(width) {
        try simulation.scenarios(count: 3000, seed: 5)
      }
      #expect(other.spotReturns == all.spotReturns)
      #expect(other.volatilityReturns == all.volatilityReturns)
    }
    #expect(try simulation.scenarios(count: 3000, seed: 6).spotReturns != all.spotReturns)
  }

  /// E h is known in closed form where the residuals have mean square 1, and the correlation of the
  /// returns is that of the residuals.
  @Test func `Variance over ten days is the sum of the forecasts`() throws {
    let simulation = try Self.simulation(horizon: 10)
    let factor = simulation.factors[1]
    let z = factor.volatility.standardizedResiduals
    let (mean, square) = (
      z.reduce(0, +) / Double(z.count), z.reduce(0) { $0 + $1 * $1 } / Double(z.count)
    )
    var (h, variance) = (factor.volatility.nextVariance, 0.0)
    for _ in 0..<10 {
      variance += h * (square - mean * mean)
      h =
        factor.parameters.omega
        + h * (factor.parameters.beta + factor.parameters.alpha * square)
    }
    let n = 400_000
    let sums = try simulation.paths(of: "ETH", 0..<n, seed: 1).column(9)
    let m = sums.reduce(0, +) / Double(n)
    let found = sums.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(n)
    // 0.3 % of sampling, and the steps are a little correlated where the residuals' mean is not 0.
    #expect(isClose(found, variance, relative: 0.02))
  }

  @Test func `Fitted filters, simple returns and exponential weights`() throws {
    let model = GARCH(mean: .constant, hasLeverage: true, stationarity: .limited(persistence: 1))
    let fitted = try FilteredHistoricalSimulation(
      history: Self.history(), filter: .garch(model), underlyings: ["BTC"])
    #expect(
      fitted.factors[0].parameters == (try model.fit(Self.history().returns.column(0))).parameters)
    let simple = try FilteredHistoricalSimulation(
      history: Self.history(kind: .simple), filter: .garch(model), underlyings: ["BTC"])
    let (a, b) = (try fitted.scenarios(), try simple.scenarios())
    for t in 0..<a.count {
      #expect(isClose(a.spotReturns[t, 0], b.spotReturns[t, 0], relative: 1e-5, absolute: 1e-8))
    }
    // The recursion that HistoricalSimulation's own filter runs.
    let weighted = try FilteredHistoricalSimulation(
      history: Self.history(), filter: .exponentiallyWeighted(EWMAVolatility(decay: 0.97)),
      underlyings: ["BTC", "ETH"]
    ).scenarios()
    let hullWhite = try HistoricalSimulation(
      history: Self.history(), underlyings: ["BTC", "ETH"], volatilityDecay: 0.97
    ).scenarios()
    for (x, y) in zip(weighted.spotReturns.elements, hullWhite.spotReturns.elements) {
      #expect(isClose(x, y, relative: 1e-11, absolute: 1e-14))
    }
  }

  @Test func `Bad settings are named`() throws {
    let history = try Self.history()
    #expect(throws: SimulationError.unknownFactor("SOL")) {
      try FilteredHistoricalSimulation(history: history, underlyings: ["SOL"])
    }
    #expect(throws: SimulationError.empty("underlyings to simulate")) {
      try FilteredHistoricalSimulation(history: history, underlyings: [])
    }
    #expect(
      throws: SimulationError.volatility(of: "BTC", .tooFewReturns(found: 60, needed: 100))
    ) {
      try FilteredHistoricalSimulation(history: history.last(60))
    }
    #expect(throws: SimulationError.volatility(of: "ETH", .noParameters)) {
      try FilteredHistoricalSimulation(
        history: history, filter: .given([:]), underlyings: ["ETH"])
    }
    #expect(throws: SimulationError.self) { try Self.simulation(horizon: 0) }
    let simulation = try Self.simulation(horizon: 3)
    #expect(throws: SimulationError.empty("scenarios")) {
      try simulation.scenarios(count: 0, seed: 1)
    }
    #expect(throws: SimulationError.unknownFactor("SOL")) {
      try simulation.paths(of: "SOL", 0..<1, seed: 1)
    }
  }
}
