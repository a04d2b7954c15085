import Margin
import Pricing
import Simulation
import TestSupport
import Testing

@Suite("Margins of a venue's accounts")
struct VenueMarginTests {
  @Test("a pass over accounts gives what the rule gives each", arguments: VenueCase.all)
  func pass(test: VenueCase) throws {
    let table = try ScenarioValueTable(
      of: test.market.listed.reversed(), under: test.methodology, in: test.market)
    let accounts = test.accounts(1500, seed: 21)
    let venue = try VenueMargin(of: AccountBook(accounts, in: table), in: table)
    var refused: [Int] = []
    for (k, account) in accounts.enumerated() {
      do {
        for level in MarginLevel.allCases {
          let exact = try test.methodology.margin(level, on: account, in: test.market).amount
          let amount = level == .initial ? venue.initial[k] : venue.maintenance[k]
          #expect(isClose(amount, exact, relative: 1e-9, absolute: 1e-9), "account \(k), \(level)")
        }
      } catch MarginError.unverifiedRule {
        refused.append(k)
        #expect(venue.maintenance[k] == .infinity)
      }
    }
    #expect(venue.refusedAccounts == refused)
    let hasThreshold = test.methodology.profile.underlyings.contains { $1.deltaShock != nil }
    #expect(refused.isEmpty != hasThreshold)
  }

  @Test("the number of threads changes no bit", arguments: VenueCase.all)
  func threads(test: VenueCase) throws {
    let table = try ScenarioValueTable(
      of: test.market.listed, under: test.methodology, in: test.market)
    let book = try AccountBook(test.accounts(5000, seed: 4), in: table)
    let one = try Parallelism.$width.withValue(1) { try VenueMargin(of: book, in: table) }
    for width in [2, 3, 7] {
      let many = try Parallelism.$width.withValue(width) { try VenueMargin(of: book, in: table) }
      #expect(many.initial == one.initial && many.maintenance == one.maintenance)
    }
  }

  @Test("after a move of one coin, the bits of a table made anew", arguments: VenueCase.all)
  func priceMove(test: VenueCase) throws {
    let listed = test.market.listed
    let table = try ScenarioValueTable(of: listed, under: test.methodology, in: test.market)
    let book = try AccountBook(test.accounts(2000, seed: 8), in: table)
    var venue = try VenueMargin(of: book, in: table)
    let before = venue.initial
    let touched = (0..<book.accountCount).filter { a in
      book.rows[book.starts[a]..<book.starts[a + 1]].contains {
        table.instruments[Int($0)].underlying == "ETH"
      }
    }
    for move in [0.07, -0.12] {
      let moved = test.moving("ETH", by: move)
      #expect(try venue.revalue("ETH", in: moved) == touched.count)
      let fresh = try VenueMargin(
        of: book, in: ScenarioValueTable(of: listed, under: test.methodology, in: moved))
      #expect(venue.initial == fresh.initial && venue.maintenance == fresh.maintenance)
    }
    #expect(venue.initial != before)
    // The table that the venue was made of keeps its prices.
    #expect(try VenueMargin(of: book, in: table).initial == before)
    try venue.revalue("ETH", in: test.market)
    #expect(venue.initial == before)
  }

  @Test("positions in any order, and in parts, make the same book")
  func order() throws {
    let test = VenueCase.all[0]
    let table = try ScenarioValueTable(
      of: test.market.listed + test.market.listed, under: test.methodology, in: test.market)
    #expect(table.instruments.count == test.market.listed.count)
    let parts = try AccountBook(
      starts: [0, 4, 4, 6], rows: [9, 2, 9, 2, 5, 1], quantities: [1, 2, 3, -2, 1, 1], in: table)
    let whole = try AccountBook(
      starts: [0, 2, 2, 4], rows: [2, 9, 1, 5], quantities: [0, 4, 1, 1], in: table)
    #expect(parts.rows == whole.rows && parts.quantities == whole.quantities)
    #expect(parts.starts == whole.starts)
    let venue = try VenueMargin(of: parts, in: table)
    #expect(venue.initial[1] == 0 && venue.initial[0] > 0 && venue.initial[2] > 0)
  }

  @Test("no accounts, and a table of nothing")
  func empty() throws {
    let test = VenueCase.all[2]  // whose charges are due from those that hold nothing
    let table = try ScenarioValueTable(of: [], under: test.methodology, in: test.market)
    let none = try VenueMargin(of: AccountBook([], in: table), in: table)
    #expect(none.initial.isEmpty)
    let idle = try VenueMargin(of: AccountBook([Portfolio()], in: table), in: table)
    let exact = try test.methodology.margin(on: Portfolio(), in: test.market).amount
    #expect(isClose(idle.initial[0], exact, relative: 1e-12) && exact > 0)
    #expect(idle.maintenance == [0])
  }

  @Test("what cannot be taken in is refused by name")
  func faults() throws {
    let test = VenueCase.all[0]
    let listed = test.market.listed
    let table = try ScenarioValueTable(
      of: Array(listed.prefix(10)), under: test.methodology, in: test.market)
    func book(_ starts: [Int], _ rows: [Int32], _ quantities: [Double]) throws {
      _ = try AccountBook(starts: starts, rows: rows, quantities: quantities, in: table)
    }
    let stranger = listed[20]
    #expect(throws: VenueError.notInTable(stranger.name, account: 1)) {
      try AccountBook([Portfolio(), Portfolio([Position(1, stranger)])], in: table)
    }
    #expect(throws: VenueError.lengths(rows: 1, quantities: 2)) { try book([0, 1], [0], [1, 2]) }
    #expect(throws: VenueError.rowOutOfRange(10, position: 0, rows: 10)) {
      try book([0, 1], [10], [1])
    }
    #expect(throws: VenueError.rowOutOfRange(-1, position: 1, rows: 10)) {
      try book([0, 2], [0, -1], [1, 1])
    }
    #expect(throws: VenueError.quantity(.infinity, account: 1, position: 1)) {
      try book([0, 1, 3], [0, 1, 2], [1, 1, .infinity])
    }
    for starts in [[], [1], [0], [0, 2], [0, 3, 2], [0, -1, 2], [0, 1]] {
      if starts == [0, 2] { continue }
      #expect(throws: VenueError.self, "\(starts)") { try book(starts, [0, 1], [1, 1]) }
    }
    var moving = table
    #expect(throws: VenueError.unknownUnderlying("SOL", known: ["BTC"])) {
      try moving.revalue("SOL", in: test.market)
    }
    let whole = try ScenarioValueTable(of: listed, under: test.methodology, in: test.market)
    #expect(throws: VenueError.otherTable(bookRows: 10, tableRows: listed.count)) {
      try VenueMargin(of: AccountBook([], in: table), in: whole)
    }
    var noFunding = test.methodology
    noFunding.profile.underlyings["BTC"] = nil
    if noFunding.profile.otherUnderlyings == nil {
      #expect(throws: MarginError.self) {
        try ScenarioValueTable(of: listed, under: noFunding, in: test.market)
      }
    }
  }

  @Test(
    "a rule with parts that the pass does not compute is refused by name",
    arguments: [ScenarioGridProfile.Bundled.tims, .okx, .bybit, .binance])
  func unsupported(_ bundled: ScenarioGridProfile.Bundled) throws {
    let rule = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: bundled))
    let market = SyntheticMarket.market()
    #expect(throws: (any Error).self) {
      try ScenarioValueTable(of: market.listed, under: rule, in: market)
    }
  }
}
