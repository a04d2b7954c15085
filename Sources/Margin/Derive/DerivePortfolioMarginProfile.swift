/// The parameters of Derive's portfolio margin managers, PMRM 1 and PMRM 2.
///
/// Which of the two rules a profile is of is part of it: they share a skeleton, and differ in what
/// they discount, in skew scenarios and in how contingencies enter initial margin. The venue's
/// governance sets parameters for each underlying; none comes with the package.
public struct DerivePortfolioMarginProfile: MarginProfile, Hashable {
  public enum Version: String, Sendable, Hashable, Codable {
    case pmrm1 = "PMRM 1"
    case pmrm2 = "PMRM 2"
  }

  /// How a scenario shocks volatilities.
  public enum VolatilityMove: String, Sendable, Hashable, Codable {
    case up, unchanged, down
    /// By the log-moneyness of each option: up for high strikes, down for low ones.
    case linearSkew
    /// By its size: up for strikes far from the forward on either side.
    case absoluteSkew

    public var isSkew: Bool { self == .linearSkew || self == .absoluteSkew }
  }

  public struct Scenario: Sendable, Hashable, Codable {
    /// The factor on the spot price, as in 0.85; 1 in a skew scenario.
    public var spot: Double
    public var volatility: VolatilityMove
    /// The factor on the result; 1 when absent.
    public var dampening: Double?

    public init(spot: Double, volatility: VolatilityMove, dampening: Double? = nil) {
      self.spot = spot
      self.volatility = volatility
      self.dampening = dampening
    }
  }

  /// σ′ = max(σ (1 + up · m), minimumUp) and σ′ = σ max(1 − down · m, 0) with m = (30/max(days,
  /// floorDays))^p, p being `shortPower` up to 30 days and `longPower` beyond.
  public struct VolatilityShock: Sendable, Hashable, Codable {
    public var up: Double
    public var down: Double
    public var shortPower: Double
    public var longPower: Double
    public var floorDays: Double
    /// The least volatility of an upward shock; 0 when absent.
    public var minimumUp: Double?

    public init(
      up: Double, down: Double, shortPower: Double, longPower: Double, floorDays: Double,
      minimumUp: Double? = nil
    ) {
      self.up = up
      self.down = down
      self.shortPower = shortPower
      self.longPower = longPower
      self.floorDays = floorDays
      self.minimumUp = minimumUp
    }
  }

  /// σ′ = σ max(1 + clip(k c/k*, ±c), 0) at log-moneyness k = ln(K/F), |k| where absolute, with the
  /// cap c = cap + capSlope √T and k* = max(minimumWidth, width √T (volatility + volatilitySlope
  /// √T)).
  public struct Skew: Sendable, Hashable, Codable {
    public struct Cap: Sendable, Hashable, Codable {
      public var cap: Double
      public var capSlope: Double

      public init(cap: Double, capSlope: Double) { (self.cap, self.capSlope) = (cap, capSlope) }
    }

    public var linear: Cap
    public var absolute: Cap
    public var minimumWidth: Double
    public var width: Double
    public var volatility: Double
    public var volatilitySlope: Double

    public init(
      linear: Cap, absolute: Cap, minimumWidth: Double, width: Double, volatility: Double,
      volatilitySlope: Double
    ) {
      self.linear = linear
      self.absolute = absolute
      self.minimumWidth = minimumWidth
      self.width = width
      self.volatility = volatility
      self.volatilitySlope = volatilitySlope
    }
  }

  /// The factor on the shocked value of an expiry: base · exp(−T (rateMultiplier · r + addend))
  /// where it is positive, base · exp(T (rateMultiplier · r + addend)), at most exp(r T), where it
  /// is negative.
  public struct StaticDiscount: Sendable, Hashable, Codable {
    public var base: Double
    public var rateMultiplier: Double
    public var addend: Double

    public init(base: Double, rateMultiplier: Double, addend: Double) {
      self.base = base
      self.rateMultiplier = rateMultiplier
      self.addend = addend
    }
  }

  /// Σ over expiries of (addend + multiplier · T) times the larger loss, if any, where the expiry's
  /// forward alone moves by the factor `up` or `down`.
  public struct ForwardContingency: Sendable, Hashable, Codable {
    public var up: Double
    public var down: Double
    public var addend: Double
    public var multiplier: Double

    public init(up: Double, down: Double, addend: Double, multiplier: Double) {
      self.up = up
      self.down = down
      self.addend = addend
      self.multiplier = multiplier
    }
  }

  /// Below the threshold, `factor` times the distance to it is charged.
  public struct Threshold: Sendable, Hashable, Codable {
    public var threshold: Double
    public var factor: Double

    public init(threshold: Double, factor: Double) {
      self.threshold = threshold
      self.factor = factor
    }
  }

  /// A charge as a share of the notional at spot; initial margin has both parts.
  public struct Charge: Sendable, Hashable, Codable {
    public var maintenance: Double
    /// What initial margin adds to it.
    public var initial: Double

    public init(maintenance: Double, initial: Double) {
      self.maintenance = maintenance
      self.initial = initial
    }
  }

  /// The parameters of one underlying.
  public struct Parameters: Sendable, Hashable, Codable {
    public var scenarios: [Scenario]
    public var volatilityShock: VolatilityShock
    /// Needed where a scenario is a skew.
    public var skew: Skew?
    public var positiveDiscount: StaticDiscount
    /// PMRM 2 only; PMRM 1 takes negative values as they are.
    public var negativeDiscount: StaticDiscount?
    public var forwardContingency: ForwardContingency
    /// By how much the initial factor grows as the stable coin falls below a price.
    public var depeg: Threshold
    /// (1 − confidence) · factor of the notional is charged below a confidence, in initial margin.
    public var confidence: Threshold
    public var perpetual: Charge
    /// On naked shorts: by strike, what is sold of calls and puts together.
    public var option: Charge
    /// PMRM 1 only: the charge on collateral, as a share of its quantity at spot; 0 when absent.
    public var collateral: Double?
    /// The factors on the worst loss.
    public var initialFactor: Double
    public var maintenanceFactor: Double

    public init(
      scenarios: [Scenario], volatilityShock: VolatilityShock, skew: Skew? = nil,
      positiveDiscount: StaticDiscount, negativeDiscount: StaticDiscount? = nil,
      forwardContingency: ForwardContingency, depeg: Threshold, confidence: Threshold,
      perpetual: Charge, option: Charge, collateral: Double? = nil, initialFactor: Double,
      maintenanceFactor: Double = 1
    ) {
      self.scenarios = scenarios
      self.volatilityShock = volatilityShock
      self.skew = skew
      self.positiveDiscount = positiveDiscount
      self.negativeDiscount = negativeDiscount
      self.forwardContingency = forwardContingency
      self.depeg = depeg
      self.confidence = confidence
      self.perpetual = perpetual
      self.option = option
      self.collateral = collateral
      self.initialFactor = initialFactor
      self.maintenanceFactor = maintenanceFactor
    }
  }

  public var name: String
  public var source: String
  public var effective: String
  /// What of the rule was verified and what was not, in words.
  public var notes: [String]?
  public var version: Version
  public var underlyings: [String: Parameters]
  /// Parameters of every underlying that is not named; absent: such underlyings are refused.
  public var otherUnderlyings: Parameters?

  public init(
    name: String, source: String, effective: String, notes: [String]? = nil, version: Version,
    underlyings: [String: Parameters], otherUnderlyings: Parameters? = nil
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.notes = notes
    self.version = version
    self.underlyings = underlyings
    self.otherUnderlyings = otherUnderlyings
  }
}
