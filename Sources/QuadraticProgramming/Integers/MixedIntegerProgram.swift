public import LinearAlgebra

/// A convex quadratic program with discrete structure on its variables, a value.
///
///     minimize    ½ xᵀPx + cᵀx + r
///     subject to  l ≤ Ax ≤ u,  xl ≤ x ≤ xu
///                 at most k of a set of variables are not zero      (cardinality)
///                 x_i = 0 or |x_i| ≥ m_i                             (minimum trade size)
///                 x_i is an integer multiple of a lot                (lots; a lot of 1: integers)
///
/// The three kinds may meet on one variable. The data are dense: the class is meant for up to a few
/// hundred variables and few rows. ``BranchAndBound`` solves it to a proven gap.
public struct MixedIntegerProgram: Sendable, Hashable {
  /// The matrix P, n × n, symmetric and positive semidefinite, both triangles stored.
  public let quadraticCost: Matrix
  /// The vector c, one entry per variable.
  public let linearCost: [Double]
  /// The constant r of the objective; relative gaps are measured against the objective with it.
  public var objectiveConstant = 0.0

  /// The matrix A, one row per constraint, a column per variable.
  public private(set) var rows: Matrix
  /// The vector l, one entry per row of A; −∞ where there is no lower side.
  public private(set) var rowLower: [Double] = []
  /// The vector u, one entry per row of A; ∞ where there is no upper side.
  public private(set) var rowUpper: [Double] = []
  /// The vector xl, one entry per variable; −∞ where there is none.
  public private(set) var lowerBounds: [Double]
  /// The vector xu, one entry per variable; ∞ where there is none.
  public private(set) var upperBounds: [Double]

  /// The limit on the number of nonzero variables; nil when there is none.
  public private(set) var cardinality: Cardinality?
  /// The smallest magnitude of each variable that is not zero; 0 where there is none.
  public private(set) var minimumSizes: [Double]
  /// The lot of each variable; 0 for a continuous one, 1 for an integer.
  public private(set) var lots: [Double]

  /// At most `limit` of `variables` are not zero.
  public struct Cardinality: Sendable, Hashable {
    /// The variables that are counted, ascending.
    public let variables: [Int]
    /// The largest number of them that may differ from zero.
    public let limit: Int
  }

  /// A program without constraints and with continuous variables; the rest is added to it.
  ///
  /// - Parameters:
  ///   - quadraticCost: P, n × n, symmetric positive semidefinite with both triangles stored. Its
  ///     size, symmetry and convexity are checked when the program is solved.
  ///   - linearCost: c, of n entries.
  public init(quadraticCost: Matrix, linearCost: [Double]) {
    self.quadraticCost = quadraticCost
    self.linearCost = linearCost
    let n = linearCost.count
    rows = Matrix(rows: 0, columns: n)
    lowerBounds = [Double](repeating: -.infinity, count: n)
    upperBounds = [Double](repeating: .infinity, count: n)
    minimumSizes = [Double](repeating: 0, count: n)
    lots = [Double](repeating: 0, count: n)
  }

  /// The number of variables, n.
  public var variableCount: Int { linearCost.count }
  /// The number of rows of A.
  public var rowCount: Int { rowLower.count }

  /// Adds the rows l ≤ A x ≤ u. A has a column per variable, l and u an entry per row of A; a side
  /// that is not given is infinite.
  public mutating func constrain(
    _ matrix: Matrix, atLeast lower: [Double]? = nil, atMost upper: [Double]? = nil
  ) {
    precondition(
      matrix.columns == variableCount,
      "The matrix of a constraint needs a column per variable: \(variableCount), not \(matrix.columns)."
    )
    let lower = lower ?? [Double](repeating: -.infinity, count: matrix.rows)
    let upper = upper ?? [Double](repeating: .infinity, count: matrix.rows)
    Self.require(lower, count: matrix.rows, "The lower side", per: "row")
    Self.require(upper, count: matrix.rows, "The upper side", per: "row")
    let old = rows
    rows = Matrix(rows: old.rows + matrix.rows, columns: variableCount) { i, j in
      i < old.rows ? old[i, j] : matrix[i - old.rows, j]
    }
    rowLower += lower
    rowUpper += upper
  }

  /// Sets the bounds xl ≤ x ≤ xu, an entry per variable; a side that is not given stays as it was.
  public mutating func bound(atLeast lower: [Double]? = nil, atMost upper: [Double]? = nil) {
    if let lower {
      Self.require(lower, count: variableCount, "The lower bound", per: "variable")
      lowerBounds = lower
    }
    if let upper {
      Self.require(upper, count: variableCount, "The upper bound", per: "variable")
      upperBounds = upper
    }
  }

  /// Limits how many of some variables differ from zero; replaces an earlier limit.
  ///
  /// - Parameters:
  ///   - variables: The variables that are counted, each once; all of them when nil.
  ///   - limit: The largest number that may differ from zero, not negative.
  public mutating func limitNonzeros(among variables: [Int]? = nil, to limit: Int) {
    precondition(limit >= 0, "The number of nonzero variables cannot be negative: \(limit).")
    let variables = (variables ?? Array(0..<variableCount)).sorted()
    precondition(
      Set(variables).count == variables.count && variables.allSatisfy((0..<variableCount).contains),
      "A cardinality counts variables from 0 to \(variableCount - 1), each once.")
    cardinality = Cardinality(variables: variables, limit: limit)
  }

  /// Sets the minimum trade size of each variable: x_i = 0 or |x_i| ≥ m_i; 0 where there is none.
  public mutating func requireMinimumSizes(_ sizes: [Double]) {
    Self.require(sizes, count: variableCount, "The minimum size", per: "variable")
    minimumSizes = sizes
  }

  /// Sets the lot of each variable, of which it is an integer multiple; 0 for a continuous one.
  public mutating func requireLots(_ lots: [Double]) {
    Self.require(lots, count: variableCount, "The lot", per: "variable")
    self.lots = lots
  }

  /// The value ½ xᵀPx + cᵀx + r. O(n²).
  public func objective(at x: [Double]) -> Double {
    Self.require(x, count: variableCount, "The point", per: "variable")
    var sum = CompensatedSum()
    for j in 0..<variableCount where x[j] != 0 {
      var column = CompensatedSum()
      for i in 0..<variableCount {
        column.add(quadraticCost.elements[i + j * variableCount], times: x[i])
      }
      sum.add(0.5 * column.value + linearCost[j], times: x[j])
    }
    sum.add(objectiveConstant)
    return sum.value
  }

  private static func require(_ vector: [Double], count: Int, _ what: String, per unit: String) {
    precondition(
      vector.count == count, "\(what) needs an entry per \(unit): \(count), not \(vector.count).")
  }
}
