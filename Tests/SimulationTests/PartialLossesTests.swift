import Foundation
import LinearAlgebra
import Pricing
import Probability
import TestSupport
import Testing

import Simulation

@Suite struct PartialLossesTests {
  static func simulation(
    seed: UInt64 = 9, method: LossSimulation.Method = .proxy(), tail: Int = 700,
    shape: ParametricRisk.Shape = .studentT(degreesOfFreedom: 4)
  ) throws -> LossSimulation {
    try LossSimulation(
      model: MonteCarloTests.model(shape: shape),
      book: CollapsedBook(Moves.book(Sample.instruments), in: Sample.market),
      horizon: 1.0 / 365, seed: seed, tailCapacity: tail, method: method)
  }

  /// Ranges that cut neither at blocks nor at chunks.
  static let cuts = [0, 1, 999, 1000, 17_003, 33_333, 50_001]
  static var ranges: [Range<Int>] { zip(cuts, cuts.dropFirst()).map { $0..<$1 } }

  @Test(arguments: [LossSimulation.Method.full, .proxy(tolerance: 1e-6)])
  func `Parts cut anywhere and merged in any order are one run, bit for bit`(
    _ method: LossSimulation.Method
  ) throws {
    let simulation = try Self.simulation(method: method)
    let one = try simulation.losses(paths: 0..<50_001)
    let parts = try Self.ranges.map { try simulation.losses(paths: $0) }
    #expect(try PartialLosses.merged(parts) == one)
    #expect(try PartialLosses.merged(parts.reversed()) == one)
    let pairs = try [[3, 0], [5, 2], [1, 4]].map {
      try PartialLosses.merged($0.map { parts[$0] })
    }
    #expect(try PartialLosses.merged(pairs) == one)
    #expect(one.paths == [0..<50_001] && one.count == 50_001)
    for width in [1, 3] {
      let again = try Parallelism.$width.withValue(width) {
        try Self.simulation(method: method).losses(paths: 0..<50_001)
      }
      #expect(again == one)
    }
  }

  @Test func `Parts survive JSON and property lists bit for bit`() throws {
    let part = try Self.simulation().losses(paths: 5..<3000)
    let json = try JSONEncoder().encode(part)
    #expect(try JSONDecoder().decode(PartialLosses.self, from: json) == part)
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    let binary = try encoder.encode(part)
    #expect(try PropertyListDecoder().decode(PartialLosses.self, from: binary) == part)
  }

