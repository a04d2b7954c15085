internal import LinearAlgebra

extension InteriorPointSolver {
  /// The candidate with one multiplier changed so that the duality gap vanishes, if that is better.
  ///
  /// Where stationarity and feasibility hold to rounding, what is left of the gap is the sum of the
  /// roundings of its terms, some 1e-16 of the objective. The gap is one more linear equation in the
  /// multipliers: a change δ of one with the side b moves it by bδ and stationarity by at most
  /// max|aᵢⱼ| |δ|. The multiplier is chosen whose change disturbs least and whose own rounding, times b,
  /// is finest. Whoever checks an answer with plain sums finds a gap that differs from the exact one by
  /// the rounding of these sums; the one in the middle between the two is brought to zero.
  func balancingGap(
    _ candidate: Candidate, _ residuals: KKTResiduals
  ) -> (Candidate, KKTResiduals) {
    var best = (candidate, residuals)
    for _ in 0..<3 {
      let others = max(best.1.primal, best.1.dual)
      let plain = problem.plainGap(at: best.0.x, best.0.duals)
      let worst = max(best.1.gap, abs(plain))
      guard worst > 0.5 * settings.tolerance, worst > others else { break }
      let middle = 0.5 * (plain + problem.signedGap(at: best.0.x, best.0.duals))
      guard let changed = closing(middle, worst, best.0) else { break }
      let residuals = KKTResiduals(of: problem, x: changed.x, duals: changed.duals)
      let new = max(residuals.largest, abs(problem.plainGap(at: changed.x, changed.duals)))
      guard new < worst else { break }
      best = (changed, residuals)
    }
    return best
  }

  /// The candidate with the multiplier changed that closes the gap at the least disturbance, unless that
  /// exceeds `limit`.
  private func closing(_ gap: Double, _ limit: Double, _ candidate: Candidate) -> Candidate? {
    var least = Double.infinity
    var choice: (part: WritableKeyPath<Duals, [Double]>, index: Int, value: Double)?
    func consider(
      _ part: WritableKeyPath<Duals, [Double]>, _ index: Int, side: Double, entries: Double
    ) {
      let multiplier = candidate.duals[keyPath: part][index]
      guard multiplier != 0, side.isFinite, side != 0, entries > 0 else { return }
      let δ = -gap / side
      let new = multiplier + δ
      guard new * multiplier > 0 else { return }
      let disturbance = max(abs(δ) * entries, abs(multiplier * side) * 0x1p-53)
      guard disturbance < 0.5 * least else { return }
      least = disturbance
      choice = (part, index, new)
    }
    for (j, z) in candidate.duals.bounds.enumerated() where z != 0 {
      let side = z > 0 ? problem.upperBounds[j] : problem.lowerBounds[j]
      consider(\.bounds, j, side: side, entries: 1)
    }
    let equalityNorms = problem.equalityMatrix.rowNorms
    for (i, y) in candidate.duals.equality.enumerated() where y != 0 {
      consider(\.equality, i, side: problem.equalityValues[i], entries: equalityNorms[i])
    }
    let inequalityNorms = problem.inequalityMatrix.rowNorms
    for (i, w) in candidate.duals.inequality.enumerated() where w != 0 {
      let side = w > 0 ? problem.inequalityUpper[i] : problem.inequalityLower[i]
      consider(\.inequality, i, side: side, entries: inequalityNorms[i])
    }
    guard let choice, least < limit else { return nil }
    var result = candidate
    result.duals[keyPath: choice.part][choice.index] = choice.value
    return result
  }
}

extension QuadraticProgram {
  /// xᵀPx + cᵀx + bᵀy + uᵀw⁺ + lᵀw⁻ + xuᵀz⁺ + xlᵀz⁻, compensated.
  fileprivate func signedGap(at x: [Double], _ duals: Duals) -> Double {
    gap(at: x, duals, quadraticCost?.compensatedProduct(x) ?? [])
  }

  /// The same as it comes out with Px in plain sums.
  fileprivate func plainGap(at x: [Double], _ duals: Duals) -> Double {
    gap(at: x, duals, quadraticCost?.multiplying(x) ?? [])
  }

  private func gap(at x: [Double], _ duals: Duals, _ Px: [Double]) -> Double {
    var sum = CompensatedSum()
    for (xⱼ, Pxⱼ) in zip(x, Px) { sum.add(xⱼ, times: Pxⱼ) }
    for (xⱼ, cⱼ) in zip(x, linearCost) { sum.add(xⱼ, times: cⱼ) }
    for (b, y) in zip(equalityValues, duals.equality) { sum.add(b, times: y) }
    TwoSided(duals.inequality, inequalityLower, inequalityUpper).addSupport(to: &sum)
    TwoSided(duals.bounds, lowerBounds, upperBounds).addSupport(to: &sum)
    return sum.value
  }
}

extension SparseMatrix {
  /// The largest magnitude in each row.
  fileprivate var rowNorms: [Double] {
    var norms = [Double](repeating: 0, count: rows)
    for (k, i) in rowIndices.enumerated() { norms[Int(i)] = max(norms[Int(i)], abs(values[k])) }
    return norms
  }
}
