/// Files of cases of Derive's Standard Manager.
///
/// `parameters` hold for all cases; a case's `input` is an account on several `markets`. Expected
/// are the net margins `IM` and `MM`, and `MtM`, the account's value.
public struct DeriveStandardManagerReference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.contains("Derive Standard Manager")
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    let profile = try Self.profile(
      ReferenceReader(file, file.contents["parameters"], at: "parameters"))
    let rule = DeriveStandardMargin(profile: profile)
    return try file.cases { entry in
      let account = try Self.account(entry.object("input"))
      let books = try rule.books(of: account)
      let marks = books.flatMap { book in
        book.market.expiries.flatMap { expiry in
          expiry.options.map { book.mark(of: $0, in: expiry) * $0.quantity }
        }
      }
      let others = account.markets.flatMap { market in
        market.collaterals.map { $0.value(stablePrice: account.stablePrice) }
          + [market.perpetual.unrealizedProfit]
      }
      let values = [account.cash] + marks + others
      let terms = values.reduce(0) { $0 + abs($1) }
      let found: [String: ReferenceFinding] = [
        "IM": .init(try rule.netMargin(.initial, of: account).amount, terms: terms),
        "MM": .init(try rule.netMargin(.maintenance, of: account).amount, terms: terms),
        "MtM": .init(values.reduce(0, +), terms: terms),
      ]
      return try found.compared(with: entry.object("expected"))
    }
  }

  private static func profile(
    _ file: ReferenceReader
  ) throws -> DeriveStandardMarginProfile {
    let (option, perpetual) = (try file.object("option"), try file.object("perp"))
    let (oracle, depeg) = (try file.object("oracle"), try file.object("depeg"))
    let base = try file.object("base")
    let parameters = DeriveStandardMarginProfile.Parameters(
      option: .init(
        maximumSpotRate: try option.number("maxSpotReq"),
        minimumSpotRate: try option.number("minSpotReq"),
        maintenanceCallSpotRate: try option.number("mmCallSpotReq"),
        maintenancePutSpotRate: try option.number("mmPutSpotReq"),
        maintenancePutMarkRate: try option.number("MMPutMtMReq"),
        initialOverMaintenance: try option.number("mmOffsetScale"),
        unpairedInitial: try option.number("unpairedIMScale"),
        unpairedMaintenance: try option.number("unpairedMMScale")),
      perpetual: .init(
        initial: try perpetual.number("im"), maintenance: try perpetual.number("mm")),
      confidence: .init(
        perpetualThreshold: try oracle.number("perpThreshold"),
        optionThreshold: try oracle.number("optionThreshold"),
        collateralThreshold: try oracle.number("baseThreshold"),
        factor: try oracle.number("factor")),
      depeg: .init(
        threshold: try depeg.number("threshold"), factor: try depeg.number("factor")),
      collateral: .init(
        factor: try base.number("marginFactor"), initialScale: try base.number("IMScale")))
    return DeriveStandardMarginProfile(
      name: "Standard Manager of \(file.file.name)", source: file.file.source, effective: "",
      underlyings: [:], otherUnderlyings: parameters)
  }

  private static func account(_ input: ReferenceReader) throws -> DeriveAccount {
    let markets = try input.object("markets")
    let names = (markets.value.object ?? [:]).keys.sorted()
    return DeriveAccount(
      cash: try input.number("cash"), stablePrice: try input.number("stable"),
      markets: try names.map { name in
        let market = try markets.object(name)
        let spot = DeriveAccount.Feed(
          try market.number("spot"), confidence: try market.number("spotConf"))
        let base = try market.number("base")
        return DeriveAccount.Market(
          name, spot: spot, perpetual: try market.perpetual(),
          expiries: try market.expiries { feed, seconds in
            DeriveAccount.Expiry(
              seconds: seconds,
              variableForward: .init(
                try feed.number("forward"), confidence: try feed.number("fwdConf")))
          },
          collaterals: base == 0
            ? [] : [.init(name, quantity: base, price: spot, cancelsRisk: true)])
      })
  }
}
