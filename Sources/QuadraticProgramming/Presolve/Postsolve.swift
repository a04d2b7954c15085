internal import LinearAlgebra

/// One reduction with what its way back needs.
enum PresolveStep {
  /// A variable left the program at a value.
  case fixed(Int)
  case singleton(SingletonRow)
  case forcing(ForcingRow)
  case parallel(ParallelRow)
  case slack(SlackColumn)
}

/// The way back from a reduced program: a point and multipliers, to which the reductions are undone
/// from the last to the first.
///
/// Homogeneous, it takes a certificate of the reduced program back: costs count as zero for
/// multipliers, values of fixed variables as zero for rays.
struct Postsolve {
  let isHomogeneous: Bool
  var x: [Double]
  /// Multipliers of the rows, in the terms of the program at the step to be undone: row i has
  /// wᵢ − `shift`ᵢ in those of the program as given.
  var w: [Double]
  var z: [Double]
  var shift: [Double]

  /// The state after the last reduction; the reduced program's answer is put into it.
  init(_ presolve: borrowing Presolve, isHomogeneous: Bool = false) {
    self.isHomogeneous = isHomogeneous
    x =
      isHomogeneous
      ? [Double](repeating: 0, count: presolve.matrix.columns) : presolve.fixedValues
    w = [Double](repeating: 0, count: presolve.matrix.rows)
    z = [Double](repeating: 0, count: presolve.matrix.columns)
    shift = isHomogeneous ? w : presolve.shift
  }

  mutating func undo(_ presolve: borrowing Presolve) {
    for index in presolve.steps.indices.reversed() {
      switch presolve.steps[index] {
      case .fixed(let j): z[j] = -gradient(j, presolve)
      case .singleton(let step): step.undo(in: &self)
      case .forcing(let step): step.undo(in: &self, presolve.transposed)
      case .parallel(let step): step.undo(in: &self)
      case .slack(let step): step.undo(in: &self, presolve)
      }
    }
    if !isHomogeneous { clearRounding(presolve) }
  }

  /// (Px + c)ⱼ + Σ aᵢⱼ(wᵢ − τᵢ), with c and P zero where the way is homogeneous.
  private func gradient(_ j: Int, _ presolve: borrowing Presolve) -> Double {
    var sum = CompensatedSum()
    if !isHomogeneous {
      sum.add(presolve.problem.linearCost[j])
      if let cost = presolve.cost {
        for k in cost.entries(ofColumn: j) {
          sum.add(cost.values[k], times: x[Int(cost.rowIndices[k])])
        }
      }
    }
    for k in presolve.matrix.entries(ofColumn: j) {
      let i = Int(presolve.matrix.rowIndices[k])
      sum.add(presolve.matrix.values[k], times: w[i])
      sum.add(-presolve.matrix.values[k], times: shift[i])
    }
    return sum.value
  }

  /// Sets multipliers of fixed variables to zero that have the wrong sign by rounding: against a far
  /// bound they would count in the gap.
  private mutating func clearRounding(_ presolve: borrowing Presolve) {
    let problem = presolve.problem
    for j in z.indices where !presolve.isColumnAlive[j] && abs(z[j]) <= 1e-10 {
      let limit = z[j] > 0 ? problem.upperBounds[j] : problem.lowerBounds[j]
      if abs(x[j] - limit) > abs(z[j]) { z[j] = 0 }
    }
  }

  /// The multipliers in the order of the program as given.
  func duals(_ presolve: borrowing Presolve, cones: [Double]) -> Duals {
    Duals(
      equality: Array(w[..<presolve.equalityCount]),
      inequality: Array(w[presolve.equalityCount...]), bounds: z, cones: cones)
  }
}

extension Presolve {
  /// A point and multipliers of the reduced program in terms of the program as given.
  func expand(_ reduced: borrowing ReducedProgram, x: [Double], duals: Duals) -> Candidate {
    let point = expanded(reduced, x: x, duals: duals, isHomogeneous: false)
    return Candidate(x: point.x, duals: point.duals(self, cones: duals.cones))
  }

  /// The multipliers of a certificate of the reduced program in terms of the program as given.
  func expand(certificate duals: Duals, of reduced: borrowing ReducedProgram) -> Duals {
    expanded(reduced, x: nil, duals: duals, isHomogeneous: true).duals(self, cones: duals.cones)
  }

  /// The direction of a ray of the reduced program in terms of the program as given.
  func expand(ray: [Double], of reduced: borrowing ReducedProgram) -> [Double] {
    expanded(reduced, x: ray, duals: nil, isHomogeneous: true).x
  }

  private func expanded(
    _ reduced: borrowing ReducedProgram, x: [Double]?, duals: Duals?, isHomogeneous: Bool
  ) -> Postsolve {
    var point = Postsolve(self, isHomogeneous: isHomogeneous)
    for (k, j) in reduced.columns.enumerated() {
      if let x { point.x[j] = x[k] }
      if let duals { point.z[j] = duals.bounds[k] }
    }
    if let duals {
      for (k, i) in reduced.equalities.enumerated() { point.w[i] = duals.equality[k] }
      for (k, i) in reduced.inequalities.enumerated() { point.w[i] = duals.inequality[k] }
    }
    point.undo(self)
    return point
  }

  /// The multipliers of a contradiction that the reductions came upon.
  func certificate(rows: [(Int, Double)], bounds: [(Int, Double)]) -> Duals {
    var point = Postsolve(self, isHomogeneous: true)
    for (i, multiplier) in rows { point.w[i] = multiplier }
    for (j, multiplier) in bounds { point.z[j] = multiplier }
    point.undo(self)
    return point.duals(self, cones: [Double](repeating: 0, count: problem.coneRowCount))
  }

  /// The ray along which a variable moves and no other, but those that follow from it.
  func ray(along variable: Int, direction: Double) -> [Double] {
    var point = Postsolve(self, isHomogeneous: true)
    point.x[variable] = direction
    point.undo(self)
    return point.x
  }
}
