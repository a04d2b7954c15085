internal import LinearAlgebra

/// The rows [A; G] of a form, scaled: E (sparse + dense blocks) D.
///
/// The values of the sparse part are scaled in place, by columns for products with the transpose and
/// by rows for plain ones; dense blocks stay where the user has them, and their scales are applied to
/// the vectors.
struct RowOperator: ~Copyable {
  let rows: Int
  let columns: Int
  /// The scaled sparse part by columns, and its transpose.
  private(set) var byColumn: SparseMatrix
  private(set) var byRow: SparseMatrix
  let blocks: [DenseBlock]
  /// The scales E of the rows and D of the columns.
  let rowScale: Buffer
  let columnScale: Buffer
  private let gathered: Buffer
  private let product: Buffer

  init(_ matrix: consuming SparseMatrix, blocks: [DenseBlock]) {
    rows = matrix.rows
    columns = matrix.columns
    byRow = matrix.transposed
    byColumn = matrix
    self.blocks = blocks
    rowScale = Buffer(rows, repeating: 1)
    columnScale = Buffer(columns, repeating: 1)
    gathered = Buffer(blocks.map(\.columns.count).max() ?? 0)
    product = Buffer(blocks.map(\.rows.count).max() ?? 0)
  }

  /// The number of entries of all parts.
  var entryCount: Int {
    byColumn.entryCount + blocks.reduce(0) { $0 + $1.rows.count * $1.columns.count }
  }

  /// Multiplies the scales by those given and the sparse values with them.
  mutating func scale(rows E: borrowing Buffer, columns D: borrowing Buffer) {
    byColumn.scale(rows: E.pointer, columns: D.pointer)
    byRow.scale(rows: D.pointer, columns: E.pointer)
    rowScale.multiply(by: E)
    columnScale.multiply(by: D)
  }

  /// Multiplies every row scale by α, and every column scale by β.
  mutating func scale(rowsBy α: Double, columnsBy β: Double) {
    if α * β != 1 {
      byColumn.scale(by: α * β)
      byRow.scale(by: α * β)
    }
    rowScale.scale(by: α)
    columnScale.scale(by: β)
  }

  /// y ← the product with x.
  func multiply(_ x: borrowing Buffer, into y: UnsafeMutablePointer<Double>) {
    y.update(repeating: 0, count: rows)
    byRow.addTransposedProduct(1, x.pointer, to: y)
    for block in blocks {
      for (k, j) in block.columns.enumerated() { gathered[k] = columnScale[j] * x[j] }
      let first = block.rows.lowerBound
      block.matrix.elements.withUnsafeBufferPointer { elements in
        guard let start = elements.baseAddress else { return }
        BLAS.gemv(
          .no, m: block.matrix.rows, n: block.matrix.columns, start, lda: block.matrix.rows,
          gathered.pointer, beta: 0, product.pointer)
      }
      for i in 0..<block.rows.count { y[first + i] += rowScale[first + i] * product[i] }
    }
  }

  /// x ← α times the product of the transpose with y, plus x.
  func addTransposed(_ y: borrowing Buffer, alpha: Double = 1, to x: borrowing Buffer) {
    byColumn.addTransposedProduct(alpha, y.pointer, to: x.pointer)
    for block in blocks {
      let first = block.rows.lowerBound
      for i in 0..<block.rows.count { product[i] = rowScale[first + i] * y[first + i] }
      block.matrix.elements.withUnsafeBufferPointer { elements in
        guard let start = elements.baseAddress else { return }
        BLAS.gemv(
          .yes, m: block.matrix.rows, n: block.matrix.columns, alpha: alpha, start,
          lda: block.matrix.rows, product.pointer, beta: 0, gathered.pointer)
      }
      for (k, j) in block.columns.enumerated() { x[j] += columnScale[j] * gathered[k] }
    }
  }

  /// x ← the product of the transpose with the given rows of y, plus x. Touches no other row.
  func addTransposed(_ y: borrowing Buffer, ofRows range: Range<Int>, to x: borrowing Buffer) {
    for i in range where y[i] != 0 {
      for k in byRow.entries(ofColumn: i) {
        x[Int(byRow.rowIndices[k])] += y[i] * byRow.values[k]
      }
    }
    for block in blocks where block.rows.overlaps(range) {
      let common = block.rows.clamped(to: range)
      for (k, i) in common.enumerated() { product[k] = rowScale[i] * y[i] }
      let height = block.matrix.rows
      block.matrix.elements.withUnsafeBufferPointer { elements in
        guard let start = elements.baseAddress else { return }
        BLAS.gemv(
          .yes, m: common.count, n: block.matrix.columns,
          start + common.lowerBound - block.rows.lowerBound, lda: height, product.pointer, beta: 0,
          gathered.pointer)
      }
      for (k, j) in block.columns.enumerated() { x[j] += columnScale[j] * gathered[k] }
    }
  }

  /// The variables of row i with their values; a variable may come more than once.
  func forEachEntry(ofRow i: Int, _ body: (_ j: Int, _ value: Double) -> Void) {
    for k in byRow.entries(ofColumn: i) { body(Int(byRow.rowIndices[k]), byRow.values[k]) }
    for block in blocks where block.rows.contains(i) {
      for (k, j) in block.columns.enumerated() {
        let value = block.matrix.elements[i - block.rows.lowerBound + k * block.matrix.rows]
        body(j, rowScale[i] * columnScale[j] * value)
      }
    }
  }

  /// Raises the norms of the rows and columns to the largest scaled magnitude found in them.
  func accumulateNorms(rows rowNorm: borrowing Buffer, columns columnNorm: borrowing Buffer) {
    for j in 0..<columns {
      for k in byColumn.entries(ofColumn: j) {
        let (i, magnitude) = (Int(byColumn.rowIndices[k]), abs(byColumn.values[k]))
        if magnitude > rowNorm[i] { rowNorm[i] = magnitude }
        if magnitude > columnNorm[j] { columnNorm[j] = magnitude }
      }
    }
    for block in blocks {
      let first = block.rows.lowerBound
      let height = block.matrix.rows
      block.matrix.elements.withUnsafeBufferPointer { elements in
        for (k, j) in block.columns.enumerated() {
          var largest = 0.0
          for i in 0..<height {
            let magnitude = abs(elements[i + k * height]) * rowScale[first + i] * columnScale[j]
            if magnitude > rowNorm[first + i] { rowNorm[first + i] = magnitude }
            if magnitude > largest { largest = magnitude }
          }
          if largest > columnNorm[j] { columnNorm[j] = largest }
        }
      }
    }
  }
}
