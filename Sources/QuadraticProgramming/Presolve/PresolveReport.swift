/// What a presolve removed before the interior point method saw a program.
///
/// Every removed variable and every removed row is counted once, by the reduction that removed it.
public struct PresolveReport: Sendable, Hashable {
  /// Variables whose bounds are equal, or became so.
  public internal(set) var fixedVariables = 0
  /// Variables in no row and without a cost shared with others: each is solved alone.
  public internal(set) var isolatedVariables = 0
  /// Variables whose reduced cost has one sign for all admissible multipliers: they go to a bound.
  public internal(set) var dominatedVariables = 0
  /// Variables of one equality and without a quadratic cost: that row becomes two-sided, or goes.
  public internal(set) var slackVariables = 0
  /// Variables held at a bound because a row can be met nowhere else.
  public internal(set) var forcedVariables = 0

  /// Rows without variables or without sides.
  public internal(set) var emptyRows = 0
  /// Rows of one variable, which became a bound.
  public internal(set) var singletonRows = 0
  /// Rows that are multiples of another, whose sides they tighten.
  public internal(set) var parallelRows = 0
  /// Rows that hold wherever the bounds do.
  public internal(set) var redundantRows = 0
  /// Rows that the bounds can meet in one way only.
  public internal(set) var forcingRows = 0

  /// Seconds of the reductions and of the way back, part of those of the ``Solution``.
  public internal(set) var seconds = 0.0

  /// The number of variables that were removed.
  public var removedVariables: Int {
    fixedVariables + isolatedVariables + dominatedVariables + slackVariables + forcedVariables
  }

  /// The number of rows that were removed.
  public var removedRows: Int {
    emptyRows + singletonRows + parallelRows + redundantRows + forcingRows
  }
}
