/// The parameters of a margin by historical scenarios: a dated data file.
public struct HistoricalMarginProfile: MarginProfile, Hashable {
  /// What is measured of the losses.
  public enum Measure: String, Sendable, Hashable, Codable {
    case expectedShortfall
    case valueAtRisk
  }

  /// How scenarios over another time are brought to the liquidation period.
  public enum Scaling: String, Sendable, Hashable, Codable {
    /// Not at all: scenarios must span the liquidation period.
    case none
    /// Losses times √(liquidation period / time that the scenarios span).
    case squareRootOfTime
  }

  /// What tames the rise of margin with volatility (Delegated Regulation (EU) 153/2013, Article 28).
  public struct AntiProcyclicality: Sendable, Hashable, Codable {
    /// The buffer as a share of the margin: 28(1)(a), at least 0.25. Absent: none.
    public var buffer: Double?
    /// The weight of the stressed period: 28(1)(b), at least 0.25. Absent: none.
    public var stressedWeight: Double?
    /// Whether the margin is never below that of unweighted scenarios over a long look-back, ten years
    /// in 28(1)(c). Absent: no.
    public var floor: Bool?

    public init(buffer: Double? = nil, stressedWeight: Double? = nil, floor: Bool? = nil) {
      self.buffer = buffer
      self.stressedWeight = stressedWeight
      self.floor = floor
    }
  }

  /// A charge on an underlying's net delta beyond what the market absorbs: for each bracket, `rate` of
  /// the index price for every coin beyond `multiple` times the average daily volume.
  public struct Concentration: Sendable, Hashable, Codable {
    public struct Bracket: Sendable, Hashable, Codable {
      public var multiple: Double
      public var rate: Double

      public init(multiple: Double, rate: Double) {
        self.multiple = multiple
        self.rate = rate
      }
    }

    /// Coins traded on an average day, by underlying.
    public var dailyVolumes: [String: Double]
    /// Rates add up, so that the charge rises ever faster.
    public var brackets: [Bracket]

    public init(dailyVolumes: [String: Double], brackets: [Bracket]) {
      self.dailyVolumes = dailyVolumes
      self.brackets = brackets
    }
  }

  /// The cost of closing each position.
  public struct Liquidity: Sendable, Hashable, Codable {
    /// How many half spreads closing costs.
    public var halfSpreads: Double
    /// The half spread of what is not quoted on both sides, as a share of the index price.
    public var unquotedRate: Double

    public init(halfSpreads: Double, unquotedRate: Double) {
      self.halfSpreads = halfSpreads
      self.unquotedRate = unquotedRate
    }
  }

  /// A share of the loss should an underlying jump: wrong-way risk of a token whose fall is the account's
  /// own, or its default.
  public struct Jump: Sendable, Hashable, Codable {
    public var underlying: String
    /// The price move, above −1.
    public var move: Double
    public var share: Double

    public init(underlying: String, move: Double, share: Double) {
      self.underlying = underlying
      self.move = move
      self.share = share
    }
  }

  public var name: String
  public var source: String
  public var effective: String
  public var notes: [String]?
  public var measure: Measure
  /// As in 0.99.
  public var confidence: Double
  /// Days that it takes to close out the book.
  public var liquidationDays: Double
  public var scaling: Scaling
  public var antiProcyclicality: AntiProcyclicality?
  public var concentration: Concentration?
  public var liquidity: Liquidity?
  public var jumps: [Jump]?
  /// What margin is multiplied with by class of counterparty, each at least 1.
  public var counterpartyMultipliers: [String: Double]?
  /// Maintenance as a fraction of initial margin.
  public var maintenanceFactor: Double

  public init(
    name: String, source: String, effective: String, measure: Measure = .expectedShortfall,
    confidence: Double, liquidationDays: Double, scaling: Scaling = .none,
    antiProcyclicality: AntiProcyclicality? = nil, concentration: Concentration? = nil,
    liquidity: Liquidity? = nil, jumps: [Jump]? = nil,
    counterpartyMultipliers: [String: Double]? = nil, maintenanceFactor: Double = 1
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.measure = measure
    self.confidence = confidence
    self.liquidationDays = liquidationDays
    self.scaling = scaling
    self.antiProcyclicality = antiProcyclicality
    self.concentration = concentration
    self.liquidity = liquidity
    self.jumps = jumps
    self.counterpartyMultipliers = counterpartyMultipliers
    self.maintenanceFactor = maintenanceFactor
  }

  /// The first field whose value makes no sense, and why.
  public var firstFault: (field: String, reason: String)? {
    if !(confidence > 0 && confidence < 1) {
      return ("confidence", "\(confidence) is not in (0, 1)")
    }
    if !(maintenanceFactor > 0 && maintenanceFactor <= 1) {
      return ("maintenanceFactor", "\(maintenanceFactor) is not in (0, 1]")
    }
    for (field, value, range) in figures where !range.contains(value) {
      return (field, "\(value) is not in \(range)")
    }
    return nil
  }

  private var figures: [(String, Double, ClosedRange<Double>)] {
    var figures: [(String, Double, ClosedRange<Double>)] = [
      ("liquidationDays", liquidationDays, 0.001...1000),
      ("antiProcyclicality.buffer", antiProcyclicality?.buffer ?? 0, 0...10),
      ("antiProcyclicality.stressedWeight", antiProcyclicality?.stressedWeight ?? 0, 0...1),
      ("liquidity.halfSpreads", liquidity?.halfSpreads ?? 0, 0...1000),
      ("liquidity.unquotedRate", liquidity?.unquotedRate ?? 0, 0...1),
    ]
    let multipliers = (counterpartyMultipliers ?? [:]).sorted { $0.key < $1.key }
    figures += multipliers.map { ("counterpartyMultipliers.\($0)", $1, 1...1000) }
    let volumes = (concentration?.dailyVolumes ?? [:]).sorted { $0.key < $1.key }
    figures += volumes.map { ("concentration.dailyVolumes.\($0)", $1, 0...1e15) }
    for (i, bracket) in (concentration?.brackets ?? []).enumerated() {
      figures += [
        ("concentration.brackets[\(i)].multiple", bracket.multiple, 0...1e9),
        ("concentration.brackets[\(i)].rate", bracket.rate, 0...1000),
      ]
    }
    for (i, jump) in (jumps ?? []).enumerated() {
      figures += [
        ("jumps[\(i)].move", jump.move, -0.999999...1000), ("jumps[\(i)].share", jump.share, 0...1),
      ]
    }
    return figures
  }
}
