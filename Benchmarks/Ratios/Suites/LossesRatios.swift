import Foundation
import MarginOptimization
import RawRoutines
import Workloads

extension RatioSuite {
  /// Tails of large samples, delta-gamma by transform inversion, and simulation guided by it.
  static var losses: RatioSuite {
    RatioSuite(section: "losses") {
      try largeTail(10_000_000) + deltaGamma(100) + guidedSimulation()
    }
  }
}

/// Ours includes the search for losses that are not numbers.
private func largeTail(_ count: Int) throws -> [Comparison] {
  var losses = [Double](repeating: 0, count: count)
  losses.withUnsafeMutableBufferPointer {
    RandomStream(seed: 3).fillNormals($0, paths: 0..<count, dimension: 1)
  }
  let other = Scratch(count)
  return [
    Comparison(
      name: "VaR and ES of \(count)", peerName: "memcpy of as many",
      ours: {
        if let tail = try? LossDistribution.tailRisk(0.99, of: losses) {
          keep(tail.valueAtRisk + tail.expectedShortfall)
        }
      },
      peer: { other.start.update(from: losses, count: count) },
      note: {
        String(format: "%.2f thousand million losses a second", 1e-9 * Double(count) / $0.ours)
      })
  ]
}

/// The book of `Peers/losses.py`: random deltas and gammas under a random covariance.
private func deltaGamma(_ n: Int) throws -> [Comparison] {
  let normals = RandomStream(seed: 11).normals(path: 0, count: 2 * n * n + n)
  let A = Matrix(rows: n, columns: n, elements: Array(normals[..<(n * n)]))
  let G = Matrix(rows: n, columns: n, elements: Array(normals[(n * n)..<(2 * n * n)]))
  let Σ =
    ((1e-4 / Double(n)) * Matrix.product(A, A, transposing: .right) + 1e-8 * Matrix.identity(n))
    .symmetrized()
  let book = QuadraticProfitAndLoss(
    delta: Array(normals[(2 * n * n)...]), gamma: 5 * (G + G.transposed))
  let (matrix, values, work) = (Scratch(n * n), Scratch(n), Scratch(1 + 6 * n + 2 * n * n))
  var integers = [Int32](repeating: 0, count: 3 + 5 * n)
  let exact = try DeltaGammaRisk(book, covariance: Σ).tailRisk(0.99)
  return [
    Comparison(
      name: "delta-gamma VaR and ES \(n)", peerName: "dsyevd of the gammas",
      ours: {
        if let tail = try? DeltaGammaRisk(book, covariance: Σ).tailRisk(0.99) {
          keep(tail.valueAtRisk + tail.expectedShortfall)
        }
      },
      peer: {
        matrix.start.update(from: book.gamma.elements, count: n * n)
        _ = raw_syevd(
          Int32(n), matrix.start, values.start, work.start, Int32(1 + 6 * n + 2 * n * n), &integers,
          Int32(integers.count))
      },
      note: { _ in "VaR \(exact.valueAtRisk), ES \(exact.expectedShortfall)" })
  ]
}

/// As many full repricings as give the standard error of a million plain ones, and those.
private func guidedSimulation() throws -> [Comparison] {
  let risk = try ShortOptions.deltaGamma()
  let (repetitions, plainCount, count) = (200, 20_000, 5_000)
  func deviations(_ method: TailSimulation.Method, _ count: Int) throws -> (Double, Double) {
    let estimates = try (0..<repetitions).map {
      try TailSimulation(approximation: risk, method: method, count: count, seed: UInt64($0))
        .estimate(0.99, losses: ShortOptions.losses)
    }
    return (
      try LossDistribution(losses: estimates.map(\.valueAtRisk)).standardDeviation,
      try LossDistribution(losses: estimates.map(\.expectedShortfall)).standardDeviation
    )
  }
  let plain = try deviations(.plain, plainCount)
  let ofMillion = (Double(plainCount) / 1e6).squareRoot()
  let methods: [TailSimulation.Method] = [
    .controlVariate, .importanceSampling, .stratified(strata: 40), .stratified(strata: 100),
    .quasiRandom(replications: 16),
  ]
  let lines = try methods.map { method in
    let found = try deviations(method, count)
    let needed = [plain.0 * ofMillion / found.0, plain.1 * ofMillion / found.1].map {
      Double(count) / ($0 * $0)
    }
    return String(
      format: "%@: %.0f repricings have the error of 1 M plain ones for VaR, %.0f for ES",
      "\(method)", needed[0], needed[1])
  }
  return [
    Comparison(
      name: "VaR of short options, 5000", peerName: "1 M plain repricings",
      ours: {
        if let tail = try? TailSimulation(approximation: risk, count: count, seed: 1)
          .estimate(0.99, losses: ShortOptions.losses)
        {
          keep(tail.valueAtRisk)
        }
      },
      peer: {
        if let tail = try? TailSimulation(
          approximation: risk, method: .plain, count: 1_000_000, seed: 1
        ).estimate(0.99, losses: ShortOptions.losses) {
          keep(tail.valueAtRisk)
        }
      },
      note: { _ in lines.joined(separator: "\n    ") })
  ]
}
