/// Why a venue's accounts cannot be taken in.
public enum VenueError: Error, Sendable, Hashable {
  /// An account holds an instrument that the table does not value.
  case notInTable(String, account: Int)
  /// A row number that the table does not have.
  case rowOutOfRange(Int, position: Int, rows: Int)
  /// A quantity that is NaN, infinite or beyond ``AccountBook/largestQuantity``.
  case quantity(Double, account: Int, position: Int)
  /// Starts that do not ascend from 0 to the number of positions.
  case starts(Int, account: Int, positions: Int)
  /// Arrays of different length: rows and quantities.
  case lengths(rows: Int, quantities: Int)
  /// More positions than 32-bit numbers count.
  case tooManyPositions(Int)
  /// A book whose rows are those of another table.
  case otherTable(bookRows: Int, tableRows: Int)
  /// A part of the rule that the pass over accounts does not compute.
  case unsupported(String, profile: String)
  /// The table values no instrument of this underlying.
  case unknownUnderlying(String, known: [String])
}

extension VenueError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notInTable(let instrument, let account):
      "account \(account) holds \(instrument), which the table does not value; make the table "
        + "of every instrument that accounts may hold"
    case .rowOutOfRange(let row, let position, let rows):
      "position \(position) is in row \(row), and the table has rows 0..<\(rows)"
    case .quantity(let value, let account, let position):
      "account \(account), position \(position): the quantity \(value) is not finite or beyond "
        + "\(AccountBook.largestQuantity)"
    case .starts(let start, let account, let positions):
      "the start \(start) of account \(account) does not lie between that of the account before "
        + "it and the number of positions, \(positions); starts are one more than accounts, from 0"
    case .lengths(let rows, let quantities):
      "\(rows) rows and \(quantities) quantities; each position needs one of both"
    case .tooManyPositions(let count):
      "\(count) positions are more than \(Int32.max); divide the accounts over several books"
    case .otherTable(let bookRows, let tableRows):
      "the book was made for a table of \(bookRows) rows and this one has \(tableRows)"
    case .unsupported(let part, let profile):
      "margin profile '\(profile)': \(part) is not computed for a whole venue; margin its accounts "
        + "one by one with ScenarioGridMargin"
    case .unknownUnderlying(let name, let known):
      "the table holds nothing on \(name) (it holds \(known.joined(separator: ", ")))"
    }
  }
}
