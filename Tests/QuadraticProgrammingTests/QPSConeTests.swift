import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Second-order cones in QPS texts: CSECTION as of MOSEK, QCMATRIX as of CPLEX and Gurobi.
@Suite("QPS texts with second-order cones")
struct QPSConeTests {
  /// minimize u + v + 2a + b, 2uv ≥ p² + q² for (p, q) = (3, 4), b ≥ |a|, a ≥ −7.
  static let members = """
    NAME          CONES
    ROWS
     N  COST
     E  SUM
    COLUMNS
        U  COST  1
        V  COST  1
        P  SUM   1
        Q  SUM   1
        A  COST  2
        B  COST  1
    RHS
        RHS  SUM  7
    BOUNDS
     FX BND P 3
     FR BND Q
     LO BND A -7
     FR BND B
    CSECTION      ROTATED    0.0      RQUAD
        U
        V
        P
        Q
    CSECTION      PLAIN    QUAD
        B
        A
    ENDATA
    """

  @Test("QUAD and RQUAD over variables, with or without a parameter")
  func coneSections() throws {
    let problem = try QuadraticProgram(qps: Self.members)
    #expect(problem.coneNames == ["ROTATED", "PLAIN"])
    #expect(problem.coneRows == [0..<4, 4..<6])
    #expect(problem.lowerBounds == [0, 0, 3, -.infinity, -7, -.infinity])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    expectConditions(problem, solution, within: 1e-8)
    // u + v ≥ √(2 · 25), the mean of the two at equality; 2a + |a| is least at −7.
    #expect(isClose(solution.objective, 5 * 2.0.squareRoot() - 7, absolute: 1e-8))
    let root = (12.5).squareRoot()
    for (x, expected) in zip(solution.x, [root, root, 3, 4, -7, 7]) {
      #expect(isClose(x, expected, absolute: 1e-4))
    }
  }

  /// maximize x + y, x² + 4y² ≤ r², r = 1.
  static func ellipse(type: String = "L", sign: Int = 1, section: String = "QCMATRIX") -> String {
    """
    ROWS
     N COST
     \(type) BALL
     L ROW
    COLUMNS
     X COST -1 ROW 1
     Y COST -1 ROW -1
     R COST 0
    RHS
     RHS ROW 5 BALL 0
    BOUNDS
     FR BND X
     FR BND Y
     FX BND R 1
    \(section) BALL
     X X \(sign)
     R R \(-sign)
     Y Y \(4 * sign)
    ENDATA
    """
  }

  @Test(
    "a row x'Qx ≤ 0 is a cone, and no longer a row",
    arguments: [
      ellipse(), ellipse(type: "G", sign: -1), ellipse(section: "QSECTION"),
      ellipse(section: "QMATRIX"),
    ])
  func quadraticRow(text: String) throws {
    let problem = try QuadraticProgram(qps: text)
    #expect(problem.rowNames == ["ROW"] && problem.rowOrder == [.inequality(0)])
    #expect(problem.coneNames == ["BALL"] && problem.quadraticCost == nil)
    #expect(Matrix(problem.coneMatrix) == [[0, 0, 1], [1, 0, 0], [0, 2, 0]])
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    // The support function of the ellipse at (1, 1): √(1 + 1/4), at (1, 1/4)/√(5/4).
    let root = (1.25).squareRoot()
    #expect(isClose(solution.objective, -root, absolute: 1e-9))
    #expect(isClose(solution.x[0], 1 / root, absolute: 1e-5))
    #expect(isClose(solution.x[1], 0.25 / root, absolute: 1e-5))
  }

