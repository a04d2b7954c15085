internal import CKernels
public import LinearAlgebra

/// A Sobol sequence, plain or randomised: points of the unit cube that fill it more evenly than
/// random ones, for quasi-Monte Carlo.
///
/// Point k is a pure function of the scrambling, the stream and k; points come alone, in ranges, in
/// any order, always with the same bits. Of the plain sequence the first 2ᵐ points, and any 2ᵐ points
/// from a multiple of 2ᵐ, are a (t, m, s)-net in base 2, which every scrambling leaves; so take powers
/// of two. The order is that of the Gray code; coordinates have 52 binary digits.
///
/// The direction numbers are those of Joe and Kuo, "Constructing Sobol sequences with better
/// two-dimensional projections", SIAM J. Sci. Comput. 30 (2008), set D(6), copyright 2008, Frances Y.
/// Kuo and Stephen Joe; the notice stands in the package's `Sources/CKernels/sobol_joe_kuo.md`.
public struct SobolSequence: Sendable {
  /// How a Sobol sequence is randomised, so that each point is uniform on the cube, means over the
  /// points are unbiased, and means of several independent streams give a standard error.
  public enum Scrambling: Sendable, Hashable, CaseIterable {
    /// One random shift of all digits of a coordinate (Cranley and Patterson in base 2): unbiased,
    /// but the worst cases of the plain sequence stay.
    case digitalShift
    /// A random linear map of the digits and a shift (Matoušek, J. Complexity 14, 1998). It costs
    /// nothing per point, and the variance of a mean is that of Owen's scrambling, since pairs of
    /// points have the same law (Owen, "Variance with alternative scramblings of digital nets", ACM
    /// TOMACS 13, 2003).
    case linearMatrix
    /// Owen's nested uniform scrambling ("Randomly permuted (t,m,s)-nets and (t,s)-sequences", 1995):
    /// each digit is flipped or not by a pseudorandom bit of all digits before it. The law of whole
    /// samples, and so central limits (Loh, Annals of Statistics 31, 2003), hold for this one.
    case nestedUniform
  }

  /// The most coordinates that a point can have: 21,201.
  public static let maximumDimension = Int(CK_SOBOL_DIMENSIONS)

  /// The number of coordinates s of a point.
  public let dimension: Int
  /// How the sequence is randomised; nil if it is not.
  public let scrambling: Scrambling?

  /// The number of points: 2³² under nested uniform scrambling, else 2⁵².
  public var count: Int { scrambling == .nestedUniform ? 1 << 32 : 1 << 52 }

  private let directions: [UInt64]
  private let shifts: [UInt64]
  private let keys: [UInt32]

  /// The plain sequence, whose first point is the origin.
  ///
  /// - Throws: ``DistributionError/sobolDimension(_:)`` unless 1 ≤ `dimension` ≤
  ///   ``maximumDimension``.
  public init(dimension: Int) throws(DistributionError) {
    directions = try Self.directions(dimension)
    self.dimension = dimension
    scrambling = nil
    shifts = [UInt64](repeating: 0, count: dimension)
    keys = []
  }

  /// The sequence randomised from a stream, of which it uses counters that no path does; other
  /// streams give independent randomisations.
  ///
  /// - Throws: ``DistributionError/sobolDimension(_:)`` unless 1 ≤ `dimension` ≤
  ///   ``maximumDimension``.
  /// - Complexity: about 2 µs for each coordinate.
  public init(
    dimension: Int, scrambling: Scrambling = .linearMatrix, stream: RandomStream
  ) throws(DistributionError) {
    var directions = try Self.directions(dimension)
    var (shifts, keys): ([UInt64], [UInt32]) = ([], [])
    for coordinate in 0..<dimension {
      let words = RandomWords(stream: stream, purpose: scrambling.purpose, coordinate)
      switch scrambling {
      case .digitalShift: shifts.append(words.words64(1)[0])
      case .linearMatrix:
        let rows = words.words64(Self.digits + 1)
        shifts.append(rows[Self.digits])
        directions.withUnsafeMutableBufferPointer {
          ck_sobol_scramble(rows, $0.baseAddress! + coordinate * Self.digits)
        }
      case .nestedUniform: keys += words.words32(Self.keysOfCoordinate)
      }
    }
    self.dimension = dimension
    self.scrambling = scrambling
    (self.directions, self.shifts, self.keys) = (directions, shifts, keys)
  }

  /// A range of points: a `range.count` by s matrix whose rows are points.
  ///
  /// Coordinates of the plain sequence are multiples of 2⁻⁵² in [0, 1); randomised ones lie at the
  /// centres of such cells, in (0, 1).
  public func points(_ range: Range<Int>) -> Matrix { matrix(range, fillPoints) }

