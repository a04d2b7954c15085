public import LinearAlgebra

/// A convex quadratic program, a value.
///
///     minimize    ½ xᵀPx + cᵀx + r
///     subject to  Ax = b
///                 l ≤ Gx ≤ u
///                 xl ≤ x ≤ xu
///                 Fx + g ∈ Q₁ × … × Q_K,   Q = {s : s₀ ≥ ‖(s₁, …)‖}
///
/// Every part but `c` may be absent. An absent side of a row or of a bound is an infinity: `-.infinity`
/// below, `.infinity` above. A row or bound whose lower side exceeds its upper side makes the program
/// infeasible; that is an answer of ``solve(_:observe:)``, not an error.
///
/// The multipliers of a ``Solution`` follow one sign rule. With y for the equalities, w for the
/// inequality rows and z for the bounds,
///
///     Px + c + Aᵀy + Gᵀw + z + Fᵀv = 0,
///
/// where a positive w or z belongs to an active upper side and a negative one to an active lower side.
/// A second-order cone is a lower side: the part of −v that belongs to a cone lies in it, and it is
/// perpendicular to that of Fx + g.
public struct QuadraticProgram: Sendable, Hashable {
  /// The matrix P, n × n, symmetric and positive semidefinite, both triangles stored; nil for a
  /// linear program.
  public internal(set) var quadraticCost: QuadraticCost?
  /// The vector c, one entry per variable.
  public internal(set) var linearCost: [Double]
  /// The constant r of the objective.
  public var objectiveConstant = 0.0

  /// The matrix A, one row per equality.
  public internal(set) var equalityMatrix: SparseMatrix
  /// The vector b, one entry per equality.
  public internal(set) var equalityValues: [Double] = []
  /// The matrix G, one row per inequality.
  public internal(set) var inequalityMatrix: SparseMatrix
  /// Dense parts of G, by reference; they add to ``inequalityMatrix`` in the rows that they name.
  /// Programs lifted from scenarios or factors have them, those of a user none.
  var inequalityBlocks: [DenseBlock] = []
  /// The vector l, one entry per row of G; −∞ where there is no lower side.
  public internal(set) var inequalityLower: [Double] = []
  /// The vector u, one entry per row of G; ∞ where there is no upper side.
  public internal(set) var inequalityUpper: [Double] = []
  /// The vector xl, one entry per variable; −∞ where there is none.
  public private(set) var lowerBounds: [Double]
  /// The vector xu, one entry per variable; ∞ where there is none.
  public private(set) var upperBounds: [Double]

  /// The variables that take whole values only.
  public internal(set) var integerVariables: Set<Int> = []
  /// The variables that are zero or within their bounds.
  public internal(set) var semicontinuousVariables: Set<Int> = []

  /// The matrix F, the rows of the second-order cones one after the other.
  public internal(set) var coneMatrix: SparseMatrix
  /// The vector g, one entry per row of F.
  public internal(set) var coneOffsets: [Double] = []
  /// The rows of F of each second-order cone; the first of them bounds the norm of the others.
  public internal(set) var coneRows: [Range<Int>] = []

  /// The rows of A and of G in the order in which they were added, or in which a file gave them.
  public internal(set) var rowOrder: [Row] = []
  /// The name of the program; empty when it has none.
  public var name = ""
  /// The names of the variables, in their order; nil when they have none.
  public var variableNames: [String]?
  /// The names of the rows, in the order of ``rowOrder``; nil when they have none.
  public var rowNames: [String]?
  /// The names of the second-order cones, in the order of ``coneRows``; nil when they have none.
  public var coneNames: [String]?

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
  public init(quadraticCost: QuadraticCost?, linearCost: [Double]) {
    self.quadraticCost = quadraticCost
    self.linearCost = linearCost
    equalityMatrix = SparseMatrix(rows: 0, columns: linearCost.count)
    inequalityMatrix = SparseMatrix(rows: 0, columns: linearCost.count)
    coneMatrix = SparseMatrix(rows: 0, columns: linearCost.count)
    lowerBounds = [Double](repeating: -.infinity, count: linearCost.count)
    upperBounds = [Double](repeating: .infinity, count: linearCost.count)
  }

