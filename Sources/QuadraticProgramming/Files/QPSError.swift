/// Why a text is not a quadratic program in QPS format, or a program cannot be written as one: where,
/// what stood there, and what to do.
public struct QPSError: Error, Sendable, Hashable {
  /// The line, counted from one; zero when the fault is of the whole text.
  public let line: Int
  /// The field of the line at fault, as it was found; empty when it is missing.
  public let field: String
  /// What is wrong.
  public let fault: Fault

  /// The kinds of fault.
  public enum Fault: Sendable, Hashable {
    /// The section is not one of the format, or not one that is supported.
    case unknownSection
    /// Data stands before the first section.
    case dataOutsideSection
    /// The line has another number of fields than its section needs.
    case fieldCount(expected: String, found: Int)
    /// The row type is none of N, E, L, G.
    case unknownRowType
    /// A row of that name was declared before.
    case duplicateRow
    /// No row of that name was declared in ROWS.
    case unknownRow
    /// No variable of that name was declared in COLUMNS.
    case unknownVariable
    /// The field is no number, or not a finite one where a finite one is needed.
    case notANumber
    /// The bound type is none of LO, UP, FX, FR, MI, PL, BV, LI, UI, SC, SI.
    case unknownBoundType
    /// The marker is none of INTORG, INTEND.
    case unknownMarker
    /// The objective is to be maximized.
    case maximization
    /// A range was given for the objective or for another free row.
    case rangeOfFreeRow
    /// A second set of right-hand sides, ranges or bounds begins; only one is read.
    case secondSet(first: String)
    /// There is no row of type N.
    case noObjective
    /// The text ends before ENDATA: it may be cut off.
    case noEnd
    /// The text is compressed, or is not UTF-8.
    case notText
    /// The type of a cone is none of QUAD, RQUAD.
    case unknownConeType
    /// A cone of that name, or the quadratic part of that row, came before.
    case duplicateCone
    /// The variable is a member of the cone `first` already.
    case secondCone(first: String)
    /// A cone of type RQUAD has fewer than two members.
    case rotatedConeTooShort
    /// A row with a quadratic part is not recognised as a second-order cone.
    case quadraticRow(NoCone)
  }

  /// Why a row aᵀx + xᵀQx ≤ u is not recognised as a second-order cone.
  public enum NoCone: Sendable, Hashable {
    /// Its type is neither L nor G.
    case rowType
    /// Its right-hand side is not zero, or it has a range.
    case rightHandSide
    /// It has linear terms.
    case linearTerms
    /// Q has an element of two different variables.
    case offDiagonal(String, String)
    /// Q has another number of negative elements than one; of a row of type G, of positive ones.
    case negativeCount(Int)
    /// The variable of the negative element may be negative.
    case headBound(String)
  }
}

extension QPSError: CustomStringConvertible {
  public var description: String {
    let place = line > 0 ? "line \(line): " : ""
    let what = field.isEmpty ? "" : "'\(field)': "
    return place + what + fault.explanation
  }
}

extension QPSError.Fault {
  fileprivate var explanation: String {
    switch self {
    case .unknownSection:
      """
      unknown section; supported are NAME, OBJSENSE, ROWS, COLUMNS, RHS, RANGES, BOUNDS, QUADOBJ, \
      QSECTION, QMATRIX, QCMATRIX, CSECTION, ENDATA (a line of data must begin with a space)
      """
    case .dataOutsideSection: "data before the first section; begin the file with NAME or ROWS"
    case .fieldCount(let expected, let found):
      "\(found) fields where the section needs \(expected); names must not contain spaces"
    case .unknownRowType: "unknown row type; use N, E, L or G"
    case .duplicateRow: "the row was declared before; row names must be unique"
    case .unknownRow: "no row of this name was declared in ROWS"
    case .unknownVariable: "no variable of this name was declared in COLUMNS"
    case .notANumber: "not a finite number"
    case .unknownBoundType: "unknown bound type; use LO, UP, FX, FR, MI, PL, BV, LI, UI, SC or SI"
    case .unknownMarker:
      "unknown marker; use 'INTORG' and 'INTEND' (special ordered sets are not supported)"
    case .maximization: "maximization is not supported; negate the objective and minimize"
    case .rangeOfFreeRow: "a free row (type N) cannot have a range"
    case .secondSet(let first):
      "a second set of values after '\(first)'; only one set is read, so remove the others"
    case .noObjective: "no objective: ROWS needs a row of type N"
    case .noEnd: "the text ends without ENDATA; the file may be cut off"
    case .notText: "not UTF-8 text; decompress the file first"
    case .unknownConeType:
      "unknown type of cone; use QUAD, x0 >= ||(x1, ...)||, or RQUAD, 2 x0 x1 >= ||(x2, ...)||^2"
    case .duplicateCone:
      "the cone, or the quadratic part of the row, was given before; give all of it in one section"
    case .secondCone(let first):
      """
      the variable is a member of the cone '\(first)' already; add another variable that equals it \
      by a row, and name that one here
      """
    case .rotatedConeTooShort: "a cone of type RQUAD needs two members or more"
    case .quadraticRow(let reason):
      """
      the row has a quadratic part and \(reason.explanation); supported is a second-order cone, \
      x'Qx <= 0 (type L, no linear terms, right-hand side 0) with a diagonal Q whose one negative \
      element belongs to a variable with a lower bound of 0 or more
      """
    }
  }
}

extension QPSError.NoCone {
  fileprivate var explanation: String {
    switch self {
    case .rowType: "is of type N or E"
    case .rightHandSide: "a right-hand side or a range that is not zero"
    case .linearTerms: "linear terms"
    case .offDiagonal(let first, let second): "a product of '\(first)' and '\(second)'"
    case .negativeCount(let count): "\(count) squares on the larger side where one is needed"
    case .headBound(let variable): "its larger side, '\(variable)', may be negative"
    }
  }
}
