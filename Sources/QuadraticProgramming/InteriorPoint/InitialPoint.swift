extension InteriorPointSolver {
  /// The starting point: the minimizer of the program with every side penalized by ½ s², then slacks
  /// and multipliers shifted into the interior. With P = 0 primal and dual parts are solved apart.
  /// Goulart and Chen (2024), section 5; for the shift Mehrotra (1992), section 7.
  mutating func initialize() -> Bool {
    form.cone.setToIdentity(iterate.s)
    form.cone.setToIdentity(iterate.v.λ)
    guard system.factor(form, slacks: iterate.s, multipliers: iterate.v.λ) else { return false }
    direction.right.y.copy(from: form.b)
    direction.right.λ.copy(from: form.h)
    if form.hasQuadraticCost {
      for j in 0..<form.n { direction.right.x[j] = -form.c[j] }
      solveInitial()
      for k in 0..<form.sideCount { iterate.s[k] = -iterate.v.λ[k] }
    } else {
      direction.right.x.fill(0)
      solveInitial()
      for k in 0..<form.sideCount { iterate.s[k] = -iterate.v.λ[k] }
      for j in 0..<form.n { direction.right.x[j] = -form.c[j] }
      direction.right.y.fill(0)
      direction.right.λ.fill(0)
      system.solve(form, direction.right, into: direction.constant)
      iterate.v.y.copy(from: direction.constant.y)
      iterate.v.λ.copy(from: direction.constant.λ)
    }
    form.cone.shiftInside(iterate.s)
    form.cone.shiftInside(iterate.v.λ)
    (iterate.τ, iterate.κ) = (1, 1)
    best.copy(from: iterate)
    return iterate.v.largestMagnitude.isFinite
  }

  /// Solves into the iterate, with more regularisation as long as what comes out is of no use.
  private mutating func solveInitial() {
    var error = system.solve(form, direction.right, into: iterate.v)
    while !(error <= 1), system.refactor(form) {
      error = system.solve(form, direction.right, into: iterate.v)
    }
  }
}
