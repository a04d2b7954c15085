import MarginOptimization

/// The selection of at most k hedges of n, and the same with all of them allowed.
///
/// minimize ½ (h + w)ᵀΣ(h + w) with |hᵢ| ≤ uᵢ, at most k of the hᵢ not zero: Σ is a sample covariance
/// of n assets with a common factor, w a book that lives on every asset.
public func selectionProgram(
  size n: Int, atMost k: Int
) -> (limited: MixedIntegerProgram, relaxation: QuadraticProgram) {
  let observations = 2 * n
  let stream = RandomStream(seed: 7)
  var returns = Matrix(rows: observations, columns: n)
  returns.elements.withUnsafeMutableBufferPointer {
    stream.fillNormals($0, paths: 0..<observations, dimension: n)
  }
  let common = stream.substream(1).normals(path: 0, count: observations)
  for j in 0..<n {
    for t in 0..<observations { returns[t, j] += common[t] }
  }
  let covariance = returns.gram() / Double(observations)
  let book = stream.substream(2).normals(path: 0, count: n)
  let reach = stream.substream(3).normals(path: 0, count: n).map { 5 + 5 * abs($0) }
  let cost = covariance * book

  var limited = MixedIntegerProgram(quadraticCost: covariance, linearCost: cost)
  var relaxation = QuadraticProgram(quadraticCost: covariance, linearCost: cost)
  limited.objectiveConstant = zip(cost, book).reduce(0) { $0 + 0.5 * $1.0 * $1.1 }
  relaxation.objectiveConstant = limited.objectiveConstant
  limited.bound(atLeast: reach.map { -$0 }, atMost: reach)
  relaxation.bound(atLeast: reach.map { -$0 }, atMost: reach)
  limited.limitNonzeros(to: k)
  return (limited, relaxation)
}
