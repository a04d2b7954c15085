/// Why a history of prices or returns could not be read, and where.
public struct HistoryError: Error, Sendable, Hashable {
  /// What is wrong at the place.
  public enum Problem: Sendable, Hashable {
    /// The file cannot be read; the system's reason.
    case unreadable(reason: String)
    /// The file has no header line.
    case noHeader
    /// No factor is named.
    case noFactors
    /// Two factors have one name, or a factor has none.
    case repeatedFactor
    /// A line has another number of fields than the header.
    case fieldCount(found: Int, expected: Int)
    /// The date is not written year-month-day, as in 2024-02-29, optionally with a time after it.
    case invalidDate(String)
    /// The date was there before.
    case repeatedDate(String)
    /// The date comes before the one above it.
    case unsortedDate(String, after: String)
    /// The field is not a number.
    case notANumber(String)
    /// The value is infinite, or a return is NaN.
    case notFinite(Double)
    /// The price is zero or negative.
    case notPositive(Double)
    /// The price is missing, and the policy refuses that or there is none before to carry forward.
    case missingPrice
    /// Fewer than two prices of every factor are left: `found` dates.
    case tooFewDates(found: Int)
    /// The sizes of dates, factors and matrix differ.
    case sizes(dates: Int, factors: Int, rows: Int, columns: Int)
  }

  /// The file, where the data came from one.
  public var file: String?
  /// The line of the file, from 1; for data in memory the row, from 1.
  public var line: Int?
  /// The date or the name of the factor concerned.
  public var field: String?
  /// What is wrong there.
  public var problem: Problem

  /// An error of a problem at a place, as far as the place is known.
  public init(file: String? = nil, line: Int? = nil, field: String? = nil, problem: Problem) {
    self.file = file
    self.line = line
    self.field = field
    self.problem = problem
  }
}

extension HistoryError: CustomStringConvertible {
  /// The place as `file:line: field:` and a sentence.
  public var description: String {
    let row = line.map { file == nil ? "row \($0)" : ":\($0)" } ?? ""
    let place = (file ?? "") + row
    return [place, field ?? "", problem.description].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}

extension HistoryError.Problem: CustomStringConvertible {
  /// A sentence that says what is wrong and, where there is one, the way out.
  public var description: String {
    switch self {
    case .unreadable(let reason): "the file cannot be read: \(reason)"
    case .noHeader: "the file has no header line; write date,NAME,NAME… first"
    case .noFactors: "there is no factor"
    case .repeatedFactor: "the name of a factor must be there, and once only"
    case .fieldCount(let found, let expected):
      "the line has \(found) fields where the header has \(expected)"
    case .invalidDate(let text): "'\(text)' is not a date; write it as 2024-02-29"
    case .repeatedDate(let date): "the date \(date) is there twice"
    case .unsortedDate(let date, let after):
      "the date \(date) comes after \(after); sort the lines by date, oldest first"
    case .notANumber(let text): "'\(text)' is not a number"
    case .notFinite(let value): "the value \(value) is not finite"
    case .notPositive(let price): "the price \(price) is not positive"
    case .missingPrice:
      "the price is missing; give it, or choose to drop such dates or to carry prices forward"
    case .tooFewDates(let found):
      "\(found) dates with prices of all factors are too few; returns need at least 2"
    case .sizes(let dates, let factors, let rows, let columns):
      "\(dates) dates and \(factors) factors do not fit a \(rows) by \(columns) matrix"
    }
  }
}
