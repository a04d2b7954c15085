internal import LinearAlgebra

extension QuadraticProgram {
  /// Throws what ``ProblemError`` describes, except for convexity, which the factorization finds.
  func validate() throws(ProblemError) {
    try validateData()
    guard !isDiscrete else {
      throw .discreteVariables(count: discreteCount)
    }
  }

  /// As ``validate()``, with integer and semicontinuous variables allowed.
  func validateData() throws(ProblemError) {
    if let quadraticCost {
      guard quadraticCost.rows == variableCount, quadraticCost.columns == variableCount else {
        throw .quadraticCostSize(
          rows: quadraticCost.rows, columns: quadraticCost.columns, variables: variableCount)
      }
      switch quadraticCost {
      case .dense(let matrix):
        try Self.requireFinite(matrix, .quadraticCost)
        try Self.requireSymmetric(matrix)
      case .sparse(let matrix):
        try Self.requireFinite(matrix, .quadraticCost)
        try Self.requireSymmetric(matrix)
      }
    }
    try Self.requireFinite(equalityMatrix, .equalityMatrix)
    try Self.requireFinite(inequalityMatrix, .inequalityMatrix)
    for block in inequalityBlocks { try Self.requireFinite(block.matrix, .inequalityMatrix) }
    try Self.requireFinite(coneMatrix, .coneMatrix)
    try Self.requireFinite([objectiveConstant], .objectiveConstant)
    try Self.requireFinite(linearCost, .linearCost)
    try requireFiniteSides()
  }

  func requireFiniteSides() throws(ProblemError) {
    try Self.requireFinite(equalityValues, .equalityValues)
    try Self.requireFinite(inequalityLower, .inequalityLower, open: -.infinity)
    try Self.requireFinite(inequalityUpper, .inequalityUpper, open: .infinity)
    try Self.requireFinite(coneOffsets, .coneOffsets)
    try Self.requireFinite(lowerBounds, .lowerBounds, open: -.infinity)
    try Self.requireFinite(upperBounds, .upperBounds, open: .infinity)
  }

  static func requireFinite(
    _ vector: [Double], _ part: ProblemError.Part, open: Double = 0
  ) throws(ProblemError) {
    if vector.areFinite { return }
    for (i, value) in vector.enumerated() where !value.isFinite && value != open {
      throw .notFinite(part: part, row: i, column: 0, value: value)
    }
  }

  private static func requireFinite(
    _ matrix: Matrix, _ part: ProblemError.Part
  ) throws(ProblemError) {
    if matrix.elements.areFinite { return }
    for (k, value) in matrix.elements.enumerated() where !value.isFinite {
      throw .notFinite(part: part, row: k % matrix.rows, column: k / matrix.rows, value: value)
    }
  }

  private static func requireFinite(
    _ matrix: SparseMatrix, _ part: ProblemError.Part
  ) throws(ProblemError) {
    if matrix.values.areFinite { return }
    for j in 0..<matrix.columns {
      for k in matrix.entries(ofColumn: j) where !matrix.values[k].isFinite {
        throw .notFinite(
          part: part, row: Int(matrix.rowIndices[k]), column: j, value: matrix.values[k])
      }
    }
  }

  private static func requireSymmetric(_ matrix: SparseMatrix) throws(ProblemError) {
    if matrix.isExactlySymmetric { return }
    let transposed = matrix.transposed
    let diagonal = (0..<matrix.rows).map { matrix[$0, $0] }
    for j in 0..<matrix.columns {
      for (one, other) in [(matrix, transposed), (transposed, matrix)] {
        for k in one.entries(ofColumn: j) {
          let i = Int(one.rowIndices[k])
          let (a, b) = (one.values[k], other[i, j])
          let scale = max(abs(a), abs(b), (abs(diagonal[i]) * abs(diagonal[j])).squareRoot())
          if abs(a - b) > 1e-12 * scale {
            throw .notSymmetric(row: min(i, j), column: max(i, j), difference: a - b)
          }
        }
      }
    }
  }

  /// Symmetry up to 1e-12 of the larger of the two elements and of the diagonal they belong to.
  private static func requireSymmetric(_ matrix: Matrix) throws(ProblemError) {
    if matrix.elements.isSymmetric(order: matrix.rows) { return }
    let n = matrix.rows
    let diagonal = matrix.diagonal
    for j in 0..<n {
      for i in 0..<j {
        let a = matrix.elements[i + j * n]
        let b = matrix.elements[j + i * n]
        if a == b { continue }
        let scale = max(abs(a), abs(b), (abs(diagonal[i]) * abs(diagonal[j])).squareRoot())
        if abs(a - b) > 1e-12 * scale {
          throw .notSymmetric(row: i, column: j, difference: a - b)
        }
      }
    }
  }
}
