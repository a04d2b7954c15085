internal import CKernels
public import Pricing
internal import Simulation

/// The initial and the maintenance margin of every account of a venue, kept as prices move.
///
/// A pass over all accounts gathers, for each position, one row of the table: 8 (s + 8) bytes from
/// the second-level cache for 12 from memory. A move of one underlying values its rows again and
/// passes over the accounts that hold them; in these, pools that do not hold it keep their margin.
///
/// Margins equal those of ``ScenarioGridMargin`` up to the order of sums, whatever the number of
/// threads; after a move they have the same bits as after a pass over all.
public struct VenueMargin: Sendable {
  public let book: AccountBook
  public private(set) var table: ScenarioValueTable
  /// Initial margin by account, in dollars; infinite where the rule is not known
  /// (see ``refusedAccounts``).
  public private(set) var initial: [Double]
  /// Maintenance margin by account, in dollars; infinite where the rule is not known.
  public private(set) var maintenance: [Double]

  private let index: SegmentIndex
  private var segmentInitial: [Double]
  private var segmentMaintenance: [Double]

  /// Accounts in one task of a parallel pass.
  private static let block = 1024

  /// The margins of a book's accounts.
  ///
  /// - Throws: ``VenueError/otherTable(bookRows:tableRows:)`` where the book is another table's.
  /// - Complexity: positions × scenarios.
  public init(of book: AccountBook, in table: ScenarioValueTable) throws(VenueError) {
    guard book.tableRows == table.instruments.count else {
      throw .otherTable(bookRows: book.tableRows, tableRows: table.instruments.count)
    }
    self.book = book
    self.table = table
    index = SegmentIndex(of: book, in: table)
    initial = [Double](repeating: 0, count: book.accountCount)
    maintenance = initial
    segmentInitial = [Double](repeating: 0, count: index.segmentStarts.count - 1)
    segmentMaintenance = segmentInitial
    evaluate()
  }

  /// Accounts whose delta in some underlying is beyond what the rule is verified for, ascending.
  /// ``ScenarioGridMargin`` refuses them with a reason.
  public var refusedAccounts: [Int] { initial.indices.filter { initial[$0] == .infinity } }

  /// Computes every account's margins from the table, over all processors.
  public mutating func evaluate() {
    update(accounts: nil, segments: nil)
  }

  /// Takes new prices of one underlying in: values its instruments again, and the accounts that hold
  /// them.
  ///
  /// - Returns: the number of accounts updated.
  /// - Throws: as ``ScenarioValueTable/revalue(_:in:)``; nothing is then changed.
  @discardableResult
  public mutating func revalue(_ underlying: String, in market: Market) throws -> Int {
    let groups = try table.revalueGroups(of: underlying, in: market)
    let accounts = index.union(of: groups, in: index.accountsByGroup)
    update(accounts: accounts, segments: index.union(of: groups, in: index.segmentsByGroup))
    return accounts.count
  }

  /// Without lists, all.
  private mutating func update(accounts: [Int32]?, segments: [Int32]?) {
    let storage = table.storage
    let stride = storage.stride
    let accountStarts = index.accountStarts
    withMargins { book, margins in
      var grid = storage.grid
      let task = UpdateTask(book: book, margins: margins)
      withUnsafePointer(to: &grid) { grid in
        nonisolated(unsafe) let grid = grid
        let work = 4 * stride
        guard let accounts, let segments else {
          let count = accountStarts.count - 1
          Self.inBlocks(of: count, cost: work) { first, last in
            task.segments(
              grid, nil, Int(accountStarts[first]), Int(accountStarts[last]))
            task.accounts(grid, nil, first, last)
          }
          return
        }
        segments.withUnsafeBufferPointer { list in
          nonisolated(unsafe) let start = list.baseAddress
          Self.inBlocks(of: list.count, cost: work) { task.segments(grid, start, $0, $1) }
        }
        accounts.withUnsafeBufferPointer { list in
          nonisolated(unsafe) let start = list.baseAddress
          Self.inBlocks(of: list.count, cost: 1) { task.accounts(grid, start, $0, $1) }
        }
      }
    }
  }

  private static func inBlocks(
    of count: Int, cost: Int, _ body: @Sendable (_ first: Int, _ last: Int) -> Void
  ) {
    inParallel(count: (count + block - 1) / block, cost: block * cost) { b in
      body(b * block, min((b + 1) * block, count))
    }
  }

  private mutating func withMargins(_ body: (ck_grid_book, MarginPointers) -> Void) {
    let (book, index) = (book, index)
    book.rows.withUnsafeBufferPointer { rows in
      book.quantities.withUnsafeBufferPointer { quantities in
        index.segmentStarts.withUnsafeBufferPointer { segments in
          index.accountStarts.withUnsafeBufferPointer { accounts in
            let view = ck_grid_book(
              rows: rows.baseAddress, quantities: quantities.baseAddress,
              segment_starts: segments.baseAddress, account_starts: accounts.baseAddress)
            withPointers { body(view, $0) }
          }
        }
      }
    }
  }

  private mutating func withPointers(_ body: (MarginPointers) -> Void) {
    initial.withUnsafeMutableBufferPointer { a in
      maintenance.withUnsafeMutableBufferPointer { b in
        segmentInitial.withUnsafeMutableBufferPointer { c in
          segmentMaintenance.withUnsafeMutableBufferPointer { d in
            body(
              MarginPointers(
                initial: a.baseAddress, maintenance: b.baseAddress,
                segmentInitial: c.baseAddress, segmentMaintenance: d.baseAddress))
          }
        }
      }
    }
  }
}

private struct MarginPointers {
  let initial, maintenance, segmentInitial, segmentMaintenance: UnsafeMutablePointer<Double>?
}

/// The kernels over ranges of one book; each range writes to places of its own.
private struct UpdateTask: @unchecked Sendable {
  var book: ck_grid_book
  let margins: MarginPointers

  init(book: ck_grid_book, margins: MarginPointers) {
    self.book = book
    self.margins = margins
  }

  func segments(
    _ grid: UnsafePointer<ck_grid>, _ list: UnsafePointer<Int32>?, _ first: Int, _ last: Int
  ) {
    withUnsafePointer(to: book) { book in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: ck_grid_scratch(grid)) {
        ck_grid_segments(
          grid, book, list, first, last, $0.baseAddress, margins.segmentInitial,
          margins.segmentMaintenance)
      }
    }
  }

  func accounts(
    _ grid: UnsafePointer<ck_grid>, _ list: UnsafePointer<Int32>?, _ first: Int, _ last: Int
  ) {
    withUnsafePointer(to: book) {
      ck_grid_accounts(
        grid, $0, list, first, last, margins.segmentInitial, margins.segmentMaintenance,
        margins.initial, margins.maintenance)
    }
  }
}
