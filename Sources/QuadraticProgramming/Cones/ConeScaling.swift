/// The scaling W of Nesterov and Todd at slacks s and multipliers λ.
///
/// In the orthant W² = s/λ. In a second-order cone, with s̄ = s/√det s, λ̂ = λ/√det λ,
///
///     γ = √((1 + s̄ᵀλ̂)/2),   w = (s̄ + Jλ̂)/(2γ),   η = (det s/det λ)^¼,   J = diag(1, −I),
///     W = η [w₀ w₁ᵀ; w₁ I + w₁w₁ᵀ/(1 + w₀)],   W² = η² (2wwᵀ − J),   W⁻² = η⁻² (2Jw(Jw)ᵀ − J),
///
/// and w₀ = √(1 + ‖w₁‖²). Vandenberghe (2010), section 4.2.
struct ConeScaling: ~Copyable {
  /// s/λ per side of the orthant, and w on the sides of the second-order cones.
  let ratio: Buffer
  /// λ/s summed over the sides of an entry of [Ax; Gx; x]; of a second-order cone η⁻² in the rows of
  /// its tail and zero in that of its head: what is left there of W⁻² are ``ConeRows``.
  let weights: Buffer
  /// η per second-order cone.
  let η: Buffer
  /// λ̄ on the sides of the second-order cones.
  let λ̄: Buffer
  /// Work space on the sides.
  let first: Buffer
  let second: Buffer
  let third: Buffer

  init(_ form: borrowing StandardForm) {
    let hasCones = !form.cone.secondOrder.isEmpty
    ratio = Buffer(form.sideCount)
    weights = Buffer(form.entryCount)
    η = Buffer(form.cone.secondOrder.count)
    λ̄ = Buffer(hasCones ? form.sideCount : 0)
    first = Buffer(hasCones ? form.sideCount : 0)
    second = Buffer(hasCones ? form.sideCount : 0)
    third = Buffer(hasCones ? form.sideCount : 0)
  }

  /// Takes s and λ; false if one of them is not inside the cone.
  func update(
    _ form: borrowing StandardForm, slacks s: borrowing Buffer, multipliers λ: borrowing Buffer
  ) -> Bool {
    weights.fill(0)
    for k in 0..<form.cone.orthant.count {
      ratio[k] = s[k] / λ[k]
      weights[form.sideRow[k]] += λ[k] / s[k]
    }
    for cone in form.cone.secondOrder {
      guard update(cone, s, λ) else { return false }
      for row in cone.rows { weights[row] = 1 / (η[cone.index] * η[cone.index]) }
      weights[cone.rows.lowerBound] = 0
    }
    return true
  }

  private func update(
    _ cone: SecondOrderCone, _ s: borrowing Buffer, _ λ: borrowing Buffer
  ) -> Bool {
    let (detS, detΛ) = (cone.determinant(s), cone.determinant(λ))
    guard detS > 0, detΛ > 0, s[cone.head] > 0, λ[cone.head] > 0 else { return false }
    let (rootS, rootΛ) = (detS.squareRoot(), detΛ.squareRoot())
    let γ = (0.5 * (1 + cone.product(s, λ, sign: 1) / rootS / rootΛ)).squareRoot()
    η[cone.index] = (rootS / rootΛ).squareRoot()
    let size = (rootS * rootΛ).squareRoot()
    let (s₀, λ₀) = (s[cone.head] / rootS, λ[cone.head] / rootΛ)
    let (a, b) = ((γ + λ₀) / (s₀ + λ₀ + 2 * γ), (γ + s₀) / (s₀ + λ₀ + 2 * γ))
    var sum = 0.0
    for k in cone.tail {
      let (sₖ, λₖ) = (s[k] / rootS, λ[k] / rootΛ)
      ratio[k] = (sₖ - λₖ) / (2 * γ)
      λ̄[k] = size * (a * sₖ + b * λₖ)
      sum += ratio[k] * ratio[k]
    }
    ratio[cone.head] = (1 + sum).squareRoot()
    λ̄[cone.head] = size * γ
    return ratio[cone.head].isFinite && η[cone.index] > 0 && η[cone.index].isFinite
  }

  /// out ← W v on the sides of a cone.
  func multiply(_ cone: SecondOrderCone, _ v: borrowing Buffer, into out: borrowing Buffer) {
    multiply(cone, v, sign: 1, factor: η[cone.index], into: out)
  }

  /// out ← W⁻¹ v on the sides of a cone.
  func divide(_ cone: SecondOrderCone, _ v: borrowing Buffer, into out: borrowing Buffer) {
    multiply(cone, v, sign: -1, factor: 1 / η[cone.index], into: out)
  }

