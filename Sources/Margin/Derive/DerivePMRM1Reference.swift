import Pricing

/// Files of cases of Derive's PMRM 1.
///
/// `parameters` hold for all cases; a case's `input` is an account on one underlying. Expected are
/// the net margins `IM` and `MM`, `MtM` (cash included), `basisContingency` (a result, so not
/// positive) and `staticContingency`.
public struct DerivePMRM1Reference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.contains("PMRM v1 portfolio")
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    let reader = try ReferenceReader(file, file.contents["parameters"], at: "parameters")
    let profile = try Self.profile(reader)
    let rule = DerivePortfolioMargin(profile: profile)
    return try file.cases { entry in
      let account = try Self.account(entry.object("input"))
      return try Self.quantities(of: account, under: rule)
        .compared(with: entry.object("expected"))
    }
  }

  /// By the names of the file.
  private static func quantities(
    of account: DeriveAccount, under rule: DerivePortfolioMargin
  ) throws -> [String: ReferenceFinding] {
    let books = try rule.books(of: account)
    let terms = books.reduce(0) { $0 + $1.grossValue } + abs(account.cash)
    let value = books.reduce(account.cash) { $0 + $1.value.amount }
    return [
      "IM": ReferenceFinding(try rule.netMargin(.initial, of: account).amount, terms: terms),
      "MM": ReferenceFinding(try rule.netMargin(.maintenance, of: account).amount, terms: terms),
      "MtM": ReferenceFinding(value, terms: terms),
      "basisContingency": ReferenceFinding(
        -books.reduce(0) { $0 + $1.forwardContingency.amount }, terms: terms),
      "staticContingency": ReferenceFinding(
        books.reduce(0) { $0 + $1.contingencies(.initial).amount }),
    ]
  }

  /// The parameters, for every underlying.
  package static func profile(_ file: ReferenceReader) throws -> DerivePortfolioMarginProfile {
    let vol = try file.object("vol")
    let (margin, other) = (try file.object("margin"), try file.object("other"))
    let basis = try file.object("basis")
    let scenarios = try file.list("scenarios").map { entry in
      guard let move = moves[try entry.text("vol")] else {
        throw entry.error("vol", "is none of \(moves.keys.sorted().joined(separator: ", "))")
      }
      return DerivePortfolioMarginProfile.Scenario(
        spot: try entry.number("spot"), volatility: move)
    }
    let parameters = DerivePortfolioMarginProfile.Parameters(
      scenarios: scenarios,
      volatilityShock: .init(
        up: try vol.number("up"), down: try vol.number("down"),
        shortPower: try vol.number("shortPow"), longPower: try vol.number("longPow"),
        floorDays: try vol.number("dteFloorDays")),
      positiveDiscount: .init(
        base: try margin.number("baseStaticDiscount"),
        rateMultiplier: try margin.number("rateMultScale"),
        addend: try margin.number("rateAddScale")),
      forwardContingency: .init(
        up: try basis.number("up"), down: try basis.number("down"),
        addend: try basis.number("add"), multiplier: try basis.number("mult")),
      depeg: .init(
        threshold: try other.number("pegThr"), factor: try other.number("pegFac")),
      confidence: .init(
        threshold: try other.number("confThr"), factor: try other.number("confMargin")),
      perpetual: .init(maintenance: try other.number("perpPct"), initial: 0),
      option: .init(maintenance: try other.number("optPct"), initial: 0),
      collateral: try other.number("basePct"), initialFactor: try margin.number("imFactor"))
    return DerivePortfolioMarginProfile(
      name: "PMRM 1 of \(file.file.name)", source: file.file.source, effective: "",
      version: .pmrm1, underlyings: [:], otherUnderlyings: parameters)
  }

  private static let moves: [String: DerivePortfolioMarginProfile.VolatilityMove] = [
    "up": .up, "none": .unchanged, "down": .down,
  ]

  package static func account(_ input: ReferenceReader) throws -> DeriveAccount {
    let spot = DeriveAccount.Feed(
      try input.number("spot"), confidence: try input.number("spotConf"))
    let expiries = try input.expiries { feed, seconds in
      DeriveAccount.Expiry(
        seconds: seconds, fixedForward: try feed.number("fixed"),
        variableForward: .init(
          try feed.number("variable"), confidence: try feed.number("fwdConf")),
        rate: .init(try feed.number("rate"), confidence: try feed.number("rateConf")))
    }
    let base = try input.number("base")
    return DeriveAccount(
      cash: try input.number("cash"), stablePrice: try input.number("stable"),
      markets: [
        DeriveAccount.Market(
          "the underlying", spot: spot, perpetual: try input.perpetual(), expiries: expiries,
          collaterals: base == 0
            ? []
            : [.init("the underlying", quantity: base, price: spot, cancelsRisk: true)])
      ])
  }
}

extension ReferenceReader {
  /// The expiries of `feeds`, by their seconds in ascending order, with the `options` of each.
  func expiries(
    _ expiry: (ReferenceReader, Double) throws -> DeriveAccount.Expiry
  ) throws -> [DeriveAccount.Expiry] {
    var options: [Double: [DeriveAccount.Option]] = [:]
    for entry in try list("options") {
      options[try entry.number("sec"), default: []].append(
        .init(
          try entry.flag("call") ? .call : .put, strike: try entry.number("strike"),
          quantity: try entry.number("amount"),
          volatility: .init(try entry.number("vol"), confidence: try entry.number("volConf"))))
    }
    let feeds = try object("feeds")
    return try options.sorted { $0.key < $1.key }.map { seconds, options in
      var found = try expiry(try feeds.object("\(Int(seconds))"), seconds)
      found.options = options
      return found
    }
  }

  func perpetual() throws -> DeriveAccount.Perpetual {
    DeriveAccount.Perpetual(
      quantity: try number("perps"),
      price: .init(try number("perpPrice"), confidence: try number("perpConf")),
      unrealizedProfit: try number("perpPnl"))
  }
}

extension DeriveScenarioBook {
  /// Σ |term| over the terms of which values of the account are sums.
  var grossValue: Double {
    expiries.reduce(0) { sum, values in
      zip(values.marks, values.expiry.options).reduce(sum) { $0 + abs($1.0 * $1.1.quantity) }
    } + collateralValue + abs(market.perpetual.quantity * market.perpetual.price.value)
      + abs(value.parts.last?.amount ?? 0)
  }
}
