public import LinearAlgebra

/// The correlation matrix nearest to a symmetric matrix, by a semismooth Newton method.
///
/// For a symmetric G: minimize ½ ‖X − G‖² (Frobenius) with Xᵢᵢ = 1, given values of other elements
/// where wanted, and X − εI positive semidefinite. Written 𝒜(X) = b, the dual is unconstrained and
/// smooth: θ(y) = ½ ‖(G + 𝒜*(y))₊‖² − bᵀy, with ∇θ(y) = 𝒜((G + 𝒜*(y))₊) − b, and X = (G + 𝒜*(y))₊ at
/// its minimum. Its gradient is strongly semismooth, so Newton's method, with conjugate gradients for
/// the steps and Armijo's rule for their lengths, converges quadratically. Sources: Qi and Sun, "A
/// quadratically convergent Newton method for computing the nearest correlation matrix", SIAM Journal
/// on Matrix Analysis and Applications 28 (2006), algorithm 5.1; with given elements, Gao and Sun,
/// "Calibrating least squares semidefinite programming with equality and inequality constraints",
/// the same journal 31 (2009); the problem is Higham's, IMA Journal of Numerical Analysis 22 (2002).
public struct NearestCorrelation: Sendable, Hashable {
  /// ε: the least eigenvalue that the correlation may have, in [0, 1). Above zero the result has a
  /// Cholesky factor.
  public var smallestEigenvalue: Double
  /// The ‖diag X − 1‖ / (1 + √n) at which the iteration ends; the diagonal is then set to 1 exactly
  /// by scaling.
  public var tolerance: Double
  /// The number of Newton steps at which the iteration ends.
  public var iterationLimit: Int

  /// The method with its tolerances.
  public init(
    smallestEigenvalue: Double = 0, tolerance: Double = 1e-12, iterationLimit: Int = 100
  ) {
    precondition(
      smallestEigenvalue >= 0 && smallestEigenvalue < 1,
      "The least eigenvalue of a correlation matrix lies in [0, 1), not at \(smallestEigenvalue).")
    precondition(tolerance > 0, "The tolerance must be positive.")
    self.smallestEigenvalue = smallestEigenvalue
    self.tolerance = tolerance
    self.iterationLimit = iterationLimit
  }

  /// How the iteration ended.
  public enum Status: Sendable, Hashable {
    /// The tolerance was met.
    case converged
    /// No step along the Newton direction lowered the dual any more: rounding has the last word,
    /// and `residual` says how far it came.
    case stalled
    /// The limit on iterations was reached.
    case iterationLimit
  }

  /// A correlation matrix and how it was found.
  public struct Result: Sendable, Hashable {
    /// X: symmetric, of unit diagonal, with no eigenvalue below ε but for rounding.
    public let correlation: Matrix
    /// How the iteration ended.
    public let status: Status
    /// The number of Newton steps.
    public let iterations: Int
    /// ‖diag X − 1‖ / (1 + √n) before the last scaling.
    public let residual: Double
    /// ‖X − G‖, Frobenius.
    public let distance: Double
  }

