/// The eigenvalues and eigenvectors of a symmetric matrix: A = VΛVᵀ.
///
/// Only the lower triangle of A is read. A value that is kept and given matrices of one size by
/// `refactor(_:)` reuses its memory.
///
/// Source: LAPACK `dsyevd` (divide and conquer).
public struct SymmetricEigen: Sendable {
  /// The eigenvalues, ascending.
  public private(set) var values: [Double] = []

  /// The orthonormal eigenvectors: column j belongs to value j. Their signs are arbitrary.
  public private(set) var vectors = Matrix(rows: 0, columns: 0)

  private var work: [Double] = []
  private var integerWork: [Int32] = []

  /// The eigenvalues and eigenvectors of `matrix`, of which only the lower triangle is read.
  ///
  /// - Throws: `notSquare`, `notFinite`, `notConverged`, `overflow`.
  /// - Complexity: At most about 9n³ operations, often half of it.
  public init(_ matrix: some DenseMatrix) throws(FactorizationError) { try refactor(matrix) }

  /// Replaces values and vectors by those of `matrix`.
  ///
  /// Nothing is allocated when the size is the old one and no copy of this value is alive. After
  /// `notConverged` or `overflow` the values and vectors are not to be used.
  ///
  /// - Throws: As `init(_:)`.
  public mutating func refactor(_ matrix: some DenseMatrix) throws(FactorizationError) {
    let matrix = matrix.view
    try matrix.requireSquare()
    try matrix.requireFiniteLowerTriangle()
    let n = matrix.rows
    if n != vectors.rows { vectors = Matrix(rows: n, columns: n) }
    matrix.copy(into: &vectors.elements)
    if n != values.count { allocate(n) }
    if n == 0 { return }
    let info = LAPACK.syevd(
      .lower, vectors: true, n: n, &vectors.elements, lda: n, values: &values, work: &work,
      workCount: work.count, integerWork: &integerWork, integerWorkCount: integerWork.count)
    // LAPACK names the block that failed, not how many values: at least one.
    if info > 0 { throw .notConverged(remaining: 1) }
    if let index = values.firstIndex(where: { !$0.isFinite }) { throw .overflow(pivot: index) }
  }

  private mutating func allocate(_ n: Int) {
    values = [Double](repeating: 0, count: n)
    var (answer, integerAnswer) = (1.0, Int32(1))
    if n > 0 {
      _ = LAPACK.syevd(
        .lower, vectors: true, n: n, &vectors.elements, lda: n, values: &values, work: &answer,
        workCount: -1, integerWork: &integerAnswer, integerWorkCount: -1)
    }
    work = [Double](repeating: 0, count: workSize(answer))
    integerWork = [Int32](repeating: 0, count: max(1, Int(integerAnswer)))
  }

  /// The matrix V f(Λ) Vᵀ, exactly symmetric: a function of A, such as its square root, its
  /// inverse, or A with the negative eigenvalues removed.
  ///
  /// - Complexity: 2n³ operations.
  public func matrix(mapping f: (Double) -> Double = { $0 }) -> Matrix {
    let n = values.count
    let images = values.map(f)
    let scaled = Matrix(rows: n, columns: n) { i, j in vectors[i, j] * images[j] }
    return Matrix.product(scaled, vectors, transposing: .right).symmetrized()
  }
}
