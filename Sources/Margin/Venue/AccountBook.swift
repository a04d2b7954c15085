internal import CKernels
public import Pricing

/// The positions of many accounts, compressed: rows of a ``ScenarioValueTable`` and quantities, one
/// account after the other.
///
/// Twelve bytes a position. Positions of an account are kept ascending by row, so that pools, groups
/// and expiries are runs.
public struct AccountBook: Sendable {
  /// The magnitude up to which a quantity is taken, so that no sum over positions overflows.
  public static let largestQuantity = 1e100

  /// By position, the row of its instrument; ascending within an account.
  public private(set) var rows: [Int32]
  /// By position, signed coins.
  public private(set) var quantities: [Double]
  /// By account its first position, and at the end the number of positions.
  public private(set) var starts: [Int]
  /// The rows of the table for which the book was made.
  let tableRows: Int

  public var accountCount: Int { starts.count - 1 }
  public var positionCount: Int { rows.count }

  /// The positions of accounts, as rows of a table.
  ///
  /// - Parameters:
  ///   - starts: by account its first position, from 0, and at the end the number of positions.
  ///   - rows: by position the row of its instrument, in any order; a row that an account has
  ///     twice counts as one position of both quantities.
  ///   - quantities: by position, signed coins.
  /// - Throws: ``VenueError``, with the account or position at fault.
  public init(
    starts: [Int], rows: [Int32], quantities: [Double], in table: ScenarioValueTable
  ) throws(VenueError) {
    guard rows.count == quantities.count else {
      throw .lengths(rows: rows.count, quantities: quantities.count)
    }
    guard rows.count < Int(Int32.max) else { throw .tooManyPositions(rows.count) }
    tableRows = table.instruments.count
    self.rows = rows
    self.quantities = quantities
    self.starts = starts
    try checkStarts()
    try checkPositions()
    if !isOrdered { order() }
  }

  /// The books of accounts.
  ///
  /// - Throws: ``VenueError/notInTable(_:account:)`` or ``VenueError/quantity(_:account:position:)``.
  public init(_ accounts: [Portfolio], in table: ScenarioValueTable) throws(VenueError) {
    var starts = [0]
    var rows: [Int32] = []
    var quantities: [Double] = []
    for (a, account) in accounts.enumerated() {
      for position in account.positions {
        guard let row = table.row(of: position.instrument) else {
          throw .notInTable(position.instrument.name, account: a)
        }
        rows.append(Int32(row))
        quantities.append(position.quantity)
      }
      starts.append(rows.count)
    }
    try self.init(starts: starts, rows: rows, quantities: quantities, in: table)
  }

  private func checkStarts() throws(VenueError) {
    let count = rows.count
    func fault(_ account: Int) -> VenueError {
      .starts(starts.isEmpty ? -1 : starts[account], account: account, positions: count)
    }
    guard starts.first == 0 else { throw fault(0) }
    for a in starts.indices.dropFirst() where starts[a] < starts[a - 1] || starts[a] > count {
      throw fault(a)
    }
    guard starts.last == count else { throw fault(starts.count - 1) }
  }

  private func checkPositions() throws(VenueError) {
    let rowCount = Int32(tableRows)
    for k in rows.indices where !(0 <= rows[k] && rows[k] < rowCount) {
      throw .rowOutOfRange(Int(rows[k]), position: k, rows: tableRows)
    }
    for k in quantities.indices where !(abs(quantities[k]) <= Self.largestQuantity) {
      let account = starts.lastIndex { $0 <= k } ?? 0
      throw .quantity(quantities[k], account: account, position: k - starts[account])
    }
  }

  private var isOrdered: Bool {
    for a in 0..<accountCount {
      for k in starts[a]..<starts[a + 1] where k > starts[a] && rows[k - 1] >= rows[k] {
        return false
      }
    }
    return true
  }

  private mutating func order() {
    var (count, first) = (0, 0)
    for a in 0..<accountCount {
      let range = first..<starts[a + 1]
      first = range.upperBound
      let order = range.sorted { (rows[$0], $0) < (rows[$1], $1) }
      let sorted = order.map { (rows[$0], quantities[$0]) }
      let start = count
      for (row, quantity) in sorted {
        if count > start && rows[count - 1] == row {
          quantities[count - 1] += quantity
        } else {
          rows[count] = row
          quantities[count] = quantity
          count += 1
        }
      }
      starts[a + 1] = count
    }
    rows.removeLast(rows.count - count)
    quantities.removeLast(quantities.count - count)
  }
}
