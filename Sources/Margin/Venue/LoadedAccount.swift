internal import CKernels

/// Initial and maintenance margin, in dollars; infinite where the rule is not known.
public struct AccountMargins: Sendable, Hashable {
  public var initial: Double
  public var maintenance: Double

  public init(initial: Double, maintenance: Double) {
    self.initial = initial
    self.maintenance = maintenance
  }

  public subscript(level: MarginLevel) -> Double {
    switch level {
    case .initial: initial
    case .maintenance: maintenance
    }
  }
}

/// One account in the form in which the margin after a trade is a matter of a microsecond.
///
/// Kept are the P&L of each product group in each scenario and what else the rule sums up, so that
/// a check costs one row of the table and the groups of one pool, however many positions the
/// account has. Nothing is allocated but when it is made. An instance belongs to one thread at a
/// time, and keeps the prices of the table that it was made of.
public final class LoadedAccount {
  public let table: ScenarioValueTable
  /// The margins of the account as it stands.
  public private(set) var margins = AccountMargins(initial: 0, maintenance: 0)

  let grid: UnsafeMutablePointer<ck_grid>
  let account: UnsafeMutablePointer<ck_grid_account>
  let scratch: UnsafeMutablePointer<Double>
  private let sumCount: Int
  private let memory: UnsafeMutablePointer<Double>
  private let memoryCount: Int

  /// An account that holds nothing.
  public init(in table: ScenarioValueTable) {
    self.table = table
    let storage = table.storage
    let source = storage.grid
    let (groups, buckets) = (Int(source.group_count), Int(source.bucket_count))
    let pools = Int(source.pool_count)
    grid = .allocate(capacity: 1)
    grid.initialize(to: source)
    sumCount = groups * storage.stride
    memoryCount = sumCount + buckets + source.row_count + 2 * pools
    memory = .allocate(capacity: memoryCount)
    memory.initialize(repeating: 0, count: memoryCount)
    scratch = .allocate(capacity: ck_grid_scratch(grid))
    scratch.initialize(repeating: 0, count: ck_grid_scratch(grid))
    let held = UnsafeMutablePointer<Int32>.allocate(capacity: max(groups, 1))
    held.initialize(repeating: 0, count: max(groups, 1))
    let rolls = memory + sumCount
    let quantities = rolls + buckets
    let initial = quantities + source.row_count
    account = .allocate(capacity: 1)
    account.initialize(
      to: ck_grid_account(
        sums: memory, rolls: rolls, quantities: quantities, initial: initial,
        maintenance: initial + pools, held: held))
    evaluate()
  }

  deinit {
    account.pointee.held.deallocate()
    account.deallocate()
    scratch.deallocate()
    memory.deallocate()
    grid.deallocate()
  }

  /// Replaces the account by one of a book, without allocating.
  ///
  /// - Precondition: the book was made for a table of these rows, and has the account.
  public func load(_ number: Int, of book: AccountBook) {
    precondition(
      book.tableRows == table.instruments.count, "The book was made for another table.")
    precondition(0..<book.accountCount ~= number, "The book has no such account.")
    memory.update(repeating: 0, count: memoryCount)
    account.pointee.held.update(repeating: 0, count: max(table.groupCount, 1))
    for k in book.starts[number]..<book.starts[number + 1] {
      ck_grid_trade(grid, account, book.rows[k], book.quantities[k])
    }
    evaluate()
  }

  /// The coins held of the instrument of a row.
  public func quantity(inRow row: Int) -> Double {
    requireRow(row)
    return account.pointee.quantities[row]
  }

  /// The margins if a signed quantity of the instrument of a row were added; infinite where the rule
  /// is not known or the quantity is not a number.
  ///
  /// - Complexity: scenarios × groups of the pool.
  public func margins(afterTrading quantity: Double, inRow row: Int) -> AccountMargins {
    requireRow(row)
    guard abs(quantity) <= AccountBook.largestQuantity else {
      return AccountMargins(initial: .infinity, maintenance: .infinity)
    }
    let pool = self.pool(ofRow: row)
    var after = AccountMargins(initial: 0, maintenance: 0)
    ck_grid_pool_after(
      grid, account, Int32(pool), Int32(row), quantity, scratch, &after.initial,
      &after.maintenance)
    for p in 0..<Int(grid.pointee.pool_count) where p != pool {
      after.initial += account.pointee.initial[p]
      after.maintenance += account.pointee.maintenance[p]
    }
    return after
  }

  /// Adds a trade to the account.
  ///
  /// - Precondition: the quantity is finite.
  public func trade(_ quantity: Double, inRow row: Int) {
    requireRow(row)
    precondition(
      abs(quantity) <= AccountBook.largestQuantity, "A quantity traded must be a finite number.")
    ck_grid_trade(grid, account, Int32(row), quantity)
    evaluate(pool: pool(ofRow: row))
    sumMargins()
  }

  func requireRow(_ row: Int) {
    precondition(0..<grid.pointee.row_count ~= row, "The table has no such row.")
  }

  func pool(ofRow row: Int) -> Int {
    Int(grid.pointee.groups[Int(grid.pointee.group_of[row])].pool)
  }

  private func evaluate() {
    for pool in 0..<Int(grid.pointee.pool_count) { evaluate(pool: pool) }
    sumMargins()
  }

  private func evaluate(pool: Int) {
    ck_grid_pool_after(
      grid, account, Int32(pool), -1, 0, scratch, account.pointee.initial + pool,
      account.pointee.maintenance + pool)
  }

  private func sumMargins() {
    var sum = AccountMargins(initial: 0, maintenance: 0)
    for p in 0..<Int(grid.pointee.pool_count) {
      sum.initial += account.pointee.initial[p]
      sum.maintenance += account.pointee.maintenance[p]
    }
    margins = sum
  }
}
