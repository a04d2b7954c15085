import Foundation
import MarginOptimization
import RawRoutines

extension RatioSuite {
  /// Random values and Sobol points by the million, against memory; `Peers/random_peers.py` gives
  /// numpy's and SciPy's figures for rows of the same name. All on one thread, by their own fills.
  static var random: RatioSuite {
    RatioSuite(section: "random") { try randomValues() + sobolPoints() + bridges() }
  }
}

private func rate(_ values: Int) -> (Measurement) -> String? {
  { String(format: "%.0f M values a second", Double(values) / $0.ours * 1e-6) }
}

/// Values from first to last of a million, in runs that stay in the cache as users draw them.
private func randomValues() -> [Comparison] {
  let (count, run) = (1 << 20, 1 << 16)
  let (out, other) = (Scratch(count), Scratch(count))
  let stream = RandomStream(seed: 1)
  let copy = { other.start.update(from: out.start, count: count) }
  func row(
    _ name: String, _ fill: @escaping (UnsafeMutableBufferPointer<Double>, Int) -> Void
  ) -> Comparison {
    Comparison(
      name: "\(name) \(count)", peerName: "memcpy of as many",
      ours: {
        for start in stride(from: 0, to: count, by: run) {
          fill(UnsafeMutableBufferPointer(rebasing: out.buffer[start..<(start + run)]), start)
        }
      }, peer: copy, note: rate(count))
  }
  return [
    row("uniforms") { stream.fillUniforms($0, paths: ($1 / 8)..<(($1 + run) / 8), dimension: 8) },
    row("normals") { stream.fillNormals($0, paths: ($1 / 8)..<(($1 + run) / 8), dimension: 8) },
    row("chi-squares") {
      stream.fillChiSquares($0, paths: $1..<($1 + run), degreesOfFreedom: 5)
    },
    row("gammas of shape 0.5") { stream.fillGammas($0, paths: $1..<($1 + run), shape: 0.5) },
    row("student t") { stream.fillStudentTs($0, paths: $1..<($1 + run), degreesOfFreedom: 5) },
  ]
}

/// The sequence is made anew each time, as it is with SciPy.
private func sobolPoints() throws -> [Comparison] {
  try [(100, 1 << 16), (1000, 1 << 14)].flatMap { dimension, points in
    let (out, other) = (Scratch(dimension * points), Scratch(dimension * points))
    let copy = { other.start.update(from: out.start, count: dimension * points) }
    return try SobolSequence.Scrambling.allCases.map { scrambling in
      _ = try SobolSequence(dimension: dimension)
      return Comparison(
        name: "sobol \(scrambling) \(points) x \(dimension)", peerName: "memcpy of as many",
        ours: {
          let sequence = try? SobolSequence(
            dimension: dimension, scrambling: scrambling, stream: RandomStream(seed: 1))
          sequence?.fillPoints(out.buffer, points: 0..<points)
        }, peer: copy, note: rate(dimension * points))
    }
  }
}

private func bridges() throws -> [Comparison] {
  let (paths, steps) = (4096, 64)
  let bridge = try BrownianBridge(times: (1...steps).map { Double($0) / 64 })
  let normals = Matrix(rows: paths, columns: steps) { Double(($0 + $1) % 7) }
  let (out, other) = (Scratch(paths * steps), Scratch(paths * steps))
  return [
    Comparison(
      name: "Brownian bridge \(paths) x \(steps)", peerName: "memcpy of as many",
      ours: { keep(bridge.paths(normals: normals).rows) },
      peer: { other.start.update(from: out.start, count: paths * steps) },
      note: rate(paths * steps))
  ]
}
