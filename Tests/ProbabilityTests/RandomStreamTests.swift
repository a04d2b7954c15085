import Foundation
import TestSupport
import Testing

import Probability

@Suite struct RandomStreamTests {
  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Philox gives the known answers of Random123`() throws {
    let lines = try ReferenceData.text("vectors/risk/random123_kat_vectors.txt")
      .split(separator: "\n").filter { $0.hasPrefix("philox4x32 ") }
    #expect(lines.count == 6)
    for line in lines {
      let fields = line.split(separator: " ")
      let words = fields.dropFirst(2).compactMap { UInt32($0, radix: 16) }
      let philox = Philox4x32(key: SIMD2(words[4], words[5]))
      let block = philox.block(
        counter: SIMD4(words[0], words[1], words[2], words[3]), rounds: Int(fields[1]) ?? 0)
      #expect(block == SIMD4(words[6], words[7], words[8], words[9]))
    }
  }

  let stream = RandomStream(seed: 0x0123_4567_89AB_CDEF, stream: 7)

  func fill(
    _ count: Int, _ body: (UnsafeMutableBufferPointer<Double>) -> Void
  ) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) {
      body($0)
      $1 = count
    }
  }

  @Test func `Uniforms are the top 52 bits of Philox blocks at counter (block, stream, path)`() {
    let path = 5_000_000_000
    let philox = Philox4x32(key: SIMD2(0x89AB_CDEF, 0x0123_4567))
    let values = stream.uniforms(path: path, count: 7)
    for k in 0..<7 {
      let block = philox.block(
        counter: SIMD4(
          UInt32(k / 2), 7, UInt32(truncatingIfNeeded: path), UInt32(truncatingIfNeeded: path >> 32)
        ))
      let low = UInt64(block[k % 2 * 2])
      let high = UInt64(block[k % 2 * 2 + 1])
      #expect(values[k] == (Double((low | high << 32) >> 12) + 0.5) * 0x1p-52)
    }
  }

  @Test func `A path has the same bits alone, in any range, and as a prefix of more values`() {
    let n = 1300
    let d = 5
    let uniforms = fill(n * d) { stream.fillUniforms($0, paths: 0..<n, dimension: d) }
    let normals = fill(n * d) { stream.fillNormals($0, paths: 0..<n, dimension: d) }
    let chiSquares = fill(n) { stream.fillChiSquares($0, paths: 0..<n, degreesOfFreedom: 3.5) }
    for path in [0, 1, 15, 16, 511, 512, 513, 1023, 1299] {
      let row = { (x: [Double]) in (0..<d).map { x[path + $0 * n] } }
      #expect(stream.uniforms(path: path, count: d) == row(uniforms))
      #expect(stream.normals(path: path, count: d) == row(normals))
      #expect(Array(stream.normals(path: path, count: 12).prefix(d)) == row(normals))
      let alone = fill(1) {
        stream.fillChiSquares($0, paths: path..<(path + 1), degreesOfFreedom: 3.5)
      }
      #expect(alone[0] == chiSquares[path])
    }
    for range in [3..<20, 500..<530, 700..<1300] {
      let m = range.count
      let part = fill(m * d) { stream.fillNormals($0, paths: range, dimension: d) }
      for i in 0..<m {
        for k in 0..<d { #expect(part[i + k * m] == normals[range.lowerBound + i + k * n]) }
      }
    }
  }

  @Test func `Each normal is the quantile of its uniform to 6 units in the last place`() {
    let n = 20_000
    let uniforms = fill(n) { stream.fillUniforms($0, paths: 0..<n, dimension: 1) }
    let normals = fill(n) { stream.fillNormals($0, paths: 0..<n, dimension: 1) }
    for (u, z) in zip(uniforms, normals) {
      #expect(abs(NormalDistribution.standard.quantile(u) - z) <= 6 * z.ulp)
    }
  }

  /// The expected hash is what the kernels gave when compiled for plain x86-64 and for AVX2: a guard
  /// of equality between machines, not a reference for the values themselves.
  @Test func `Normals and chi-squares have the same bits on every instruction set`() {
    var hash: UInt64 = 14_695_981_039_346_656_037  // FNV-1a, by words
    let n = 20_000
    let normals = fill(3 * n) { stream.fillNormals($0, paths: 0..<n, dimension: 3) }
    let chiSquares = fill(n) { stream.fillChiSquares($0, paths: 0..<n, degreesOfFreedom: 3.5) }
    for value in normals + chiSquares {
      hash = (hash ^ value.bitPattern) &* 1_099_511_628_211
    }
    #expect(hash == 0x92fb_bf6d_5b73_f620)
  }

  @Test func `Seeds and streams give different values`() {
    let values = [
      stream, stream.substream(8), RandomStream(seed: 1, stream: 7), RandomStream(seed: 1 << 32),
    ].map { $0.uniforms(path: 3, count: 1)[0] }
    #expect(Set(values).count == values.count)
  }

  @Test func `Uniforms fill equal cells evenly in each coordinate and in pairs`() {
    let n = 100_000
    let u = fill(3 * n) { stream.fillUniforms($0, paths: 0..<n, dimension: 3) }
    // Chi-square of 100 cells, 99 degrees of freedom: 0.9999 quantile 161.3 (R: qchisq).
    func statistic(_ cell: (Int) -> Int) -> Double {
      var counts = [Double](repeating: 0, count: 100)
      for i in 0..<n { counts[cell(i)] += 1 }
      return counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 }
    }
    for k in 0..<3 { #expect(statistic { Int(u[$0 + k * n] * 100) } < 161.3) }
    #expect(statistic { Int(u[$0] * 10) * 10 + Int(u[$0 + n] * 10) } < 161.3)
    #expect(statistic { Int(u[$0 + n] * 10) * 10 + Int(u[$0 + 2 * n] * 10) } < 161.3)
    #expect(statistic { Int(u[$0] * 10) * 10 + Int(u[min($0 + 1, n - 1)] * 10) } < 161.3)
  }

  @Test func `Chi-square draws have the moments of the distribution`() {
    let n = 200_000
    for ν in [2.0, 4.5, 30] {
      let x = fill(n) { stream.fillChiSquares($0, paths: 0..<n, degreesOfFreedom: ν) }
      let mean = x.reduce(0, +) / Double(n)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
      // Standard errors: √(2ν/n) of the mean, √((μ₄ − σ⁴)/n) of the variance, μ₄ = 12 ν (ν + 4).
      #expect(abs(mean - ν) < 4 * (2 * ν / Double(n)).squareRoot())
      #expect(
        abs(variance - 2 * ν) < 4 * ((12 * ν * (ν + 4) - 4 * ν * ν) / Double(n)).squareRoot())
    }
  }

  @Test func `Chi-square draws are not correlated with the normals of their path`() {
    let n = 100_000
    let z = fill(n) { stream.fillNormals($0, paths: 0..<n, dimension: 1) }
    let x = fill(n) { stream.fillChiSquares($0, paths: 0..<n, degreesOfFreedom: 4) }
    let sum = (0..<n).reduce(0) { $0 + z[$1] * (x[$1] - 4) / 8.0.squareRoot() }
    #expect(abs(sum) < 4 * Double(n).squareRoot())
  }

  @Test func `Gamma and Student t draws follow their distributions`() {
    let n = 100_000
    // Chi-square of 100 cells, 99 degrees of freedom: 0.9999 quantile 160.06 (scipy.stats.chi2.ppf).
    func statistic(_ probabilities: [Double]) -> Double {
      var counts = [Double](repeating: 0, count: 100)
      for p in probabilities { counts[min(Int(p * 100), 99)] += 1 }
      return counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 }
    }
    for shape in [0.05, 0.6, 1, 3.3, 250] {
      let x = fill(n) { stream.fillGammas($0, paths: 0..<n, shape: shape, scale: 2) }
      let law = GammaDistribution(shape: shape, scale: 2)
      #expect(statistic(x.map(law.cumulative)) < 160.06)
    }
    for ν in [0.8, 4, 30] {
      let x = fill(n) { stream.fillStudentTs($0, paths: 0..<n, degreesOfFreedom: ν) }
      #expect(statistic(x.map(StudentT(degreesOfFreedom: ν).cumulative)) < 160.06)
      let alone = fill(1) { stream.fillStudentTs($0, paths: 777..<778, degreesOfFreedom: ν) }
      #expect(alone[0] == x[777])
    }
  }

  @Test func `No paths or no values give nothing`() {
    #expect(stream.uniforms(path: 0, count: 0).isEmpty)
    stream.fillNormals(UnsafeMutableBufferPointer(start: nil, count: 0), paths: 4..<4, dimension: 3)
  }
}
