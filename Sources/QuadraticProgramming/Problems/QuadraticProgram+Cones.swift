public import LinearAlgebra

extension QuadraticProgram {
  /// The number of rows of F.
  public var coneRowCount: Int { coneOffsets.count }

  /// Adds the second-order cone (Fx + g)₀ ≥ ‖((Fx + g)₁, (Fx + g)₂, …)‖.
  ///
  /// One row is the linear inequality Fx + g ≥ 0, two rows are (Fx + g)₀ ≥ |(Fx + g)₁|, no row is no
  /// constraint. The number of rows is the dimension of the cone; each call adds one cone.
  ///
  /// - Parameters:
  ///   - matrix: F, a column per variable.
  ///   - offsets: g, an entry per row of F; zero if not given.
  public mutating func constrainToCone(_ matrix: SparseMatrix, plus offsets: [Double]? = nil) {
    requireColumns(matrix.columns)
    let offsets = offsets ?? [Double](repeating: 0, count: matrix.rows)
    Self.require(offsets, count: matrix.rows, "The offset of a cone", per: "row")
    coneRows.append(coneRowCount..<coneRowCount + matrix.rows)
    coneMatrix = coneMatrix.appendingRows(of: matrix)
    coneOffsets += offsets
  }

  /// Adds the second-order cone of a dense F; see ``constrainToCone(_:plus:)-(SparseMatrix,_)``.
  public mutating func constrainToCone(_ matrix: Matrix, plus offsets: [Double]? = nil) {
    constrainToCone(SparseMatrix(matrix), plus: offsets)
  }

  /// Limits a norm by a number: ‖Lx + b‖ ≤ d.
  ///
  /// A limit on a volatility is one on ‖Lx‖, with LᵀL the covariance matrix of the profits.
  ///
  /// - Parameters:
  ///   - matrix: L, a column per variable.
  ///   - offsets: b, an entry per row of L; zero if not given.
  ///   - limit: d. A negative one makes the program infeasible.
  public mutating func limit(
    normOf matrix: SparseMatrix, plus offsets: [Double]? = nil, atMost limit: Double
  ) {
    self.limit(
      normOf: matrix, plus: offsets, atMost: [Double](repeating: 0, count: variableCount),
      constant: limit)
  }

  /// Limits a norm by an affine function: ‖Lx + b‖ ≤ aᵀx + d.
  ///
  /// - Parameters:
  ///   - matrix: L, a column per variable.
  ///   - offsets: b, an entry per row of L; zero if not given.
  ///   - slope: a, an entry per variable.
  ///   - constant: d.
  public mutating func limit(
    normOf matrix: SparseMatrix, plus offsets: [Double]? = nil, atMost slope: [Double],
    constant: Double = 0
  ) {
    Self.require(slope, count: variableCount, "The limit of a norm", per: "variable")
    let offsets = offsets ?? [Double](repeating: 0, count: matrix.rows)
    let head = SparseMatrix(Matrix(rows: 1, columns: variableCount) { _, j in slope[j] })
    // Appending drops a side without rows, which the head never is.
    constrainToCone(head.appendingRows(of: matrix), plus: [constant] + offsets)
  }

  /// Limits the norm of a dense matrix times the point; see ``limit(normOf:plus:atMost:)``.
  public mutating func limit(
    normOf matrix: Matrix, plus offsets: [Double]? = nil, atMost limit: Double
  ) {
    self.limit(normOf: SparseMatrix(matrix), plus: offsets, atMost: limit)
  }

  /// Limits the norm of a dense matrix times the point; see ``limit(normOf:plus:atMost:constant:)``.
  public mutating func limit(
    normOf matrix: Matrix, plus offsets: [Double]? = nil, atMost slope: [Double],
    constant: Double = 0
  ) {
    self.limit(normOf: SparseMatrix(matrix), plus: offsets, atMost: slope, constant: constant)
  }
}
