/// The second-order cones of ``ActiveSides``.
///
/// At a solution a cone has its slack s inside and λ = 0, or s = 0 and λ inside, or both at the boundary:
///
///     φ(s) = s₀ − ‖s₁‖ = 0,    λ = ν q,    q = (1, −ŝ),   ŝ = s₁/‖s₁‖,   ν ≥ 0.
///
/// Then q changes with s, Δλ = Δν q − (ν/‖s₁‖) (0, (I − ŝŝᵀ)Δs₁), and Newton's equation for φ is
/// qᵀΔs = −φ. With gΔx = −Δs these are gΔx − CΔλ = ½ φ q for a C that is 0 along q, ∞ along (1, ŝ),
/// where there is no multiplier, and ‖s₁‖/ν across: the W² of a scaling with η² = ‖s₁‖/ν, w along ŝ and
/// a = (w₀ + ‖w₁‖)² → ∞. So the interior point method's factorizations serve; ``ActiveSides/v`` holds ν in
/// the row of the head, and its other rows follow from x.
enum ActiveCone {
  /// λ = 0.
  case inside
  /// φ = 0.
  case boundary
  /// s = 0.
  case apex

  /// By the pairs of eigenvalues s₀ ∓ ‖s₁‖, λ₀ ± ‖λ₁‖, the products of which are μ: the larger is positive
  /// at the solution.
  init(_ cone: SecondOrderCone, _ s: borrowing Buffer, _ λ: borrowing Buffer) {
    if cone.margin(λ) > s[cone.head] + cone.tailNorm(s) {
      self = .apex
    } else {
      self = λ[cone.head] + cone.tailNorm(λ) > cone.margin(s) ? .boundary : .inside
    }
  }
}

extension ActiveSides {
  /// The ratio of the weights along q and across.
  private static var a: Double { 1e10 }
  /// The weight of a cone at its apex; its inverse is that of one whose slack is inside.
  private static var held: Double { 1e10 }

  /// Takes the multipliers of the cones at an iterate.
  mutating func takeCones(of iterate: borrowing Iterate, _ form: borrowing StandardForm) {
    for cone in form.cone.secondOrder {
      cones.append(ActiveCone(cone, iterate.s, iterate.v.λ))
      setState(of: cone)
      switch cones[cone.index] {
      case .inside: break
      case .apex:
        for (k, i) in zip(cone.sides, cone.rows) {
          v[i] = form.sideSign[k] * iterate.v.λ[k] / iterate.τ
        }
      case .boundary:
        let ν = 0.5 * (iterate.v.λ[cone.head] + cone.tailNorm(iterate.v.λ)) / iterate.τ
        v[cone.rows.lowerBound] = form.sideSign[cone.head] * ν
      }
    }
  }

  /// The rows at an apex are held one by one; all others of cones are not.
  private mutating func setState(of cone: SecondOrderCone) {
    var isHeld = false
    if case .apex = cones[cone.index] { isHeld = true }
    for i in cone.rows {
      state[i] = isHeld ? -1 : 0
      if !isHeld { v[i] = 0 }
    }
  }

  var hasBoundaryCones: Bool { cones.contains { if case .boundary = $0 { true } else { false } } }

  /// Takes the slacks from the values of the rows, and turns the multipliers at a boundary to them.
  func alignCones(_ value: borrowing Buffer, _ form: borrowing StandardForm) {
    for cone in form.cone.secondOrder {
      for (k, i) in zip(cone.sides, cone.rows) {
        slack[k] = form.h[k] - form.sideSign[k] * value[i]
      }
      guard case .boundary = cones[cone.index] else { continue }
      let norm = cone.tailNorm(slack)
      let ν = v[cone.rows.lowerBound]
      for (k, i) in zip(cone.tail, cone.rows.dropFirst()) {
        v[i] = norm > 0 ? -ν * slack[k] / norm : 0
      }
    }
  }

  /// Sets the C of the cones.
  func scaleCones(_ scaling: borrowing ConeScaling, _ form: borrowing StandardForm) {
    for cone in form.cone.secondOrder {
      switch cones[cone.index] {
      case .inside: scaling.set(cone, η²: Self.held, a: 1, along: slack)
      case .apex: scaling.set(cone, η²: 1 / Self.held, a: 1, along: slack)
      case .boundary:
        let ν = abs(v[cone.rows.lowerBound])
        let η² = min(max(cone.tailNorm(slack) / ν, 1 / Self.held), Self.held)
        scaling.set(cone, η²: η².isFinite ? η² : Self.held, a: Self.a, along: slack)
      }
    }
  }

  /// Writes ½ φ q into the rows of the cones at their boundary.
  func loadCones(into rows: borrowing Buffer, _ form: borrowing StandardForm) {
    for cone in form.cone.secondOrder {
      guard case .boundary = cones[cone.index] else { continue }
      let norm = cone.tailNorm(slack)
      let half = 0.5 * form.sideSign[cone.head] * (slack[cone.head] - norm)
      rows[cone.rows.lowerBound] = half
      for (k, i) in zip(cone.tail, cone.rows.dropFirst()) {
        rows[i] = norm > 0 ? -half * slack[k] / norm : 0
      }
    }
  }

  /// Adds Δν = ½ qᵀΔλ, where `rows` holds the change of the multipliers.
  func moveCones(by rows: borrowing Buffer, _ form: borrowing StandardForm) {
    for cone in form.cone.secondOrder {
      guard case .boundary = cones[cone.index] else { continue }
      let norm = cone.tailNorm(slack)
      var Δν = rows[cone.rows.lowerBound]
      for (k, i) in zip(cone.tail, cone.rows.dropFirst()) where norm > 0 {
        Δν -= rows[i] * slack[k] / norm
      }
      v[cone.rows.lowerBound] += 0.5 * Δν
    }
  }

  /// Lets go of cones with ν < 0 and takes those to their boundary whose slack is outside; false if there
  /// are none.
  mutating func changeCones(_ form: borrowing StandardForm, beyond tolerance: Double) -> Bool {
    var changed = false
    for cone in form.cone.secondOrder {
      let head = cone.rows.lowerBound
      switch cones[cone.index] {
      case .apex: continue
      case .boundary:
        guard form.sideSign[cone.head] * v[head] < 0 else { continue }
        cones[cone.index] = .inside
      case .inside:
        let outside = cone.tailNorm(slack) - slack[cone.head]
        guard outside * form.slackScale(cone.head) > tolerance else { continue }
        cones[cone.index] = .boundary
      }
      setState(of: cone)
      changed = true
    }
    return changed
  }
}

extension ConeScaling {
  /// Sets W² of a cone to have the eigenvalues η²a and η²/a along (1, ±ŝ) and η² across.
  func set(_ cone: SecondOrderCone, η²: Double, a: Double, along s: borrowing Buffer) {
    let norm = cone.tailNorm(s)
    let (root, inverse) = (a.squareRoot(), 1 / a.squareRoot())
    η[cone.index] = η².squareRoot()
    ratio[cone.head] = 0.5 * (root + inverse)
    for k in cone.tail { ratio[k] = norm > 0 ? 0.5 * (root - inverse) * s[k] / norm : 0 }
    if norm == 0 { ratio[cone.head] = 1 }
    for i in cone.rows { weights[i] = 1 / η² }
    weights[cone.rows.lowerBound] = 0
  }
}
