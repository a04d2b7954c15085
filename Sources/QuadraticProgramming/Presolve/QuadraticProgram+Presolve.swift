internal import LinearAlgebra

/// An answer by way of a reduced program.
struct PresolvedAnswer {
  var solution: Solution
  /// Whether the program need not be solved as it was given.
  let isFinal: Bool

  /// The answer where there is no time for the program as given.
  var atDeadline: Solution {
    var result = solution
    if case .stalled = result.status { result.status = .timeLimit }
    return result
  }

  /// The better of this answer and that of the program as given, with the work of both.
  func better(than other: Solution) -> Solution {
    var result = other
    if other.isWorse(than: solution) { result = solution }
    result.iterations = solution.iterations + other.iterations
    result.setupSeconds = other.setupSeconds
    result.solveSeconds = other.solveSeconds
    return result
  }
}

extension Solution {
  /// Whether this answer claims nothing and is further from optimal than another.
  fileprivate func isWorse(than other: Solution) -> Bool {
    switch status {
    case .optimal, .primalInfeasible, .dualInfeasible: false
    default: !(residuals.largestRelative <= other.residuals.largestRelative)
    }
  }
}

extension QuadraticProgram {
  /// The answer by way of the program that a presolve leaves, verified on this one; nil where there is
  /// too little to remove, or where what was found does not hold.
  ///
  /// Dense blocks of G are not looked at: a program with them is solved as given.
  func solveReduced(
    _ settings: InteriorPointSolver.Settings, since start: Double, until deadline: Deadline,
    observe: (InteriorPointSolver.Progress) -> Void
  ) throws(ProblemError) -> PresolvedAnswer? {
    guard settings.presolve, inequalityBlocks.isEmpty, variableCount > 0, !deadline.hasPassed
    else { return nil }
    let begin = InteriorPointSolver.now
    try validate()
    guard InfeasibilityCertificate(crossingIn: self) == nil else { return nil }
    var presolve = Presolve(self)
    presolve.run()
    if let conclusion = presolve.conclusion {
      guard let status = status(of: conclusion, presolve, settings) else { return nil }
      if settings.checksConvexity { try requireConvexity() }
      presolve.report.seconds = InteriorPointSolver.now - begin
      return PresolvedAnswer(
        solution: withoutPoint(status, presolve.report, since: start), isFinal: true)
    }
    guard presolve.isWorthwhile else { return nil }
    let reduced = ReducedProgram(presolve)
    var rest = settings
    if settings.checksConvexity, presolve.hidesCurvature {
      try requireConvexity()
      rest.checksConvexity = false
    }
    presolve.report.seconds = InteriorPointSolver.now - begin
    rest.timeLimit = deadline.remaining
    let (found, setup) = try Self.solution(of: reduced, rest, since: start, observe: observe)
    return answer(found, setup: setup, reduced, presolve, settings, since: start)
  }

  private static func solution(
    of reduced: borrowing ReducedProgram, _ settings: InteriorPointSolver.Settings,
    since start: Double, observe: (InteriorPointSolver.Progress) -> Void
  ) throws(ProblemError) -> (Solution, setup: Double) {
    do {
      var solver = try InteriorPointSolver(reduced.program, settings)
      let setup = InteriorPointSolver.now - start
      return (solver.solve(observe: observe), setup)
    } catch .notConvex(let variable) {
      throw .notConvex(variable: reduced.columns[variable])
    }
  }

  /// The status that a conclusion of the presolve proves; nil where its certificate does not hold.
  private func status(
    of conclusion: Presolve.Conclusion, _ presolve: borrowing Presolve,
    _ settings: InteriorPointSolver.Settings
  ) -> Solution.Status? {
    switch conclusion {
    case .infeasible(let rows, let bounds):
      InfeasibilityCertificate(
        verifying: presolve.certificate(rows: rows, bounds: bounds), for: self,
        tolerance: settings.infeasibilityTolerance
      ).map { .primalInfeasible(certificate: $0) }
    case .unbounded(let variable, let direction):
      UnboundedRay(
        verifying: presolve.ray(along: variable, direction: direction), for: self,
        tolerance: settings.infeasibilityTolerance
      ).map { .dualInfeasible(certificate: $0) }
    case .abandoned: nil
    }
  }

