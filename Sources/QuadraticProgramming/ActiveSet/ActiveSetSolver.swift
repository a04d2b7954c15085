internal import LinearAlgebra

/// The active-set solver of dense programs: work space for programs up to a size, and the sides held
/// at the last answer.
///
/// Runs ``SemismoothNewton`` first and ends by ``DualActiveSet`` where that does not converge or P is
/// only semidefinite. Every answer is verified on the data before it is called optimal. `solve`
/// allocates nothing, but for the dual method's work space when it is first needed; one solver per
/// thread.
///
/// A sequence of programs (moving c, sides, or data) is solved from the last answer's sides by
/// `solve(_:from: .lastSides)`.
package final class ActiveSetSolver {
  /// Where the search for the active sides begins.
  package enum Start: Sendable {
    /// No side is held.
    case cold
    /// The sides of the last answer.
    case lastSides
    /// The sides of the last answer; P and A are those of the last call, and their factors are kept.
    case lastFactors
  }

  /// The methods tried.
  package enum Method: Sendable {
    /// Semismooth Newton, then the dual method where needed.
    case automatic
    /// Semismooth Newton alone: fails where it does not converge.
    case newton
    /// The dual method alone.
    case dual
  }

  package let maxVariables: Int
  package let maxRows: Int
  package var method = Method.automatic
  /// The most steps of the dual method in a call.
  package var stepLimit = Int.max
  /// The time at which `solve` gives up; a factorization once begun is finished.
  package var deadline = Deadline.never
  /// Whether the last call gave up at the deadline; then its status is `failed`, and what is left are the
  /// point and the multipliers that it had.
  package private(set) var isOutOfTime = false
  package private(set) var status = ActiveSetStatus.failed
  package private(set) var residuals = DenseResiduals()
  /// The variable of a bound, or n + a row, whose sides are crossed: then it alone makes the program
  /// infeasible, and the multipliers are zero.
  package private(set) var crossed: Int?
  /// Cholesky factorizations, and Newton iterations plus steps of the dual method, of the last call.
  package private(set) var factorizations = 0
  package private(set) var steps = 0
  /// Whether a factorization in the last call has shown P to be positive definite on all variables
  /// that are not fixed.
  package private(set) var isCostFactored = false
  private(set) var n = 0
  private(set) var m = 0
  private let newton: SemismoothNewton
  private lazy var dual = DualActiveSet(maxVariables: maxVariables, maxRows: maxRows)
  private var isDualAnswer = false
  private var isDualFactorKept = false
  private let side: UnsafeMutablePointer<Int8>
  private let rowSide: UnsafeMutablePointer<Int8>
  private let slab = Slab()

  /// Work space for programs of at most `n` variables and `m` rows.
  package init(maxVariables n: Int, maxRows m: Int) {
    precondition(n > 0 && m >= 0, "A program has at least one variable and no negative row count.")
    (maxVariables, maxRows) = (n, m)
    newton = SemismoothNewton(maxVariables: n, maxRows: m)
    side = slab.bytes(n)
    rowSide = slab.bytes(m)
  }

  /// Allocates the work space of the dual method now rather than at its first use.
  package func reserve() { _ = dual }

  /// Solves the program; the answer is in the pointers below until the next call.
  @discardableResult
  package func solve(_ program: DenseProgram, from start: Start = .cold) -> ActiveSetStatus {
    precondition(
      program.variableCount <= maxVariables && program.rowCount <= maxRows,
      "The solver has work space for \(maxVariables) variables and \(maxRows) rows.")
    return program.withView { p in
      p.n > Kernel.small
        ? BLAS.withSingleThreadedBLAS { solve(p, from: start) } : solve(p, from: start)
    }
  }

  private func solve(_ p: ProgramView, from start: Start) -> ActiveSetStatus {
    let isWarm = start != .cold && p.n == n && p.m == m
    let keepsFactors = start == .lastFactors && isWarm
    (n, m) = (p.n, p.m)
    (factorizations, steps) = (0, 0)
    crossed = nil
    newton.deadline = deadline
    isOutOfTime = false
    if !keepsFactors { isCostFactored = false }
    if !isWarm {
      side.update(repeating: 0, count: n)
      rowSide.update(repeating: 0, count: m)
    }
    if !keepsFactors { isDualFactorKept = false }
    status = .failed
    if method != .dual, p.sidesAreOrdered,
      solveByNewton(p, isWarm: isWarm, keepsFactors: keepsFactors)
    {
      status = .optimal
    } else if method != .newton, !isOutOfTime {
      solveByDual(p)
    }
    return status
  }

  private func solveByNewton(_ p: ProgramView, isWarm: Bool, keepsFactors: Bool) -> Bool {
    // Many rows, or a dual answer last time: the dual method goes on from there.
    guard method == .newton || (m <= 2 * n + 50 && !(isWarm && isDualAnswer)) else { return false }
    newton.begin(p, side: side, rowSide: rowSide, isWarm: isWarm && !isDualAnswer)
    let converged = newton.solve(p, keepingFactor: keepsFactors && !isDualAnswer)
    if newton.isCostFactored { isCostFactored = true }
    factorizations += newton.factorizations
    steps += newton.iterations
    guard converged else {
      isOutOfTime = deadline.hasPassed
      if isOutOfTime {
        isDualAnswer = false
        newton.writeMultipliers(p)
      }
      return false
    }
    residuals = DenseResiduals(
      p, x: newton.x, y: newton.y, z: newton.z, g: newton.gradient, v: newton.values)
    guard newton.isAccepted(p, residuals) else { return false }
    isDualAnswer = false
    side.update(from: newton.side, count: n)
    rowSide.update(from: newton.rowSide, count: m)
    return true
  }

  private func solveByDual(_ p: ProgramView) {
    dual.stepLimit = stepLimit
    dual.deadline = deadline
    status = dual.solve(p, side: side, rowSide: rowSide, keepingFactor: isDualFactorKept)
    factorizations += dual.factorizations
    steps += dual.steps
    residuals = status == .optimal ? dual.residuals : DenseResiduals()
    crossed = dual.crossed
    isDualAnswer = true
    isDualFactorKept = crossed == nil
    if status == .failed, crossed == nil, deadline.hasPassed {
      isOutOfTime = true
      dual.writeMultipliers(p)
    }
    if crossed == nil, !dual.isProximal { isCostFactored = true }
    guard status == .optimal else { return }
    side.update(repeating: 0, count: n)
    rowSide.update(repeating: 0, count: m)
    for k in 0..<dual.workingCount {
      let index = Int(dual.working[k])
      let s = dual.workingSide[k]
      if index < n { side[index] = s == 0 ? 1 : s } else { rowSide[index - n] = s == 0 ? 1 : s }
    }
  }
}

