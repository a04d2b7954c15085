/// What a solver found: a point, its multipliers, and how good they are.
public struct Solution: Sendable, Hashable {
  /// What the algorithm concluded.
  public internal(set) var status: Status
  /// The point, an entry per variable. For an infeasible or unbounded program no more than a point
  /// within the bounds: there the status holds what was found.
  public let x: [Double]
  /// The value ½ xᵀPx + cᵀx + r at ``x``.
  public let objective: Double
  /// The value −½ xᵀPx − bᵀy − uᵀw⁺ − lᵀw⁻ − xuᵀz⁺ − xlᵀz⁻ + gᵀv + r of the dual.
  public let dualObjective: Double
  /// The multipliers; signs as in ``QuadraticProgram``.
  public let duals: Duals
  /// How far ``x`` and ``duals`` are from satisfying the optimality conditions of the program as it
  /// was given.
  public let residuals: KKTResiduals
  /// The method that found the answer: never ``QuadraticProgram/Method/automatic``.
  public let method: QuadraticProgram.Method
  /// The number of interior point iterations; of the active-set method that of Newton iterations and
  /// dual steps.
  public internal(set) var iterations: Int
  /// Seconds spent on checking, presolve, scaling and allocation.
  public internal(set) var setupSeconds: Double
  /// Seconds spent on the iterations and on verification.
  public internal(set) var solveSeconds: Double
  /// The multiplier of each row in the order of ``QuadraticProgram/rowOrder``.
  public let rowDuals: [Double]
  /// What was removed before the interior point method; nil where the program was solved as given.
  public internal(set) var presolve: PresolveReport?
  /// The multiplier z of each variable's bounds.
  public var boundDuals: [Double] { duals.bounds }
}

/// Multipliers of the constraints; signs as in ``QuadraticProgram``.
public struct Duals: Sendable, Hashable {
  /// y, one per row of A.
  public var equality: [Double]
  /// w, one per row of G: positive on the upper side, negative on the lower.
  public var inequality: [Double]
  /// z, one per variable: positive on the upper bound, negative on the lower.
  public var bounds: [Double]
  /// v, one per row of F: the negative of a vector in the cones.
  public var cones: [Double] = []

  /// Multipliers from anywhere, for ``KKTResiduals/init(of:x:duals:)`` to judge.
  public init(
    equality: [Double], inequality: [Double], bounds: [Double], cones: [Double] = []
  ) {
    (self.equality, self.inequality, self.bounds, self.cones) = (
      equality, inequality, bounds, cones
    )
  }
}

extension Solution {
  /// What a solver concluded. The claims `optimal`, `primalInfeasible` and `dualInfeasible` are made
  /// only after code that is separate from the iteration has verified them on the data as given.
  public enum Status: Sendable, Hashable {
    /// The optimality conditions hold to the tolerance, absolutely, or relative to the size of their
    /// terms where these exceed what doubles resolve; see ``KKTResiduals``.
    case optimal
    /// The conditions hold to a millionth but not to the tolerance.
    case nearlyOptimal
    /// No point satisfies the constraints; the certificate proves it.
    case primalInfeasible(certificate: InfeasibilityCertificate)
    /// The objective has no lower bound along the ray, if there is a feasible point at all.
    case dualInfeasible(certificate: UnboundedRay)
    /// The limit on iterations was reached first.
    case iterationLimit
    /// The limit on time was reached first.
    case timeLimit
    /// No further progress in double precision.
    case stalled

    /// The name of the case, for tables.
    public var name: String {
      switch self {
      case .optimal: "optimal"
      case .nearlyOptimal: "nearlyOptimal"
      case .primalInfeasible: "primalInfeasible"
      case .dualInfeasible: "dualInfeasible"
      case .iterationLimit: "iterationLimit"
      case .timeLimit: "timeLimit"
      case .stalled: "stalled"
      }
    }
  }
}

extension Solution.Status: CustomStringConvertible {
  public var description: String { name }
}
