import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Selection problems: a cardinality, no rows.
@Suite struct IntegersSubsetTests {
  /// The least of the values of all supports of k variables, each by a Cholesky solve.
  private func bestSubset(_ program: MixedIntegerProgram, _ k: Int) throws -> Double {
    let n = program.variableCount
    var best = Double.infinity
    for mask in 0..<(1 << n) where mask.nonzeroBitCount == k {
      let F = (0..<n).filter { mask >> $0 & 1 == 1 }
      let S = Matrix(rows: k, columns: k) { program.quadraticCost[F[$0], F[$1]] }
      let h = try Cholesky(S).solve(F.map { program.linearCost[$0] })
      let gain = zip(F, h).reduce(0.0) { $0 + program.linearCost[$1.0] * $1.1 }
      best = min(best, program.objectiveConstant - 0.5 * gain)
    }
    return best
  }

  @Test(arguments: 0..<60) func findsTheBestSubset(seed: Int) throws {
    var random = TestRandom(seed: UInt64(seed))
    let n = Int.random(in: 4...12, using: &random)
    let k = Int.random(in: 1..<n, using: &random)
    var program = MixedIntegerProgram.random(n, &random)
    program.limitNonzeros(to: k)
    let best = try bestSubset(program, k)
    let found = try BranchAndBound().solve(program)
    #expect(found.status == .optimal)
    #expect(isClose(found.objective, best, relative: 1e-10))
    #expect(found.bound <= best)
    #expect(found.objective - found.bound <= max(1e-6 * found.objective, 1e-9))
    let x = try #require(found.x)
    #expect(x.filter { $0 != 0 }.count <= k)
    #expect(isClose(program.objective(at: x), found.objective, relative: 1e-12))
  }

  @Test(arguments: 0..<20) func activeBoundsAreImposedOnEverySupport(seed: Int) throws {
    var random = TestRandom(seed: UInt64(100 + seed))
    var program = MixedIntegerProgram.random(5, bound: 0.4, &random)
    program.limitNonzeros(to: 1 + seed % 4)
    let best = ExhaustiveOptimum.cardinality(program)
    let found = try BranchAndBound().solve(program)
    #expect(found.status == .optimal && isClose(found.objective, best, relative: 1e-9))
    #expect(found.bound <= best * (1 + 1e-12))
  }

  @Test func variablesThatAreNotCountedAreFree() throws {
    var random = TestRandom(seed: 5)
    var program = MixedIntegerProgram.random(6, bound: 5, &random)
    program.limitNonzeros(among: [0, 2, 3, 5], to: 2)
    let found = try BranchAndBound().solve(program)
    #expect(isClose(found.objective, ExhaustiveOptimum.cardinality(program), relative: 1e-9))
  }

  @Test(arguments: [0, 8, 11]) func limitsOfNoneAndOfAll(limit: Int) throws {
    var random = TestRandom(seed: 8)
    var program = MixedIntegerProgram.random(8, &random)
    program.limitNonzeros(to: limit)
    let found = try BranchAndBound().solve(program)
    #expect(found.status == .optimal)
    // Nothing hedged leaves ½wᵀSw; everything hedged leaves nothing.
    let expected = limit == 0 ? program.objectiveConstant : 0
    #expect(isClose(found.objective, expected, absolute: 1e-9 * program.objectiveConstant))
  }

  @Test func nothingToGainIsProvenAtOnce() throws {
    var program = MixedIntegerProgram(quadraticCost: .identity(3), linearCost: [0, 0, 0])
    program.limitNonzeros(to: 1)
    let found = try BranchAndBound().solve(program)
    #expect(found.status == .optimal && found.x == [0, 0, 0] && found.objective == 0)
  }

