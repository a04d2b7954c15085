import Pricing

/// Cases of a linear perpetual's margin with rates that rise with its size: the object
/// `linear_perp_standard` of a file. Its other cases belong to other methods.
public struct LinearPerpetualReference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.contents["linear_perp_standard"]?["cases"] != nil
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    let reader = try ReferenceReader(
      file, file.contents["linear_perp_standard"], at: "linear_perp_standard")
    return try reader.list("cases").map { entry in
      let size = try entry.number("size")
      let contract = try entry.text("contract")
      let parameters = LeverageProfile.Parameters(
        initialRate: try entry.number("im_base_rate"),
        maintenanceRate: try entry.number("mm_base_rate"),
        sizeSlope: try entry.number("slope_per_unit"))
      let name = "\(size) \(contract)"
      let instrument = Instrument(
        name: contract, underlying: contract, settlement: .linear, kind: .perpetual)
      let margin = LeverageMargin(
        profile: LeverageProfile(
          name: contract, source: file.source, effective: "", underlyings: [:],
          otherUnderlyings: parameters))
      let index = try entry.number("index")
      let market = Market(
        time: Timestamp(secondsSince1970: 0), indexPrices: [contract: index],
        quotes: [Quote(instrument: instrument, mark: index, forward: index)])
      let book = Portfolio([Position(size, instrument)])
      do {
        let found = [
          "im": ReferenceFinding(try margin.margin(.initial, on: book, in: market).amount),
          "mm": ReferenceFinding(try margin.margin(.maintenance, on: book, in: market).amount),
        ]
        return ReferenceCase(name, .computed(try found.compared(with: entry.object("expected"))))
      } catch {
        return ReferenceCase(name, .failed(reason: "\(error)"))
      }
    }
  }
}

/// Files of cases of a short option in cross margin.
public struct ShortOptionReference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.hasPrefix("short") && file.method.hasSuffix("cross margin")
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    try file.cases { entry in
      guard let right = Instrument.Right(rawValue: try entry.text("type")) else {
        throw entry.error("type", "is neither call nor put")
      }
      let margin = ShortOptionMargin(
        profile: ShortOptionProfile(
          name: file.method, source: file.source, effective: "",
          maximumInitialRate: try entry.number("im_max"),
          minimumInitialRate: try entry.number("im_min"),
          maintenanceRate: try entry.number("mm_pct"),
          liquidationFeeRate: try entry.number("fee_pct"), verifiedRights: [.call, .put]))
      let quantity = try entry.number("qty")
      guard quantity < 0 else { throw entry.error("qty", "is not negative, as of a short option") }
      func found(_ level: MarginLevel) throws -> ReferenceFinding {
        ReferenceFinding(
          -quantity
            * (try margin.requirement(
              level, right: right, strike: entry.number("K"), mark: entry.number("mark"),
              index: entry.number("S"), orderPrice: entry.number("entry")
            ).amount))
      }
      return try ["im": found(.initial), "mm": found(.maintenance)]
        .compared(with: entry.object("expected"))
    }
  }
}
