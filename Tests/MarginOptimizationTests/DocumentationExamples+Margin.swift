import Foundation
import MarginOptimization
import Testing

extension DocumentationExamples {
  @Test("the regulatory schedule of two trades")
  func schedule() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let crif = try CRIF(
      text: """
        TradeID,ProductClass,RiskType,AmountUSD,end_date
        swap,Rates,Notional,1000000,2030-06-30
        swap,Rates,PV,20000,2030-06-30
        option,Equity,Notional,200000,2027-01-15
        option,Equity,PV,-15000,2027-01-15
        """)
    let trades = try RegulatorySchedule.trades(of: crif, on: "2026-06-30")
    let schedule = RegulatorySchedule.standard
    let requirement = try schedule.requirement(for: trades)
    print(requirement.parts[0].amount.rounded())  // 50000.0: 2 % of the swap, 15 % of the option
    print(schedule.replacementCost(of: trades, side: .call).netToGross)  // 0.25
    print(requirement.amount.rounded())  // 27500.0

    #expect(printed.lines == ["50000.0", "0.25", "27500.0"])
  }

  @Test("a pairing of least margin, and the prices that end a leveraged position")
  func strategiesAndLeverage() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let rule = StrategyMargin(profile: try .regulationT())
    let june = Timestamp(secondsSince1970: 1_781_740_800)
    let legs = [
      StrategyLeg("shares", .stock, quantity: 2, price: 100),
      StrategyLeg("105 calls", .option(.call, strike: 105, expiry: june), quantity: -3, price: 3),
      StrategyLeg("110 call", .option(.call, strike: 110, expiry: june), quantity: 1, price: 2),
    ]
    let pairing = try rule.pairing(.maintenance, of: legs, on: "XYZ", price: 100)
    for part in pairing.parts {
      print(part.count, part.strategy.rawValue, part.requirement.amount)
    }
    // 1 vertical spread 700.0
    // 2 covered call 5000.0
    print(pairing.unpairedRequirement, pairing.isOptimal)  // 10600.0 true

    let brackets = LeverageBrackets(maintenanceRate: 0.005, maximumLeverage: 100)
    let position = LeveragedPosition(.linear, quantity: 1, entryPrice: 50_000)
    print(Int(position.liquidationPrice(margin: 5_000, brackets: brackets).price ?? 0))  // 45226
    print(Int(position.bankruptcyPrice(margin: 5_000).price ?? 0))  // 45000

    #expect(
      printed.lines == [
        "1 vertical spread 700.0", "2 covered call 5000.0", "10600.0 true", "45226", "45000",
      ])
  }

  @Test("SPAN of a calendar spread; a buffer along a series of margins")
  func spanAndBuffers() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let parameters = SPANParameters(
      name: "My SPAN", source: "parameters of my own", effective: "2026-01-01",
      commodities: [
        "BTC": .init(
          priceScanRange: 6_000, volatilityScanRange: 0.08,
          tiers: [.init("near", through: "2026-09"), .init("far", from: "2026-10")],
          spreads: [.init([.init("near", .a), .init("far", .b)], rate: 250)],
          shortOptionMinimum: 100)
      ])
    let futures = ["near": "2026-09", "far": "2026-12"].mapValues { month in
      SPANContract(
        month, month: month,
        losses: parameters.scenarios.map { -6_000 * $0.price * $0.weight }, delta: 1)
    }
    let commodity = try #require(parameters.commodities["BTC"])
    let book = SPANBook(
      "BTC", parameters: commodity, scenarios: parameters.scenarios,
      holdings: [
        (try #require(futures["near"]), 3), (try #require(futures["far"]), -2),
      ])
    let span = SPANMargin(parameters: parameters)
    // One future outright over the scan range, two calendar spreads.
    print(Int(span.margin(.maintenance, of: [book]).amount))  // 6500

    let buffer = MarginBuffer(size: 0.25, window: 10)
    let margins = [100.0, 100, 100, 120, 140]
    print(buffer.requirements(of: margins))  // [125.0, 125.0, 125.0, 125.0, 140.0]
    print(Procyclicality(margins).peakToTrough)  // 1.4

    #expect(printed.lines == ["6500", "[125.0, 125.0, 125.0, 125.0, 140.0]", "1.4"])
  }

  @Test("an account on Derive, and what its liquidation sells it for")
  func deriveAccount() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let profile = try DerivePortfolioMarginProfile(
      json: Data(
        """
        {"name": "My PMRM 1", "source": "parameters of my own", "effective": "2026-01-01",
         "version": "PMRM 1",
         "underlyings": {"ETH": {
           "scenarios": [{"spot": 0.8, "volatility": "up"}, {"spot": 1.2, "volatility": "down"}],
           "volatilityShock": {
             "up": 0.4, "down": 0.25, "shortPower": 0.25, "longPower": 0.15, "floorDays": 2},
           "positiveDiscount": {"base": 0.9, "rateMultiplier": 3, "addend": 0.06},
           "forwardContingency": {"up": 1.06, "down": 0.94, "addend": 0.3, "multiplier": 0.05},
           "depeg": {"threshold": 0.97, "factor": 3}, "confidence": {"threshold": 0.5, "factor": 0.4},
           "perpetual": {"maintenance": 0.025, "initial": 0},
           "option": {"maintenance": 0.012, "initial": 0},
           "initialFactor": 1.25, "maintenanceFactor": 1}}}
        """.utf8))
    let rule = DerivePortfolioMargin(profile: profile)
    let account = DeriveAccount(
      cash: 3_000,
      markets: [
        .init("ETH", spot: .init(2_000), perpetual: .init(quantity: -2, price: .init(2_000)))
      ])
    // The requirement, and what is left of the account's value beyond it.
    print(Int(try rule.margin(.initial, on: account).amount.rounded()))  // 1125
    print(Int(try rule.netMargin(.initial, of: account).amount.rounded()))  // 1875

    let auction = try DeriveDutchAuction(
      profile: DeriveDutchAuctionProfile(
        name: "My auction", source: "parameters of my own", effective: "2026-01-01",
        bufferShare: 0.25,
        startShare: 0.97, fastEndShare: 0.75, fastSeconds: 120, slowSeconds: 9_000, feeRate: 0.03))
    let sold = try auction.buying(
      1, of: .init(value: 100, netMaintenance: -60), after: 60)
    print(Int(sold.fraction * 1_000), Int(sold.bid))  // 537 46

    #expect(printed.lines == ["1125", "1875", "537 46"])
  }
}
