extension InteriorPointSolver {
  /// What a user may ask of the solver.
  public struct Settings: Sendable, Hashable {
    /// The method of ``QuadraticProgram/solve(_:observe:)``; an ``InteriorPointSolver`` itself has but
    /// its own.
    public var method = QuadraticProgram.Method.automatic
    /// The bound on the residuals of an optimal solution; see ``KKTResiduals/satisfy(_:)``.
    public var tolerance = 1e-9
    /// The bound on the residual of a certificate whose support value or slope is −1.
    public var infeasibilityTolerance = 1e-9
    /// The largest number of iterations.
    public var iterationLimit = 200
    /// Seconds after which the best point so far is returned; a factorization once begun is finished.
    public var timeLimit = Double.infinity

    /// Whether ``QuadraticProgram/solve(_:observe:)`` removes variables and rows that can be told from
    /// the data alone before the interior point method; see ``PresolveReport``.
    ///
    /// The answer is of the program as given, multipliers and certificates included, and verified on it.
    /// An ``InteriorPointSolver`` itself solves the program as given.
    public var presolve = true

    /// Whether P is checked to be positive semidefinite.
    ///
    /// Without the check a program that is not convex is not refused; a solution of it is then a point
    /// that satisfies the first-order conditions and need not be a minimum; it is sought by the interior
    /// point method alone.
    public var checksConvexity = true
    /// How the Newton system is factored.
    package var factorization = Factorization.automatic

    /// The ways of factoring the Newton system.
    package enum Factorization: Sendable, Hashable {
      /// The one that is estimated to take the least time.
      case automatic
      /// Densely over the variables.
      case condensed
      /// Densely over the rows; every variable needs a bound or a cost.
      case rowSpace
      /// Sparsely; falls back to `automatic` where data is dense.
      case sparse
    }

    /// The settings with their defaults.
    public init() {}

    /// The settings with some of them changed.
    public init(
      tolerance: Double = 1e-9, infeasibilityTolerance: Double = 1e-9, iterationLimit: Int = 200,
      timeLimit: Double = .infinity, method: QuadraticProgram.Method = .automatic
    ) {
      self.method = method
      self.tolerance = tolerance
      self.infeasibilityTolerance = infeasibilityTolerance
      self.iterationLimit = iterationLimit
      self.timeLimit = timeLimit
    }
  }

  /// The state of the solver at one iteration, for an observer.
  public struct Progress: Sendable, Hashable {
    /// The number of the iteration, from zero.
    public let iteration: Int
    /// The primal, dual and gap residuals of the iterate, absolute, in the units of the program.
    public let primal: Double
    public let dual: Double
    public let gap: Double
    /// The mean complementarity product μ of the scaled program.
    public let complementarity: Double
    /// The length of the last step.
    public let step: Double
  }
}
