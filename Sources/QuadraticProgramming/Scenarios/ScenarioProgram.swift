internal import LinearAlgebra

/// A quadratic program with risk measured over scenarios in its objective or its limits:
///
///     minimize    ½ xᵀPx + cᵀx + r + Σ weight · risk(x)
///     subject to  the rows and bounds of the program,  risk(x) ≤ limit,  risk(x) ≤ xⱼ
///
/// where risk is the expected shortfall or the worst case of a ``ScenarioLoss``. Any number of terms
/// and limits. A risk below a variable of the program may stand wherever that variable stands: inside
/// sums and maxima. The variables that make them linear (R. T. Rockafellar, S. Uryasev, "Optimization of
/// conditional value-at-risk", Journal of Risk 2 (2000), equation 17) exist inside the solver only; the
/// answer is verified on every scenario.
public struct ScenarioProgram: Sendable {
  /// The program without the risk.
  public let program: QuadraticProgram
  /// The terms and limits, in the order in which they were added.
  public private(set) var risks: [Risk] = []

  /// How scenarios make one number.
  public enum Measure: Sendable, Hashable {
    /// The mean of the largest losses that hold the share 1 − confidence of all probability.
    case expectedShortfall(confidence: Double)
    /// The largest loss of the scenarios of positive probability.
    case worstCase
  }

  /// What a risk does in the program.
  public enum Role: Sendable, Hashable {
    /// It is added to the objective, times a weight > 0.
    case objective(weight: Double)
    /// It is at most this, in dollars.
    case limit(Double)
    /// It is at most the value of this variable of the program.
    case epigraph(variable: Int)
  }

  /// One risk of the program.
  public struct Risk: Sendable {
    /// The loss by scenario.
    public let loss: ScenarioLoss
    /// How it makes one number.
    public let measure: Measure
    /// What it does.
    public let role: Role

    /// The value of the measure at x. O(Sk + S log S).
    public func value(at x: [Double]) -> Double {
      switch measure {
      case .expectedShortfall(let confidence):
        loss.expectedShortfall(at: x, confidence: confidence)
      case .worstCase: loss.worstCase(at: x)
      }
    }
  }

  /// A program without risk; terms and limits are added to it.
  public init(_ program: QuadraticProgram) { self.program = program }

  /// Adds a weighted risk to the objective. The weight is positive, the confidence in (0, 1).
  public mutating func minimize(_ measure: Measure, of loss: ScenarioLoss, weight: Double = 1) {
    precondition(
      weight > 0 && weight.isFinite,
      "The weight of a risk must be positive, not \(weight): the program would not be convex.")
    add(Risk(loss: loss, measure: measure, role: .objective(weight: weight)))
  }

  /// Limits a risk from above, in dollars. The confidence lies in (0, 1).
  public mutating func limit(_ measure: Measure, of loss: ScenarioLoss, atMost value: Double) {
    precondition(value.isFinite, "The limit of a risk must be a number, not \(value).")
    add(Risk(loss: loss, measure: measure, role: .limit(value)))
  }

  /// Holds a risk below a variable of the program. The confidence lies in (0, 1), and the variable is
  /// none of the positions of the loss.
  public mutating func limit(_ measure: Measure, of loss: ScenarioLoss, byVariable variable: Int) {
    precondition(
      (0..<program.variableCount).contains(variable) && !loss.variables.contains(variable),
      "A risk is held below a variable of the program that is no position; \(variable) is none.")
    add(Risk(loss: loss, measure: measure, role: .epigraph(variable: variable)))
  }

  private mutating func add(_ risk: Risk) {
    if case .expectedShortfall(let confidence) = risk.measure {
      precondition(
        confidence > 0 && confidence < 1,
        "The confidence of an expected shortfall lies between 0 and 1; it is \(confidence).")
    }
    precondition(
      risk.loss.variables.allSatisfy { (0..<program.variableCount).contains($0) },
      "The loss names variables outside the program, which has \(program.variableCount).")
    risks.append(risk)
  }

  /// The solution by the interior point method, O(Sk²) per iteration for S scenarios of k positions.
  ///
  /// - Throws: ``ProblemError`` for data that is no convex program.
  public func solve(
    _ settings: InteriorPointSolver.Settings = .init()
  ) throws(ProblemError) -> ScenarioSolution {
    if program.isDiscrete { throw .discreteVariables(count: program.discreteCount) }
    let lifted = LiftedScenarios(self)
    let solution = try lifted.program.solve(settings)
    return ScenarioSolution(
      x: Array(solution.x.prefix(program.variableCount)),
      riskValues: risks.map { $0.value(at: solution.x) },
      limitDuals: lifted.limitDuals(solution.duals),
      scenarioDuals: lifted.scenarioDuals(solution.duals),
      solution: solution, program: program)
  }
}
