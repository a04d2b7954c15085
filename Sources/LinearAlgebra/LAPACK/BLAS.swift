internal import COpenBLAS

/// The BLAS routines that the package calls, one function each: column-major, doubles, raw
/// pointers.
///
/// Callers check sizes; nothing here does. Names are those of the routines.
package enum BLAS {
  package enum Transpose {
    case no, yes
    var flag: CBLAS_TRANSPOSE { self == .no ? CblasNoTrans : CblasTrans }
  }

  package enum Triangle: Sendable {
    case lower, upper
    var flag: CBLAS_UPLO { self == .lower ? CblasLower : CblasUpper }
    var letter: CChar { CChar(UInt8(ascii: self == .lower ? "L" : "U")) }
  }

  package enum Side {
    case left, right
    var flag: CBLAS_SIDE { self == .left ? CblasLeft : CblasRight }
  }

  /// The number of threads that OpenBLAS may use inside one call; global to the process.
  ///
  /// The last bits of products and factorizations depend on it (OpenBLAS splits the sums), from
  /// some 80 rows on. A result that must not depend on threads is computed with one, see
  /// `withSingleThreadedBLAS(_:)`.
  package static var threadCount: Int {
    get { Int(openblas_get_num_threads()) }
    set { openblas_set_num_threads(Int32(newValue)) }
  }

  /// C ← α op(A) op(B) + β C, with op(A) m × k, op(B) k × n.
  package static func gemm(
    _ transposeA: Transpose = .no, _ transposeB: Transpose = .no, m: Int, n: Int, k: Int,
    alpha: Double = 1, _ a: UnsafePointer<Double>, lda: Int, _ b: UnsafePointer<Double>, ldb: Int,
    beta: Double = 0, _ c: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    cblas_dgemm(
      CblasColMajor, transposeA.flag, transposeB.flag, Int32(m), Int32(n), Int32(k), alpha, a,
      Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }

  /// y ← α op(A) x + β y, with A m × n as stored.
  package static func gemv(
    _ transpose: Transpose = .no, m: Int, n: Int, alpha: Double = 1, _ a: UnsafePointer<Double>,
    lda: Int, _ x: UnsafePointer<Double>, stride incx: Int = 1, beta: Double = 0,
    _ y: UnsafeMutablePointer<Double>, stride incy: Int = 1
  ) {
    cblas_dgemv(
      CblasColMajor, transpose.flag, Int32(m), Int32(n), alpha, a, Int32(lda), x, Int32(incx), beta,
      y, Int32(incy))
  }

  /// One triangle of C ← α AAᵀ + β C (or α AᵀA + β C when transposed), C n × n, inner size k.
  package static func syrk(
    _ triangle: Triangle, _ transpose: Transpose, n: Int, k: Int, alpha: Double = 1,
    _ a: UnsafePointer<Double>, lda: Int, beta: Double = 0, _ c: UnsafeMutablePointer<Double>,
    ldc: Int
  ) {
    cblas_dsyrk(
      CblasColMajor, triangle.flag, transpose.flag, Int32(n), Int32(k), alpha, a, Int32(lda), beta,
      c, Int32(ldc))
  }

  /// y ← α A x + β y with one triangle of the symmetric A stored.
  package static func symv(
    _ triangle: Triangle, n: Int, alpha: Double = 1, _ a: UnsafePointer<Double>, lda: Int,
    _ x: UnsafePointer<Double>, beta: Double = 0, _ y: UnsafeMutablePointer<Double>
  ) {
    cblas_dsymv(CblasColMajor, triangle.flag, Int32(n), alpha, a, Int32(lda), x, 1, beta, y, 1)
  }

  /// B ← α op(A)⁻¹ B (left) or α B op(A)⁻¹ (right), A triangular, B m × n.
  package static func trsm(
    _ side: Side, _ triangle: Triangle, _ transpose: Transpose, unitDiagonal: Bool = false, m: Int,
    n: Int, alpha: Double = 1, _ a: UnsafePointer<Double>, lda: Int,
    _ b: UnsafeMutablePointer<Double>, ldb: Int
  ) {
    cblas_dtrsm(
      CblasColMajor, side.flag, triangle.flag, transpose.flag,
      unitDiagonal ? CblasUnit : CblasNonUnit, Int32(m), Int32(n), alpha, a, Int32(lda), b,
      Int32(ldb))
  }

  /// B ← α op(A) B (left) or α B op(A) (right), A triangular, B m × n.
  package static func trmm(
    _ side: Side, _ triangle: Triangle, _ transpose: Transpose, unitDiagonal: Bool = false, m: Int,
    n: Int, alpha: Double = 1, _ a: UnsafePointer<Double>, lda: Int,
    _ b: UnsafeMutablePointer<Double>, ldb: Int
  ) {
    cblas_dtrmm(
      CblasColMajor, side.flag, triangle.flag, transpose.flag,
      unitDiagonal ? CblasUnit : CblasNonUnit, Int32(m), Int32(n), alpha, a, Int32(lda), b,
      Int32(ldb))
  }

  /// x ← op(A)⁻¹ x, A triangular n × n.
  package static func trsv(
    _ triangle: Triangle, _ transpose: Transpose, unitDiagonal: Bool = false, n: Int,
    _ a: UnsafePointer<Double>, lda: Int, _ x: UnsafeMutablePointer<Double>
  ) {
    cblas_dtrsv(
      CblasColMajor, triangle.flag, transpose.flag, unitDiagonal ? CblasUnit : CblasNonUnit,
      Int32(n), a, Int32(lda), x, 1)
  }

  package static func dot(
    _ n: Int, _ x: UnsafePointer<Double>, stride incx: Int = 1, _ y: UnsafePointer<Double>,
    stride incy: Int = 1
  ) -> Double { cblas_ddot(Int32(n), x, Int32(incx), y, Int32(incy)) }

  package static func nrm2(_ n: Int, _ x: UnsafePointer<Double>, stride incx: Int = 1) -> Double {
    cblas_dnrm2(Int32(n), x, Int32(incx))
  }

  /// y ← α x + y.
  package static func axpy(
    _ n: Int, _ alpha: Double, _ x: UnsafePointer<Double>, stride incx: Int = 1,
    _ y: UnsafeMutablePointer<Double>, stride incy: Int = 1
  ) { cblas_daxpy(Int32(n), alpha, x, Int32(incx), y, Int32(incy)) }

  /// (x, y) ← (c x + s y, c y − s x).
  package static func rot(
    _ n: Int, _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, cosine: Double,
    sine: Double
  ) { cblas_drot(Int32(n), x, 1, y, 1, cosine, sine) }

  /// x ← α x.
  package static func scal(
    _ n: Int, _ alpha: Double, _ x: UnsafeMutablePointer<Double>, stride incx: Int = 1
  ) { cblas_dscal(Int32(n), alpha, x, Int32(incx)) }

  /// y ← x.
  ///
  /// Where the addresses are nearly equal modulo 4096, the C library's copy (`rep movsb`) takes
  /// several times as long on some processors (glibc bug 30994); this one does not.
  package static func copy(
    _ n: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>
  ) { cblas_dcopy(Int32(n), x, 1, y, 1) }
}
