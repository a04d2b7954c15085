import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Integers and semicontinuous variables in QPS texts, and their way to branch and bound.
@Suite struct IntegersFilesTests {
  static let text = """
    NAME MIXED
    ROWS
     N COST
     G R
    COLUMNS
     A COST 1 R 1
     M1 'MARKER' 'INTORG'
     B COST 1 R 1
     C COST 1 R 1
     D COST 1
     M2 'MARKER' 'INTEND'
     E COST 1 R 1
     F COST 1
     G COST 1
     H COST 1
     I COST 1
    RHS
     RHS R 2
    BOUNDS
     LO BND C -3
     UP BND D 7
     BV BND E
     LI BND F 2
     UI BND G 9
     LO BND H 3
     SC BND H 5
     SI BND I 4
    ENDATA
    """

  @Test func markersAndBoundsOfEveryDiscreteKind() throws {
    let program = try QuadraticProgram(qps: Self.text)
    let inf = Double.infinity
    #expect(program.integerVariables == [1, 2, 3, 4, 5, 6, 8])
    #expect(program.semicontinuousVariables == [7, 8])
    // B between the markers without a bound is binary; a lower bound alone leaves C open above.
    #expect(program.lowerBounds == [0, 0, -3, 0, 0, 2, 0, 3, 0])
    #expect(program.upperBounds == [inf, 1, inf, 7, 1, inf, 9, 5, 4])
    #expect(program.relaxation.lowerBounds[7] == 0)
    #expect(!program.relaxation.isDiscrete)
  }

