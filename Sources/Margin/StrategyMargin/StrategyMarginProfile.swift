import Foundation

/// The parameters of strategy-based margin: Regulation T and FINRA Rule 4210 for listed options on
/// stocks and indices.
///
/// Rates are shares of the underlying's price unless said otherwise.
public struct StrategyMarginProfile: MarginProfile, Hashable {
  /// Of a short option on its own: its premium and
  /// max(rate · price − out-of-the-money amount, minimumRate · (price for a call, strike for a put)).
  public struct ShortOption: Sendable, Hashable, Codable {
    public var rate: Double
    public var minimumRate: Double

    public init(rate: Double, minimumRate: Double) {
      (self.rate, self.minimumRate) = (rate, minimumRate)
    }
  }

  /// Of shares on their own.
  public struct Stock: Sendable, Hashable, Codable {
    /// Initial, long and short.
    public var initial: Double
    public var longMaintenance: Double
    public var shortMaintenance: Double
    /// Maintenance of shares whose loss an option bounds, as a share of its strike.
    public var protectedStrikeRate: Double

    public init(
      initial: Double, longMaintenance: Double, shortMaintenance: Double,
      protectedStrikeRate: Double
    ) {
      self.initial = initial
      self.longMaintenance = longMaintenance
      self.shortMaintenance = shortMaintenance
      self.protectedStrikeRate = protectedStrikeRate
    }
  }

  public struct Parameters: Sendable, Hashable, Codable {
    public var shortOption: ShortOption
    /// Absent: shares of the underlying are refused, as those of an index must be.
    public var stock: Stock?

    public init(shortOption: ShortOption, stock: Stock? = nil) {
      (self.shortOption, self.stock) = (shortOption, stock)
    }
  }

  /// Long options with more than `days` to expiry, which Regulation T lets be bought on credit.
  public struct LongTerm: Sendable, Hashable, Codable {
    public var days: Double
    /// The share of the premium to be paid; absent: books that hold such options are refused.
    public var rate: Double?

    public init(days: Double, rate: Double? = nil) { (self.days, self.rate) = (days, rate) }
  }

  public var name: String
  public var source: String
  public var effective: String
  /// What of the rule was verified and what was not, in words.
  public var notes: [String]?
  /// Units of the underlying in one contract.
  public var multiplier: Double
  /// Absent: every long option is paid in full.
  public var longTerm: LongTerm?
  /// Whether a short box is margined by its greatest loss at expiry; absent or false: as its spreads.
  public var recognizesShortBox: Bool?
  /// The equity that a margin account must hold whatever is in it; not part of the requirement.
  public var minimumEquity: Double?
  public var underlyings: [String: Parameters]
  /// Parameters of every underlying that is not named; absent: such underlyings are refused.
  public var otherUnderlyings: Parameters?

  public init(
    name: String, source: String, effective: String, notes: [String]? = nil, multiplier: Double,
    longTerm: LongTerm? = nil, recognizesShortBox: Bool? = nil, minimumEquity: Double? = nil,
    underlyings: [String: Parameters], otherUnderlyings: Parameters? = nil
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.notes = notes
    self.multiplier = multiplier
    self.longTerm = longTerm
    self.recognizesShortBox = recognizesShortBox
    self.minimumEquity = minimumEquity
    self.underlyings = underlyings
    self.otherUnderlyings = otherUnderlyings
  }
}

extension StrategyMarginProfile: UnderlyingProfile {
  public var firstFault: (field: String, reason: String)? {
    if !(multiplier > 0 && multiplier <= 1e6) {
      return ("multiplier", "\(multiplier) is not in (0, 1e6]")
    }
    if let rule = longTerm {
      if !(rule.days >= 0 && rule.days <= 1e5) {
        return ("longTerm.days", "\(rule.days) is not in 0...1e5")
      }
      if let rate = rule.rate, !(rate >= 0 && rate <= 1) {
        return ("longTerm.rate", "\(rate) is not in 0...1")
      }
    }
    if let equity = minimumEquity, !(equity >= 0 && equity.isFinite) {
      return ("minimumEquity", "\(equity) is negative or not finite")
    }
    return firstFaultOfUnderlyings
  }

  func fault(of parameters: Parameters) -> (field: String, reason: String)? {
    var rates = [
      ("shortOption.rate", parameters.shortOption.rate),
      ("shortOption.minimumRate", parameters.shortOption.minimumRate),
    ]
    if let stock = parameters.stock {
      rates += [
        ("stock.initial", stock.initial), ("stock.longMaintenance", stock.longMaintenance),
        ("stock.shortMaintenance", stock.shortMaintenance),
        ("stock.protectedStrikeRate", stock.protectedStrikeRate),
      ]
    }
    for (field, rate) in rates where !(rate >= 0 && rate <= 1) {
      return (field, "\(rate) is not in 0...1")
    }
    return nil
  }
}

extension StrategyMarginProfile {
  /// Regulation T and FINRA Rule 4210 for options on stocks and on the S&P 500.
  public static func regulationT() throws -> StrategyMarginProfile {
    try StrategyMarginProfile(
      json: Data(PackageResources.regulation_t_strategy_margin_json),
      fileName: "regulation-t-strategy-margin.json")
  }
}
