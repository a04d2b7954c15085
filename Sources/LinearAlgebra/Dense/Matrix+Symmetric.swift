extension DenseMatrix {
  /// The Gram matrix AᵀA, exactly symmetric, by BLAS `dsyrk`: half the work of a product.
  public func gram() -> Matrix {
    Matrix(
      rows: columns, columns: columns,
      initializingWith: { c in writeGram(of: view, into: c) })
  }

  /// The weighted Gram matrix AᵀWA with W = diag(weights), one weight per row, none negative.
  ///
  /// Computed as (√W A)ᵀ(√W A), so the result is exactly symmetric; allocates a copy of A.
  public func gram(weights: [Double]) -> Matrix {
    precondition(
      weights.count == rows, "\(rows) rows need as many weights, not \(weights.count).")
    precondition(
      weights.allSatisfy { $0 >= 0 }, "The weights of a Gram matrix cannot be negative or NaN.")
    let roots = weights.map { $0.squareRoot() }
    let a = view
    let scaled = Matrix(
      rows: rows, columns: columns,
      initializingWith: { target in
        a.withPointer { source in
          for j in 0..<a.columns {
            let (from, to) = (source + j * a.leadingDimension, target + j * a.rows)
            for i in 0..<a.rows { to[i] = roots[i] * from[i] }
          }
        }
      })
    return scaled.gram()
  }

  /// Replaces C by the Gram matrix AᵀA, without allocation.
  public func gram(into c: inout Matrix) {
    precondition(
      c.rows == columns && c.columns == columns,
      "A Gram matrix of \(columns) columns does not fit a \(c.rows) by \(c.columns) matrix.")
    if columns > 0 { writeGram(of: view, into: &c.elements) }
  }

  /// The product of a symmetric matrix and a vector, by BLAS `dsymv`; only the lower triangle is
  /// read.
  public func symmetricProduct(_ x: [Double]) -> [Double] {
    precondition(isSquare, "A symmetric matrix is square, not \(rows) by \(columns).")
    precondition(
      x.count == columns, "A matrix of \(columns) columns cannot multiply \(x.count) elements.")
    var y = [Double](repeating: 0, count: rows)
    if rows == 0 { return y }
    let a = view
    a.withPointer { BLAS.symv(.lower, n: a.rows, $0, lda: a.stride, x, beta: 0, &y) }
    return y
  }

  /// The quadratic form xᵀAx of a symmetric matrix; only the lower triangle is read.
  public func quadraticForm(_ x: [Double]) -> Double { dot(x, symmetricProduct(x)) }

  /// Whether every |a(i, j) − a(j, i)| is at most `tolerance` times the largest magnitude.
  ///
  /// False for a matrix that is not square and for one that holds a NaN.
  public func isSymmetric(tolerance: Double = 0) -> Bool {
    guard isSquare else { return false }
    let a = view
    let slack = tolerance == 0 ? 0 : tolerance * norm(.maximum)
    for j in 0..<columns {
      for i in j..<rows {
        let (lower, upper) = (a[i, j], a[j, i])
        if lower != upper && !(abs(lower - upper) <= slack) { return false }
      }
    }
    return true
  }

  /// The symmetric part (A + Aᵀ)/2, exactly symmetric.
  public func symmetrized() -> Matrix {
    precondition(isSquare, "Only a square matrix has a symmetric part.")
    let a = view
    return Matrix(rows: rows, columns: columns) { i, j in 0.5 * a[i, j] + 0.5 * a[j, i] }
  }
}

/// C ← AᵀA in both triangles; C has `a.columns` rows and columns, more than none.
private func writeGram(of a: MatrixView, into c: UnsafeMutablePointer<Double>) {
  let n = a.columns
  a.withPointer { start in
    BLAS.syrk(.lower, .yes, n: n, k: a.rows, start, lda: a.stride, c, ldc: n)
  }
  mirrorLowerTriangle(c, n: n, ld: n)
}

extension BLAS {
  /// Copies the strict lower triangle of an n × n matrix into the upper one.
  package static func mirrorLowerTriangle(_ a: UnsafeMutablePointer<Double>, n: Int) {
    LinearAlgebra.mirrorLowerTriangle(a, n: n, ld: n)
  }
}

/// Copies the strict lower triangle into the upper one, tile by tile.
func mirrorLowerTriangle(_ a: UnsafeMutablePointer<Double>, n: Int, ld: Int) {
  let tile = 16
  for j0 in stride(from: 0, to: n, by: tile) {
    for i0 in stride(from: j0, to: n, by: tile) {
      for j in j0..<min(j0 + tile, n) {
        for i in max(i0, j + 1)..<max(min(i0 + tile, n), max(i0, j + 1)) {
          a[j + i * ld] = a[i + j * ld]
        }
      }
    }
  }
}
