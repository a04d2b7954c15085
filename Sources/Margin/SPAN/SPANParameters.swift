/// The parameters of a SPAN margin: a dated data file that its user supplies. None comes with the
/// package.
///
/// SPAN is a registered mark of CME; the algorithm is described in public, parameter files are the
/// exchanges'.
public struct SPANParameters: MarginProfile, Hashable {
  /// A range of contract months whose deltas count together in spreads.
  public struct Tier: Sendable, Hashable, Codable {
    public var name: String
    /// The first month, as yyyy-mm; absent: the earliest, perpetuals among it.
    public var from: String?
    /// The last month, as yyyy-mm; absent: the latest.
    public var through: String?

    public init(_ name: String, from: String? = nil, through: String? = nil) {
      self.name = name
      self.from = from
      self.through = through
    }

    /// Whether a month, as yyyy-mm, is in the tier; a perpetual has none and is before all.
    func contains(_ month: String?) -> Bool {
      guard let month else { return from == nil }
      return (from.map { $0 <= month } ?? true) && (through.map { month <= $0 } ?? true)
    }
  }

  /// The side of the market on which a leg of a spread lies: legs on one side have deltas of one sign.
  public enum Side: String, Sendable, Hashable, Codable {
    case a = "A"
    case b = "B"
  }

  /// A spread between months of one commodity: so much for each spread that deltas of opposite sign
  /// form.
  public struct Spread: Sendable, Hashable, Codable {
    public struct Leg: Sendable, Hashable, Codable {
      public var tier: String
      public var side: Side
      public var deltaRatio: Double

      public init(_ tier: String, _ side: Side, deltaRatio: Double = 1) {
        self.tier = tier
        self.side = side
        self.deltaRatio = deltaRatio
      }
    }

    public var legs: [Leg]
    /// Dollars for each spread.
    public var rate: Double

    public init(_ legs: [Leg], rate: Double) {
      self.legs = legs
      self.rate = rate
    }
  }

  /// Charges on the deltas of a tier in delivery, in dollars for each delta.
  public struct SpotMonth: Sendable, Hashable, Codable {
    public var tier: String
    /// For deltas that are part of spreads.
    public var spreadRate: Double
    /// For the others.
    public var outrightRate: Double

    public init(tier: String, spreadRate: Double, outrightRate: Double) {
      self.tier = tier
      self.spreadRate = spreadRate
      self.outrightRate = outrightRate
    }
  }

  /// Which options sold count for the short-option minimum.
  public enum ShortOptionCount: String, Sendable, Hashable, Codable {
    /// Calls and puts.
    case all
    /// The larger of the number of calls and that of puts.
    case largerSide
  }

  /// Contracts that are scanned together.
  public struct CombinedCommodity: Sendable, Hashable, Codable {
    /// Dollars for one unit of the underlying.
    public var priceScanRange: Double
    /// The move of volatility, as a decimal: 0.05 takes 0.40 to 0.45 and to 0.35.
    public var volatilityScanRange: Double
    /// Absent: one tier named `all`. Each month is in the first tier that contains it.
    public var tiers: [Tier]?
    /// Whether each tier is scanned by itself, and the scan risks added up; absent: no.
    public var scansTiersSeparately: Bool?
    /// In the order in which they are formed.
    public var spreads: [Spread]?
    public var spotMonth: SpotMonth?
    /// Dollars for each unit of options sold; absent: none.
    public var shortOptionMinimum: Double?
    /// Absent: `all`.
    public var shortOptionCount: ShortOptionCount?
    /// Whether options are margined like futures, so that they have no net option value; absent: no.
    public var futuresStyleOptions: Bool?

    public init(
      priceScanRange: Double, volatilityScanRange: Double, tiers: [Tier]? = nil,
      scansTiersSeparately: Bool? = nil, spreads: [Spread]? = nil, spotMonth: SpotMonth? = nil,
      shortOptionMinimum: Double? = nil, shortOptionCount: ShortOptionCount? = nil,
      futuresStyleOptions: Bool? = nil
    ) {
      self.priceScanRange = priceScanRange
      self.volatilityScanRange = volatilityScanRange
      self.tiers = tiers
      self.scansTiersSeparately = scansTiersSeparately
      self.spreads = spreads
      self.spotMonth = spotMonth
      self.shortOptionMinimum = shortOptionMinimum
      self.shortOptionCount = shortOptionCount
      self.futuresStyleOptions = futuresStyleOptions
    }

    var allTiers: [Tier] { tiers ?? [Tier("all")] }
  }

  /// A credit for deltas of opposite sign in several commodities.
  public struct InterCommoditySpread: Sendable, Hashable, Codable {
    public struct Leg: Sendable, Hashable, Codable {
      public var commodity: String
      public var side: Side
      public var deltaRatio: Double

      public init(_ commodity: String, _ side: Side, deltaRatio: Double = 1) {
        self.commodity = commodity
        self.side = side
        self.deltaRatio = deltaRatio
      }
    }

    public var legs: [Leg]
    /// The share of the weighted futures price risk of each leg that is credited.
    public var creditRate: Double

    public init(_ legs: [Leg], creditRate: Double) {
      self.legs = legs
      self.creditRate = creditRate
    }
  }

  public var name: String
  public var source: String
  public var effective: String
  public var notes: [String]?
  /// The extreme moves in price scan ranges; absent: 2.
  public var extremeMove: Double?
  /// The share of an extreme move's loss that counts; absent: 0.35.
  public var extremeWeight: Double?
  /// Initial as a multiple of maintenance margin, at least 1; absent: 1.
  public var initialFactor: Double?
  /// By underlying.
  public var commodities: [String: CombinedCommodity]
  /// In the order in which they are formed.
  public var interCommoditySpreads: [InterCommoditySpread]?

  public init(
    name: String, source: String, effective: String, notes: [String]? = nil,
    extremeMove: Double? = nil, extremeWeight: Double? = nil, initialFactor: Double? = nil,
    commodities: [String: CombinedCommodity],
    interCommoditySpreads: [InterCommoditySpread]? = nil
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.notes = notes
    self.extremeMove = extremeMove
    self.extremeWeight = extremeWeight
    self.initialFactor = initialFactor
    self.commodities = commodities
    self.interCommoditySpreads = interCommoditySpreads
  }

  /// The scenarios of the risk arrays.
  public var scenarios: [SPANScenario] {
    SPANScenario.standard(
      extremeMove: extremeMove ?? 2, extremeWeight: extremeWeight ?? 0.35)
  }
}
