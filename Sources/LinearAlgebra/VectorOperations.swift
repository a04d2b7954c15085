/// The inner product xᵀy.
package func dot(_ x: [Double], _ y: [Double]) -> Double {
  precondition(
    x.count == y.count, "Vectors of \(x.count) and \(y.count) elements have no inner product.")
  return BLAS.dot(x.count, x, y)
}

/// The Euclidean norm, without overflow.
package func norm(_ x: [Double]) -> Double { BLAS.nrm2(x.count, x) }

/// y ← α x + y.
package func axpy(_ α: Double, _ x: [Double], _ y: inout [Double]) {
  precondition(
    x.count == y.count, "Vectors of \(x.count) and \(y.count) elements cannot be added.")
  BLAS.axpy(x.count, α, x, &y)
}

/// The largest magnitude, NaN when an element is NaN.
package func maximumMagnitude(_ x: [Double]) -> Double {
  x.reduce(0.0) { $0 >= abs($1) || $0.isNaN ? $0 : abs($1) }
}

/// Whether none of `count` numbers is a NaN or an infinity.
///
/// x · 0 is zero for a finite x and NaN otherwise, so the sum of such terms is NaN exactly when
/// one of the numbers is not finite: no branch, and eight at a time.
func isFinite(_ x: UnsafePointer<Double>, count: Int) -> Bool {
  var sums = SIMD8<Double>.zero
  var i = 0
  let vectors = UnsafeRawPointer(x)
  while i + 8 <= count {
    let eight = vectors.loadUnaligned(
      fromByteOffset: i * MemoryLayout<Double>.stride, as: SIMD8<Double>.self)
    sums += eight * 0
    i += 8
  }
  var sum = sums.sum()
  while i < count {
    sum += x[i] * 0
    i += 1
  }
  return sum == 0
}
