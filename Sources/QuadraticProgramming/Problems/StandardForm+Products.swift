internal import LinearAlgebra

extension StandardForm {
  /// out ← α P x + β out.
  func multiplyP(_ x: borrowing Buffer, alpha: Double = 1, beta: Double, into out: borrowing Buffer)
  {
    if hasQuadraticCost {
      BLAS.symv(
        .lower, n: n, alpha: alpha, P.pointer, lda: n, x.pointer, beta: beta, out.pointer)
    } else if beta == 0 {
      out.fill(0)
    }
  }

  /// out ← α A x + β out.
  func multiplyA(_ x: borrowing Buffer, alpha: Double = 1, beta: Double, into out: borrowing Buffer)
  {
    guard p > 0 else { return }
    if n == 0 {
      for i in 0..<p { out[i] *= beta }
    } else {
      BLAS.gemv(
        .no, m: p, n: n, alpha: alpha, A.pointer, lda: p, x.pointer, beta: beta, out.pointer)
    }
  }

  /// out ← α Aᵀy + out.
  func addTransposedA(_ y: borrowing Buffer, alpha: Double = 1, to out: borrowing Buffer) {
    guard p > 0, n > 0 else { return }
    BLAS.gemv(.yes, m: p, n: n, alpha: alpha, A.pointer, lda: p, y.pointer, beta: 1, out.pointer)
  }

  /// v ← [Gx; x], m + n entries.
  func multiplyRows(_ x: borrowing Buffer, into v: borrowing Buffer) {
    if m > 0, n > 0 {
      BLAS.gemv(.no, m: m, n: n, G.pointer, lda: m, x.pointer, v.pointer)
    } else {
      v.fill(0)
    }
    for j in 0..<n { v[m + j] = x[j] }
  }

  /// v ← the multipliers of the entries of [Gx; x]: the signed sum over their sides.
  func gatherSides(_ λ: borrowing Buffer, into v: borrowing Buffer) {
    v.fill(0)
    for k in 0..<sideCount { v[sideRow[k]] += sideSign[k] * λ[k] }
  }

  /// out ← α [Gᵀ I] v + out, v of m + n entries.
  func addTransposedRows(_ v: borrowing Buffer, alpha: Double = 1, to out: borrowing Buffer) {
    if m > 0, n > 0 {
      BLAS.gemv(.yes, m: m, n: n, alpha: alpha, G.pointer, lda: m, v.pointer, beta: 1, out.pointer)
    }
    for j in 0..<n { out[j] += alpha * v[m + j] }
  }
}
