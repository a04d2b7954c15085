/// A point of the homogeneous embedding: x, y, λ, the slacks s of the sides, and τ, κ.
struct Iterate: ~Copyable {
  let v: KKTVector
  let s: Buffer
  private let cone: SymmetricCone
  var τ = 1.0
  var κ = 1.0

  init(_ form: borrowing StandardForm) {
    v = KKTVector(form)
    s = Buffer(form.sideCount)
    cone = form.cone
  }

  /// (sᵀλ + τκ)/(degree of the cone + 1).
  var μ: Double { (s.dot(v.λ) + τ * κ) / Double(cone.degree + 1) }

  mutating func copy(from other: borrowing Iterate) {
    v.copy(from: other.v)
    s.copy(from: other.s)
    τ = other.τ
    κ = other.κ
  }

  mutating func advance(along step: borrowing Iterate, by α: Double) {
    v.add(α, step.v)
    s.add(α, step.s)
    τ += α * step.τ
    κ += α * step.κ
  }

  mutating func scale(by factor: Double) {
    v.scale(by: factor)
    s.scale(by: factor)
    τ *= factor
    κ *= factor
  }

  /// The largest α ≤ 1 for which s, λ stay in the cone, τ, κ nonnegative along the step.
  func stepLength(along step: borrowing Iterate) -> Double {
    var α = 1.0
    α = cone.stepLength(from: s, along: step.s, atMost: α)
    α = cone.stepLength(from: v.λ, along: step.v.λ, atMost: α)
    if step.τ < 0 { α = min(α, -τ / step.τ) }
    if step.κ < 0 { α = min(α, -κ / step.κ) }
    return α
  }
}
