import Margin
import Pricing
import TestSupport
import Testing

@Suite("One account before a trade")
struct LoadedAccountTests {
  @Test("the margin after a trade is the rule's on the book after it", arguments: VenueCase.all)
  func afterTrade(test: VenueCase) throws {
    var random = TestRandom(seed: 33)
    let listed = test.market.listed
    let table = try ScenarioValueTable(of: listed, under: test.methodology, in: test.market)
    let accounts = test.accounts(600, seed: 34)
    let book = try AccountBook(accounts, in: table)
    let venue = try VenueMargin(of: book, in: table)
    let loaded = LoadedAccount(in: table)
    for (k, account) in accounts.enumerated() {
      loaded.load(k, of: book)
      #expect(isClose(loaded.margins.initial, venue.initial[k], relative: 1e-12, absolute: 1e-9))
      #expect(
        isClose(loaded.margins.maintenance, venue.maintenance[k], relative: 1e-12, absolute: 1e-9))
      var after = account
      for step in 0..<3 {
        // The last trade closes a position where there is one.
        let closing = step == 2 ? after.positions.randomElement(using: &random) : nil
        let instrument = closing?.instrument ?? listed.randomElement(using: &random)!
        let quantity = closing.map { -$0.quantity } ?? 10 * random.signedUnit()
        let row = try #require(table.row(of: instrument))
        let margins = loaded.margins(afterTrading: quantity, inRow: row)
        after = after.adding([Position(quantity, instrument)])
        #expect(
          isClose(
            loaded.quantity(inRow: row) + quantity, after.quantity(of: instrument),
            absolute: 1e-9))
        for level in MarginLevel.allCases {
          let exact = try? test.methodology.margin(level, on: after, in: test.market).amount
          let scale = max(loaded.margins[level] == .infinity ? 0 : loaded.margins[level], 1)
          #expect(
            isClose(margins[level], exact ?? .infinity, relative: 1e-9, absolute: 1e-9 * scale),
            "account \(k), step \(step)")
        }
        loaded.trade(quantity, inRow: row)
        #expect(isClose(loaded.margins.initial, margins.initial, relative: 1e-9, absolute: 1e-6))
      }
    }
  }

  @Test("an account that closes everything needs what an empty one needs")
  func closed() throws {
    let test = VenueCase.all[0]
    let table = try ScenarioValueTable(
      of: test.market.listed, under: test.methodology, in: test.market)
    let loaded = LoadedAccount(in: table)
    for row in table.instruments.indices { loaded.trade(0.1 * Double(row + 1), inRow: row) }
    for row in table.instruments.indices { loaded.trade(-0.1 * Double(row + 1), inRow: row) }
    #expect(loaded.margins == AccountMargins(initial: 0, maintenance: 0))
    #expect(loaded.margins(afterTrading: .nan, inRow: 0).initial == .infinity)
    #expect(loaded.margins(afterTrading: -.infinity, inRow: 0).maintenance == .infinity)
  }
}

extension VenueCase {
  /// Whether dampened gains offset losses, where the margin is not convex.
  var hasDampenedOffsets: Bool { description == "dampened offsets" }
}
