import Hedging
import Margin
import MarginSamples
import Pricing
import TestSupport
import Testing

@Suite("Limits on notional and leverage")
struct LeverageLimitTests {
  static let market = SyntheticMarket.market(expiryDays: [20])

  /// Σ |coins| · index, by separate code.
  static func notional(_ book: Portfolio) -> Double {
    book.positions.reduce(0) {
      $0 + abs($1.quantity) * (SyntheticMarket.indexPrices[$1.instrument.underlying] ?? 0)
    }
  }

  static func after(_ plan: HedgePlan, _ book: Portfolio) -> Portfolio {
    book.adding(plan.trades.map { Position($0.quantity, $0.instrument) })
  }

  @Test("they hold by separate code, and their price is what another unit saves")
  func limits() throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      var problem = try HedgeProblem.random(.paradex, seed: seed, in: Self.market)
      problem.tradingCost.optionFee = 0.0003
      problem.equity = 2e6
      let free = try #require(try problem.solve().plan)
      let gross = Self.notional(Self.after(free, problem.portfolio))
      // Less than the plan without it would have.
      let limit = 0.9 * gross / (2e6 - free.cost)
      func solve(_ limit: Double) throws -> HedgePlan? {
        var limited = problem
        try limited.limit(.leverage, atMost: limit)
        return try limited.solve().plan
      }
      guard let plan = try solve(limit) else { continue }
      let leverage = Self.notional(Self.after(plan, problem.portfolio)) / (2e6 - plan.cost)
      #expect(leverage <= limit * (1 + 1e-7) && plan.gap < 1e-6)
      #expect(plan.objective >= free.objective * (1 - 1e-9))
      if let price = plan.bindingLimits.first(where: { $0.name == "leverage" })?.price {
        #expect(isClose(leverage, limit, relative: 1e-6))
        let step = 1e-4 * limit
        let (up, down) = (
          try #require(try solve(limit + step)), try #require(try solve(limit - step))
        )
        let slopes = (
          (plan.objective - up.objective) / step, (down.objective - plan.objective) / step
        )
        // Kinks lie between one-sided slopes; equity less cost is what a unit of leverage is of.
        #expect(price >= slopes.0 * 0.99 - 1 && price <= slopes.1 * 1.01 + 1)
      }
      var notional = problem
      try notional.limit(.grossNotional, of: "BTC", atMost: 0.8 * gross)
      if let plan = try notional.solve().plan {
        let btc = Self.notional(
          Portfolio(
            Self.after(plan, problem.portfolio).positions.filter {
              $0.instrument.underlying == "BTC"
            }))
        #expect(btc <= 0.8 * gross * (1 + 1e-7))
      }
    }
  }

  @Test("in lots they are kept too")
  func lots() throws {
    var problem = try HedgeProblem.random(.paradex, seed: 2, positions: 6, in: Self.market)
    let before = Self.notional(problem.portfolio)
    problem.tradeRules.lot = 1
    problem.tradeRules.maximumTrades = 3
    try problem.limit(.grossNotional, atMost: 0.9 * before)
    var settings = HedgeProblem.Settings()
    settings.searchTimeLimit = 5
    let plan = try #require(try problem.solve(settings).plan)
    #expect(Self.notional(Self.after(plan, problem.portfolio)) <= 0.9 * before * (1 + 1e-7))
    #expect(plan.trades.allSatisfy { $0.quantity == $0.quantity.rounded() })
  }

  @Test("what makes no sense is refused; what cannot be met is named")
  func faults() throws {
    var problem = try HedgeProblem.random(.paradex, seed: 3, in: Self.market)
    #expect(throws: HedgeError.shortfallFromBelow("gross notional")) {
      try problem.limit(.grossNotional, atLeast: 1)
    }
    #expect(throws: HedgeError.totalOnly("BTC leverage")) {
      try problem.limit(.leverage, of: "BTC", atMost: 1)
    }
    try problem.limit(.leverage, atMost: 1e-9)
    #expect(throws: HedgeError.equityNeeded) { try problem.solve() }
    problem.equity = 1_000
    guard case .infeasible(let conflict) = try problem.solve() else {
      Issue.record("a leverage of nothing is met")
      return
    }
    #expect(conflict.members.map(\.name) == ["leverage"])
  }
}

@Suite("The largest admissible trade")
struct LargestTradeTests {
  static let market = SyntheticMarket.market(expiryDays: [20])

