internal import LinearAlgebra

/// An interior point method for convex quadratic programs with dense data.
///
/// Mehrotra's predictor–corrector with Gondzio's multiple correctors on the homogeneous embedding of
/// P. J. Goulart, Y. Chen, "Clarabel: an interior-point solver for conic programs with quadratic
/// objectives" (2024): besides a solution, it finds a certificate when there is none. Boxes and
/// two-sided rows are not expanded: a bound touches one diagonal entry, a row is stored once.
///
/// The solver owns its work space: `update` and ``solve(observe:)`` again keep it. BLAS runs on one
/// thread, so that a solution has the same bits on every number of threads.
public struct InteriorPointSolver: ~Copyable {
  var problem: QuadraticProgram
  let settings: Settings
  var form: StandardForm
  var system: KKTSystem
  var iterate: Iterate
  var best: Iterate
  var residuals: Residuals
  var direction: SearchDirection
  let setupSeconds: Double
  /// The largest relative residual with which the iteration may end unverified.
  var roughness = 0.0

  /// A solver for one program.
  ///
  /// - Throws: ``ProblemError`` for data that is no convex program.
  public init(
    _ problem: QuadraticProgram, _ settings: Settings = .init()
  ) throws(ProblemError) {
    let parts = Self.made(try Self.prepare(problem, settings, until: .never))
    self.init(problem, settings, parts)
  }

  /// A solver for one program; nil where the deadline passes before it is made.
  static func prepared(
    _ problem: QuadraticProgram, _ settings: Settings, until deadline: Deadline
  ) throws(ProblemError) -> InteriorPointSolver? {
    guard let parts = try prepare(problem, settings, until: deadline) else { return nil }
    return InteriorPointSolver(problem, settings, parts)
  }

  /// What is made of a program before its first iteration.
  private struct Preparation: ~Copyable {
    var form: StandardForm
    var system: KKTSystem
    var start: Double
  }

  private static func made(_ parts: consuming Preparation?) -> Preparation {
    switch consume parts {
    case .some(let parts): return parts
    case nil: preconditionFailure("Without a deadline a solver is always made.")
    }
  }

  /// The deadline is checked between the form, the test of convexity and the analysis.
  private static func prepare(
    _ problem: QuadraticProgram, _ settings: Settings, until deadline: Deadline
  ) throws(ProblemError) -> Preparation? {
    let start = now
    try problem.validate()
    guard !deadline.hasPassed else { return nil }
    let form = StandardForm(problem)
    guard !deadline.hasPassed else { return nil }
    let indefinite =
      settings.checksConvexity ? BLAS.withSingleThreadedBLAS { form.indefiniteColumn } : nil
    if let column = indefinite { throw .notConvex(variable: form.reduction.variables[column]) }
    guard !deadline.hasPassed else { return nil }
    let system = KKTSystem(form, factorization(for: form, settings.factorization))
    guard !deadline.hasPassed else { return nil }
    BLAS.withSingleThreadedBLAS { system.load(form) }
    return Preparation(form: form, system: system, start: start)
  }

  private init(
    _ problem: QuadraticProgram, _ settings: Settings, _ parts: consuming Preparation
  ) {
    self.problem = problem
    self.settings = settings
    iterate = Iterate(parts.form)
    best = Iterate(parts.form)
    residuals = Residuals(parts.form)
    direction = SearchDirection(parts.form, tolerance: settings.tolerance)
    setupSeconds = Self.now - parts.start
    form = parts.form
    system = parts.system
  }

  /// Solves the program.
  ///
  /// - Parameter observe: Called with the state at the start of every iteration.
  /// - Returns: The best point found, its status verified on the program as given.
  public mutating func solve(observe: (Progress) -> Void = { _ in }) -> Solution {
    solve(until: Deadline(seconds: settings.timeLimit), observe: observe)
  }

  /// As ``solve(observe:)``, with a deadline of the caller's in place of the limit on time.
  mutating func solve(
    until deadline: Deadline, observe: (Progress) -> Void = { _ in }
  ) -> Solution {
    BLAS.withSingleThreadedBLAS { solveOnOneThread(deadline, observe) }
  }

