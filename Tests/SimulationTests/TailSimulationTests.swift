import Foundation
import LinearAlgebra
import Pricing
import TestSupport
import Testing

import Simulation

/// The book (a.1) of Glasserman, Heidelberger and Shahabuddin (2000): short ten calls and five puts at the
/// money, half a year, on each of ten assets of volatility 0.3 and price 100, over 0.04 years.
struct ShortOptions {
  let correlation: Double
  let horizon = 0.04

  var covariance: Matrix {
    Matrix(rows: 10, columns: 10) { i, j in
      900 * horizon * (i == j ? 1 : correlation)
    }
  }

  /// −(10 C + 5 P), with P = C − S + K e^{−rT}.
  static func value(_ price: Double, _ time: Double) -> Double {
    let discount = exp(-0.05 * time)
    let call =
      discount
      * Black76.value(
        of: .call, forward: price / discount, strike: 100, volatility: 0.3, time: time)
    return -(15 * call - 5 * price + 500 * discount)
  }

  func losses(_ moves: Matrix) -> [Double] {
    let today = Self.value(100, 0.5)
    return (0..<moves.rows).map { s in
      (0..<10).reduce(0) { $0 + today - Self.value(max(100 + moves[s, $1], 1e-6), 0.5 - horizon) }
    }
  }

  func deltaGamma() throws -> DeltaGammaRisk {
    let h = 100 * 0.3 * horizon.squareRoot()
    let v = [-h, 0, h].map { Self.value(100 + $0, 0.5 - horizon) }
    let gamma = (v[0] - 2 * v[1] + v[2]) / (h * h)
    return try DeltaGammaRisk(
      QuadraticProfitAndLoss(
        constant: 10 * (v[1] - Self.value(100, 0.5)),
        delta: [Double](repeating: (v[2] - v[0]) / (2 * h), count: 10),
        gamma: Matrix(diagonal: [Double](repeating: gamma, count: 10))), covariance: covariance)
  }
}

@Suite struct TailSimulationTests {
  static let methods: [TailSimulation.Method] = [
    .plain, .importanceSampling, .stratified(strata: 25), .quasiRandom(replications: 16),
  ]

