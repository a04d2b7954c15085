/// One block of memory from which a solver takes all its vectors and matrices at construction.
final class Slab {
  private var blocks: [UnsafeMutableRawPointer] = []

  /// A zeroed vector on cache lines of its own, which it fills.
  func doubles(_ count: Int) -> UnsafeMutablePointer<Double> {
    take(Self.padded(count), Double.self, repeating: 0)
  }

  /// The number of doubles in whole cache lines.
  static func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }

  func integers(_ count: Int) -> UnsafeMutablePointer<Int32> {
    take(count, Int32.self, repeating: 0)
  }

  func bytes(_ count: Int) -> UnsafeMutablePointer<Int8> { take(count, Int8.self, repeating: 0) }

  private func take<T>(_ count: Int, _: T.Type, repeating zero: T) -> UnsafeMutablePointer<T> {
    let count = max(count, 1)
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: count * MemoryLayout<T>.stride, alignment: 64)
    blocks.append(raw)
    let pointer = raw.bindMemory(to: T.self, capacity: count)
    pointer.initialize(repeating: zero, count: count)
    return pointer
  }

  deinit {
    for block in blocks { block.deallocate() }
  }
}