  @Test func orthogonalVariablesAreChosenByTheirGains() throws {
    // Separable: the gain of each is c²/2P, whatever the others do; ties stay ties.
    var program = MixedIntegerProgram(
      quadraticCost: Matrix(diagonal: [1, 2, 4, 1, 1, 1]), linearCost: [1, 2, 2, -3, 0, 1])
    program.limitNonzeros(to: 2)
    let found = try BranchAndBound().solve(program)
    #expect(found.status == .optimal && isClose(found.objective, -5.5, relative: 1e-12))
    let x = try #require(found.x)
    #expect(zip(x, [0, -1, 0, 3, 0, 0]).allSatisfy { isClose($0, $1, relative: 1e-14) })
  }

  @Test func sameNodesAndBoundTwice() throws {
    var random = TestRandom(seed: 77)
    var program = MixedIntegerProgram.random(30, &random)
    program.limitNonzeros(to: 8)
    let first = try BranchAndBound().solve(program)
    let second = try BranchAndBound().solve(program)
    #expect(first.nodes == second.nodes && first.bound == second.bound && first.x == second.x)
  }

  @Test(arguments: 0..<12) func aSearchThatIsStoppedStillProvesItsBound(seed: Int) throws {
    var random = TestRandom(seed: UInt64(300 + seed))
    var program = MixedIntegerProgram.random(40, &random)
    program.limitNonzeros(to: 9)
    let full = try BranchAndBound().solve(program)
    #expect(full.status == .optimal)
    var last = -Double.infinity
    for limit in 0..<4 {
      let stopped = try BranchAndBound(.init(nodeLimit: limit)).solve(program)
      #expect(stopped.bound <= full.objective && stopped.objective >= full.bound)
      #expect(stopped.bound >= last)
      last = stopped.bound
    }
    let hurried = try BranchAndBound(.init(timeLimit: 1e-3)).solve(program)
    #expect(hurried.bound <= full.objective)
  }

  @Test(arguments: 0..<6) func splittingAndEnumeratingFindTheSame(seed: Int) throws {
    var random = TestRandom(seed: UInt64(500 + seed))
    var program = MixedIntegerProgram.random(24, &random)
    program.limitNonzeros(to: 4 + seed)
    var settings = BranchAndBound.Settings()
    settings.enumerationEffort = 0
    let split = try BranchAndBound(settings).solve(program)
    settings.enumerationEffort = .infinity
    let listed = try BranchAndBound(settings).solve(program)
    #expect(split.status == .optimal && listed.status == .optimal && listed.nodes == 1)
    #expect(isClose(split.objective, listed.objective, relative: 1e-6))
  }

  @Test func theObserverSeesBoundAndIncumbentClose() throws {
    var random = TestRandom(seed: 9)
    var program = MixedIntegerProgram.random(30, &random)
    program.limitNonzeros(to: 6)
    var seen: [BranchAndBound.Progress] = []
    let found = try BranchAndBound().solve(program) { seen.append($0) }
    let last = try #require(seen.last)
    #expect(last.incumbent == found.objective && last.bound == found.bound)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.incumbent >= $1.incumbent })
    #expect(seen.allSatisfy { $0.bound <= found.objective })
  }
}

extension ExhaustiveOptimum {
  /// The optimum under a cardinality: the best over the supports, each a program without it.
  static func cardinality(_ program: MixedIntegerProgram) -> Double {
    guard let cardinality = program.cardinality else { return ExhaustiveOptimum(program).value }
    let counted = cardinality.variables
    var best = Double.infinity
    for mask in 0..<(1 << counted.count) where mask.nonzeroBitCount <= cardinality.limit {
      var part = program
      var (low, high) = (program.lowerBounds, program.upperBounds)
      for (t, i) in counted.enumerated() where mask >> t & 1 == 0 {
        (low[i], high[i]) = (max(0, low[i]), min(0, high[i]))
      }
      guard zip(low, high).allSatisfy({ $0 <= $1 }) else { continue }
      part.bound(atLeast: low, atMost: high)
      part.limitNonzeros(to: program.variableCount)
      best = min(best, ExhaustiveOptimum(part).value)
    }
    return best
  }
}