  @Test(arguments: methods, [0.9, 0.99])
  func `Where the loss is quadratic the exact measures are met within the errors`(
    _ method: TailSimulation.Method, _ α: Double
  ) throws {
    let risk = try DeltaGammaContributionTests.risk(DeltaGammaContributionTests.positions, .normal)
    let exact = try risk.tailRisk(α)
    let samples = 60
    var (values, shortfalls) = ([Double](), [Double]())
    var (valueErrors, shortfallErrors) = ([Double](), [Double]())
    for seed in 0..<samples {
      let estimate = try TailSimulation(
        approximation: risk, method: method, count: 4000, seed: UInt64(seed)
      ).estimate(α) { risk.profitAndLoss.losses(at: $0) }
      values.append(estimate.valueAtRisk)
      shortfalls.append(estimate.expectedShortfall)
      valueErrors.append(estimate.valueAtRiskStandardError)
      shortfallErrors.append(estimate.expectedShortfallStandardError)
      #expect(estimate.count == 4000)
    }
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    let root = Double(samples).squareRoot()
    // Four deviations of a mean of 60, and a bias of the sample quantile well below one of its errors.
    #expect(
      isClose(
        mean(values), exact.valueAtRisk, absolute: (4 / root + 0.15) * mean(valueErrors)))
    #expect(
      isClose(
        mean(shortfalls), exact.expectedShortfall,
        absolute: (4 / root + 0.15) * mean(shortfallErrors)))
  }

  /// The approximation has losses where X falls, the loss its large ones where X rises.
  @Test(arguments: [TailSimulation.Method.importanceSampling, .stratified(strata: 100)])
  func `Losses that the approximation does not see are in the estimate and in its error`(
    _ method: TailSimulation.Method
  ) throws {
    let blind = try DeltaGammaRisk(
      QuadraticProfitAndLoss(delta: [1], gamma: Matrix(rows: 1, columns: 1)),
      covariance: [[1]])
    // 50 (z − 2) and 50 (φ(z)/0.01 − 2) at the 99 % point z of the normal.
    let (value, shortfall) = (16.317394, 33.260717)
    var held = 0
    for seed in 0..<40 {
      let estimate = try TailSimulation(
        approximation: blind, method: method, count: 20_000, seed: UInt64(seed)
      ).estimate(0.99) { moves in moves.elements.map { max(-$0, 50 * ($0 - 2)) } }
      let interval = estimate.expectedShortfallInterval()
      if interval.lower <= shortfall && shortfall <= interval.upper { held += 1 }
      #expect(abs(estimate.valueAtRisk - value) < 6 * estimate.valueAtRiskStandardError)
    }
    // 95 % asymptotically; some 20 losses make up the tail.
    #expect(held >= 30, "\(held) of 40")
  }

  @Test func `A control that is the loss itself leaves the step of the sample`() throws {
    let risk = try DeltaGammaContributionTests.risk(DeltaGammaContributionTests.positions, .normal)
    let exact = try risk.tailRisk(0.99)
    for seed in 0..<10 {
      let estimate = try TailSimulation(
        approximation: risk, method: .controlVariate, count: 4000, seed: UInt64(seed)
      ).estimate(0.99) { risk.profitAndLoss.losses(at: $0) }
      #expect(
        isClose(
          estimate.valueAtRisk, exact.valueAtRisk,
          absolute: 5 * estimate.valueAtRiskStandardError))
      #expect(isClose(estimate.expectedShortfall, exact.expectedShortfall, relative: 2e-3))
    }
  }

  @Test func `Strata of the approximation are worth fifty times as many plain losses`() throws {
    let book = ShortOptions(correlation: 0.2)
    let risk = try book.deltaGamma()
    func deviations(_ method: TailSimulation.Method) throws -> (Double, Double, TailEstimate) {
      let estimates = try (0..<40).map {
        try TailSimulation(approximation: risk, method: method, count: 2000, seed: UInt64($0))
          .estimate(0.99) { book.losses($0) }
      }
      return (
        try LossDistribution(losses: estimates.map(\.valueAtRisk)).standardDeviation,
        try LossDistribution(losses: estimates.map(\.expectedShortfall)).standardDeviation,
        estimates[0]
      )
    }
    let plain = try deviations(.plain)
    let strata = try deviations(.stratified(strata: 100))
    #expect(plain.0 * plain.0 > 50 * strata.0 * strata.0, "\(plain.0) \(strata.0)")
    #expect(plain.1 * plain.1 > 500 * strata.1 * strata.1, "\(plain.1) \(strata.1)")
    // The errors stated are those seen, within what 40 repetitions tell.
    #expect(isClose(strata.2.valueAtRiskStandardError, strata.0, relative: 0.45))
    #expect(isClose(strata.2.expectedShortfallStandardError, strata.1, relative: 0.45))
  }

  @Test func `Scrambled points are worth more than independent ones, and say how much`() throws {
    let book = ShortOptions(correlation: 0.2)
    let risk = try book.deltaGamma()
    func estimates(_ method: TailSimulation.Method) throws -> [TailEstimate] {
      try (0..<30).map {
        try TailSimulation(approximation: risk, method: method, count: 4096, seed: UInt64($0))
          .estimate(0.99) { book.losses($0) }
      }
    }
    let scrambled = try estimates(.quasiRandom(replications: 16))
    let independent = try estimates(.importanceSampling)
    func deviation(_ x: [Double]) throws -> Double {
      try LossDistribution(losses: x).standardDeviation
    }
    let (a, b) = (
      try deviation(scrambled.map(\.expectedShortfall)),
      try deviation(independent.map(\.expectedShortfall))
    )
    #expect(a * a * 4 < b * b, "\(a) \(b)")
    let stated = scrambled.map(\.expectedShortfallStandardError).reduce(0, +) / 30
    #expect(isClose(stated, a, relative: 0.45))
  }

  @Test func `A run repeats itself, and what cannot be simulated is refused`() throws {
    let book = ShortOptions(correlation: 0)
    let risk = try book.deltaGamma()
    let simulation = try TailSimulation(approximation: risk, count: 1000, seed: 7)
    let once = try simulation.estimate(0.975) { book.losses($0) }
    for width in [1, 3] {
      let again = try Parallelism.$width.withValue(width) {
        try simulation.estimate(0.975) { book.losses($0) }
      }
      #expect(once == again)
    }
    #expect(throws: SimulationError.self) { try TailSimulation(approximation: risk, count: 10) }
    #expect(throws: SimulationError.self) {
      try TailSimulation(approximation: risk, method: .stratified(strata: 600), count: 1000)
    }
    #expect(throws: SimulationError.self) { try simulation.estimate(0.9) { _ in [1] } }
    #expect(throws: SimulationError.self) {
      try simulation.estimate(0.9) { [Double](repeating: .nan, count: $0.rows) }
    }
    let t = try DeltaGammaRisk(
      risk.profitAndLoss, covariance: risk.covariance, shape: .studentT(degreesOfFreedom: 5))
    #expect(throws: SimulationError.self) { try TailSimulation(approximation: t, count: 1000) }
  }

  @Test func `A book of options is simulated by full revaluation from its own quadratic`() throws {
    let market = SyntheticMarket.market()
    var random = TestRandom(seed: 21)
    let book = SyntheticMarket.book(of: 20, in: market, random: &random)
    let model = try MonteCarlo(
      underlyings: ["BTC", "ETH"], volatilities: [0.6, 0.8], volatilitiesOfVolatility: [0.9, 0.9],
      correlation: [
        [1, -0.3, 0.8, -0.2], [-0.3, 1, -0.2, 0.7], [0.8, -0.2, 1, -0.3], [-0.2, 0.7, -0.3, 1],
      ])
    let horizon = 1.0 / 365
    let estimate = try model.tailEstimate(
      0.99, of: book, in: market, horizon: horizon, count: 5000)
    let plain = try model.scenarios(count: 200_000, horizon: horizon, seed: 3)
      .losses(of: book, in: market)
    let error = plain.valueAtRiskStandardError(0.99)
    #expect(estimate.valueAtRiskStandardError < error * 3)
    #expect(
      isClose(
        estimate.valueAtRisk, plain.valueAtRisk(0.99),
        absolute: 4 * (error + estimate.valueAtRiskStandardError)))
    #expect(
      isClose(
        estimate.expectedShortfall, plain.expectedShortfall(0.99),
        absolute: 4
          * (plain.expectedShortfallStandardError(0.99) + estimate.expectedShortfallStandardError)))
    // The quadratic itself is the book's P&L at one deviation of each factor.
    let parts = try model.quadraticProfitAndLoss(
      of: book.positions.map(\.instrument), in: market, horizon: horizon)
    let risk = try model.deltaGammaRisk(of: book, in: market, horizon: horizon)
    let sum = try risk.expectedShortfallContributions(
      0.99, of: zip(book.positions, parts).map { $0.quantity * $1 })
    #expect(isClose(sum.components.reduce(0, +), sum.total, relative: 1e-9))
  }
}
