/// Factors that follow their matrix through changes of rank one, in n² operations instead of n³/3.
extension Cholesky {
  /// Replaces the factorization of A by that of A + xxᵀ.
  ///
  /// Givens rotations take x into the factor, column after column. Nothing is allocated but a copy
  /// of x.
  ///
  /// - Throws: `notFinite` where x holds a NaN or an infinity, `overflow` where the new factor does;
  ///   after `overflow` this value must be refactored before it solves again.
  /// - Complexity: 2n² multiplications.
  ///
  /// Source: Gill, Golub, Murray, Saunders, "Methods for modifying matrix factorizations",
  /// Mathematics of Computation 28 (1974), method C1; Golub and Van Loan, Matrix Computations, 4th
  /// edition, §6.5.4.
  public mutating func update(adding x: [Double]) throws(FactorizationError) {
    try requireVector(x)
    let n = size
    var x = x
    Cholesky.rotate(&storage, n: n, &x)
    if let pivot = (0..<n).first(where: { !storage[$0 * (n + 1)].isFinite }) {
      throw .overflow(pivot: pivot)
    }
  }

  /// Replaces the factorization of A by that of A − xxᵀ, which must be positive definite.
  ///
  /// With Lp = x the determinant falls by the factor 1 − pᵀp, which must be positive by more than
  /// rounding; it is the square of the cosine that the rotations start from, so a downdate close to
  /// the limit loses digits as that cosine is small.
  ///
  /// - Throws: `downdateIndefinite` where A − xxᵀ is not positive definite to working precision,
  ///   `notFinite`; the factorization is then still that of A.
  /// - Complexity: 3n² multiplications.
  ///
  /// Source: LINPACK `dchdd`; Stewart, "The effects of rounding error on an algorithm for
  /// downdating a Cholesky factorization", IMA Journal of Applied Mathematics 23 (1979).
  public mutating func downdate(removing x: [Double]) throws(FactorizationError) {
    try requireVector(x)
    let n = size
    var p = x
    solveFactor(inPlace: &p)
    let length = norm(p)
    let remaining = (1 - length) * (1 + length)
    guard remaining > 4 * Double(n) * .ulpOfOne else {
      throw .downdateIndefinite(remaining: remaining)
    }
    // Rotations J with J(p, α) = (0, 1), from the last element of p to the first; the same take
    // (Lᵀ, 0) to the new factor with xᵀ below it.
    var cosines = [Double](repeating: 0, count: n)
    var α = remaining.squareRoot()
    for i in stride(from: n - 1, through: 0, by: -1) {
      let r = (α * α + p[i] * p[i]).squareRoot()
      (cosines[i], p[i]) = (α / r, p[i] / r)
      α = r
    }
    var carried = [Double](repeating: 0, count: n)
    Cholesky.rotateBack(&storage, n: n, cosines: cosines, sines: p, &carried)
  }

  private func requireVector(_ x: [Double]) throws(FactorizationError) {
    precondition(
      x.count == size, "A vector of \(x.count) elements does not fit a matrix of \(size) rows.")
    if let i = x.firstIndex(where: { !$0.isFinite }) { throw .notFinite(row: i, column: 0) }
  }

  private static func rotate(
    _ l: UnsafeMutablePointer<Double>, n: Int, _ x: UnsafeMutablePointer<Double>
  ) {
    for k in 0..<n {
      let column = l + k * (n + 1)
      // hypot without its care would overflow or vanish for elements beyond 1e±154.
      let scale = max(column[0], abs(x[k]))
      let (a, b) = (column[0] / scale, x[k] / scale)
      let r = (a * a + b * b).squareRoot()
      BLAS.rot(n - k, column, x + k, cosine: a / r, sine: b / r)
    }
  }

  private static func rotateBack(
    _ l: UnsafeMutablePointer<Double>, n: Int, cosines: [Double], sines: [Double],
    _ carried: UnsafeMutablePointer<Double>
  ) {
    for k in stride(from: n - 1, through: 0, by: -1) {
      BLAS.rot(
        n - k, l + k * (n + 1), carried + k, cosine: cosines[k], sine: -sines[k])
    }
  }
}
