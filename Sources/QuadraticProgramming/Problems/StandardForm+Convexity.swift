internal import LinearAlgebra

extension StandardForm {
  /// The variable at which P fails to be positive semidefinite beyond rounding, if there is one.
  var indefiniteColumn: Int? {
    guard hasQuadraticCost else { return nil }
    if P.isDiagonal { return negativeDiagonal }
    let L = Buffer(n * n)
    P.addLower(to: L.pointer, stride: n)
    let shift = 1e-10 * max(L.largestMagnitude, .leastNormalMagnitude)
    for j in 0..<n { L[j + j * n] += shift }
    let info = LAPACK.potrf(.lower, n: n, L.pointer, lda: n)
    return info > 0 ? info - 1 : nil
  }

  private var negativeDiagonal: Int? {
    let diagonal = Buffer(n)
    P.addDiagonal(to: diagonal)
    return (0..<n).first { diagonal[$0] < 0 }
  }
}
