/// The parameters of Derive's Standard Manager, which margins every contract by itself or a whole
/// expiry by its greatest loss at expiry, whichever asks for less.
///
/// Rates are shares of the notional at spot unless said otherwise. None comes with the package.
public struct DeriveStandardMarginProfile: MarginProfile, Hashable {
  /// Of a short option on its own.
  public struct Option: Sendable, Hashable, Codable {
    /// Initial margin: max(maximumSpotRate − out-of-the-money distance / spot, minimumSpotRate) of
    /// spot, and the mark.
    public var maximumSpotRate: Double
    public var minimumSpotRate: Double
    /// Maintenance of a call: this share of spot, and the mark.
    public var maintenanceCallSpotRate: Double
    /// Maintenance of a put: the larger of this share of spot and that of the mark, and the mark.
    public var maintenancePutSpotRate: Double
    public var maintenancePutMarkRate: Double
    /// Initial margin of a put is at least this times its maintenance margin.
    public var initialOverMaintenance: Double
    /// On calls sold and not covered by calls bought, beyond the greatest loss at the strikes:
    /// shares of the forward.
    public var unpairedInitial: Double
    public var unpairedMaintenance: Double

    public init(
      maximumSpotRate: Double, minimumSpotRate: Double, maintenanceCallSpotRate: Double,
      maintenancePutSpotRate: Double, maintenancePutMarkRate: Double,
      initialOverMaintenance: Double, unpairedInitial: Double, unpairedMaintenance: Double
    ) {
      self.maximumSpotRate = maximumSpotRate
      self.minimumSpotRate = minimumSpotRate
      self.maintenanceCallSpotRate = maintenanceCallSpotRate
      self.maintenancePutSpotRate = maintenancePutSpotRate
      self.maintenancePutMarkRate = maintenancePutMarkRate
      self.initialOverMaintenance = initialOverMaintenance
      self.unpairedInitial = unpairedInitial
      self.unpairedMaintenance = unpairedMaintenance
    }
  }

  /// Shares of the notional at the perpetual's mark.
  public struct Perpetual: Sendable, Hashable, Codable {
    public var initial: Double
    public var maintenance: Double

    public init(initial: Double, maintenance: Double) {
      self.initial = initial
      self.maintenance = maintenance
    }
  }

  /// (1 − confidence) · factor of the notional is charged below these confidences, in initial
  /// margin.
  public struct Confidence: Sendable, Hashable, Codable {
    public var perpetualThreshold: Double
    public var optionThreshold: Double
    public var collateralThreshold: Double
    public var factor: Double

    public init(
      perpetualThreshold: Double, optionThreshold: Double, collateralThreshold: Double,
      factor: Double
    ) {
      self.perpetualThreshold = perpetualThreshold
      self.optionThreshold = optionThreshold
      self.collateralThreshold = collateralThreshold
      self.factor = factor
    }
  }

  /// What collateral in the underlying counts for: its value times `factor`, in initial margin also
  /// times `initialScale`.
  public struct Collateral: Sendable, Hashable, Codable {
    public var factor: Double
    public var initialScale: Double

    public init(factor: Double, initialScale: Double) {
      self.factor = factor
      self.initialScale = initialScale
    }
  }

  public struct Parameters: Sendable, Hashable, Codable {
    public var option: Option
    public var perpetual: Perpetual
    public var confidence: Confidence
    /// On perpetuals and short options, in initial margin: the distance of the stable coin below
    /// the threshold, times the factor, of the notional at spot.
    public var depeg: DerivePortfolioMarginProfile.Threshold
    public var collateral: Collateral

    public init(
      option: Option, perpetual: Perpetual, confidence: Confidence,
      depeg: DerivePortfolioMarginProfile.Threshold, collateral: Collateral
    ) {
      self.option = option
      self.perpetual = perpetual
      self.confidence = confidence
      self.depeg = depeg
      self.collateral = collateral
    }
  }

  public var name: String
  public var source: String
  public var effective: String
  /// What of the rule was verified and what was not, in words.
  public var notes: [String]?
  public var underlyings: [String: Parameters]
  /// Parameters of every underlying that is not named; absent: such underlyings are refused.
  public var otherUnderlyings: Parameters?

  public init(
    name: String, source: String, effective: String, notes: [String]? = nil,
    underlyings: [String: Parameters], otherUnderlyings: Parameters? = nil
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.notes = notes
    self.underlyings = underlyings
    self.otherUnderlyings = otherUnderlyings
  }
}

extension DeriveStandardMarginProfile: UnderlyingProfile {
  public var firstFault: (field: String, reason: String)? { firstFaultOfUnderlyings }

  func fault(of parameters: Parameters) -> (field: String, reason: String)? {
    for (field, value) in parameters.figures where !(value >= 0 && value <= 1000) {
      return (field, "\(value) is not in 0...1000")
    }
    return nil
  }
}

extension DeriveStandardMarginProfile.Parameters {
  fileprivate var figures: [(field: String, value: Double)] {
    [
      ("option.maximumSpotRate", option.maximumSpotRate),
      ("option.minimumSpotRate", option.minimumSpotRate),
      ("option.maintenanceCallSpotRate", option.maintenanceCallSpotRate),
      ("option.maintenancePutSpotRate", option.maintenancePutSpotRate),
      ("option.maintenancePutMarkRate", option.maintenancePutMarkRate),
      ("option.initialOverMaintenance", option.initialOverMaintenance),
      ("option.unpairedInitial", option.unpairedInitial),
      ("option.unpairedMaintenance", option.unpairedMaintenance),
      ("perpetual.initial", perpetual.initial), ("perpetual.maintenance", perpetual.maintenance),
      ("confidence.perpetualThreshold", confidence.perpetualThreshold),
      ("confidence.optionThreshold", confidence.optionThreshold),
      ("confidence.collateralThreshold", confidence.collateralThreshold),
      ("confidence.factor", confidence.factor), ("depeg.threshold", depeg.threshold),
      ("depeg.factor", depeg.factor), ("collateral.factor", collateral.factor),
      ("collateral.initialScale", collateral.initialScale),
    ]
  }
}
