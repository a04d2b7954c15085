extension InteriorPointSolver {
  /// The way of factoring that suits the form: over the rows where most variables touch each other
  /// through them alone and the rows are fewer, else over the variables.
  static func factorization(for form: borrowing StandardForm) -> any KKTFactorization {
    let kept = RowSpaceKKT.eliminable(form).reduce(0) { $0 + ($1 ? 0 : 1) }
    let order = form.p + form.m + kept
    return order <= form.n ? RowSpaceKKT(form) : CondensedKKT(form)
  }
}
