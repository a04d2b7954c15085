internal import LinearAlgebra

/// The last digits of a solution, chosen so that its duality gap vanishes.
///
/// Where stationarity and feasibility hold to rounding, what is left of the gap is the sum of the
/// roundings of its terms, some 1e-16 of the objective and more. The gap is one number, and there are
/// many that it depends on: it falls to zero by a change δ of one multiplier with the side b, which
/// moves it by bδ and stationarity by at most max|aᵢⱼ| |δ|; by one of one variable, which moves it by
/// (2Px + c)ⱼ δ; or by one of all variables along 2Px + c. What disturbs the other conditions least, and
/// has digits fine enough, is taken.
///
/// Whoever checks an answer with plain sums finds another gap than the exact one. Both are brought below
/// the tolerance: the one in the middle to zero, and their difference, which is the rounding of Px, by
/// ``RoundingOfCost``.
struct GapBalance {
  private static let roundLimit = 16

  private let problem: QuadraticProgram
  private let tolerance: Double
  private(set) var candidate: Candidate
  private(set) var residuals: KKTResiduals
  private(set) var gap: Gap

  /// The gap as compensated sums give it, and with Px in plain sums.
  struct Gap {
    let exact: Double
    let plain: Double

    var largest: Double { max(abs(exact), abs(plain)) }
    var middle: Double { 0.5 * (exact + plain) }
    var disagreement: Double { abs(exact - plain) }

    init(of problem: QuadraticProgram, at candidate: Candidate) {
      let (x, duals) = (candidate.x, candidate.duals)
      exact = problem.gap(at: x, duals, problem.quadraticCost?.compensatedProduct(x) ?? [])
      plain = problem.gap(at: x, duals, problem.quadraticCost?.multiplying(x) ?? [])
    }
  }

  init(
    _ candidate: Candidate, _ residuals: KKTResiduals, of problem: QuadraticProgram,
    tolerance: Double
  ) {
    (self.candidate, self.residuals) = (candidate, residuals)
    (self.problem, self.tolerance) = (problem, tolerance)
    gap = Gap(of: problem, at: candidate)
  }

  /// The largest residual that a checker finds, by compensated or by plain sums.
  var largest: Double { max(residuals.primal, residuals.dual, gap.largest) }

  /// Changes the candidate as long as that lowers its largest residual and the gap is what exceeds the
  /// tolerance.
  mutating func run() {
    for _ in 0..<Self.roundLimit {
      guard gap.largest > 0.5 * tolerance, gap.largest > max(residuals.primal, residuals.dual)
      else { return }
      guard let next = next(), accept(next) else { return }
    }
  }

  private func next() -> Candidate? {
    if gap.disagreement > tolerance, gap.disagreement < 100 * tolerance,
      abs(gap.middle) < gap.disagreement,
      let x = RoundingOfCost(problem, candidate.x)?.reduced(to: 0.25 * tolerance)
    {
      return Candidate(x: x, duals: candidate.duals)
    }
    func closing(sparingCost: Bool) -> Candidate? {
      GapClosing(
        problem, candidate, closing: gap.middle, disturbingAtMost: gap.largest,
        sparingCost: sparingCost
      ).best
    }
    // Once the roundings of Px agree, they had better stay.
    if gap.disagreement <= tolerance, let found = closing(sparingCost: true) { return found }
    return closing(sparingCost: false)
  }

  private mutating func accept(_ next: Candidate) -> Bool {
    let residuals = KKTResiduals(of: problem, x: next.x, duals: next.duals)
    let gap = Gap(of: problem, at: next)
    // Once the roundings agree, the middle of the gap may have moved.
    let isNearer =
      max(residuals.primal, residuals.dual, gap.largest) < largest
      || gap.disagreement < 0.5 * self.gap.disagreement
        && max(residuals.primal, residuals.dual) < largest
    // Where the tolerance can only be met relatively, a smaller gap is no reason to miss it.
    guard isNearer, residuals.satisfy(tolerance) || !self.residuals.satisfy(tolerance) else {
      return false
    }
    (candidate, self.residuals, self.gap) = (next, residuals, gap)
    return true
  }
}

extension QuadraticProgram {
  /// xᵀPx + cᵀx + bᵀy + uᵀw⁺ + lᵀw⁻ + xuᵀz⁺ + xlᵀz⁻, compensated.
  fileprivate func gap(at x: [Double], _ duals: Duals, _ Px: [Double]) -> Double {
    var sum = CompensatedSum()
    for (xⱼ, Pxⱼ) in zip(x, Px) { sum.add(xⱼ, times: Pxⱼ) }
    for (xⱼ, cⱼ) in zip(x, linearCost) { sum.add(xⱼ, times: cⱼ) }
    for (b, y) in zip(equalityValues, duals.equality) { sum.add(b, times: y) }
    TwoSided(duals.inequality, inequalityLower, inequalityUpper).addSupport(to: &sum)
    TwoSided(duals.bounds, lowerBounds, upperBounds).addSupport(to: &sum)
    for (g, v) in zip(coneOffsets, duals.cones) { sum.add(-g, times: v) }
    return sum.value
  }
}
