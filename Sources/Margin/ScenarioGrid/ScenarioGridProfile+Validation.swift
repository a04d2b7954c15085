public import Foundation

extension ScenarioGridProfile {
  /// A profile read from a JSON file.
  ///
  /// - Throws: `MarginError.profile` with the field at fault.
  public init(contentsOf url: URL) throws {
    let name = url.lastPathComponent
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw MarginError.profile(name, field: "file", reason: "cannot be read: \(url.path)")
    }
    try self.init(json: data, fileName: name)
  }

  /// A profile from JSON text.
  public init(json: Data, fileName: String = "profile") throws {
    do {
      self = try JSONDecoder().decode(ScenarioGridProfile.self, from: json)
    } catch let error as DecodingError {
      let (field, reason) = Self.explain(error)
      throw MarginError.profile(fileName, field: field, reason: reason)
    }
    if let (field, reason) = firstFault {
      throw MarginError.profile(self.name, field: field, reason: reason)
    }
  }

  static func explain(_ error: DecodingError) -> (field: String, reason: String) {
    func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
      let keys = context.codingPath + (key.map { [$0] } ?? [])
      return keys.isEmpty
        ? "file"
        : keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
          .joined(separator: ".").replacing(".[", with: "[")
    }
    return switch error {
    case .keyNotFound(let key, let context): (path(context, key), "is missing")
    case .typeMismatch(let type, let context): (path(context), "is not a \(type)")
    case .valueNotFound(_, let context): (path(context), "is null")
    case .dataCorrupted(let context):
      (
        path(context),
        context.debugDescription
          + (context.underlyingError.map { " (\(Self.place(in: $0)))" } ?? "")
      )
    @unknown default: ("file", "cannot be decoded")
    }
  }

  /// Where a parser stopped, as it says so itself.
  private static func place(in error: any Error) -> String {
    (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
      ?? error.localizedDescription
  }

  /// The first field whose value makes no sense, and why.
  var firstFault: (field: String, reason: String)? {
    if scenarios.isEmpty { return ("scenarios", "needs at least one scenario") }
    if underlyings.isEmpty && otherUnderlyings == nil {
      return ("underlyings", "needs at least one underlying")
    }
    if !(maintenanceFactor > 0 && maintenanceFactor <= 1) {
      return ("maintenanceFactor", "\(maintenanceFactor) is not in (0, 1]")
    }
    for (i, scenario) in scenarios.enumerated() {
      if let (field, reason) = fault(of: scenario) { return ("scenarios[\(i)].\(field)", reason) }
    }
    for (name, parameters) in allUnderlyings {
      if !(parameters.priceRange > 0 && parameters.priceRange < 1) {
        return ("\(name).priceRange", "\(parameters.priceRange) is not in (0, 1)")
      }
    }
    if let found = ruleFault { return found }
    for (name, value) in amounts where !(value >= 0 && value.isFinite) {
      return (name, "\(value) is negative or not finite")
    }
    for (pool, offset) in (groupOffsets ?? [:]).sorted(by: { $0.key < $1.key })
    where !(offset.offset <= 1) {
      return ("groupOffsets.\(pool).offset", "\(offset.offset) is not in [0, 1]")
    }
    if let rule = minimumDelta,
      !(rule.hedged >= 0 && rule.hedged <= 2 * rule.net && rule.net.isFinite)
    {
      return (
        "minimumDelta.hedged", "\(rule.hedged) is not in [0, 2 net], where the rule is convex"
      )
    }
    if let decimals = roundingDecimals, !(0...15).contains(decimals) {
      return ("roundingDecimals", "\(decimals) is not in 0...15")
    }
    return nil
  }

  /// The parameters that are amounts or rates, none of which may be negative: a negative one would
  /// be a credit for risk, and the margin no longer convex.
  private var amounts: [(name: String, value: Double)] {
    var amounts: [(String, Double?)] = [
      ("fundingProvisionHours", fundingProvisionHours), ("feeProvisionRate", feeProvisionRate),
    ]
    for (name, parameters) in allUnderlyings {
      amounts += [
        ("\(name).extendedDampener", parameters.extendedDampener),
        ("\(name).extendedFactor", parameters.extendedFactor),
        ("\(name).rollShock.minimumMove", parameters.rollShock?.minimumMove),
        ("\(name).rollShock.annualisedMove", parameters.rollShock?.annualisedMove),
        ("\(name).deltaShock.threshold", parameters.deltaShock?.threshold),
      ]
    }
    for (pool, offset) in (groupOffsets ?? [:]).sorted(by: { $0.key < $1.key }) {
      amounts += [
        ("groupOffsets.\(pool).offset", offset.offset),
        ("groupOffsets.\(pool).maximumOffset", offset.maximumOffset),
      ]
    }
    return amounts.compactMap { name, value in value.map { (name, $0) } }
  }

  /// A volatility rule outside what its formula takes.
  private var ruleFault: (field: String, reason: String)? {
    let rules =
      volatilityRules.map { ("volatilityRules.\($0)", $1) }
      + allUnderlyings.flatMap { name, parameters in
        (parameters.volatilityRules ?? [:]).map { ("\(name).volatilityRules.\($0)", $1) }
      }
    for (name, rule) in rules.sorted(by: { $0.0 < $1.0 }) {
      let figures = [
        ("relative", rule.relative, -1...100), ("shortPower", rule.shortPower, 0...10),
        ("longPower", rule.longPower, 0...10), ("floorDays", rule.floorDays ?? 1, 0.001...10_000),
        ("minimum", rule.minimum ?? 0, 0...100),
      ]
      for (field, value, range) in figures where !range.contains(value) {
        return ("\(name).\(field)", "\(value) is not in \(range)")
      }
    }
    return nil
  }

  private var allUnderlyings: [(name: String, parameters: Underlying)] {
    underlyings.sorted { $0.key < $1.key }.map { ("underlyings.\($0.key)", $0.value) }
      + (otherUnderlyings.map { [("otherUnderlyings", $0)] } ?? [])
  }

  private func fault(of scenario: Scenario) -> (field: String, reason: String)? {
    switch (scenario.rangeFraction, scenario.move) {
    case (nil, nil): return ("move", "either rangeFraction or move is needed")
    case (.some, .some): return ("move", "rangeFraction and move exclude each other")
    case (let fraction?, nil):
      if !(abs(fraction) <= 1) { return ("rangeFraction", "\(fraction) is not in [-1, 1]") }
    case (nil, let move?):
      if !(move > -1 && move <= 1000) { return ("move", "\(move) is not in (-1, 1000]") }
      if scenario.extended == true && move == 0 {
        return ("move", "an extended scenario needs a move other than 0")
      }
    }
    if volatilityRules[scenario.volatility] == nil {
      let known = volatilityRules.keys.sorted().joined(separator: ", ")
      return ("volatility", "no rule is named '\(scenario.volatility)' (there are \(known))")
    }
    if let weight = scenario.weight, !(weight >= 0 && weight.isFinite) {
      return ("weight", "\(weight) is negative or not finite")
    }
    return nil
  }
}
