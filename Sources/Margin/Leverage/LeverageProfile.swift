import Foundation
public import Pricing

/// The parameters of margin by leverage: of perpetuals and futures, each contract on its own.
public struct LeverageProfile: MarginProfile, Hashable {
  /// In what the notional of inverse contracts is measured for the tiers; that of linear ones is
  /// always in dollars.
  public enum Unit: String, Sendable, Hashable, Codable {
    case dollars, coins
  }

  public enum Contract: String, Sendable, Hashable, Codable {
    case perpetual, future
  }

  /// Either tiers, or rates that rise with the size: rate = base + sizeSlope · coins.
  public struct Parameters: Sendable, Hashable, Codable {
    public var tiers: [LeverageTier]?
    /// Of the tiers' notional; dollars where absent.
    public var unit: Unit?
    public var sizeSlope: Double?
    public var initialRate: Double?
    public var maintenanceRate: Double?

    /// Tiers.
    public init(tiers: [LeverageTier], unit: Unit = .dollars) {
      (self.tiers, self.unit) = (tiers, unit)
    }

    /// Rates that rise with the size.
    public init(initialRate: Double, maintenanceRate: Double, sizeSlope: Double) {
      self.initialRate = initialRate
      self.maintenanceRate = maintenanceRate
      self.sizeSlope = sizeSlope
    }
  }

  public var name: String
  public var source: String
  public var effective: String
  /// What of the rule was verified and what was not, in words.
  public var notes: [String]?
  /// The contracts and settlements that the parameters are of; others are refused.
  public var contracts: Set<Contract>
  public var settlements: Set<Settlement>
  public var underlyings: [String: Parameters]
  /// Parameters of every underlying that is not named; absent: such underlyings are refused.
  public var otherUnderlyings: Parameters?

  public typealias Settlement = Instrument.Settlement

  public init(
    name: String, source: String, effective: String, notes: [String]? = nil,
    contracts: Set<Contract> = [.perpetual, .future],
    settlements: Set<Settlement> = [.linear, .inverse], underlyings: [String: Parameters],
    otherUnderlyings: Parameters? = nil
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.notes = notes
    self.contracts = contracts
    self.settlements = settlements
    self.underlyings = underlyings
    self.otherUnderlyings = otherUnderlyings
  }

  /// Deribit's standard margin of linear perpetuals on BTC and SOL.
  public static func deribitLinearPerpetuals() throws -> LeverageProfile {
    try LeverageProfile(
      json: Data(PackageResources.deribit_linear_perpetuals_json),
      fileName: "deribit-linear-perpetuals.json")
  }
}

extension LeverageProfile: UnderlyingProfile {
  public var firstFault: (field: String, reason: String)? {
    if contracts.isEmpty { return ("contracts", "names no kind of contract") }
    if settlements.isEmpty { return ("settlements", "names no settlement") }
    return firstFaultOfUnderlyings
  }

  func fault(of parameters: Parameters) -> (field: String, reason: String)? {
    if let tiers = parameters.tiers {
      let others = [
        ("sizeSlope", parameters.sizeSlope), ("initialRate", parameters.initialRate),
        ("maintenanceRate", parameters.maintenanceRate),
      ]
      for (field, value) in others where value != nil {
        return (field, "tiers and rates by size exclude each other")
      }
      return LeverageBrackets.fault(of: tiers)
    }
    if parameters.unit != nil { return ("unit", "has a meaning for tiers only") }
    let rates = [
      ("initialRate", parameters.initialRate), ("maintenanceRate", parameters.maintenanceRate),
    ]
    for (field, rate) in rates {
      guard let rate else { return (field, "is missing, as are tiers") }
      if !(rate > 0 && rate < 1) { return (field, "\(rate) is not in (0, 1)") }
    }
    guard let slope = parameters.sizeSlope else {
      return ("sizeSlope", "is missing; 0 keeps the rates as they are")
    }
    return slope >= 0 && slope < 1 ? nil : ("sizeSlope", "\(slope) is not in [0, 1)")
  }
}
