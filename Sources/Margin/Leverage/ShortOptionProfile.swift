import Foundation
public import Pricing

/// The parameters of the margin of short options in an account in cross margin.
///
/// For one option on a coin of price S, mark and strike given:
/// MM = max(m S, m · mark) + mark + f S, IM = max(max(a S − OTM, b S) + max(order, mark), MM).
public struct ShortOptionProfile: MarginProfile, Hashable {
  public var name: String
  public var source: String
  public var effective: String
  /// What of the rule was verified and what was not, in words.
  public var notes: [String]?
  /// a
  public var maximumInitialRate: Double
  /// b
  public var minimumInitialRate: Double
  /// m
  public var maintenanceRate: Double
  /// f
  public var liquidationFeeRate: Double
  /// Of which options the formula was verified; others are refused when sold.
  public var verifiedRights: Set<Instrument.Right>

  public init(
    name: String, source: String, effective: String, notes: [String]? = nil,
    maximumInitialRate: Double, minimumInitialRate: Double, maintenanceRate: Double,
    liquidationFeeRate: Double, verifiedRights: Set<Instrument.Right>
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.notes = notes
    self.maximumInitialRate = maximumInitialRate
    self.minimumInitialRate = minimumInitialRate
    self.maintenanceRate = maintenanceRate
    self.liquidationFeeRate = liquidationFeeRate
    self.verifiedRights = verifiedRights
  }

  public var firstFault: (field: String, reason: String)? {
    let rates = [
      ("maximumInitialRate", maximumInitialRate), ("minimumInitialRate", minimumInitialRate),
      ("maintenanceRate", maintenanceRate), ("liquidationFeeRate", liquidationFeeRate),
    ]
    for (field, rate) in rates where !(rate >= 0 && rate <= 1) {
      return (field, "\(rate) is not in 0...1")
    }
    if verifiedRights.isEmpty { return ("verifiedRights", "names neither call nor put") }
    return nil
  }

  /// Bybit's options in cross margin.
  public static func bybit() throws -> ShortOptionProfile {
    try ShortOptionProfile(
      json: Data(PackageResources.bybit_short_options_json), fileName: "bybit-short-options.json")
  }
}