  /// Each process makes the simulation anew, runs its paths and writes what they leave.
  @Test func `Processes give the bits of one`() async throws {
    let folder = URL.temporaryDirectory.appending(path: "parts-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path(percentEncoded: false)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for range in [0..<12_345, 12_345..<30_000, 30_000..<50_001] {
        let (first, last) = (range.lowerBound, range.upperBound)
        group.addTask {
          await #expect(processExitsWith: .success) {
            [path = path as String, first = first as Int, last = last as Int] in
            let part = try PartialLossesTests.simulation().losses(paths: first..<last)
            try JSONEncoder().encode(part).write(
              to: URL(filePath: path).appending(path: "\(first).json"))
          }
        }
      }
      try await group.waitForAll()
    }
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    #expect(files.count == 3)
    let parts = try files.map {
      try JSONDecoder().decode(PartialLosses.self, from: Data(contentsOf: $0))
    }
    let merged = try PartialLosses.merged(parts)
    let one = try Self.simulation().losses(paths: 0..<50_001)
    #expect(merged == one)
    #expect(merged.mean == one.mean && merged.variance == one.variance)
    for α in [0.99, 0.995] {
      #expect(try merged.valueAtRisk(α) == one.valueAtRisk(α))
      #expect(try merged.expectedShortfall(α) == one.expectedShortfall(α))
      #expect(try merged.valueAtRiskInterval(α) == one.valueAtRiskInterval(α))
      #expect(
        try merged.expectedShortfallStandardError(α) == one.expectedShortfallStandardError(α))
    }
  }

  @Test func `Measures are those of the distribution of all losses`() throws {
    let simulation = try Self.simulation(tail: 20_000)
    let count = 20_000
    let part = try simulation.losses(paths: 0..<count)
    let all = try LossDistribution(losses: simulation.pathLosses(paths: 0..<count))
    #expect(isClose(part.mean, all.mean, relative: 1e-13))
    #expect(isClose(part.standardDeviation, all.standardDeviation, relative: 1e-13))
    #expect(part.worst == all.worst)
    #expect(part.tail.losses == all.losses.sorted(by: >))
    #expect(part.tail.paths.map { all.losses[$0] } == part.tail.losses)
    for α in [0.5, 0.9, 0.975, 0.99, 0.9999, 0.99999] {
      #expect(try part.valueAtRisk(α) == all.valueAtRisk(α))
      #expect(
        isClose(try part.expectedShortfall(α), all.expectedShortfall(α), relative: 1e-13))
      #expect(
        isClose(
          try part.expectedShortfallStandardError(α), all.expectedShortfallStandardError(α),
          relative: 1e-12))
      let (interval, expected) = (try part.valueAtRiskInterval(α), all.valueAtRiskInterval(α))
      #expect(interval == expected)
    }
  }

  @Test func `Losses are those of the scenarios of the same paths`() throws {
    let simulation = try Self.simulation(method: .full)
    let scenarios = try simulation.model.scenarios(paths: 2048..<6144, horizon: 1.0 / 365, seed: 9)
    #expect(
      try simulation.pathLosses(paths: 2048..<6144)
        == simulation.book.losses(in: scenarios).losses)
    let proxied = try Self.simulation(method: .proxy(tolerance: 1e-6))
    let difference = zip(
      try simulation.pathLosses(paths: 0..<40_000), try proxied.pathLosses(paths: 0..<40_000)
    ).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(difference > 0 && difference <= proxied.errorBound)
    let worst = try proxied.losses(paths: 0..<40_000).worst
    #expect(proxied.errorBound <= 1e-6 * worst)
    // Under moves of t₄ the near expiries may bend too sharply for a function; the farthest do not.
    #expect(proxied.reasons.count <= 3, "\(proxied.reasons)")
    #expect(proxied.reasons.allSatisfy { !$0.contains("180.0 days") })
    #expect(try Self.simulation(shape: .normal).reasons.isEmpty)
    let beyond = try Self.simulation(method: .proxy(tolerance: 1e-17))
    #expect(beyond.reasons.count == 1 && beyond.errorBound == 0)
    #expect(
      try beyond.pathLosses(paths: 0..<100) == simulation.pathLosses(paths: 0..<100))
  }

  @Test func `Parts that do not belong together are refused`() throws {
    let simulation = try Self.simulation(method: .full)
    let part = try simulation.losses(paths: 10..<20)
    #expect(throws: PartialLossesError.overlappingPaths(15..<20)) {
      try part.merging(simulation.losses(paths: 15..<30))
    }
    for other in [
      try Self.simulation(seed: 10, method: .full), try Self.simulation(method: .full, tail: 701),
      try Self.simulation(), try Self.simulation(method: .full, shape: .normal),
    ] {
      #expect(
        throws: PartialLossesError.differentSimulations(simulation.digest, other.digest)
      ) { try part.merging(other.losses(paths: 20..<30)) }
    }
    #expect(throws: PartialLossesError.empty) { try PartialLosses.merged([]) }
    let json = String(decoding: try JSONEncoder().encode(part), as: UTF8.self)
    let damaged = json.replacing("[10,20]", with: "[10,21]")
    #expect(damaged != json)
    #expect(throws: PartialLossesError.damaged) {
      try JSONDecoder().decode(PartialLosses.self, from: Data(damaged.utf8))
    }
    let short = json.replacing(#""sum":[0,"#, with: #""sum":["#)
    #expect(short != json)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(PartialLosses.self, from: Data(short.utf8))
    }
  }

  @Test func `A tail that is too short says how long it must be`() throws {
    let part = try Self.simulation(method: .full, tail: 50).losses(paths: 0..<10_000)
    #expect(try part.valueAtRisk(0.9951) == part.tail.losses[49])
    #expect(
      throws: PartialLossesError.tailTooShort(confidence: 0.99, needed: 101, kept: 50)
    ) { try part.valueAtRisk(0.99) }
    let enough = LossSimulation.tailCapacity(confidence: 0.99, paths: 10_000)
    let whole = try Self.simulation(method: .full, tail: enough).losses(paths: 0..<10_000)
    #expect(try whole.valueAtRiskInterval(0.99).lower < whole.valueAtRisk(0.99))
  }

  @Test func `Impossible simulations are refused`() throws {
    let simulation = try Self.simulation(method: .full)
    #expect(throws: SimulationError.self) { try simulation.losses(paths: 5..<5) }
    #expect(throws: SimulationError.self) { try simulation.losses(paths: -5..<5) }
    #expect(throws: SimulationError.self) { try Self.simulation(tail: 0) }
    #expect(throws: SimulationError.self) { try Self.simulation(method: .proxy(tolerance: 0)) }
  }
}
