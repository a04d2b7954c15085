internal import LinearAlgebra

/// The form that every method here starts from: one collection of rows, equalities among them.
///
///     minimize ½ xᵀPx + cᵀx + r   subject to   l ≤ Ax ≤ u,   xl ≤ x ≤ xu,
///
/// where rows of second-order cones have Ax − l in the cone. Rows are those of the program's A first,
/// then those of its G, then those of its cones. A row with l = u is an equality.
struct CanonicalProgram {
  /// P, upper triangle with the diagonal where it is stored; empty where `denseCost` holds it.
  var quadraticCost: SparseMatrix
  /// A principal block of P that is dense.
  var denseCost: DenseSymmetricBlock?
  var linearCost: [Double]
  var constant: Double

  var matrix: SparseMatrix
  /// Dense blocks of A, added to `matrix`.
  var blocks: [DenseBlock] = []
  var rowLower: [Double]
  var rowUpper: [Double]
  var lower: [Double]
  var upper: [Double]
  /// The rows of each second-order cone of two rows or more, the last rows of all; a cone of one row is
  /// that row alone.
  var cones: [Range<Int>]

  var variableCount: Int { linearCost.count }
  var rowCount: Int { rowLower.count }

  init(_ problem: QuadraticProgram) {
    let n = problem.variableCount
    linearCost = problem.linearCost
    constant = problem.objectiveConstant
    quadraticCost = SparseMatrix(rows: n, columns: n)
    switch problem.quadraticCost {
    case .dense(let matrix):
      denseCost = DenseSymmetricBlock(matrix: matrix, columns: Array(0..<n))
    case .sparse(let matrix): quadraticCost = matrix.upperTriangle
    case nil: break
    }
    matrix = problem.equalityMatrix.appendingRows(of: problem.inequalityMatrix)
      .appendingRows(of: problem.coneMatrix)
    blocks = problem.inequalityBlocks.map { block in
      let first = block.rows.lowerBound + problem.equalityCount
      return DenseBlock(
        matrix: block.matrix, rows: first..<first + block.rows.count, columns: block.columns)
    }
    rowLower = problem.equalityValues + problem.inequalityLower
    rowLower += problem.coneOffsets.map { 0 - $0 }
    rowUpper = problem.equalityValues + problem.inequalityUpper
    rowUpper += problem.coneOffsets.map { _ in .infinity }
    let first = problem.equalityCount + problem.inequalityCount
    cones = problem.coneRows.filter { $0.count > 1 }
      .map { first + $0.lowerBound..<first + $0.upperBound }
    lower = problem.lowerBounds
    upper = problem.upperBounds
    gatherDenseBlocks()
  }
}

/// A dense block of a matrix, kept by reference: element (i, j) adds to row `rows.lowerBound + i`,
/// column `columns[j]`.
struct DenseBlock: Sendable, Hashable {
  var matrix: Matrix
  var rows: Range<Int>
  var columns: [Int]
}

/// A dense principal block of a symmetric matrix, kept by reference, both triangles stored.
struct DenseSymmetricBlock {
  var matrix: Matrix
  var columns: [Int]
}

extension SparseMatrix {
  /// The entries on and above the diagonal; where the two triangles differ by rounding, their mean.
  var upperTriangle: SparseMatrix {
    let other = transposed
    let symmetric = other == self
    var starts = [0]
    var indices: [Int32] = []
    var entries: [Double] = []
    for j in 0..<columns {
      for k in self.entries(ofColumn: j) where rowIndices[k] <= j {
        indices.append(rowIndices[k])
        entries.append(
          symmetric ? values[k] : 0.5 * (values[k] + other[Int(rowIndices[k]), j]))
      }
      starts.append(entries.count)
    }
    return SparseMatrix(
      uncheckedRows: rows, columns: columns, columnStarts: starts, rowIndices: indices,
      values: entries)
  }
}
