public import Pricing

/// The parameters of a venue that margins each option sold by itself, by a formula.
///
/// For one unit of an option on an underlying at price S with the mark m, the distance out of the money
/// d ≥ 0, in units of what it settles in with S = 1 for coins:
///
///     initial     = max(a − d/S, b) S + m
///     maintenance = c S + m                     of a call
///                 = max(c S, p m) + m           of a put, whose initial margin is no less
public struct StandardOptionProfile: MarginProfile, Hashable {
  public struct Underlying: Sendable, Hashable, Codable {
    /// a, the rate at the money.
    public var maximumInitialRate: Double
    /// b, the rate far out of the money.
    public var minimumInitialRate: Double
    /// c, the rate of maintenance margin.
    public var maintenanceRate: Double
    /// p, the share of a put's mark that maintenance margin is at least; absent: 0.
    public var maintenancePutMarkRate: Double?

    public init(
      maximumInitialRate: Double, minimumInitialRate: Double, maintenanceRate: Double,
      maintenancePutMarkRate: Double? = nil
    ) {
      self.maximumInitialRate = maximumInitialRate
      self.minimumInitialRate = minimumInitialRate
      self.maintenanceRate = maintenanceRate
      self.maintenancePutMarkRate = maintenancePutMarkRate
    }
  }

  public var name: String
  public var source: String
  public var effective: String
  public var notes: [String]?
  /// What the options that are covered settle in.
  public var settlement: Instrument.Settlement
  public var underlyings: [String: Underlying]
  /// Parameters of every underlying that is not named; absent: such underlyings are refused.
  public var otherUnderlyings: Underlying?

  public init(
    name: String, source: String, effective: String, notes: [String]? = nil,
    settlement: Instrument.Settlement, underlyings: [String: Underlying],
    otherUnderlyings: Underlying? = nil
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.notes = notes
    self.settlement = settlement
    self.underlyings = underlyings
    self.otherUnderlyings = otherUnderlyings
  }
}

extension StandardOptionProfile: UnderlyingProfile {
  public var firstFault: (field: String, reason: String)? { firstFaultOfUnderlyings }

  func fault(of parameters: Underlying) -> (field: String, reason: String)? {
    let rates = 0.0...10
    let figures = [
      ("maximumInitialRate", parameters.maximumInitialRate),
      ("minimumInitialRate", parameters.minimumInitialRate),
      ("maintenanceRate", parameters.maintenanceRate),
      ("maintenancePutMarkRate", parameters.maintenancePutMarkRate ?? 0),
    ]
    for (field, rate) in figures where !rates.contains(rate) {
      return (field, "\(rate) is not in \(rates)")
    }
    return nil
  }
}
