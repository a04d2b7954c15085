/// How a quantile is read from a finite sample; the numbers are those of Hyndman and Fan, "Sample
/// quantiles in statistical packages", The American Statistician 50 (1996).
public enum QuantileType: Sendable, Hashable, CaseIterable {
  /// The order statistic L₍⌊n(1−α)⌋₊₁₎ of descending losses, the convention of `valueAtRisk(_:)`:
  /// the upper quantile inf { x : P(L ≤ x) > α }.
  case orderStatistic
  /// Type 1: the inverse of the empirical distribution, inf { x : P(L ≤ x) ≥ α }.
  case inverseEmpirical
  /// Type 7: linear between order statistics at 1 + (n − 1) α; numpy's and R's default.
  case linear
  /// Type 8: linear at ⅓ + (n + ⅓) α, nearly unbiased for the median whatever the distribution.
  case medianUnbiased
}

extension LossDistribution {
  /// Value-at-risk by a chosen type of sample quantile.
  ///
  /// - Precondition: `confidence` lies in (0, 1); the interpolated types (7 and 8) are defined for
  ///   equally likely scenarios only.
  /// - Complexity: O(n) expected; O(n log n) with weights.
  public func valueAtRisk(_ confidence: Double, type: QuantileType) -> Double {
    requireConfidence(confidence)
    let n = Double(count)
    switch type {
    case .orderStatistic: return valueAtRisk(confidence)
    case .inverseEmpirical:
      if weights != nil { return weightedLowerQuantile(confidence) }
      return ascending(wholeIfNear(n * confidence).rounded(.up))
    case .linear: return interpolated(confidence, shift: 1 - confidence)
    case .medianUnbiased: return interpolated(confidence, shift: (1 + confidence) / 3)
    }
  }

  /// The order statistic of a 1-based ascending rank, kept within the sample.
  func ascending(_ rank: Double) -> Double {
    Selection.ascending(Int(min(max(rank, 1), Double(count))) - 1, of: losses)
  }

  /// Linear between order statistics at rank nα + `shift`. The rounding of nα is carried along: n
  /// units in the last place of the rank would show in the value.
  private func interpolated(_ α: Double, shift: Double) -> Double {
    precondition(
      weights == nil,
      "Interpolated quantiles are not defined for weighted scenarios; use .orderStatistic.")
    let n = Double(count)
    let product = n * α
    let rounding = (-product).addingProduct(n, α)
    let fraction = (product - product.rounded(.down)) + rounding + shift
    let below = product.rounded(.down) + fraction.rounded(.down)
    let (a, b) = (ascending(below), ascending(below + 1))
    return a + (fraction - fraction.rounded(.down)) * (b - a)
  }

  /// The smallest loss such that the losses at and below it have a mass of `level` at least.
  private func weightedLowerQuantile(_ level: Double) -> Double {
    let order = losses.indices.sorted { losses[$0] < losses[$1] }
    var mass = 0.0
    for i in order {
      mass += weight(i)
      if mass >= level * (1 - 1e-12) { return losses[i] }
    }
    return losses[order[count - 1]]
  }
}
