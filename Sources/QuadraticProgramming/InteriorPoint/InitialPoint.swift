extension InteriorPointSolver {
  /// The starting point: the minimizer of the program with every side penalized by ½ s², then slacks
  /// and multipliers shifted into the interior. With P = 0 primal and dual parts are solved apart.
  /// Goulart and Chen (2024), section 5; for the shift Mehrotra (1992), section 7.
  mutating func initialize() -> Bool {
    iterate.s.fill(1)
    iterate.v.λ.fill(1)
    guard system.factor(form, slacks: iterate.s, multipliers: iterate.v.λ) else { return false }
    direction.right.y.copy(from: form.b)
    direction.right.λ.copy(from: form.h)
    if form.hasQuadraticCost {
      for j in 0..<form.n { direction.right.x[j] = -form.c[j] }
      system.solve(form, direction.right, into: iterate.v)
      for k in 0..<form.sideCount { iterate.s[k] = -iterate.v.λ[k] }
    } else {
      direction.right.x.fill(0)
      system.solve(form, direction.right, into: iterate.v)
      for k in 0..<form.sideCount { iterate.s[k] = -iterate.v.λ[k] }
      for j in 0..<form.n { direction.right.x[j] = -form.c[j] }
      direction.right.y.fill(0)
      direction.right.λ.fill(0)
      system.solve(form, direction.right, into: direction.constant)
      iterate.v.y.copy(from: direction.constant.y)
      iterate.v.λ.copy(from: direction.constant.λ)
    }
    shiftInside(iterate.s)
    shiftInside(iterate.v.λ)
    (iterate.τ, iterate.κ) = (1, 1)
    best.copy(from: iterate)
    return iterate.v.largestMagnitude.isFinite
  }

  private func shiftInside(_ values: borrowing Buffer) {
    var lowest = Double.infinity
    for k in 0..<values.count { lowest = min(lowest, values[k]) }
    guard lowest < 1 else { return }
    let shift = lowest <= 0 ? 1 - lowest : 0
    for k in 0..<values.count { values[k] = max(values[k] + shift, 1e-4) }
  }
}
