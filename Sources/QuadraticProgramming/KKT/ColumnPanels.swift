internal import LinearAlgebra

/// The weighted rank update N ← N + Σ wⱼ aⱼ aⱼᵀ over columns aⱼ of the rows [A; G] of a form.
///
/// Columns are copied panel by panel, scaled, and go to BLAS-3. O(r²) for each column of r rows; the
/// entries of one that has few are added one by one, O(nnz²).
struct ColumnPanels: ~Copyable {
  static let width = 256

  private let r: Int
  private let long: [Int]
  private let short: [Int]
  /// For each block and variable, its column there.
  private let places: [[Int: Int]]
  private let panel: Buffer

  /// Prepares for the given columns of the form.
  init(_ form: borrowing StandardForm, columns: [Int]) {
    r = form.p + form.m
    var inBlock = [Bool](repeating: false, count: form.n)
    for block in form.B.blocks { for j in block.columns { inBlock[j] = true } }
    let starts = form.B.byColumn.columnStarts
    let limit = r / 4
    long = columns.filter { inBlock[$0] || starts[$0 + 1] - starts[$0] > limit }
    short = columns.filter { !(inBlock[$0] || starts[$0 + 1] - starts[$0] > limit) }
    places = form.B.blocks.map { block in
      Dictionary(uniqueKeysWithValues: block.columns.enumerated().map { ($1, $0) })
    }
    panel = Buffer(min(long.count, Self.width) * r)
  }

  /// Adds the update to the lower triangle of N, r × r, with a weight per variable.
  func addWeighted(
    _ form: borrowing StandardForm, weights: borrowing Buffer, to N: borrowing Buffer
  ) {
    let matrix = form.B.byColumn
    for j in short {
      let entries = matrix.entries(ofColumn: j)
      for a in entries {
        let scaled = weights[j] * matrix.values[a]
        let column = N.pointer + Int(matrix.rowIndices[a]) * r
        for b in a..<entries.upperBound {
          column[Int(matrix.rowIndices[b])] += scaled * matrix.values[b]
        }
      }
    }
    var first = 0
    while first < long.count {
      let count = min(Self.width, long.count - first)
      for (local, j) in long[first..<first + count].enumerated() {
        fill(form, column: j, weight: weights[j].squareRoot(), into: panel.pointer + local * r)
      }
      BLAS.syrk(.lower, .no, n: r, k: count, panel.pointer, lda: r, beta: 1, N.pointer, ldc: r)
      first += count
    }
  }

  /// Writes column j times a weight.
  private func fill(
    _ form: borrowing StandardForm, column j: Int, weight: Double,
    into target: UnsafeMutablePointer<Double>
  ) {
    target.update(repeating: 0, count: r)
    let matrix = form.B.byColumn
    for k in matrix.entries(ofColumn: j) {
      target[Int(matrix.rowIndices[k])] = weight * matrix.values[k]
    }
    for (block, places) in zip(form.B.blocks, places) {
      guard let place = places[j] else { continue }
      let factor = weight * form.B.columnScale[j]
      let first = block.rows.lowerBound
      let height = block.matrix.rows
      block.matrix.elements.withUnsafeBufferPointer { elements in
        for i in 0..<height {
          target[first + i] += factor * form.B.rowScale[first + i] * elements[i + place * height]
        }
      }
    }
  }
}
