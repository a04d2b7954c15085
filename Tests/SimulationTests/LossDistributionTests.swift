import Foundation
import TestSupport
import Testing

import Simulation

@Suite struct LossDistributionTests {
  static let needsData: Comment = "needs the reference data beside the checkout"

  /// Daily losses ln Pₜ − ln Pₜ₊₁ of the S&P 500, 1990 to 2022. The vectors were made from differences
  /// of logarithms, which differ from the logarithm of the ratio by 1e-15.
  static func indexLosses() throws -> [Double] {
    let gunzip = Process()
    gunzip.executableURL = URL(filePath: "/usr/bin/env")
    let file = try ReferenceData.url("data/skfolio_sp500_index.csv.gz")
    gunzip.arguments = ["gzip", "-dc", file.path(percentEncoded: false)]
    let pipe = Pipe()
    gunzip.standardOutput = pipe
    try gunzip.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    gunzip.waitUntilExit()
    let prices = text.split(whereSeparator: \.isNewline).dropFirst().compactMap {
      $0.split(separator: ",").last.flatMap { Double($0) }
    }
    return zip(prices, prices.dropFirst()).map { log($0) - log($1) }
  }

  @Test(.enabled(if: ReferenceData.isPresent, needsData))
  func `Historical value-at-risk and expected shortfall meet the S&P 500 vectors`() throws {
    let distribution = try LossDistribution(losses: Self.indexLosses())
    let rows = try ReferenceData.rows("vectors/risk/hist_var_es_sp500_1990_2022.csv")
    #expect(rows.count == 5 && distribution.count == 8312)
    let types: [(String, QuantileType)] = [
      ("VaR_order_stat_floor", .orderStatistic), ("VaR_type1", .inverseEmpirical),
      ("VaR_type7", .linear), ("VaR_type8", .medianUnbiased),
    ]
    for row in rows {
      func number(_ name: String) throws -> Double { try #require(row[name].flatMap(Double.init)) }
      let α = try number("alpha")
      for (column, type) in types {
        let value = distribution.valueAtRisk(α, type: type)
        #expect(isClose(value, try number(column), relative: 1e-14), "\(column) at \(α)")
      }
      #expect(
        isClose(
          distribution.expectedShortfall(α), try number("ES_acerbi_tasche"), relative: 1e-14))
    }
  }

  @Test func `Ten losses at 0.85 count the worst one and a half`() throws {
    let distribution = try LossDistribution(losses: (1...10).map(Double.init).shuffled())
    #expect(distribution.valueAtRisk(0.85) == 9)
    #expect(isClose(distribution.expectedShortfall(0.85), (10 + 0.5 * 9) / 1.5, relative: 1e-14))
    #expect(distribution.valueAtRisk(0.95) == 10)
    #expect(isClose(distribution.expectedShortfall(0.95), 10, relative: 1e-15))
    #expect(distribution.worst == 10 && isClose(distribution.mean, 5.5, relative: 1e-15))
    #expect(isClose(distribution.standardDeviation, (55.0 / 6).squareRoot(), relative: 1e-15))
  }

  @Test func `A tail of a whole number of scenarios is not lost to rounding`() throws {
    // 1000 (1 − 0.9) is 99.99999999999997 in doubles; the convention asks for L₍₁₀₁₎.
    for (n, α, rank) in [(1000, 0.9, 101), (1000, 0.99, 11), (500, 0.998, 2), (10, 0.7, 4)] {
      let distribution = try LossDistribution(losses: (0..<n).map { Double($0) })
      #expect(distribution.valueAtRisk(α) == Double(n - rank), "n = \(n), α = \(α)")
      let weighted = try LossDistribution(
        losses: distribution.losses, weights: .init(repeating: 3, count: n))
      #expect(weighted.valueAtRisk(α) == Double(n - rank), "weighted, n = \(n), α = \(α)")
    }
  }

