import ArgumentParser
import Foundation
import MarginOptimization

/// Sensitivities in the place of a market and a book.
struct SensitivityInput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Margin of sensitivities in the Common Risk Interchange Format; needs --profile with a file of SIMM.",
      discussion: "In the place of a chain and a book; - for standard input.", valueName: "file"))
  var crif: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Dollars for one unit of a currency, for rows with an amount in it and none in dollars; may be repeated.",
      valueName: "CURRENCY=rate"))
  var fx: [String] = []

  func validate() throws {
    if crif == nil && !fx.isEmpty { throw ValidationError("--fx belongs to --crif.") }
    _ = try rates()
  }

  func validate(beside input: MarketInput, _ compare: String?) throws {
    if input.sample || input.chain != nil || input.book != nil || compare != nil {
      throw ValidationError(
        "--crif stands in the place of --chain, --book, --sample and --compare.")
    }
  }

  private func rates() throws -> [String: Double] {
    var rates: [String: Double] = [:]
    for text in fx {
      let parts = text.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].count == 3, let rate = Double(parts[1]), rate > 0,
        rate.isFinite
      else { throw ValidationError("--fx '\(text)' is not of the form EUR=1.08.") }
      guard rates.updateValue(rate, forKey: String(parts[0])) == nil else {
        throw ValidationError("--fx names \(parts[0]) twice.")
      }
    }
    return rates
  }

  /// The requirement of the sensitivities; nil where there are none.
  func requirement(by rule: MarginRule) throws -> MarginRequirement? {
    guard let crif else { return nil }
    guard rule.isFile else {
      throw InputError("--crif needs --profile FILE.json with \"methodology\": \"simm\"")
    }
    let simm = try rule.file().simm().simm
    let records = try CRIF(
      text: readText(crif), name: crif == "-" ? "standard input" : crif,
      dollarsPerUnit: rates())
    if records.records.isEmpty {
      throw InputError("\(records.name): there are no rows below the line of column names")
    }
    return try simm.requirement(for: records)
  }
}
