import Margin
import Pricing
import TestSupport
import Testing

@Suite("Leverage: brackets, liquidation and bankruptcy prices")
struct LiquidationTests {
  static let tiers = [
    LeverageTier(floor: 0, maintenanceRate: 0.004, maximumLeverage: 125),
    LeverageTier(
      floor: 50_000, maintenanceRate: 0.005, maximumLeverage: 100, maintenanceAmount: 50),
    LeverageTier(
      floor: 500_000, maintenanceRate: 0.01, maximumLeverage: 50, maintenanceAmount: 2_550),
    LeverageTier(floor: 8_000_000, maintenanceRate: 0.025, maximumLeverage: 20),
    LeverageTier(floor: 50_000_000, maintenanceRate: 0.05, maximumLeverage: 10),
  ]

  static func brackets(in unit: Double = 1) throws -> LeverageBrackets {
    let tiers = tiers.map {
      LeverageTier(
        floor: $0.floor / unit, maintenanceRate: $0.maintenanceRate,
        maximumLeverage: $0.maximumLeverage)
    }
    return try #require(LeverageBrackets(tiers))
  }

  @Test("maintenance margin is continuous, convex, and the largest of its lines")
  func brackets() throws {
    let brackets = try Self.brackets()
    for (bracket, amount) in zip(brackets.brackets, [0, 50, 2_550, 122_550, 1_372_550.0]) {
      #expect(isClose(bracket.maintenanceAmount, amount, relative: 1e-15))
    }
    for bracket in brackets.brackets.dropFirst() {
      let below = brackets.maintenanceMargin(of: bracket.floor.nextDown)
      #expect(isClose(below, brackets.maintenanceMargin(of: bracket.floor), relative: 1e-14))
    }
    var random = TestRandom(seed: 81)
    for _ in 0..<1_000 {
      let notional = 1e8 * Double.random(in: 0..<1, using: &random)
      let largest = brackets.brackets.map { $0.maintenanceMargin(of: notional) }.max()
      #expect(brackets.maintenanceMargin(of: notional) == largest)
    }
    #expect(brackets.initialMargin(of: 1_000_000) == 20_000)
    #expect(brackets.initialMargin(of: 1_000_000, leverage: 10) == 100_000)
    #expect(brackets.initialMargin(of: 1_000_000, leverage: 100) == 20_000)
  }

  @Test("with one rate they are the closed forms")
  func closedForms() throws {
    var random = TestRandom(seed: 82)
    for _ in 0..<500 {
      let (m, fee) = (0.1 * abs(random.signedUnit()), 0.01 * abs(random.signedUnit()))
      let brackets = LeverageBrackets(maintenanceRate: m, maximumLeverage: 5)
      let (q, entry) = (10 * abs(random.signedUnit()) + 0.01, 50_000 + 20_000 * random.signedUnit())
      let margin = 0.5 * abs(random.signedUnit()) * q * entry
      func linear(_ sign: Double) -> LeveragedPosition {
        LeveragedPosition(.linear, quantity: sign * q, entryPrice: entry)
      }
      let r = m + fee
      func expect(_ found: LeveragedPosition.Trigger, _ expected: Double) {
        #expect(isClose(found.price ?? .nan, expected, relative: 1e-12))
      }
      expect(
        linear(1).liquidationPrice(margin: margin, brackets: brackets, feeRate: fee),
        (q * entry - margin) / (q * (1 - r)))
      expect(
        linear(-1).liquidationPrice(margin: margin, brackets: brackets, feeRate: fee),
        (q * entry + margin) / (q * (1 + r)))
      expect(linear(1).bankruptcyPrice(margin: margin), entry - margin / q)
      expect(linear(-1).bankruptcyPrice(margin: margin), entry + margin / q)
      let (Q, coins) = (q * entry, margin / entry)
      func inverse(_ sign: Double) -> LeveragedPosition {
        LeveragedPosition(.inverse, quantity: sign * Q, entryPrice: entry)
      }
      expect(
        inverse(1).liquidationPrice(margin: coins, brackets: brackets, feeRate: fee),
        Q * (1 + r) / (coins + Q / entry))
      expect(
        inverse(-1).liquidationPrice(margin: coins, brackets: brackets, feeRate: fee),
        Q * (1 - r) / (Q / entry - coins))
      expect(inverse(1).bankruptcyPrice(margin: coins), Q / (coins + Q / entry))
      expect(inverse(-1).bankruptcyPrice(margin: coins), Q / (Q / entry - coins))
    }
  }

