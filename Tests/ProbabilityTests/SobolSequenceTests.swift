import Foundation
import LinearAlgebra
import Probability
import TestSupport
import Testing

/// Values of the plain sequence by SciPy 1.17.1: `qmc.Sobol(d, scramble=False, bits=52)`.
@Suite struct SobolSequenceTests {
  typealias Scrambling = SobolSequence.Scrambling

  static func sequence(_ dimension: Int, _ scrambling: Scrambling?, seed: UInt64 = 5) throws
    -> SobolSequence
  {
    guard let scrambling else { return try SobolSequence(dimension: dimension) }
    return try SobolSequence(
      dimension: dimension, scrambling: scrambling, stream: RandomStream(seed: seed))
  }

  static let kinds: [Scrambling?] = [nil] + Scrambling.allCases

  @Test func `Points of all 21,201 dimensions are those of SciPy`() throws {
    let sequence = try SobolSequence(dimension: 21_201)
    let points = sequence.points(0..<256)
    let values: [(point: Int, coordinate: Int, value: Double)] = [
      (0, 0, 0), (1, 0, 0.5), (1, 21200, 0.5), (2, 1, 0.25), (3, 2, 0.75), (5, 3, 0.375),
      (7, 10, 0.625), (100, 99, 0.8828125), (100, 1000, 0.5703125), (511, 1110, 0.306640625),
      (512, 1111, 0.1142578125), (777, 9999, 0.7802734375), (1000, 21200, 0.0830078125),
      (1023, 20000, 0.3349609375),
    ]
    for (point, coordinate, value) in values {
      #expect(sequence.points(point..<(point + 1))[0, coordinate] == value)
    }
    var hash: UInt64 = 14_695_981_039_346_656_037  // FNV-1a, by words, coordinate by coordinate
    for coordinate in 0..<21_201 {
      for value in points.column(coordinate) {
        hash = (hash ^ UInt64(value * 0x1p52)) &* 1_099_511_628_211
      }
    }
    #expect(hash == 0x70ff_2cc5_591b_f725)
  }

  @Test func `Points far out are those of SciPy`() throws {
    let expected: Matrix = [
      [
        0.2509380935225636, 0.6207993642892689, 0.030872713075950742, 0.9159282881300896,
        0.672097047092393,
      ],
      [
        0.3759380935225636, 0.24579936428926885, 0.40587271307595074, 0.7909282881300896,
        0.547097047092393,
      ],
    ]
    #expect(try SobolSequence(dimension: 5).points(4_000_000_003..<4_000_000_005) == expected)
  }

