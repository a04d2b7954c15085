/// The parameters of a scenario-grid methodology: a dated data file, never code.
///
/// A profile lists its scenarios one by one. Each moves the price, by a fraction of the
/// underlying's price range or by a stated amount, and shocks volatilities by a named rule; its
/// loss counts with a weight. What else a venue charges is listed by underlying.
public struct ScenarioGridProfile: MarginProfile, Hashable {
  /// In what the P&L of a scenario is measured.
  public enum Unit: String, Sendable, Hashable, Codable {
    /// In dollars.
    case dollars
    /// In what the contract settles in: coins for inverse contracts, dollars for linear ones.
    case settlement
  }

  /// Which positions are margined together.
  public enum Pool: String, Sendable, Hashable, Codable {
    /// Each underlying by itself.
    case underlying
    /// Everything with one settlement currency, each underlying a product group.
    case settlementCurrency
    /// Each product group, named by `productGroup` of the underlyings; one that names none is a group by
    /// itself.
    case productGroup
  }

  /// A part of the rule that is not published in full: a book that reaches it is refused, and told why.
  public struct Refusal: Sendable, Hashable, Codable {
    public enum Condition: String, Sendable, Hashable, Codable {
      /// The book holds anything.
      case anyPosition
      /// It holds an option.
      case options
      /// A pool holds more than one underlying.
      case severalUnderlyingsInPool
    }

    /// The part, in words.
    public var part: String
    public var when: Condition

    public init(_ part: String, when: Condition) {
      self.part = part
      self.when = when
    }
  }

  /// A least requirement: so much for each unit of the underlying that contracts held are on, long or
  /// short.
  public struct MinimumCharge: Sendable, Hashable, Codable {
    public enum Contract: String, Sendable, Hashable, Codable {
      case perpetual, future, option
    }

    /// Dollars for one unit.
    public var perUnit: Double
    /// The contracts that count; absent: all.
    public var contracts: [Contract]?

    public init(perUnit: Double, contracts: [Contract]? = nil) {
      self.perUnit = perUnit
      self.contracts = contracts
    }
  }

  /// σ′ = max(σ · (1 + relative · (30 / max(days, floorDays))^p), minimum), p being `shortPower`
  /// below 30 days and `longPower` from there on; `floorDays` is 1 when absent.
  public struct VolatilityRule: Sendable, Hashable, Codable {
    public var relative: Double
    public var shortPower: Double
    public var longPower: Double
    public var floorDays: Double?
    public var minimum: Double?
  }

  public struct Scenario: Sendable, Hashable, Codable {
    /// The price move as a fraction of the underlying's price range; this or `move`.
    public var rangeFraction: Double?
    /// The price move as a decimal, as in −0.66; this or `rangeFraction`.
    public var move: Double?
    /// The name of a volatility rule.
    public var volatility: String
    /// The factor on the loss; 1 when absent.
    public var weight: Double?
    /// True for a far scenario whose loss is brought back to the edge of the price range and
    /// dampened: the loss at move m counts range/|m| times, converted at the edge's price, less
    /// the dampener.
    public var extended: Bool?
  }

  /// What is particular to one underlying.
  public struct Underlying: Sendable, Hashable, Codable {
    /// The largest regular price move, as a decimal; up where `priceRangeDown` is given.
    public var priceRange: Double
    /// The largest regular move down, as a positive decimal; absent: as up.
    public var priceRangeDown: Double?
    /// Overrides of the volatility rules, by name.
    public var volatilityRules: [String: VolatilityRule]?
    /// Dollars of dampening of an extended scenario, for each multiple of the price range beyond
    /// the first; absent: none.
    public var extendedDampener: Double?
    /// The factor on an extended scenario's loss; 1 when absent.
    public var extendedFactor: Double?
    public var rollShock: RollShock?
    public var deltaShock: DeltaShock?
    public var minimumCharge: MinimumCharge?
    /// The pool in which it offsets others, where pools are product groups.
    public var productGroup: String?

    public init(
      priceRange: Double, priceRangeDown: Double? = nil,
      volatilityRules: [String: VolatilityRule]? = nil, extendedDampener: Double? = nil,
      extendedFactor: Double? = nil, rollShock: RollShock? = nil, deltaShock: DeltaShock? = nil,
      minimumCharge: MinimumCharge? = nil, productGroup: String? = nil
    ) {
      self.priceRange = priceRange
      self.priceRangeDown = priceRangeDown
      self.minimumCharge = minimumCharge
      self.productGroup = productGroup
      self.volatilityRules = volatilityRules
      self.extendedDampener = extendedDampener
      self.extendedFactor = extendedFactor
      self.rollShock = rollShock
      self.deltaShock = deltaShock
    }
  }

  /// Σ over expiries of |delta| · max(minimumMove, exp(annualisedMove · T) − 1).
  public struct RollShock: Sendable, Hashable, Codable {
    public var minimumMove: Double
    public var annualisedMove: Double
  }

  /// A charge on delta beyond a threshold in dollars. Only its absence below the threshold is
  /// verified, so a book beyond it is refused.
  public struct DeltaShock: Sendable, Hashable, Codable {
    public var threshold: Double
  }

  /// How the product groups of a pool offset: losses count in full, gains `offset` times, the
  /// total of gains at most `maximumOffset` dollars.
  public struct GroupOffset: Sendable, Hashable, Codable {
    public var offset: Double
    /// Absent: gains are not capped.
    public var maximumOffset: Double?

    public init(offset: Double, maximumOffset: Double? = nil) {
      self.offset = offset
      self.maximumOffset = maximumOffset
    }
  }

  /// (net · |Σ δ| + hedged · (Σ |δ| − |Σ δ|) / 2) · index: the least core requirement.
  public struct MinimumDelta: Sendable, Hashable, Codable {
    public var net: Double
    public var hedged: Double
  }

  public var name: String
  public var source: String
  /// The date from which the parameters are in force, as yyyy-mm-dd.
  public var effective: String
  /// What of the rule was verified and what was not, in words.
  public var notes: [String]?
  /// The parts of the rule that are not published in full; absent: none is known of.
  public var refusals: [Refusal]?
  public var unit: Unit
  public var pool: Pool
  public var volatilityRules: [String: VolatilityRule]
  public var scenarios: [Scenario]
  /// Parameters by underlying; linear contracts of a settlement-currency pool go by `BTC_USDC`.
  public var underlyings: [String: Underlying]
  /// Parameters of every underlying that is not named; absent: such underlyings are refused.
  public var otherUnderlyings: Underlying?
  /// By pool; absent: gains of one group never offset losses of another.
  public var groupOffsets: [String: GroupOffset]?
  public var minimumDelta: MinimumDelta?
  /// Hours of funding at the current rate that must be provided for; absent: none.
  public var fundingProvisionHours: Double?
  /// Provision for closing fees, as a fraction of the index price for each coin; absent: none.
  public var feeProvisionRate: Double?
  /// Maintenance as a fraction of the core requirement.
  public var maintenanceFactor: Double
  /// Decimals to which the venue rounds the requirement of a pool, in the pool's currency.
  public var roundingDecimals: Int?
}
