internal import LinearAlgebra

/// The quadratic cost P of a form, scaled: costScale · D (sparse + dense block) D.
///
/// The sparse part holds its upper triangle with scaled values; the dense block stays where the user
/// has it.
struct CostOperator: ~Copyable {
  let n: Int
  private(set) var upper: SparseMatrix
  let dense: DenseSymmetricBlock?
  let columnScale: Buffer
  private(set) var costScale = 1.0
  private let gathered: Buffer
  private let product: Buffer

  init(_ upper: SparseMatrix, dense: DenseSymmetricBlock?) {
    n = upper.columns
    self.upper = upper
    self.dense = dense
    columnScale = Buffer(n, repeating: 1)
    gathered = Buffer(dense?.columns.count ?? 0)
    product = Buffer(dense?.columns.count ?? 0)
  }

  var isZero: Bool { dense == nil && upper.entryCount == 0 }

  mutating func scale(columns D: borrowing Buffer) {
    upper.scale(rows: D.pointer, columns: D.pointer)
    columnScale.multiply(by: D)
  }

  mutating func scale(columnsBy σ: Double) {
    upper.scale(by: σ * σ)
    columnScale.scale(by: σ)
  }

  mutating func scale(costBy factor: Double) {
    upper.scale(by: factor)
    costScale *= factor
  }

  /// y ← α P x + β y.
  func multiply(_ x: borrowing Buffer, alpha: Double, beta: Double, into y: borrowing Buffer) {
    if beta == 0 { y.fill(0) } else if beta != 1 { y.scale(by: beta) }
    if upper.entryCount > 0 { upper.addSymmetricProduct(alpha, x.pointer, to: y.pointer) }
    guard let dense else { return }
    for (k, j) in dense.columns.enumerated() { gathered[k] = columnScale[j] * x[j] }
    let count = dense.matrix.rows
    dense.matrix.elements.withUnsafeBufferPointer { elements in
      guard let start = elements.baseAddress else { return }
      BLAS.symv(
        .lower, n: count, alpha: alpha * costScale, start, lda: count, gathered.pointer, beta: 0,
        product.pointer)
    }
    for (k, j) in dense.columns.enumerated() { y[j] += columnScale[j] * product[k] }
  }

  /// Raises the norms of the columns to the largest scaled magnitude in them. Of the dense block the
  /// diagonal is enough: |pᵢⱼ|² ≤ pᵢᵢ pⱼⱼ in a semidefinite matrix.
  func accumulateNorms(columns norm: borrowing Buffer) {
    for j in 0..<n {
      for k in upper.entries(ofColumn: j) {
        let (i, magnitude) = (Int(upper.rowIndices[k]), abs(upper.values[k]))
        if magnitude > norm[i] { norm[i] = magnitude }
        if magnitude > norm[j] { norm[j] = magnitude }
      }
    }
    guard let dense else { return }
    for (k, j) in dense.columns.enumerated() {
      let value = dense.matrix.elements[k + k * dense.matrix.rows]
      norm[j] = max(norm[j], abs(value) * columnScale[j] * columnScale[j] * costScale)
    }
  }

  /// The largest scaled magnitude, by the diagonal in the dense block.
  func largestMagnitude(work: borrowing Buffer) -> Double {
    work.fill(0)
    accumulateNorms(columns: work)
    return work.largestMagnitude
  }

  /// Adds P to the lower triangle of an n × n matrix in columns of `stride`.
  func addLower(to target: UnsafeMutablePointer<Double>, stride: Int) {
    for j in 0..<n {
      for k in upper.entries(ofColumn: j) {
        target[j + Int(upper.rowIndices[k]) * stride] += upper.values[k]
      }
    }
    guard let dense else { return }
    let count = dense.matrix.rows
    dense.matrix.elements.withUnsafeBufferPointer { elements in
      for (k, j) in dense.columns.enumerated() {
        let factor = costScale * columnScale[j]
        let column = target + j * stride
        for l in k..<count {
          let i = dense.columns[l]
          column[i] += factor * columnScale[i] * elements[l + k * count]
        }
      }
    }
  }

  /// Adds the principal block of P over the given variables to the lower triangle of a matrix.
  func addLower(
    to target: UnsafeMutablePointer<Double>, stride: Int, selecting variables: [Int]
  ) {
    var place = [Int](repeating: -1, count: n)
    for (k, j) in variables.enumerated() { place[j] = k }
    for j in variables {
      for k in upper.entries(ofColumn: j) {
        let (a, b) = (place[j], place[Int(upper.rowIndices[k])])
        if b >= 0 { target[max(a, b) + min(a, b) * stride] += upper.values[k] }
      }
    }
    guard let dense else { return }
    let count = dense.matrix.rows
    for (k, j) in dense.columns.enumerated() where place[j] >= 0 {
      for l in k..<count where place[dense.columns[l]] >= 0 {
        let i = dense.columns[l]
        let (a, b) = (place[i], place[j])
        target[max(a, b) + min(a, b) * stride] +=
          costScale * columnScale[i] * columnScale[j] * dense.matrix.elements[l + k * count]
      }
    }
  }

  /// Adds the diagonal of P to a vector.
  func addDiagonal(to target: borrowing Buffer) {
    for j in 0..<n {
      if let k = upper.entries(ofColumn: j).last, Int(upper.rowIndices[k]) == j {
        target[j] += upper.values[k]
      }
    }
    guard let dense else { return }
    for (k, j) in dense.columns.enumerated() {
      target[j] +=
        costScale * columnScale[j] * columnScale[j]
        * dense.matrix.elements[k + k * dense.matrix.rows]
    }
  }

  /// Whether P has entries on its diagonal alone.
  var isDiagonal: Bool {
    dense == nil
      && (0..<n).allSatisfy { j in
        upper.entries(ofColumn: j).allSatisfy { Int(upper.rowIndices[$0]) == j }
      }
  }
}
