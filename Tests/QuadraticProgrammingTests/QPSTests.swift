import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("QPS texts")
struct QPSTests {
  static let example = """
    * a comment
    NAME          TRICKY  two words
    ROWS
     N  COST
     E  EQ
     L  LESS
     G  MORE
     N  EXTRA
     E  UPWARDS
     E  DOWNWARDS

    COLUMNS
        X  COST  1.5  EQ  1
        X  LESS  2.0D0
        Y  MORE  -1e0  EQ  1
        Y  EXTRA 7
        Z  UPWARDS 1 DOWNWARDS 1
        W  COST  0
        V  COST  -2
    RHS
        RHS  COST  -4  EQ  1
        RHS  LESS  5   MORE -6
        RHS  UPWARDS 3 DOWNWARDS 3
    RANGES
        RNG  LESS 2  MORE 4
        RNG  UPWARDS 0.5 DOWNWARDS -0.5
    BOUNDS
     UP BND X 4
     LO BND Y -2
     UP BND Y 1e30
     FR BND Z
     MI BND W
     UP BND W -3
     FX BND V 2.5
    QUADOBJ
        X  X  2
        X  Y  -1
        Y  Y  3
    ENDATA
    what follows is not read
    """

  @Test("rows, ranges of every kind, bounds of every kind, quadratic cost")
  func tricky() throws {
    let problem = try QuadraticProgram(qps: Self.example)
    let inf = Double.infinity
    #expect(problem.name == "TRICKY two words")
    #expect(problem.variableNames == ["X", "Y", "Z", "W", "V"])
    #expect(problem.rowNames == ["EQ", "LESS", "MORE", "EXTRA", "UPWARDS", "DOWNWARDS"])
    #expect(problem.linearCost == [1.5, 0, 0, 0, -2])
    #expect(problem.objectiveConstant == 4)
    #expect(Matrix(problem.equalityMatrix) == [[1, 1, 0, 0, 0]])
    #expect(problem.equalityValues == [1])
    #expect(
      Matrix(problem.inequalityMatrix) == [
        [2, 0, 0, 0, 0], [0, -1, 0, 0, 0], [0, 7, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0],
      ])
    #expect(problem.inequalityLower == [3, -6, -inf, 3, 2.5])
    #expect(problem.inequalityUpper == [5, -2, inf, 3.5, 3])
    #expect(problem.lowerBounds == [0, -2, -inf, -inf, 2.5])
    #expect(problem.upperBounds == [4, inf, inf, -3, 2.5])
    #expect(problem.quadraticCost?.matrix.row(0) == [2, -1, 0, 0, 0])
    #expect(problem.quadraticCost?.matrix.row(1) == [-1, 3, 0, 0, 0])
    #expect(problem.rowOrder.first == .equality(0))
    #expect(problem.rowOrder.last == .inequality(4))
  }

  @Test("sets without a name, bounds without a set, line ends of Windows")
  func withoutNames() throws {
    let text = [
      "NAME", "ROWS", " N f", " G r", "COLUMNS", " x f 1 r 1", " y f 1 r 1", "RHS", " r 1 f 2",
      "BOUNDS", " UP x 3", " FR y", "QMATRIX", " x x 1", " x y 0.5", " y x 0.5", " y y 1", "ENDATA",
    ].joined(separator: "\r\n")
    let problem = try QuadraticProgram(qps: text)
    #expect(problem.objectiveConstant == -2)
    #expect(problem.inequalityLower == [1])
    #expect(problem.lowerBounds == [0, -.infinity])
    #expect(problem.upperBounds == [3, .infinity])
    #expect(problem.quadraticCost?.matrix == [[1, 0.5], [0.5, 1]])
  }

  @Test("a negative upper bound leaves the lower bound at zero")
  func negativeUpperBound() throws {
    let problem = try QuadraticProgram(
      qps: "ROWS\n N f\nCOLUMNS\n x f 1\nBOUNDS\n UP B x -1\nENDATA\n")
    #expect(problem.lowerBounds == [0])
    #expect(problem.upperBounds == [-1])
  }

  @Test(
    "errors name line, field and fault",
    arguments: [
      (" E  EQ", " Q  EQ", 5, "Q", QPSError.Fault.unknownRowType),
      (" E  EQ", " E  COST", 5, "COST", .duplicateRow),
      ("X  LESS  2.0D0", "X  LES  2.0D0", 14, "LES", .unknownRow),
      ("X  LESS  2.0D0", "X  LESS  two", 14, "two", .notANumber),
      ("X  LESS  2.0D0", "X  LESS  NaN", 14, "NaN", .notANumber),
      ("X  LESS  2.0D0", "X  LESS  1e999", 14, "1e999", .notANumber),
      (
        "X  LESS  2.0D0", "X  LESS", 14, "X",
        .fieldCount(expected: "a name and pairs", found: 2)
      ),
      ("    W  COST  0", "    M 'MARKER' 'SOSORG'", 18, "'SOSORG'", .unknownMarker),
      (" UP BND X 4", " XX BND X 4", 28, "XX", .unknownBoundType),
      (" UP BND X 4", " UP BND Q 4", 28, "Q", .unknownVariable),
      (" LO BND Y -2", " LO OTHER Y -2", 29, "OTHER", .secondSet(first: "BND")),
      ("RNG  LESS 2 ", "RNG  EXTRA 2 ", 25, "EXTRA", .rangeOfFreeRow),
      ("QUADOBJ", "QCMATRIX Q1", 35, "Q1", .unknownRow),
      ("QUADOBJ", "QCONES", 35, "QCONES", .unknownSection),
      ("QUADOBJ", "OBJSENSE MAX", 35, "MAX", .maximization),
      ("ENDATA\nwhat follows is not read", "", 0, "", .noEnd),
      ("    X  X  2", "    X  XX  2", 36, "XX", .unknownVariable),
    ])
  func errors(old: String, new: String, line: Int, field: String, fault: QPSError.Fault) throws {
    let text = Self.example.replacing(old, with: new, maxReplacements: 1)
    let error = #expect(throws: QPSError.self) { try QuadraticProgram(qps: text) }
    #expect(error?.line == line)
    #expect(error?.field == field)
    #expect(error?.fault == fault)
    if line > 0 { #expect(error?.description.contains("line \(line)") == true) }
  }

  @Test("a text without objective or without anything")
  func empty() {
    let cases: [(String, Int, QPSError.Fault)] = [
      ("", 0, .noEnd), ("NAME\nROWS\n G r\nENDATA", 0, .noObjective),
      (" x y 1\n", 1, .dataOutsideSection),
    ]
    for (text, line, fault) in cases {
      let error = #expect(throws: QPSError.self) { try QuadraticProgram(qps: text) }
      #expect(error?.line == line)
      #expect(error?.fault == fault)
    }
  }

  @Test("writing and reading keeps every bit, ranges up to one unit in the last place")
  func roundTrip() throws {
    for seed in 1...50 {
      let planted = PlantedProgram(
        n: 7, equalities: 2, inequalities: 6, rank: seed % 8, seed: UInt64(seed))
      var problem = planted.problem
      problem.objectiveConstant = 1 / Double(seed)
      problem.name = "P\(seed)"
      problem.variableNames = (0..<7).map { "C\($0)" }
      problem.rowNames = (0..<8).map { "R\($0)" }
      let again = try QuadraticProgram(qps: problem.qps())
      #expect(again.quadraticCost?.matrix == problem.quadraticCost?.matrix)
      #expect(again.linearCost == problem.linearCost)
      #expect(again.objectiveConstant == problem.objectiveConstant)
      #expect(again.equalityMatrix == problem.equalityMatrix)
      #expect(again.equalityValues == problem.equalityValues)
      #expect(again.inequalityMatrix == problem.inequalityMatrix)
      #expect(again.lowerBounds == problem.lowerBounds)
      #expect(again.upperBounds == problem.upperBounds)
      #expect(again.rowOrder == problem.rowOrder)
      #expect(again.variableNames == problem.variableNames)
      for i in 0..<6 {
        let (l, u) = (problem.inequalityLower[i], problem.inequalityUpper[i])
        #expect(abs(again.inequalityLower[i] - l) <= l.ulp || again.inequalityLower[i] == l)
        #expect(abs(again.inequalityUpper[i] - u) <= u.ulp || again.inequalityUpper[i] == u)
        #expect(again.inequalityLower[i] == l || again.inequalityUpper[i] == u)
      }
    }
  }

  @Test("rows l = u stay inequalities; crossed sides stay infeasible; awkward names are replaced")
  func writerEdges() throws {
    var problem = QuadraticProgram(linearCost: [1, 0])
    problem.constrain([[1, 1], [1, -1]], atLeast: [0.1, 2], atMost: [0.1, 1])
    problem.bound(atLeast: [0, 5], atMost: [.infinity, 4])
    problem.variableNames = ["a b", "a b"]
    let again = try QuadraticProgram(qps: problem.qps())
    #expect(again.equalityCount == 0)
    #expect(again.inequalityLower == [0.1, 2, -.infinity])
    #expect(again.inequalityUpper == [0.1, .infinity, 1])
    #expect(again.lowerBounds == problem.lowerBounds)
    #expect(again.upperBounds == problem.upperBounds)
    #expect(again.variableNames == ["C0", "C1"])
  }
}