  /// A program with a dense quadratic cost, or without any; see ``init(quadraticCost:linearCost:)``.
  public init(quadraticCost: Matrix? = nil, linearCost: [Double]) {
    self.init(quadraticCost: quadraticCost.map(QuadraticCost.dense), linearCost: linearCost)
  }

  /// A program with a sparse quadratic cost; see ``init(quadraticCost:linearCost:)``.
  public init(quadraticCost: SparseMatrix, linearCost: [Double]) {
    self.init(quadraticCost: .sparse(quadraticCost), linearCost: linearCost)
  }

  /// The number of variables, n.
  public var variableCount: Int { linearCost.count }
  /// The number of rows of A.
  public var equalityCount: Int { equalityValues.count }
  /// The number of rows of G.
  public var inequalityCount: Int { inequalityLower.count }

  /// Adds the rows A x = b. A has a column per variable, b an entry per row of A.
  public mutating func constrain(_ matrix: SparseMatrix, equalTo values: [Double]) {
    requireColumns(matrix.columns)
    Self.require(values, count: matrix.rows, "The right-hand side", per: "row")
    rowOrder += (0..<matrix.rows).map { .equality(equalityCount + $0) }
    equalityMatrix = equalityMatrix.appendingRows(of: matrix)
    equalityValues += values
  }

  /// Adds the rows A x = b of a dense A.
  public mutating func constrain(_ matrix: Matrix, equalTo values: [Double]) {
    constrain(SparseMatrix(matrix), equalTo: values)
  }

  /// Adds the rows l ≤ G x ≤ u. G has a column per variable, l and u an entry per row of G; a side
  /// that is not given is infinite.
  public mutating func constrain(
    _ matrix: SparseMatrix, atLeast lower: [Double]? = nil, atMost upper: [Double]? = nil
  ) {
    requireColumns(matrix.columns)
    let lower = lower ?? [Double](repeating: -.infinity, count: matrix.rows)
    let upper = upper ?? [Double](repeating: .infinity, count: matrix.rows)
    Self.require(lower, count: matrix.rows, "The lower side", per: "row")
    Self.require(upper, count: matrix.rows, "The upper side", per: "row")
    rowOrder += (0..<matrix.rows).map { .inequality(inequalityCount + $0) }
    inequalityMatrix = inequalityMatrix.appendingRows(of: matrix)
    inequalityLower += lower
    inequalityUpper += upper
  }

  /// Adds the rows l ≤ G x ≤ u, where G is the sum of a sparse matrix and, over the given variables, a
  /// dense one, which is kept by reference.
  mutating func constrain(
    _ block: Matrix, over variables: [Int], plus matrix: SparseMatrix,
    atLeast lower: [Double]? = nil,
    atMost upper: [Double]? = nil
  ) {
    let first = inequalityCount
    constrain(matrix, atLeast: lower, atMost: upper)
    inequalityBlocks.append(
      DenseBlock(matrix: block, rows: first..<inequalityCount, columns: variables))
  }

  /// Adds the rows l ≤ G x ≤ u of a dense G.
  public mutating func constrain(
    _ matrix: Matrix, atLeast lower: [Double]? = nil, atMost upper: [Double]? = nil
  ) {
    constrain(SparseMatrix(matrix), atLeast: lower, atMost: upper)
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

  /// The value ½ xᵀPx + cᵀx + r. O(entries).
  public func objective(at x: [Double]) -> Double {
    Self.require(x, count: variableCount, "The point", per: "variable")
    return objective(at: x, costProduct: costProduct(x))
  }

  /// The objective where Px is known.
  func objective(at x: [Double], costProduct: [Double]) -> Double {
    var sum = CompensatedSum()
    for (xⱼ, Pxⱼ) in zip(x, costProduct) { sum.add(0.5 * xⱼ, times: Pxⱼ) }
    for (xⱼ, cⱼ) in zip(x, linearCost) { sum.add(cⱼ, times: xⱼ) }
    sum.add(objectiveConstant)
    return sum.value
  }

  func requireColumns(_ columns: Int) {
    precondition(
      columns == variableCount,
      "The matrix of a constraint needs a column per variable: \(variableCount), not \(columns).")
  }

  static func require(_ vector: [Double], count: Int, _ what: String, per unit: String) {
    precondition(
      vector.count == count, "\(what) needs an entry per \(unit): \(count), not \(vector.count).")
  }
}
