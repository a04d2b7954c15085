/// The search direction of the homogeneous embedding: predictor, corrector, further correctors.
///
/// The Newton equations, with targets d for the residuals and the complementarity products,
///
///     P Δx + AᵀΔy + gᵀΔλ + c Δτ = −dx,     A Δx − b Δτ = −dy,     g Δx + Δs − h Δτ = −dλ,
///     Δκ + cᵀΔx + bᵀΔy + hᵀΔλ + 2ξᵀPΔx − ξᵀPξ Δτ = −dτ,         ξ = x/τ,
///     λ̄ ∘ (W⁻¹Δs + WΔλ) = −ds,     κ Δτ + τ Δκ = −dκ,
///
/// are solved with two right-hand sides on one factorization: Δ = Δ₁ + Δτ Δ₂, where Δ₂ belongs to
/// (−c, b, h). W, λ̄ and ∘ are those of ``SymmetricCone``: in the orthant
/// λ Δs + s Δλ = −ds. Goulart and Chen (2024), section 4.
struct SearchDirection: ~Copyable {
  static let stepFraction = 0.99
  static let correctorLimit = 2
  /// The error of a refined solution, relative, from which on more regularisation is tried.
  static let acceptedError = 1e-9
  /// Δ₂ is multiplied by Δτ, which vanishes at the end.
  static let accuracyOfConstant = KKTSystem.Accuracy(relative: 1e-9)
  /// The predictor gives but σ and terms of second order.
  static let accuracyOfPredictor = KKTSystem.Accuracy(relative: 1e-4, share: 1)
  /// The error of the step that is taken, relative to the residuals, which it brings down by a factor of
  /// 1,000 at best; and as a share of the tolerance, to which they need not be brought down.
  static let relativeError = 1e-6
  static let shareOfTolerance = 0.1
  /// The relative residual below which no digit is spared.
  static let nearness = 1e-6

  var step: Iterate
  let right: KKTVector
  /// Δ₂.
  let constant: KKTVector
  /// The direction before a further corrector.
  private var saved: Iterate
  private let ds: Buffer
  /// PΔ₂x.
  private let PΔ: Buffer
  /// BΔx, for programs with cones.
  private let BΔ: Buffer
  private var dκ = 0.0
  private let tolerance: Double

  init(_ form: borrowing StandardForm, tolerance: Double) {
    self.tolerance = tolerance
    step = Iterate(form)
    saved = Iterate(form)
    right = KKTVector(form)
    constant = KKTVector(form)
    ds = Buffer(form.sideCount)
    PΔ = Buffer(form.n)
    BΔ = Buffer(form.cone.secondOrder.isEmpty ? 0 : form.entryCount)
  }

  /// Computes the direction into `step` and returns the length of the step along it.
  mutating func compute(
    at iterate: borrowing Iterate, _ residuals: borrowing Residuals, _ form: borrowing StandardForm,
    _ system: borrowing KKTSystem
  ) -> Double {
    let μ = iterate.μ
    let isExacting = isExacting(at: iterate, residuals, form)
    solveConstant(form, system, to: isExacting ? .init() : Self.accuracyOfConstant)

    form.cone.products(iterate.s, iterate.v.λ, system.scaling, into: ds)
    dκ = iterate.κ * iterate.τ
    solve(
      at: iterate, residuals, form, system, remaining: 1,
      to: isExacting ? .init() : Self.accuracyOfPredictor)
    let accuracy = isExacting ? .init() : accuracy(residuals)
    let α_aff = iterate.stepLength(along: step)
    let σ = (1 - α_aff) * (1 - α_aff) * (1 - α_aff)

    form.cone.correctedProducts(
      at: iterate, along: step, system.scaling, center: σ * μ, into: ds)
    dκ = iterate.κ * iterate.τ + step.κ * step.τ - σ * μ
    solve(at: iterate, residuals, form, system, remaining: 1 - σ, to: accuracy)
    var α = iterate.stepLength(along: step)

    for _ in 0..<Self.correctorLimit where α < 0.9 {
      let better = correct(at: iterate, residuals, form, system, σ: σ, μ: μ, α: α, to: accuracy)
      guard better > α else { break }
      α = better
    }
    return Self.stepFraction * α
  }

  /// Whether no digit of a solution is spared: near the end, on the way to a certificate, whose residual
  /// has nothing but itself to be measured by, and with cones, whose scalings cancel.
  private func isExacting(
    at iterate: borrowing Iterate, _ residuals: borrowing Residuals, _ form: borrowing StandardForm
  ) -> Bool {
    residuals.largestRelative < Self.nearness || iterate.κ > iterate.τ
      || !form.cone.secondOrder.isEmpty
  }

  private func accuracy(_ residuals: borrowing Residuals) -> KKTSystem.Accuracy {
    let floor = Self.shareOfTolerance * tolerance
    return KKTSystem.Accuracy(
      relative: Self.relativeError, dualFloor: floor * residuals.smallestUnit.dual,
      primalFloor: floor * residuals.smallestUnit.primal)
  }

