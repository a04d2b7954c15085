public import LinearAlgebra

/// A program that changes from one solution to the next: the points of a frontier, a hedge that is
/// renewed as the market moves.
///
/// The sequence owns its work space and remembers the active sides of the last answer, from which the
/// next solution begins; where only vectors changed, also the factors of P. Neighbouring programs
/// then take one or two steps of Newton's method. An answer does not depend on what was solved before,
/// but for rounding, and is verified like that of ``QuadraticProgram/solve(_:observe:)``. A program that
/// does not suit the active-set method is solved by the interior point method, whose work space is kept
/// as well.
///
///     var frontier = try ProgramSequence(program)
///     for bound in bounds {
///       try frontier.update(inequalityLower: [bound])
///       points.append(try frontier.solve())
///     }
public struct ProgramSequence: ~Copyable {
  /// The program that ``solve()`` solves next.
  public private(set) var program: QuadraticProgram
  private let settings: InteriorPointSolver.Settings
  private var route: ActiveSetRoute?
  private var start = ActiveSetSolver.Start.cold
  /// Answers in a row that the active-set method did not find.
  private var failures = 0
  private var interior: Interior?

  /// The interior point solver, and whether its vectors are those of the program.
  private final class Interior {
    var solver: InteriorPointSolver
    var isCurrent = true
    init(_ solver: consuming InteriorPointSolver) { self.solver = solver }
  }

  /// A sequence that begins with a program.
  ///
  /// - Throws: ``ProblemError`` for a wrong size, a NaN, or an asymmetric P; convexity is found out
  ///   by ``solve()``.
  public init(
    _ program: QuadraticProgram, _ settings: InteriorPointSolver.Settings = .init()
  ) throws(ProblemError) {
    try program.validate()
    self.program = program
    self.settings = settings
    route = ActiveSetRoute.suits(program, settings.method) ? ActiveSetRoute(program) : nil
  }

  /// The solution of the program as it is now. Two matrix-vector products and the verification where
  /// no active side has changed, else a factorization on the free variables. The limit on time of the
  /// settings is that of each solution.
  ///
  /// - Throws: ``ProblemError/notConvex(variable:)``, only after the first solution with this P.
  public mutating func solve() throws(ProblemError) -> Solution {
    let begin = InteriorPointSolver.now
    let deadline = Deadline(seconds: settings.timeLimit, after: begin)
    if let route, failures < 3, settings.timeLimit > 0 {
      if let answer = try route.answer(to: program, settings, from: start, until: deadline) {
        // What was left at the deadline is a point, not an answer whose factors are of use.
        start = answer.status == .timeLimit ? .cold : .lastFactors
        failures = 0
        return Solution(answer, of: program, start: begin, setup: begin)
      }
      start = .cold
      failures += 1
    }
    guard let interior = try currentInterior(until: deadline) else {
      return program.outOfTime(since: begin)
    }
    return interior.solver.solve(until: deadline)
  }

  private mutating func currentInterior(
    until deadline: Deadline
  ) throws(ProblemError) -> Interior? {
    if let interior {
      if !interior.isCurrent {
        try interior.solver.update(linearCost: program.linearCost)
        try interior.solver.update(
          equalityValues: program.equalityValues, inequalityLower: program.inequalityLower,
          inequalityUpper: program.inequalityUpper, lowerBounds: program.lowerBounds,
          upperBounds: program.upperBounds)
        interior.isCurrent = true
      }
      return interior
    }
    guard
      let solver = try InteriorPointSolver.prepared(program, settings, until: deadline)
    else { return nil }
    let new = Interior(solver)
    interior = new
    return new
  }
}

extension ProgramSequence {
  /// Replaces the linear cost c; an entry per variable.
  ///
  /// - Throws: ``ProblemError/notFinite(part:row:column:value:)``; the sequence is then unchanged.
  public mutating func update(linearCost: [Double]) throws(ProblemError) {
    Self.requireCount(linearCost, program.variableCount, "variable")
    try QuadraticProgram.requireFinite(linearCost, .linearCost)
    program.linearCost = linearCost
    vectorsChanged()
  }

  /// Replaces right-hand sides and bounds; what is not given stays.
  ///
  /// - Throws: ``ProblemError/notFinite(part:row:column:value:)``; the sequence is then unchanged.
  public mutating func update(
    equalityValues: [Double]? = nil, inequalityLower: [Double]? = nil,
    inequalityUpper: [Double]? = nil, lowerBounds: [Double]? = nil, upperBounds: [Double]? = nil
  ) throws(ProblemError) {
    var new = program
    if let equalityValues {
      Self.requireCount(equalityValues, program.equalityCount, "equality")
      new.equalityValues = equalityValues
    }
    if let inequalityLower {
      Self.requireCount(inequalityLower, program.inequalityCount, "inequality")
      new.inequalityLower = inequalityLower
    }
    if let inequalityUpper {
      Self.requireCount(inequalityUpper, program.inequalityCount, "inequality")
      new.inequalityUpper = inequalityUpper
    }
    new.bound(atLeast: lowerBounds, atMost: upperBounds)
    try new.requireFiniteSides()
    program = new
    vectorsChanged()
  }

  /// Replaces matrices, which keep their sizes; what is not given stays. The next solution begins at
  /// the active sides of the last.
  ///
  /// - Throws: ``ProblemError`` for a wrong size of P, a NaN, or an asymmetric P; the sequence is then
  ///   unchanged.
  public mutating func update(
    quadraticCost: QuadraticCost? = nil, equalityMatrix: SparseMatrix? = nil,
    inequalityMatrix: SparseMatrix? = nil
  ) throws(ProblemError) {
    var new = program
    if let quadraticCost { new.quadraticCost = quadraticCost }
    if let equalityMatrix {
      Self.requireSize(equalityMatrix, of: program.equalityMatrix)
      new.equalityMatrix = equalityMatrix
    }
    if let inequalityMatrix {
      Self.requireSize(inequalityMatrix, of: program.inequalityMatrix)
      new.inequalityMatrix = inequalityMatrix
    }
    try new.validate()
    program = new
    interior = nil
    failures = 0
    guard ActiveSetRoute.suits(new, settings.method) else {
      route = nil
      start = .cold
      return
    }
    if let route {
      route.load(new)
      if case .lastFactors = start { start = .lastSides }
    } else {
      route = ActiveSetRoute(new)
    }
  }

  private func vectorsChanged() {
    route?.update(vectorsOf: program)
    interior?.isCurrent = false
  }

  private static func requireCount(_ vector: [Double], _ count: Int, _ unit: String) {
    precondition(
      vector.count == count, "An update needs an entry per \(unit): \(count), not \(vector.count).")
  }

  private static func requireSize(_ new: SparseMatrix, of old: SparseMatrix) {
    precondition(
      new.rows == old.rows && new.columns == old.columns,
      "An update keeps the size of a matrix: \(old.rows) by \(old.columns), not \(new.rows) by "
        + "\(new.columns).")
  }
}
