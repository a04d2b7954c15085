import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Random programs with and without presolve. What is claimed is checked by plain sums and against the
/// planted value; nothing is compared with the presolve itself.
@Suite("Presolve of random programs")
struct PresolveRandomTests {
  static func settings(presolve: Bool) -> InteriorPointSolver.Settings {
    var settings = InteriorPointSolver.Settings(method: .interiorPoint)
    settings.presolve = presolve
    return settings
  }

  @Test("planted solutions are found, and every reduction takes part", arguments: 0..<8)
  func planted(block: Int) throws {
    var total: [String: Int] = [:]
    for seed in block * 500..<(block + 1) * 500 {
      let planted = PlantedReductions(seed: UInt64(seed))
      let problem = planted.problem
      let solution = try problem.solve(Self.settings(presolve: true))
      #expect(solution.status == .optimal, "\(seed)")
      #expect(
        isClose(solution.objective, planted.objective, relative: 1e-8, absolute: 1e-8), "\(seed)")
      #expect(
        isClose(solution.dualObjective, planted.objective, relative: 1e-8, absolute: 1e-8),
        "\(seed)")
      let residuals = KKTResiduals(of: problem, x: solution.x, duals: solution.duals)
      #expect(residuals.satisfy(1e-9), "\(seed)")
      let (primal, dual) = RandomProgramTests().plainResiduals(problem, solution)
      #expect(max(primal, dual) <= 1e-7, "\(seed)")
      let plain = try problem.solve(Self.settings(presolve: false))
      #expect(plain.presolve == nil)
      #expect(isClose(solution.objective, plain.objective, relative: 1e-8, absolute: 1e-8))
      for (name, count) in solution.presolve?.counts ?? [:] { total[name, default: 0] += count }
    }
    #expect(total.count == 10)
    for (name, count) in total { #expect(count > 20, "\(name)") }
  }

  @Test("statuses agree, and certificates hold for the program as given", arguments: 0..<4)
  func statuses(block: Int) throws {
    var found: [String: Int] = [:]
    var reports = 0
    for seed in block * 500..<(block + 1) * 500 {
      let problem = RandomProgramTests().randomProgram(seed: UInt64(seed))
      let one = try problem.solve(Self.settings(presolve: true))
      let other = try problem.solve(Self.settings(presolve: false))
      found[one.status.name, default: 0] += 1
      if one.presolve != nil { reports += 1 }
      #expect(FuzzTests().excess(of: one, problem) <= 1e-7, "\(seed)")
      switch (one.status, other.status) {
      case (.optimal, .optimal):
        #expect(isClose(one.objective, other.objective, relative: 1e-7, absolute: 1e-7), "\(seed)")
        #expect(one.residuals.satisfy(1e-9))
      case (.primalInfeasible, .dualInfeasible), (.dualInfeasible, .primalInfeasible):
        break  // A program may have no point and yet a ray: either is a true answer.
      default: #expect(one.status.name == other.status.name, "\(seed)")
      }
    }
    for name in ["optimal", "primalInfeasible", "dualInfeasible"] {
      #expect(found[name, default: 0] > 10, "\(name)")
    }
    #expect(reports > 50)
  }
}

extension PresolveReport {
  /// The counts by the reductions' names.
  var counts: [String: Int] {
    [
      "fixed": fixedVariables, "isolated": isolatedVariables, "dominated": dominatedVariables,
      "slack": slackVariables, "forced": forcedVariables, "empty": emptyRows,
      "singleton": singletonRows, "parallel": parallelRows, "redundant": redundantRows,
      "forcing": forcingRows,
    ]
  }
}
