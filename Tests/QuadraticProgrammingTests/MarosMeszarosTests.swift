import Foundation
import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// I. Maros, C. Mészáros, "A repository of convex quadratic programming problems", Optimization
/// Methods and Software 11 (1999): the optimal values are those of its table.
@Suite(
  "Small problems of Maros and Mészáros",
  .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
struct MarosMeszarosTests {
  static let published: [(name: String, objective: Double)] = [
    ("CVXQP1_S", 1.15907181e4), ("CVXQP2_S", 8.12094048e3), ("CVXQP3_S", 1.19434322e4),
    ("DPKLO1", 3.70096217e-1), ("DUAL1", 3.50129662e-2), ("DUAL2", 3.37336761e-2),
    ("DUAL3", 1.35755839e-1), ("DUAL4", 7.46090842e-1), ("DUALC1", 6.15525083e3),
    ("DUALC2", 3.55130769e3), ("DUALC5", 4.27232327e2), ("DUALC8", 1.83093588e4),
    ("GENHS28", 9.27173694e-1), ("HS118", 6.64820452e2), ("HS21", -9.99599999e1),
    ("HS268", 5.73107049e-7), ("HS35", 1.11111111e-1), ("HS35MOD", 2.50000001e-1),
    ("HS51", 8.88178420e-16), ("HS52", 5.32664756), ("HS53", 4.09302326), ("HS76", -4.68181818),
    ("KSIP", 5.757979412e-1), ("LOTSCHD", 2.39841589e3), ("PRIMALC1", -6.15525083e3),
    ("PRIMALC2", -3.55130769e3), ("PRIMALC5", -4.27232327e2), ("QADLITTL", 4.80318859e5),
    ("QAFIRO", -1.59078179), ("QBEACONF", 1.64712060e5), ("QBRANDY", 2.83751149e4),
    ("QE226", 2.12653433e2), ("QISRAEL", 2.53478378e7), ("QPCBLEND", -7.84254307e-3),
    ("QPCBOEI2", 8.17196225e6), ("QPTEST", 4.37187500), ("QRECIPE", -2.66616000e2),
    ("QSC205", -5.81395518e-3), ("QSCAGR7", 2.68659486e7), ("QSHARE1B", 7.20078318e5),
    ("QSHARE2B", 1.17036917e4), ("TAME", 3.47098798e-30), ("ZECEVIC2", -4.12500000),
  ]

  @Test("the published objective and residuals of 1e-9", arguments: published)
  func solves(name: String, objective: Double) throws {
    let problem = try QuadraticProgram(qps: ReferenceData.marosMeszaros(name))
    let solution = try problem.solve(.init(method: .interiorPoint))
    #expect(solution.status == .optimal)
    #expect(solution.residuals.satisfy(1e-9))
    #expect(solution.iterations <= 40)
    // Nine digits are printed; two values near zero are as large as their author's tolerance.
    #expect(isClose(solution.objective, objective, relative: 1e-7, absolute: 1e-6))
    // Reading what was written gives the same program.
    var again = try QuadraticProgram(qps: problem.qps())
    #expect(again.rowOrder == problem.rowOrder)
    again.name = problem.name
    #expect(again == problem)
  }

  @Test(
    "the published objective by the active-set method and by the one chosen",
    arguments: published)
  func solvesOnBothRoutes(name: String, objective: Double) throws {
    let problem = try QuadraticProgram(qps: ReferenceData.marosMeszaros(name))
    for method in [QuadraticProgram.Method.activeSet, .automatic] {
      let solution = try problem.solve(.init(method: method))
      #expect(solution.status == .optimal, "\(method)")
      #expect(isClose(solution.objective, objective, relative: 1e-7, absolute: 1e-6), "\(method)")
    }
  }

  @Test("VALUES is not convex, whatever the method", arguments: QuadraticProgram.Method.allCases)
  func values(method: QuadraticProgram.Method) throws {
    let problem = try QuadraticProgram(qps: ReferenceData.marosMeszaros("VALUES"))
    #expect(throws: ProblemError.self) { try problem.solve(.init(method: method)) }
  }

  @Test("the published objective, and multipliers of the program as given, on reduced programs")
  func solvesReduced() throws {
    var removed = (variables: 0, rows: 0)
    for (name, objective) in Self.published {
      let problem = try QuadraticProgram(qps: ReferenceData.marosMeszaros(name))
      var settings = InteriorPointSolver.Settings(method: .interiorPoint)
      let solution = try problem.solve(settings)
      settings.presolve = false
      let plain = try problem.solve(settings)
      #expect(plain.presolve == nil)
      #expect(solution.status == plain.status, "\(name)")
      #expect(
        isClose(solution.objective, plain.objective, relative: 1e-9, absolute: 1e-9), "\(name)")
      #expect(isClose(solution.objective, objective, relative: 1e-7, absolute: 1e-6), "\(name)")
      #expect(KKTResiduals(of: problem, x: solution.x, duals: solution.duals).satisfy(1e-9))
      removed.variables += solution.presolve?.removedVariables ?? 0
      removed.rows += solution.presolve?.removedRows ?? 0
    }
    #expect(removed.variables > 300)
    #expect(removed.rows > 1000)
  }
}
