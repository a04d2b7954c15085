/// A way of factoring and solving the reduced Newton system of the interior point method,
///
///     [P + X   Bᵀ] [Δx]   [q]
///     [B      −C ] [Δv] = [r],        B = [A; G],
///
/// where X holds the weights of the bounds and C = 0 for the rows of A, one over the weight for those
/// of G. The weight of an entry of [Gx; x] is Σ λₖ/sₖ over its sides. The rows of a second-order cone
/// have the block W² of ``ConeScaling`` in C. Any regularisation that an implementation
/// adds is removed by the refinement of ``KKTSystem``.
protocol KKTFactorization: AnyObject {
  /// Takes the matrices of the form; called once more whenever their scale has changed.
  func load(_ form: borrowing StandardForm)

  /// Factors for the weights of [Ax; Gx; x], of which those of Ax are not used, and the scalings of
  /// the cones; false if no regularisation made it possible.
  func factor(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool

  /// Factors the same matrix with more regularisation, for when refinement did not succeed; false if
  /// there is no more to add, and then the factors are those from before.
  func refactor(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool

  /// Factors the same matrix with the regularisation before the last ``refactor(_:_:)``; false
  /// if nothing was changed.
  func restore(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool

  /// Solves in place: `x` holds q and receives Δx, the first p + m entries of `rows` hold r and
  /// receive Δv.
  func solve(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, x: borrowing Buffer,
    rows: borrowing Buffer)

  /// As `solve`; the p + m entries of `product` receive BΔx, which some implementations have anyway.
  func solve(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, x: borrowing Buffer,
    rows: borrowing Buffer, product: borrowing Buffer)
}

extension KKTFactorization {
  func solve(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling, x: borrowing Buffer,
    rows: borrowing Buffer, product: borrowing Buffer
  ) {
    solve(form, scaling, x: x, rows: rows)
    form.B.multiply(x, into: product.pointer)
  }
}

extension KKTFactorization {
  func refactor(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool { false }
  func restore(_ form: borrowing StandardForm, _ scaling: borrowing ConeScaling) -> Bool { false }
}
