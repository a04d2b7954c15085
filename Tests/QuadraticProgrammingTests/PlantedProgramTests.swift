import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

@Suite("Programs with a planted solution")
struct PlantedProgramTests {
  static let sizes = [1, 2, 3, 5, 8, 13, 30, 75, 200]

  @Test("strictly convex: residuals at 1e-9 absolute, the point at 1e-7", arguments: sizes)
  func strictlyConvex(n: Int) throws {
    for seed in 1...(n <= 30 ? 20 : 2) {
      let planted = PlantedProgram(
        n: n, equalities: n / 4, inequalities: n, rank: n + 5, seed: UInt64(1000 * n + seed))
      let solution = try planted.problem.solve(.init(tolerance: 1e-9))
      #expect(solution.status == .optimal)
      #expect(solution.residuals.largest <= 1e-9)
      // |Δx|² λmin(P)/2 is at most the gap; λmin of F Fᵀ with five spare columns is about 0.01.
      for (found, expected) in zip(solution.x, planted.x) {
        #expect(isClose(found, expected, absolute: 1e-4))
      }
    }
  }

  @Test("five hundred variables")
  func large() throws {
    let planted = PlantedProgram(n: 500, equalities: 50, inequalities: 300, rank: 550, seed: 5)
    let solution = try planted.problem.solve()
    #expect(solution.status == .optimal)
    #expect(solution.residuals.largest <= 1e-9)
    for (found, expected) in zip(solution.x, planted.x) {
      #expect(isClose(found, expected, absolute: 1e-4))
    }
  }

  @Test("linear: the residuals, and the planted objective", arguments: sizes)
  func linear(n: Int) throws {
    for seed in 1...(n <= 30 ? 20 : 2) {
      let planted = PlantedProgram(
        n: n, equalities: n / 4, inequalities: n, rank: 0, seed: UInt64(7000 * n + seed))
      let solution = try planted.problem.solve()
      #expect(solution.status == .optimal)
      #expect(solution.residuals.largest <= 1e-9)
      #expect(
        isClose(
          solution.objective, planted.problem.objective(at: planted.x), relative: 1e-9,
          absolute: 2e-9))
    }
  }

  @Test("singular P of rank one", arguments: sizes)
  func rankOne(n: Int) throws {
    for seed in 1...5 {
      let planted = PlantedProgram(
        n: n, equalities: n / 5, inequalities: n / 2, rank: 1, seed: UInt64(300 * n + seed))
      let solution = try planted.problem.solve()
      #expect(solution.status == .optimal)
      #expect(solution.residuals.largest <= 1e-9)
    }
  }

  @Test("points of the order of 1e8 and 1e-8", arguments: [1e8, 1e-8])
  func scaled(scale: Double) throws {
    for (rank, seed) in [(0, 1), (0, 2), (24, 3), (24, 4), (3, 5)] {
      let planted = PlantedProgram(
        n: 20, equalities: 4, inequalities: 20, rank: rank, scale: scale, seed: UInt64(seed))
      let solution = try planted.problem.solve()
      #expect(solution.status == .optimal)
      #expect(solution.residuals.largestRelative <= 1e-9)
      let expected = planted.problem.objective(at: planted.x)
      #expect(isClose(solution.objective, expected, relative: 1e-9, absolute: 1e-9))
    }
  }

  @Test("a solver updated with new data gives what a new solver gives")
  func update() throws {
    let first = PlantedProgram(n: 12, equalities: 3, inequalities: 10, rank: 14, seed: 1).problem
    var solver = try InteriorPointSolver(first)
    _ = solver.solve()
    let c = first.linearCost.map { 2 * $0 + 0.1 }
    let widened = first.upperBounds.map { $0 + 0.25 }
    let freed = first.lowerBounds.indices.map { $0 == 2 ? -Double.infinity : first.lowerBounds[$0] }
    for step in 0..<3 {
      if step >= 0 { try solver.update(linearCost: c) }
      if step >= 1 { try solver.update(upperBounds: widened) }
      if step >= 2 { try solver.update(lowerBounds: freed) }
      var fresh = QuadraticProgram(quadraticCost: first.quadraticCost, linearCost: c)
      fresh.constrain(first.equalityMatrix, equalTo: first.equalityValues)
      fresh.constrain(
        first.inequalityMatrix, atLeast: first.inequalityLower, atMost: first.inequalityUpper)
      fresh.bound(
        atLeast: step >= 2 ? freed : first.lowerBounds,
        atMost: step >= 1 ? widened : first.upperBounds)
      let expected = try fresh.solve()
      let solution = solver.solve()
      #expect(solution.status == .optimal)
      #expect(KKTResiduals(of: fresh, x: solution.x, duals: solution.duals).largest <= 1e-9)
      #expect(isClose(solution.objective, expected.objective, absolute: 1e-8))
    }
  }
}