  /// The correlation matrix nearest to `matrix`, whose diagonal does not matter.
  ///
  /// Fixed entries are exactly what they shall be; the eigenvalues of X then keep to ε but for the
  /// residual. Where only matrices without an inverse have the fixed entries, the multipliers have no
  /// limit and the iteration may end with `stalled`.
  ///
  /// - Parameter entries: Correlations that X shall have, each pair once.
  /// - Throws: ``EstimationError`` where the matrix is not square, symmetric and finite; for fixed
  ///   entries `invalidFixedEntry` at the first that alone is impossible, `infeasibleFixedEntries`
  ///   where a multiplier proves that no correlation matrix has them all.
  /// - Complexity: one symmetric eigenproblem for each of usually fewer than ten iterations, and
  ///   some products of matrices.
  public func nearest(
    to matrix: Matrix, fixing entries: [FixedCorrelation] = []
  ) throws(EstimationError) -> Result {
    try requireSymmetric(matrix)
    let n = matrix.rows
    // With X = Z + εI the problem is that of Z with diagonal 1 − ε.
    let constraints = try ElementConstraints(
      size: n, diagonal: 1 - smallestEigenvalue, entries: entries)
    guard n > 0 else {
      return Result(
        correlation: matrix, status: .converged, iterations: 0, residual: 0, distance: 0)
    }
    var shifted = matrix
    for i in 0..<n { shifted[i, i] = 1 - smallestEigenvalue }
    for e in entries {
      shifted[e.first, e.second] = e.value
      shifted[e.second, e.first] = e.value
    }

    let (point, status, iterations) = try BLAS.withSingleThreadedBLAS {
      () throws(EstimationError) in try minimum(of: shifted, constraints)
    }
    let residual = norm(point.gradient) / (1 + Double(n).squareRoot())
    if status != .converged && !entries.isEmpty {
      let violation = try constraints.violation(provedBy: point.y)
      if violation > 1e-9 { throw .infeasibleFixedEntries(violation: violation) }
    }
    var X = unitDiagonal(of: point.projection(shifted, constraints))
    for e in entries {
      X[e.first, e.second] = e.value
      X[e.second, e.first] = e.value
    }
    return Result(
      correlation: X, status: status, iterations: iterations, residual: residual,
      distance: (X - matrix).norm(.frobenius))
  }

  /// Newton's method on the dual, from y = 0.
  private func minimum(
    of shifted: Matrix, _ constraints: ElementConstraints
  ) throws(EstimationError) -> (DualPoint, Status, Int) {
    let goal = tolerance * (1 + Double(shifted.rows).squareRoot())
    var point = try DualPoint(
      shifted, y: [Double](repeating: 0, count: constraints.count), constraints)
    var iterations = 0
    while norm(point.gradient) > goal {
      if iterations == iterationLimit { return (point, .iterationLimit, iterations) }
      guard let next = try step(from: point, shifted, constraints) else {
        return (point, .stalled, iterations)
      }
      point = next
      iterations += 1
      // Multipliers that grow without bound prove at some time that there is no solution.
      if !constraints.pairs.isEmpty && iterations.isMultiple(of: 10),
        try constraints.violation(provedBy: point.y) > 1e-9
      {
        return (point, .stalled, iterations)
      }
    }
    return (point, .converged, iterations)
  }

  /// The next point on the Newton direction by Armijo's rule; nil where none lowers the dual.
  private func step(
    from point: DualPoint, _ shifted: Matrix, _ constraints: ElementConstraints
  ) throws(EstimationError) -> DualPoint? {
    let residual = norm(point.gradient)
    // Accurate enough for quadratic convergence, and not beyond what the last step needs.
    let goal = tolerance * (1 + Double(shifted.rows).squareRoot())
    let direction = point.newtonDirection(
      constraints, regularization: min(1e-3, 0.1 * residual),
      accuracy: max(min(0.1, residual), min(0.1, 0.1 * goal / residual), 1e-8))
    let slope = dot(point.gradient, direction)
    guard slope < 0 else { return nil }
    var α = 1.0
    for _ in 0..<30 {
      let y = zip(point.y, direction).map { $0 + α * $1 }
      let next = try DualPoint(shifted, y: y, constraints)
      // Near the minimum the fall of θ drowns in rounding, while the gradient still tells.
      let rounding = 1e-13 * max(1, abs(point.value))
      let isLower = next.value <= point.value + 1e-4 * α * slope
      let isBetter = next.value <= point.value + rounding && norm(next.gradient) < residual
      if isLower || isBetter { return next }
      α *= 0.5
    }
    return nil
  }

  /// D^(−½) Z D^(−½) (1 − ε) + εI with D the diagonal of Z: the unit diagonal is then exact.
  private func unitDiagonal(of Z: Matrix) -> Matrix {
    let d = Z.diagonal
    return Matrix(rows: Z.rows, columns: Z.rows) { i, j in
      i == j ? 1 : (1 - smallestEigenvalue) * Z[i, j] / (d[i] * d[j]).squareRoot()
    }
  }
}
