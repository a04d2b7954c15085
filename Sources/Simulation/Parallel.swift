internal import Dispatch

/// How many workers share a parallel loop. Results never depend on it; tests set it to prove that.
package enum Parallelism {
  /// nil: as many as the machine has processors.
  @TaskLocal package static var width: Int?
}

/// Runs tasks 0..<count, over the processors where the work is worth it. Each task must write to
/// places of its own, so that results cannot depend on which worker ran it.
/// - Parameter cost: elements of work in one task, about 10 ns each.
package func inParallel(count: Int, cost: Int, _ task: @Sendable (Int) -> Void) {
  if let width = Parallelism.width {
    DispatchQueue.concurrentPerform(iterations: width) { worker in
      for i in stride(from: worker, to: count, by: width).reversed() { task(i) }
    }
  } else if count < 2 || count * cost < 16_384 {
    for i in 0..<count { task(i) }
  } else {
    DispatchQueue.concurrentPerform(iterations: count, execute: task)
  }
}
