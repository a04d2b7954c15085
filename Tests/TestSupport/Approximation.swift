/// |a − b| ≤ max(absolute, relative · max(|a|, |b|)); false where either is NaN.
public func isClose(
  _ a: Double, _ b: Double, relative: Double = 0, absolute: Double = 0
) -> Bool {
  if a == b { return true }
  return abs(a - b) <= max(absolute, relative * max(abs(a), abs(b)))
}

/// A small generator with a fixed sequence, for tests that need the same "random" data every time.
/// SplitMix64 (Steele, Lea, Flood 2014).
public struct TestRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform on (−1, 1).
  public mutating func signedUnit() -> Double { Double.random(in: -1..<1, using: &self) }
}
