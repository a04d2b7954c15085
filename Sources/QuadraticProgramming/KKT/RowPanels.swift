internal import LinearAlgebra

/// The weighted rank update H ← H + Σ wᵢ bᵢ bᵢᵀ over rows bᵢ of a form.
///
/// Long rows, and those of dense blocks, are copied panel by panel, scaled, into a work space of fixed
/// height and go to BLAS-3; of a dense block nothing else is ever copied. Short rows are added entry by
/// entry. O(Σ nnz²) for the short rows, O(n²) for each long one.
struct RowPanels: ~Copyable {
  static let height = 256

  private let n: Int
  private let long: [Int]
  private let short: [Int]
  /// For each block, the rows of it among the panels.
  private let panel: Buffer
  private let root: Buffer

  /// Prepares for the rows `range` of the form.
  init(_ form: borrowing StandardForm, rows range: Range<Int>) {
    n = form.n
    var inBlock = [Bool](repeating: false, count: form.p + form.m)
    for block in form.B.blocks { for i in block.rows { inBlock[i] = true } }
    let starts = form.B.byRow.columnStarts
    let limit = form.n / 4
    long = range.filter { inBlock[$0] || starts[$0 + 1] - starts[$0] > limit }
    short = range.filter { !(inBlock[$0] || starts[$0 + 1] - starts[$0] > limit) }
    panel = Buffer(long.isEmpty ? 0 : min(long.count, Self.height) * form.n)
    root = Buffer(min(long.count, Self.height))
  }

  /// Adds the update to the lower triangle of H, with the weights of the entries of [Ax; Gx; x].
  func addWeighted(
    _ form: borrowing StandardForm, weights: UnsafePointer<Double>,
    to H: UnsafeMutablePointer<Double>, stride: Int
  ) {
    addShort(form, weights, to: H, stride)
    var first = 0
    while first < long.count {
      let count = min(Self.height, long.count - first)
      fill(form, weights, first..<first + count)
      BLAS.syrk(
        .lower, .yes, n: n, k: count, panel.pointer, lda: min(long.count, Self.height), beta: 1, H,
        ldc: stride)
      first += count
    }
  }

  private func addShort(
    _ form: borrowing StandardForm, _ weights: UnsafePointer<Double>,
    to H: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    let matrix = form.B.byRow
    matrix.rowIndices.withUnsafeBufferPointer { columns in
      matrix.values.withUnsafeBufferPointer { values in
        for i in short {
          let entries = matrix.entries(ofColumn: i)
          for a in entries {
            let scaled = weights[i] * values[a]
            let column = H + Int(columns[a]) * stride
            for b in a..<entries.upperBound { column[Int(columns[b])] += scaled * values[b] }
          }
        }
      }
    }
  }

  /// Fills the panel with the scaled rows long[range].
  private func fill(
    _ form: borrowing StandardForm, _ weights: UnsafePointer<Double>, _ range: Range<Int>
  ) {
    let stride = min(long.count, Self.height)
    panel.fill(0)
    let matrix = form.B.byRow
    for (local, place) in range.enumerated() {
      let i = long[place]
      root[local] = weights[i].squareRoot()
      for k in matrix.entries(ofColumn: i) {
        panel[local + Int(matrix.rowIndices[k]) * stride] = root[local] * matrix.values[k]
      }
    }
    for block in form.B.blocks { fill(form, from: block, range, stride) }
  }

  /// Adds what a block holds of the rows long[range]; they ascend, so the common ones are contiguous.
  private func fill(
    _ form: borrowing StandardForm, from block: DenseBlock, _ range: Range<Int>, _ stride: Int
  ) {
    let inside = range.filter { block.rows.contains(long[$0]) }
    guard let first = inside.first else { return }
    let offset = first - range.lowerBound
    let source = long[first] - block.rows.lowerBound
    let height = block.matrix.rows
    let E = form.B.rowScale.pointer + long[first]
    block.matrix.elements.withUnsafeBufferPointer { elements in
      guard let start = elements.baseAddress else { return }
      for (k, j) in block.columns.enumerated() {
        let D = form.B.columnScale[j]
        let from = start + source + k * height
        let to = panel.pointer + offset + j * stride
        for i in 0..<inside.count { to[i] += root[offset + i] * E[i] * D * from[i] }
      }
    }
  }
}