  /// The standard normal quantiles of the coordinates of a range of points: a `range.count` by s
  /// matrix. Coordinates are taken at the centres of their cells of 2⁻⁵², so all are finite.
  public func normals(_ range: Range<Int>) -> Matrix { matrix(range, fillNormals) }

  /// As ``points(_:)``, written to a buffer of `points.count` times s values by columns.
  ///
  /// - Complexity: about 1 ns for each coordinate, 8 ns under nested uniform scrambling.
  public func fillPoints(_ out: UnsafeMutableBufferPointer<Double>, points: Range<Int>) {
    fill(out, points, offset: scrambling == nil ? 0 : 0x1p-53)
  }

  /// As ``normals(_:)``, written to a buffer of `points.count` times s values by columns.
  public func fillNormals(_ out: UnsafeMutableBufferPointer<Double>, points: Range<Int>) {
    fill(out, points, offset: 0x1p-53)
    if let start = out.baseAddress { ck_normal_quantiles(start, out.count) }
  }

  private static let digits = Int(CK_SOBOL_BITS)
  private static let keysOfCoordinate = 2 * Int(CK_SOBOL_LEVELS) + 2

  private static func directions(_ dimension: Int) throws(DistributionError) -> [UInt64] {
    guard 1...maximumDimension ~= dimension else { throw .sobolDimension(dimension) }
    return [UInt64](unsafeUninitializedCapacity: dimension * digits) { buffer, filled in
      for coordinate in 0..<dimension {
        ck_sobol_directions(UInt32(coordinate), buffer.baseAddress! + coordinate * digits)
      }
      filled = dimension * digits
    }
  }

  private func matrix(
    _ range: Range<Int>, _ fill: (UnsafeMutableBufferPointer<Double>, Range<Int>) -> Void
  ) -> Matrix {
    Matrix(
      rows: range.count, columns: dimension,
      initializingWith: {
        fill(UnsafeMutableBufferPointer(start: $0, count: range.count * dimension), range)
      })
  }

  private func fill(
    _ out: UnsafeMutableBufferPointer<Double>, _ points: Range<Int>, offset: Double
  ) {
    precondition(
      points.lowerBound >= 0 && points.upperBound <= count,
      "The sequence has the points 0 ..< \(count), and not \(points).")
    precondition(
      out.count == points.count * dimension,
      "\(points.count) points of \(dimension) coordinates do not fill a buffer of \(out.count).")
    guard let start = out.baseAddress, !points.isEmpty else { return }
    let first = UInt64(points.lowerBound)
    directions.withUnsafeBufferPointer { directions in
      keys.withUnsafeBufferPointer { keys in
        for coordinate in 0..<dimension {
          let target = start + coordinate * points.count
          let numbers = directions.baseAddress! + coordinate * Self.digits
          if scrambling == .nestedUniform {
            let own = keys.baseAddress! + coordinate * Self.keysOfCoordinate
            ck_sobol_nested_points(numbers, own, first, points.count, target)
          } else {
            ck_sobol_points(numbers, shifts[coordinate], first, points.count, offset, target)
          }
        }
      }
    }
  }
}

extension SobolSequence.Scrambling {
  /// Sets the counters of one kind apart from those of another.
  fileprivate var purpose: UInt32 {
    switch self {
    case .digitalShift: 1
    case .linearMatrix: 2
    case .nestedUniform: 3
    }
  }
}

/// Random words from counters that no path has, since paths are below 2⁶³.
private struct RandomWords {
  let stream: RandomStream
  let purpose: UInt32
  let item: UInt32

  init(stream: RandomStream, purpose: UInt32, _ item: Int) {
    (self.stream, self.purpose, self.item) = (stream, purpose, UInt32(item))
  }

  func words32(_ count: Int) -> [UInt32] {
    let blocks = (count + 3) / 4
    let key = [UInt32(truncatingIfNeeded: stream.seed), UInt32(stream.seed >> 32)]
    var counter = [0, stream.stream, item, 1 << 31 | purpose]
    var words = [UInt32](unsafeUninitializedCapacity: 4 * blocks) { buffer, filled in
      guard let start = buffer.baseAddress else { return }
      for block in 0..<blocks {
        counter[0] = UInt32(block)
        ck_philox4x32(counter, key, 10, start + 4 * block)
      }
      filled = 4 * blocks
    }
    words.removeLast(4 * blocks - count)
    return words
  }

  func words64(_ count: Int) -> [UInt64] {
    let words = words32(2 * count)
    return (0..<count).map { UInt64(words[2 * $0]) | UInt64(words[2 * $0 + 1]) << 32 }
  }
}