  @Test(
    "programs with cones are the same when written and read", arguments: ConeProgram.Kind.allCases)
  func roundTrip(kind: ConeProgram.Kind) throws {
    for seed in 0..<15 {
      let problem = ConeProgram(kind, seed: UInt64(seed)).program()
      let text = problem.qps()
      let again = try QuadraticProgram(qps: text)
      let isSame = again.qps() == text
      #expect(isSame, "seed \(seed)")
      let n = problem.variableCount
      #expect(again.coneRows.map(\.count) == problem.coneRows.map(\.count))
      #expect(again.variableCount == n + problem.coneRowCount)
      let (one, other) = (try problem.solve(), try again.solve())
      #expect(other.status == .optimal, "seed \(seed)")
      #expect(isClose(one.objective, other.objective, relative: 1e-7, absolute: 1e-7))
      if kind == .boxedQuadratic {
        for (a, b) in zip(one.x, other.x) { #expect(isClose(a, b, absolute: 1e-4)) }
      }
      // The point of one program is a point of the other.
      #expect(conditions(problem, Array(other.x.prefix(n)), one.duals).primal <= 1e-8)
    }
  }

  @Test("cones over variables keep every bit; a second use of a variable gets one of its own")
  func namedVariables() throws {
    var problem = QuadraticProgram(
      quadraticCost: SparseMatrix(diagonal: [1, 1, 1, 1]), linearCost: [1, -2, 3, -4])
    problem.constrainToCone(SparseMatrix([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]] as Matrix))
    problem.constrain([[1, 1, 1, 1]], atMost: [9])
    problem.name = "NAMED"
    problem.variableNames = ["A", "B", "C", "D"]
    problem.rowNames = ["R"]
    problem.coneNames = ["K"]
    #expect(try QuadraticProgram(qps: problem.qps()) == problem)

    problem.constrainToCone(
      [[0, 0, 1, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], plus: [0, 0, 0, 3])
    problem.coneNames = ["K", "C"]
    problem.rowNames = ["C_1"]
    let again = try QuadraticProgram(qps: problem.qps())
    // C itself is named; 2B, the A of the other cone and the constant 3 are not.
    #expect(again.variableNames == ["A", "B", "C", "D", "C_1_", "C_2", "C_3"])
    #expect(again.rowNames == ["C_1", "C_1_", "C_2", "C_3"])
    #expect(again.coneRows == [0..<3, 3..<7])
    #expect(again.equalityValues == [0, 0, -3])
    let (one, other) = (try problem.solve(), try again.solve())
    #expect(one.status == .optimal && other.status == .optimal)
    // As P is the identity half the squared distance of each to the solution is at most its gap, 1e-9.
    for (a, b) in zip(one.x, other.x) {
      #expect(isClose(a, b, absolute: 2 * (2e-9).squareRoot()))
    }
  }

  @Test("cones beside integers are written and read too")
  func integers() throws {
    var problem = ConeProgram(.boxed, seed: 3).program()
    problem.restrictToIntegers([0, 2])
    #expect(try QuadraticProgram(qps: problem.qps()).integerVariables == [0, 2])
  }

  @Test(
    "errors of cone sections name line, field and fault",
    arguments: [
      ("0.0      RQUAD", "0.0      POW", 19, "POW", QPSError.Fault.unknownConeType),
      ("0.0      RQUAD", "zero      RQUAD", 19, "zero", .notANumber),
      (
        "CSECTION      PLAIN    QUAD", "CSECTION QUAD", 24, "CSECTION",
        .fieldCount(expected: "a name, a value and a type", found: 2)
      ),
      ("PLAIN ", "ROTATED ", 24, "ROTATED", .duplicateCone),
      ("    B\n    A\nENDATA", "    B\n    X\nENDATA", 26, "X", .unknownVariable),
      ("    B\n    A\nENDATA", "    B\n    U\nENDATA", 26, "U", .secondCone(first: "ROTATED")),
      ("    B\n    A\nENDATA", "    B\n    B\nENDATA", 26, "B", .secondCone(first: "PLAIN")),
      (
        "    B\n    A\nENDATA", "    B A\nENDATA", 25, "B",
        .fieldCount(expected: "one variable", found: 2)
      ),
      ("    V\n    P\n    Q\n", "", 19, "ROTATED", .rotatedConeTooShort),
    ])
  func badSections(old: String, new: String, line: Int, field: String, fault: QPSError.Fault) {
    #expect(Self.members.contains(old))
    expectError(Self.members.replacing(old, with: new), line, field, fault)
  }

  @Test(
    "a quadratic row that is no cone is refused with its name and the reason",
    arguments: [
      (" L BALL", " E BALL", QPSError.NoCone.rowType),
      (" L BALL", " N BALL", .rowType),
      (" L BALL", " G BALL", .negativeCount(2)),
      ("BALL 0", "BALL 1", .rightHandSide),
      ("RHS ROW 5 BALL 0\n", "RHS ROW 5\nRANGES\n RNG BALL 2\n", .rightHandSide),
      ("X COST -1", "X COST -1 BALL 1", .linearTerms),
      (" X X 1\n", " X Y 1\n Y X 1\n", .offDiagonal("Y", "X")),
      (" X X 1\n", " X X -1\n", .negativeCount(2)),
      (" R R -1\n", " R R 1\n", .negativeCount(0)),
      (" FX BND R 1\n", " FR BND R\n", .headBound("R")),
    ])
  func badRows(old: String, new: String, reason: QPSError.NoCone) throws {
    let text = Self.ellipse()
    #expect(text.contains(old))
    let bad = text.replacing(old, with: new)
    let lines = bad.split(separator: "\n")
    let line = try #require(lines.firstIndex { $0.hasPrefix("QCMATRIX") }) + 1
    expectError(bad, line, "BALL", .quadraticRow(reason))
  }

  @Test("a row has one quadratic part, and a section names a row")
  func badHeaders() {
    let text = Self.ellipse()
    expectError(
      text.replacing("ENDATA", with: "QCMATRIX BALL\nENDATA"), 19, "BALL", .duplicateCone)
    expectError(text.replacing("QCMATRIX BALL", with: "QCMATRIX BAL"), 15, "BAL", .unknownRow)
    expectError(
      text.replacing("QCMATRIX BALL", with: "QCMATRIX"), 15, "QCMATRIX",
      .fieldCount(expected: "the name of a row", found: 1))
  }

  private func expectError(
    _ text: String, _ line: Int, _ field: String, _ fault: QPSError.Fault,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: QPSError.self, sourceLocation: sourceLocation) {
      try QuadraticProgram(qps: text)
    }
    #expect(error?.line == line, sourceLocation: sourceLocation)
    #expect(error?.field == field, sourceLocation: sourceLocation)
    #expect(error?.fault == fault, sourceLocation: sourceLocation)
    #expect(
      error?.description.hasPrefix("line \(line): '\(field)': ") == true,
      sourceLocation: sourceLocation)
  }
}
