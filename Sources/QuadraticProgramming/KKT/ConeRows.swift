internal import LinearAlgebra

/// What the second-order cones add to the condensed Newton matrix beyond weighted rows.
///
/// With the rows f₀, F₁ of a cone and u = FᵀJw,
///
///     FᵀW⁻²F = η⁻² (F₁ᵀF₁ + 2uuᵀ − f₀f₀ᵀ):
///
/// the first term is the weighted rows of the tail, ``ConeScaling/weights``; the others are added here
/// over the variables that the cone touches. The difference cancels nothing that the sum had kept: 2uuᵀ
/// is the largest term. O(nnz(F) + k²) for k such variables.
struct ConeRows: ~Copyable {
  /// The number of core variables.
  private let k: Int
  /// The variables that each cone touches, ascending, and their places in the core.
  private let supports: [[Int]]
  private let places: [[Int]]
  private let u: Buffer
  private let f: Buffer
  private let factors: Buffer

  /// Prepares for an elimination that keeps the variables of cones in the core.
  init(_ form: borrowing StandardForm, _ elimination: Elimination) {
    k = elimination.core.count
    supports = form.cone.secondOrder.map { form.B.support(ofRows: $0.rows) }
    places = supports.map { $0.map { elimination.place[$0] } }
    let hasCones = !supports.isEmpty
    u = Buffer(hasCones ? form.n : 0)
    f = Buffer(hasCones ? form.n : 0)
    factors = Buffer(form.cone.secondOrder.map(\.sides.count).max() ?? 0)
  }

  /// Adds the terms to the lower triangle of H, over the core.
  func add(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling,
    to H: UnsafeMutablePointer<Double>
  ) {
    for cone in form.cone.secondOrder {
      let support = supports[cone.index]
      let inverse = 1 / scaling.η[cone.index]
      for j in support { (u[j], f[j]) = (0, 0) }
      factors[0] = inverse
      form.B.addRows(cone.rows.prefix(1), factors: factors.pointer, to: f)
      let scale = inverse * (2.0).squareRoot()
      for i in 0..<cone.sides.count {
        factors[i] = (i == 0 ? scale : -scale) * scaling.ratio[cone.head + i]
      }
      form.B.addRows(cone.rows, factors: factors.pointer, to: u)
      // The places ascend as the variables do, so that u and f may be gathered in front.
      for (local, j) in support.enumerated() { (u[local], f[local]) = (u[j], f[j]) }
      let count = support.count
      places[cone.index].withUnsafeBufferPointer { places in
        for a in 0..<count {
          let (uₐ, fₐ) = (u[a], f[a])
          let column = H + places[a] * k
          if count == k {
            for b in a..<count { column[b] += uₐ * u[b] - fₐ * f[b] }
          } else {
            for b in a..<count { column[places[b]] += uₐ * u[b] - fₐ * f[b] }
          }
        }
      }
    }
  }
}

extension RowOperator {
  /// The columns with an entry in the given rows, ascending.
  func support(ofRows range: Range<Int>) -> [Int] {
    var isTouched = [Bool](repeating: false, count: columns)
    for i in range {
      for k in byRow.entries(ofColumn: i) { isTouched[Int(byRow.rowIndices[k])] = true }
    }
    for block in blocks where block.rows.overlaps(range) {
      for j in block.columns { isTouched[j] = true }
    }
    return isTouched.indices.filter { isTouched[$0] }
  }

  /// x ← x + the sum of the given rows, each times its factor. Touches no other row.
  func addRows(
    _ range: Range<Int>, factors: UnsafePointer<Double>, to x: borrowing Buffer
  ) {
    for i in range {
      let factor = factors[i - range.lowerBound]
      for k in byRow.entries(ofColumn: i) {
        x[Int(byRow.rowIndices[k])] += factor * byRow.values[k]
      }
    }
    for block in blocks where block.rows.overlaps(range) {
      let common = block.rows.clamped(to: range)
      let height = block.matrix.rows
      block.matrix.elements.withUnsafeBufferPointer { elements in
        for (k, j) in block.columns.enumerated() {
          var sum = 0.0
          for i in common {
            sum +=
              factors[i - range.lowerBound] * rowScale[i]
              * elements[i - block.rows.lowerBound + k * height]
          }
          x[j] += columnScale[j] * sum
        }
      }
    }
  }
}
