import Hedging
import Margin
import Pricing
import TestSupport
import Testing

@Suite("Hedges through order books")
struct OrderBookHedgeTests {
  let market = SyntheticMarket.market()

  func paradex() throws -> ScenarioGridMargin {
    ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex))
  }

  /// Dollars lost against the mark by walking the levels, by hand.
  func walked(_ coins: Double, _ book: OrderBook, _ quote: Quote) -> Double {
    var (cash, left) = (0.0, abs(coins))
    for level in coins > 0 ? book.asks : book.bids {
      let taken = min(left, level.quantity)
      cash += taken * quote.dollars(level.price)
      left -= taken
    }
    let marked = abs(coins) * quote.dollarMark
    return coins > 0 ? cash - marked : marked - cash
  }

  @Test("three levels of asks cost exactly what they cost, and beyond them nothing is bought")
  func levels() throws {
    let quote = try #require(market["BTC-PERPETUAL"])
    let book = try OrderBook(
      bids: [.init(price: quote.mark - 10, quantity: 1)],
      asks: [
        .init(price: quote.mark + 40, quantity: 0.5), .init(price: quote.mark + 5, quantity: 1),
        .init(price: quote.mark + 20, quantity: 0.75),
      ])
    var problem = HedgeProblem(
      minimizing: try paradex(), of: Portfolio([Position(-3, quote.instrument)]), in: market,
      hedgingWith: [quote.instrument])
    problem.orderBooks = [quote.instrument.name: book]
    let plan = try #require(try problem.solve().plan)
    // 3 are short, but 2.25 are offered.
    #expect(isClose(plan.trades[0].quantity, 2.25, relative: 1e-8))
    #expect(isClose(plan.cost, 5 + 0.75 * 20 + 0.5 * 40, relative: 1e-7))
    #expect(plan.gap < 1e-6)

    // Where a coin saves less than the second level costs, the first is all that is bought.
    let perCoin = plan.margin.before.amount / 3
    problem.costWeight = perCoin / 10
    let small = try #require(try problem.solve().plan)
    #expect(isClose(small.trades[0].quantity, 1, relative: 1e-6))
    #expect(isClose(small.cost, 5, relative: 1e-6))
  }

  func booked(seed: UInt64, positions: Int = 12) throws -> HedgeProblem {
    var random = TestRandom(seed: seed)
    var problem = HedgeProblem(
      minimizing: try paradex(),
      of: SyntheticMarket.book(of: positions, in: market, size: 8, random: &random), in: market,
      hedgingWith: market.listed)
    problem.tradeSize = .coins(5)
    problem.futureSize = 20
    for quote in market.quotes {
      guard let bid = quote.bid, let ask = quote.ask else { continue }
      func levels(_ best: Double, _ sign: Double) -> [OrderBook.Level] {
        (0..<4).map {
          .init(
            price: best * (1 + sign * 0.004 * Double($0)),
            quantity: 0.2 + abs(random.signedUnit()))
        }
      }
      problem.orderBooks[quote.instrument.name] = try OrderBook(
        bids: levels(bid, -1), asks: levels(ask, 1))
    }
    return problem
  }

  @Test(
    "every trade costs what walking the book costs, within its depth",
    arguments: [1, 2, 3] as [UInt64])
  func walks(seed: UInt64) throws {
    let problem = try booked(seed: seed)
    let plan = try #require(try problem.solve().plan)
    #expect(plan.gap < 1e-6)
    var crossed = 0
    for trade in plan.trades {
      let book = try #require(problem.orderBooks[trade.instrument.name])
      let quote = try market.quote(for: trade.instrument)
      #expect(
        isClose(trade.cost, walked(trade.quantity, book, quote), relative: 1e-9, absolute: 1e-9))
      let depth = trade.quantity > 0 ? book.depth.buying : book.depth.selling
      #expect(abs(trade.quantity) <= depth * (1 + 1e-12))
      let best = (trade.quantity > 0 ? book.asks : book.bids)[0].quantity
      if abs(trade.quantity) > best * 1.001 { crossed += 1 }
    }
    #expect(crossed > 0)
  }

  @Test(
    "a book of one level is the half-spread, and finer levels of the same prices change nothing")
  func oneLevel() throws {
    var plain = try booked(seed: 5)
    let books = plain.orderBooks
    plain.orderBooks = [:]
    var flat = plain
    for quote in market.quotes {
      guard let bid = quote.bid, let ask = quote.ask else { continue }
      flat.orderBooks[quote.instrument.name] = try OrderBook(
        bids: [.init(price: bid, quantity: 100)], asks: [.init(price: ask, quantity: 100)])
    }
    let (a, b) = (try #require(try plain.solve().plan), try #require(try flat.solve().plan))
    #expect(isClose(a.objective, b.objective, relative: 1e-8))

    func halves(_ levels: [OrderBook.Level]) -> [OrderBook.Level] {
      levels.flatMap { level in
        [level, level].map { .init(price: $0.price, quantity: $0.quantity / 2) }
      }
    }
    var (coarse, fine) = (plain, plain)
    coarse.orderBooks = books
    fine.orderBooks = try books.mapValues {
      try OrderBook(bids: halves($0.bids), asks: halves($0.asks))
    }
    let (c, d) = (try #require(try coarse.solve().plan), try #require(try fine.solve().plan))
    #expect(isClose(c.objective, d.objective, relative: 1e-8))
    // Depth costs: the same best quotes without a limit are never dearer.
    #expect(c.objective >= a.objective * (1 - 1e-8))
  }

  @Test("cures, frontiers, lots and limits on cost walk the book as well")
  func everywhere() throws {
    var problem = try booked(seed: 2)
    let frontier = try #require(try problem.frontier(points: 6).frontier)
    for point in frontier.points {
      let cost = try point.plan.trades.reduce(0) {
        $0
          + walked(
            $1.quantity, try #require(problem.orderBooks[$1.instrument.name]),
            try market.quote(for: $1.instrument))
      }
      #expect(isClose(point.cost, cost, relative: 1e-9, absolute: 1e-9))
    }
    let middle = frontier.points[3]
    let cure = try #require(try problem.cheapestCure(equity: middle.margin).solve().plan)
    #expect(isClose(cure.cost, middle.cost, relative: 1e-4))
    problem.tradeRules = TradeRules(lot: 0.1)
    var settings = HedgeProblem.Settings()
    settings.relativeGap = 0.02
    settings.searchTimeLimit = 20
    let free = try #require(try booked(seed: 2).solve().plan)
    let lots = try #require(try problem.solve(settings).plan)
    #expect(lots.objective >= free.bound * (1 - 1e-9))
    for trade in lots.trades {
      #expect(
        isClose(
          trade.cost,
          walked(
            trade.quantity, try #require(problem.orderBooks[trade.instrument.name]),
            try market.quote(for: trade.instrument)), relative: 1e-9))
    }
  }
}
