internal import CKernels

/// The count, sum and sum of squares of numbers, without any rounding.
///
/// Both sums are integers in units of 2⁻¹⁰⁷⁴ and 2⁻²¹⁴⁸, kept in digits of 32 bits (Neal, "Fast exact
/// summation using small and large superaccumulators", arXiv:1505.05571, 2015). So the moments of parts
/// add up to those of the whole bit for bit, whatever the parts and their order; a reduction in fixed
/// order could do that only for parts cut at its own blocks. A number costs about 5 ns, and a part
/// 1.6 kilobytes.
public struct ExactMoments: Sendable, Hashable, Codable {
  /// How many numbers were added.
  public private(set) var count = 0
  private var sum = ExactInteger(digitCount: Int(CK_EXACT_DIGITS))
  private var squares = ExactInteger(digitCount: Int(CK_EXACT_SQUARE_DIGITS))

  /// The moments of no numbers.
  public init() {}

  /// - Throws: `DecodingError.dataCorrupted` where the digits are not those of sums.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    count = try container.decode(Int.self, forKey: .count)
    sum = try container.decode(ExactInteger.self, forKey: .sum)
    squares = try container.decode(ExactInteger.self, forKey: .squares)
    let isWhole =
      count >= 0 && sum.isNormal(digitCount: Int(CK_EXACT_DIGITS))
      && squares.isNormal(digitCount: Int(CK_EXACT_SQUARE_DIGITS)) && !squares.isNegative
    if !isWhole {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "these are no digits of sums"))
    }
  }

  /// Adds numbers.
  /// - Precondition: They are finite.
  public mutating func add(_ values: UnsafeBufferPointer<Double>) {
    guard let start = values.baseAddress else { return }
    precondition(values.areFinite, "Moments are of finite numbers; NaN and infinity have none.")
    count += values.count
    sum.digits.withUnsafeMutableBufferPointer {
      ck_exact_add($0.baseAddress, values.count, start)
    }
    squares.digits.withUnsafeMutableBufferPointer {
      ck_exact_add_squares($0.baseAddress, values.count, start)
    }
  }

  /// Adds numbers.
  /// - Precondition: They are finite.
  public mutating func add(_ values: [Double]) { values.withUnsafeBufferPointer { add($0) } }

  /// Adds the moments of other numbers.
  public mutating func merge(_ other: ExactMoments) {
    count += other.count
    sum.add(other.sum)
    squares.add(other.squares)
  }

  /// The sum of all numbers, rounded once.
  public var total: Double { sum.rounded(exponent: -1074) }

  /// The mean, the rounded sum over the count; NaN of no numbers.
  public var mean: Double { total / Double(count) }

  /// The variance with Bessel's correction, (n Σx² − (Σx)²) / (n (n − 1)), its numerator exact and rounded
  /// once, so that nothing cancels; 0 of a single number, NaN of none.
  public var variance: Double {
    guard count > 1 else { return count == 1 ? 0 : .nan }
    let numerator = squares.multiplied(by: UInt64(count)).subtracting(sum.squared)
    return numerator.rounded(exponent: -2148) / Double(count) / Double(count - 1)
  }

  /// The root of the variance.
  public var standardDeviation: Double { variance.squareRoot() }
}

extension UnsafeBufferPointer<Double> {
  /// Whether no element is NaN or infinite, in vectors of eight: x − x is 0 or NaN.
  fileprivate var areFinite: Bool {
    var differences = SIMD8<Double>.zero
    var i = 0
    while i + 8 <= count {
      let x = UnsafeRawPointer(baseAddress! + i).loadUnaligned(as: SIMD8<Double>.self)
      differences += x - x
      i += 8
    }
    return differences == .zero && self[i...].allSatisfy(\.isFinite)
  }
}

/// A whole number in digits of base 2³², the least first; all lie in 0 ..< 2³² but the last, which has the
/// sign.
struct ExactInteger: Sendable, Hashable, Codable {
  var digits: [Int64]