  /// What the answer of the reduced program says of this one.
  private func answer(
    _ found: Solution, setup: Double, _ reduced: borrowing ReducedProgram,
    _ presolve: borrowing Presolve, _ settings: InteriorPointSolver.Settings, since start: Double
  ) -> PresolvedAnswer? {
    let begin = InteriorPointSolver.now
    var report = presolve.report
    switch found.status {
    case .primalInfeasible(let proof):
      guard
        let certificate = InfeasibilityCertificate(
          verifying: presolve.expand(certificate: proof.duals, of: reduced), for: self,
          tolerance: settings.infeasibilityTolerance)
      else { return nil }
      report.seconds += InteriorPointSolver.now - begin
      return PresolvedAnswer(
        solution: withoutPoint(
          .primalInfeasible(certificate: certificate), report, found.iterations, setup: setup,
          since: start), isFinal: true)
    case .dualInfeasible(let ray):
      guard
        let certificate = UnboundedRay(
          verifying: presolve.expand(ray: ray.direction, of: reduced), for: self,
          tolerance: settings.infeasibilityTolerance)
      else { return nil }
      report.seconds += InteriorPointSolver.now - begin
      return PresolvedAnswer(
        solution: withoutPoint(
          .dualInfeasible(certificate: certificate), report, found.iterations, setup: setup,
          since: start), isFinal: true)
    default: break
    }
    let (candidate, residuals) = expanded(found, reduced, presolve, settings)
    var status = found.status
    var isFinal = true
    if residuals.satisfy(settings.tolerance) {
      status = .optimal
    } else {
      switch found.status {
      case .iterationLimit, .timeLimit: break
      default:
        status = residuals.satisfy(max(1e-6, settings.tolerance)) ? .nearlyOptimal : .stalled
        isFinal = false
      }
    }
    report.seconds += InteriorPointSolver.now - begin
    return PresolvedAnswer(
      solution: solution(
        status, candidate, residuals, report, found.iterations, setup: setup, since: start),
      isFinal: isFinal)
  }

  /// The point and multipliers of this program that those of the reduced one give, and their residuals.
  /// The values and multipliers that are added leave a gap of their roundings.
  private func expanded(
    _ found: Solution, _ reduced: borrowing ReducedProgram, _ presolve: borrowing Presolve,
    _ settings: InteriorPointSolver.Settings
  ) -> (Candidate, KKTResiduals) {
    let candidate = presolve.expand(reduced, x: found.x, duals: found.duals)
    let residuals = KKTResiduals(of: self, x: candidate.x, duals: candidate.duals)
    guard found.residuals.satisfy(1e-6), residuals.satisfy(1e-6) else {
      return (candidate, residuals)
    }
    var balance = GapBalance(candidate, residuals, of: self, tolerance: settings.tolerance)
    balance.run()
    return (balance.candidate, balance.residuals)
  }

  /// The answer where there is no solution: its point is the one nearest to zero within the bounds.
  private func withoutPoint(
    _ status: Solution.Status, _ report: PresolveReport, _ iterations: Int = 0,
    setup: Double? = nil, since start: Double
  ) -> Solution {
    let x = pointNearestZero
    let candidate = Candidate(x: x, duals: .zero(for: self))
    return solution(
      status, candidate, KKTResiduals(of: self, x: x, duals: candidate.duals), report, iterations,
      setup: setup ?? InteriorPointSolver.now - start, since: start)
  }

  private func solution(
    _ status: Solution.Status, _ candidate: Candidate, _ residuals: KKTResiduals,
    _ report: PresolveReport, _ iterations: Int, setup: Double, since start: Double
  ) -> Solution {
    let (x, duals) = (candidate.x, candidate.duals)
    let costProduct = costProduct(x)
    var solution = Solution(
      status: status, x: x, objective: objective(at: x, costProduct: costProduct),
      dualObjective: dualObjective(at: x, duals, costProduct: costProduct), duals: duals,
      residuals: residuals, method: .interiorPoint, iterations: iterations, setupSeconds: setup,
      solveSeconds: 0, rowDuals: inOrder(duals), presolve: report)
    solution.solveSeconds = InteriorPointSolver.now - start - setup
    return solution
  }

  /// Throws where P is not positive semidefinite over the variables that are not fixed as given.
  private func requireConvexity() throws(ProblemError) {
    guard quadraticCost != nil else { return }
    var unconstrained = QuadraticProgram(quadraticCost: quadraticCost, linearCost: linearCost)
    unconstrained.bound(atLeast: lowerBounds, atMost: upperBounds)
    let form = StandardForm(unconstrained)
    if let column = BLAS.withSingleThreadedBLAS({ form.indefiniteColumn }) {
      throw .notConvex(variable: form.reduction.variables[column])
    }
  }
}
