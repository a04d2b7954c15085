internal import LinearAlgebra

/// The way of a ``QuadraticProgram`` through the active-set engine: dense data, the engine's work
/// space, and the verification of its answers on the program as given.
final class ActiveSetRoute {
  private let engine: ActiveSetSolver
  private var program: DenseProgram
  /// Whether P of the last program is known to be positive semidefinite.
  private var isConvexityKnown = false

  init(_ problem: QuadraticProgram, engine: ActiveSetSolver? = nil) {
    program = DenseProgram(problem)
    let m = problem.equalityCount + problem.inequalityCount
    self.engine = engine ?? ActiveSetSolver(maxVariables: problem.variableCount, maxRows: m)
    limitWork(to: problem)
  }

  /// An answer, verified on the program as given; nil where there is none to the tolerance. Where the
  /// deadline passes first the point that the engine had, of which P may not have been tested yet.
  ///
  /// - Throws: ``ProblemError/notConvex(variable:)``, by the test of the interior point method.
  func answer(
    to problem: QuadraticProgram, _ settings: InteriorPointSolver.Settings,
    from start: ActiveSetSolver.Start = .cold, until deadline: Deadline
  ) throws(ProblemError) -> ActiveSetAnswer? {
    engine.deadline = deadline
    let status = engine.solve(program, from: start)
    if engine.isOutOfTime { return answerOutOfTime(problem) }
    guard status != .failed, engine.crossed == nil else { return nil }
    if !isConvexityKnown, !engine.isCostFactored { try requireConvexity(of: problem) }
    isConvexityKnown = true
    switch status {
    case .optimal:
      let answer = ActiveSetAnswer(
        .optimal, problem, x: engine.point, duals: duals(of: problem), steps: engine.steps)
      return answer.residuals.satisfy(settings.tolerance) ? answer : nil
    case .primalInfeasible:
      let found = InfeasibilityCertificate(
        verifying: duals(of: problem), for: problem, tolerance: settings.infeasibilityTolerance)
      return found.map { answer(.primalInfeasible(certificate: $0), problem) }
    case .unbounded:
      let found = UnboundedRay(
        verifying: engine.point, for: problem, tolerance: settings.infeasibilityTolerance)
      return found.map { answer(.dualInfeasible(certificate: $0), problem) }
    case .failed: return nil
    }
  }

  /// The answer where there is no solution: its point is the one nearest to zero within the bounds.
  private func answer(_ status: Solution.Status, _ problem: QuadraticProgram) -> ActiveSetAnswer {
    let x = problem.pointNearestZero
    return ActiveSetAnswer(
      status, problem, x: x, duals: .zero(for: problem), steps: engine.steps)
  }

  /// The point that the engine has, within the bounds.
  private func answerOutOfTime(_ problem: QuadraticProgram) -> ActiveSetAnswer {
    let (x, duals) = (engine.point, duals(of: problem))
    guard x.areFinite, duals.areFinite else { return answer(.timeLimit, problem) }
    return ActiveSetAnswer(
      .timeLimit, problem,
      x: x.indices.map { min(max(x[$0], problem.lowerBounds[$0]), problem.upperBounds[$0]) },
      duals: duals, steps: engine.steps)
  }

  private func duals(of problem: QuadraticProgram) -> Duals {
    let p = problem.equalityCount
    let y = UnsafeBufferPointer(
      start: engine.rowMultipliers, count: p + problem.inequalityCount)
    return Duals(
      equality: Array(y[..<p]), inequality: Array(y[p...]),
      bounds: Array(
        UnsafeBufferPointer(start: engine.boundMultipliers, count: problem.variableCount)))
  }

  private func requireConvexity(of problem: QuadraticProgram) throws(ProblemError) {
    // Rows do not matter to it.
    var cost = QuadraticProgram(
      quadraticCost: problem.quadraticCost, linearCost: problem.linearCost)
    cost.bound(atLeast: problem.lowerBounds, atMost: problem.upperBounds)
    let form = StandardForm(cost)
    if let column = BLAS.withSingleThreadedBLAS({ form.indefiniteColumn }) {
      throw .notConvex(variable: form.reduction.variables[column])
    }
  }
}

extension ActiveSetRoute {
  /// Takes a new linear cost and sides.
  func update(vectorsOf problem: QuadraticProgram) {
    program.linearCost = problem.linearCost
    program.rowLower = problem.equalityValues + problem.inequalityLower
    program.rowUpper = problem.equalityValues + problem.inequalityUpper
    program.lower = problem.lowerBounds
    program.upper = problem.upperBounds
  }

  /// Takes a whole new program; its convexity is found out anew.
  func load(_ problem: QuadraticProgram) {
    program = DenseProgram(problem)
    isConvexityKnown = false
    limitWork(to: problem)
  }

  /// Above this size steps of the dual method, which cost O(n²) each, are left to small counts.
  private static let dualSize = 300

  private func limitWork(to problem: QuadraticProgram) {
    let n = problem.variableCount
    engine.method = n > Self.dualSize ? .newton : .automatic
    engine.stepLimit = 20 * n + 500
  }
}

/// An answer of the active-set engine with what was computed to verify it.
struct ActiveSetAnswer {
  let status: Solution.Status
  let x: [Double]
  let duals: Duals
  let residuals: KKTResiduals
  let costProduct: [Double]
  let steps: Int

  /// - Parameter costProduct: Px, where it is known by other means than the cost of the program.
  init(
    _ status: Solution.Status, _ problem: QuadraticProgram, x: [Double], duals: Duals, steps: Int,
    costProduct: [Double]? = nil
  ) {
    self.status = status
    self.x = x
    self.duals = duals
    self.steps = steps
    let product = costProduct ?? problem.costProduct(x)
    self.costProduct = product
    residuals = KKTResiduals(of: problem, x: x, duals: duals, costProduct: product)
  }
}

extension ActiveSetRoute {
  /// Whether a program is taken to the engine first.
  ///
  /// Automatically where the engine was measured to be faster: rows that are dense and many times the
  /// variables; and, where P has a positive diagonal, which a strictly convex P has, where everything
  /// is small, or P is dense and rows are few.
  static func suits(_ problem: QuadraticProgram, _ method: QuadraticProgram.Method) -> Bool {
    let n = problem.variableCount
    let m = problem.equalityCount + problem.inequalityCount
    // The active sides of a curved set do not give its solution.
    guard n > 0, problem.coneRowCount == 0 else { return false }
    switch method {
    case .interiorPoint: return false
    case .activeSet: return true
    case .automatic: break
    }
    guard let cost = problem.quadraticCost, cost.rows == n, cost.columns == n, n <= 4000
    else { return false }
    if n > 60, m >= 3 * n {
      let entries = problem.equalityMatrix.entryCount + problem.inequalityMatrix.entryCount
      return n <= 250 && 2 * entries >= n * m
    }
    guard (0..<n).allSatisfy({ cost[$0, $0] > 0 }) else { return false }
    return n <= 60 ? m <= 4 * n : m <= n / 8 + 10 && 2 * cost.entryCount >= n * n
  }
}

extension QuadraticCost {
  /// The number of stored elements.
  var entryCount: Int {
    switch self {
    case .dense(let matrix): matrix.elements.count
    case .sparse(let matrix): matrix.entryCount
    }
  }
}
