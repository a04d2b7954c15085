internal import LinearAlgebra

extension QuadraticProgram {
  /// The solution by ``LazyRows`` where the program has that form and they serve; nil otherwise.
  func solveOnFewRows(
    _ settings: InteriorPointSolver.Settings, since start: Double = InteriorPointSolver.now,
    observe: (InteriorPointSolver.Progress) -> Void = { _ in }
  ) throws(ProblemError) -> Solution? {
    guard settings.method == .automatic, inequalityCount >= LazyRows.leastCount,
      let lazy = LazyRows(self)
    else { return nil }
    try validate()
    guard InfeasibilityCertificate(crossingIn: self) == nil else { return nil }
    guard settings.timeLimit > InteriorPointSolver.now - start else {
      return outOfTime(since: start)
    }
    var search = LazySearch(lazy, settings, start: start)
    return search.solve(observe)
  }
}

/// The search for the rows that matter.
///
/// A sample of the rows gives a first point, the rows nearest to it or beyond it a first working set.
/// That set only grows: by the rows that its solution violates and as many of the next. Early
/// solutions are rough; the last is held to the tolerance on the whole program.
struct LazySearch {
  /// Rows of the sample per core variable, and their least number.
  static let sampleRatio = 8
  static let sampleLeast = 500
  /// The relative residuals that end the solution of the sample and early ones.
  static let roughness = 1e-2
  /// The first working set: rows beyond their side at the first point times this, and rows per core
  /// variable.
  static let tailShare = 1.5
  static let coreShare = 4.0
  /// How much cheaper than in the whole program a slack of the sample is; without bound, less.
  static let discount = 16.0
  /// A point that violates this many times the rows of the set does not tell which of them matter.
  static let farRatio = 4
  /// More solutions than this are taken as a sign that the rows cannot be told apart.
  static let roundLimit = 12

  let lazy: LazyRows
  let settings: InteriorPointSolver.Settings
  let start: Double
  private let deadline: Deadline
  private var isKept: [Bool]
  private var iterations = 0

  init(_ lazy: LazyRows, _ settings: InteriorPointSolver.Settings, start: Double) {
    (self.lazy, self.settings, self.start) = (lazy, settings, start)
    deadline = Deadline(seconds: settings.timeLimit, after: start)
    isKept = lazy.isLazy.map { !$0 }
  }

  /// The solution of the whole program; nil where all rows are to be used.
  mutating func solve(_ observe: (InteriorPointSolver.Progress) -> Void) -> Solution? {
    guard let (first, tail) = firstPoint() else { return nil }
    var margins = BLAS.withSingleThreadedBLAS { lazy.margins(at: first) }
    // Those at the last point that was not far off.
    var trusted = margins
    let count = Int(Self.tailShare * tail + Self.coreShare * Double(lazy.coreCount))
    add(count, by: margins)
    var isRough = true
    for _ in 0..<Self.roundLimit {
      guard 2 * keptCount <= lazy.lazyCount else { return nil }
      let reduced = lazy.reduced(keeping: isKept)
      guard
        var solver = try? InteriorPointSolver.prepared(reduced.program, remaining, until: deadline)
      else { return nil }
      let x: [Double]
      var solution: Solution?
      if isRough {
        let (found, outcome) = solver.approximate(Self.roughness, &iterations)
        if deadline.hasPassed { return outOfTime(reduced, found) }
        switch outcome {
        case .converged, .stalled: break
        case .certificate(.dualInfeasible):
          add(keptCount, by: margins)
          continue
        default:
          isRough = false
          continue
        }
        x = found.x
      } else {
        let found = solver.solve(observe: observe)
        iterations += found.iterations
        switch found.status {
        case .dualInfeasible:
          add(keptCount, by: margins)
          continue
        case .primalInfeasible(let certificate): return infeasible(reduced, certificate)
        case .stalled, .nearlyOptimal: return nil
        default: break
        }
        (x, solution) = (found.x, found)
      }
      margins = BLAS.withSingleThreadedBLAS {
        lazy.margins(at: lazy.expand(reduced, x: x))
      }
      let allowed = isRough ? 0 : 0.01 * settings.tolerance
      let violated = margins.indices.reduce(0) {
        $0 + (!isKept[$1] && margins[$1] < -allowed ? 1 : 0)
      }
      if let solution, violated == 0 || solution.status != .optimal {
        return whole(reduced, solution)
      }
      if violated <= Self.farRatio * max(count, keptCount) { trusted = margins }
      add(
        min(violated + max(violated, lazy.coreCount / 4), max(count, keptCount)), by: trusted)
      if isRough, violated <= lazy.coreCount / 4 { isRough = false }
    }
    return nil
  }

  private var keptCount: Int {
    isKept.indices.reduce(0) { $0 + (isKept[$1] && lazy.isLazy[$1] ? 1 : 0) }
  }

