extension QuadraticProgram {
  /// Gx, every sum compensated.
  func inequalityProduct(_ x: [Double]) -> [Double] {
    var result = inequalityMatrix.compensatedProduct(x)
    for block in inequalityBlocks {
      let part = block.matrix.compensatedProduct(block.columns.map { x[$0] })
      for (value, i) in zip(part, block.rows) { result[i] += value }
    }
    return result
  }

  /// Gᵀw, every sum compensated.
  func inequalityTransposedProduct(_ w: [Double]) -> [Double] {
    var result = inequalityMatrix.compensatedTransposedProduct(w)
    for block in inequalityBlocks {
      let part = block.matrix.compensatedTransposedProduct(Array(w[block.rows]))
      for (value, j) in zip(part, block.columns) { result[j] += value }
    }
    return result
  }
}
