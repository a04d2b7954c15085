import ArgumentParser
import Foundation
import MarginOptimization

/// A margin rule as it is written on the command line: a bundled profile, a profile's JSON file, or
/// `es:CONFIDENCE`.
struct MarginRule {
  /// As it was written.
  var text: String

  private var bundled: ScenarioGridProfile.Bundled? { .init(rawValue: text) }
  /// The confidence of `es:CONFIDENCE`.
  private var confidence: Double? { text.hasPrefix("es:") ? Double(text.dropFirst(3)) : nil }
  var needsScenarios: Bool { text.hasPrefix("es:") }

  func validate(_ option: String) throws {
    if text.hasPrefix("es:") {
      guard let confidence, confidence > 0, confidence < 1 else {
        throw ValidationError("\(option) es:CONFIDENCE needs a confidence in (0, 1), as es:0.99.")
      }
    } else if bundled == nil && !text.hasSuffix(".json") {
      let names = ScenarioGridProfile.Bundled.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "\(option): '\(text)' is none of \(names), es:CONFIDENCE, nor a .json file.")
    }
  }

  func methodology(
    for market: Market, scenarios: ScenarioInput, sample: Bool
  ) throws -> any ConvexMarginMethodology {
    if let confidence {
      return ExpectedShortfallMargin(
        scenarios: try scenarios.scenarioSet(for: market, sample: sample), confidence: confidence)
    }
    if let bundled { return ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: bundled)) }
    return ScenarioGridMargin(
      profile: try ScenarioGridProfile(json: Data(readText(text).utf8), fileName: text))
  }
}

/// Which rule asks for margin.
struct MethodologyInput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The margin rule: deribit, paradex, a profile's JSON file, or es:CONFIDENCE.",
      discussion: "es:0.99 is the expected shortfall over the scenarios at that confidence.",
      valueName: "rule"))
  var profile = "paradex"

  @Option(help: "initial or maintenance.")
  var level: MarginLevel = .initial

  private var rule: MarginRule { MarginRule(text: profile) }
  var needsScenarios: Bool { rule.needsScenarios }

  func validate() throws { try rule.validate("--profile") }

  func methodology(
    for market: Market, scenarios: ScenarioInput, sample: Bool
  ) throws -> any ConvexMarginMethodology {
    try rule.methodology(for: market, scenarios: scenarios, sample: sample)
  }
}

extension MarginLevel: ExpressibleByArgument {}