  private var remaining: InteriorPointSolver.Settings {
    var result = settings
    result.timeLimit = deadline.remaining
    return result
  }

  /// Keeps that many more rows, those of least margin.
  private mutating func add(_ count: Int, by margins: [Double]) {
    let outside = margins.indices.filter { !isKept[$0] }
    guard count < outside.count else {
      for i in outside { isKept[i] = true }
      return
    }
    guard count > 0 else { return }
    let limit = outside.map { margins[$0] }.sorted()[count - 1]
    for i in outside where margins[i] <= limit { isKept[i] = true }
  }

  /// A point from every k-th row, and how many rows of the whole program are expected beyond their
  /// sides; nil where there are too few rows for a sample.
  ///
  /// The slacks of the sample are cheaper, so that more of its rows have some: a point that a few
  /// extreme rows determine tells little of the others.
  private mutating func firstPoint() -> ([Double], tail: Double)? {
    let count = max(Self.sampleLeast, Self.sampleRatio * lazy.coreCount)
    guard 2 * count <= lazy.lazyCount else { return nil }
    var sample = isKept
    let rows = lazy.isLazy.indices.filter { lazy.isLazy[$0] }
    for k in 0..<count { sample[rows[k * rows.count / count]] = true }
    let share = Double(count) / Double(rows.count)
    for discount in [Self.discount, Self.discount.squareRoot(), 1] {
      let reduced = lazy.reduced(keeping: sample, weight: 1 / (share * discount))
      guard
        var solver = try? InteriorPointSolver.prepared(reduced.program, remaining, until: deadline)
      else { return nil }
      let (found, outcome) = solver.approximate(Self.roughness, &iterations)
      if case .certificate(.dualInfeasible) = outcome, discount > 1, !deadline.hasPassed {
        continue
      }
      let tail = lazy.tailCount(reduced, found.duals) / (share * discount)
      return (lazy.expand(reduced, x: found.x), tail)
    }
    return nil
  }

  /// The answer for the whole program, verified on it; nil where it falls short of the claim.
  private func whole(_ reduced: ReducedRows, _ solution: Solution) -> Solution? {
    let problem = lazy.problem
    let candidate = Candidate(
      x: lazy.expand(reduced, x: solution.x), duals: lazy.expand(reduced, solution.duals))
    let residuals = KKTResiduals(of: problem, x: candidate.x, duals: candidate.duals)
    if case .optimal = solution.status, !residuals.satisfy(settings.tolerance) { return nil }
    return report(solution.status, candidate, residuals)
  }

  /// The point that a solution on the kept rows had.
  private func outOfTime(_ reduced: ReducedRows, _ found: Candidate) -> Solution {
    let candidate = Candidate(
      x: lazy.expand(reduced, x: found.x), duals: lazy.expand(reduced, found.duals))
    let residuals = KKTResiduals(of: lazy.problem, x: candidate.x, duals: candidate.duals)
    return report(.timeLimit, candidate, residuals)
  }

  /// The certificate of the kept rows, verified for all; nil where it does not hold.
  private func infeasible(_ reduced: ReducedRows, _ found: InfeasibilityCertificate) -> Solution? {
    let problem = lazy.problem
    let candidate = lazy.expand(reduced, found.duals)
    guard
      let certificate = InfeasibilityCertificate(
        verifying: candidate, for: problem, tolerance: settings.infeasibilityTolerance)
    else { return nil }
    let x = problem.pointNearestZero
    let duals = Duals.zero(for: problem)
    return report(
      .primalInfeasible(certificate: certificate), Candidate(x: x, duals: duals),
      KKTResiduals(of: problem, x: x, duals: duals))
  }

  private func report(
    _ status: Solution.Status, _ candidate: Candidate, _ residuals: KKTResiduals
  ) -> Solution {
    let (problem, duals) = (lazy.problem, candidate.duals)
    return Solution(
      status: status, x: candidate.x, objective: problem.objective(at: candidate.x),
      dualObjective: problem.dualObjective(
        at: candidate.x, duals, costProduct: problem.costProduct(candidate.x)), duals: duals,
      residuals: residuals, method: .interiorPoint, iterations: iterations, setupSeconds: 0,
      solveSeconds: InteriorPointSolver.now - start,
      rowDuals: problem.inOrder(duals))
  }
}

extension InteriorPointSolver {
  /// A point with relative residuals of about the given size, unverified, and how it ended.
  mutating func approximate(_ roughness: Double, _ count: inout Int) -> (Candidate, Outcome) {
    self.roughness = roughness
    guard form.n > 0 else { return (bestCandidate(), .stalled) }
    let deadline = Deadline(seconds: settings.timeLimit)
    let (outcome, iterations) = BLAS.withSingleThreadedBLAS {
      run(until: deadline, observe: { _ in })
    }
    count += iterations
    self.roughness = 0
    return (bestCandidate(), outcome)
  }
}
