import Foundation
import Margin
import Testing

@Suite("Requirement trees and profiles")
struct RequirementAndProfileTests {
  @Test("each rule gives its amount, and a wrong amount is found")
  func rules() {
    let parts = [MarginRequirement("a", 1.25), MarginRequirement("b", -3)]
    #expect(MarginRequirement("sum", .sum, of: parts).amount == -1.75)
    #expect(MarginRequirement("largest", .maximum, of: parts).amount == 1.25)
    #expect(MarginRequirement("largest", .maximum, of: parts).decisivePart?.name == "a")
    #expect(MarginRequirement("smallest", .minimum, of: parts).amount == -3)
    #expect(MarginRequirement("smallest", .minimum, of: parts).decisivePart?.name == "b")
    let withNaN = MarginRequirement(
      "smallest", .minimum, of: parts + [MarginRequirement("c", .nan)])
    #expect(withNaN.amount.isNaN)
    #expect(MarginRequirement("scaled", .scaled(by: 2), of: parts).amount == -3.5)
    let rounded = MarginRequirement(
      "rounded", .rounded(decimals: 1), of: [MarginRequirement("c", 0.25)])
    #expect(rounded.amount == 0.3)
    var tree = MarginRequirement("top", .sum, of: [rounded])
    #expect(tree.firstInconsistency() == nil)
    tree.parts[0].parts[0].amount = 7
    #expect(tree.firstInconsistency()?.name == "rounded")
    tree.parts[0].parts[0].amount = .nan
    #expect(tree.firstInconsistency() != nil)
  }

  @Test("a profile survives JSON", arguments: ScenarioGridProfile.Bundled.allCases)
  func roundTrip(bundled: ScenarioGridProfile.Bundled) throws {
    let profile = try ScenarioGridProfile(bundled: bundled)
    let again = try ScenarioGridProfile(json: JSONEncoder().encode(profile))
    #expect(again == profile)
    let counts: [ScenarioGridProfile.Bundled: Int] = [
      .deribit: 35, .paradex: 24, .tims: 10, .okx: 9, .bybit: 0, .binance: 0,
    ]
    #expect(profile.scenarios.count == counts[bundled])
  }

  @Test(
    "a faulty profile is refused with the field at fault",
    arguments: [
      ("\"maintenanceFactor\": 0.5", "\"maintenanceFactor\": 1.5", "maintenanceFactor"),
      ("\"maintenanceFactor\": 0.5", "\"other\": 1", "maintenanceFactor"),
      ("\"unit\": \"dollars\"", "\"unit\": \"francs\"", "unit"),
      ("\"move\": 0.16", "\"move\": -1", "scenarios[0].move"),
      ("\"move\": 0.16", "\"move\": 1e300", "scenarios[0].move"),
      ("\"relative\": 0.4", "\"relative\": 1e300", "volatilityRules.up.relative"),
      ("\"floorDays\": 1}", "\"floorDays\": 0}", "volatilityRules.up.floorDays"),
      ("\"move\": 0.16", "\"jump\": 1", "scenarios[0].move"),
      ("\"move\": 0.16", "\"move\": 0.16, \"rangeFraction\": 1", "scenarios[0].move"),
      ("\"volatility\": \"down\"", "\"volatility\": \"sideways\"", "scenarios[2].volatility"),
      ("\"weight\": 0.24", "\"weight\": -1", "scenarios[16].weight"),
      ("\"priceRange\": 0.16", "\"priceRange\": \"wide\"", "otherUnderlyings.priceRange"),
      ("\"priceRange\": 0.16", "\"priceRange\": 0", "otherUnderlyings.priceRange"),
      ("\"hedged\": 0.01", "\"hedged\": 0.05", "minimumDelta.hedged"),
    ])
  func faults(original: String, replacement: String, field: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = try bundledText().replacing(original, with: replacement, maxReplacements: 1)
    #expect {
      try ScenarioGridProfile(json: Data(text.utf8), fileName: "p.json")
    } throws: { error in
      guard case .profile(_, let named, _)? = error as? MarginError else { return false }
      return named == field
    }
  }

  private func bundledText() throws -> String {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "Sources/Margin/Profiles/paradex-portfolio-margin.json")
    return try String(contentsOf: file, encoding: .utf8)
  }
}
