internal import LinearAlgebra

extension DenseProgram {
  /// The program with dense data. P is read where it lies if it is stored densely, or sparsely with
  /// every element present. Rows are those of A, then those of G.
  package init(_ problem: QuadraticProgram) {
    self.init(
      variableCount: problem.variableCount,
      quadraticCost: Self.elements(problem.quadraticCost, problem.variableCount),
      linearCost: problem.linearCost, rows: Self.rows(of: problem),
      rowLower: problem.equalityValues + problem.inequalityLower,
      rowUpper: problem.equalityValues + problem.inequalityUpper,
      lower: problem.lowerBounds, upper: problem.upperBounds)
  }

  /// The elements of P by columns.
  static func elements(_ cost: QuadraticCost?, _ n: Int) -> [Double] {
    switch cost {
    case .dense(let matrix): matrix.elements
    case .sparse(let matrix): matrix.isFull ? matrix.values : Matrix(matrix).elements
    case nil: [Double](repeating: 0, count: n * n)
    }
  }

  /// The elements of A and G row by row.
  static func rows(of problem: QuadraticProgram) -> [Double] {
    let n = problem.variableCount
    let count = n * (problem.equalityCount + problem.inequalityCount)
    return [Double](unsafeUninitializedCapacity: count) { rows, initialized in
      initialized = count
      rows.initialize(repeating: 0)
      guard let rows = rows.baseAddress else { return }
      problem.equalityMatrix.addRows(to: rows)
      let inequalities = rows + n * problem.equalityCount
      problem.inequalityMatrix.addRows(to: inequalities)
      for block in problem.inequalityBlocks {
        for (place, j) in block.columns.enumerated() {
          for (i, row) in block.rows.enumerated() {
            inequalities[row * n + j] += block.matrix.elements[i + place * block.matrix.rows]
          }
        }
      }
    }
  }
}

extension SparseMatrix {
  /// Adds the elements to a matrix stored by rows, in runs of columns that share cache lines.
  fileprivate func addRows(to target: UnsafeMutablePointer<Double>) {
    values.withUnsafeBufferPointer { values in
      rowIndices.withUnsafeBufferPointer { rowIndices in
        var j = 0
        if isFull {
          while j + 8 <= columns {
            for i in 0..<rows {
              for k in 0..<8 { target[i * columns + j + k] += values[i + (j + k) * rows] }
            }
            j += 8
          }
        }
        for j in j..<columns {
          for k in entries(ofColumn: j) { target[Int(rowIndices[k]) * columns + j] += values[k] }
        }
      }
    }
  }
}
