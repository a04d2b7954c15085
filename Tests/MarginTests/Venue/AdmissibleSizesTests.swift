import Margin
import Pricing
import TestSupport
import Testing

@Suite("The sizes of a trade that funds admit")
struct AdmissibleSizesTests {
  @Test("the largest spend the funds, less does not, more does", arguments: VenueCase.all)
  func largest(test: VenueCase) throws {
    var random = TestRandom(seed: 90)
    let table = try ScenarioValueTable(
      of: test.market.listed, under: test.unrounded, in: test.market)
    let accounts = test.accounts(400, seed: 35).filter { !$0.isEmpty }
    let book = try AccountBook(accounts, in: table)
    let loaded = LoadedAccount(in: table)
    var seen = Seen()
    for (k, account) in accounts.enumerated() {
      loaded.load(k, of: book)
      let level = MarginLevel.allCases.randomElement(using: &random)!
      let row = Int.random(in: table.instruments.indices, using: &random)
      let need = loaded.margins[level] == .infinity ? 1e6 : loaded.margins[level]
      // Every fourth account has less than it needs, every seventh more than the threshold lets it
      // use.
      let share =
        k.isMultiple(of: 4) ? 0.98 : k.isMultiple(of: 7) ? 1e4 : 1 + abs(random.signedUnit())
      let question = Question(
        test: test, account: account, instrument: table.instruments[row], level: level,
        fee: k.isMultiple(of: 3) ? 0 : 25, funds: need * share + 100)
      if let sizes = loaded.admissibleSizes(
        inRow: row, funds: question.funds, level: level, feePerCoin: question.fee)
      {
        question.verify(sizes, &seen)
      } else {
        question.verifyNone()
      }
    }
    #expect(seen.ends > 400 && seen.limits.contains("scenario"))
    #expect(seen.cures > 5 || test.hasDampenedOffsets)
    let profile = test.methodology.profile
    let hasThreshold = profile.underlyings.contains { $1.deltaShock != nil }
    #expect(seen.limits.contains("deltaShock") == hasThreshold)
    if profile.minimumDelta != nil { #expect(seen.limits.contains("minimumDelta")) }
  }

  @Test("a perpetual alone: the size of which the worst scenario costs the funds")
  func closedForm() throws {
    // Coins lost by one coin short when the price rises by m are m / (1 + m), long −m / (1 − m);
    // Deribit's range for BTC is 16 %, its roll shock 1 %.
    let test = VenueCase.all[0]
    let perpetual = try #require(test.market["BTC-PERPETUAL"])
    let table = try ScenarioValueTable(
      of: [perpetual.instrument], under: test.methodology, in: test.market)
    let price = try test.market.indexPrice(of: "BTC")
    let sizes = try #require(
      LoadedAccount(in: table).admissibleSizes(inRow: 0, funds: 10 * price))
    let delta = try perpetual.greeks(at: test.market.time).delta
    #expect(isClose(sizes.range.lowerBound, -10 / (0.16 / 1.16 + 0.01 * delta), relative: 1e-12))
    #expect(isClose(sizes.range.upperBound, 10 / (0.16 / 0.84 + 0.01 * delta), relative: 1e-12))
    let broke = LoadedAccount(in: table).admissibleSizes(inRow: 0, funds: -1)
    #expect(broke == nil)
  }
}

/// What a run has come upon.
private struct Seen {
  var ends = 0
  /// Accounts that must trade to come within their funds.
  var cures = 0
  var limits: Set<String> = []
}

private struct Question {
  let test: VenueCase
  let account: Portfolio
  let instrument: Instrument
  let level: MarginLevel
  let fee: Double
  let funds: Double

  /// What the rule itself wants after x beyond the funds, relative to them.
  func excess(_ x: Double) -> Double {
    let after = account.adding([Position(x, instrument)])
    guard
      let margin = try? test.unrounded.margin(level, on: after, in: test.market).amount
    else { return .infinity }
    return (margin + fee * abs(x) - funds) / funds
  }

  func verifyNone() {
    #expect(excess(0) > -1e-9)
    for x in stride(from: -3.0, through: 3, by: 0.5) where !test.hasDampenedOffsets {
      #expect(excess(x) > -1e-9)
    }
  }

  func verify(_ sizes: AdmissibleSizes, _ seen: inout Seen) {
    let (low, high) = (sizes.range.lowerBound, sizes.range.upperBound)
    if low > 0 || high < 0 { seen.cures += 1 }
    for (end, outward, limit) in [(low, -1.0, sizes.limitBelow), (high, 1, sizes.limitAbove)] {
      guard end.isFinite, let limit else {
        #expect(!end.isFinite && limit == nil && excess(outward * 1e5) <= 1e-9)
        continue
      }
      seen.ends += 1
      seen.limits.insert(name(of: limit))
      if limit == .deltaShock {
        #expect(excess(end) <= 1e-9)
        // The delta, of which the trade is a part, must pass the threshold by its allowance.
        #expect(excess(end + outward * 1e-3 * (1 + abs(end))) == .infinity)
      } else {
        #expect(abs(excess(end)) < 1e-9, "\(end), \(limit)")
        #expect(excess(end + outward * max(1e-6, 1e-6 * abs(end))) > 0, "\(end), \(limit)")
      }
    }
    guard low.isFinite && high.isFinite else { return }
    for t in stride(from: 0.02, to: 1, by: 0.08) {
      #expect(excess(low + t * (high - low)) <= 1e-9, "\(t) of \(low)...\(high)")
    }
  }

  private func name(of limit: AdmissibleSizes.Limit) -> String {
    if case .scenario = limit { "scenario" } else { "\(limit)" }
  }
}