  @Test(arguments: kinds)
  func `A point has the same bits alone and in any range`(scrambling: Scrambling?) throws {
    let sequence = try Self.sequence(3, scrambling)
    let whole = sequence.points(0..<1500)
    let normals = sequence.normals(0..<1500)
    for range in [0..<1, 1..<2, 255..<256, 3..<900, 256..<512, 511..<514, 777..<1500] {
      let (part, normalPart) = (sequence.points(range), sequence.normals(range))
      for i in 0..<range.count {
        #expect(part.row(i) == whole.row(range.lowerBound + i))
        #expect(normalPart.row(i) == normals.row(range.lowerBound + i))
      }
    }
    let wide = try Self.sequence(7, scrambling).points(0..<64)
    for i in 0..<64 { #expect(Array(wide.row(i).prefix(3)) == whole.row(i)) }
  }

  /// Any 2ᵐ points from a multiple of 2ᵐ have as many in every box of volume 2^(t − m) whose sides
  /// are dyadic, where t is the sum of the degrees of the polynomials less one each (Sobol 1967):
  /// 0, 0, 0, 1, 3, 5 for 1 to 6 dimensions.
  @Test(arguments: kinds)
  func `Points are a (t, m, s)-net however they are scrambled`(scrambling: Scrambling?) throws {
    let m = 10
    for (s, t) in [(1, 0), (2, 0), (3, 1), (4, 3), (5, 5)] {
      let sequence = try Self.sequence(s, scrambling)
      for block in [0, 1, 37] {
        let points = sequence.points((block << m)..<((block + 1) << m))
        var boxes = 0
        forEachComposition(of: m - t, into: s) { digits in
          var counts = [Int](repeating: 0, count: 1 << (m - t))
          for i in 0..<(1 << m) {
            var box = 0
            for j in 0..<s {
              box = box << digits[j] | Int(points[i, j] * Double(1 << digits[j]))
            }
            counts[box] += 1
          }
          if counts.allSatisfy({ $0 == 1 << t }) { boxes += 1 }
        }
        #expect(boxes == binomial(m - t + s - 1, s - 1))
      }
    }
  }

  /// The first 2ˢ points put one into each of the 2ˢ orthants of the cube: the s by s matrix of the
  /// first digits of the direction numbers is regular (Sobol 1976, property A). In Gray order the
  /// code of point 2ᵏ⁺¹ − 1 is 2ᵏ, so that point is direction number k.
  @Test func `The numbers have Sobol's property A`() throws {
    let sequence = try SobolSequence(dimension: 52)
    let columns = (0..<52).map { k in
      let point = sequence.points(((2 << k) - 1)..<(2 << k))
      return (0..<52).reduce(UInt64(0)) { $0 | (point[0, $1] >= 0.5 ? 1 << UInt64($1) : 0) }
    }
    for s in 1...52 {
      var basis: [Int: UInt64] = [:]
      for column in columns.prefix(s) {
        var rest = column & ((1 << UInt64(s)) - 1)
        while rest != 0, let known = basis[rest.leadingZeroBitCount] { rest ^= known }
        if rest != 0 { basis[rest.leadingZeroBitCount] = rest }
      }
      #expect(basis.count == s)
    }
  }

  @Test(arguments: Scrambling.allCases)
  func `Scrambled coordinates are uniform and independent of each other`(
    scrambling: Scrambling
  ) throws {
    // One point from each of many seeds: 16 × 16 cells of every pair of three coordinates.
    let seeds = 25_600
    var counts = [[Double]](repeating: [Double](repeating: 0, count: 256), count: 3)
    for seed in 0..<seeds {
      let x = try Self.sequence(3, scrambling, seed: UInt64(seed)).points(5..<6)
      for (pair, (a, b)) in [(0, 1), (0, 2), (1, 2)].enumerated() {
        counts[pair][Int(x[0, a] * 16) * 16 + Int(x[0, b] * 16)] += 1
      }
    }
    // Chi-square with 255 degrees of freedom: 0.9999 quantile 347.7 (scipy.stats.chi2.ppf).
    for cells in counts {
      #expect(cells.reduce(0) { $0 + ($1 - 100) * ($1 - 100) / 100 } < 347.7)
    }
  }

  /// Owen, "Scrambled net variance for integrals of smooth functions", Annals of Statistics 25 (1997):
  /// the root mean square error falls as n^(−3/2), up to logarithms, where that of random points
  /// falls as n^(−1/2).
  @Test(arguments: [Scrambling.linearMatrix, .nestedUniform])
  func `Errors of a smooth mean fall like those of scrambled nets`(scrambling: Scrambling) throws {
    // Π (1 + (x − ½)(1 + 1/j)) has the mean 1.
    func error(_ points: Int, _ seed: UInt64) throws -> Double {
      let x = try Self.sequence(3, scrambling, seed: seed).points(0..<points)
      let sum = (0..<points).reduce(0.0) { sum, i in
        sum + (0..<3).reduce(1.0) { $0 * (1 + (x[i, $1] - 0.5) * (1 + 1 / Double($1 + 1))) }
      }
      return sum / Double(points) - 1
    }
    let (few, many) = (1 << 6, 1 << 12)
    let squares = try [few, many].map { points in
      try (1...60).reduce(0.0) { $0 + pow(try error(points, UInt64($1)), 2) } / 60
    }
    // n grows 64-fold: 64^(−3/2) is 1/512, and random points would give 1/8.
    #expect((squares[1] / squares[0]).squareRoot() < 1.0 / 128)
    // The mean of the 60 is unbiased.
    let average = try (1...60).reduce(0.0) { $0 + (try error(few, UInt64($1))) } / 60
    #expect(abs(average) < 4 * (squares[0] / 60).squareRoot())
  }

  @Test func `Normals are quantiles, finite also at the origin`() throws {
    for scrambling in Self.kinds {
      let sequence = try Self.sequence(4, scrambling)
      let (points, normals) = (sequence.points(0..<300), sequence.normals(0..<300))
      let offset = scrambling == nil ? 0x1p-53 : 0
      for (u, z) in zip(points.elements, normals.elements) {
        #expect(abs(NormalDistribution.standard.quantile(u + offset) - z) <= 6 * z.ulp)
      }
    }
  }

  /// The expected hash is what the kernels gave when compiled for plain x86-64: a guard of equality
  /// between machines, not a reference for the values themselves.
  @Test func `Scrambled points have the same bits on every instruction set`() throws {
    var hash: UInt64 = 14_695_981_039_346_656_037
    for scrambling in Scrambling.allCases {
      for value in try Self.sequence(9, scrambling).points(1000..<3000).elements {
        hash = (hash ^ value.bitPattern) &* 1_099_511_628_211
      }
    }
    #expect(hash == 0x49be_7283_d47c_3d33)
  }

  @Test(arguments: [-1, 0, 21_202])
  func `Dimensions that the numbers do not reach are refused`(dimension: Int) {
    #expect(throws: DistributionError.sobolDimension(dimension)) {
      try SobolSequence(dimension: dimension)
    }
    #expect(throws: DistributionError.sobolDimension(dimension)) {
      try SobolSequence(dimension: dimension, stream: RandomStream(seed: 1))
    }
  }
}

private func binomial(_ n: Int, _ k: Int) -> Int { (0..<k).reduce(1) { $0 * (n - $1) / ($1 + 1) } }

/// Calls `body` with all lists of `count` numbers ≥ 0 whose sum is `total`.
private func forEachComposition(of total: Int, into count: Int, _ body: ([Int]) -> Void) {
  func extend(_ head: [Int], _ rest: Int) {
    if head.count == count - 1 { return body(head + [rest]) }
    for next in 0...rest { extend(head + [next], rest - next) }
  }
  extend([], total)
}
