import QuadraticProgramming
import TestSupport
import Testing

@Suite("Active sets: planted and small programs")
struct ActiveSetSolverTests {
  func solve(
    _ p: DenseProgram, _ method: ActiveSetSolver.Method = .automatic
  ) -> ActiveSetSolution {
    let solver = ActiveSetSolver(maxVariables: p.variableCount, maxRows: p.rowCount)
    solver.method = method
    solver.solve(p)
    return solver.solution
  }

  /// The largest difference relative to one plus the largest entry.
  func distance(_ x: [Double], _ y: [Double]) -> Double {
    let size = y.reduce(1) { max($0, abs($1)) }
    return zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
  }

  @Test(
    "the planted point is found by both methods",
    arguments: [(1, 0), (3, 2), (8, 5), (20, 5), (39, 12), (60, 10), (130, 20), (210, 8)])
  func plantedPoint(n: Int, m: Int) {
    for seed in 0..<5 {
      for scale in [1.0, 1e4] {
        var generator = ActiveSetPrograms(seed: UInt64(1000 * n + seed))
        let (p, x) = generator.planted(
          n: n, m: m, equalities: m / 3, rank: n, diagonal: 0.1, scale: scale)
        for method in [ActiveSetSolver.Method.automatic, .dual] {
          let answer = solve(p, method)
          #expect(p.fault(answer, tolerance: 1e-11) == nil)
          #expect(answer.status == .optimal && distance(answer.x, x) < 1e-10, "\(n) \(seed)")
        }
      }
    }
  }

  @Test("a semidefinite P ends at rounding, without a trace of the proximal term")
  func semidefinite() {
    for seed in 0..<40 {
      var generator = ActiveSetPrograms(seed: UInt64(seed))
      let n = generator.integer(2...40)
      let (p, x) = generator.planted(n: n, m: n / 2, equalities: n / 5, rank: n / 3)
      let answer = solve(p)
      #expect(p.fault(answer, tolerance: 1e-11) == nil, "\(seed)")
      #expect(abs(p.objective(answer.x) - p.objective(x)) <= 1e-10 * (1 + abs(p.objective(x))))
    }
  }

  @Test("P = 0: the vertex of a linear program")
  func linearProgram() {
    // Hand calculation: maximize 3x + 5y, x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18 (Hillier and Lieberman's
    // Wyndor Glass): x = 2, y = 6, dual prices 0, 3/2, 1.
    var p = DenseProgram(variableCount: 2, rowCount: 3)
    p.linearCost = [-3, -5]
    p.rows = [1, 0, 0, 2, 3, 2]
    p.rowUpper = [4, 12, 18]
    p.lower = [0, 0]
    let answer = solve(p)
    #expect(answer.status == .optimal)
    #expect(distance(answer.x, [2, 6]) < 1e-14)
    #expect(distance(answer.rowMultipliers, [0, 1.5, 1]) < 1e-14)
  }

  @Test("one variable: free, at a bound, fixed, crossed, unbounded")
  func oneVariable() {
    var p = DenseProgram(variableCount: 1, rowCount: 0)
    p.quadraticCost = [2]
    p.linearCost = [-4]
    #expect(distance(solve(p).x, [2]) < 1e-15)
    p.upper = [1]
    #expect(solve(p).x == [1] && solve(p).boundMultipliers == [2])
    p.lower = [1]
    #expect(solve(p).x == [1] && solve(p).status == .optimal)
    p.lower = [1.5]
    #expect(solve(p).status == .primalInfeasible && solve(p).crossed == 0)
    p.quadraticCost = [0]
    p.lower = [0]
    p.upper = [.infinity]
    #expect(solve(p).status == .unbounded && p.fault(solve(p)) == nil)
  }

  @Test("all variables fixed, with rows that hold and rows that cannot")
  func allFixed() {
    var generator = ActiveSetPrograms(seed: 7)
    var p = generator.planted(n: 6, m: 3, equalities: 1, rank: 6).program
    p.lower = [1, 2, 3, 4, 5, 6]
    p.upper = p.lower
    let values = p.rowProducts(p.lower)
    p.rowLower = values.map { $0 - 1 }
    p.rowUpper = values.map { $0 + 1 }
    for method in [ActiveSetSolver.Method.automatic, .dual] {
      #expect(solve(p, method).x == p.lower && p.fault(solve(p, method)) == nil)
    }
    p.rowLower[1] = values[1] + 0.5
    #expect(solve(p).status == .primalInfeasible && p.fault(solve(p)) == nil)
  }

