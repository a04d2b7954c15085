internal import LinearAlgebra

extension QuadraticProgram {
  /// The solution with ½ xᵀ(F Ω Fᵀ + diag D)x added to the objective, without forming that matrix.
  ///
  /// Where every variable has a specific variance or fixed bounds, rows are few and there is no cone, the
  /// solution is found in the multipliers alone by Newton's method on the dual, exact to rounding;
  /// ``Solution/method`` is then ``Method/activeSet``. Elsewhere, and with ``Method/interiorPoint``, the
  /// program is one over x and the exposures f = Fᵀx,
  ///
  ///     minimize  ½ xᵀDx + ½ fᵀΩf + cᵀx + r   subject to  Fᵀx − f = 0 and the rows and bounds,
  ///
  /// of which neither f nor its rows show in the answer; its residuals are those of the program in x.
  /// O(nk²) per iteration for few rows either way, and about ten iterations.
  ///
  /// - Parameter covariance: Over the variables of the program, which has no other quadratic cost.
  /// - Throws: ``ProblemError`` for data that is no convex program.
  public func solve(
    withRisk covariance: FactorCovariance, _ settings: InteriorPointSolver.Settings = .init()
  ) throws(ProblemError) -> Solution {
    precondition(
      covariance.positionCount == variableCount,
      "The loadings need a row per variable: \(variableCount), not \(covariance.positionCount).")
    precondition(
      quadraticCost == nil, "A program solved with a factor covariance has no other quadratic cost."
    )
    if isDiscrete { throw .discreteVariables(count: discreteCount) }
    let start = InteriorPointSolver.now
    if let solution = solveByDual(withRisk: covariance, settings, since: start) { return solution }
    var rest = settings
    rest.timeLimit = max(0, settings.timeLimit - (InteriorPointSolver.now - start))
    let lifted = try self.lifted(over: covariance).solve(rest)
    let (n, m) = (variableCount, inequalityCount)
    let x = Array(lifted.x.prefix(n))
    let duals = Duals(
      equality: lifted.duals.equality, inequality: Array(lifted.duals.inequality.prefix(m)),
      bounds: Array(lifted.duals.bounds.prefix(n)), cones: lifted.duals.cones)
    let product = covariance.compensatedProduct(x)
    let residuals = KKTResiduals(of: self, x: x, duals: duals, costProduct: product)
    var status = lifted.status
    if case .optimal = status, !residuals.satisfy(settings.tolerance) {
      status = residuals.satisfy(max(1e-6, settings.tolerance)) ? .nearlyOptimal : .stalled
    }
    return Solution(
      status: status, x: x, objective: objective(at: x, costProduct: product),
      dualObjective: dualObjective(at: x, duals, costProduct: product), duals: duals,
      residuals: residuals, method: lifted.method, iterations: lifted.iterations,
      setupSeconds: lifted.setupSeconds,
      solveSeconds: lifted.solveSeconds, rowDuals: Array(lifted.rowDuals.prefix(rowOrder.count)))
  }

  /// The program over (x, f).
  private func lifted(over covariance: FactorCovariance) -> QuadraticProgram {
    let (n, k) = (variableCount, covariance.factorCount)
    let specific = SparseMatrix(diagonal: covariance.specificVariances)
    let factors = SparseMatrix(covariance.factorCovariance)
    let cost = SparseMatrix(
      uncheckedRows: n + k, columns: n + k,
      columnStarts: specific.columnStarts
        + factors.columnStarts.dropFirst().map { $0 + specific.entryCount },
      rowIndices: specific.rowIndices + factors.rowIndices.map { $0 + Int32(n) },
      values: specific.values + factors.values)
    var result = widened(to: n + k, quadraticCost: .sparse(cost))
    let exposures = SparseMatrix(
      uncheckedRows: k, columns: n + k,
      columnStarts: [Int](repeating: 0, count: n) + Array(0...k),
      rowIndices: (0..<k).map(Int32.init), values: [Double](repeating: -1, count: k))
    let zeros = [Double](repeating: 0, count: k)
    result.constrain(
      covariance.loadings.transposed, over: Array(0..<n), plus: exposures, atLeast: zeros,
      atMost: zeros)
    return result
  }
}
