/// Why data is not a convex quadratic program.
public enum ProblemError: Error, Sendable, Hashable {
  /// The quadratic cost is not n × n for n variables.
  case quadraticCostSize(rows: Int, columns: Int, variables: Int)
  /// An entry is NaN, or infinite where only a finite number has a meaning.
  case notFinite(part: Part, row: Int, column: Int, value: Double)
  /// The quadratic cost differs from its transpose at this place by more than rounding.
  case notSymmetric(row: Int, column: Int, difference: Double)
  /// The quadratic cost is not positive semidefinite; the leading minor that ends at this variable
  /// is negative by more than rounding.
  case notConvex(variable: Int)
  /// So many variables are integer or semicontinuous, which a continuous solver cannot heed.
  case discreteVariables(count: Int)

  /// The part of a program in which an error lies.
  public enum Part: String, Sendable, Hashable {
    case quadraticCost = "quadratic cost"
    case linearCost = "linear cost"
    case objectiveConstant = "objective constant"
    case equalityMatrix = "equality matrix"
    case equalityValues = "equality values"
    case inequalityMatrix = "inequality matrix"
    case inequalityLower = "lower sides of the inequalities"
    case inequalityUpper = "upper sides of the inequalities"
    case lowerBounds = "lower bounds"
    case upperBounds = "upper bounds"
    case coneMatrix = "matrix of the second-order cones"
    case coneOffsets = "offsets of the second-order cones"
  }
}

extension ProblemError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .quadraticCostSize(let rows, let columns, let variables):
      """
      the quadratic cost is \(rows) by \(columns) but the linear cost has \(variables) entries; \
      give a square matrix with a row and a column per variable
      """
    case .notFinite(let part, let row, let column, let value):
      "the \(part.rawValue) hold \(value) at row \(row), column \(column); a finite number is needed"
        + (part.mayBeInfinite ? " (or an infinity that leaves the side open)" : "")
    case .notSymmetric(let row, let column, let difference):
      """
      the quadratic cost is not symmetric: elements (\(row), \(column)) and (\(column), \(row)) \
      differ by \(difference); store both triangles, or symmetrize it as (P + Pᵀ)/2
      """
    case .notConvex(let variable):
      """
      the quadratic cost is not positive semidefinite (leading minor up to variable \(variable)); \
      the program has no convex solution, so check the sign of the cost or add a ridge to its diagonal
      """
    case .discreteVariables(let count):
      """
      \(count) variables are integer or semicontinuous; solve the program by BranchAndBound, or solve \
      its relaxation
      """
    }
  }
}

extension ProblemError.Part {
  var mayBeInfinite: Bool {
    switch self {
    case .inequalityLower, .inequalityUpper, .lowerBounds, .upperBounds: true
    default: false
    }
  }
}
