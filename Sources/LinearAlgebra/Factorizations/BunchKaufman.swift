/// The Bunch–Kaufman factorization PᵀAP = LDLᵀ of a symmetric matrix that may be indefinite.
///
/// L is unit lower triangular and D has blocks of one or two rows. Only the lower triangle of A is
/// read. A singular matrix is factored too (its inertia is of interest); it is `solve` that
/// throws. A value that is kept and given matrices of one size by `refactor(_:)` reuses its memory.
///
/// Source: LAPACK `dsytrf`; Golub and Van Loan, Matrix Computations, 4th edition, §4.4.
public struct BunchKaufman: Sendable {
  /// The numbers of positive, negative and zero eigenvalues.
  public struct Inertia: Sendable, Hashable {
    /// The number of positive eigenvalues.
    public let positive: Int

    /// The number of negative eigenvalues.
    public let negative: Int

    /// The number of zero eigenvalues.
    public let zero: Int

    /// The inertia with these counts.
    public init(positive: Int, negative: Int, zero: Int) {
      self.positive = positive
      self.negative = negative
      self.zero = zero
    }
  }

  private var storage: [Double] = []
  private var pivots: [Int32] = []
  private var work: [Double] = []

  /// The number of rows and columns.
  public private(set) var size = 0

  /// The first pivot (0-based) that is exactly zero; nil when the factor is invertible.
  public private(set) var singularPivot: Int?

  /// The factorization of `matrix`, of which only the lower triangle is read.
  ///
  /// - Throws: `notSquare`, `notFinite`, `overflow`.
  /// - Complexity: n³/3 operations, one copy of the matrix and one pass in search of NaN.
  public init(_ matrix: some DenseMatrix) throws(FactorizationError) { try refactor(matrix) }

  /// Replaces the factorization by that of `matrix`.
  ///
  /// Nothing is allocated when the size is the old one and no copy of this value is alive. After
  /// `overflow` this value must be refactored before it solves again; after the other errors the
  /// old factorization is still there.
  ///
  /// - Throws: As `init(_:)`.
  public mutating func refactor(_ matrix: some DenseMatrix) throws(FactorizationError) {
    let matrix = matrix.view
    try matrix.requireSquare()
    try matrix.requireFiniteLowerTriangle()
    matrix.copy(into: &storage)
    if matrix.rows != size || work.isEmpty { allocate(matrix.rows) }
    singularPivot = nil
    if size == 0 { return }
    let info = LAPACK.sytrf(
      .lower, n: size, &storage, lda: size, pivots: &pivots, work: &work, workCount: work.count)
    if info > 0 { singularPivot = info - 1 }
    if let pivot = (0..<size).first(where: { !storage[$0 * (size + 1)].isFinite }) {
      throw .overflow(pivot: pivot)
    }
  }

  private mutating func allocate(_ n: Int) {
    size = n
    pivots = [Int32](repeating: 0, count: n)
    var answer = 1.0
    if n > 0 {
      _ = LAPACK.sytrf(
        .lower, n: n, &storage, lda: n, pivots: &pivots, work: &answer, workCount: -1)
    }
    work = [Double](repeating: 0, count: workSize(answer))
  }
}

extension BunchKaufman {
  /// The numbers of positive, negative and zero eigenvalues of A: those of D, by Sylvester's law.
  ///
  /// A zero is counted only where a pivot is exactly zero. An eigenvalue that is small against
  /// rounding errors may be counted on either side.
  public var inertia: Inertia {
    var counts = (positive: 0, negative: 0, zero: 0)
    forEachBlock { block in
      switch block {
      case .one(let d) where d > 0: counts.positive += 1
      case .one(let d) where d < 0: counts.negative += 1
      case .one: counts.zero += 1
      // A block of two is chosen only where its determinant is negative.
      case .two:
        counts.positive += 1
        counts.negative += 1
      }
    }
    return Inertia(positive: counts.positive, negative: counts.negative, zero: counts.zero)
  }

  /// The determinant of A; may overflow or underflow.
  public var determinant: Double {
    var product = 1.0
    forEachBlock { block in
      switch block {
      case .one(let d): product *= d
      case .two(let a, let b, let c): product *= (a / b) * (c / b) * b * b - b * b
      }
    }
    return product
  }

  /// The solution x of Ax = b.
  ///
  /// - Throws: `singular` when a pivot is exactly zero.
  /// - Complexity: 2n² operations.
  public func solve(_ b: [Double]) throws(FactorizationError) -> [Double] {
    var x = b
    try solve(inPlace: &x)
    return x
  }

  /// The solution X of AX = B, all columns at once.
  ///
  /// - Throws: `singular` when a pivot is exactly zero.
  public func solve(_ b: some DenseMatrix) throws(FactorizationError) -> Matrix {
    var x = Matrix(b.view)
    try solve(inPlace: &x)
    return x
  }

  /// Replaces b by the solution of Ax = b, without allocation.
  ///
  /// - Throws: `singular` when a pivot is exactly zero.
  public func solve(inPlace b: inout [Double]) throws(FactorizationError) {
    try solve(&b, rows: b.count, columns: 1)
  }

  /// Replaces the columns of B by the solutions of AX = B, without allocation.
  ///
  /// - Throws: `singular` when a pivot is exactly zero.
  public func solve(inPlace b: inout Matrix) throws(FactorizationError) {
    try solve(&b.elements, rows: b.rows, columns: b.columns)
  }

  private func solve(
    _ b: UnsafeMutablePointer<Double>, rows: Int, columns: Int
  ) throws(FactorizationError) {
    precondition(
      rows == size, "A right-hand side of \(rows) rows does not fit a matrix of \(size) rows.")
    if let singularPivot { throw .singular(pivot: singularPivot) }
    if size == 0 || columns == 0 { return }
    _ = LAPACK.sytrs(
      .lower, n: size, rightHandSides: columns, storage, lda: size, pivots: pivots, b, ldb: size)
  }

  /// A diagonal block of D: a number, or [[a, b], [b, c]].
  private enum Block {
    case one(Double)
    case two(Double, Double, Double)
  }

  /// Calls `body` with each diagonal block of D; LAPACK marks a block of two by two negative
  /// pivots.
  private func forEachBlock(_ body: (Block) -> Void) {
    var k = 0
    while k < size {
      let d = storage[k * (size + 1)]
      if pivots[k] > 0 || k + 1 == size {
        body(.one(d))
        k += 1
      } else {
        body(.two(d, storage[k * (size + 1) + 1], storage[(k + 1) * (size + 1)]))
        k += 2
      }
    }
  }
}
