import LinearAlgebra
import Testing

/// The thread count is one number for the whole process, so each test has a process of its own.
@Suite("BLAS threads")
struct BLASThreadTests {
  @Test("A region runs with one thread and restores the count, also after an error")
  func restores() async {
    await #expect(processExitsWith: .success) {
      struct Failure: Error {}
      BLAS.threadCount = 2
      let inside = BLAS.withSingleThreadedBLAS {
        BLAS.withSingleThreadedBLAS { #expect(BLAS.threadCount == 1) }
        return BLAS.threadCount
      }
      #expect(inside == 1)
      #expect(BLAS.threadCount == 2)
      #expect(throws: Failure.self) {
        try BLAS.withSingleThreadedBLAS { throw Failure() }
      }
      #expect(BLAS.threadCount == 2)
    }
  }

  @Test("Overlapping regions of many tasks restore the count when the last one ends")
  func overlapping() async {
    await #expect(processExitsWith: .success) {
      BLAS.threadCount = 2
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<50 {
          group.addTask {
            BLAS.withSingleThreadedBLAS {
              let a = Fixture.random(20, 20, seed: 1)
              return (a * a).rows == 20 && BLAS.threadCount == 1
            }
          }
        }
        for await alone in group { #expect(alone) }
      }
      #expect(BLAS.threadCount == 2)
    }
  }
}
