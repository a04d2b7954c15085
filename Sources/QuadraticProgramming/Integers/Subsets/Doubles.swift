/// A block of doubles with a fixed address, owned by this object.
final class Doubles {
  let base: UnsafeMutablePointer<Double>
  let count: Int

  init(_ count: Int) {
    self.count = count
    base = .allocate(capacity: max(1, count))
    base.initialize(repeating: 0, count: max(1, count))
  }

  deinit { base.deallocate() }

  func load(_ values: [Double]) {
    precondition(values.count <= count, "More values than the block holds.")
    for (i, value) in values.enumerated() { base[i] = value }
  }

  func array(_ length: Int) -> [Double] { Array(UnsafeBufferPointer(start: base, count: length)) }
}
