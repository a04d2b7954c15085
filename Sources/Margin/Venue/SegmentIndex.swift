/// What accounts hold pool by pool, and who holds something of each group.
struct SegmentIndex: Sendable {
  /// The first position of each segment, and at the end the number of positions. A segment is what
  /// an account holds in one pool.
  private(set) var segmentStarts: [Int32] = []
  /// The first segment of each account, and at the end the number of segments.
  private(set) var accountStarts: [Int32] = []
  /// By group, ascending.
  private(set) var accountsByGroup: [[Int32]]
  private(set) var segmentsByGroup: [[Int32]]

  init(of book: AccountBook, in table: ScenarioValueTable) {
    let grid = table.storage.grid
    accountsByGroup = Array(repeating: [], count: table.groupCount)
    segmentsByGroup = accountsByGroup
    accountStarts.reserveCapacity(book.accountCount + 1)
    for account in 0..<book.accountCount {
      accountStarts.append(Int32(segmentStarts.count))
      var (pool, group) = (Int32(-1), Int32(-1))
      for position in book.starts[account]..<book.starts[account + 1] {
        let its = grid.group_of[Int(book.rows[position])]
        if its == group { continue }
        group = its
        if grid.groups[Int(its)].pool != pool {
          pool = grid.groups[Int(its)].pool
          segmentStarts.append(Int32(position))
        }
        accountsByGroup[Int(its)].append(Int32(account))
        segmentsByGroup[Int(its)].append(Int32(segmentStarts.count - 1))
      }
    }
    accountStarts.append(Int32(segmentStarts.count))
    segmentStarts.append(Int32(book.positionCount))
    withExtendedLifetime(table) {}
  }

  /// The members of one or more lists, each once.
  func union(of groups: [Int], in lists: [[Int32]]) -> [Int32] {
    if groups.count == 1 { return lists[groups[0]] }
    return Set(groups.flatMap { lists[$0] }).sorted()
  }
}
