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

  @Test("the largest sizes spend the funds, less does not, more does", arguments: VenueCase.all)
  func largestSize(test: VenueCase) throws {
    var random = TestRandom(seed: 90)
    let rule = test.unrounded
    let table = try ScenarioValueTable(of: test.market.listed, under: rule, in: test.market)
    let accounts = test.accounts(400, seed: 35).filter { !$0.isEmpty }
    let book = try AccountBook(accounts, in: table)
    let loaded = LoadedAccount(in: table)
    var (ends, cures, limits) = (0, 0, Set<String>())
    for (k, account) in accounts.enumerated() {
      loaded.load(k, of: book)
      let level = MarginLevel.allCases.randomElement(using: &random)!
      let row = Int.random(in: table.instruments.indices, using: &random)
      let fee = k.isMultiple(of: 3) ? 0.0 : 25
      // Every fourth account has less than it needs.
      let need = loaded.margins[level] == .infinity ? 1e6 : loaded.margins[level]
      let funds = need * (k.isMultiple(of: 4) ? 0.98 : 1 + abs(random.signedUnit())) + 100
      func excess(_ x: Double) -> Double {
        let after = account.adding([Position(x, table.instruments[row])])
        guard let margin = try? rule.margin(level, on: after, in: test.market).amount else {
          return .infinity
        }
        return (margin + fee * abs(x) - funds) / funds
      }
      guard
        let sizes = loaded.admissibleSizes(
          inRow: row, funds: funds, level: level, feePerCoin: fee)
      else {
        // The rule itself finds none either, nor does it about 0.
        for x in stride(from: -3.0, through: 3, by: 0.5) where !test.hasDampenedOffsets {
          #expect(excess(x) > -1e-9)
        }
        #expect(excess(0) > -1e-9)
        continue
      }
      let (low, high) = (sizes.range.lowerBound, sizes.range.upperBound)
      if low > 0 || high < 0 { cures += 1 }
      for (end, outward, limit) in [
        (low, -1.0, sizes.limitBelow), (high, 1.0, sizes.limitAbove),
      ] {
        if !end.isFinite {
          #expect(limit == nil && excess(outward * 1e5) <= 1e-9)
          continue
        }
        ends += 1
        let step = max(1e-6, 1e-6 * abs(end))
        #expect(excess(end + outward * step) > 0, "\(k) \(end)")
        if limit == .deltaShock { limits.insert("deltaShock") } else {
          #expect(abs(excess(end)) < 1e-9, "\(k) \(end) \(String(describing: limit))")
        }
        switch limit {
        case .scenario: limits.insert("scenario")
        case .charges: limits.insert("charges")
        case .minimumDelta: limits.insert("minimumDelta")
        case .deltaShock, nil: break
        }
      }
      for t in stride(from: 0.02, to: 1, by: 0.08) where low.isFinite && high.isFinite {
        #expect(excess(low + t * (high - low)) <= 1e-9, "\(k)")
      }
    }
    #expect(ends > 400 && limits.contains("scenario"))
    #expect(cures > 5 || test.hasDampenedOffsets)
  }
}

extension VenueCase {
  /// Whether dampened gains offset losses, where the margin is not convex.
  var hasDampenedOffsets: Bool { description == "dampened offsets" }
}
