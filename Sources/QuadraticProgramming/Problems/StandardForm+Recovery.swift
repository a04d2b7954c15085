/// A point and multipliers in the units and the order of the program as given.
struct Candidate {
  var x: [Double]
  var duals: Duals
}

extension StandardForm {
  /// The x of the program: fixed variables at `fixedValue` of their bound, 1 for a point, 0 for a ray.
  func recoverPoint(
    _ x: borrowing Buffer, over τ: Double, of problem: QuadraticProgram,
    fixedValue: Double = 1
  ) -> [Double] {
    var result = [Double](repeating: 0, count: problem.variableCount)
    for variable in reduction.fixed {
      result[variable] = fixedValue * problem.lowerBounds[variable]
    }
    for (j, variable) in reduction.variables.enumerated() {
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
    of problem: QuadraticProgram
  ) -> Duals {
    var rows = [Double](repeating: 0, count: p + m)
    var duals = Duals.zero(for: problem)
    let units = costScale * τ
    for i in 0..<p { rows[i] = E[i] * y[i] / units }
    for k in 0..<sideCount {
      let row = sideRow[k]
      let value = sideSign[k] * λ[k] / (units * slackScale(k))
      if row < p + m {
        rows[row] += value
      } else {
        duals.bounds[reduction.variables[row - p - m]] += value
      }
    }
    for (value, row) in zip(rows, reduction.rows) {
      if row < problem.equalityCount {
        duals.equality[row] = value
      } else if row < problem.equalityCount + problem.inequalityCount {
        duals.inequality[row - problem.equalityCount] = value
      } else {
        duals.cones[row - problem.equalityCount - problem.inequalityCount] = value
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
      quadraticCost?.column(j, times: x, into: &sum)
      for (matrix, multipliers) in [
        (equalityMatrix, duals.equality), (inequalityMatrix, duals.inequality),
        (coneMatrix, duals.cones),
      ] {
        for k in matrix.entries(ofColumn: j) {
          sum.add(matrix.values[k], times: multipliers[Int(matrix.rowIndices[k])])
        }
      }
      for block in inequalityBlocks {
        guard let place = block.columns.firstIndex(of: j) else { continue }
        for (i, row) in block.rows.enumerated() {
          sum.add(
            block.matrix.elements[i + place * block.matrix.rows], times: duals.inequality[row])
        }
      }
      duals.bounds[j] = -sum.value
    }
  }
}
