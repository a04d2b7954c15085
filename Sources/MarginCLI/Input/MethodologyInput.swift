import ArgumentParser
import Foundation
import MarginOptimization

/// A margin rule as it is written on the command line: the name of a bundled one, a file of parameters, or
/// `es:CONFIDENCE`.
struct MarginRule {
  /// As it was written.
  var text: String

  private var bundled: BundledMethodology? { .init(rawValue: text) }
  /// The confidence of `es:CONFIDENCE`.
  private var confidence: Double? { text.hasPrefix("es:") ? Double(text.dropFirst(3)) : nil }
  var isFile: Bool { text.hasSuffix(".json") }
  var needsScenarios: Bool { text.hasPrefix("es:") }

  func validate(_ option: String) throws {
    if text.hasPrefix("es:") {
      guard let confidence, confidence > 0, confidence < 1 else {
        throw ValidationError("\(option) es:CONFIDENCE needs a confidence in (0, 1), as es:0.99.")
      }
    } else if bundled == nil && !isFile {
      let names = BundledMethodology.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "\(option): '\(text)' is none of \(names), es:CONFIDENCE, nor a .json file.")
    }
  }

  /// The file of parameters.
  func file() throws -> MethodologyFile {
    try MethodologyFile(
      json: Data(readText(text).utf8), fileName: text,
      folder: URL(filePath: text).deletingLastPathComponent())
  }

  func methodology(
    for market: Market, scenarios: ScenarioInput, sample: Bool
  ) throws -> any ConvexMarginMethodology {
    if let confidence {
      return ExpectedShortfallMargin(
        scenarios: try scenarios.scenarioSet(for: market, sample: sample), confidence: confidence)
    }
    if let bundled { return try bundled.methodology() }
    return try file().methodology {
      guard let history = try scenarios.history(for: market, sample: sample) else {
        throw InputError("\(text): historical margin needs --prices FILE, or --sample")
      }
      return history
    }
  }
}

/// Which rule asks for margin.
struct MethodologyInput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The margin rule: a bundled one by its name, a file of parameters, or es:CONFIDENCE.",
      discussion: """
        Bundled: deribit, deribit-standard, deribit-perpetuals, paradex, tims, regt, bybit-options; okx, \
        bybit and binance say what is not known of them. A .json file says in its field methodology \
        what it is of: scenario-grid, standard-options, strategies, leverage, short-options, span, \
        derive-portfolio-margin, derive-standard, historical or simm. es:0.99 is the expected \
        shortfall over the scenarios at that confidence. margin --list prints names and sources.
        """,
      valueName: "rule"))
  var profile = "paradex"

  @Option(help: "initial or maintenance.")
  var level: MarginLevel = .initial

  var rule: MarginRule { MarginRule(text: profile) }
  var needsScenarios: Bool { rule.needsScenarios }

  func validate() throws { try rule.validate("--profile") }

  func methodology(
    for market: Market, scenarios: ScenarioInput, sample: Bool
  ) throws -> any ConvexMarginMethodology {
    try rule.methodology(for: market, scenarios: scenarios, sample: sample)
  }
}

extension MarginLevel: ExpressibleByArgument {}
