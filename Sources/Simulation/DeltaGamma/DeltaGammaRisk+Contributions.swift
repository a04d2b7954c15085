internal import LinearAlgebra

extension DeltaGammaRisk {
  /// What each part of the book adds to value-at-risk: its mean loss where the loss of the book is
  /// exactly value-at-risk. Parts that add up to the book have components that add up to its risk.
  ///
  /// - Parameter parts: quadratic P&L of the same factors, as of the positions.
  /// - Throws: `SimulationError` where a part does not fit, and `notConverged`.
  /// - Complexity: O(n³), and O(n²) for each part.
  public func valueAtRiskContributions(
    _ confidence: Double, of parts: [QuadraticProfitAndLoss]
  ) throws(SimulationError) -> RiskContribution {
    try contributions(of: parts, given: moments(confidence, .at))
  }

  /// What each part of the book adds to expected shortfall: its mean loss where the loss of the book
  /// exceeds value-at-risk.
  ///
  /// - Throws: As `valueAtRiskContributions`.
  /// - Complexity: O(n³), and O(n²) for each part.
  public func expectedShortfallContributions(
    _ confidence: Double, of parts: [QuadraticProfitAndLoss]
  ) throws(SimulationError) -> RiskContribution {
    try contributions(of: parts, given: moments(confidence, .beyond))
  }

  /// What each factor adds to value-at-risk, the mean of −Xᵢ(δᵢ + ½ (ΓX)ᵢ) at that loss, and last what
  /// the constant adds, −θ.
  /// - Throws: `SimulationError.notConverged`.
  public func valueAtRiskContributions(
    _ confidence: Double
  ) throws(SimulationError) -> RiskContribution {
    byFactor(try moments(confidence, .at))
  }

  /// What each factor adds to expected shortfall, and last what the constant adds.
  /// - Throws: `SimulationError.notConverged`.
  public func expectedShortfallContributions(
    _ confidence: Double
  ) throws(SimulationError) -> RiskContribution {
    byFactor(try moments(confidence, .beyond))
  }

  /// By how much value-at-risk and expected shortfall rise when a part is added to the book.
  /// - Throws: What `init` throws of the sum, and `notConverged`.
  /// - Complexity: That of another book: O(n³).
  public func incrementalRisk(
    _ confidence: Double, adding part: QuadraticProfitAndLoss
  ) throws(SimulationError) -> TailRisk {
    try part.check(factors: mean.count)
    let before = try tailRisk(confidence)
    let after = try DeltaGammaRisk(
      profitAndLoss + part, covariance: covariance, mean: mean, shape: shape
    ).tailRisk(confidence)
    return TailRisk(
      valueAtRisk: after.valueAtRisk - before.valueAtRisk,
      expectedShortfall: after.expectedShortfall - before.expectedShortfall)
  }
}

extension DeltaGammaRisk {
  private enum Condition { case at, beyond }

  /// Moments of the moves given the tail.
  private struct TailMoments {
    /// The measure that they belong to.
    let risk: Double
    /// E X and E XXᵀ.
    let first: [Double]
    let second: Matrix
  }

  /// With vⱼ(s) = s bⱼ/(1 − s λⱼ), E[Zⱼ e^{sY}] is vⱼ, and E[ZᵢZⱼ e^{sY}] is vᵢvⱼ + [i = j]/(1 − s λⱼ) times
  /// the transform, and the same integrals that give the tail give its moments. Under t factors Z is √W Z,
  /// and the second term is that of two degrees of freedom less.
  private func moments(
    _ confidence: Double, _ condition: Condition
  ) throws(SimulationError) -> TailMoments {
    requireConfidence(confidence)
    let p = 1 - confidence
    if law.standardDeviation == 0 {
      let still = mean.map { _ in 0.0 }
      return TailMoments(risk: centre, first: mean, second: moveSquares(still, covariance))
    }
    let (x, at, contour) = try law.quantile(tail: p)
    let n = slopes.count
    let excessScale = law.degreesOfFreedom.map { $0 / ($0 - 2) } ?? 1
    var (first, diagonal) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    var (left, right) = ([Double](), [Double]())
    contour.integrate(x) { s, weight, share in
      let (w, square) =
        condition == .at
        ? (weight * share, weight) : (weight / s, excessScale * (weight / (s * share)))
      let root = w.squareRoot
      for j in 0..<n {
        let inverse = Complex(1) / (Complex(1) - curvatures[j] * s)
        let v = slopes[j] * (s * inverse)
        first[j] += (w * v).imaginary
        diagonal[j] += (square * inverse).imaginary
        let scaled = root * v
        left.append(scaled.real)
        right.append(scaled.imaginary)
      }
    }
    let nodes = left.count / n
    // Im Σ y yᵀ = Σ (Re y)(Im y)ᵀ + its transpose.
    let product = Matrix.product(
      Matrix(rows: n, columns: nodes, elements: left),
      Matrix(rows: n, columns: nodes, elements: right), transposing: .right)
    var second = product + product.transposed
    for j in 0..<n { second[j, j] += diagonal[j] }

    let mass = condition == .at ? at.density : p
    if condition == .beyond && !contour.isUpper {
      // What the integrals give is minus the lower tail's.
      for j in 0..<n { second[j, j] += excessScale }
    }
    let z = rotation * first.map { $0 / mass }
    let Y = root * z
    let turned = Matrix.product(root, rotation)
    let squares = Matrix.product(
      Matrix.product(turned, (1 / mass) * second), turned, transposing: .right)
    let excess = contour.isUpper ? at.excess : law.mean - x + at.excess
    return TailMoments(
      risk: centre + x + (condition == .at ? 0 : excess / p), first: zip(mean, Y).map(+),
      second: moveSquares(Y, squares))
  }

  /// E XXᵀ of X = μ + Y from E Y and E YYᵀ.
  private func moveSquares(_ Y: [Double], _ squares: Matrix) -> Matrix {
    Matrix(rows: mean.count, columns: mean.count) { i, j in
      squares[i, j] + mean[i] * Y[j] + Y[i] * mean[j] + mean[i] * mean[j]
    }
  }

  private func contributions(
    of parts: [QuadraticProfitAndLoss], given moments: TailMoments
  ) throws(SimulationError) -> RiskContribution {
    for part in parts { try part.check(factors: mean.count) }
    let components = parts.map { part in
      -(part.constant + dot(part.delta, moments.first)
        + 0.5 * dot(part.gamma.elements, moments.second.elements))
    }
    return RiskContribution(total: moments.risk, components: components, marginals: components)
  }

  private func byFactor(_ moments: TailMoments) -> RiskContribution {
    let (δ, Γ) = (profitAndLoss.delta, profitAndLoss.gamma)
    let components =
      δ.indices.map { i in
        -(δ[i] * moments.first[i]
          + 0.5 * δ.indices.lazy.map { Γ[i, $0] * moments.second[i, $0] }.compensatedSum())
      } + [-profitAndLoss.constant]
    return RiskContribution(total: moments.risk, components: components, marginals: components)
  }
}
