internal import LinearAlgebra

extension QuadraticProgram {
  /// Above so many rows, and below so many variables for each row and factor, the dual is no smaller
  /// program.
  private static let mostDualRows = 200
  private static let dualShare = 4

  /// The solution with the risk of a factor covariance by Newton's method on the dual; nil where the
  /// program is not of the kind or the answer does not hold to the tolerance.
  func solveByDual(
    withRisk covariance: FactorCovariance, _ settings: InteriorPointSolver.Settings,
    since start: Double
  ) -> Solution? {
    let (k, m) = (covariance.factorCount, equalityCount + inequalityCount)
    guard settings.method != .interiorPoint, settings.timeLimit > 0, coneRows.isEmpty,
      inequalityBlocks.isEmpty, k > 0, m <= Self.mostDualRows,
      Self.dualShare * (k + m) <= variableCount, covariance.loadings.elements.areFinite,
      covariance.specificVariances.areFinite, (try? validate()) != nil,
      zip(lowerBounds + inequalityLower, upperBounds + inequalityUpper).allSatisfy({ $0 <= $1 }),
      let root = covariance.rootOfFactorCovariance
    else { return nil }
    let deadline = Deadline(seconds: settings.timeLimit, after: start)
    return BLAS.withSingleThreadedBLAS {
      guard let dual = FactorDual(self, covariance, root: root) else { return nil }
      var newton = FactorDualNewton(
        dual, rowLower: equalityValues + inequalityLower, rowUpper: equalityValues + inequalityUpper
      )
      let setup = InteriorPointSolver.now
      guard newton.solve(until: deadline) else { return nil }
      let x = newton.dual.x.array
      let product = covariance.compensatedProduct(x)
      let y = newton.rowMultipliers
      let part = newton.dual.rowPart(y)
      let duals = Duals(
        equality: Array(y[..<equalityCount]), inequality: Array(y[equalityCount...]),
        bounds: newton.dual.boundMultipliers { product[$0] + linearCost[$0] + part[$0] })
      let answer = ActiveSetAnswer(
        .optimal, self, x: x, duals: duals, steps: newton.steps, costProduct: product)
      guard answer.residuals.satisfy(settings.tolerance) else { return nil }
      return Solution(answer, of: self, start: start, setup: setup)
    }
  }
}

extension FactorCovariance {
  /// Ω^½, nil where Ω is not symmetric and positive semidefinite.
  var rootOfFactorCovariance: Matrix? {
    guard factorCovariance == factorCovariance.transposed,
      let eigen = try? SymmetricEigen(factorCovariance), let largest = eigen.values.last,
      eigen.values[0] >= -1e-14 * max(largest, 0)
    else { return nil }
    return eigen.matrix { max($0, 0).squareRoot() }
  }
}
