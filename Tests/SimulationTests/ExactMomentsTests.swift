import Foundation
import Probability
import TestSupport
import Testing

import Simulation

@Suite struct ExactMomentsTests {
  static func moments(_ values: [Double]) -> ExactMoments {
    var moments = ExactMoments()
    moments.add(values)
    return moments
  }

  /// NIST, Statistical Reference Datasets, univariate: NumAcc2, NumAcc3 and NumAcc4, which are given by
  /// rule, with certified mean and standard deviation.
  @Test(arguments: [
    (1.2, [1.1, 1.3], 500, 1.2, 0.1),
    (1_000_000.2, [1_000_000.1, 1_000_000.3], 500, 1_000_000.2, 0.1),
    (10_000_000.2, [10_000_000.1, 10_000_000.3], 500, 10_000_000.2, 0.1),
  ])
  func `The certified means and deviations of NIST are met`(
    _ first: Double, _ pair: [Double], _ repetitions: Int, _ mean: Double, _ deviation: Double
  ) {
    let values = [first] + Array(repeating: pair, count: repetitions).flatMap { $0 }
    let moments = Self.moments(values)
    #expect(moments.count == 1001)
    #expect(isClose(moments.mean, mean, relative: 1e-15))
    // The decimals of the data are not those of binary numbers: 1e-9 of 0.1 at ten million.
    let rounding = mean.ulp
    #expect(isClose(moments.standardDeviation, deviation, absolute: max(rounding, 1e-16)))
  }

  @Test func `Nothing is lost to size, order or sign`() {
    #expect(Self.moments([1e308, 1, -1e308]).total == 1)
    #expect(Self.moments([1e308, 1e308, -1e308, -1e308, 0x1p-1074]).total == 0x1p-1074)
    #expect(Self.moments([0x1p53, 1, 0x1p-60]).total == 0x1p53 + 2)
    #expect(Self.moments([0x1p53, 1]).total == 0x1p53)
    #expect(Self.moments([-0x1p53, -1, -0x1p-1074]).total == -0x1p53 - 2)
    #expect(Self.moments([.greatestFiniteMagnitude, .greatestFiniteMagnitude]).total == .infinity)
    #expect(Self.moments([0x1p-1074, -0x1p-1074, 0, -0.0]).total == 0)
    #expect(Self.moments([3e-200, 3e-200]).variance == 0)
    #expect(Self.moments([1e200, -1e200]).variance == .infinity)
    #expect(Self.moments([1e150, -1e150]).variance == 2 * 1e150 * 1e150)
    #expect(Self.moments([7]).variance == 0 && Self.moments([7]).mean == 7)
    #expect(Self.moments([]).mean.isNaN)
  }

  @Test func `The sum is the nearest double: against sums of whole numbers`() {
    let u = RandomStream(seed: 3).uniforms(path: 0, count: 4000)
    for part in stride(from: 0, to: 4000, by: 40) {
      // Multiples of 2⁻²⁰ up to 2⁴⁰: 64 bits hold the exact sum, and Double(_:) rounds it to nearest.
      let whole = u[part..<(part + 40)].map { Int64((($0 - 0.5) * 0x1p60).rounded()) >> 3 }
      let values = whole.map { Double($0 >> 5) * 0x1p-20 }
      let sum = whole.reduce(Int64(0)) { $0 + ($1 >> 5) }
      #expect(Self.moments(values).total == Double(sum) * 0x1p-20)
    }
  }

  @Test func `Variances of data far from zero keep their digits`() {
    let u = RandomStream(seed: 4).uniforms(path: 0, count: 1000).map { ($0 * 1024).rounded() }
    let near = Self.moments(u).variance
    #expect(Self.moments(u.map { $0 + 0x1p40 }).variance == near)
    let mean = u.reduce(0, +) / 1000
    let plain = u.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 999
    #expect(isClose(near, plain, relative: 1e-13))
  }

  @Test func `Any parts in any order are the whole`() throws {
    let u = RandomStream(seed: 5).normals(path: 0, count: 5000)
      .enumerated().map { $1 * pow(10, Double($0 % 40) - 20) }
    let whole = Self.moments(u)
    var backward = ExactMoments()
    for part in stride(from: 0, to: 5000, by: 7).reversed() {
      backward.merge(Self.moments(Array(u[part..<min(part + 7, 5000)].reversed())))
    }
    #expect(backward == whole)
    #expect(
      try JSONDecoder().decode(ExactMoments.self, from: JSONEncoder().encode(whole)) == whole)
  }
}
