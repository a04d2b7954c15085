/// A point and multipliers in the units and the order of the program as given.
struct Candidate {
  var x: [Double]
  var duals: Duals
}

extension StandardForm {
  /// The x of the program: fixed variables at `fixedValue` of their bound, 1 for a point, 0 for a ray.
  func recoverPoint(
    _ x: borrowing Buffer, over τ: Double, of problem: borrowing QuadraticProgram,
    fixedValue: Double = 1
  ) -> [Double] {
    var result = [Double](repeating: 0, count: problem.variableCount)
    for variable in fixed { result[variable] = fixedValue * problem.lowerBounds[variable] }
    for (j, variable) in variables.enumerated() {
      let value = D[j] * x[j] / τ
      result[variable] =
        fixedValue == 0
        ? value : min(max(value, problem.lowerBounds[variable]), problem.upperBounds[variable])
    }
    return result
  }

  /// The multipliers of the program; those of fixed variables are left at zero.
  func recoverDuals(
    _ y: borrowing Buffer, _ λ: borrowing Buffer, over τ: Double,
    of problem: borrowing QuadraticProgram
  ) -> Duals {
    var duals = Duals.zero(for: problem)
    let units = costScale * τ
    for (i, source) in equalities.enumerated() {
      let value = equalityScale[i] * y[i] / units
      switch source {
      case .equality(let row): duals.equality[row] = value
      case .inequality(let row): duals.inequality[row] = value
      }
    }
    for k in 0..<sideCount {
      let row = sideRow[k]
      let value = sideSign[k] * λ[k] / (units * slackScale(k))
      if row < m {
        duals.inequality[inequalities[row]] += value
      } else {
        duals.bounds[variables[row - m]] += value
      }
    }
    return duals
  }
}

extension QuadraticProgram {
  /// Sets the multiplier of every fixed variable to what stationarity asks.
  func completeFixedDuals(_ duals: inout Duals, at x: [Double], fixed: [Int]) {
    for j in fixed {
      var sum = CompensatedSum()
      sum.add(linearCost[j])
      if let P = quadraticCost {
        for i in 0..<variableCount { sum.add(P.elements[j + i * variableCount], times: x[i]) }
      }
      for i in 0..<equalityCount {
        sum.add(equalityMatrix.elements[i + j * equalityCount], times: duals.equality[i])
      }
      for i in 0..<inequalityCount {
        sum.add(inequalityMatrix.elements[i + j * inequalityCount], times: duals.inequality[i])
      }
      duals.bounds[j] = -sum.value
    }
  }
}
