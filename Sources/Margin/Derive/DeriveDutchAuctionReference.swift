/// Files of actions in Derive's liquidation auction.
///
/// A case named `Test4/1` is the second action on the account of `Test4`: cash that earlier ones
/// paid is reserved. Taken as given from `expected` are the value and net maintenance margin before
/// the action, `PreMtM` and `PreMM`; what follows from them is compared, but for
/// `FinalPercentageReceived`, which the file counts by different wholes.
public struct DeriveDutchAuctionReference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.contains("solvent liquidation Dutch auction")
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    let auction = try DeriveDutchAuction(
      profile: Self.profile(ReferenceReader(file, file.contents["parameters"], at: "parameters")))
    var reserved: [Substring: Double] = [:]
    return try file.cases { entry in
      let expected = try entry.object("expected")
      let name = try entry.text("name")
      let test = name.prefix { $0 != "/" }
      let account = DeriveDutchAuction.Account(
        value: try expected.number("PreMtM"), netMaintenance: try expected.number("PreMM"),
        reservedCash: reserved[test] ?? 0)
      let seconds = try entry.number("t")
      let largest = try auction.largestFraction(of: account, after: seconds)
      let bought = try auction.buying(entry.number("want"), of: account, after: seconds)
      let after = bought.accountAfter
      reserved[test] = after.reservedCash
      let terms = abs(account.value) + abs(account.netMaintenance) + after.reservedCash
      let found: [String: ReferenceFinding] = [
        "PreMtM": .init(account.value), "PreMM": .init(account.netMaintenance),
        "PreBM": .init(auction.bufferMargin(of: account)), "PreFMax": .init(largest),
        "ExpectedBidPrice": .init(bought.bid), "fLiquidatedOfOriginal": .init(bought.fraction),
        "PostMtM": .init(after.value), "PostMM": .init(after.netMaintenance),
        "PostBM": .init(auction.bufferMargin(of: after), terms: terms),
        "PostFMax": .init(
          try auction.largestFraction(of: after, after: seconds), terms: 1),
        // Of a solvent account: nothing is paid out.
        "Lowerbound": .init(min(account.value, 0)), "SMPayout": .init(max(-bought.bid, 0)),
      ]
      return try found.compared(with: expected).filter { $0.name != "FinalPercentageReceived" }
    }
  }

  private static func profile(_ file: ReferenceReader) throws -> DeriveDutchAuctionProfile {
    DeriveDutchAuctionProfile(
      name: "Dutch auction of \(file.file.name)", source: file.file.source, effective: "",
      bufferShare: try file.number("bufferMarginPercentage"),
      startShare: try file.number("startingMtMPercentage"),
      fastEndShare: try file.number("fastAuctionCutoffPercentage"),
      fastSeconds: try file.number("fastAuctionLength"),
      slowSeconds: try file.number("slowAuctionLength"),
      feeRate: try file.number("liquidatorFeeRate"))
  }
}
