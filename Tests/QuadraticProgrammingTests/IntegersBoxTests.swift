import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Programs with rows, lots and minimum sizes, against the listing of all cases.
@Suite struct IntegersBoxTests {
  private func compare(
    _ program: MixedIntegerProgram, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let best = ExhaustiveOptimum.cardinality(program)
    let found = try BranchAndBound().solve(program)
    #expect(found.status == (best.isFinite ? .optimal : .infeasible), sourceLocation: location)
    #expect(
      isClose(found.objective, best, relative: 2e-6, absolute: 2e-9), sourceLocation: location)
    #expect(found.bound <= best + 1e-9 * (1 + abs(best)), sourceLocation: location)
    if let x = found.x {
      #expect(ExhaustiveOptimum(program, listing: false).isFeasible(x), sourceLocation: location)
    }
  }

  @Test(arguments: 0..<40) func lots(seed: Int) throws {
    var random = TestRandom(seed: UInt64(seed))
    var program = MixedIntegerProgram.random(4, bound: 2, &random)
    program.requireLots([0.5, 1, 0.7, seed % 2 == 0 ? 0 : 1])
    if seed % 3 == 0 { program.limitNonzeros(to: 2) }
    try compare(program)
  }

  @Test(arguments: 0..<40) func minimumSizes(seed: Int) throws {
    var random = TestRandom(seed: UInt64(1000 + seed))
    var program = MixedIntegerProgram.random(4, bound: 1.5, &random)
    program.requireMinimumSizes([0.8, 0.6, 1.2, 0])
    if seed % 3 == 1 { program.limitNonzeros(among: [0, 1, 3], to: 1) }
    try compare(program)
  }

  @Test(arguments: 0..<40) func rows(seed: Int) throws {
    var random = TestRandom(seed: UInt64(2000 + seed))
    var program = MixedIntegerProgram.random(4, bound: 2, &random)
    let A = Matrix(rows: 1, columns: 4) { _, _ in random.signedUnit() }
    let level = random.signedUnit()
    if seed % 2 == 0 {
      program.constrain(A, atLeast: [level], atMost: [level])
    } else {
      program.constrain(A, atLeast: [level], atMost: [level + 0.1])
    }
    switch seed % 4 {
    case 0, 1: program.limitNonzeros(to: 2)
    case 2: program.requireMinimumSizes([0.5, 0.5, 0, 0.5])
    default: program.requireLots([0.25, 0.5, 0.25, 0])
    }
    try compare(program)
  }

  @Test(arguments: 0..<10) func singularCost(seed: Int) throws {
    var random = TestRandom(seed: UInt64(3000 + seed))
    let F = Matrix(rows: 5, columns: 2) { _, _ in random.signedUnit() }
    var program = MixedIntegerProgram(
      quadraticCost: F.timesTransposed(), linearCost: (0..<5).map { _ in random.signedUnit() })
    program.bound(
      atLeast: [Double](repeating: -1, count: 5), atMost: [Double](repeating: 1, count: 5))
    program.limitNonzeros(to: 2)
    if seed % 2 == 1 { program.requireLots([0.5, 0.5, 0.5, 0.5, 0.5]) }
    try compare(program)
  }

  @Test func integersThatMeetNoRowAreInfeasible() throws {
    var program = MixedIntegerProgram(
      quadraticCost: .identity(2), linearCost: [0, 0])
    program.bound(atLeast: [-5, -5], atMost: [5, 5])
    program.requireLots([2, 2])
    program.constrain([[1, 1]], atLeast: [1], atMost: [1])
    let found = try BranchAndBound().solve(program)
    #expect(found.status == .infeasible && found.x == nil && found.bound == .infinity)
  }

  @Test func aCardinalityThatARowForbidsIsInfeasible() throws {
    var program = MixedIntegerProgram(quadraticCost: .identity(3), linearCost: [0, 0, 0])
    program.bound(atLeast: [-1, -1, -1], atMost: [1, 1, 1])
    program.limitNonzeros(to: 2)
    program.constrain([[1, 1, 1]], atLeast: [2.5])
    let found = try BranchAndBound().solve(program)
    #expect(found.status == .infeasible)
  }

  @Test func crossedBoundsAreInfeasible() throws {
    var program = MixedIntegerProgram(quadraticCost: .identity(1), linearCost: [0])
    program.bound(atLeast: [1], atMost: [0])
    #expect(try BranchAndBound().solve(program).status == .infeasible)
  }

  @Test func aMinimumSizeBeyondTheBoundLeavesZero() throws {
    var program = MixedIntegerProgram(quadraticCost: .identity(1), linearCost: [-1])
    program.bound(atLeast: [0], atMost: [0.5])
    program.requireMinimumSizes([0.6])
    let found = try BranchAndBound().solve(program)
    #expect(found.x == [0] && found.objective == 0)
  }

  @Test(arguments: 0..<8) func aSearchThatIsStoppedStillProvesItsBound(seed: Int) throws {
    var random = TestRandom(seed: UInt64(4000 + seed))
    var program = MixedIntegerProgram.random(6, bound: 3, &random)
    program.requireLots([1, 1, 1, 1, 0.5, 0])
    program.constrain(Matrix(rows: 1, columns: 6) { _, _ in random.signedUnit() }, atLeast: [0.5])
    let full = try BranchAndBound().solve(program)
    #expect(full.status == .optimal)
    for limit in [0, 1, 2, 5, 13] {
      let stopped = try BranchAndBound(.init(nodeLimit: limit)).solve(program)
      #expect(stopped.bound <= full.objective && stopped.objective >= full.bound)
    }
    let again = try BranchAndBound().solve(program)
    #expect(again.nodes == full.nodes && again.x == full.x)
  }

  @Test func badDataIsAnErrorThatSaysWhere() {
    func solve(_ P: Matrix, _ c: [Double], _ change: (inout MixedIntegerProgram) -> Void = { _ in })
      throws
    {
      var program = MixedIntegerProgram(quadraticCost: P, linearCost: c)
      change(&program)
      _ = try BranchAndBound().solve(program)
    }
    #expect(throws: MixedIntegerProgramError.quadraticCostSize(rows: 1, columns: 1, variables: 2)) {
      try solve([[1]], [0, 0])
    }
    #expect(throws: MixedIntegerProgramError.notSymmetric(row: 0, column: 1, difference: 1)) {
      try solve([[1, 1], [0, 1]], [0, 0])
    }
    #expect(throws: MixedIntegerProgramError.notConvex(eigenvalue: -1)) {
      try solve([[1, 0], [0, -1]], [0, 0]) { $0.limitNonzeros(to: 1) }
    }
    #expect(throws: MixedIntegerProgramError.unbounded(variable: 1)) {
      try solve([[1, 0], [0, 0]], [0, 0]) { $0.bound(atLeast: [0, 0], atMost: [1, .infinity]) }
    }
    #expect(
      throws: MixedIntegerProgramError.negative(part: "lots", variable: 1, value: -2)
    ) {
      try solve([[1, 0], [0, 1]], [0, 0]) { $0.requireLots([1, -2]) }
    }
    #expect(throws: MixedIntegerProgramError.self) { try solve([[1]], [.nan]) }
  }
}