  @Test func `Selection agrees with sorting for every rank, with ties, sorted and reversed`() {
    var random = TestRandom(seed: 3)
    for n in 1...40 {
      let free = (0..<n).map { _ in random.signedUnit() }
      let tied = free.map { ($0 * 3).rounded() }
      let samples: [[Double]] = [
        free, tied, free.sorted(), free.sorted().reversed(), Array(repeating: 1, count: n),
      ]
      for sample in samples {
        let sorted = sample.sorted()
        for k in 0..<n { #expect(Selection.ascending(k, of: sample) == sorted[k]) }
      }
    }
  }

  @Test func `Selection in large samples agrees with sorting, however they are arranged`() {
    var random = TestRandom(seed: 4)
    let n = 20_011
    let free = (0..<n).map { _ in random.signedUnit() }
    let samples: [[Double]] = [
      free, free.sorted(), free.map { ($0 * 3).rounded() }, Array(repeating: 2, count: n),
      // Every value that a stride would pick is an outlier.
      (0..<n).map { $0 % 9 == 4 ? 100 + free[$0] : free[$0] },
    ]
    for sample in samples {
      let sorted = sample.sorted()
      for k in [0, 1, 7, n / 100, n / 3, n / 2, n - n / 40, n - 200, n - 3, n - 1] {
        #expect(Selection.ascending(k, of: sample) == sorted[k])
      }
    }
  }

  @Test func `Whole weights equal repeated scenarios`() throws {
    var random = TestRandom(seed: 11)
    let losses = (0..<200).map { _ in random.signedUnit() }
    let repeats = (0..<200).map { _ in Int(random.next() % 4) }
    let weighted = try LossDistribution(losses: losses, weights: repeats.map(Double.init))
    let repeated = try LossDistribution(
      losses: zip(losses, repeats).flatMap { [Double](repeating: $0, count: $1) })
    for α in [0.5, 0.75, 0.9, 0.95, 0.99] {
      #expect(weighted.valueAtRisk(α) == repeated.valueAtRisk(α))
      #expect(
        weighted.valueAtRisk(α, type: .inverseEmpirical)
          == repeated.valueAtRisk(α, type: .inverseEmpirical))
      #expect(
        isClose(
          weighted.expectedShortfall(α), repeated.expectedShortfall(α), relative: 1e-13))
    }
    #expect(isClose(weighted.mean, repeated.mean, relative: 1e-13))
  }

  @Test func `Tails of large samples agree with sorting, weighted or not`() throws {
    var random = TestRandom(seed: 6)
    let n = 30_011
    let free = (0..<n).map { _ in random.signedUnit() }
    let ties: [Double] = free.map { ($0 * 5).rounded() }
    // All of the tail where no stride looks.
    var hidden = free
    for i in stride(from: 1, to: 2000, by: 4) { hidden[i] += 9 }
    let samples: [[Double]] = [
      free, free.sorted(), ties, [Double](repeating: -1, count: n), hidden,
    ]
    let weights = (0..<n).map { _ in Double(random.next() % 5) }
    let total = weights.reduce(0, +)
    for sample in samples {
      let distribution = try LossDistribution(losses: sample)
      let sorted = sample.sorted(by: >)
      let weighted = try LossDistribution(losses: sample, weights: weights)
      let order = sample.indices.sorted { sample[$0] > sample[$1] }
      for α in [0.3, 0.82, 0.95, 0.99, 0.9999] {
        let tail = distribution.tailRisk(α)
        let np = Double(n) * (1 - α)
        let k = Int(np)
        #expect(tail.valueAtRisk == sorted[k])
        let whole: Double = sorted[..<k].reduce(0, +)
        let mean = (whole + (np - Double(k)) * sorted[k]) / np
        #expect(isClose(tail.expectedShortfall, mean, relative: 1e-12, absolute: 1e-12))
        #expect(try LossDistribution.tailRisk(α, of: sample) == tail)
        #expect(tail.valueAtRisk == distribution.valueAtRisk(α))
        #expect(tail.expectedShortfall == distribution.expectedShortfall(α))
        var mass = 0.0
        let first = order.first {
          mass += weights[$0] / total
          return mass > 1 - α
        }
        #expect(weighted.valueAtRisk(α) == sample[try #require(first)])
      }
    }
    for bad in [Double.nan, .infinity, -.infinity] {
      var spoiled = free
      spoiled[17_000] = bad
      #expect(throws: SimulationError.self) { try LossDistribution(losses: spoiled) }
      for (α, ties) in [(0.99, false), (0.3, false), (0.99, true)] {
        if ties { spoiled = spoiled.map { $0.isFinite ? 1 : $0 } }
        // A NaN equals nothing, so the value is compared by its bits.
        do {
          _ = try LossDistribution.tailRisk(α, of: spoiled)
          Issue.record("\(bad) was taken")
        } catch {
          guard case .notFinite("loss", 17_000, let value) = error else {
            Issue.record("\(error)")
            continue
          }
          #expect(value.bitPattern == bad.bitPattern)
        }
      }
    }
  }

  @Test func `Expected shortfall is coherent on random books`() throws {
    var random = TestRandom(seed: 5)
    for n in [1, 2, 7, 100] {
      let a = (0..<n).map { _ in random.signedUnit() }
      let b = (0..<n).map { _ in random.signedUnit() }
      for α in [0.3, 0.9, 0.99] {
        func es(_ losses: [Double]) throws -> Double {
          try LossDistribution(losses: losses).expectedShortfall(α)
        }
        #expect(try es(zip(a, b).map(+)) <= es(a) + es(b) + 1e-14)
        #expect(isClose(try es(a.map { 2.5 * $0 }), 2.5 * (try es(a)), relative: 1e-14))
        #expect(isClose(try es(a.map { $0 + 7 }), 7 + (try es(a)), relative: 1e-14))
        #expect(try es(zip(a, b).map { max($0, $1) }) >= es(a))
        #expect(try es(a.shuffled()) == es(a) || isClose(es(a.shuffled()), es(a), relative: 1e-14))
        let distribution = try LossDistribution(losses: a)
        #expect(try es(a) >= distribution.valueAtRisk(α))
        #expect(distribution.worst >= (try es(a)) - 1e-15)
      }
    }
  }

  @Test func `Nothing, NaN and bad weights are refused by name`() {
    #expect(throws: SimulationError.empty("losses")) { try LossDistribution(losses: []) }
    #expect(throws: SimulationError.empty("losses")) { try LossDistribution.tailRisk(0.9, of: []) }
    #expect(throws: SimulationError.self) { try LossDistribution(losses: [1, .nan]) }
    #expect(throws: SimulationError.self) { try LossDistribution(losses: [.infinity]) }
    for weights in [[1.0], [1, -1], [0, 0], [.nan, 1]] {
      #expect(throws: SimulationError.self) {
        try LossDistribution(losses: [1, 2], weights: weights)
      }
    }
  }
}
