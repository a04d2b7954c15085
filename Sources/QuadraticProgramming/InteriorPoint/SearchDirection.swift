/// The search direction of the homogeneous embedding: predictor, corrector, further correctors.
///
/// The Newton equations, with targets d for the residuals and the complementarity products,
///
///     P Δx + AᵀΔy + gᵀΔλ + c Δτ = −dx,     A Δx − b Δτ = −dy,     g Δx + Δs − h Δτ = −dλ,
///     Δκ + cᵀΔx + bᵀΔy + hᵀΔλ + 2ξᵀPΔx − ξᵀPξ Δτ = −dτ,         ξ = x/τ,
///     λ Δs + s Δλ = −ds,     κ Δτ + τ Δκ = −dκ,
///
/// are solved with two right-hand sides on one factorization: Δ = Δ₁ + Δτ Δ₂, where Δ₂ belongs to
/// (−c, b, h). Goulart and Chen (2024), section 4.
struct SearchDirection: ~Copyable {
  static let stepFraction = 0.99
  static let correctorLimit = 2
  /// The error of a refined solution, relative, from which on more regularisation is tried.
  static let acceptedError = 1e-9

  var step: Iterate
  let right: KKTVector
  /// Δ₂.
  let constant: KKTVector
  /// The direction before a further corrector.
  private var saved: Iterate
  private let ds: Buffer
  /// PΔ₂x.
  private let PΔ: Buffer
  private var dκ = 0.0

  init(_ form: borrowing StandardForm) {
    step = Iterate(form)
    saved = Iterate(form)
    right = KKTVector(form)
    constant = KKTVector(form)
    ds = Buffer(form.sideCount)
    PΔ = Buffer(form.n)
  }

  /// Computes the direction into `step` and returns the length of the step along it.
  mutating func compute(
    at iterate: borrowing Iterate, _ residuals: borrowing Residuals, _ form: borrowing StandardForm,
    _ system: borrowing KKTSystem
  ) -> Double {
    let μ = iterate.μ
    solveConstant(form, system)

    for k in 0..<ds.count { ds[k] = iterate.s[k] * iterate.v.λ[k] }
    dκ = iterate.κ * iterate.τ
    solve(at: iterate, residuals, form, system, remaining: 1)
    let α_aff = iterate.stepLength(along: step)
    let σ = (1 - α_aff) * (1 - α_aff) * (1 - α_aff)

    for k in 0..<ds.count {
      ds[k] = iterate.s[k] * iterate.v.λ[k] + step.s[k] * step.v.λ[k] - σ * μ
    }
    dκ = iterate.κ * iterate.τ + step.κ * step.τ - σ * μ
    solve(at: iterate, residuals, form, system, remaining: 1 - σ)
    var α = iterate.stepLength(along: step)

    for _ in 0..<Self.correctorLimit where α < 0.9 {
      let better = correct(at: iterate, residuals, form, system, σ: σ, μ: μ, α: α)
      guard better > α else { break }
      α = better
    }
    return Self.stepFraction * α
  }

  private func solveConstant(_ form: borrowing StandardForm, _ system: borrowing KKTSystem) {
    for j in 0..<form.n { right.x[j] = -form.c[j] }
    right.y.copy(from: form.b)
    right.λ.copy(from: form.h)
    var error = system.solve(form, right, into: constant)
    while error > Self.acceptedError, system.refactor(form) {
      let new = system.solve(form, right, into: constant)
      if new > 0.5 * error {
        // More regularisation made it no better: the matrix is near singular along the solution.
        if new > error, system.restore(form) { system.solve(form, right, into: constant) }
        return
      }
      error = new
    }
  }

  /// Solves for the targets `ds`, `dκ` and the fraction `remaining` of the residuals.
  private mutating func solve(
    at iterate: borrowing Iterate, _ residuals: borrowing Residuals, _ form: borrowing StandardForm,
    _ system: borrowing KKTSystem, remaining η: Double
  ) {
    let τ = iterate.τ
    for j in 0..<form.n { right.x[j] = -η * residuals.ρ.x[j] }
    for i in 0..<form.p { right.y[i] = -η * residuals.ρ.y[i] }
    for k in 0..<ds.count { right.λ[k] = -η * residuals.ρ.λ[k] + ds[k] / iterate.v.λ[k] }
    system.solve(form, right, into: step.v)

    var numerator = η * residuals.ρτ - dκ / τ
    numerator += form.c.dot(step.v.x) + form.b.dot(step.v.y) + form.h.dot(step.v.λ)
    if form.hasQuadraticCost { numerator += 2 * residuals.Px.dot(step.v.x) / τ }
    let Δτ = numerator / denominator(at: iterate, residuals, form)
    step.v.add(Δτ, constant)
    step.τ = Δτ
    step.κ = -(dκ + iterate.κ * Δτ) / τ
    for k in 0..<ds.count {
      step.s[k] = -(ds[k] + iterate.s[k] * step.v.λ[k]) / iterate.v.λ[k]
    }
  }

  /// κ/τ − cᵀΔ₂x − bᵀΔ₂y − hᵀΔ₂λ − 2ξᵀPΔ₂x + ξᵀPξ. In exact arithmetic this is the sum of squares
  /// κ/τ + ‖Δ₂x − ξ‖²_P + Σ (s/λ) Δ₂λ², which cannot cancel; where P is singular and Δ₂ carries
  /// regularisation that could not be refined away the first form is larger and the right one.
  private func denominator(
    at iterate: borrowing Iterate, _ residuals: borrowing Residuals, _ form: borrowing StandardForm
  ) -> Double {
    let τ = iterate.τ
    var direct = -form.c.dot(constant.x) - form.b.dot(constant.y) - form.h.dot(constant.λ)
    var squares = 0.0
    for k in 0..<ds.count {
      squares += iterate.s[k] / iterate.v.λ[k] * constant.λ[k] * constant.λ[k]
    }
    if form.hasQuadraticCost {
      form.multiplyP(constant.x, beta: 0, into: PΔ)
      let cross = residuals.xPx / (τ * τ) - 2 * residuals.Px.dot(constant.x) / τ
      squares += max(0, PΔ.dot(constant.x) + cross)
      direct += cross
    }
    return iterate.κ / τ + max(squares, direct)
  }

  /// One further corrector (J. Gondzio, "Multiple centrality corrections in a primal-dual method for
  /// linear programming", 1996): the products that a longer step would give are pushed into
  /// [0.1, 10] times the target. Keeps the old direction and returns zero if that does not help.
  private mutating func correct(
    at iterate: borrowing Iterate, _ residuals: borrowing Residuals, _ form: borrowing StandardForm,
    _ system: borrowing KKTSystem, σ: Double, μ: Double, α: Double
  ) -> Double {
    let trial = min(1, α + 0.3)
    let target = max(σ, 1e-6) * μ
    func excess(_ product: Double) -> Double {
      min(product - min(max(product, 0.1 * target), 10 * target), 10 * target)
    }
    saved.copy(from: step)
    for k in 0..<ds.count {
      ds[k] += excess(
        (iterate.s[k] + trial * step.s[k]) * (iterate.v.λ[k] + trial * step.v.λ[k]))
    }
    dκ += excess((iterate.κ + trial * step.κ) * (iterate.τ + trial * step.τ))
    solve(at: iterate, residuals, form, system, remaining: 1 - σ)
    let new = iterate.stepLength(along: step)
    if new >= α + 0.03 { return new }
    step.copy(from: saved)
    return 0
  }
}