  private func solveConstant(
    _ form: borrowing StandardForm, _ system: borrowing KKTSystem, to accuracy: KKTSystem.Accuracy
  ) {
    for j in 0..<form.n { right.x[j] = -form.c[j] }
    right.y.copy(from: form.b)
    right.λ.copy(from: form.h)
    var error = system.solve(form, right, into: constant, to: accuracy)
    while error > Self.acceptedError, system.refactor(form) {
      let new = system.solve(form, right, into: constant, to: accuracy)
      if error < .infinity, new > 0.5 * error {
        // More regularisation made it no better: the matrix is near singular along the solution.
        if new > error, system.restore(form) {
          system.solve(form, right, into: constant, to: accuracy)
        }
        return
      }
      error = new
    }
  }

  /// Solves for the targets `ds`, `dκ` and the fraction `remaining` of the residuals.
  private mutating func solve(
    at iterate: borrowing Iterate, _ residuals: borrowing Residuals, _ form: borrowing StandardForm,
    _ system: borrowing KKTSystem, remaining η: Double, to accuracy: KKTSystem.Accuracy
  ) {
    let τ = iterate.τ
    for j in 0..<form.n { right.x[j] = -η * residuals.ρ.x[j] }
    for i in 0..<form.p { right.y[i] = -η * residuals.ρ.y[i] }
    form.cone.complementarityShift(ds, iterate.v.λ, system.scaling, into: step.s)
    for k in 0..<ds.count { right.λ[k] = -η * residuals.ρ.λ[k] + step.s[k] }
    system.solve(form, right, into: step.v, to: accuracy)

    var numerator = η * residuals.ρτ - dκ / τ
    numerator += form.c.dot(step.v.x) + form.b.dot(step.v.y) + form.h.dot(step.v.λ)
    if form.hasQuadraticCost { numerator += 2 * residuals.Px.dot(step.v.x) / τ }
    let Δτ = numerator / denominator(at: iterate, residuals, form, system)
    step.v.add(Δτ, constant)
    step.τ = Δτ
    step.κ = -(dκ + iterate.κ * Δτ) / τ
    form.cone.recoverSlackStep(ds, at: iterate, system.scaling, step)
    if !form.cone.secondOrder.isEmpty { takeSlackStepsFromRows(residuals, form, system, η) }
  }

  /// Replaces Δs of the cones near their boundary by that of the rows, hΔτ − gΔx − dλ.
  ///
  /// There W² has elements up to 1/μ, and W²Δλ carries the rounding of Δλ times that: as an error of the
  /// rows it would stay, as one of the complementarity it is small against μ.
  private func takeSlackStepsFromRows(
    _ residuals: borrowing Residuals, _ form: borrowing StandardForm,
    _ system: borrowing KKTSystem, _ η: Double
  ) {
    form.multiplyRows(step.v.x, into: BΔ)
    for cone in form.cone.secondOrder {
      let w = system.scaling.ratio.pointer
      let square = system.scaling.η[cone.index] * system.scaling.η[cone.index]
      var (inner, size) = (0.0, 0.0)
      for k in cone.sides {
        inner += abs(w[k] * step.v.λ[k])
        size = max(size, abs(BΔ[form.sideRow[k]]), abs(form.h[k] * step.τ), abs(residuals.ρ.λ[k]))
      }
      guard size < 2 * square * w[cone.head] * inner else { continue }
      for k in cone.sides {
        let value = form.sideSign[k] * BΔ[form.sideRow[k]]
        step.s[k] = form.h[k] * step.τ - value - η * residuals.ρ.λ[k]
      }
    }
  }

  /// κ/τ − cᵀΔ₂x − bᵀΔ₂y − hᵀΔ₂λ − 2ξᵀPΔ₂x + ξᵀPξ. In exact arithmetic this is the sum of squares
  /// κ/τ + ‖Δ₂x − ξ‖²_P + ‖WΔ₂λ‖², which cannot cancel; where P is singular and Δ₂ carries
  /// regularisation that could not be refined away the first form is larger and the right one.
  private func denominator(
    at iterate: borrowing Iterate, _ residuals: borrowing Residuals, _ form: borrowing StandardForm,
    _ system: borrowing KKTSystem
  ) -> Double {
    let τ = iterate.τ
    var direct = -form.c.dot(constant.x) - form.b.dot(constant.y) - form.h.dot(constant.λ)
    var squares = 0.0
    for k in 0..<form.cone.orthant.count {
      squares += iterate.s[k] / iterate.v.λ[k] * constant.λ[k] * constant.λ[k]
    }
    for cone in form.cone.secondOrder { squares += system.scaling.squaredNorm(cone, constant.λ) }
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
    _ system: borrowing KKTSystem, σ: Double, μ: Double, α: Double,
    to accuracy: KKTSystem.Accuracy
  ) -> Double {
    let trial = min(1, α + 0.3)
    let target = max(σ, 1e-6) * μ
    func excess(_ product: Double) -> Double {
      min(product - min(max(product, 0.1 * target), 10 * target), 10 * target)
    }
    saved.copy(from: step)
    form.cone.addExcess(
      at: iterate, along: step, length: trial, system.scaling, to: ds, excess)
    dκ += excess((iterate.κ + trial * step.κ) * (iterate.τ + trial * step.τ))
    solve(at: iterate, residuals, form, system, remaining: 1 - σ, to: accuracy)
    let new = iterate.stepLength(along: step)
    if new >= α + 0.03 { return new }
    step.copy(from: saved)
    return 0
  }
}