  @Test func writingAndReadingKeepsEveryKind() throws {
    let inf = Double.infinity
    var program = QuadraticProgram(
      quadraticCost: .identity(10), linearCost: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    program.constrain(
      Matrix(rows: 1, columns: 10) { _, j in Double(j) - 4.5 }, atLeast: [0.1], atMost: [inf])
    program.bound(
      atLeast: [0, 0, -2, -inf, 2, 3, -inf, 0, 0, -inf],
      atMost: [1, inf, 2, 4, inf, 3, inf, 8, inf, 6])
    program.restrictToIntegers([0, 1, 2, 4, 5, 6, 8])
    program.makeSemicontinuous([4, 5, 7, 8, 9])
    program.variableNames = (0..<10).map { "x\($0)" }
    program.rowNames = ["r"]
    #expect(try QuadraticProgram(qps: program.qps()).integerVariables == program.integerVariables)
    let again = try QuadraticProgram(qps: program.qps())
    #expect(again.semicontinuousVariables == program.semicontinuousVariables)
    #expect(again.lowerBounds == program.lowerBounds)
    #expect(again.upperBounds == program.upperBounds)
    #expect(again.variableNames == program.variableNames)
    let mixed = try QuadraticProgram(qps: Self.text)
    #expect(try QuadraticProgram(qps: mixed.qps()) == mixed)
  }

  @Test func aContinuousSolverRefusesIntegers() throws {
    let program = try QuadraticProgram(qps: Self.text)
    #expect(throws: ProblemError.discreteVariables(count: 8)) { try program.solve() }
    #expect(try program.relaxation.solve().status == .optimal)
  }

  @Test(arguments: [(0.9, 0.0), (1.4, 0.0), (2.0, 3.0), (4.0, 4.0), (7.0, 5.0)])
  func aSemicontinuousVariableIsZeroOrWithinItsBounds(
    target: Double, expected: Double
  ) throws {
    var program = QuadraticProgram(quadraticCost: .identity(1), linearCost: [-target])
    program.bound(atLeast: [3], atMost: [5])
    program.makeSemicontinuous([0])
    let x = try #require(try BranchAndBound().solve(program).x)
    #expect(isClose(x[0], expected, absolute: 1e-7))
  }

  /// min ½ (h + w)ᵀS(h + w), lᵢbᵢ ≤ hᵢ ≤ uᵢbᵢ, Σ b ≤ k: h first, then b, and the program without b.
  private func selection(
    _ n: Int, _ k: Int, seed: UInt64, isLongOnly: Bool = false, costOfBinary: Double = 0
  ) -> (written: QuadraticProgram, direct: MixedIntegerProgram) {
    var random = TestRandom(seed: seed)
    var direct = MixedIntegerProgram.random(n, &random)
    let reach = (0..<n).map { _ in Double.random(in: 0.4...3, using: &random) }
    direct.bound(
      atLeast: reach.map { isLongOnly ? 0 : -$0 }, atMost: reach)
    direct.limitNonzeros(to: k)
    let S = direct.quadraticCost
    var written = QuadraticProgram(
      quadraticCost: Matrix(rows: 2 * n, columns: 2 * n) { $0 < n && $1 < n ? S[$0, $1] : 0 },
      linearCost: direct.linearCost + [Double](repeating: costOfBinary, count: n))
    written.objectiveConstant = direct.objectiveConstant
    func links(_ sign: Double) -> Matrix {
      Matrix(rows: n, columns: 2 * n) { i, j in
        // Signs and scales of the rows differ, as those of files do.
        let scale = i.isMultiple(of: 3) ? -2.0 : 1.0
        return j == i ? scale : j == n + i ? scale * sign * reach[i] : 0
      }
    }
    for (matrix, isUpper) in [(links(-1), true), (links(1), false)] where isUpper || !isLongOnly {
      let isAtMost = (0..<n).map { isUpper != $0.isMultiple(of: 3) }
      written.constrain(
        matrix, atLeast: isAtMost.map { $0 ? -.infinity : 0 },
        atMost: isAtMost.map { $0 ? 0 : .infinity })
    }
    written.constrain(
      Matrix(rows: 1, columns: 2 * n) { $1 < n ? 0 : 2 }, atMost: [2 * Double(k) + 0.5])
    written.bound(
      atLeast: reach.map { isLongOnly ? 0 : -2 * $0 } + [Double](repeating: 0, count: n),
      atMost: reach.map { 2 * $0 } + [Double](repeating: 1, count: n))
    written.restrictToIntegers(n..<(2 * n))
    return (written, direct)
  }

  @Test(arguments: 0..<8, [false, true])
  func binariesThatCountAreALimitOnNonzeros(seed: Int, isLongOnly: Bool) throws {
    let n = 10
    let k = 2 + seed % 4
    let (written, direct) = selection(n, k, seed: UInt64(seed), isLongOnly: isLongOnly)
    let program = try QuadraticProgram(qps: written.qps())
    let one = try BranchAndBound().solve(program)
    let other = try BranchAndBound().solve(direct)
    #expect(one.status == .optimal)
    #expect(one.objective == other.objective && one.bound == other.bound)
    #expect(one.nodes == other.nodes)
    let x = try #require(one.x)
    #expect(x.count == 2 * n)
    for i in 0..<n { #expect(x[n + i] == (x[i] != 0 ? 1 : 0)) }
    #expect(x[n...].reduce(0, +) <= Double(k))
    #expect(isClose(program.objective(at: x), one.objective, relative: 1e-12))
  }

  @Test func aLowerSideOfTheCountIsMetByIdleBinaries() throws {
    var program = QuadraticProgram(
      quadraticCost: Matrix(diagonal: [1, 1, 0, 0]), linearCost: [-1, 0, 0, 0])
    program.constrain([[1, 0, -1, 0], [0, 1, 0, -1]], atMost: [0, 0])
    program.constrain([[0, 0, 1, 1]], equalTo: [2])
    program.bound(atLeast: [0, 0, 0, 0], atMost: [4, 4, 1, 1])
    program.restrictToIntegers([2, 3])
    let found = try BranchAndBound().solve(program)
    #expect(found.status == .optimal)
    #expect(found.x?[2...] == [1, 1])
    #expect(isClose(found.objective, -0.5, absolute: 1e-9))
  }

  @Test(arguments: 0..<4) func binariesWithACostAreBranchedOver(seed: Int) throws {
    let (n, k) = (5, 3)
    let written = selection(n, k, seed: UInt64(40 + seed), costOfBinary: 0.05).written
    var best = Double.infinity
    for mask in 0..<(1 << n) where mask.nonzeroBitCount <= k {
      var fixed = written.relaxation
      let b = (0..<n).map { Double(mask >> $0 & 1) }
      fixed.bound(
        atLeast: Array(written.lowerBounds[..<n]) + b, atMost: Array(written.upperBounds[..<n]) + b)
      best = min(best, try fixed.solve().objective)
    }
    let found = try BranchAndBound().solve(written)
    #expect(found.status == .optimal)
    #expect(isClose(found.objective, best, relative: 2e-6))
    #expect(found.bound <= best + 1e-8)
  }

  @Test func dataThatIsNoProgramIsRefusedByName() {
    var program = QuadraticProgram(linearCost: [.nan])
    program.bound(atLeast: [0], atMost: [3])
    program.restrictToIntegers([0])
    let error = #expect(throws: MixedIntegerProgramError.self) {
      try BranchAndBound().solve(program)
    }
    #expect(error?.description.contains("linear cost") == true)
  }
}
