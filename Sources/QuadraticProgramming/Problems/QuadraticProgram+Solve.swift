extension QuadraticProgram {
  /// A method by which a program is solved.
  public enum Method: String, Sendable, Hashable, CaseIterable {
    /// The active-set method for programs whose size and form suit it, else the interior point
    /// method.
    case automatic
    /// The homogeneous interior point method of ``InteriorPointSolver``, for programs of every size.
    case interiorPoint
    /// A semismooth Newton method on the active sides, ended by the dual active-set method of
    /// Goldfarb and Idnani where that does not converge; dense data. Its answers are exact to rounding.
    /// A program with second-order cones is left to the interior point method.
    case activeSet
  }

  /// The solution, with a status that says how far it is to be trusted.
  ///
  /// The method is that of ``InteriorPointSolver/Settings/method``. Whatever the method, the answer is
  /// verified on the data as given: an optimal point by ``KKTResiduals``, the others by their
  /// certificate. What the active-set method leaves unverified the interior point method solves.
  ///
  /// Where rows are ten times as many as the variables that they share, dense, as those of scenarios
  /// are, the automatic method solves on the rows that matter and verifies on all.
  ///
  /// The interior point method solves what ``InteriorPointSolver/Settings/presolve`` leaves of the program;
  /// where the answer does not hold for the whole, it solves the program as given.
  ///
  /// O(n²(n + m) + np²) per interior point iteration, usually 10 to 25 of them; the active-set method
  /// takes about five factorizations of the free variables, O(n³/3) each. The limit on iterations is
  /// that of the interior point method; the limit on time is checked at each step of either method and
  /// between the parts of their preparation. A factorization, analysis or test of convexity once begun
  /// is finished.
  /// - Parameter observe: Called with the state at the start of every interior point iteration.
  /// - Throws: ``ProblemError`` for data that is no convex program: a wrong size, a NaN, an
  ///   asymmetric or indefinite P, a variable that is integer or semicontinuous (those programs go
  ///   to ``BranchAndBound``). What the algorithm finds, infeasibility included, is a status.
  public func solve(
    _ settings: InteriorPointSolver.Settings = .init(),
    observe: (InteriorPointSolver.Progress) -> Void = { _ in }
  ) throws(ProblemError) -> Solution {
    try solve(settings, engine: nil, observe: observe)
  }

  /// The solution, with the work space of an engine where there is one.
  func solve(
    _ settings: InteriorPointSolver.Settings, engine: ActiveSetSolver?,
    observe: (InteriorPointSolver.Progress) -> Void
  ) throws(ProblemError) -> Solution {
    let start = InteriorPointSolver.now
    let deadline = Deadline(seconds: settings.timeLimit, after: start)
    if settings.checksConvexity, ActiveSetRoute.suits(self, settings.method), settings.timeLimit > 0
    {
      try validate()
      let route = ActiveSetRoute(self, engine: engine)
      let setup = InteriorPointSolver.now
      if let answer = try route.answer(to: self, settings, until: deadline) {
        return Solution(answer, of: self, start: start, setup: setup)
      }
    }
    if let solution = try solveOnFewRows(settings, since: start, observe: observe) {
      return solution
    }
    let attempt = try solveReduced(settings, since: start, until: deadline, observe: observe)
    if let attempt, attempt.isFinal { return attempt.solution }
    let spent = InteriorPointSolver.now - start
    guard
      var solver = try InteriorPointSolver.prepared(self, settings, until: deadline)
    else { return attempt?.atDeadline ?? outOfTime(since: start) }
    var solution = solver.solve(until: deadline, observe: observe)
    solution.setupSeconds += spent
    return attempt?.better(than: solution) ?? solution
  }

  /// The answer where the time is up before there is any point: the one nearest to zero within the
  /// bounds.
  func outOfTime(since start: Double) -> Solution {
    let answer = ActiveSetAnswer(
      .timeLimit, self, x: pointNearestZero, duals: .zero(for: self), steps: 0)
    return Solution(
      answer, of: self, by: .interiorPoint, start: start, setup: InteriorPointSolver.now)
  }

  /// The point nearest to zero within the bounds, for answers that have none of their own.
  var pointNearestZero: [Double] { zip(lowerBounds, upperBounds).map { min(max(0, $0), $1) } }

  /// Px, every sum compensated.
  func costProduct(_ x: [Double]) -> [Double] {
    quadraticCost?.compensatedProduct(x) ?? [Double](repeating: 0, count: variableCount)
  }
}

extension Solution {
  /// The solution that an answer of the active-set engine gives.
  init(
    _ answer: ActiveSetAnswer, of problem: QuadraticProgram,
    by method: QuadraticProgram.Method = .activeSet, start: Double, setup: Double
  ) {
    self.init(
      status: answer.status, x: answer.x,
      objective: problem.objective(at: answer.x, costProduct: answer.costProduct),
      dualObjective: problem.dualObjective(
        at: answer.x, answer.duals, costProduct: answer.costProduct),
      duals: answer.duals, residuals: answer.residuals, method: method,
      iterations: answer.steps, setupSeconds: setup - start, solveSeconds: 0,
      rowDuals: problem.inOrder(answer.duals))
    solveSeconds = InteriorPointSolver.now - setup
  }
}

extension QuadraticProgram {
  /// The multipliers of the rows in the order of ``rowOrder``.
  func inOrder(_ duals: Duals) -> [Double] {
    rowOrder.map { row in
      switch row {
      case .equality(let i): duals.equality[i]
      case .inequality(let i): duals.inequality[i]
      }
    }
  }
}
