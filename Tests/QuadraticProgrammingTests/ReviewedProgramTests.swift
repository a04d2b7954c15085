import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Programs that once ended with a wrong claim or none.
@Suite("Programs that were once answered wrongly")
struct ReviewedProgramTests {
  /// x ≥ |y|, z ≥ 0 and y + z ≤ 3: x − y + z is zero at best.
  @Test("a cone of one row may stand before, between and after the others", arguments: 0..<3)
  func oneRow(place: Int) throws {
    var program = QuadraticProgram(linearCost: [1, -1, 1])
    program.constrain([[0, 1, 1]], atMost: [3])
    let cones: [Matrix] = [[[1, 0, 0], [0, 1, 0]], [[1, 0, 0], [0, 1, 0]]]
    for k in 0..<3 {
      program.constrainToCone(k == place ? [[0, 0, 1]] : cones[k > place ? k - 1 : k])
    }
    for factorization in [
      InteriorPointSolver.Settings.Factorization.automatic, .condensed, .sparse,
    ] {
      var settings = InteriorPointSolver.Settings()
      settings.factorization = factorization
      let solution = try program.solve(settings)
      #expect(solution.status == .optimal)
      #expect(abs(solution.objective) < 1e-8)
    }
  }

  @Test("positions that bounds fix leave a risk that depends on none", arguments: [true, false])
  func fixedPositions(isShortfall: Bool) throws {
    var program = QuadraticProgram(linearCost: [0, 0, 1])
    program.bound(atLeast: [1, 1, -90], atMost: [1, 1, 90])
    var whole = ScenarioProgram(program)
    let outcomes = Matrix(rows: 5, columns: 2) { i, j in Double(i * i) - Double(3 * j) }
    let measure: ScenarioProgram.Measure =
      isShortfall ? .expectedShortfall(confidence: 0.6) : .worstCase
    whole.limit(measure, of: ScenarioLoss(outcomes: outcomes), byVariable: 2)
    let solution = try whole.solve()
    #expect(solution.status == .optimal)
    // Losses 3 − 2i² for i = 0 … 4: the worst is 3, the mean of the two worst (3 + 1)/2.
    #expect(abs(solution.x[2] - (isShortfall ? 2 : 3)) < 1e-8)
  }

  @Test("a loss that depends on no position is its book's")
  func noPositions() throws {
    var whole = ScenarioProgram(QuadraticProgram(quadraticCost: [[1]], linearCost: [-1]))
    let loss = ScenarioLoss(
      outcomes: Matrix(rows: 4, columns: 0), book: [-1, -2, -3, -4], variables: [])
    whole.minimize(.expectedShortfall(confidence: 0.5), of: loss)
    let solution = try whole.solve()
    #expect(solution.status == .optimal)
    #expect(abs(solution.riskValues[0] - 3.5) < 1e-8)
    #expect(abs(solution.x[0] - 1) < 1e-7)
  }

  /// With multipliers of 1e100 in rows that cancel, every dual residual is relatively small.
  @Test("a point is not optimal relatively where its dual residual moves the objective")
  func unboundMultipliers() throws {
    var program = QuadraticProgram(linearCost: [1, 1])
    program.constrain([[1, 0]], equalTo: [2])
    program.constrain([[1, 0]], atMost: [2])
    program.bound(atLeast: [0, 0], atMost: [10, 10])
    let large = 1e100
    let duals = Duals(equality: [-large], inequality: [large], bounds: [0, 0])
    let residuals = KKTResiduals(of: program, x: [2, 5], duals: duals)
    #expect(residuals.relativeObjectiveError >= 1)
    #expect(!residuals.satisfy(1e-9))
    let solution = try program.solve()
    #expect(solution.status == .optimal)
    #expect(solution.residuals.relativeObjectiveError <= 1e-6)
  }

  @Test(
    "lines that begin with the name of a section are refused, not swallowed",
    arguments: ["RHS R 3", "BOUNDS UP B X 1", "QSECTION TYPO", "RANGES R 1"])
  func swallowed(line: String) {
    let text = """
      NAME T
      ROWS
       N OBJ
       L R
      COLUMNS
       X OBJ -1 R 1
      RHS
      \(line)
      ENDATA
      """
    #expect(throws: QPSError.self) { try QuadraticProgram(qps: text) }
  }
}
