internal import Synchronization

extension BLAS {
  /// The regions that run with one thread now, and the thread count to restore after the last.
  private static let serialRegions = Mutex((count: 0, threadsOutside: 1))

  /// Calls `body` while OpenBLAS uses one thread per call, then restores the old count.
  ///
  /// For loops that are parallel themselves: two layers of threads cost many times the work on
  /// small matrices. Regions may nest and overlap between threads; the count is restored when the
  /// last one ends. `threadCount` must not be set meanwhile.
  package static func withSingleThreadedBLAS<R, E>(_ body: () throws(E) -> R) throws(E) -> R {
    enterSerialRegion()
    defer { leaveSerialRegion() }
    return try body()
  }

  private static func enterSerialRegion() {
    serialRegions.withLock { regions in
      if regions.count == 0 {
        regions.threadsOutside = threadCount
        threadCount = 1
      }
      regions.count += 1
    }
  }

  private static func leaveSerialRegion() {
    serialRegions.withLock { regions in
      regions.count -= 1
      if regions.count == 0 { threadCount = regions.threadsOutside }
    }
  }
}
