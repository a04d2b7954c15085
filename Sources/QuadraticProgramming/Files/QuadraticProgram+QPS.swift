public import Foundation

extension QuadraticProgram {
  /// A program from a text in QPS format.
  ///
  /// Fields are separated by spaces; names hold none. The first row of type N is the objective, further
  /// ones are free rows; minus the right-hand side of the objective is its constant. Variables have
  /// the bounds [0, ∞) unless BOUNDS says otherwise; a negative upper bound leaves the lower one at
  /// zero. Between the markers INTORG and INTEND, or by BV, LI, UI and SI, variables are integer; one
  /// between the markers without any bound is binary. By SC and SI they are semicontinuous, zero or
  /// between the lower and the given upper bound. Magnitudes from 1e20 on are infinite in sides and
  /// bounds. ``rowOrder`` is that of ROWS.
  ///
  /// Second-order cones are read in two forms, with those of MOSEK first:
  ///
  ///     CSECTION name value QUAD     the variables that follow, one on a line: x₀ ≥ ‖(x₁, …)‖
  ///     CSECTION name value RQUAD    2x₀x₁ ≥ ‖(x₂, …)‖², x₀ ≥ 0, x₁ ≥ 0
  ///     QCMATRIX row                 the Q of a row xᵀQx ≤ 0 in both triangles, as of CPLEX and Gurobi
  ///
  /// A variable is a member of one CSECTION at most; its bounds are what BOUNDS says. The Q of a row is
  /// diagonal, and its one negative element belongs to a variable that is bounded to be nonnegative: the
  /// row is then a cone and no longer among the rows. QSECTION and QMATRIX that name a row (½ xᵀQx) are
  /// read alike. Any other quadratic row is refused.
  ///
  /// - Throws: ``QPSError`` with the line and the field.
  public init(qps text: String) throws(QPSError) {
    var reader = QPSReader()
    self = try reader.read(text)
  }

  /// A program from a file in QPS format, as ``init(qps:)`` reads it.
  ///
  /// - Throws: ``QPSError``, or the error of Foundation if the file cannot be read.
  public init(contentsOf url: URL) throws {
    let data = try Data(contentsOf: url)
    guard let text = String(validating: data, as: UTF8.self) else {
      throw QPSError(line: 0, field: url.lastPathComponent, fault: .notText)
    }
    try self.init(qps: text)
  }

  /// Writes the program to a file in QPS format; see ``qps()``.
  public func write(to url: URL) throws {
    try Data(qps().utf8).write(to: url)
  }
}
