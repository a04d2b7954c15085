import LinearAlgebra
import QuadraticProgramming
import Testing

func euclidean(_ v: some Sequence<Double>) -> Double {
  v.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

/// The largest violation of s ∈ Q for the cones of a program.
func outside(_ problem: QuadraticProgram, _ s: [Double]) -> Double {
  problem.coneRows.reduce(0) { largest, rows in
    rows.isEmpty
      ? largest : max(largest, euclidean(s[rows.dropFirst()]) - s[rows.lowerBound])
  }
}

/// Primal, dual and gap violation of the optimality conditions with plain sums, no code of the library
/// but the matrix.
func conditions(
  _ problem: QuadraticProgram, _ x: [Double], _ duals: Duals
) -> (primal: Double, dual: Double, gap: Double) {
  var primal = 0.0
  for (value, b) in zip(problem.equalityMatrix * x, problem.equalityValues) {
    primal = max(primal, abs(value - b))
  }
  let values = problem.inequalityMatrix * x + x
  let lower = problem.inequalityLower + problem.lowerBounds
  let upper = problem.inequalityUpper + problem.upperBounds
  for (i, value) in values.enumerated() {
    primal = max(primal, lower[i] - value, value - upper[i])
  }
  let s = zip(problem.coneMatrix * x, problem.coneOffsets).map { $0 + $1 }
  primal = max(primal, outside(problem, s))

  var dual = outside(problem, duals.cones.map { -$0 })
  let Px = problem.quadraticCost.map { $0.multiplying(x) } ?? x.map { _ in 0 }
  let parts = [
    Px, problem.linearCost, problem.equalityMatrix.transposed * duals.equality,
    problem.inequalityMatrix.transposed * duals.inequality, duals.bounds,
    problem.coneMatrix.transposed * duals.cones,
  ]
  for j in x.indices { dual = max(dual, abs(parts.reduce(0) { $0 + $1[j] })) }

  var gap = zip(x, zip(Px, problem.linearCost)).reduce(0) { $0 + $1.0 * ($1.1.0 + $1.1.1) }
  gap += zip(problem.equalityValues, duals.equality).reduce(0) { $0 + $1.0 * $1.1 }
  for (i, w) in (duals.inequality + duals.bounds).enumerated() where w != 0 {
    let side = w > 0 ? upper[i] : lower[i]
    if side.isFinite { gap += w * side } else { dual = max(dual, abs(w)) }
  }
  gap -= zip(problem.coneOffsets, duals.cones).reduce(0) { $0 + $1.0 * $1.1 }
  return (primal, dual, abs(gap))
}

func expectConditions(
  _ problem: QuadraticProgram, _ solution: Solution, within tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (primal, dual, gap) = conditions(problem, solution.x, solution.duals)
  #expect(primal <= tolerance, sourceLocation: sourceLocation)
  #expect(dual <= tolerance, sourceLocation: sourceLocation)
  #expect(gap <= tolerance, sourceLocation: sourceLocation)
}
