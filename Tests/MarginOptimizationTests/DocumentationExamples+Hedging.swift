import MarginOptimization
import Testing

extension DocumentationExamples {
  @Test("a book hedged over two venues")
  func venues() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }
    func fatalError(_ text: String) -> Never { Swift.fatalError(text) }

    let market = try SampleMarket.market()
    let book = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "book.csv")
    func venue(_ name: String, _ rule: BundledMethodology, _ portfolio: Portfolio) throws -> Venue {
      var hedge = HedgeProblem(
        minimizing: try rule.methodology(), of: portfolio, in: market,
        hedgingWith: market.mostLiquid(60))
      hedge.tradeSize = .coins(20)
      return Venue(name, hedging: hedge, collateral: 400_000)
    }
    var problem = try VenueHedgeProblem(
      [venue("deribit", .deribit, book), venue("paradex", .paradex, Portfolio())], in: market)
    problem.venues[0].buffer = 0.1  // ten per cent above the margin stay posted
    problem.positionTransfers = [.init(from: "deribit", to: "paradex", costPerCoin: 2)]
    problem.collateralTransfers = [.init(from: "paradex", to: "deribit", costRate: 0.0005)]
    try problem.limit(.vega, of: "BTC", atLeast: -20_000, atMost: 20_000)

    guard case .plan(let plan) = try problem.solve() else { fatalError("no plan") }
    print(Int(100 * plan.margin.after / plan.margin.before))  // 10 per cent of it
    print(plan.gap < 1e-6, plan.limitViolation < 1e-8)  // true true
    print(plan.sides.allSatisfy { ($0.headroom ?? 0) > -1e-3 })  // true
    #expect(printed.lines == ["10", "true true", "true"])
  }

  @Test("the largest trade")
  func largestTrade() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let chain = try SampleMarket.market()
    let empty = HedgeProblem(
      minimizing: try BundledMethodology.paradex.methodology(), of: Portfolio(), in: chain,
      hedgingWith: [])
    let perpetual = try Instrument(name: "BTC-PERPETUAL")
    if let largest = try empty.largestTrade(in: perpetual, buying: false, equity: 100_000).trade {
      print((100 * largest.quantity).rounded() / 100)  // -9.86
      print(largest.heldBy)  // ["margin and trading cost"]
    }
    #expect(printed.lines == ["-9.86", "[\"margin and trading cost\"]"])
  }
}
