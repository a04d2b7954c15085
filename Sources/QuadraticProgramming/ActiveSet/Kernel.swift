internal import CKernels
internal import LinearAlgebra

/// Dense kernels that are quick at 5 to 50 rows, where a call of BLAS costs more than its work, and
/// hand over to BLAS above.
enum Kernel {
  /// The size below which the loops here beat a call of BLAS.
  static let small = 40
  /// The size up to which a vector stays in the first cache beside the columns it is multiplied with.
  static let wide = 1000

  @inline(__always)
  private static func load(_ x: UnsafePointer<Double>, _ i: Int) -> SIMD4<Double> {
    UnsafeRawPointer(x + i).loadUnaligned(as: SIMD4<Double>.self)
  }

  /// xᵀy.
  @inline(__always)
  static func dot(_ n: Int, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>) -> Double {
    if n > 4 * small { return BLAS.dot(n, x, y) }
    var i = 0
    var sum = 0.0
    if n >= 8 {
      var a = SIMD4<Double>.zero
      var b = SIMD4<Double>.zero
      while i + 8 <= n {
        a += load(x, i) * load(y, i)
        b += load(x, i + 4) * load(y, i + 4)
        i += 8
      }
      sum = (a + b).sum()
    }
    while i < n {
      sum += x[i] * y[i]
      i += 1
    }
    return sum
  }

  /// y ← y + α x.
  @inline(__always)
  static func axpy(
    _ n: Int, _ α: Double, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>
  ) {
    if n > 4 * small { return BLAS.axpy(n, α, x, y) }
    for i in 0..<n { y[i] += α * x[i] }
  }

  /// Four columns times one vector: the loads of x are shared.
  @inline(__always)
  private static func dot4(
    _ n: Int, _ a: UnsafePointer<Double>, ld: Int, _ x: UnsafePointer<Double>
  ) -> SIMD4<Double> {
    let (p, q, r, s) = (a, a + ld, a + 2 * ld, a + 3 * ld)
    var (e, f, g, h) = (
      SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero
    )
    var i = 0
    while i + 4 <= n {
      let v = load(x, i)
      e += load(p, i) * v
      f += load(q, i) * v
      g += load(r, i) * v
      h += load(s, i) * v
      i += 4
    }
    var sum = SIMD4(e.sum(), f.sum(), g.sum(), h.sum())
    while i < n {
      sum += SIMD4(p[i], q[i], r[i], s[i]) * x[i]
      i += 1
    }
    return sum
  }

  /// y ← Aᵀx with A m × n.
  static func transposedProduct(
    m: Int, n: Int, _ a: UnsafePointer<Double>, ld: Int, _ x: UnsafePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) {
    if m == 0 || n == 0 {
      y.update(repeating: 0, count: n)
      return
    }
    if m > small {
      if m <= wide { return ck_columns_dot(n, m, a, ld, x, y) }
      return BLAS.gemv(.yes, m: m, n: n, a, lda: ld, x, y)
    }
    var j = 0
    while j + 4 <= n {
      let d = dot4(m, a + j * ld, ld: ld, x)
      for k in 0..<4 { y[j + k] = d[k] }
      j += 4
    }
    while j < n {
      y[j] = dot(m, a + j * ld, x)
      j += 1
    }
  }

  /// y ← Ax with A m × n.
  static func product(
    m: Int, n: Int, _ a: UnsafePointer<Double>, ld: Int, _ x: UnsafePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) {
    if m > small, n > 4 {
      BLAS.gemv(m: m, n: n, a, lda: ld, x, y)
      return
    }
    y.update(repeating: 0, count: m)
    for j in 0..<n where x[j] != 0 { axpy(m, x[j], a + j * ld, y) }
  }

  /// y ← Sx with S symmetric, both triangles stored.
  static func symmetricProduct(
    _ n: Int, _ s: UnsafePointer<Double>, ld: Int, _ x: UnsafePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) { transposedProduct(m: n, n: n, s, ld: ld, x, into: y) }

  /// The factor U of A = UᵀU in the upper triangle, in place. False when a pivot falls to `floor`
  /// times its diagonal entry or below.
  static func cholesky(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, ld: Int, floor: Double
  ) -> Bool {
    if n > small {
      guard LAPACK.potrf(.upper, n: n, a, lda: ld) == 0 else { return false }
      for k in 0..<n {
        let u = a + k * ld
        guard u[k] * u[k] > floor * dot(k + 1, u, u) else { return false }
      }
      return true
    }
    for k in 0..<n {
      let u = a + k * ld
      let pivot = u[k] - dot(k, u, u)
      guard pivot > floor * u[k] else { return false }
      let root = pivot.squareRoot()
      let inverse = 1 / root
      u[k] = root
      var j = k + 1
      while j + 4 <= n {
        let d = dot4(k, a + j * ld, ld: ld, u)
        for i in 0..<4 {
          let c = a + (j + i) * ld
          c[k] = (c[k] - d[i]) * inverse
        }
        j += 4
      }
      while j < n {
        let c = a + j * ld
        c[k] = (c[k] - dot(k, u, c)) * inverse
        j += 1
      }
    }
    return true
  }

  /// x ← U⁻ᵀx.
  static func solveTransposed(
    _ n: Int, _ u: UnsafePointer<Double>, ld: Int, _ x: UnsafeMutablePointer<Double>
  ) {
    if n > 2 * small { return BLAS.trsv(.upper, .yes, n: n, u, lda: ld, x) }
    for k in 0..<n {
      let c = u + k * ld
      x[k] = (x[k] - dot(k, c, x)) / c[k]
    }
  }

  /// x ← U⁻¹x.
  static func solve(
    _ n: Int, _ u: UnsafePointer<Double>, ld: Int, _ x: UnsafeMutablePointer<Double>
  ) {
    if n > 2 * small { return BLAS.trsv(.upper, .no, n: n, u, lda: ld, x) }
    var k = n - 1
    while k >= 0 {
      let c = u + k * ld
      x[k] /= c[k]
      axpy(k, -x[k], c, x)
      k -= 1
    }
  }

  /// B ← U⁻ᵀB with B n × k.
  static func solveTransposed(
    _ n: Int, columns k: Int, _ u: UnsafePointer<Double>, ld: Int,
    _ b: UnsafeMutablePointer<Double>, ldb: Int
  ) {
    if n > 2 * small, k > 1 {
      return BLAS.trsm(.left, .upper, .yes, m: n, n: k, u, lda: ld, b, ldb: ldb)
    }
    for j in 0..<k { solveTransposed(n, u, ld: ld, b + j * ldb) }
  }

  /// The inverse of U, transposed: a full n × n matrix with zeros above its diagonal.
  static func inverseTransposed(
    _ n: Int, _ u: UnsafePointer<Double>, ld: Int, into q: UnsafeMutablePointer<Double>, ldq: Int
  ) {
    for i in 0..<n {
      (q + i * ldq).update(repeating: 0, count: n)
      q[i * ldq + i] = 1
    }
    if n > 2 * small {
      BLAS.trsm(.left, .upper, .yes, m: n, n: n, u, lda: ld, q, ldb: ldq)
      return
    }
    for i in 0..<n {
      let c = q + i * ldq
      c[i] = 1 / u[i * ld + i]
      for k in (i + 1)..<max(n, i + 1) {
        let w = u + k * ld
        c[k] = -dot(k - i, w + i, c + i) / w[k]
      }
    }
  }

  @inline(__always)
  static func largest(_ n: Int, _ x: UnsafePointer<Double>) -> Double {
    var value = 0.0
    for i in 0..<n { value = max(value, abs(x[i])) }
    return value
  }
}
