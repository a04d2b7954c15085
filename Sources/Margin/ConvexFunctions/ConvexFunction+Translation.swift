extension AffineFunction {
  /// x ↦ f(x − origin).
  ///
  /// - Precondition: a coordinate for each variable that occurs.
  public func translated(to origin: [Double]) -> AffineFunction {
    var moved = self
    moved.constant -= zip(indices, coefficients).reduce(0) { $0 + $1.1 * origin[$1.0] }
    return moved
  }
}

extension ConvexFunction {
  /// x ↦ f(x − origin): what a face that was made at the book after trades `origin` says about trades
  /// from the book before them.
  ///
  /// - Precondition: a coordinate for each variable that occurs.
  /// - Complexity: O(size of the function), and one product of scenarios with the origin for each expected
  ///   shortfall.
  public func translated(to origin: [Double]) -> ConvexFunction {
    switch self {
    case .affine(let f): .affine(f.translated(to: origin))
    case .absolute(let f): .absolute(f.translated(to: origin))
    case .maximum(let parts): .maximum(parts.map { $0.translated(to: origin) })
    case .sum(let parts): .sum(parts.map { $0.translated(to: origin) })
    case .scaled(let factor, let f): .scaled(factor, f.translated(to: origin))
    case .expectedShortfall(let f): .expectedShortfall(f.translated(to: origin))
    case .norm(let f): .norm(f.translated(to: origin))
    }
  }
}

extension ExpectedShortfallFunction {
  /// x ↦ ES(x − origin), over the same P&L matrix.
  public func translated(to origin: [Double]) -> ExpectedShortfallFunction {
    ExpectedShortfallFunction(
      profitAndLoss: profitAndLoss, baseLosses: losses(at: origin.map { -$0 }),
      confidence: confidence, weights: weights)
  }
}

extension DomainLimit {
  /// The same condition with its function translated.
  public func translated(to origin: [Double]) -> DomainLimit {
    DomainLimit(name, function.translated(to: origin), in: lower...upper)
  }
}

extension MarginFunction {
  /// The margin as a function of trades from another book: x ↦ f(x − origin).
  ///
  /// With `origin` the trades that lead from a book to the one that this face was made at, the result is a
  /// face of the same rule for trades from the former.
  public func translated(to origin: [Double]) -> MarginFunction {
    MarginFunction(
      function.translated(to: origin), relation: relation,
      domain: domain.map { $0.translated(to: origin) })
  }
}
