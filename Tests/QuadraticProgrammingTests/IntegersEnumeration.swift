import LinearAlgebra
import QuadraticProgramming
import TestSupport

/// The optimum of a small mixed-integer program by listing every case: each variable at zero, at an
/// end of a piece of its domain, at each lattice value, or free; each row slack or at a side. Every
/// case is one linear system, solved by elimination. Shares no code with the search.
struct ExhaustiveOptimum {
  let program: MixedIntegerProgram
  private(set) var value = Double.infinity

  /// - Parameter listing: false to only check points.
  init(_ program: MixedIntegerProgram, listing: Bool = true) {
    self.program = program
    guard listing else { return }
    var states = [State](repeating: .free, count: program.variableCount)
    visit(0, &states)
  }

  private enum State { case free, fixed(Double) }

  private mutating func visit(_ i: Int, _ states: inout [State]) {
    guard i < program.variableCount else { return visitRows(0, states, []) }
    for state in choices(i) {
      states[i] = state
      visit(i + 1, &states)
    }
  }

  private func choices(_ i: Int) -> [State] {
    let (low, high) = (program.lowerBounds[i], program.upperBounds[i])
    let lot = program.lots[i]
    if lot > 0 {
      let range = Int((low / lot).rounded(.up))...Int((high / lot).rounded(.down))
      return range.map { .fixed(Double($0) * lot) }.filter { isAllowed(i, $0) }
    }
    var ends: Set = [0, low, high]
    ends.formUnion([program.minimumSizes[i], -program.minimumSizes[i]])
    return [.free] + ends.sorted().map { .fixed($0) }.filter { isAllowed(i, $0) }
  }

  private func isAllowed(_ i: Int, _ state: State) -> Bool {
    guard case .fixed(let x) = state else { return true }
    return isAllowed(i, x)
  }

  private func isAllowed(_ i: Int, _ x: Double) -> Bool {
    x.isFinite && x >= program.lowerBounds[i] - 1e-9 && x <= program.upperBounds[i] + 1e-9
      && (x == 0 || abs(x) >= program.minimumSizes[i] - 1e-9)
  }

  private mutating func visitRows(
    _ r: Int, _ states: [State], _ active: [(row: Int, side: Double)]
  ) {
    guard r < program.rowCount else { return solve(states, active) }
    if program.rowLower[r] < program.rowUpper[r] { visitRows(r + 1, states, active) }
    for side in Set([program.rowLower[r], program.rowUpper[r]]) where side.isFinite {
      visitRows(r + 1, states, active + [(r, side)])
    }
  }

  private mutating func solve(_ states: [State], _ active: [(row: Int, side: Double)]) {
    let n = program.variableCount
    var x = [Double](repeating: 0, count: n)
    var free: [Int] = []
    for (i, state) in states.enumerated() {
      if case .fixed(let value) = state { x[i] = value } else { free.append(i) }
    }
    let (f, size) = (free.count, free.count + active.count)
    if f > 0 {
      var system = [[Double]](repeating: [Double](repeating: 0, count: size + 1), count: size)
      for (a, i) in free.enumerated() {
        for (b, j) in free.enumerated() { system[a][b] = program.quadraticCost[i, j] }
        for (t, e) in active.enumerated() {
          system[a][f + t] = program.rows[e.row, i]
          system[f + t][a] = program.rows[e.row, i]
        }
        system[a][size] =
          -(0..<n).reduce(program.linearCost[i]) { $0 + program.quadraticCost[i, $1] * x[$1] }
      }
      for (t, e) in active.enumerated() {
        system[f + t][size] =
          e.side - (0..<n).reduce(0.0) { $0 + program.rows[e.row, $1] * x[$1] }
      }
      guard let z = eliminated(system) else { return }
      for (a, i) in free.enumerated() { x[i] = z[a] }
    }
    guard isFeasible(x) else { return }
    value = min(value, program.objective(at: x))
  }

  func isFeasible(_ x: [Double], tolerance: Double = 1e-8) -> Bool {
    for i in x.indices {
      guard isAllowed(i, x[i]) else { return false }
      let lot = program.lots[i]
      if lot > 0 && abs(x[i] / lot - (x[i] / lot).rounded()) > 1e-9 { return false }
    }
    if let cardinality = program.cardinality {
      guard cardinality.variables.filter({ x[$0] != 0 }).count <= cardinality.limit else {
        return false
      }
    }
    return (0..<program.rowCount).allSatisfy { r in
      let sum = x.indices.reduce(0.0) { $0 + program.rows[r, $1] * x[$1] }
      return sum >= program.rowLower[r] - tolerance && sum <= program.rowUpper[r] + tolerance
    }
  }

  private func eliminated(_ system: [[Double]]) -> [Double]? {
    var a = system
    let n = a.count
    for k in 0..<n {
      let pivot = (k..<n).max { abs(a[$0][k]) < abs(a[$1][k]) } ?? k
      guard abs(a[pivot][k]) > 1e-11 else { return nil }
      a.swapAt(k, pivot)
      for i in 0..<n where i != k {
        let factor = a[i][k] / a[k][k]
        for j in k...n { a[i][j] -= factor * a[k][j] }
      }
    }
    return (0..<n).map { a[$0][n] / a[$0][$0] }
  }
}

extension MixedIntegerProgram {
  /// A random program: ½ (x + w)ᵀS(x + w), bounds around zero, one common factor.
  static func random(_ n: Int, bound: Double = .infinity, _ random: inout TestRandom) -> Self {
    let samples = n + Int.random(in: 1...n, using: &random)
    let common = (0..<samples).map { _ in random.signedUnit() }
    let X = Matrix(rows: samples, columns: n) { i, _ in random.signedUnit() + common[i] }
    let S = X.transposed.timesTransposed()
    let w = (0..<n).map { _ in random.signedUnit() }
    var program = MixedIntegerProgram(quadraticCost: S, linearCost: S * w)
    program.objectiveConstant = 0.5 * zip(w, S * w).reduce(0) { $0 + $1.0 * $1.1 }
    program.bound(
      atLeast: [Double](repeating: -bound, count: n), atMost: [Double](repeating: bound, count: n))
    return program
  }
}
