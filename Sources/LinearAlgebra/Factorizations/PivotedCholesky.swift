/// The pivoted Cholesky factorization PᵀAP = LLᵀ of a symmetric positive semidefinite matrix.
///
/// L has `rank` columns; the pivots are the largest diagonal elements of what is left, and the
/// factorization stops when they are all at most the tolerance. Only the lower triangle of A is
/// read.
///
/// Source: LAPACK `dpstrf`; Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition,
/// §10.3.
public struct PivotedCholesky: Sendable {
  /// The n × rank lower trapezoidal factor L, with zeros above the diagonal, its rows in pivoted
  /// order: row k belongs to row `permutation[k]` of A.
  public let pivotedFactor: Matrix

  /// The row of A that was moved to each place.
  public let permutation: [Int]

  /// The diagonal element below which what is left counts as zero.
  public let tolerance: Double

  /// The number of pivots above the tolerance.
  public var rank: Int { pivotedFactor.columns }

  /// The number of rows and columns of A.
  public var size: Int { permutation.count }

  /// The factorization of `matrix`, of which only the lower triangle is read.
  ///
  /// - Parameter tolerance: The pivot at or below which the factorization stops; nil for n ε times
  ///   the largest diagonal element.
  /// - Throws: `notSquare`, `notFinite`, or `notPositiveSemidefinite` when what is left after
  ///   `rank` pivots is larger than the rounding errors and the tolerance explain.
  /// - Complexity: n² rank operations, at most n³/3.
  public init(
    _ matrix: some DenseMatrix, tolerance: Double? = nil
  ) throws(FactorizationError) {
    let matrix = matrix.view
    try matrix.requireSquare()
    try matrix.requireFiniteLowerTriangle()
    precondition(
      tolerance.map { $0 >= 0 } ?? true, "The tolerance of a rank is a number, not negative.")
    let n = matrix.rows
    var work = Matrix(matrix)
    let scale = work.diagonal.reduce(0) { max($0, abs($1)) }
    let rounding = Double(n) * .ulpOfOne * scale
    let threshold = tolerance ?? rounding

    var pivots = (0..<n).map { Int32($0 + 1) }
    var rank = 0
    // LAPACK takes the first pivot whatever the tolerance.
    if work.diagonal.contains(where: { $0 > threshold }) {
      var scratch = [Double](repeating: 0, count: 2 * n)
      _ = LAPACK.pstrf(
        .lower, n: n, &work.elements, lda: n, pivots: &pivots, rank: &rank, tolerance: threshold,
        work: &scratch)
    }
    let order = pivots.map { Int($0) - 1 }
    clearUpperTriangle(&work.elements, n: n)
    let factor = Matrix(work[rows: 0..<n, columns: 0..<rank])
    let left = Self.largestRemainder(of: matrix, order: order, factor: factor)
    if left > max(threshold, 8 * rounding) { throw .notPositiveSemidefinite(rank: rank) }
    self.tolerance = threshold
    permutation = order
    pivotedFactor = factor
  }

  /// The largest magnitude in A₂₂ − L₂L₂ᵀ, the block that no pivot reached. It is at most its
  /// largest diagonal element when A is semidefinite.
  private static func largestRemainder(
    of a: MatrixView, order: [Int], factor: Matrix
  ) -> Double {
    let (n, rank) = (factor.rows, factor.columns)
    if rank == n { return 0 }
    let below = factor[rows: rank..<n, columns: 0..<rank]
    let explained = Matrix.product(below, below, transposing: .right)
    var largest = 0.0
    for j in rank..<n {
      for i in j..<n {
        let (p, q) = (max(order[i], order[j]), min(order[i], order[j]))
        largest = max(largest, abs(a[p, q] - explained[i - rank, j - rank]))
      }
    }
    return largest
  }
}

extension PivotedCholesky {
  /// The n × rank matrix F = PL in the order of the rows of A: A = FFᵀ.
  ///
  /// F turns `rank` independent standard normal numbers into a vector with covariance A.
  public var factor: Matrix {
    var place = [Int](repeating: 0, count: size)
    for (k, row) in permutation.enumerated() { place[row] = k }
    return Matrix(rows: size, columns: rank) { i, j in pivotedFactor[place[i], j] }
  }

  /// The basic solution of Ax = b: zero outside the `rank` pivot rows.
  ///
  /// It solves Ax = b exactly, up to rounding, when b lies in the range of A. Otherwise it solves
  /// the equations of the pivot rows only and is no least-squares solution; `SingularValues` gives
  /// that one. Rounding errors grow with the condition of the pivot block.
  ///
  /// - Complexity: 2 rank² operations.
  public func solve(_ b: [Double]) -> [Double] {
    precondition(
      b.count == size, "A right-hand side of \(b.count) rows does not fit a matrix of \(size).")
    var y = permutation.prefix(rank).map { b[$0] }
    if rank > 0 {
      for transpose in [BLAS.Transpose.no, .yes] {
        BLAS.trsv(.lower, transpose, n: rank, pivotedFactor.elements, lda: size, &y)
      }
    }
    var x = [Double](repeating: 0, count: size)
    for (row, value) in zip(permutation, y) { x[row] = value }
    return x
  }
}
