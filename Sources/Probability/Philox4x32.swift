internal import CKernels

/// The Philox4x32-10 counter-based generator: a keyed bijection of 128-bit counters.
///
/// A block is a pure function of its counter and key, so any value of any sequence is had directly,
/// in any order, on any machine. Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
/// easy as 1, 2, 3", SC11 (2011).
public struct Philox4x32: Sendable, Hashable {
  /// The key: two words, usually the two halves of a seed.
  public var key: SIMD2<UInt32>

  /// The generator of a key.
  public init(key: SIMD2<UInt32>) { self.key = key }

  /// The four pseudorandom words of one counter, after 10 rounds.
  public func block(counter: SIMD4<UInt32>) -> SIMD4<UInt32> { block(counter: counter, rounds: 10) }

  package func block(counter: SIMD4<UInt32>, rounds: Int) -> SIMD4<UInt32> {
    let counter = (0..<4).map { counter[$0] }
    var words = [UInt32](repeating: 0, count: 4)
    ck_philox4x32(counter, [key.x, key.y], Int32(rounds), &words)
    return SIMD4(words[0], words[1], words[2], words[3])
  }
}
