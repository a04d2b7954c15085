extension SIMMPortfolio {
  /// The margin as a convex function of whatever the amounts of the sensitivities are affine functions of.
  ///
  /// K of a bucket is a norm while no name is concentrated, and so is the margin of one bucket; product
  /// classes are norms of the margins of their risk classes. That is exact for books without curvature whose
  /// risk classes have one bucket each. Elsewhere the function is never below the margin:
  /// - over several buckets |S| ≤ K makes √(ΣK² + Σ|γ|KK) a bound, a norm of norms;
  /// - curvature is bounded with the largest λ, that of θ = 0;
  /// - a name that is concentrated already, to c = |s|/T, is held to that: by Minkowski's inequality, over the
  ///   layers of c, K ≤ ‖w‖ + Σ √(c − 1) |w|.
  ///
  /// The floor takes as they are the parts that are convex, and where they are not:
  /// - over several buckets √(ΣK² + Σγ S S) ≥ √λ ‖K‖, with λ the least eigenvalue of Γ. For S = sK, |s| ≤ 1,
  ///   the form is diag(1 − s²) + diag(s) Γ diag(s) ⪰ diag(1 − s² (1 − λ)) ⪰ λ;
  /// - curvature is at least the sum of its amounts, and never negative;
  /// - names count as if none were concentrated: concentrations add layers of positive semidefinite forms.
  ///
  /// The domain keeps every concentration where it is, or below its threshold.
  ///
  /// - Precondition: an affine function for each of ``sensitivities``; its constant is the amount before any
  ///   trade.
  public func marginFunction(amounts functions: [AffineFunction]) -> MarginFunction {
    precondition(
      functions.count == sensitivities.count, "SIMM needs an amount for each of its sensitivities.")
    let amounts = simm.side == .call ? functions : functions.map { -$0 }
    var shape = SIMMShape(kernel: kernel, amounts: amounts, sensitivities: sensitivities)
    let function = shape.function(addOn: addOn)
    shape.addDomain()
    if shape.reasons.isEmpty { return MarginFunction(function, domain: shape.domain) }
    return MarginFunction(
      function, relation: .upperBound(reason: shape.reasons.joined(separator: "; ")),
      floor: MarginFloor { [kernel, sensitivities, addOn] _, _, _ in
        var floor = SIMMShape(
          kernel: kernel, amounts: amounts, sensitivities: sensitivities, isFloor: true)
        return floor.function(addOn: addOn)
      }, domain: shape.domain)
  }
}
