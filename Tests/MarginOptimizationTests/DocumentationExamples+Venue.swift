import MarginOptimization
import Testing

extension DocumentationExamples {
  @Test("the accounts of a venue, a move of one coin, and a trade before it is made")
  func venue() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let market = try SampleMarket.market()
    let rule = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .deribit))
    let table = try ScenarioValueTable(of: market.listed, under: rule, in: market)
    let large = try PortfolioReader(market: market)
      .read(text: SampleMarket.bookCSV(), fileName: "book.csv")
    let small = Portfolio([Position(-2, market.listed[0])])  // short two coins of BTC-PERPETUAL
    let accounts = try AccountBook([large, small], in: table)
    var venue = try VenueMargin(of: accounts, in: table)
    print(venue.initial.map { Int($0) }, venue.refusedAccounts)  // [1441607, 18757] []
    let updated = try venue.revalue("ETH", in: market)  // or the market as it is now
    print(updated)  // 1: only the large account holds it
    let account = LoadedAccount(in: venue.table)
    account.load(1, of: accounts)
    let funds = 2 * account.margins.initial
    if let row = table.row(of: market.listed[0]),
      let sizes = account.admissibleSizes(inRow: row, funds: funds, feePerCoin: 20)
    {
      print(Int(account.margins(afterTrading: -1, inRow: row).initial))  // 28136
      print((1000 * sizes.range.lowerBound).rounded())  // -1996.0: sell 1.996 coins at most
      print((1000 * sizes.range.upperBound).rounded())  // 4944.0: buy 4.944
    }
    #expect(
      printed.lines == ["[1441607, 18757] []", "1", "28136", "-1996.0", "4944.0"])
  }
}
