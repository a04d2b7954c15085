import Foundation
import MarginOptimization
import Workloads

extension RatioSuite {
  /// Dense quadratic programs against the least that ten iterations of any interior point method
  /// with dense factors cost: Gᵀ D G by dsyrk, and one Cholesky factor, of the program's sizes.
  static var solver: RatioSuite {
    RatioSuite(section: "solver") { try [50, 200, 500].flatMap(program) }
  }
}

private func program(_ n: Int) throws -> [Comparison] {
  let program = denseProgram(size: n)
  let found = try program.solve()
  let floor = FactorFloor(program)
  let rows = program.inequalityCount
  let solve = { if let solution = try? program.solve() { keep(solution.objective) } }
  return [
    Comparison(
      name: "dense program \(n) + \(rows) rows", peerName: "10 (dsyrk + dpotrf)", ours: solve,
      peer: { floor.run(iterations: 10) },
      note: { _ in
        "\(found.status), \(found.iterations) iterations, "
          + String(format: "largest relative residual %.1e", found.residuals.largestRelative)
      }),
    Comparison(
      name: "dense program \(n) + \(rows) rows",
      peerName: "\(found.iterations) (dsyrk + dpotrf)", ours: solve,
      peer: { floor.run(iterations: found.iterations) }),
  ]
}
