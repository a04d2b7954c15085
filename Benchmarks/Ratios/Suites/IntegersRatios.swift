import Foundation
import MarginOptimization
import Workloads

extension RatioSuite {
  /// Selections of few hedges of many, to a proven gap of 1e-6, against a floor: the same program
  /// with all hedges allowed, solved once.
  static var integers: RatioSuite {
    RatioSuite(section: "integers") {
      try [(30, 10), (50, 5), (50, 10)].map { try selection($0, atMost: $1) }
    }
  }
}

private func selection(_ n: Int, atMost k: Int) throws -> Comparison {
  let (program, relaxation) = selectionProgram(size: n, atMost: k)
  let search = BranchAndBound()
  let found = try search.solve(program)
  return Comparison(
    name: "\(k) hedges of \(n)", peerName: "the program without the limit",
    ours: { if let found = try? search.solve(program) { keep(found.objective) } },
    peer: { if let solution = try? relaxation.solve() { keep(solution.objective) } },
    note: { _ in
      "\(found.status.rawValue), \(found.nodes) nodes, " + String(format: "gap %.1e", found.gap)
    })
}