  init(digitCount: Int) { digits = [Int64](repeating: 0, count: digitCount) }
  private init(_ digits: [Int64]) { self.digits = digits }

  init(from decoder: any Decoder) throws {
    digits = try decoder.singleValueContainer().decode([Int64].self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(digits)
  }

  func isNormal(digitCount: Int) -> Bool {
    digits.count == digitCount && digits.dropLast().allSatisfy { $0 >= 0 && $0 < 1 << 32 }
      && abs(digits[digitCount - 1]) < 1 << 62
  }

  private mutating func normalise() {
    digits.withUnsafeMutableBufferPointer { ck_exact_normalise($0.count, $0.baseAddress) }
  }

  mutating func add(_ other: ExactInteger) {
    for i in digits.indices { digits[i] += other.digits[i] }
    normalise()
  }

  var isNegative: Bool { (digits.last ?? 0) < 0 }

  var magnitude: ExactInteger {
    guard isNegative else { return self }
    var result = ExactInteger(digits.map { -$0 })
    result.normalise()
    return result
  }

  /// The product with a number below 2⁶³, of a number that is not negative.
  func multiplied(by factor: UInt64) -> ExactInteger {
    let parts = [factor & 0xFFFF_FFFF, factor >> 32]
    return product(parts, digitCount: digits.count + 2)
  }

  var squared: ExactInteger {
    let positive = magnitude
    return positive.product(positive.digits.map(UInt64.init), digitCount: 2 * digits.count)
  }

  private func product(_ factor: [UInt64], digitCount: Int) -> ExactInteger {
    var result = [UInt64](repeating: 0, count: digitCount)
    for (i, digit) in digits.enumerated() where digit != 0 {
      var carry: UInt64 = 0
      for (j, other) in factor.enumerated() where i + j < digitCount {
        let sum = UInt64(digit) * other + result[i + j] + carry
        result[i + j] = sum & 0xFFFF_FFFF
        carry = sum >> 32
      }
      if i + factor.count < digitCount { result[i + factor.count] += carry }
    }
    var product = ExactInteger(result.map(Int64.init))
    product.normalise()
    return product
  }

  func subtracting(_ other: ExactInteger) -> ExactInteger {
    let count = max(digits.count, other.digits.count)
    var difference = ExactInteger(
      (0..<count).map {
        ($0 < digits.count ? digits[$0] : 0)
          - ($0 < other.digits.count ? other.digits[$0] : 0)
      })
    difference.normalise()
    return difference
  }

  /// The double nearest to this number times 2^exponent, ties to even.
  func rounded(exponent: Int) -> Double {
    let positive = magnitude
    guard let top = positive.digits.lastIndex(where: { $0 != 0 }) else { return 0 }
    // The top digit may exceed 32 bits where it is the last, which no sum of doubles in range does.
    func digit(_ k: Int) -> UInt64 { k >= 0 ? UInt64(positive.digits[k]) : 0 }
    let zeros = digit(top).leadingZeroBitCount - 32
    let head = digit(top) << 32 | digit(top - 1)
    var bits = head << zeros | (zeros > 0 ? digit(top - 2) >> (32 - zeros) : 0)
    let rest = zeros > 0 ? digit(top - 2) << zeros & 0xFFFF_FFFF : digit(top - 2)
    if rest != 0 || (0..<max(top - 2, 0)).contains(where: { positive.digits[$0] != 0 }) {
      bits |= 1  // below the last of 53 bits by far: it only breaks ties
    }
    let value = scaled(Double(bits), by: 32 * (top - 1) - zeros + exponent)
    return isNegative ? -value : value
  }

  /// x 2^n for exponents beyond those of a double: by halves, of which only the last can round.
  private func scaled(_ x: Double, by n: Int) -> Double {
    var (x, n) = (x, n)
    while n > 1000 { (x, n) = (x * 0x1p1000, n - 1000) }
    while n < -900 { (x, n) = (x * 0x1p-900, n + 900) }
    return x * Double(sign: .plus, exponent: n, significand: 1)
  }
}
