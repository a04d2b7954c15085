import Foundation
import MarginOptimization
import Workloads

extension RatioSuite {
  /// Dense quadratic programs against the least that their factorizations cost, Gᵀ D G by dsyrk and
  /// one Cholesky factor of the program's sizes: ten for any interior point method, one for any
  /// method. Then programs in sequence and in batches against the same programs one at a time.
  static var solver: RatioSuite {
    RatioSuite(section: "solver") {
      try [50, 200, 500].flatMap(program) + [try frontier(), try batch()]
    }
  }
}

private func program(_ n: Int) throws -> [Comparison] {
  let program = denseProgram(size: n)
  let interior = InteriorPointSolver.Settings(method: .interiorPoint)
  let found = try program.solve(interior)
  let chosen = try program.solve()
  let floor = FactorFloor(program)
  let name = "dense program \(n) + \(program.inequalityCount) rows"
  let solve = { if let solution = try? program.solve(interior) { keep(solution.objective) } }
  return [
    Comparison(
      name: name, peerName: "10 (dsyrk + dpotrf)", ours: solve,
      peer: { floor.run(iterations: 10) },
      note: { _ in
        "\(found.status), \(found.iterations) iterations, "
          + String(format: "largest relative residual %.1e", found.residuals.largestRelative)
      }),
    Comparison(
      name: name, peerName: "\(found.iterations) (dsyrk + dpotrf)", ours: solve,
      peer: { floor.run(iterations: found.iterations) }),
    Comparison(
      name: "the same, method chosen", peerName: "1 (dsyrk + dpotrf)",
      ours: { if let solution = try? program.solve() { keep(solution.objective) } },
      peer: { floor.run(iterations: 1) },
      note: { _ in
        "\(chosen.method.rawValue), \(chosen.iterations) steps, "
          + String(format: "largest relative residual %.1e", chosen.residuals.largestRelative)
      }),
  ]
}

/// Fifty points of a frontier from one work space, against fifty solutions from nothing.
private func frontier() throws -> Comparison {
  let program = denseProgram(size: 200)
  let costs = (0..<50).map { k in program.linearCost.map { $0 * (1 + 0.01 * Double(k)) } }
  let points = costs.map { cost in
    QuadraticProgram(quadraticCost: program.quadraticCost, linearCost: cost)
      .within(program)
  }
  return Comparison(
    name: "50 points in sequence, 200", peerName: "one at a time",
    ours: {
      guard var sequence = try? ProgramSequence(program) else { return }
      for cost in costs {
        try? sequence.update(linearCost: cost)
        if let solution = try? sequence.solve() { keep(solution.objective) }
      }
    },
    peer: {
      for point in points { if let solution = try? point.solve() { keep(solution.objective) } }
    })
}

/// A thousand programs of twenty variables over all cores, against one after the other.
private func batch() throws -> Comparison {
  let program = denseProgram(size: 20)
  let programs = (0..<1000).map { k in
    QuadraticProgram(
      quadraticCost: program.quadraticCost,
      linearCost: program.linearCost.map { $0 * (0.5 + 0.001 * Double(k)) }
    ).within(program)
  }
  let cores = ProcessInfo.processInfo.activeProcessorCount
  return Comparison(
    name: "batch of 1000, 20, \(cores) cores", peerName: "one at a time",
    ours: { keep(Double(QuadraticProgram.solve(batch: programs).count)) },
    peer: { for one in programs { if let found = try? one.solve() { keep(found.objective) } } })
}

extension QuadraticProgram {
  /// This program with the rows and bounds of another.
  fileprivate func within(_ other: QuadraticProgram) -> QuadraticProgram {
    var result = self
    result.constrain(
      other.inequalityMatrix, atLeast: other.inequalityLower, atMost: other.inequalityUpper)
    result.bound(atLeast: other.lowerBounds, atMost: other.upperBounds)
    return result
  }
}
