import MarginOptimization

/// A dense quadratic program of the kind that hedging a book's variance gives.
///
/// minimize ½ xᵀΣx + (Σw)ᵀx with |xᵢ| ≤ 5 and |gₖᵀ(w + x)| ≤ |gₖᵀw| / 10: trades x that lower the
/// variance of a book w and nine tenths of a few exposures. Σ is a sample covariance of n assets
/// with a common factor, of full rank.
public func denseProgram(size n: Int) -> QuadraticProgram {
  let observations = 2 * n
  let rowCount = min(10, 3 + n / 70)
  let stream = RandomStream(seed: 1)
  var x = Matrix(rows: observations, columns: n)
  x.elements.withUnsafeMutableBufferPointer {
    stream.fillNormals($0, paths: 0..<observations, dimension: n)
  }
  let common = stream.substream(1).normals(path: 0, count: observations)
  for j in 0..<n {
    for t in 0..<observations { x[t, j] += common[t] }
  }
  let covariance = x.gram() / Double(observations * n)
  let book = stream.substream(2).normals(path: 0, count: n).map { 3 * $0 }
  let exposures = stream.substream(3).normals(path: 0, count: rowCount * n)
  let rows = Matrix(rows: rowCount, columns: n, elements: exposures)

  var program = QuadraticProgram(quadraticCost: covariance, linearCost: covariance * book)
  program.bound(
    atLeast: [Double](repeating: -5, count: n), atMost: [Double](repeating: 5, count: n))
  let held = rows * book
  program.constrain(
    rows, atLeast: held.map { -$0 - abs($0) / 10 }, atMost: held.map { -$0 + abs($0) / 10 })
  return program
}
