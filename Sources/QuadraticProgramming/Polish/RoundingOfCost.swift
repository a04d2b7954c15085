internal import LinearAlgebra

/// The rounding of xᵀPx that comes of Px in plain sums, brought down by the last digits of x.
///
/// Whoever computes Px in plain sums, column after column, finds xᵀPx off by Σ xᵢ (fl(Px) − Px)ᵢ, some
/// 1e-16 of it. A change of xⱼ in its last digit rounds the sums of its column anew; those changes are
/// kept that bring the sum nearer to zero.
struct RoundingOfCost {
  private static let trialsPerVariable: [Double] = [1, -1, 2, -2, 3, -3]
  private static let variableLimit = 200
  /// The most entries of P that are read.
  private static let workLimit = 4_000_000

  private let P: SparseMatrix
  private let problem: QuadraticProgram
  private var x: [Double]
  /// xᵢ (fl(Px) − Px)ᵢ.
  private var roundings: [Double]
  private var work = 0

  /// Nil where P is not sparse.
  init?(_ problem: QuadraticProgram, _ x: [Double]) {
    guard case .sparse(let matrix) = problem.quadraticCost else { return nil }
    P = matrix
    self.problem = problem
    self.x = x
    roundings = []
    roundings = x.indices.map { rounding(ofRow: $0) }
  }

  /// The point with the rounding brought down to the target, or as far as it was.
  consuming func reduced(to target: Double) -> [Double] {
    var total = roundings.reduce(0, +)
    let order = x.indices.sorted { abs(roundings[$0]) > abs(roundings[$1]) }
    for j in order.prefix(Self.variableLimit) where abs(total) > target && work < Self.workLimit {
      total = improve(j, total)
    }
    return x
  }

  /// Tries the neighbours of xⱼ, keeps the best, returns the sum of the roundings.
  private mutating func improve(_ j: Int, _ total: Double) -> Double {
    let old = x[j]
    guard problem.lowerBounds[j] < old, old < problem.upperBounds[j] else { return total }
    let rows = P.entries(ofColumn: j).map { Int(P.rowIndices[$0]) }
    let without = total - rows.reduce(0) { $0 + roundings[$1] }
    var best = (value: old, total: total)
    for step in Self.trialsPerVariable {
      x[j] = old + step * old.ulp
      guard problem.lowerBounds[j] <= x[j], x[j] <= problem.upperBounds[j] else { continue }
      let new = rows.reduce(without) { $0 + rounding(ofRow: $1) }
      work += rows.reduce(0) { $0 + P.entries(ofColumn: $1).count }
      if abs(new) < abs(best.total) { best = (x[j], new) }
    }
    x[j] = best.value
    for i in rows { roundings[i] = rounding(ofRow: i) }
    return best.total
  }

  /// By the symmetry of P, row i is column i.
  private func rounding(ofRow i: Int) -> Double {
    var plain = 0.0
    var exact = CompensatedSum()
    for k in P.entries(ofColumn: i) {
      let xₖ = x[Int(P.rowIndices[k])]
      plain += P.values[k] * xₖ
      exact.add(P.values[k], times: xₖ)
    }
    return x[i] * (plain - exact.value)
  }
}
