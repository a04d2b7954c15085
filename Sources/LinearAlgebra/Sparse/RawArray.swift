/// A fixed number of elements, owned: allocated at construction, freed with its owner.
///
/// Subscripts are unchecked; factorizations loop over sizes fixed by their analysis.
struct RawArray<Element: BitwiseCopyable>: ~Copyable {
  let start: UnsafeMutablePointer<Element>
  let count: Int

  init(_ count: Int, repeating value: Element) {
    self.count = count
    start = .allocate(capacity: max(count, 1))
    start.initialize(repeating: value, count: count)
  }

  /// Memory that is written before it is read: the system gives its pages at the first write.
  init(uninitialized count: Int) {
    self.count = count
    start = .allocate(capacity: max(count, 1))
  }

  init(_ elements: [Element]) {
    count = elements.count
    start = .allocate(capacity: max(count, 1))
    for (i, element) in elements.enumerated() { (start + i).initialize(to: element) }
  }

  deinit { start.deallocate() }

  @inline(__always)
  subscript(i: Int) -> Element {
    get { start[i] }
    nonmutating set { start[i] = newValue }
  }
}

extension RawArray: @unchecked Sendable where Element: Sendable {}
