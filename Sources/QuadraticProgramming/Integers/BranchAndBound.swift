internal import LinearAlgebra

/// Branch and bound for a ``MixedIntegerProgram``: the best point found, and a proven lower bound.
///
/// Two engines stand behind one call. Pure selection problems — a cardinality on bounded variables,
/// no rows, a positive definite cost — go to a subset search whose nodes carry the perspective
/// (Shor) bound of the strongest diagonal splitting and are finished by implicit enumeration.
/// Everything else goes to a search over boxes, bounded by a Lagrangian dual that is evaluated
/// safely at whatever multipliers an inexact relaxation returns.
///
/// The result is deterministic: nothing but ``Settings/timeLimit`` depends on the clock.
public struct BranchAndBound: Sendable {
  /// What the search is asked for.
  public var settings: Settings

  /// What a user may ask of the search.
  public struct Settings: Sendable, Hashable {
    /// Seconds after which the best point so far is returned with its bound.
    public var timeLimit: Double
    /// The gap at which the search is over, as a part of the magnitude of the objective.
    public var relativeGap: Double
    /// The gap at which the search is over, in units of the objective.
    public var absoluteGap: Double
    /// The number of nodes after which the best point so far is returned with its bound.
    public var nodeLimit: Int
    /// The scalar operations, in units of m³, after which the enumeration of a node with m undecided
    /// variables is given up and the node split. A Newton step takes some four.
    package var enumerationEffort = 2.0

    /// The settings, those not given at their defaults.
    public init(
      timeLimit: Double = .infinity, relativeGap: Double = 1e-6, absoluteGap: Double = 1e-9,
      nodeLimit: Int = .max
    ) {
      self.timeLimit = timeLimit
      self.relativeGap = relativeGap
      self.absoluteGap = absoluteGap
      self.nodeLimit = nodeLimit
    }

    /// The bound from which on a node cannot improve an incumbent by more than the gap; a hair
    /// less, so that the gap that is reported is within the settings when it is rounded.
    func cutoff(below incumbent: Double) -> Double {
      guard incumbent.isFinite else { return .infinity }
      return incumbent - 0.9999 * max(absoluteGap, relativeGap * abs(incumbent))
    }
  }

  /// The state of the search at one moment, for an observer.
  public struct Progress: Sendable, Hashable {
    /// The objective of the best point so far; ∞ while there is none.
    public let incumbent: Double
    /// The proven lower bound on the optimum.
    public let bound: Double
    /// The number of nodes whose relaxation was bounded.
    public let nodes: Int
    /// The number of nodes that wait.
    public let openNodes: Int
    /// Seconds since the search began.
    public let seconds: Double

    /// The relative gap, (incumbent − bound) / |incumbent|; ∞ while there is no incumbent.
    public var gap: Double { relativeGap(of: incumbent, above: bound) }
  }

  /// What the search found.
  public struct Outcome: Sendable, Hashable {
    /// How the search ended.
    public let status: Status
    /// The best point, one entry per variable; nil when none was found.
    public let x: [Double]?
    /// The objective of ``x``; ∞ when none was found.
    public let objective: Double
    /// The proven lower bound on the optimum; ∞ when the program is infeasible.
    public let bound: Double
    /// The number of nodes whose relaxation was bounded.
    public let nodes: Int
    /// Seconds that the search took.
    public let seconds: Double

    /// The relative gap, (objective − bound) / |objective|; ∞ when no point was found.
    public var gap: Double { relativeGap(of: objective, above: bound) }
  }

  /// How a search ended.
  public enum Status: String, Sendable, Hashable {
    /// The gap is within the settings.
    case optimal
    /// No point satisfies the constraints; the search proved it.
    case infeasible
    /// The time was up; the bound holds all the same.
    case timeLimit
    /// The number of nodes was reached; the bound holds all the same.
    case nodeLimit
    /// Nodes remained that rounding errors let neither bound nor split; the bound holds all the same.
    case numericalLimit
  }

  /// A function that is told how the search goes: at its start, at each better point, and from time
  /// to time.
  public typealias Observer = (Progress) -> Void

  /// A search with the given settings.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// The best point of a program and a proven bound.
  ///
  /// - Complexity: Exponential in the worst case; a node takes O(n³).
  /// - Throws: ``MixedIntegerProgramError`` for data that is no convex program. What the search
  ///   finds, infeasibility included, is a status.
  public func solve(
    _ program: MixedIntegerProgram, observer: Observer? = nil
  ) throws(MixedIntegerProgramError) -> Outcome {
    try program.validate()
    let clock = SearchClock(settings: settings, observer: observer)
    return try BLAS.withSingleThreadedBLAS { () throws(MixedIntegerProgramError) in
      if let selection = SubsetSelection(program) {
        return SubsetSearch(selection, clock).run()
      }
      return try BoxSearch(program, clock).run()
    }
  }
}

/// (incumbent − bound) / |incumbent|, never negative.
private func relativeGap(of incumbent: Double, above bound: Double) -> Double {
  guard incumbent.isFinite else { return .infinity }
  return max(0, incumbent - bound) / max(abs(incumbent), 1e-300)
}
