internal import LinearAlgebra

/// Estimates of the seconds that a factorization takes, by which the way of factoring is chosen.
///
/// Only their ratio counts. BLAS-3 runs at some 35 Gflop/s on one core of today, small dense fronts at
/// 10, code that touches scattered entries at about 1 Gflop/s.
enum FactorizationCost {
  static let blas = 35e9
  static let fronts = 10e9
  static let scattered = 1e9
  /// Below this the analysis of a sparse matrix does not pay.
  static let analysis = 1e-5

  /// A symmetric update of order k by `count` vectors, with k ≤ order.
  static func update(order k: Int, by count: Int) -> Double {
    Double(count) * Double(k) * Double(k) / blas
  }

  /// The Cholesky factor of a dense matrix.
  static func cholesky(order k: Int) -> Double { Double(k) * Double(k) * Double(k) / (3 * blas) }

  /// The products of all pairs of entries of a row or column.
  static func pairs(_ entries: Int) -> Double { Double(entries) * Double(entries) / scattered }

  /// Condensed to the core of an elimination: ``CondensedKKT``.
  static func condensed(_ form: borrowing StandardForm, _ elimination: Elimination) -> Double {
    let (k, e) = (elimination.core.count, form.p + elimination.couplings.count)
    var seconds = cholesky(order: k) + cholesky(order: e) + update(order: k, by: e)
    seconds += 0.5 * pairs(k)
    seconds += update(order: e, by: k)
    for (i, isLong) in elimination.isLong.enumerated() {
      seconds += isLong ? update(order: k, by: 1) : pairs(form.B.byRow.entries(ofColumn: i).count)
    }
    // Of a cone the two terms of ``ConeRows``, over the core variables that it touches.
    for cone in form.cone.secondOrder {
      let entries = cone.rows.reduce(0) { $0 + form.B.byRow.entries(ofColumn: $1).count }
      seconds += pairs(form.B.blocks.isEmpty ? min(k, entries) : k)
    }
    return seconds
  }

  /// Condensed to the rows: ``RowSpaceKKT``.
  static func rowSpace(_ form: borrowing StandardForm) -> Double {
    let r = form.p + form.m
    let eliminable = RowSpaceKKT.eliminable(form)
    var inBlock = [Bool](repeating: false, count: form.n)
    for block in form.B.blocks { for j in block.columns { inBlock[j] = true } }
    var kept = 0
    var seconds = cholesky(order: r) + 0.5 * pairs(r)
    for j in 0..<form.n {
      let entries = form.B.byColumn.entries(ofColumn: j).count
      if !eliminable[j] {
        kept += 1
      } else if inBlock[j] || entries > r / 4 {
        seconds += update(order: r, by: 1)
      } else {
        seconds += pairs(entries)
      }
    }
    return seconds + cholesky(order: kept) + update(order: kept, by: r) + update(order: r, by: kept)
  }

  /// Sparsely, as it is: ``SparseKKT``. The pattern has the blocks of short cones and the expansion of
  /// long ones, so that the count of operations knows of both.
  static func sparse(_ analysis: SymbolicFactorization) -> Double {
    let perEntry = analysis.operations / max(Double(analysis.fill), 1)
    return analysis.operations / (perEntry > 40 ? fronts : scattered)
      + 2 * Double(analysis.fill) / scattered
  }
}