extension ActiveSetSolver {
  /// The point of the last call, or its ray; valid until the next.
  package var x: UnsafePointer<Double> { isDualAnswer ? .init(dual.x) : .init(newton.x) }
  /// The row multipliers of the last call, or the Farkas multipliers.
  package var rowMultipliers: UnsafePointer<Double> {
    isDualAnswer ? .init(dual.y) : .init(newton.y)
  }
  /// The bound multipliers of the last call, or the Farkas multipliers.
  package var boundMultipliers: UnsafePointer<Double> {
    isDualAnswer ? .init(dual.z) : .init(newton.z)
  }

  /// A copy of the point of the last call.
  var point: [Double] { Array(UnsafeBufferPointer(start: x, count: n)) }

  /// A copy of the last answer.
  package var solution: ActiveSetSolution {
    func copy<T>(_ p: UnsafePointer<T>, _ count: Int) -> [T] {
      Array(UnsafeBufferPointer(start: p, count: count))
    }
    return ActiveSetSolution(
      status: status, x: copy(x, n), rowMultipliers: copy(rowMultipliers, m),
      boundMultipliers: copy(boundMultipliers, n), boundSides: copy(side, n),
      rowSides: copy(rowSide, m).map { min($0, 1) }, crossed: crossed,
      factorizations: factorizations, steps: steps, residuals: residuals)
  }

  /// Sides to begin from in the next call with `.lastSides`: −1 lower, 0 free, 1 upper.
  package func hold(boundSides: [Int8], rowSides: [Int8]) {
    precondition(
      boundSides.count <= maxVariables && rowSides.count <= maxRows,
      "The solver has work space for \(maxVariables) variables and \(maxRows) rows.")
    (n, m) = (boundSides.count, rowSides.count)
    for j in 0..<n { side[j] = boundSides[j] }
    for i in 0..<m { rowSide[i] = rowSides[i] }
    isDualAnswer = false
    newton.forgetPoint()
  }
}
