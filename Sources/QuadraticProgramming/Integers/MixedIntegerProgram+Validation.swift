internal import LinearAlgebra

/// Why data is not a mixed-integer quadratic program that can be solved.
public enum MixedIntegerProgramError: Error, Sendable, Hashable {
  /// The quadratic cost is not n × n for n variables.
  case quadraticCostSize(rows: Int, columns: Int, variables: Int)
  /// An entry is NaN, or infinite where only a finite number has a meaning.
  case notFinite(part: String, index: Int, value: Double)
  /// The quadratic cost differs from its transpose at this place by more than rounding.
  case notSymmetric(row: Int, column: Int, difference: Double)
  /// The quadratic cost has this negative eigenvalue, by more than rounding.
  case notConvex(eigenvalue: Double)
  /// A minimum size or a lot is negative.
  case negative(part: String, variable: Int, value: Double)
  /// A variable has an infinite bound though its relaxation needs a finite one.
  case unbounded(variable: Int)
  /// A quadratic program has second-order cones, which branch and bound does not take.
  case secondOrderCones(count: Int)
  /// A quadratic program with integers is at fault as such.
  case program(ProblemError)
}

extension MixedIntegerProgramError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .quadraticCostSize(let rows, let columns, let variables):
      """
      the quadratic cost is \(rows) by \(columns) but the linear cost has \(variables) entries; \
      give a square matrix with a row and a column per variable
      """
    case .secondOrderCones(let count):
      """
      the program has \(count) second-order cones beside its integers; replace them by linear rows, or \
      solve its relaxation
      """
    case .notFinite(let part, let index, let value):
      "the \(part) hold \(value) at entry \(index); give a finite number there"
    case .notSymmetric(let row, let column, let difference):
      """
      the quadratic cost is not symmetric: elements (\(row), \(column)) and (\(column), \(row)) \
      differ by \(difference); store both triangles, or symmetrize it as (P + Pᵀ)/2
      """
    case .notConvex(let eigenvalue):
      """
      the quadratic cost has the negative eigenvalue \(eigenvalue); branch and bound needs a convex \
      cost, so check its sign or add a ridge to its diagonal
      """
    case .negative(let part, let variable, let value):
      "the \(part) hold \(value) for variable \(variable); give zero or a positive number"
    case .program(let error): error.description
    case .unbounded(let variable):
      """
      variable \(variable) has an infinite bound while it is traded in lots, or while the quadratic \
      cost is singular; give it finite bounds
      """
    }
  }
}

extension MixedIntegerProgram {
  /// Checks everything but convexity. O(n² + mn).
  func validate() throws(MixedIntegerProgramError) {
    let n = variableCount
    guard quadraticCost.rows == n, quadraticCost.columns == n else {
      throw .quadraticCostSize(
        rows: quadraticCost.rows, columns: quadraticCost.columns, variables: n)
    }
    try Self.requireFinite(quadraticCost.elements, "elements of the quadratic cost")
    try Self.requireFinite(linearCost, "linear costs")
    try Self.requireFinite([objectiveConstant], "objective constant's one entry")
    try Self.requireFinite(rows.elements, "elements of the rows")
    try Self.requireFinite(minimumSizes, "minimum sizes")
    try Self.requireFinite(lots, "lots")
    for (part, values, open) in [
      ("lower sides of the rows", rowLower, -Double.infinity),
      ("upper sides of the rows", rowUpper, .infinity),
      ("lower bounds", lowerBounds, -.infinity), ("upper bounds", upperBounds, .infinity),
    ] {
      for (i, value) in values.enumerated() where !value.isFinite && value != open {
        throw .notFinite(part: part, index: i, value: value)
      }
    }
    for (part, values) in [("minimum sizes", minimumSizes), ("lots", lots)] {
      for (i, value) in values.enumerated() where value < 0 {
        throw .negative(part: part, variable: i, value: value)
      }
    }
    try requireSymmetry()
  }

  private func requireSymmetry() throws(MixedIntegerProgramError) {
    let n = variableCount
    let scale = maximumMagnitude(quadraticCost.elements)
    for j in 0..<n {
      for i in 0..<j {
        let difference = quadraticCost[i, j] - quadraticCost[j, i]
        if abs(difference) > 1e-10 * scale {
          throw .notSymmetric(row: i, column: j, difference: difference)
        }
      }
    }
  }

  private static func requireFinite(
    _ values: [Double], _ part: String
  ) throws(MixedIntegerProgramError) {
    if let i = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(part: part, index: i, value: values[i])
    }
  }
}
