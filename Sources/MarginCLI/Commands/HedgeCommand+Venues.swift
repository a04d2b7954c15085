import ArgumentParser
import Foundation
import MarginOptimization

extension HedgeCommand {
  func validateVenues() throws {
    try input.requireChain()
    let others: [(Bool, String)] = [
      (input.book != nil, "--book"), (cure.equity != nil, "--cure"),
      (largest.equity != nil, "--equity"),
      (frontier != nil, "--frontier"),
      (riskAversion > 0, "--risk-aversion"),
      (!rules.isEmpty, "--lots, --min-trade or --max-trades"),
      (writeQPS != nil, "--write-qps"), (picture != nil, "--picture"),
      (costs.depth != nil, "--depth"),
    ]
    if let (_, option) = others.first(where: \.0) {
      throw ValidationError("--venues cannot be had with \(option).")
    }
    try require("--instruments", instruments, in: 1...1_000_000)
    try require("--models", models, in: 1...1_000)
    try require("--time-limit", timeLimit, in: 0.001...1e9, "seconds")
    if needsScenarios { try scenarios.requirePrices(sample: input.sample) }
  }

  /// Hedges over the venues of a file.
  func hedge(over file: VenuesFile, at path: String, in market: Market) throws {
    let problem = try venueProblem(file, at: path, in: market)
    var settings = HedgeProblem.Settings()
    if let timeLimit { settings.timeLimit = timeLimit }
    settings.modelLimit = models
    let progress = ProgressLine(isShown: !json)
    let outcome: VenueHedgeOutcome
    do {
      outcome = try problem.solve(settings) {
        progress.show("round \($0.round): bound \(money($0.bound)) USD")
      }
    } catch let error as HedgeError { throw InputError("\(path): \(error)") }
    progress.clear()
    let report = VenueReport(outcome, provenGap: rules.provenGap)
    if json { try printJSON(report) } else { print(report.text) }
    guard report.status == "solved" else { throw noSolutionCode }
  }

  private func venueProblem(
    _ file: VenuesFile, at path: String, in market: Market
  ) throws -> VenueHedgeProblem {
    let folder = URL(filePath: path).deletingLastPathComponent()
    let venues = try file.venues.enumerated().map { i, side in
      do { return try venue(side, from: folder, in: market) } catch let error as any ReportedError {
        throw InputError("\(path): venues[\(i)] (\(side.name)): \(error)")
      } catch let error as ValidationError {
        throw InputError("\(path): venues[\(i)] (\(side.name)): \(error.message)")
      }
    }
    do {
      var problem = try VenueHedgeProblem(venues, in: market)
      problem.costWeight = costs.costWeight
      problem.positionTransfers = try (file.positionTransfers ?? []).enumerated().map { i, move in
        PositionTransfer(
          from: move.from, to: move.to,
          instruments: try move.instruments?.map {
            try market.quote(named: $0, by: "positionTransfers[\(i)]").instrument
          }, costPerCoin: move.costPerCoin ?? 0)
      }
      problem.collateralTransfers = (file.collateralTransfers ?? []).map {
        CollateralTransfer(
          from: $0.from, to: $0.to, costRate: $0.costRate ?? 0, limit: $0.limit ?? .infinity)
      }
      if needsScenarios {
        problem.scenarios = try scenarios.scenarioSet(for: market, sample: input.sample)
      }
      for written in limits {
        let limit = written.limit
        try problem.limit(
          limit.measure, of: limit.underlying, atLeast: limit.lower, atMost: limit.upper)
      }
      return problem
    } catch let error as any ReportedError { throw InputError("\(path): \(error)") }
  }

  private func venue(
    _ side: VenuesFile.Side, from folder: URL, in market: Market
  ) throws -> Venue {
    func place(_ name: String) -> String {
      name.hasPrefix("/") ? name : folder.appending(path: name).path(percentEncoded: false)
    }
    let rule = MarginRule(
      text: side.profile.hasSuffix(".json") ? place(side.profile) : side.profile)
    try rule.validate("profile")
    if side.book != nil && side.positions != nil {
      throw InputError("book: and positions are both given; leave one out")
    }
    let portfolio: Portfolio
    if let book = side.book {
      portfolio = try PortfolioReader(market: market).read(
        text: readText(place(book)), fileName: place(book))
    } else {
      portfolio = Portfolio(
        try (side.positions ?? [:]).sorted { $0.key < $1.key }.map { name, quantity in
          Position(quantity, try market.quote(named: name, by: "positions").instrument)
        })
    }
    var hedge = HedgeProblem(
      minimizing: try rule.methodology(for: market, scenarios: scenarios, sample: input.sample),
      of: portfolio, in: market,
      hedgingWith: try side.instruments.map { names in
        try Set(names).sorted().map {
          try market.quote(named: $0, by: "instruments").instrument
        }
      } ?? market.mostLiquid(instruments))
    hedge.level = side.level ?? .initial
    try costs.apply(to: &hedge)
    hedge.tradingCost = TradingCost(
      optionFee: side.optionFee ?? costs.optionFee, optionFeeCap: costs.optionFeeCap,
      futureFee: side.futureFee ?? costs.futureFee)
    for text in side.limits ?? [] {
      let limit = try LimitInput(text).limit
      try hedge.limit(
        limit.measure, of: limit.underlying, atLeast: limit.lower, atMost: limit.upper)
    }
    var venue = Venue(side.name, hedging: hedge, collateral: side.collateral)
    venue.buffer = side.buffer ?? 0
    venue.collateralCap = side.collateralCap ?? .infinity
    venue.collateralShare = side.collateralShare ?? 1
    return venue
  }
}
