import Foundation
import MarginOptimization
import Workloads

/// How often the confidence intervals of value-at-risk and expected shortfall hold the true value: 95 %
/// intervals, 1,000 repetitions (a standard error of 0.7 %).
///
///     swift run -c release Intervals [repetitions]
@main
struct Intervals {
  static func main() throws {
    let repetitions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
    print("95 % intervals of 99 % measures, \(repetitions) repetitions")
    print(row("losses", "method", "count", "VaR", "ES"))
    for count in [1000, 10_000] {
      try distribution(
        "normal", count, repetitions, { NormalDistribution.standard.quantile($0) }
      ) {
        NormalDistribution.standard.density($0) / 0.01
      }
      let t = StudentT(degreesOfFreedom: 4)
      try distribution("Student t4", count, repetitions, { t.quantile($0) }) { q in
        t.density(q) / 0.01 * (4 + q * q) / 3
      }
    }
    try weighted(repetitions)
    try guided(repetitions)
  }

  /// Plain samples of a distribution with known measures: binomial intervals of value-at-risk, those of
  /// the asymptotic error for shortfall.
  static func distribution(
    _ name: String, _ count: Int, _ repetitions: Int, _ quantile: (Double) -> Double,
    _ shortfall: (Double) -> Double
  ) throws {
    let q = quantile(0.99)
    let truth = TailRisk(valueAtRisk: q, expectedShortfall: shortfall(q))
    try report(name, "plain", count, repetitions, truth) { seed in
      let losses = RandomStream(seed: 77, stream: UInt32(seed)).uniforms(path: 0, count: count)
        .map(quantile)
      let sample = try LossDistribution(losses: losses)
      return (sample.valueAtRiskInterval(0.99), sample.expectedShortfallInterval(0.99))
    }
  }

  /// Draws of N(2, 1), weighted back to N(0, 1).
  static func weighted(_ repetitions: Int) throws {
    let normal = NormalDistribution.standard
    let q = normal.quantile(0.99)
    let truth = TailRisk(valueAtRisk: q, expectedShortfall: normal.density(q) / 0.01)
    try report("normal", "weighted", 1000, repetitions, truth) { seed in
      let losses = RandomStream(seed: 78).normals(path: seed, count: 1000).map { $0 + 2 }
      let sample = try LossDistribution(losses: losses, weights: losses.map { exp(2 - 2 * $0) })
      return (sample.valueAtRiskInterval(0.99), sample.expectedShortfallInterval(0.99))
    }
  }

  /// A book of options; the truth is a simulation of two million losses in 1,000 strata.
  static func guided(_ repetitions: Int) throws {
    let risk = try ShortOptions.deltaGamma()
    let long = try TailSimulation(
      approximation: risk, method: .stratified(strata: 1000), count: 2_000_000, seed: 1 << 40
    ).estimate(0.99, losses: ShortOptions.losses)
    let truth = TailRisk(
      valueAtRisk: long.valueAtRisk, expectedShortfall: long.expectedShortfall)
    print(
      String(
        format: "    short options: VaR %.4f (error %.4f), ES %.4f (%.4f)", long.valueAtRisk,
        long.valueAtRiskStandardError, long.expectedShortfall, long.expectedShortfallStandardError))
    let runs: [(TailSimulation.Method, Int)] = [
      (.plain, 2000), (.plain, 10_000), (.controlVariate, 10_000), (.importanceSampling, 1000),
      (.importanceSampling, 5000), (.stratified(strata: 40), 1000), (.stratified(strata: 40), 5000),
      (.stratified(strata: 100), 5000), (.quasiRandom(replications: 16), 4096),
    ]
    for (method, count) in runs {
      try report("short options", "\(method)", count, repetitions, truth) { seed in
        let estimate = try TailSimulation(
          approximation: risk, method: method, count: count, seed: UInt64(seed)
        ).estimate(0.99, losses: ShortOptions.losses)
        return (estimate.valueAtRiskInterval(), estimate.expectedShortfallInterval())
      }
    }
  }

  static func report(
    _ name: String, _ method: String, _ count: Int, _ repetitions: Int, _ truth: TailRisk,
    _ intervals: (Int) throws -> (ConfidenceInterval, ConfidenceInterval)
  ) throws {
    var hits = (0, 0)
    for seed in 0..<repetitions {
      let (value, shortfall) = try intervals(seed)
      if value.lower <= truth.valueAtRisk && truth.valueAtRisk <= value.upper { hits.0 += 1 }
      if shortfall.lower <= truth.expectedShortfall && truth.expectedShortfall <= shortfall.upper {
        hits.1 += 1
      }
    }
    let shares = [hits.0, hits.1].map {
      String(format: "%.1f %%", 100 * Double($0) / Double(repetitions))
    }
    print(row(name, method, "\(count)", shares[0], shares[1]))
  }

  static func row(_ cells: String...) -> String {
    zip(cells, [16, 34, 9, 10, 10]).map {
      $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0)
    }
    .joined()
  }
}
