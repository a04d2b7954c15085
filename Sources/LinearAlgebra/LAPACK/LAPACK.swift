internal import CLAPACKE

/// The LAPACK routines that the package calls, one function each: column-major, doubles, raw
/// pointers.
///
/// Each returns LAPACK's `info`. The `_work` entry points are called: no scan for NaN, no hidden
/// allocation; where a routine needs work space the caller owns it.
package enum LAPACK {
  /// Cholesky of one triangle, in place. Positive info: the leading minor of that order is not
  /// positive definite.
  package static func potrf(
    _ triangle: BLAS.Triangle, n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int
  ) -> Int {
    Int(LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, triangle.letter, Int32(n), a, Int32(lda)))
  }

  /// Solves A X = B from a Cholesky factor; B is overwritten by X.
  package static func potrs(
    _ triangle: BLAS.Triangle, n: Int, rightHandSides: Int, _ a: UnsafePointer<Double>, lda: Int,
    _ b: UnsafeMutablePointer<Double>, ldb: Int
  ) -> Int {
    Int(
      LAPACKE_dpotrs_work(
        LAPACK_COL_MAJOR, triangle.letter, Int32(n), Int32(rightHandSides), a, Int32(lda), b,
        Int32(ldb)))
  }

  /// Bunch–Kaufman LDLᵀ of one triangle, in place. `work` of `workCount` doubles; with
  /// `workCount == -1` the best size is returned in `work[0]`.
  package static func sytrf(
    _ triangle: BLAS.Triangle, n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int,
    pivots: UnsafeMutablePointer<Int32>, work: UnsafeMutablePointer<Double>, workCount: Int
  ) -> Int {
    Int(
      LAPACKE_dsytrf_work(
        LAPACK_COL_MAJOR, triangle.letter, Int32(n), a, Int32(lda), pivots, work, Int32(workCount)))
  }

  /// Solves A X = B from a Bunch–Kaufman factor; B is overwritten by X.
  package static func sytrs(
    _ triangle: BLAS.Triangle, n: Int, rightHandSides: Int, _ a: UnsafePointer<Double>, lda: Int,
    pivots: UnsafePointer<Int32>, _ b: UnsafeMutablePointer<Double>, ldb: Int
  ) -> Int {
    Int(
      LAPACKE_dsytrs_work(
        LAPACK_COL_MAJOR, triangle.letter, Int32(n), Int32(rightHandSides), a, Int32(lda),
        pivots, b, Int32(ldb)))
  }

  /// The inverse from a Cholesky factor, in place, in the same triangle.
  package static func potri(
    _ triangle: BLAS.Triangle, n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int
  ) -> Int {
    Int(LAPACKE_dpotri_work(LAPACK_COL_MAJOR, triangle.letter, Int32(n), a, Int32(lda)))
  }

  /// Cholesky with complete pivoting of one triangle, in place. `pivots[k]` is the (1-based) row
  /// that was moved to place k; `work` holds 2n doubles. Positive info: stopped at `rank` because
  /// every remaining diagonal element is at most `tolerance` (negative: n ε max a(i, i)).
  package static func pstrf(
    _ triangle: BLAS.Triangle, n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int,
    pivots: UnsafeMutablePointer<Int32>, rank: inout Int, tolerance: Double,
    work: UnsafeMutablePointer<Double>
  ) -> Int {
    var found: Int32 = 0
    let info = LAPACKE_dpstrf_work(
      LAPACK_COL_MAJOR, triangle.letter, Int32(n), a, Int32(lda), pivots, &found, tolerance, work)
    rank = Int(found)
    return Int(info)
  }
}
