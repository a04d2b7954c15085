internal import LinearAlgebra

extension StandardForm {
  /// out ← α P x + β out.
  func multiplyP(_ x: borrowing Buffer, alpha: Double = 1, beta: Double, into out: borrowing Buffer)
  {
    P.multiply(x, alpha: alpha, beta: beta, into: out)
  }

  /// v ← [Ax; Gx; x].
  func multiplyRows(_ x: borrowing Buffer, into v: borrowing Buffer) {
    B.multiply(x, into: v.pointer)
    (v.pointer + p + m).update(from: x.pointer, count: n)
  }

  /// v ← the multipliers of the entries of [Ax; Gx; x]: y, then the signed sums over the sides.
  func gather(_ y: borrowing Buffer, _ λ: borrowing Buffer, into v: borrowing Buffer) {
    v.pointer.update(from: y.pointer, count: p)
    (v.pointer + p).update(repeating: 0, count: m + n)
    for k in 0..<sideCount { v[sideRow[k]] += sideSign[k] * λ[k] }
  }

  /// out ← α [Aᵀ Gᵀ I] v + out.
  func addTransposedRows(_ v: borrowing Buffer, alpha: Double = 1, to out: borrowing Buffer) {
    B.addTransposed(v, alpha: alpha, to: out)
    for j in 0..<n { out[j] += alpha * v[p + m + j] }
  }
}