  private mutating func solveOnOneThread(
    _ deadline: Deadline, _ observe: (Progress) -> Void
  ) -> Solution {
    let start = Self.now
    if let crossing = InfeasibilityCertificate(crossingIn: problem) {
      return report(.primalInfeasible(certificate: crossing), iterations: 0, since: start)
    }
    if form.n == 0 { return solveWithoutVariables(since: start) }
    if deadline.hasPassed { return report(.timeLimit, iterations: 0, since: start) }
    let (outcome, iterations) = run(until: deadline, observe: observe)
    return conclude(outcome, iterations: iterations, since: start, until: deadline)
  }

  /// What ended the iteration, before verification.
  enum Outcome {
    case converged
    case certificate(Solution.Status)
    case iterationLimit, timeLimit, stalled

    /// Whether the best point is near enough to a solution to identify its active sides.
    var deservesPolish: Bool {
      switch self {
      case .converged, .stalled: true
      default: false
      }
    }
  }

  /// The iteration. Allocation-free but for candidates of certificates.
  mutating func run(
    until deadline: Deadline, observe: (Progress) -> Void
  ) -> (Outcome, Int) {
    guard initialize() else { return (.stalled, 0) }
    var progress = Stagnation()
    var α = 0.0
    for iteration in 0..<settings.iterationLimit {
      residuals.update(at: iterate, of: form)
      observe(progressReport(iteration, step: α))
      // A step that broke down at the end of progress: the best point is an earlier one.
      if residuals.isNaN { return (.stalled, iteration) }
      if progress.improves(residuals.largestRelative, absolute: residuals.largest) {
        best.copy(from: iterate)
      }
      if residuals.largest <= 0.5 * settings.tolerance { return (.converged, iteration) }
      if residuals.largestRelative <= roughness { return (.converged, iteration) }
      if let status = certificate() { return (.certificate(status), iteration) }
      if progress.isOver(accepted: progress.lowest <= settings.tolerance) {
        return (progress.lowest <= settings.tolerance ? .converged : .stalled, iteration)
      }
      if deadline.hasPassed { return (.timeLimit, iteration) }

      guard system.factor(form, slacks: iterate.s, multipliers: iterate.v.λ) else {
        return (.stalled, iteration)
      }
      α = direction.compute(at: iterate, residuals, form, system)
      guard α > 1e-10, α.isFinite else { return (.stalled, iteration) }
      iterate.advance(along: direction.step, by: α)
      normalize()
    }
    return (.iterationLimit, settings.iterationLimit)
  }

  /// Scales the iterate, which is homogeneous, so that max(τ, κ) stays near one.
  private mutating func normalize() {
    let size = max(iterate.τ, iterate.κ)
    guard size > 1e4 || size < 1e-4 else { return }
    let factor = Double(sign: .plus, exponent: -size.exponent, significand: 1)
    iterate.scale(by: factor)
  }

  private func progressReport(_ iteration: Int, step: Double) -> Progress {
    Progress(
      iteration: iteration, primal: residuals.primal, dual: residuals.dual, gap: residuals.gap,
      complementarity: iterate.μ, step: step)
  }

  static var now: Double { Deadline.now }
}

/// The end of progress: neither the best relative residual nor the best absolute one has halved for a
/// number of iterations. (A relative one may stand still while the terms that it is relative to fall.)
struct Stagnation {
  private(set) var lowest = Double.infinity
  private var reference = (relative: Double.infinity, absolute: Double.infinity)
  private var idle = 0

  /// Takes the residuals of the next iterate; true if its relative one is the lowest yet.
  mutating func improves(_ residual: Double, absolute: Double) -> Bool {
    idle += 1
    if residual <= 0.5 * reference.relative { (reference.relative, idle) = (residual, 0) }
    if absolute <= 0.5 * reference.absolute { (reference.absolute, idle) = (absolute, 0) }
    guard residual < lowest else { return false }
    lowest = residual
    return true
  }

  /// Whether to give up: soon when the best point is already acceptable, late otherwise.
  func isOver(accepted: Bool) -> Bool { idle >= (accepted ? 3 : 50) }
}
