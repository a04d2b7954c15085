internal import LinearAlgebra

extension StandardForm {
  /// The share of the largest diagonal entry by which a pivot may be negative, as rounding.
  private static let shift = 1e-10

  /// The variable at which P fails to be positive semidefinite beyond rounding, if there is one.
  ///
  /// Where the sparse part of P is diagonal only the dense block is factored.
  var indefiniteColumn: Int? {
    guard hasQuadraticCost else { return nil }
    if P.isDiagonal { return negativeDiagonal }
    if P.dense == nil, Double(P.upper.entryCount) < 0.1 * Double(n) * Double(n) {
      return indefiniteSparseColumn
    }
    return indefiniteDenseColumn
  }

  private var indefiniteDenseColumn: Int? {
    let isCoupled = P.isCoupled
    let diagonal = Buffer(n)
    P.addDiagonal(to: diagonal)
    if let j = (0..<n).first(where: { !isCoupled[$0] && diagonal[$0] < 0 }) { return j }
    let coupled = (0..<n).filter { isCoupled[$0] }
    let count = coupled.count
    guard count > 0 else { return nil }
    let L = Buffer(count * count)
    P.addLower(to: L.pointer, stride: count, selecting: coupled)
    let shift = Self.shift * max(L.largestMagnitude, .leastNormalMagnitude)
    for j in 0..<count { L[j + j * count] += shift }
    let info = LAPACK.potrf(.lower, n: count, L.pointer, lda: count)
    return info > 0 ? coupled[info - 1] : nil
  }

  private var negativeDiagonal: Int? {
    let diagonal = Buffer(n)
    P.addDiagonal(to: diagonal)
    return (0..<n).first { diagonal[$0] < 0 }
  }

  /// P is shifted by rounding and factored; a pivot that had to be replaced tells.
  private var indefiniteSparseColumn: Int? {
    let upper = P.upper.withFullDiagonal
    var values = upper.values
    let shift = Self.shift * (values.map(abs).max() ?? 0)
    for j in 0..<n { values[upper.columnStarts[j + 1] - 1] += shift }
    var factorization = SparseLDLT(pattern: upper, signs: [Int8](repeating: 1, count: n))
    let finite = factorization.factor(
      values, safeguard: PivotSafeguard(tolerance: 0, replacement: 1))
    guard !finite || factorization.replacedPivots > 0 else { return nil }
    // Only a dense factorization, in the order of the variables, tells which minor it is.
    return n <= 4000 ? indefiniteDenseColumn ?? negativeDiagonal ?? 0 : negativeDiagonal ?? 0
  }
}

extension CostOperator {
  /// Whether a variable shares an entry of P with another.
  var isCoupled: [Bool] {
    var isCoupled = [Bool](repeating: false, count: n)
    for j in dense?.columns ?? [] { isCoupled[j] = true }
    for j in 0..<n {
      for k in upper.entries(ofColumn: j) where Int(upper.rowIndices[k]) != j {
        isCoupled[j] = true
        isCoupled[Int(upper.rowIndices[k])] = true
      }
    }
    return isCoupled
  }
}

extension SparseMatrix {
  /// An upper triangle with every diagonal entry stored, last in its column.
  var withFullDiagonal: SparseMatrix {
    var starts = [0]
    var indices: [Int32] = []
    var entries: [Double] = []
    for j in 0..<columns {
      let range = self.entries(ofColumn: j)
      indices += rowIndices[range]
      entries += values[range]
      if range.isEmpty || rowIndices[range.upperBound - 1] != j {
        indices.append(Int32(j))
        entries.append(0)
      }
      starts.append(entries.count)
    }
    return SparseMatrix(
      uncheckedRows: rows, columns: columns, columnStarts: starts, rowIndices: indices,
      values: entries)
  }
}
