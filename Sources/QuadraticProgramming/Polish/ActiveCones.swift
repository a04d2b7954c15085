/// The second-order cones of ``ActiveSides``.
///
/// At a solution a cone has its slack s inside and λ = 0, or s = 0 and λ inside, or both at the boundary:
///
///     φ(s) = s₀ − ‖s₁‖ = 0,    λ = ν q,    q = (1, −ŝ),   ŝ = s₁/‖s₁‖,   ν ≥ 0.
///
/// With s + Δs the λ turns too. For λ at hand, λ₁ = −νŝ + λ₊ with λ₊ ⟂ ŝ,
///
///     qᵀΔs = −φ,    Δλ₊ + (ν/‖s₁‖) Δs₊ = −λ₊
///
/// are Newton's equations. With gΔx = −Δs they are gΔx − CΔλ = ½ φ q + (‖s₁‖/ν) (0, λ₊) for a C that is 0
/// along q, ∞ along (1, ŝ), where there is no multiplier, and ‖s₁‖/ν across: the W² of a scaling with
/// η² = ‖s₁‖/ν, w along ŝ and a = (w₀ + ‖w₁‖)² → ∞. So the interior point method's factorizations serve.
/// λ is not computed from s, whose rounding it would have: what λ₊ leaves of sᵀλ is of second order.
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
  private static var a: Double { 1e7 }
  /// The weight of rows and of cones at their apex in a program with cones; its inverse is that of one
  /// whose slack is inside. Beside curved rows of uneven sizes larger ones leave the condensed matrix no
  /// digits, and Newton's steps do not converge.
  static var held: Double { 1e7 }

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
        for (k, i) in zip(cone.tail, cone.rows.dropFirst()) {
          v[i] = form.sideSign[k] * iterate.v.λ[k] / iterate.τ
        }
        setHead(of: cone, form)
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

  /// λ₀ = ‖λ₁‖.
  private func setHead(of cone: SecondOrderCone, _ form: borrowing StandardForm) {
    var sum = 0.0
    for i in cone.rows.dropFirst() { sum += v[i] * v[i] }
    v[cone.rows.lowerBound] = form.sideSign[cone.head] * sum.squareRoot()
  }

  var hasBoundaryCones: Bool { cones.contains { if case .boundary = $0 { true } else { false } } }

  /// Takes the slacks from the values of the rows.
  func takeSlacks(from value: borrowing Buffer, _ form: borrowing StandardForm) {
    for cone in form.cone.secondOrder {
      for (k, i) in zip(cone.sides, cone.rows) {
        slack[k] = form.h[k] - form.sideSign[k] * value[i]
      }
    }
  }

  /// ‖s₁‖/ν.
  private func acrossWeight(_ cone: SecondOrderCone) -> Double {
    let ratio = cone.tailNorm(slack) / abs(v[cone.rows.lowerBound])
    return ratio.isFinite ? min(max(ratio, 1 / Self.held), Self.held) : Self.held
  }

  /// λ₁ᵀŝ, as a multiplier of rows.
  private func along(_ cone: SecondOrderCone, _ rows: borrowing Buffer, _ norm: Double) -> Double {
    guard norm > 0 else { return 0 }
    var sum = 0.0
    for (k, i) in zip(cone.tail, cone.rows.dropFirst()) { sum += rows[i] * slack[k] / norm }
    return sum
  }

  /// Sets the C of the cones.
  func scaleCones(_ scaling: borrowing ConeScaling, _ form: borrowing StandardForm) {
    for cone in form.cone.secondOrder {
      switch cones[cone.index] {
      case .inside: scaling.set(cone, η²: Self.held, a: 1, along: slack)
      case .apex: scaling.set(cone, η²: 1 / Self.held, a: 1, along: slack)
      case .boundary: scaling.set(cone, η²: acrossWeight(cone), a: Self.a, along: slack)
      }
    }
  }

  /// Writes ½ φ q + (‖s₁‖/ν) (0, λ₊) into the rows of the cones at their boundary; the largest |φ| and
  /// |sᵀλ| in the units of the program.
  func loadCones(into rows: borrowing Buffer, _ form: borrowing StandardForm) -> Double {
    var largest = 0.0
    for cone in form.cone.secondOrder {
      guard case .boundary = cones[cone.index] else { continue }
      let (head, sign) = (cone.rows.lowerBound, form.sideSign[cone.head])
      let norm = cone.tailNorm(slack)
      let φ = slack[cone.head] - norm
      let inner = along(cone, v, norm)
      let weight = acrossWeight(cone)
      rows[head] = 0.5 * sign * φ
      for (k, i) in zip(cone.tail, cone.rows.dropFirst()) {
        let ŝ = norm > 0 ? slack[k] / norm : 0
        rows[i] = -0.5 * sign * φ * ŝ + weight * (v[i] - inner * ŝ)
      }
      let product = sign * (slack[cone.head] * v[head] + norm * inner)
      largest = max(largest, abs(φ) * form.slackScale(cone.head), abs(product) / form.costScale)
    }
    return largest
  }

  /// Adds Δλ without its part along (1, ŝ), where `rows` holds the change of the multipliers.
  func moveCones(by rows: borrowing Buffer, _ form: borrowing StandardForm) {
    for cone in form.cone.secondOrder {
      guard case .boundary = cones[cone.index] else { continue }
      let norm = cone.tailNorm(slack)
      let part = 0.5 * (rows[cone.rows.lowerBound] + along(cone, rows, norm))
      for (k, i) in zip(cone.tail, cone.rows.dropFirst()) {
        v[i] += rows[i] - (norm > 0 ? part * slack[k] / norm : 0)
      }
      setHead(of: cone, form)
    }
  }

  /// Lets go of cones with ν < 0 and takes those to their boundary whose slack is outside; false if there
  /// are none.
  mutating func changeCones(_ form: borrowing StandardForm, beyond tolerance: Double) -> Bool {
    var changed = false
    for cone in form.cone.secondOrder {
      switch cones[cone.index] {
      case .apex: continue
      case .boundary:
        // ν = −λ₁ᵀŝ.
        let inner = along(cone, v, cone.tailNorm(slack))
        guard form.sideSign[cone.head] * inner > 0 else { continue }
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
