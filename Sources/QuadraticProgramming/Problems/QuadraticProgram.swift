public import LinearAlgebra

/// A convex quadratic program, a value.
///
///     minimize    ½ xᵀPx + cᵀx + r
///     subject to  Ax = b
///                 l ≤ Gx ≤ u
///                 xl ≤ x ≤ xu
///
/// Every part but `c` may be absent. An absent side of a row or of a bound is an infinity: `-.infinity`
/// below, `.infinity` above. A row or bound whose lower side exceeds its upper side makes the program
/// infeasible; that is an answer of ``solve(_:)``, not an error.
///
/// The multipliers of a ``Solution`` follow one sign rule. With y for the equalities, w for the
/// inequality rows and z for the bounds,
///
///     Px + c + Aᵀy + Gᵀw + z = 0,
///
/// where a positive w or z belongs to an active upper side and a negative one to an active lower side.
public struct QuadraticProgram: Sendable, Hashable {
  /// The matrix P, n × n, symmetric and positive semidefinite, both triangles stored; nil for a
  /// linear program.
  public let quadraticCost: Matrix?
  /// The vector c, one entry per variable.
  public internal(set) var linearCost: [Double]
  /// The constant r of the objective.
  public var objectiveConstant = 0.0

  /// The matrix A, one row per equality.
  public private(set) var equalityMatrix: Matrix
  /// The vector b, one entry per equality.
  public internal(set) var equalityValues: [Double] = []
  /// The matrix G, one row per inequality.
  public private(set) var inequalityMatrix: Matrix
  /// The vector l, one entry per row of G; −∞ where there is no lower side.
  public internal(set) var inequalityLower: [Double] = []
  /// The vector u, one entry per row of G; ∞ where there is no upper side.
  public internal(set) var inequalityUpper: [Double] = []
  /// The vector xl, one entry per variable; −∞ where there is none.
  public private(set) var lowerBounds: [Double]
  /// The vector xu, one entry per variable; ∞ where there is none.
  public private(set) var upperBounds: [Double]

  /// The rows of A and of G in the order in which they were added, or in which a file gave them.
  public internal(set) var rowOrder: [Row] = []
  /// The name of the program; empty when it has none.
  public var name = ""
  /// The names of the variables, in their order; nil when they have none.
  public var variableNames: [String]?
  /// The names of the rows, in the order of ``rowOrder``; nil when they have none.
  public var rowNames: [String]?

  /// The place of a row: which matrix holds it, and where.
  public enum Row: Sendable, Hashable {
    /// Row `index` of A.
    case equality(_ index: Int)
    /// Row `index` of G.
    case inequality(_ index: Int)
  }

  /// A program without constraints; rows and bounds are added to it.
  ///
  /// - Parameters:
  ///   - quadraticCost: P, n × n, symmetric positive semidefinite with both triangles stored; nil for
  ///     a linear program. Its size, symmetry and convexity are checked when the program is solved.
  ///   - linearCost: c, of n entries.
  public init(quadraticCost: Matrix? = nil, linearCost: [Double]) {
    self.quadraticCost = quadraticCost
    self.linearCost = linearCost
    equalityMatrix = Matrix(rows: 0, columns: linearCost.count)
    inequalityMatrix = Matrix(rows: 0, columns: linearCost.count)
    lowerBounds = [Double](repeating: -.infinity, count: linearCost.count)
    upperBounds = [Double](repeating: .infinity, count: linearCost.count)
  }

  /// The number of variables, n.
  public var variableCount: Int { linearCost.count }
  /// The number of rows of A.
  public var equalityCount: Int { equalityValues.count }
  /// The number of rows of G.
  public var inequalityCount: Int { inequalityLower.count }

  /// Adds the rows A x = b. A has a column per variable, b an entry per row of A.
  public mutating func constrain(_ matrix: Matrix, equalTo values: [Double]) {
    requireColumns(of: matrix)
    Self.require(values, count: matrix.rows, "The right-hand side", per: "row")
    rowOrder += (0..<matrix.rows).map { .equality(equalityCount + $0) }
    equalityMatrix = equalityMatrix.appendingRows(of: matrix)
    equalityValues += values
  }

  /// Adds the rows l ≤ G x ≤ u. G has a column per variable, l and u an entry per row of G; a side
  /// that is not given is infinite.
  public mutating func constrain(
    _ matrix: Matrix, atLeast lower: [Double]? = nil, atMost upper: [Double]? = nil
  ) {
    requireColumns(of: matrix)
    let lower = lower ?? [Double](repeating: -.infinity, count: matrix.rows)
    let upper = upper ?? [Double](repeating: .infinity, count: matrix.rows)
    Self.require(lower, count: matrix.rows, "The lower side", per: "row")
    Self.require(upper, count: matrix.rows, "The upper side", per: "row")
    rowOrder += (0..<matrix.rows).map { .inequality(inequalityCount + $0) }
    inequalityMatrix = inequalityMatrix.appendingRows(of: matrix)
    inequalityLower += lower
    inequalityUpper += upper
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

  /// The value ½ xᵀPx + cᵀx + r. O(n²).
  public func objective(at x: [Double]) -> Double {
    Self.require(x, count: variableCount, "The point", per: "variable")
    var sum = CompensatedSum()
    for j in 0..<variableCount {
      if let quadraticCost {
        var column = CompensatedSum()
        for i in 0..<variableCount {
          column.add(quadraticCost.elements[i + j * variableCount], times: x[i])
        }
        sum.add(0.5 * column.value, times: x[j])
      }
      sum.add(linearCost[j], times: x[j])
    }
    sum.add(objectiveConstant)
    return sum.value
  }

  /// The solution by an interior point method, with a status that says how far it is to be trusted.
  ///
  /// O(n²(n + m) + np²) per iteration, usually 10 to 25 iterations.
  /// - Throws: ``ProblemError`` for data that is no convex program: a wrong size, a NaN, an
  ///   asymmetric or indefinite P. What the algorithm finds, infeasibility included, is a status.
  public func solve(
    _ settings: InteriorPointSolver.Settings = .init()
  ) throws(ProblemError) -> Solution {
    var solver = try InteriorPointSolver(self, settings)
    return solver.solve()
  }

  private func requireColumns(of matrix: Matrix) {
    precondition(
      matrix.columns == variableCount,
      "The matrix of a constraint needs a column per variable: \(variableCount), not \(matrix.columns)."
    )
  }

  private static func require(_ vector: [Double], count: Int, _ what: String, per unit: String) {
    precondition(
      vector.count == count, "\(what) needs an entry per \(unit): \(count), not \(vector.count).")
  }
}

extension Matrix {
  /// This matrix with the rows of another below it.
  func appendingRows(of other: Matrix) -> Matrix {
    if rows == 0 { return other }
    if other.rows == 0 { return self }
    var result = Matrix(rows: rows + other.rows, columns: columns)
    for j in 0..<columns {
      let start = j * result.rows
      for i in 0..<rows { result.elements[start + i] = elements[j * rows + i] }
      for i in 0..<other.rows {
        result.elements[start + rows + i] = other.elements[j * other.rows + i]
      }
    }
    return result
  }
}
