internal import Dispatch
public import Foundation
internal import LinearAlgebra
internal import Synchronization

extension QuadraticProgram {
  /// The solutions of independent programs, over all cores.
  ///
  /// Each answer, or error, is the one of ``solve(_:observe:)``, bit for bit, for every number of
  /// workers. A worker keeps one work space for all its programs. For thousands of programs of a few
  /// variables ``BatchSolver`` spares also the arrays of each program and solution.
  ///
  /// - Parameters:
  ///   - batch: The programs, of any sizes.
  ///   - settings: The settings of each; the limit on time is that of one program.
  ///   - workerCount: The number of threads, at least one.
  public static func solve(
    batch: [QuadraticProgram], _ settings: InteriorPointSolver.Settings = .init(),
    workerCount: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> [Result<Solution, ProblemError>] {
    precondition(workerCount > 0, "A batch needs at least one worker.")
    let isSmall = batch.map { ActiveSetRoute.suits($0, settings.method) }
    var (n, m) = (0, 0)
    for (program, isSmall) in zip(batch, isSmall) where isSmall {
      n = max(n, program.variableCount)
      m = max(m, program.equalityCount + program.inequalityCount)
    }
    let sizes = (n: n, m: m)
    let next = Atomic<Int>(0)
    let answers = Mutex<[Result<Solution, ProblemError>?]>(
      .init(repeating: nil, count: batch.count))
    BLAS.withSingleThreadedBLAS {
      DispatchQueue.concurrentPerform(iterations: min(workerCount, max(batch.count, 1))) { _ in
        let engine =
          sizes.n > 0 ? ActiveSetSolver(maxVariables: sizes.n, maxRows: sizes.m) : nil
        while true {
          let i = next.add(1, ordering: .relaxed).oldValue
          guard i < batch.count else { return }
          let answer = Result { () throws(ProblemError) in
            try batch[i].solve(settings, engine: engine, observe: { _ in })
          }
          answers.withLock { $0[i] = answer }
        }
      }
    }
    return answers.withLock { $0.compactMap { $0 } }
  }
}
