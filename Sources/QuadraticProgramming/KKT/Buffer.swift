internal import CKernels

/// Work space of a fixed number of doubles, owned: allocated at construction, freed with its owner.
///
/// Subscripts are unchecked; the engine's loops run over sizes fixed at construction.
struct Buffer: ~Copyable {
  let pointer: UnsafeMutablePointer<Double>
  let count: Int

  init(_ count: Int, repeating value: Double = 0) {
    self.count = count
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(repeating: value, count: max(count, 1))
  }

  init(_ values: [Double]) {
    self.init(values.count)
    for (i, value) in values.enumerated() { pointer[i] = value }
  }

  deinit { pointer.deallocate() }

  @inline(__always)
  subscript(i: Int) -> Double {
    get { pointer[i] }
    nonmutating set { pointer[i] = newValue }
  }

  var array: [Double] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  func copy(from other: borrowing Buffer) { pointer.update(from: other.pointer, count: count) }

  func fill(_ value: Double) { pointer.update(repeating: value, count: count) }

  /// The largest magnitude; NaN if any entry is NaN.
  var largestMagnitude: Double { ck_largest_magnitude(count, pointer) }

  /// self ← self + α x.
  func add(_ α: Double, _ x: borrowing Buffer) {
    for i in 0..<count { pointer[i] += α * x.pointer[i] }
  }

  /// self ← self ∘ x, entry by entry.
  func multiply(by x: borrowing Buffer) {
    for i in 0..<count { pointer[i] *= x.pointer[i] }
  }

  func scale(by factor: Double) {
    for i in 0..<count { pointer[i] *= factor }
  }

  func dot(_ x: borrowing Buffer) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += pointer[i] * x.pointer[i] }
    return sum
  }
}
