internal import LinearAlgebra

extension InteriorPointSolver {
  /// The way of factoring that is estimated to take the least time: densely over the core variables,
  /// densely over the rows, or sparsely. Over the rows only where the variables that go are as many as
  /// the rows: else the matrix of the rows has no rank of its own.
  static func factorization(
    for form: borrowing StandardForm, _ choice: Settings.Factorization
  ) -> any KKTFactorization {
    switch choice {
    case .automatic: return fastest(for: form)
    case .condensed: return CondensedKKT(form, Elimination(form))
    case .rowSpace: return RowSpaceKKT(form)
    case .sparse:
      guard form.B.blocks.isEmpty, form.P.dense == nil else { return fastest(for: form) }
      let (pattern, analysis) = SparseKKT.analysis(form)
      return SparseKKT(form, pattern, analysis)
    }
  }

  private static func fastest(for form: borrowing StandardForm) -> any KKTFactorization {
    let elimination = Elimination(form)
    let overVariables = FactorizationCost.condensed(form, elimination)
    let gone = RowSpaceKKT.eliminable(form).reduce(0) { $0 + ($1 ? 1 : 0) }
    let overRows =
      form.p + form.m <= gone ? FactorizationCost.rowSpace(form) : Double.infinity
    let dense = min(overRows, overVariables)
    // An analysis is cheaper than one dense factorization where the data is sparse.
    if dense > FactorizationCost.analysis, form.B.blocks.isEmpty, form.P.dense == nil {
      let order = Double(form.n + form.p + form.m)
      if Double(form.B.entryCount + form.P.upper.entryCount) < 0.2 * order * order {
        let (pattern, analysis) = SparseKKT.analysis(form)
        if FactorizationCost.sparse(analysis) < dense {
          return SparseKKT(form, pattern, analysis)
        }
      }
    }
    return overRows < overVariables ? RowSpaceKKT(form) : CondensedKKT(form, elimination)
  }
}
