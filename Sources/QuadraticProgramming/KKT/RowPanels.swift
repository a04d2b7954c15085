internal import LinearAlgebra

/// The weighted rank update H ← H + Σ wᵢ bᵢ bᵢᵀ over long rows bᵢ of a form, couplings apart, restricted
/// to the core variables of its elimination.
///
/// Rows are copied panel by panel, scaled, into a work space of fixed height and go to BLAS-3; of a
/// dense block nothing else is ever copied. Rows whose weights are negligible together are left out.
/// O(n²) for each row that counts.
struct RowPanels: ~Copyable {
  static let height = 256
  /// With fewer rows than this none is left out.
  static let leastCount = 512

  private let n: Int
  private let rows: [Int]
  private let core: [Int]
  private let place: [Int]
  /// For each block, the places of its columns in the core, and the core places outside it.
  private let blockPlaces: [[Int]]
  private let outside: [[Int]]
  private let panel: Buffer
  private let factor: Buffer
  /// The rows that count in this factorization, ascending.
  private let chosen: UnsafeMutablePointer<Int>
  private let histogram: Buffer

  init(_ form: borrowing StandardForm, _ elimination: Elimination) {
    n = elimination.core.count
    let couplings = Set(elimination.couplings)
    rows = elimination.isLong.indices.filter { elimination.isLong[$0] && !couplings.contains($0) }
    core = elimination.core
    place = elimination.place
    blockPlaces = form.B.blocks.map { $0.columns.map { elimination.place[$0] } }
    outside = form.B.blocks.map { block in
      var inside = [Bool](repeating: false, count: elimination.core.count)
      for j in block.columns { inside[elimination.place[j]] = true }
      return inside.indices.filter { !inside[$0] }
    }
    let height = min(rows.count, Self.height)
    panel = Buffer(height * n)
    factor = Buffer(height)
    chosen = .allocate(capacity: max(rows.count, 1))
    chosen.initialize(repeating: 0, count: max(rows.count, 1))
    histogram = Buffer(4096)
  }

  var rowCount: Int { rows.count }

  deinit { chosen.deallocate() }

  /// Adds the update to the lower triangle of H, with a weight per row of the form; rows are left out
  /// as long as their weights sum to no more than `negligible`. Returns the number of rows used.
  @discardableResult
  func addWeighted(
    _ form: borrowing StandardForm, weights: UnsafePointer<Double>,
    to H: UnsafeMutablePointer<Double>, negligible: Double
  ) -> Int {
    guard n > 0 else { return 0 }
    let count = choose(weights, negligible)
    let stride = min(rows.count, Self.height)
    var first = 0
    while first < count {
      let last = min(first + Self.height, count)
      fill(form, weights, first..<last, stride)
      BLAS.syrk(
        .lower, .yes, n: n, k: last - first, panel.pointer, lda: stride, beta: 1, H, ldc: n)
      first = last
    }
    return count
  }

  /// The rows above the largest power of two below which the weights sum to at most `negligible`.
  private func choose(_ weights: UnsafePointer<Double>, _ negligible: Double) -> Int {
    var least = 0.0
    if negligible > 0, rows.count >= Self.leastCount {
      histogram.fill(0)
      for i in rows { histogram[Int(weights[i].exponentBitPattern)] += weights[i] }
      var sum = 0.0
      var exponent = 0
      while exponent < 2047, sum + histogram[exponent] <= negligible {
        sum += histogram[exponent]
        exponent += 1
      }
      least = Double(sign: .plus, exponentBitPattern: UInt(exponent), significandBitPattern: 0)
    }
    var count = 0
    for i in rows where weights[i] >= least && weights[i] > 0 {
      chosen[count] = i
      count += 1
    }
    return count
  }

  /// Fills the panel with the scaled rows chosen[range].
  private func fill(
    _ form: borrowing StandardForm, _ weights: UnsafePointer<Double>, _ range: Range<Int>,
    _ stride: Int
  ) {
    let (first, last) = (chosen[range.lowerBound], chosen[range.upperBound - 1])
    let touched = form.B.blocks.indices.filter { form.B.blocks[$0].rows.overlaps(first..<last + 1) }
    if let cover = touched.first, touched.count == 1, form.B.blocks[cover].rows.contains(first),
      form.B.blocks[cover].rows.contains(last)
    {
      for k in outside[cover] {
        (panel.pointer + k * stride).update(repeating: 0, count: range.count)
      }
      fill(form, weights, from: cover, range, offset: 0, stride)
    } else {
      panel.fill(0)
      for block in touched {
        let rows = form.B.blocks[block].rows
        let inside = range.filter { rows.contains(chosen[$0]) }
        guard let first = inside.first else { continue }
        fill(
          form, weights, from: block, first..<first + inside.count,
          offset: first - range.lowerBound, stride)
      }
    }
    let matrix = form.B.byRow
    matrix.rowIndices.withUnsafeBufferPointer { columns in
      matrix.values.withUnsafeBufferPointer { values in
        place.withUnsafeBufferPointer { place in
          for (local, chosenPlace) in range.enumerated() {
            let i = chosen[chosenPlace]
            let root = weights[i].squareRoot()
            for k in matrix.columnStarts[i]..<matrix.columnStarts[i + 1] {
              let target = place[Int(columns[k])]
              if target >= 0 { panel[local + target * stride] += root * values[k] }
            }
          }
        }
      }
    }
  }

  /// Writes the part of the rows chosen[range] that lies in a block.
  private func fill(
    _ form: borrowing StandardForm, _ weights: UnsafePointer<Double>, from index: Int,
    _ range: Range<Int>, offset: Int, _ stride: Int
  ) {
    let block = form.B.blocks[index]
    let count = range.count
    let first = chosen[range.lowerBound]
    let isRun = chosen[range.upperBound - 1] - first == count - 1
    for i in 0..<count {
      let row = chosen[range.lowerBound + i]
      factor[i] = weights[row].squareRoot() * form.B.rowScale[row]
    }
    let height = block.matrix.rows
    let chosen = chosen + range.lowerBound
    block.matrix.elements.withUnsafeBufferPointer { elements in
      guard let start = elements.baseAddress else { return }
      for (k, target) in blockPlaces[index].enumerated() {
        let D = form.B.columnScale[core[target]]
        let from = start - block.rows.lowerBound + k * height
        let to = panel.pointer + offset + target * stride
        let factor = factor.pointer
        if isRun {
          let from = from + first
          for i in 0..<count { to[i] = factor[i] * D * from[i] }
        } else {
          for i in 0..<count { to[i] = factor[i] * D * from[chosen[i]] }
        }
      }
    }
  }
}
