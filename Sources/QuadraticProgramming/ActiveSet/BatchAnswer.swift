/// The answer to one program of a ``BatchSolver``, in the work space of its worker: to be read before
/// the worker goes on.
public struct BatchAnswer: ~Copyable {
  private let solver: ActiveSetSolver

  init(_ solver: ActiveSetSolver) { self.solver = solver }

  /// What was concluded, checked on the data of the program.
  public var status: ActiveSetStatus { solver.status }
  /// The violations of the optimality conditions; infinite where there is no solution.
  public var residuals: DenseResiduals { solver.residuals }
  /// The number of variables.
  public var variableCount: Int { solver.n }
  /// The number of rows.
  public var rowCount: Int { solver.m }

  /// The entry of the solution, or of the ray, for a variable.
  public func point(_ variable: Int) -> Double {
    requireIndex(variable, below: variableCount)
    return solver.x[variable]
  }

  /// The multiplier y of a row; a Farkas multiplier when infeasible.
  public func rowMultiplier(_ row: Int) -> Double {
    requireIndex(row, below: rowCount)
    return solver.rowMultipliers[row]
  }

  /// The multiplier z of a variable's bounds; a Farkas multiplier when infeasible.
  public func boundMultiplier(_ variable: Int) -> Double {
    requireIndex(variable, below: variableCount)
    return solver.boundMultipliers[variable]
  }

  private func requireIndex(_ index: Int, below count: Int) {
    precondition(
      index >= 0 && index < count, "The answer has \(count) entries, none at \(index).")
  }
}
