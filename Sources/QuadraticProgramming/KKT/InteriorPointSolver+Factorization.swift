internal import LinearAlgebra

extension InteriorPointSolver {
  /// Floating-point operations in a nanosecond: of BLAS-3, of dense fronts, entry by entry.
  private static let denseRate = 30.0
  private static let frontRate = 10.0
  private static let entryRate = 1.0

  /// The way of factoring that takes the least time: densely over the variables, densely over the rows
  /// where most variables touch each other through them alone, or sparsely.
  static func factorization(for form: borrowing StandardForm) -> any KKTFactorization {
    let n = Double(form.n)
    let r = Double(form.p + form.m)
    let kept = Double(RowSpaceKKT.eliminable(form).reduce(0) { $0 + ($1 ? 0 : 1) })
    let overVariables =
      (n * n * n / 3 + longRows(form) * n * n + Double(form.p) * n * n) / denseRate + n * n / 2
    let overRows =
      ((r * r * r + kept * kept * kept) / 3 + longColumns(form) * r * r + kept * r * r)
      / denseRate + (r * r + kept * kept) / 2
    let isOverRows = overRows < overVariables
    let dense = min(overRows, overVariables)
    if form.B.blocks.isEmpty, form.P.dense == nil, dense > 10_000 {
      // An analysis is cheaper than one dense factorization where the data is sparse.
      let entries = Double(form.B.entryCount + form.P.upper.entryCount)
      if entries < 0.2 * (n + r) * (n + r) {
        let (pattern, analysis) = SparseKKT.analysis(form)
        let perEntry = analysis.operations / max(Double(analysis.fill), 1)
        let rate = perEntry > 40 ? frontRate : entryRate
        if analysis.operations / rate + 2 * Double(analysis.fill) < dense {
          return SparseKKT(form, pattern, analysis)
        }
      }
    }
    return isOverRows ? RowSpaceKKT(form) : CondensedKKT(form)
  }

  /// The rows that go to BLAS-3, plus those others in units of them.
  private static func longRows(_ form: borrowing StandardForm) -> Double {
    let counts = zip(form.B.byRow.columnStarts.dropFirst(), form.B.byRow.columnStarts).map {
      $0 - $1
    }
    return equivalent(counts, order: form.n)
      + Double(form.B.blocks.reduce(0) { $0 + $1.rows.count })
  }

  private static func longColumns(_ form: borrowing StandardForm) -> Double {
    let starts = form.B.byColumn.columnStarts
    let counts = zip(starts.dropFirst(), starts).map { $0 - $1 }
    return equivalent(counts, order: form.p + form.m)
      + Double(form.B.blocks.reduce(0) { $0 + $1.columns.count })
  }

  private static func equivalent(_ counts: [Int], order: Int) -> Double {
    let full = Double(order) * Double(order) / denseRate
    return counts.reduce(0.0) { sum, count in
      sum + (count > order / 4 ? 1 : min(1, Double(count * count) / entryRate / max(full, 1)))
    }
  }
}
