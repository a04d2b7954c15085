import LinearAlgebra
import Testing

/// Runs a suite with one BLAS thread.
///
/// The last bits of a BLAS result depend on the number of threads, and these tests compare bits.
struct OneBLASThread: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    BLAS.threadCount = 1
    try await body()
  }
}

extension Trait where Self == OneBLASThread {
  static var oneBLASThread: OneBLASThread { OneBLASThread() }
}