  @Test(
    "at the price returned equity less maintenance and fee is zero, in 4,000 positions over all brackets"
  )
  func isolated() throws {
    var random = TestRandom(seed: 83)
    var (found, never, used) = (0, 0, Set<Double>())
    for k in 0..<4_000 {
      let settlement: Instrument.Settlement = k % 2 == 0 ? .linear : .inverse
      let entry = 60_000 * (1 + 0.5 * random.signedUnit())
      let size = 2e7 * Double.random(in: 0..<1, using: &random) * (k % 3 == 0 ? 5 : 0.1)
      let sign: Double = Bool.random(using: &random) ? 1 : -1
      let position = LeveragedPosition(
        settlement, quantity: sign * (settlement == .linear ? size / entry : size),
        entryPrice: entry)
      let brackets = try Self.brackets(in: settlement == .linear ? 1 : 60_000)
      let notional = position.notional(at: entry)
      let margin = notional * 1.2 * Double.random(in: 0..<1, using: &random)
      let fee = 0.001 * Double(k % 4)
      func excess(at price: Double) -> Double {
        margin + position.profit(at: price)
          - brackets.maintenanceMargin(of: position.notional(at: price))
          - fee * position.notional(at: price)
      }
      let trigger = position.liquidationPrice(margin: margin, brackets: brackets, feeRate: fee)
      switch trigger {
      case .price(let price):
        found += 1
        let scale = margin + notional + position.notional(at: price)
        #expect(abs(excess(at: price)) <= 1e-13 * scale)
        used.insert(brackets.bracket(of: position.notional(at: price)).maintenanceRate)
        // It is on the side of the loss: beyond it the account is short of margin.
        let adverse = position.isLong ? 0.999 : 1.001
        #expect(excess(at: price * adverse) < 0 && excess(at: price / adverse) > 0)
        let bankruptcy = try #require(position.bankruptcyPrice(margin: margin).price)
        #expect(abs(margin + position.profit(at: bankruptcy)) <= 1e-13 * scale)
        #expect(position.isLong ? bankruptcy <= price : bankruptcy >= price)
      case .never:
        never += 1
        for price in [1e-3, 1, 1e3, 1e6, 1e9] {
          #expect(excess(at: price) >= -1e-9 * (margin + notional))
        }
      case .always: Issue.record("a positive margin suffices at some price")
      }
    }
    #expect(found > 3_000 && never > 200 && used.count == 5)
    print("liquidation prices: \(found) re-evaluated, \(never) positions that no price ends")
  }

  @Test("in cross margin: equity meets maintenance with one mark moved, in 500 accounts")
  func cross() throws {
    var random = TestRandom(seed: 84)
    var found = 0
    for k in 0..<500 {
      let settlement: Instrument.Settlement = k % 2 == 0 ? .linear : .inverse
      let brackets = try Self.brackets(in: settlement == .linear ? 1 : 60_000)
      let holdings = (0..<(1 + k % 5)).map { _ in
        let entry = 60_000 * (1 + 0.3 * random.signedUnit())
        let size = 5e6 * random.signedUnit()
        return CrossMarginAccount.Holding(
          LeveragedPosition(
            settlement, quantity: settlement == .linear ? size / entry : size, entryPrice: entry),
          mark: entry * (1 + 0.02 * random.signedUnit()), brackets: brackets)
      }
      let notional = holdings.reduce(0) { $0 + $1.notional }
      let account = CrossMarginAccount(balance: 0.3 * notional, holdings: holdings)
      for i in holdings.indices {
        guard case .price(let price) = account.liquidationPrice(of: i) else { continue }
        var moved = account
        moved.holdings[i].mark = price
        #expect(
          abs(moved.equity - moved.maintenanceMargin)
            <= 1e-12 * (notional + moved.holdings[i].notional))
        found += 1
        if case .price(let bankrupt) = account.bankruptcyPrice(of: i) {
          moved.holdings[i].mark = bankrupt
          #expect(abs(moved.equity) <= 1e-12 * (notional + moved.holdings[i].notional))
        }
      }
      // Alone in the account it is the isolated price.
      if holdings.count == 1 {
        #expect(
          account.liquidationPrice(of: 0)
            == holdings[0].position.liquidationPrice(margin: account.balance, brackets: brackets))
      }
    }
    #expect(found > 600)
    print("cross margin: \(found) liquidation prices re-evaluated")
  }

  @Test("funding goes from longs to shorts, and moves the liquidation price")
  func funding() throws {
    let brackets = try Self.brackets()
    let long = LeveragedPosition(.linear, quantity: 2, entryPrice: 50_000)
    #expect(long.funding(rate: 0.0001, at: 60_000) == 12)
    let short = LeveragedPosition(.inverse, quantity: -120_000, entryPrice: 50_000)
    #expect(isClose(short.funding(rate: 0.0001, at: 60_000), -0.0002, relative: 1e-14))
    let account = CrossMarginAccount(
      balance: 10_000, holdings: [.init(long, mark: 60_000, brackets: brackets)])
    let after = account.payingFunding([0.01])
    #expect(after.balance == 8_800)
    let (before, later) = (
      try #require(account.liquidationPrice(of: 0).price),
      try #require(after.liquidationPrice(of: 0).price)
    )
    #expect(isClose(later - before, 600 / (1 - 0.005), relative: 1e-9))
    #expect(account.marginRatio > after.marginRatio)
  }

  @Test("too little margin at any price, and more than any loss")
  func ends() throws {
    let brackets = try Self.brackets()
    let short = LeveragedPosition(.linear, quantity: -1, entryPrice: 100)
    #expect(short.liquidationPrice(margin: -101, brackets: brackets) == .always)
    let long = LeveragedPosition(.linear, quantity: 1, entryPrice: 100)
    #expect(long.liquidationPrice(margin: 100, brackets: brackets) == .never)
    let inverse = LeveragedPosition(.inverse, quantity: -100, entryPrice: 100)
    #expect(inverse.liquidationPrice(margin: 1, brackets: brackets) == .never)
    #expect(inverse.bankruptcyPrice(margin: 2) == .never)
  }
}
