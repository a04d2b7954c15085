/// The cone K of the slacks: a nonnegative orthant and second-order cones, side after side.
///
/// The inequality sides of a form read gx + s = h, s ∈ K, with multipliers λ ∈ K, sᵀλ → 0. Both kinds
/// of cone are symmetric, so that one derivation serves them. A Jordan product u ∘ v has K as its cone
/// of squares and the identity e,
///
///     orthant        (u ∘ v)ᵢ = uᵢvᵢ,                              e = (1, …, 1),
///     second order   u ∘ v = (uᵀv, u₀v₁ + v₀u₁),                   e = (1, 0, …, 0),
///
/// where u = (u₀, u₁). For s, λ inside K there is one symmetric scaling W with Wλ = W⁻¹s =: λ̄, that
/// of Nesterov and Todd, which leaves K as it is. The central path sᵢ∘λᵢ = μe is written
/// λ̄ ∘ λ̄ = μe, and its Newton equation in scaled directions is
///
///     λ̄ ∘ (WΔλ + W⁻¹Δs) = −ds   ⟺   Δs = −W(λ̄ \ ds) − W²Δλ,
///
/// with ds = λ̄∘λ̄ for the predictor and ds = λ̄∘λ̄ + (W⁻¹Δs)∘(WΔλ) − σμe for the corrector. The
/// reduced system so has −W² where a linear program has −s/λ. In the orthant W² = s/λ and
/// W(λ̄ \ ds) = ds/λ, for ds = sλ + ΔsΔλ − σμ. The degree of K, which divides sᵀλ to give μ, counts one
/// for each entry of the orthant and for each second-order cone.
///
/// E. D. Andersen, C. Roos, T. Terlaky, "On implementing a primal-dual interior-point method for conic
/// quadratic optimization" (2003); L. Vandenberghe, "The CVXOPT linear and quadratic cone program
/// solvers" (2010), sections 4 and 5.
struct SymmetricCone {
  let orthant: NonnegativeOrthant
  let secondOrder: [SecondOrderCone]

  /// The number ν of which sᵀλ = νμ on the central path.
  var degree: Int { orthant.count + secondOrder.count }

  /// Sets a vector to the identity e.
  func setToIdentity(_ v: borrowing Buffer) {
    for k in 0..<orthant.count { v[k] = 1 }
    for cone in secondOrder { cone.setToIdentity(v) }
  }

  /// Moves a vector into the cone by a multiple of e, and at least 1e-4 inside.
  /// Mehrotra (1992), section 7; Vandenberghe (2010), section 5.3.
  func shiftInside(_ v: borrowing Buffer) {
    var lowest = orthant.smallestMargin(v)
    for cone in secondOrder { lowest = min(lowest, cone.margin(v)) }
    guard lowest < 1 else { return }
    let shift = lowest <= 0 ? 1 - lowest : 0
    orthant.shift(v, by: shift, atLeast: 1e-4)
    for cone in secondOrder { cone.shift(v, by: shift, atLeast: 1e-4) }
  }

  /// The largest step, at most `α`, that keeps v + αΔ in the cone.
  func stepLength(from v: borrowing Buffer, along Δ: borrowing Buffer, atMost α: Double) -> Double {
    var α = orthant.stepLength(from: v, along: Δ, atMost: α)
    for cone in secondOrder { α = min(α, cone.stepLength(from: v, along: Δ)) }
    return α
  }

  /// ds ← λ̄ ∘ λ̄.
  func products(
    _ s: borrowing Buffer, _ λ: borrowing Buffer, _ scaling: borrowing ConeScaling,
    into ds: borrowing Buffer
  ) {
    for k in 0..<orthant.count { ds[k] = s[k] * λ[k] }
    for cone in secondOrder { cone.square(scaling.λ̄, into: ds) }
  }

  /// ds ← λ̄ ∘ λ̄ + (W⁻¹Δs) ∘ (WΔλ) − σμe.
  func correctedProducts(
    at iterate: borrowing Iterate, along step: borrowing Iterate,
    _ scaling: borrowing ConeScaling, center σμ: Double, into ds: borrowing Buffer
  ) {
    for k in 0..<orthant.count {
      ds[k] = iterate.s[k] * iterate.v.λ[k] + step.s[k] * step.v.λ[k] - σμ
    }
    for cone in secondOrder {
      cone.square(scaling.λ̄, into: ds)
      scaling.scaleSteps(cone, step.s, step.v.λ)
      cone.addProduct(scaling.first, scaling.second, to: ds)
      ds[cone.head] -= σμ
    }
  }

  /// ds ← ds + the excess of the eigenvalues of the products after a step of length α. A symmetric cone
  /// has them as the orthant has its entries; the excess acts on each alone.
  func addExcess(
    at iterate: borrowing Iterate, along step: borrowing Iterate, length α: Double,
    _ scaling: borrowing ConeScaling, to ds: borrowing Buffer, _ excess: (Double) -> Double
  ) {
    for k in 0..<orthant.count {
      ds[k] += excess((iterate.s[k] + α * step.s[k]) * (iterate.v.λ[k] + α * step.v.λ[k]))
    }
    for cone in secondOrder {
      scaling.scaleSteps(cone, step.s, step.v.λ)
      for k in cone.sides {
        scaling.first[k] = scaling.λ̄[k] + α * scaling.first[k]
        scaling.second[k] = scaling.λ̄[k] + α * scaling.second[k]
        scaling.third[k] = 0
      }
      cone.addProduct(scaling.first, scaling.second, to: scaling.third)
      cone.addSpectral(scaling.third, to: ds, excess)
    }
  }

  /// shift ← W(λ̄ \ ds), the part of −Δs that does not depend on Δλ.
  func complementarityShift(
    _ ds: borrowing Buffer, _ λ: borrowing Buffer, _ scaling: borrowing ConeScaling,
    into shift: borrowing Buffer
  ) {
    for k in 0..<orthant.count { shift[k] = ds[k] / λ[k] }
    for cone in secondOrder {
      cone.divide(ds, by: scaling.λ̄, into: scaling.first)
      scaling.multiply(cone, scaling.first, into: shift)
    }
  }

  /// Δs ← −W(λ̄ \ ds) − W²Δλ; on entry Δs holds the shift.
  func recoverSlackStep(
    _ ds: borrowing Buffer, at iterate: borrowing Iterate, _ scaling: borrowing ConeScaling,
    _ step: borrowing Iterate
  ) {
    for k in 0..<orthant.count {
      step.s[k] = -(ds[k] + iterate.s[k] * step.v.λ[k]) / iterate.v.λ[k]
    }
    for cone in secondOrder {
      scaling.multiplySquare(cone, step.v.λ, into: scaling.first)
      for k in cone.sides { step.s[k] = -(step.s[k] + scaling.first[k]) }
    }
  }
}
