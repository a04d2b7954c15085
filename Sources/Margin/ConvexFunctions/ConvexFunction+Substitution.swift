import LinearAlgebra

extension AffineFunction {
  /// x ↦ f(x − origin).
  ///
  /// - Precondition: a coordinate for each variable that occurs.
  public func translated(to origin: [Double]) -> AffineFunction {
    var moved = self
    moved.constant -= zip(indices, coefficients).reduce(0) { $0 + $1.1 * origin[$1.0] }
    return moved
  }

  /// x ↦ f(v₁(x), v₂(x), …).
  ///
  /// - Precondition: a function for each variable that occurs.
  public func substituting(_ variables: [AffineFunction]) -> AffineFunction {
    AffineFunction(sumOf: indices.map { variables[$0] }, times: coefficients) + constant
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
    withAtoms({ $0.translated(to: origin) }, { $0.translated(to: origin) })
  }

  /// x ↦ f(v₁(x), v₂(x), …): convex, since the variables are affine.
  ///
  /// - Precondition: a function for each variable that occurs.
  public func substituting(_ variables: [AffineFunction]) -> ConvexFunction {
    withAtoms({ $0.substituting(variables) }, { $0.substituting(variables) })
  }

  /// The same expression of other atoms.
  private func withAtoms(
    _ affine: (AffineFunction) -> AffineFunction,
    _ shortfall: (ExpectedShortfallFunction) -> ExpectedShortfallFunction
  ) -> ConvexFunction {
    switch self {
    case .affine(let f): .affine(affine(f))
    case .absolute(let f): .absolute(affine(f))
    case .maximum(let parts): .maximum(parts.map { $0.withAtoms(affine, shortfall) })
    case .sum(let parts): .sum(parts.map { $0.withAtoms(affine, shortfall) })
    case .scaled(let factor, let f): .scaled(factor, f.withAtoms(affine, shortfall))
    case .expectedShortfall(let f): .expectedShortfall(shortfall(f))
    case .norm(let f): .norm(f.withParts { $0.withAtoms(affine, shortfall) })
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

  /// x ↦ ES(v₁(x), v₂(x), …): with v = Ax + b the P&L is RA, and the base losses are L₀ − Rb. O(S · entries
  /// of A).
  ///
  /// - Precondition: a function for each instrument.
  public func substituting(_ variables: [AffineFunction]) -> ExpectedShortfallFunction {
    let rows = profitAndLoss.rows
    let count = variables.reduce(0) { max($0, ($1.indices.last ?? -1) + 1) }
    var combined = Matrix(rows: rows, columns: count)
    for (i, variable) in variables.enumerated() {
      for (j, a) in zip(variable.indices, variable.coefficients) {
        for s in 0..<rows {
          combined.elements[s + j * rows] += a * profitAndLoss.elements[s + i * rows]
        }
      }
    }
    return ExpectedShortfallFunction(
      profitAndLoss: combined, baseLosses: losses(at: variables.map(\.constant)),
      confidence: confidence, weights: weights)
  }
}

extension DomainLimit {
  /// The same condition on x − origin.
  public func translated(to origin: [Double]) -> DomainLimit {
    DomainLimit(name, function.translated(to: origin), in: lower...upper)
  }

  /// The same condition on functions in the place of the variables.
  public func substituting(_ variables: [AffineFunction]) -> DomainLimit {
    DomainLimit(name, function.substituting(variables), in: lower...upper)
  }
}

extension MarginFunction {
  /// The margin as a function of trades from another book: x ↦ f(x − origin).
  ///
  /// With `origin` the trades that lead from a book to the one that this face was made at, the result is a
  /// face of the same rule for trades from the former. It has no floor.
  public func translated(to origin: [Double]) -> MarginFunction {
    MarginFunction(
      function.translated(to: origin), relation: relation,
      domain: domain.map { $0.translated(to: origin) })
  }

  /// The margin as a function of what the trades depend on. It has no floor.
  public func substituting(_ variables: [AffineFunction]) -> MarginFunction {
    MarginFunction(
      function.substituting(variables), relation: relation,
      domain: domain.map { $0.substituting(variables) })
  }
}
