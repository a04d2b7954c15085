#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The Cholesky factorization A = LLᵀ of a symmetric positive definite matrix.
///
/// Only the lower triangle of A is read. The factorization is a value: copies share its storage.
/// One that is kept and given matrices of one size by `refactor(_:)` reuses its memory.
///
/// Source: LAPACK `dpotrf`; Golub and Van Loan, Matrix Computations, 4th edition, §4.2.
public struct Cholesky: Sendable {
  /// L on and below the diagonal, column after column; above it what the caller's matrix had.
  package internal(set) var storage: [Double]

  /// The number of rows and columns.
  public private(set) var size: Int

  /// The factorization of `matrix`, of which only the lower triangle is read.
  ///
  /// - Throws: `notSquare`, `notFinite` at the first NaN or infinity of the lower triangle,
  ///   `notPositiveDefinite` at the first pivot that is not positive, `overflow`.
  /// - Complexity: n³/3 operations and one copy of the matrix.
  public init(_ matrix: some DenseMatrix) throws(FactorizationError) {
    let matrix = matrix.view
    storage = Matrix(matrix).elements
    size = matrix.rows
    try matrix.requireSquare()
    try factorStorage(of: matrix)
  }

  /// The factorization of `matrix` in the memory of `matrix`, where no one else holds it.
  ///
  /// - Throws: As `init(_:)`.
  /// - Complexity: n³/3 operations, and one pass in search of NaN.
  public init(consuming matrix: consuming Matrix) throws(FactorizationError) {
    try matrix.view.requireSquare()
    try matrix.view.requireFiniteLowerTriangle()
    size = matrix.rows
    storage = matrix.elements
    matrix.elements = []
    try factorStorage(of: nil)
  }

  /// Replaces the factorization by that of `matrix`.
  ///
  /// Nothing is allocated when the size is the old one and no copy of this value is alive. After
  /// an error this value must be refactored before it solves again.
  ///
  /// - Throws: As `init(_:)`.
  public mutating func refactor(_ matrix: some DenseMatrix) throws(FactorizationError) {
    let matrix = matrix.view
    try matrix.requireSquare()
    matrix.copy(into: &storage)
    size = matrix.rows
    try factorStorage(of: matrix)
  }

  /// Factors what `storage` holds; `source` is asked for the culprit when that fails.
  ///
  /// A NaN or an infinity at (i, j) of the lower triangle makes pivot i or j not finite or not
  /// positive, whatever the order of the operations, so the pivots alone tell.
  private mutating func factorStorage(of source: MatrixView?) throws(FactorizationError) {
    if size == 0 { return }
    let info = LAPACK.potrf(.lower, n: size, &storage, lda: size)
    let failure = info > 0 ? info - 1 : firstUnusablePivot()
    guard let pivot = failure else { return }
    try source?.requireFiniteLowerTriangle()
    if info > 0 { throw .notPositiveDefinite(pivot: pivot) }
    throw .overflow(pivot: pivot)
  }

  private func firstUnusablePivot() -> Int? {
    (0..<size).first { !storage[$0 * (size + 1)].isFinite }
  }
}

extension Cholesky {
  /// The lower triangular factor L, with zeros above the diagonal.
  public var factor: Matrix {
    var lower = storage
    clearUpperTriangle(&lower, n: size)
    return Matrix(rows: size, columns: size, elements: lower)
  }

  /// The logarithm of the determinant of A, which neither overflows nor underflows.
  public var logDeterminant: Double {
    (0..<size).reduce(0.0) { $0 + 2 * log(storage[$1 * (size + 1)]) }
  }

  /// The determinant of A; may overflow or underflow where `logDeterminant` does not.
  public var determinant: Double {
    let root = (0..<size).reduce(1.0) { $0 * storage[$1 * (size + 1)] }
    return root * root
  }

  /// The inverse of A, exactly symmetric.
  ///
  /// To apply the inverse, `solve` is faster and more accurate.
  ///
  /// - Complexity: 2n³/3 operations.
  public var inverse: Matrix {
    var result = Matrix(rows: size, columns: size, elements: storage)
    if size == 0 { return result }
    _ = LAPACK.potri(.lower, n: size, &result.elements, lda: size)
    mirrorLowerTriangle(&result.elements, n: size, ld: size)
    return result
  }

  /// The solution x of Ax = b.
  ///
  /// - Complexity: 2n² operations.
  public func solve(_ b: [Double]) -> [Double] {
    var x = b
    solve(inPlace: &x)
    return x
  }

  /// The solution X of AX = B, all columns at once.
  public func solve(_ b: some DenseMatrix) -> Matrix {
    var x = Matrix(b.view)
    solve(inPlace: &x)
    return x
  }

  /// Replaces b by the solution of Ax = b, without allocation.
  public func solve(inPlace b: inout [Double]) {
    solveFactor(inPlace: &b)
    if size > 0 { BLAS.trsv(.lower, .yes, n: size, storage, lda: size, &b) }
  }

  /// Replaces the columns of B by the solutions of AX = B, without allocation.
  public func solve(inPlace b: inout Matrix) {
    requireRows(b.rows)
    if size == 0 || b.columns == 0 { return }
    _ = LAPACK.potrs(
      .lower, n: size, rightHandSides: b.columns, storage, lda: size, &b.elements, ldb: size)
  }

  /// Replaces b by L⁻¹b, without allocation: the whitened vector when A is a covariance.
  public func solveFactor(inPlace b: inout [Double]) {
    requireRows(b.count)
    if size > 0 { BLAS.trsv(.lower, .no, n: size, storage, lda: size, &b) }
  }

  private func requireRows(_ rows: Int) {
    precondition(
      rows == size, "A right-hand side of \(rows) rows does not fit a matrix of \(size) rows.")
  }
}