  @Test("of a perpetual alone: equity over margin and fee")
  func perpetual() throws {
    let quote = try #require(Self.market["BTC-PERPETUAL"])
    let rule = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex))
    let problem = HedgeProblem(
      minimizing: rule, of: Portfolio(), in: Self.market, hedgingWith: [])
    let unit = try rule.margin(
      on: Portfolio([Position(1, quote.instrument)]), in: Self.market
    ).amount
    let cost = (try #require(quote.ask) - quote.mark)
    let largest = try #require(
      try problem.largestTrade(in: quote.instrument, equity: 1e6).trade)
    #expect(isClose(largest.quantity, 1e6 / (unit + cost), relative: 1e-9))
    #expect(largest.heldBy == ["margin and trading cost"] && largest.isExact)
    #expect(abs(largest.gap) < 1e-9 && largest.hedges.isEmpty)
    let sold = try #require(
      try problem.largestTrade(in: quote.instrument, buying: false, equity: 1e6).trade)
    #expect(sold.quantity < 0)
    let capped = try #require(
      try problem.largestTrade(in: quote.instrument, equity: 1e6, atMost: 2).trade)
    #expect(capped.quantity == 2 && capped.heldBy == ["no more is offered, or asked for"])
  }

  @Test("a thousandth more breaks a limit by the exact rule; with hedges it is no smaller")
  func random() throws {
    for (k, profile) in [ScenarioGridProfile.Bundled.paradex, .deribit].enumerated() {
      for seed in 1...3 as ClosedRange<UInt64> {
        var problem = try HedgeProblem.random(
          profile, seed: seed + 10 * UInt64(k), positions: 10, in: Self.market)
        try problem.limit(.vega, of: "BTC", atLeast: -4_000, atMost: 4_000)
        let rule = problem.methodology
        let option = try #require(
          Self.market.listed.first { $0.isOption && $0.underlying == "BTC" })
        let equity = 1.3 * (try rule.margin(on: problem.portfolio, in: Self.market).amount)
        for buying in [true, false] {
          guard
            let alone = try problem.largestTrade(in: option, buying: buying, equity: equity).trade
          else { continue }
          func isWithin(_ size: Double) throws -> Bool {
            let after = problem.portfolio.adding([Position(size, option)])
            let quote = try Self.market.quote(for: option)
            let price = try #require(size > 0 ? quote.dollarAsk : quote.dollarBid)
            let vega = try after.positions.reduce(0.0) { sum, position in
              guard position.instrument.underlying == "BTC" else { return sum }
              let greeks = try Self.market.quote(for: position.instrument)
                .greeks(at: Self.market.time)
              return sum + position.quantity * greeks.vegaPerPoint
            }
            return try rule.margin(on: after, in: Self.market).amount
              + abs(size * (price - quote.dollarMark)) <= equity * (1 + 1e-9)
              && abs(vega) <= 4_000 * (1 + 1e-9)
          }
          let isWithinAll = try isWithin(alone.quantity)
          #expect(isWithinAll)
          let isMoreWithin = try isWithin(1.001 * alone.quantity)
          #expect(!isMoreWithin && !alone.heldBy.isEmpty)
          let hedged = try #require(
            try problem.largestTrade(in: option, buying: buying, equity: equity, hedged: true).trade
          )
          #expect(abs(hedged.quantity) >= abs(alone.quantity) * (1 - 1e-6))
          #expect(abs(hedged.gap) < 1e-5 && hedged.margin.after.amount + hedged.cost <= equity)
        }
      }
    }
  }

  @Test("of a rule that is not convex it is admissible by the rule, and grows with its models")
  func bounded() throws {
    let listed = SyntheticMarket.market(expiryDays: [20], settlement: .linear)
    let market = Market(
      time: listed.time, indexPrices: listed.indexPrices,
      quotes: listed.quotes.filter(\.instrument.isOption))
    let rule = DeriveStandardMargin(profile: DeriveSamples.standard)
    var random = TestRandom(seed: 4)
    let book = SyntheticMarket.book(of: 6, in: market, size: 4, random: &random)
    var problem = HedgeProblem(
      minimizing: rule, of: book, in: market, hedgingWith: market.listed)
    problem.tradeSize = .coins(2)
    let equity = 1.2 * (try rule.margin(on: book, in: market).amount)
    var one = HedgeProblem.Settings()
    one.modelLimit = 1
    let option = market.listed[3]
    let (first, more) = (
      try #require(
        try problem.largestTrade(
          in: option, buying: false, equity: equity, hedged: true, one
        ).trade),
      try #require(
        try problem.largestTrade(in: option, buying: false, equity: equity, hedged: true).trade)
    )
    #expect(!more.isExact && abs(more.quantity) >= abs(first.quantity))
    #expect(more.margin.after.amount + more.cost <= equity)
  }

  @Test("where nothing is admissible the limits are named")
  func infeasible() throws {
    let problem = try HedgeProblem.random(.paradex, seed: 1, in: Self.market)
    let option = try #require(Self.market.listed.filter(\.isOption).first)
    guard case .infeasible(let conflict) = try problem.largestTrade(in: option, equity: 1) else {
      Issue.record("a dollar carries the book")
      return
    }
    #expect(conflict.members.map(\.name) == ["margin and trading cost"])
    #expect(throws: HedgeError.self) {
      try problem.largestTrade(in: option, equity: .nan)
    }
  }
}
