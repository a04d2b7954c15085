/// One second-order cone u₀ ≥ ‖u₁‖ among the sides of a form, of dimension two or more.
///
/// Its distance to the boundary and its determinant u₀² − ‖u₁‖² = (u₀ + ‖u₁‖)(u₀ − ‖u₁‖) cancel near
/// the boundary, where the solutions lie; sums are carried in twice the working precision there.
struct SecondOrderCone {
  /// The place among the second-order cones.
  let index: Int
  /// The sides, contiguous; the first bounds the others.
  let sides: Range<Int>
  /// The rows [A; G] of the sides, contiguous as well.
  let rows: Range<Int>

  var head: Int { sides.lowerBound }
  var tail: Range<Int> { (sides.lowerBound + 1)..<sides.upperBound }

  func setToIdentity(_ v: borrowing Buffer) {
    for k in tail { v[k] = 0 }
    v[head] = 1
  }

  func tailNorm(_ v: borrowing Buffer) -> Double {
    var sum = 0.0
    for k in tail { sum += v[k] * v[k] }
    return sum.squareRoot()
  }

  /// u₀v₀ + sign · u₁ᵀv₁, compensated.
  func product(_ u: borrowing Buffer, _ v: borrowing Buffer, sign: Double) -> Double {
    var sum = CompensatedSum()
    sum.add(u[head], times: v[head])
    for k in tail { sum.add(sign * u[k], times: v[k]) }
    return sum.value
  }

  /// u₀² − ‖u₁‖².
  func determinant(_ u: borrowing Buffer) -> Double { product(u, u, sign: -1) }

  /// u₀ − ‖u₁‖: the smaller eigenvalue.
  func margin(_ u: borrowing Buffer) -> Double {
    let norm = tailNorm(u)
    guard u[head] > 0 else { return u[head] - norm }
    return determinant(u) / (u[head] + norm)
  }

  func shift(_ v: borrowing Buffer, by shift: Double, atLeast least: Double) {
    v[head] += shift
    v[head] += max(0, least - margin(v))
  }

  /// The largest α with v + αΔ in the cone, v inside it. The hyperbolic rotation that takes v/√det v to
  /// e takes Δ/√det v to ρ; then α = 1/(‖ρ₁‖ − ρ₀). Vandenberghe (2010), section 8.3.
  func stepLength(from v: borrowing Buffer, along Δ: borrowing Buffer) -> Double {
    let det = determinant(v)
    guard det > 0, v[head] > 0 else { return 0 }
    let root = det.squareRoot()
    let inner = product(v, Δ, sign: -1) / root
    let factor = (inner + Δ[head]) / (v[head] / root + 1) / root
    var sum = 0.0
    for k in tail {
      let ρ = Δ[k] - factor * v[k]
      sum += ρ * ρ
    }
    let inverse = (sum.squareRoot() - inner) / root
    return inverse > 0 ? 1 / inverse : .infinity
  }

  /// out ← u ∘ u.
  func square(_ u: borrowing Buffer, into out: borrowing Buffer) {
    var sum = 0.0
    for k in sides { sum += u[k] * u[k] }
    for k in tail { out[k] = 2 * u[head] * u[k] }
    out[head] = sum
  }

  /// out ← out + u ∘ v.
  func addProduct(_ u: borrowing Buffer, _ v: borrowing Buffer, to out: borrowing Buffer) {
    let (u₀, v₀) = (u[head], v[head])
    var sum = u₀ * v₀
    for k in tail {
      sum += u[k] * v[k]
      out[k] += u₀ * v[k] + v₀ * u[k]
    }
    out[head] += sum
  }

  /// out ← λ \ v, the solution u of λ ∘ u = v, for λ inside the cone.
  func divide(_ v: borrowing Buffer, by λ: borrowing Buffer, into out: borrowing Buffer) {
    let first = product(λ, v, sign: -1) / determinant(λ)
    for k in tail { out[k] = (v[k] - first * λ[k]) / λ[head] }
    out[head] = first
  }

  /// out ← out + f(v): f acts on the eigenvalues v₀ ± ‖v₁‖.
  func addSpectral(
    _ v: borrowing Buffer, to out: borrowing Buffer, _ f: (Double) -> Double
  ) {
    let norm = tailNorm(v)
    let (high, low) = (f(v[head] + norm), f(v[head] - norm))
    out[head] += 0.5 * (high + low)
    guard norm > 0 else { return }
    let factor = 0.5 * (high - low) / norm
    for k in tail { out[k] += factor * v[k] }
  }
}
