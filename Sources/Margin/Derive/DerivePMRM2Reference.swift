import Pricing

/// Files of cases of Derive's PMRM 2.
///
/// Each case has its own `parameters` and names one of the file's `scenario_sets`; its `input` is
/// an account on one underlying. Expected are the net margins `IM` and `MM`, `OptionMTM`,
/// `CollateralMTM`, and the results `ForwardContingency` and `ScenarioPnL`, one for each scenario.
///
/// A skew scenario moves no price: where a set gives it one, its price move is left out, and the
/// result of that scenario is not compared (the authors of the cases skip it too); the margins are.
public struct DerivePMRM2Reference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.contains("PMRM_2 portfolio")
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    guard let sets = file.contents["scenario_sets"]?.list else {
      throw file.error("scenario_sets", "is not a list")
    }
    let scenarios = try sets.enumerated().map { try Self.scenarios($1, number: $0, of: file) }
    return try file.cases { entry in
      let number = try entry.number("scenario_set")
      guard let i = Int(exactly: number), scenarios.indices.contains(i) else {
        throw entry.error("scenario_set", "\(number) is no number of a scenario set")
      }
      let rule = DerivePortfolioMargin(
        profile: try Self.profile(
          entry.object("parameters"), scenarios: scenarios[i].map(\.scenario)))
      return try Self.quantities(
        of: Self.account(entry.object("input")), under: rule,
        expected: entry.object("expected"),
        isCompared: scenarios[i].map { !$0.movesSkew })
    }
  }

  private struct Entry {
    var scenario: DerivePortfolioMarginProfile.Scenario
    /// Whether the file moves the price of a skew.
    var movesSkew: Bool
  }

  private static let moves: [String: DerivePortfolioMarginProfile.VolatilityMove] = [
    "Up": .up, "None": .unchanged, "Down": .down, "LINEAR": .linearSkew, "ABS": .absoluteSkew,
  ]

  /// A set of triples: factor on the spot price, kind of volatility shock, dampening.
  private static func scenarios(
    _ set: ReferenceValue, number: Int, of file: ReferenceFile
  ) throws -> [Entry] {
    try (set.list ?? []).enumerated().map { i, entry in
      guard let triple = entry.list, triple.count == 3, let spot = triple[0].number,
        let move = triple[1].text.flatMap({ moves[$0] }), let dampening = triple[2].number
      else {
        throw file.error(
          "scenario_sets[\(number)][\(i)]",
          "is not a spot factor, a volatility shock and a dampening")
      }
      return Entry(
        scenario: .init(spot: move.isSkew ? 1 : spot, volatility: move, dampening: dampening),
        movesSkew: move.isSkew && spot != 1)
    }
  }

  private static func quantities(
    of account: DeriveAccount, under rule: DerivePortfolioMargin, expected: ReferenceReader,
    isCompared: [Bool]
  ) throws -> [ReferenceCase.Quantity] {
    let book = try rule.books(of: account)[0]
    let terms = book.grossValue + abs(account.cash)
    let found: [String: ReferenceFinding] = [
      "IM": .init(try rule.netMargin(.initial, of: account).amount, terms: terms),
      "MM": .init(try rule.netMargin(.maintenance, of: account).amount, terms: terms),
      "OptionMTM": .init(book.value.parts[0].amount, terms: terms),
      "CollateralMTM": .init(book.collateralValue),
      "ForwardContingency": .init(-book.forwardContingency.amount, terms: terms),
    ]
    var quantities = try found.compared(with: expected)
    if let results = expected.value["ScenarioPnL"]?.list {
      guard results.count == isCompared.count else {
        throw expected.error(
          "ScenarioPnL", "has \(results.count) results for \(isCompared.count) scenarios")
      }
      for (c, result) in results.enumerated() where isCompared[c] {
        guard let number = result.number else {
          throw expected.error("ScenarioPnL[\(c)]", "is not a number")
        }
        let spot = book.parameters.scenarios[c].spot
        quantities.append(
          .init(
            "ScenarioPnL[\(c)]", expected: number, found: -book.loss(in: c).amount,
            terms: terms * max(1, spot)))
      }
    }
    return quantities
  }

  private static func profile(
    _ file: ReferenceReader, scenarios: [DerivePortfolioMarginProfile.Scenario]
  ) throws -> DerivePortfolioMarginProfile {
    let (skew, vol) = (try file.object("SkewShock"), try file.object("VolShock"))
    let (margin, basis) = (try file.object("Margin"), try file.object("BasisContingency"))
    let other = try file.object("OtherContingency")
    func discount(_ base: String, _ side: String) throws
      -> DerivePortfolioMarginProfile.StaticDiscount
    {
      .init(
        base: try margin.number(base),
        rateMultiplier: try margin.number("\(side)_RATE_MULTSCALE"),
        addend: try margin.number("\(side)_RATE_ADDSCALE"))
    }
    func cap(_ kind: String) throws -> DerivePortfolioMarginProfile.Skew.Cap {
      .init(
        cap: try skew.number("\(kind)_SCALE_CAP"), capSlope: try skew.number("\(kind)_CBASE"))
    }
    func charge(_ what: String) throws -> DerivePortfolioMarginProfile.Charge {
      .init(
        maintenance: try other.number("MM_\(what)_PERCENT"),
        initial: try other.number("IM_\(what)_PERCENT"))
    }
    let parameters = DerivePortfolioMarginProfile.Parameters(
      scenarios: scenarios,
      volatilityShock: .init(
        up: try vol.number("VOLRANGEUP"), down: try vol.number("VOLRANGEDOWN"),
        shortPower: try vol.number("SHORTTERMPOWER"), longPower: try vol.number("LONGTERMPOWER"),
        floorDays: try vol.number("DTE_FLOOR"),
        minimumUp: try vol.number("MIN_VOL_EVAL_SHOCKED")),
      skew: .init(
        linear: try cap("LINEAR"), absolute: try cap("ABS"),
        minimumWidth: try skew.number("MIN_K_STAR"),
        width: try skew.number("MIN_WIDTH_SCALE"),
        volatility: try skew.number("VOL_PARAM_STATIC"),
        volatilitySlope: try skew.number("VOL_PARAM_SCALE")),
      positiveDiscount: try discount("BASE_STATIC_DISCOUNT", "LONG"),
      negativeDiscount: try discount("BASE_STATIC_DISCOUNT_NEG", "SHORT"),
      forwardContingency: .init(
        up: try basis.number("SCENARIO_SPOT_UP"), down: try basis.number("SCENARIO_SPOT_DOWN"),
        addend: try basis.number("BASIS_CONT_ADD_FACTOR"),
        multiplier: try basis.number("BASIS_CONT_MULT_FACTOR")),
      depeg: .init(
        threshold: try other.number("PEG_LOSS_THRESHOLD"),
        factor: try other.number("PEG_LOSS_FACTOR")),
      confidence: .init(
        threshold: try other.number("CONF_THRESHOLD"), factor: try other.number("CONF_MARGIN")),
      perpetual: try charge("PERP"), option: try charge("OPTION"),
      initialFactor: try margin.number("IM_LOSS_FACTOR"),
      maintenanceFactor: try margin.number("MM_LOSS_FACTOR"))
    return DerivePortfolioMarginProfile(
      name: "PMRM 2 of \(file.file.name)", source: file.file.source, effective: "",
      version: .pmrm2, underlyings: [:], otherUnderlyings: parameters)
  }

  private static func account(_ input: ReferenceReader) throws -> DeriveAccount {
    let spot = DeriveAccount.Feed(
      try input.number("SpotPrice"), confidence: try input.number("SpotConfidence"))
    let options = Dictionary(grouping: try input.list("Options")) {
      $0.value["Expiry"]?.number ?? .nan
    }
    let feeds = try input.list("OptionFeeds")
    let expiries = try options.sorted { $0.key < $1.key }.map { seconds, options in
      guard let feed = feeds.first(where: { $0.value["FeedExpiry"]?.number == seconds }) else {
        throw input.error("OptionFeeds", "has no feed of the expiry \(seconds)")
      }
      let confidence = try feed.number("OptionVolConfidences")
      return DeriveAccount.Expiry(
        seconds: seconds,
        forward: .init(
          try feed.number("Forward"), confidence: try feed.number("ForwardConfidence")),
        rate: .init(try feed.number("Rate"), confidence: try feed.number("RateConfidence")),
        options: try options.map {
          .init(
            try $0.flag("IsCall") ? .call : .put, strike: try $0.number("Strike"),
            quantity: try $0.number("Amount"),
            volatility: .init(try $0.number("MarkVol"), confidence: confidence))
        })
    }
    return DeriveAccount(
      cash: try input.number("Cash"), stablePrice: try input.number("StablePrice"),
      markets: [
        DeriveAccount.Market(
          "the underlying", spot: spot,
          perpetual: .init(
            quantity: try input.number("NumPerps"),
            price: .init(
              try input.number("PerpPrice"), confidence: try input.number("PerpConfidence")),
            unrealizedProfit: try input.number("UnrealisedPerpPNL"),
            unrealizedFunding: try input.number("UnrealisedFunding")),
          expiries: expiries,
          collaterals: try input.list("Collaterals").map {
            .init(
              try $0.text("Name"), quantity: try $0.number("Amount"),
              price: .init(try $0.number("Price"), confidence: try $0.number("Confidence")),
              cancelsRisk: try $0.flag("IsRiskCancelling"),
              maintenanceHaircut: try $0.number("MMHaircut"),
              initialHaircut: try $0.number("IMHaircut"))
          })
      ])
  }
}
