internal import Dispatch
public import Foundation
internal import LinearAlgebra
internal import Synchronization

/// Many independent small dense programs over all cores, one work space per worker.
///
/// Every program starts cold, so that answers do not depend on the number of workers or the order.
/// Nothing is allocated per program. Answers are checked on the data in working precision; what is
/// `failed` is for ``QuadraticProgram/solve(_:observe:)``. P must be positive semidefinite, and no
/// entry NaN: neither is checked here.
///
///     let solver = BatchSolver(maxVariables: 20, maxRows: 4)
///     solver.solve(count: hedges.count) { i, program in
///       hedges[i].write(to: &program)
///     } deliver: { i, answer in
///       plans.record(i, answer.status, (0..<20).map(answer.point))
///     }
public final class BatchSolver: Sendable {
  public let workerCount: Int
  private let workers: [Worker]

  /// A worker's own memory; used by one thread at a time.
  private final class Worker: @unchecked Sendable {
    let solver: ActiveSetSolver
    var program: DenseProgram

    init(_ n: Int, _ m: Int) {
      solver = ActiveSetSolver(maxVariables: n, maxRows: m)
      solver.reserve()
      program = DenseProgram(variableCount: n, rowCount: m)
    }
  }

  /// Work space for programs of at most `n` variables and `m` rows.
  public init(
    maxVariables n: Int, maxRows m: Int,
    workerCount: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    precondition(workerCount > 0, "A batch needs at least one worker.")
    self.workerCount = workerCount
    workers = (0..<workerCount).map { _ in Worker(n, m) }
  }

  /// Solves programs 0 ..< count. `load` writes program i over whatever is in its argument, a program
  /// of the largest size or the last one of the worker; `deliver` reads answer i. Both are called
  /// concurrently, each index once.
  public func solve(
    count: Int, load: @Sendable (Int, inout DenseProgram) -> Void,
    deliver: @Sendable (Int, borrowing BatchAnswer) -> Void
  ) {
    run(count: count, load: load) { i, solver in deliver(i, BatchAnswer(solver)) }
  }

  /// Solves programs 0 ..< count. `load` writes program i over whatever is in its argument, a program
  /// of the largest size or the last one of the worker; `deliver` reads answer i from the solver. Both
  /// are called concurrently, each index once.
  func run(
    count: Int, load: @Sendable (Int, inout DenseProgram) -> Void,
    deliver: @Sendable (Int, ActiveSetSolver) -> Void
  ) {
    let chunk = max(1, min(16, count / (4 * workerCount)))
    let next = Counter()
    BLAS.withSingleThreadedBLAS {
      DispatchQueue.concurrentPerform(iterations: min(workerCount, max(count, 1))) { w in
        let worker = workers[w]
        while true {
          let first = next.advance(by: chunk)
          guard first < count else { return }
          for i in first..<min(first + chunk, count) {
            load(i, &worker.program)
            worker.solver.solve(worker.program)
            deliver(i, worker.solver)
          }
        }
      }
    }
  }

  /// The answers to all programs, in their order.
  package func solve(_ programs: [DenseProgram]) -> [ActiveSetSolution] {
    let answers = Answers(programs.count)
    run(count: programs.count) { i, program in
      program = programs[i]
    } deliver: { i, solver in
      answers.set(i, solver.solution)
    }
    return answers.all
  }

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    /// The value before `step` is added.
    func advance(by step: Int) -> Int {
      value.add(step, ordering: .relaxed).oldValue
    }
  }

  private final class Answers: Sendable {
    private let values: Mutex<[ActiveSetSolution?]>

    init(_ count: Int) { values = Mutex(Array(repeating: nil, count: count)) }

    func set(_ i: Int, _ value: ActiveSetSolution) { values.withLock { $0[i] = value } }

    var all: [ActiveSetSolution] { values.withLock { $0.compactMap { $0 } } }
  }
}
