/// What the solver found for a ``ScenarioProgram``.
public struct ScenarioSolution: Sendable {
  /// What the algorithm concluded; verified on every scenario.
  public let status: Solution.Status
  /// The point, an entry per variable of the program.
  public let x: [Double]
  /// The value of the objective with its weighted risks, as the solver's own variables give them: at ``x``
  /// to the tolerance.
  public let objective: Double
  /// The value of every risk at ``x``, from all its scenarios, in the order of
  /// ``ScenarioProgram/risks``.
  public let riskValues: [Double]
  /// The multiplier of every limit, ≥ 0: what the objective gains for each dollar by which the limit
  /// is raised, be it a number or a variable; nil for the risks of the objective.
  public let limitDuals: [Double?]
  /// For every risk the multiplier q of each scenario, ≥ 0, in the order of ``ScenarioProgram/risks``.
  ///
  /// With W the weight of the risk in the objective, or the multiplier of its limit, Σ q = W to the
  /// tolerance of the solver, and qₛ ≤ W pₛ/(1 − confidence) for an expected shortfall under
  /// probabilities p: q/W is the measure that attains the risk (Acerbi and Tasche 2002; for limits the
  /// dual of Rockafellar and Uryasev 2000, equation 17), so that Σ qₛ lossₛ(x) ≤ W risk(x) at every x,
  /// with equality at the solution.
  public let scenarioDuals: [[Double]]
  /// The multipliers of the rows and bounds of the program; signs as in ``QuadraticProgram``.
  public let duals: Duals
  /// The residuals of the optimality conditions, all scenarios included.
  public let residuals: KKTResiduals
  /// The number of iterations.
  public let iterations: Int
  /// Seconds spent on checking, scaling and allocation, and on the iterations with verification.
  public let setupSeconds: Double
  public let solveSeconds: Double

  init(
    x: [Double], riskValues: [Double], limitDuals: [Double?],
    scenarioDuals: [[Double]], solution: Solution, program: QuadraticProgram
  ) {
    self.x = x
    self.riskValues = riskValues
    self.limitDuals = limitDuals
    self.scenarioDuals = scenarioDuals
    status = solution.status
    objective = solution.objective
    residuals = solution.residuals
    iterations = solution.iterations
    setupSeconds = solution.setupSeconds
    solveSeconds = solution.solveSeconds
    duals = Duals(
      equality: solution.duals.equality,
      inequality: Array(solution.duals.inequality.prefix(program.inequalityCount)),
      bounds: Array(solution.duals.bounds.prefix(program.variableCount)),
      cones: solution.duals.cones)
  }
}
