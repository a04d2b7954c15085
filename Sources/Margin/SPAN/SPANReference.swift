/// Files with SPAN's table of scenarios and a covered write: a long future and a short call, whose risk
/// arrays are given as gains of contracts held long.
public struct SPANReference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.contains("SPAN") && file.contents["covered_write"] != nil
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    let reader = try ReferenceReader(file, file.contents, at: file.name)
    return [
      ReferenceCase("table of scenarios", .computed(try Self.table(reader))),
      ReferenceCase("covered write", .computed(try Self.coveredWrite(reader))),
    ]
  }

  private static func table(_ file: ReferenceReader) throws -> [ReferenceCase.Quantity] {
    let given = try file.list("scenarios")
    let own = SPANScenario.standard()
    guard given.count == own.count else {
      throw file.error("scenarios", "has \(given.count) scenarios instead of \(own.count)")
    }
    return try zip(given, own).enumerated().flatMap { i, pair in
      let figures = [
        ("price", pair.1.price), ("vol", pair.1.volatility), ("weight", pair.1.weight),
      ]
      return try figures.map {
        ReferenceCase.Quantity(
          "scenario \(i + 1) \($0.0)", expected: try pair.0.number($0.0), found: $0.1)
      }
    }
  }

  private static func coveredWrite(_ file: ReferenceReader) throws -> [ReferenceCase.Quantity] {
    let (future, call) = (try gains("long_future", file), try gains("long_call_dec410", file))
    let holdings = [
      (SPANContract("future", losses: future.map { -$0 }, delta: 1), 1.0),
      (SPANContract("call", losses: call.map { -$0 }, delta: 0, rightSign: 1), -1.0),
    ]
    let scan = SPANScan(holdings, count: future.count)
    let book = SPANBook(
      "covered write",
      parameters: .init(
        priceScanRange: try file.number("price_scan_range"), volatilityScanRange: 0),
      scenarios: SPANScenario.standard(), holdings: holdings)
    let expected = try gains("covered_write", file)
    return zip(expected, scan.losses).enumerated().map {
      ReferenceCase.Quantity(
        "covered_write[\($0.offset)]", expected: $0.element.0, found: -$0.element.1)
    } + [
      ReferenceCase.Quantity(
        "scan risk", expected: try file.number("expected_scan_risk_covered_write"),
        found: book.requirement(credits: []).amount),
      ReferenceCase.Quantity(
        "worst scenario", expected: try file.number("worst_scenario_1based"),
        found: Double(scan.activeScenario + 1)),
    ]
  }

  private static func gains(_ key: String, _ file: ReferenceReader) throws -> [Double] {
    guard let list = file.value[key]?.list, list.count == 16 else {
      throw file.error(key, "is not a list of sixteen gains")
    }
    return try list.enumerated().map { i, value in
      guard let number = value.number else { throw file.error("\(key)[\(i)]", "is not a number") }
      return number
    }
  }
}
