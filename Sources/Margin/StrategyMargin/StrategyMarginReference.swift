import Foundation
import Pricing

/// Files of strategies with their margin: `lean_cases`, and `cboe_style_examples` with requirement,
/// proceeds and call; `lean_vs_ib`, a broker's live figures without legs, is not read.
///
/// `expected_requirement_incl_premium` of a case is the margin without the longs' premiums, and the
/// net debit where there is one. A case without the underlying's price has it at the mean of the
/// strikes, and is computed only where the price does not matter.
public struct StrategyMarginReference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool { file.contents["lean_cases"] != nil }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    var profile = try StrategyMarginProfile.regulationT()
    let reader = try ReferenceReader(file, file.contents, at: "file")
    var cases: [ReferenceCase] = []
    for list in ["lean_cases", "cboe_style_examples"] where reader.has(list) {
      for (i, entry) in try reader.list(list).enumerated() {
        let name = entry.value["name"]?.text ?? "\(list)[\(i)]"
        do {
          profile.multiplier = try entry.number("multiplier")
          cases.append(
            ReferenceCase(
              name, .computed(try Self.quantities(entry, under: StrategyMargin(profile: profile)))))
        } catch MarginError.unverifiedRule(let rule, _) {
          cases.append(ReferenceCase(name, .refused(reason: rule)))
        } catch {
          cases.append(ReferenceCase(name, .failed(reason: "\(error)")))
        }
      }
    }
    return cases
  }

  private static func quantities(
    _ entry: ReferenceReader, under margin: StrategyMargin
  ) throws -> [ReferenceCase.Quantity] {
    if !entry.has("legs") {
      throw MarginError.unverifiedRule("the legs are not given", profile: margin.name)
    }
    let legs = try entry.list("legs").enumerated().map { try leg($1, index: $0) }
    let strikes = legs.map { LegSeries($0).strike }
    let known = entry.value["underlying"]?.number
    // Two prices far apart where none is given: what differs depends on it.
    let prices = known.map { [$0] } ?? [strikes.min() ?? 1, 4 * (strikes.max() ?? 1)]
    let pairings = try prices.map {
      try margin.pairing(.initial, of: legs, on: "the underlying", price: $0)
    }
    let requirement = pairings[0].requirement
    guard pairings.allSatisfy({ abs($0.requirement - requirement) <= 1e-9 * requirement }) else {
      throw MarginError.unverifiedRule(
        "the price of the underlying is not given", profile: margin.name)
    }
    func value(_ isLong: Bool) -> Double {
      legs.filter { ($0.quantity > 0) == isLong && $0.holding != .stock }.reduce(0) {
        $0 + Double(abs($1.quantity)) * $1.price * margin.profile.multiplier
      }
    }
    let (paid, proceeds) = (value(true), value(false))
    let found = [
      "expected_requirement_incl_premium": requirement - paid + max(0, paid - proceeds),
      "requirement": requirement, "proceeds": proceeds, "call": requirement - proceeds,
    ]
    if let expected = entry.value["expected_requirement_incl_premium"]?.number {
      let name = "expected_requirement_incl_premium"
      return [.init(name, expected: expected, found: found[name] ?? .nan)]
    }
    return try found.mapValues { ReferenceFinding($0) }.compared(with: entry.object("expected"))
  }

  private static func leg(_ entry: ReferenceReader, index: Int) throws -> StrategyLeg {
    let quantity = try entry.number("qty")
    guard let whole = Int(exactly: quantity) else {
      throw entry.error("qty", "is not a whole number")
    }
    let price = try entry.number("price")
    guard price >= 0 && price.isFinite else { throw entry.error("price", "is negative") }
    let type = try entry.text("type")
    if type == "stock" || type == "underlying" {
      return StrategyLeg("\(index): stock", .stock, quantity: whole, price: price)
    }
    guard let right = Instrument.Right(rawValue: type) else {
      throw entry.error("type", "is none of call, put, stock")
    }
    let strike = try entry.number("strike")
    guard strike > 0 && strike.isFinite else { throw entry.error("strike", "is not positive") }
    return StrategyLeg(
      "\(index): \(strike) \(type)",
      .option(right, strike: strike, expiry: try expiry(entry)), quantity: whole, price: price)
  }

  /// A date as 2023-05-19; one for all where it is left empty.
  private static func expiry(_ entry: ReferenceReader) throws -> Timestamp {
    let text = try entry.text("expiry")
    if text.isEmpty { return Timestamp(secondsSince1970: 0) }
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withFullDate]
    guard let date = formatter.date(from: text) else {
      throw entry.error("expiry", "'\(text)' is not a date as 2023-05-19")
    }
    return Timestamp(secondsSince1970: date.timeIntervalSince1970)
  }
}
