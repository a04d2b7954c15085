extension InteriorPointSolver {
  /// The ratio κ/τ from which on a candidate is worth the work of a correction.
  private static var clearRatio: Double { 1e4 }

  /// The verified certificate that the iterate gives, if it gives one.
  mutating func certificate() -> Solution.Status? {
    let τ = iterate.τ
    let support = form.b.dot(iterate.v.y) + form.h.dot(iterate.v.λ)
    let slope = form.c.dot(iterate.v.x)
    guard iterate.κ > τ else { return nil }  // κ/τ → ∞ where there is a certificate, → 0 elsewhere.
    if support < 0 {
      let duals = form.recoverDuals(iterate.v.y, iterate.v.λ, over: -support, of: problem)
      if let found = InfeasibilityCertificate(
        verifying: duals, for: problem, tolerance: settings.infeasibilityTolerance,
        correcting: iterate.κ > Self.clearRatio * τ)
      {
        return .primalInfeasible(certificate: found)
      }
    }
    if slope < 0 {
      let ray = form.recoverPoint(iterate.v.x, over: -slope, of: problem, fixedValue: 0)
      if let found = UnboundedRay(
        verifying: ray, for: problem, tolerance: settings.infeasibilityTolerance)
      {
        return .dualInfeasible(certificate: found)
      }
    }
    return nil
  }

  /// The best point in the units of the program.
  func bestCandidate() -> Candidate {
    let x = form.recoverPoint(best.v.x, over: best.τ, of: problem)
    var duals = form.recoverDuals(best.v.y, best.v.λ, over: best.τ, of: problem)
    problem.completeFixedDuals(&duals, at: x, fixed: form.reduction.fixed)
    return Candidate(x: x, duals: duals)
  }

  /// Verifies the best point and gives the status it deserves.
  mutating func conclude(
    _ outcome: Outcome, iterations: Int, since start: Double, until deadline: Deadline
  ) -> Solution {
    var candidate = bestCandidate()
    var residuals = KKTResiduals(of: problem, x: candidate.x, duals: candidate.duals)
    if outcome.deservesPolish, !(residuals.largest <= settings.tolerance) {
      (candidate, residuals) = polished(candidate, residuals, until: deadline)
    }
    if outcome.deservesPolish, residuals.satisfy(1e-6) {
      var balance = GapBalance(
        candidate, residuals, of: problem, tolerance: settings.tolerance)
      balance.run()
      (candidate, residuals) = (balance.candidate, balance.residuals)
    }
    let status: Solution.Status
    if case .certificate(let found) = outcome {
      status = found
    } else if residuals.satisfy(settings.tolerance) {
      status = .optimal
    } else {
      switch outcome {
      case .iterationLimit: status = .iterationLimit
      case .timeLimit: status = .timeLimit
      case _ where deadline.hasPassed: status = .timeLimit
      default:
        status = residuals.satisfy(max(1e-6, settings.tolerance)) ? .nearlyOptimal : .stalled
      }
    }
    return report(
      status, candidate, residuals, iterations: iterations, since: start)
  }

  /// A program whose variables are all fixed: every row is checked at the one point there is.
  mutating func solveWithoutVariables(since start: Double) -> Solution {
    let x = problem.lowerBounds
    var duals = Duals.zero(for: problem)
    problem.completeFixedDuals(&duals, at: x, fixed: form.reduction.fixed)
    let residuals = KKTResiduals(of: problem, x: x, duals: duals)
    if residuals.satisfy(settings.tolerance) {
      return report(.optimal, Candidate(x: x, duals: duals), residuals, iterations: 0, since: start)
    }
    if let found = certificateOfWorstRow(at: x) {
      return report(.primalInfeasible(certificate: found), iterations: 0, since: start)
    }
    return report(.stalled, Candidate(x: x, duals: duals), residuals, iterations: 0, since: start)
  }

  /// The certificate of the row that the point violates most.
  private func certificateOfWorstRow(at x: [Double]) -> InfeasibilityCertificate? {
    var worst = 0.0
    var duals = Duals.zero(for: problem)
    for (i, value) in problem.equalityMatrix.compensatedProduct(x).enumerated()
    where abs(value - problem.equalityValues[i]) > worst {
      worst = abs(value - problem.equalityValues[i])
      duals = .zero(for: problem)
      duals.equality[i] = value > problem.equalityValues[i] ? 1 : -1
    }
    for (i, value) in problem.inequalityProduct(x).enumerated() {
      let violation = max(value - problem.inequalityUpper[i], problem.inequalityLower[i] - value)
      guard violation > worst else { continue }
      worst = violation
      duals = .zero(for: problem)
      duals.inequality[i] = value > problem.inequalityUpper[i] ? 1 : -1
    }
    let values = problem.coneValues(at: x)
    for rows in problem.coneRows {
      let violation = problem.coneViolation(values, rows)
      guard violation > worst else { continue }
      worst = violation
      duals = .zero(for: problem)
      duals.cones[rows.lowerBound] = -1
      let norm = QuadraticProgram.norm(values[rows.dropFirst()])
      for i in rows.dropFirst() where norm > 0 { duals.cones[i] = values[i] / norm }
    }
    return InfeasibilityCertificate(
      verifying: duals, for: problem, tolerance: settings.infeasibilityTolerance)
  }

  /// The answer without a point that could be verified.
  func report(_ status: Solution.Status, iterations: Int, since start: Double) -> Solution {
    let x = problem.pointNearestZero
    let duals = Duals.zero(for: problem)
    return report(
      status, Candidate(x: x, duals: duals), KKTResiduals(of: problem, x: x, duals: duals),
      iterations: iterations, since: start)
  }

  func report(
    _ status: Solution.Status, _ candidate: Candidate, _ residuals: KKTResiduals, iterations: Int,
    since start: Double
  ) -> Solution {
    let costProduct = problem.costProduct(candidate.x)
    return Solution(
      status: status, x: candidate.x,
      objective: problem.objective(at: candidate.x, costProduct: costProduct),
      dualObjective: problem.dualObjective(
        at: candidate.x, candidate.duals, costProduct: costProduct),
      duals: candidate.duals, residuals: residuals, method: .interiorPoint, iterations: iterations,
      setupSeconds: setupSeconds, solveSeconds: Self.now - start,
      rowDuals: problem.inOrder(candidate.duals))
  }
}

extension QuadraticProgram {
  /// The value −½ xᵀPx − bᵀy − uᵀw⁺ − lᵀw⁻ − xuᵀz⁺ − xlᵀz⁻ + gᵀv + r of Dorn's dual.
  func dualObjective(at x: [Double], _ duals: Duals, costProduct: [Double]) -> Double {
    var sum = CompensatedSum()
    for (xⱼ, Pxⱼ) in zip(x, costProduct) { sum.add(0.5 * xⱼ, times: Pxⱼ) }
    for (b, y) in zip(equalityValues, duals.equality) { sum.add(b, times: y) }
    TwoSided(duals.inequality, inequalityLower, inequalityUpper).addSupport(to: &sum)
    TwoSided(duals.bounds, lowerBounds, upperBounds).addSupport(to: &sum)
    for (g, v) in zip(coneOffsets, duals.cones) { sum.add(-g, times: v) }
    return objectiveConstant - sum.value
  }
}