  private func multiply(
    _ cone: SecondOrderCone, _ v: borrowing Buffer, sign: Double, factor: Double,
    into out: borrowing Buffer
  ) {
    let (w₀, v₀) = (ratio[cone.head], v[cone.head])
    var inner = 0.0
    for k in cone.tail { inner += ratio[k] * v[k] }
    let along = sign * v₀ + inner / (1 + w₀)
    for k in cone.tail { out[k] = factor * (v[k] + along * ratio[k]) }
    out[cone.head] = factor * (w₀ * v₀ + sign * inner)
  }

  /// out ← W² v on the sides of a cone.
  func multiplySquare(_ cone: SecondOrderCone, _ v: borrowing Buffer, into out: borrowing Buffer) {
    let factor = η[cone.index] * η[cone.index]
    let inner = 2 * cone.product(ratio, v, sign: 1)
    let v₀ = v[cone.head]
    for k in cone.tail { out[k] = factor * (inner * ratio[k] + v[k]) }
    out[cone.head] = factor * (inner * ratio[cone.head] - v₀)
  }

  /// v ← W⁻² v, where v starts at the row or side of the head.
  func divideSquare(_ cone: SecondOrderCone, _ v: UnsafeMutablePointer<Double>) {
    let factor = 1 / (η[cone.index] * η[cone.index])
    let w = ratio.pointer + cone.head
    var sum = CompensatedSum()
    sum.add(w[0], times: v[0])
    for k in 1..<cone.sides.count { sum.add(-w[k], times: v[k]) }
    let inner = 2 * sum.value
    v[0] = factor * (inner * w[0] - v[0])
    for k in 1..<cone.sides.count { v[k] = factor * (v[k] - inner * w[k]) }
  }

  /// Adds W² to the lower triangle of a matrix, its first element at the head of the cone.
  func addSquare(
    _ cone: SecondOrderCone, to target: UnsafeMutablePointer<Double>, stride: Int
  ) {
    let factor = η[cone.index] * η[cone.index]
    let w = ratio.pointer + cone.head
    for j in 0..<cone.sides.count {
      for i in j..<cone.sides.count { target[i + j * stride] += 2 * factor * w[j] * w[i] }
      target[j + j * stride] += j == 0 ? -factor : factor
    }
  }

  /// Writes the elements of row k of ±W² up to the diagonal.
  func copyRowOfSquare(
    _ cone: SecondOrderCone, _ k: Int, sign: Double, to target: UnsafeMutablePointer<Double>
  ) {
    let factor = sign * η[cone.index] * η[cone.index]
    let w = ratio.pointer + cone.head
    for l in 0...k { target[l] = 2 * factor * w[k] * w[l] }
    target[k] += k == 0 ? -factor : factor
  }

  /// The sparse expansion W² = η² (I + uuᵀ − vvᵀ), u = (u₀, u₁w₁), v = (v₀, v₁w₁), in which I − vvᵀ is
  /// definite.
  ///
  /// W² has the eigenvalues η²a, η²/a, a = (w₀ + ‖w₁‖)², along (1, ±w₁/‖w₁‖)/√2, and η² across; hence
  /// ‖u‖² = a − 1 and ‖v‖² = 1 − 1/a along these two. The expansions of Domahidi, "Methods and tools for
  /// embedded optimization and control" (2013), section 9.4, and of Goulart and Chen (2024) have v₀ = 0
  /// and at the head a pivot of about 1/a in the place of 1, which loses digits where it comes early.
  func expansion(_ cone: SecondOrderCone) -> (u₀: Double, u₁: Double, v₀: Double, v₁: Double) {
    let norm = cone.tailNorm(ratio)
    guard norm > 0 else { return (0, 0, 0, 0) }
    let sum = ratio[cone.head] + norm
    let (u₀, v₀) = ((norm * sum).squareRoot(), (norm / sum).squareRoot())
    return (u₀, u₀ / norm, v₀, -v₀ / norm)
  }

  /// first ← W⁻¹Δs, second ← WΔλ on the sides of a cone.
  func scaleSteps(_ cone: SecondOrderCone, _ Δs: borrowing Buffer, _ Δλ: borrowing Buffer) {
    divide(cone, Δs, into: first)
    multiply(cone, Δλ, into: second)
  }

  /// ‖Wv‖² on the sides of a cone.
  func squaredNorm(_ cone: SecondOrderCone, _ v: borrowing Buffer) -> Double {
    multiply(cone, v, into: first)
    var sum = 0.0
    for k in cone.sides { sum += first[k] * first[k] }
    return sum
  }
}