  @Test("copies of a row, equal and contradictory, as equalities and as sides")
  func dependentRows() {
    var p = DenseProgram(variableCount: 3, rowCount: 4)
    p.quadraticCost = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    p.linearCost = [-1, -2, -3]
    p.rows = [1, 1, 1, 2, 2, 2, 1, 1, 1, -1, -1, -1]
    p.rowLower = [1, 2, -.infinity, -1]
    p.rowUpper = [1, 2, 1, .infinity]
    // The projection of (1, 2, 3) on the plane Σx = 1.
    let x = [1 - 5.0 / 3, 2 - 5.0 / 3, 3 - 5.0 / 3]
    for method in [ActiveSetSolver.Method.automatic, .dual] {
      let answer = solve(p, method)
      #expect(p.fault(answer, tolerance: 1e-13) == nil && distance(answer.x, x) < 1e-14)
      var q = p
      q.rowUpper[1] = 2.5
      q.rowLower[1] = 2.5
      #expect(solve(q, method).status == .primalInfeasible && q.fault(solve(q, method)) == nil)
    }
  }

  @Test("many rows: the pool of violated rows finds the planted point")
  func manyRows() {
    for seed in 0..<3 {
      var generator = ActiveSetPrograms(seed: UInt64(seed))
      let (p, x) = generator.planted(n: 30, m: 2000, equalities: 2, rank: 30, diagonal: 0.1)
      let answer = solve(p)
      #expect(p.fault(answer, tolerance: 1e-11) == nil && distance(answer.x, x) < 1e-10)
    }
  }

  @Test("NaN in the data never comes out as an answer")
  func notANumber() {
    for place in 0..<4 {
      var generator = ActiveSetPrograms(seed: 3)
      var p = generator.planted(n: 5, m: 2, equalities: 1, rank: 5).program
      switch place {
      case 0: p.quadraticCost[6] = .nan
      case 1: p.linearCost[2] = .nan
      case 2: p.rows[3] = .nan
      default: p.upper[1] = .nan
      }
      #expect(solve(p).status != .optimal && solve(p).status != .unbounded, "\(place)")
    }
  }

  @Test("a sequence with moving c, sides and rows: warm equals cold")
  func sequence() {
    for (n, m) in [(12, 4), (70, 9)] {
      var generator = ActiveSetPrograms(seed: UInt64(n))
      var p = generator.planted(n: n, m: m, equalities: 1, rank: n, diagonal: 0.1).program
      let solver = ActiveSetSolver(maxVariables: n, maxRows: m)
      solver.solve(p)
      for step in 0..<30 {
        for j in 0..<n { p.linearCost[j] += 0.1 * generator.random.signedUnit() }
        for i in 1..<m { p.rowUpper[i] += 0.01 }
        var start = ActiveSetSolver.Start.lastFactors
        if step % 5 == 4 {
          p.rows[n + 1] += 0.1
          p.quadraticCost[0] += 0.1
          start = .lastSides
        }
        solver.method = step % 7 == 3 ? .dual : .automatic
        solver.solve(p, from: start)
        let (warm, cold) = (solver.solution, solve(p))
        #expect(warm.status == cold.status, "\(n), step \(step)")
        #expect(p.fault(warm, tolerance: 1e-11) == nil, "\(n), step \(step)")
        #expect(distance(warm.x, cold.x) < 1e-10, "\(n), step \(step)")
      }
    }
  }

  @Test("wrong sides to begin from do no harm")
  func wrongStart() {
    for seed in 0..<50 {
      var generator = ActiveSetPrograms(seed: UInt64(seed))
      let (p, x) = generator.planted(n: 10, m: 6, equalities: 1, rank: 10, diagonal: 0.1)
      let solver = ActiveSetSolver(maxVariables: 10, maxRows: 6)
      for method in [ActiveSetSolver.Method.automatic, .dual] {
        solver.method = method
        solver.hold(
          boundSides: (0..<10).map { _ in Int8(generator.integer(-1...1)) },
          rowSides: (0..<6).map { _ in Int8(generator.integer(-1...1)) })
        solver.solve(p, from: .lastSides)
        #expect(solver.status == .optimal && distance(solver.solution.x, x) < 1e-10, "\(seed)")
      }
    }
  }

  @Test("a batch gives the same bits with one worker and with five, and as a single solver")
  func batch() {
    let programs = (0..<300).map { seed in
      var generator = ActiveSetPrograms(seed: UInt64(seed))
      return generator.anything()
    }
    let one = BatchSolver(maxVariables: 12, maxRows: 16, workerCount: 1).solve(programs)
    let five = BatchSolver(maxVariables: 12, maxRows: 16, workerCount: 5).solve(programs)
    #expect(one == five && one.count == programs.count)
    let solver = ActiveSetSolver(maxVariables: 12, maxRows: 16)
    for (p, answer) in zip(programs, one) {
      solver.solve(p)
      #expect(solver.solution == answer)
    }
  }
}
