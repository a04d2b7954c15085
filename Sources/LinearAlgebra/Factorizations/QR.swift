/// The Householder factorization A = QR of a matrix, for least squares.
///
/// Q has orthonormal columns, R is upper triangular. Columns are not exchanged.
///
/// Source: LAPACK `dgeqrf`; Golub and Van Loan, Matrix Computations, 4th edition, §5.2.
public struct QR: Sendable {
  /// R on and above the diagonal, the reflectors below.
  private var storage: [Double]
  private var scales: [Double]

  /// The number of rows of A.
  public let rows: Int

  /// The number of columns of A.
  public let columns: Int

  /// The factorization of `matrix`.
  ///
  /// - Throws: `notFinite`, `overflow`.
  /// - Complexity: 2n²(m − n/3) operations for m ≥ n rows.
  public init(_ matrix: some DenseMatrix) throws(FactorizationError) {
    let matrix = matrix.view
    try matrix.requireFinite()
    rows = matrix.rows
    columns = matrix.columns
    storage = Matrix(matrix).elements
    scales = [Double](repeating: 0, count: min(rows, columns))
    if scales.isEmpty { return }
    var answer = 0.0
    _ = LAPACK.geqrf(
      m: rows, n: columns, &storage, lda: rows, tau: &scales, work: &answer, workCount: -1)
    var work = [Double](repeating: 0, count: workSize(answer))
    _ = LAPACK.geqrf(
      m: rows, n: columns, &storage, lda: rows, tau: &scales, work: &work, workCount: work.count)
    if let pivot = scales.indices.first(where: { !storage[$0 * (rows + 1)].isFinite }) {
      throw .overflow(pivot: pivot)
    }
  }
}

extension QR {
  /// The upper triangular (or trapezoidal) factor R, min(m, n) × n.
  public var upperFactor: Matrix {
    Matrix(rows: scales.count, columns: columns) { i, j in i <= j ? storage[i + j * rows] : 0 }
  }

  /// The factor Q with orthonormal columns, m × min(m, n).
  ///
  /// - Complexity: 4m min(m, n)² operations at most.
  public var orthogonalFactor: Matrix {
    var q = Matrix(rows: rows, columns: scales.count) { i, j in i == j ? 1 : 0 }
    applyQ(.no, &q.elements, columns: q.columns)
    return q
  }

  /// The number of diagonal elements of R above `tolerance` times the largest.
  ///
  /// Columns that depend exactly on those before them are found. Because columns are not
  /// exchanged, a nearly dependent set may pass unseen; `SingularValues` decides such cases.
  ///
  /// - Parameter tolerance: nil for max(m, n) ε.
  public func rank(tolerance: Double? = nil) -> Int {
    let diagonal = scales.indices.map { abs(storage[$0 * (rows + 1)]) }
    let largest = diagonal.reduce(0, max)
    let threshold = (tolerance ?? Double(max(rows, columns)) * .ulpOfOne) * largest
    return diagonal.count { $0 > threshold }
  }

  /// The vector x that makes the Euclidean norm of Ax − b least.
  ///
  /// - Throws: `underdetermined` for fewer rows than columns, `rankDeficient` when the columns are
  ///   dependent to working precision.
  /// - Complexity: 4mn operations.
  public func solve(_ b: [Double]) throws(FactorizationError) -> [Double] {
    try solve(Matrix(rows: b.count, columns: 1, elements: b)).elements
  }

  /// The matrix X whose columns make the norms of the columns of AX − B least.
  ///
  /// - Throws: As `solve(_:)` of a vector.
  public func solve(_ b: some DenseMatrix) throws(FactorizationError) -> Matrix {
    precondition(
      b.rows == rows, "A right-hand side of \(b.rows) rows does not fit a matrix of \(rows) rows.")
    if rows < columns { throw .underdetermined(rows: rows, columns: columns) }
    let rank = rank()
    if rank < columns { throw .rankDeficient(rank: rank, columns: columns) }
    var c = Matrix(b.view)
    applyQ(.yes, &c.elements, columns: c.columns)
    if columns == 0 || c.columns == 0 { return Matrix(rows: columns, columns: c.columns) }
    BLAS.trsm(
      .left, .upper, .no, m: columns, n: c.columns, storage, lda: rows, &c.elements, ldb: rows)
    return Matrix(c[rows: 0..<columns, columns: 0..<c.columns])
  }

  /// C ← op(Q) C for the full m × m matrix Q.
  private func applyQ(
    _ transpose: BLAS.Transpose, _ c: UnsafeMutablePointer<Double>, columns count: Int
  ) {
    if scales.isEmpty || count == 0 { return }
    func apply(_ work: UnsafeMutablePointer<Double>, _ workCount: Int) {
      _ = LAPACK.ormqr(
        transpose, m: rows, n: count, k: scales.count, storage, lda: rows, tau: scales, c,
        ldc: rows, work: work, workCount: workCount)
    }
    var answer = 0.0
    apply(&answer, -1)
    var work = [Double](repeating: 0, count: workSize(answer))
    apply(&work, work.count)
  }
}
