internal import CLAPACKE

/// QR, symmetric eigenvalues and singular values. Where `workCount == -1` the best size of the
/// work space is returned in `work[0]` (and `integerWork[0]`), and nothing else is done.
extension LAPACK {
  /// Householder QR of an m × n matrix, in place; min(m, n) factors in `tau`.
  package static func geqrf(
    m: Int, n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int,
    tau: UnsafeMutablePointer<Double>, work: UnsafeMutablePointer<Double>, workCount: Int
  ) -> Int {
    Int(
      LAPACKE_dgeqrf_work(
        LAPACK_COL_MAJOR, Int32(m), Int32(n), a, Int32(lda), tau, work, Int32(workCount)))
  }

  /// C ← op(Q) C with Q from the k reflectors of `geqrf`; C is m × n.
  package static func ormqr(
    _ transpose: BLAS.Transpose, m: Int, n: Int, k: Int, _ a: UnsafePointer<Double>, lda: Int,
    tau: UnsafePointer<Double>, _ c: UnsafeMutablePointer<Double>, ldc: Int,
    work: UnsafeMutablePointer<Double>, workCount: Int
  ) -> Int {
    Int(
      LAPACKE_dormqr_work(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")),
        CChar(UInt8(ascii: transpose == .yes ? "T" : "N")), Int32(m), Int32(n), Int32(k), a,
        Int32(lda), tau, c, Int32(ldc), work, Int32(workCount)))
  }

  /// Eigenvalues, ascending, and eigenvectors (in place of A) of a symmetric matrix by divide and
  /// conquer.
  package static func syevd(
    _ triangle: BLAS.Triangle, vectors: Bool, n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int,
    values: UnsafeMutablePointer<Double>, work: UnsafeMutablePointer<Double>, workCount: Int,
    integerWork: UnsafeMutablePointer<Int32>, integerWorkCount: Int
  ) -> Int {
    Int(
      LAPACKE_dsyevd_work(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: vectors ? "V" : "N")), triangle.letter, Int32(n), a,
        Int32(lda), values, work, Int32(workCount), integerWork, Int32(integerWorkCount)))
  }

  /// The thin singular value decomposition of an m × n matrix by divide and conquer; A is
  /// destroyed. `integerWork` holds 8 min(m, n) integers.
  package static func gesdd(
    m: Int, n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int,
    values: UnsafeMutablePointer<Double>, _ u: UnsafeMutablePointer<Double>, ldu: Int,
    _ vt: UnsafeMutablePointer<Double>, ldvt: Int, work: UnsafeMutablePointer<Double>,
    workCount: Int, integerWork: UnsafeMutablePointer<Int32>
  ) -> Int {
    Int(
      LAPACKE_dgesdd_work(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), Int32(m), Int32(n), a, Int32(lda), values, u,
        Int32(ldu), vt, Int32(ldvt), work, Int32(workCount), integerWork))
  }
}
