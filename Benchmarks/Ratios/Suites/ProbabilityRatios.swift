import Foundation
import MarginOptimization
import RawRoutines

extension RatioSuite {
  /// Random values against loops over libm, against scalar calls of ours, and against memory.
  static var probability: RatioSuite {
    RatioSuite(section: "probability") {
      try streams(65_536) + draws(65_536, size: 20) + draws(16_384, size: 100) + cumulative(4096)
    }
  }
}

/// Eight values of each path: a block of the generator gives two, of which a path of one value
/// would waste one.
private func streams(_ count: Int) -> [Comparison] {
  let stream = RandomStream(seed: 1)
  let dimension = 8
  let paths = 0..<(count / dimension)
  let (out, uniforms, other) = (Scratch(count), Scratch(count), Scratch(count * 5))
  let zero = Scratch(count)
  stream.fillUniforms(uniforms.buffer, paths: paths, dimension: dimension)
  let size = Int32(count)
  let perValue = { (m: Measurement) in
    String(format: "%.2f ns a value", m.ours / Double(count) * 1e9)
  }
  let ours = { stream.fillNormals(out.buffer, paths: paths, dimension: dimension) }
  return [
    Comparison(
      name: "uniforms \(count)", peerName: "memcpy of as many",
      ours: { stream.fillUniforms(out.buffer, paths: paths, dimension: dimension) },
      peer: { other.start.update(from: zero.start, count: count) }, note: perValue),
    Comparison(
      name: "normals \(count)", peerName: "uniforms + libm (polar)", ours: ours,
      peer: {
        stream.fillUniforms(out.buffer, paths: paths, dimension: dimension)
        raw_box_muller(size, out.start, other.start)
      }, note: perValue),
    Comparison(
      name: "normals \(count), by scalar", peerName: "scalar quantile", ours: ours,
      peer: {
        for i in 0..<count {
          other.start[i] = NormalDistribution.standard.quantile(uniforms.start[i])
        }
      }),
    Comparison(
      name: "normals \(count), by memory", peerName: "memcpy of as many", ours: ours,
      peer: { other.start.update(from: zero.start, count: count) }),
    Comparison(
      name: "chi-squares \(count)", peerName: "five normals squared",
      ours: { stream.fillChiSquares(out.buffer, paths: 0..<count, degreesOfFreedom: 5) },
      peer: {
        stream.fillNormals(other.buffer, paths: 0..<count, dimension: 5)
        for i in 0..<count {
          zero.start[i] = (0..<5).reduce(0) { sum, j in
            sum + other.start[i + j * count] * other.start[i + j * count]
          }
        }
      }, note: perValue),
  ]
}

/// The peer draws the same normals and multiplies them by the factor in one call, on one thread.
private func draws(_ count: Int, size n: Int) throws -> [Comparison] {
  let Σ = Matrix(rows: n, columns: n) { i, j in i == j ? 1 : 0.5 }
  let distribution = try MultivariateNormal(covariance: Σ)
  let factor = try Cholesky(Σ).factor.elements
  let stream = RandomStream(seed: 1)
  let raw = Scratch(count * n)
  let ours = { keep(distribution.draws(paths: 0..<count, from: stream).rows) }
  return [
    Comparison(
      name: "draws \(count) of \(n)", peerName: "its normals + dtrmm", ours: ours,
      peer: {
        stream.fillNormals(raw.buffer, paths: 0..<count, dimension: n)
        raw_trmm(Int32(count), Int32(n), factor, raw.start)
      },
      note: { String(format: "%.2f ns a value", $0.ours / Double(count * n) * 1e9) }),
    Comparison(
      name: "draws \(count) of \(n)", peerName: "its normals alone", ours: ours,
      peer: { stream.fillNormals(raw.buffer, paths: 0..<count, dimension: n) }),
  ]
}

private func cumulative(_ count: Int) -> [Comparison] {
  let points = (0..<count).map { -8 + 16 * Double($0) / Double(count) }
  return [
    Comparison(
      name: "normal cumulative \(count)", peerName: "erfc of libm",
      ours: { keep(points.reduce(0) { $0 + NormalDistribution.standard.cumulative($1) }) },
      peer: { keep(points.reduce(0) { $0 + 0.5 * erfc(-$1 * 0.5.squareRoot()) }) })
  ]
}
