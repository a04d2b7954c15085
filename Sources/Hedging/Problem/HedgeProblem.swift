public import Margin
public import Pricing
public import Simulation

/// The search for the trades of least margin under risk limits.
///
/// minimize    marginWeight · margin(book + x) + costWeight · cost(x) + riskAversion/2 · Var[P&L(book + x)]
/// subject to  lower ≤ measure(book + x) ≤ upper   for every limit
///             |x_i| ≤ size_i                       for every instrument
///
/// Margin is the methodology's convex face, the venue's own rule where that is exact. The problem
/// becomes a quadratic (most often linear) program by its epigraph; expected shortfalls are solved over
/// all their scenarios (`ScenarioProgram`), and by cutting planes (Künzi-Bay and Mayer 2006) in the
/// search under ``TradeRules``. The plan is priced again by the exact rule.
public struct HedgeProblem: Sendable {
  public var methodology: any ConvexMarginMethodology
  public var portfolio: Portfolio
  public var market: Market
  /// The instruments that may be traded, each once.
  public internal(set) var instruments: [Instrument]

  public var level = MarginLevel.initial
  public internal(set) var limits: [RiskLimit] = []
  public var tradingCost = TradingCost()
  /// How many dollars of the objective one dollar of margin is: 1 for least margin, 0 where margin is
  /// only limited, as in ``cheapestCure(equity:payingCost:)``.
  public var marginWeight = 1.0
  /// How many dollars of the objective one dollar of trading cost is; 0 ignores cost, a negative
  /// weight is refused.
  public var costWeight = 1.0
  /// Order books by the names of their instruments: trading costs what crossing their levels costs, in
  /// the place of the half-spread, and no more is traded than they hold, nor than the size limit. Those of
  /// instruments that are not traded are not read.
  public var orderBooks: [String: OrderBook] = [:]
  /// The size limit of options that have none of their own.
  public var tradeSize = TradeSize.shareOfOpenInterest(0.05)
  /// The size limit, in coins, of futures and perpetuals that have none of their own; nil for all
  /// the delta within reach in the underlying: twice Σ |quantity · delta| of the book, and
  /// Σ size · |delta| of the options that may be traded.
  public var futureSize: Double?
  /// Size limits in coins of single instruments, by name.
  public var tradeSizes: [String: Double] = [:]
  /// Whole lots, least sizes and the number of trades; none by default.
  public var tradeRules = TradeRules()
  /// Scenarios of expected-shortfall limits and of the variance term.
  public var scenarios: ScenarioSet?
  /// Dollars that the account is worth before the trades, for limits on leverage.
  public var equity: Double?
  /// Dollars of objective for each dollar² of P&L variance over the scenarios, doubled: η in
  /// η/2 · Var. 0: no such term; a negative one is refused, since the objective is not convex.
  public var riskAversion = 0.0

  /// - Precondition: no instrument occurs twice.
  public init(
    minimizing methodology: any ConvexMarginMethodology, of portfolio: Portfolio,
    in market: Market, hedgingWith instruments: [Instrument]
  ) {
    precondition(
      Set(instruments).count == instruments.count,
      "Each hedge instrument may be listed once only.")
    self.methodology = methodology
    self.portfolio = portfolio
    self.market = market
    self.instruments = instruments
  }

  /// Limits a measure of one underlying, or of all together, after the trades.
  ///
  /// - Throws: `HedgeError` where the limits are NaN or crossed, where the measure has no meaning
  ///   for one underlying, or where it needs scenarios and the problem has none yet.
  public mutating func limit(
    _ measure: RiskMeasure, of underlying: String? = nil, atLeast lower: Double = -.infinity,
    atMost upper: Double = .infinity
  ) throws(HedgeError) {
    let limit = RiskLimit(measure, of: underlying, atLeast: lower, atMost: upper)
    if lower.isNaN || upper.isNaN || lower == .infinity || upper == -.infinity {
      throw .limitNotANumber(limit.name)
    }
    if lower > upper { throw .limitCrossed(limit.name, lower: lower, upper: upper) }
    if let underlying, market.indexPrices[underlying] == nil {
      throw .underlyingUnknown(underlying, known: market.indexPrices.keys.sorted())
    }
    if measure == .tradingCost && lower > 0 && lower.isFinite {
      throw .costFromBelow(limit.name)
    }
    if case .expectedShortfall(let confidence) = measure {
      if !(confidence > 0 && confidence < 1) { throw .confidenceOutOfRange(confidence) }
      if scenarios == nil { throw .scenariosNeeded(limit.name) }
      if underlying != nil { throw .totalOnly(limit.name) }
      if lower > -.infinity { throw .shortfallFromBelow(limit.name) }
    }
    if underlying != nil && (measure.isOfMargin || measure == .leverage) {
      throw .totalOnly(limit.name)
    }
    if measure.isFromAbove && lower > -.infinity { throw .shortfallFromBelow(limit.name) }
    if measure == .leverage && upper < 0 {
      throw .outOfRange("the limit on leverage", value: upper)
    }
    limits.append(limit)
  }
}

/// Why a hedge problem does not make sense.
public enum HedgeError: Error, Sendable, Hashable {
  case limitNotANumber(String)
  case limitCrossed(String, lower: Double, upper: Double)
  case underlyingUnknown(String, known: [String])
  case confidenceOutOfRange(Double)
  case scenariosNeeded(String)
  /// A limit on leverage without the equity that it is of.
  case equityNeeded
  case totalOnly(String)
  /// A lower limit on an expected shortfall, a margin or a notional is not convex.
  case shortfallFromBelow(String)
  /// A positive lower limit on trading cost is not convex, and would be met by trades that cancel.
  case costFromBelow(String)
  /// A weight, a size or a fee is not finite, or is negative.
  case outOfRange(String, value: Double)
  /// A size limit, a lot or a least size names an instrument that is not traded.
  case notAmongInstruments(String)
  /// What a frontier cannot have, because its points would not be convex or not of margin and cost alone.
  case noFrontierWith(String)
  /// What makes no sense of a venue, or of a transfer between venues.
  case venue(String, reason: String)
  case nothingToTrade
  case emptyPortfolio
}

extension HedgeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .limitNotANumber(let name):
      "the limit on \(name) is not a number, or infinite on the side where nothing can meet it"
    case .limitCrossed(let name, let lower, let upper):
      "the limit on \(name) asks for at least \(lower) and at most \(upper)"
    case .underlyingUnknown(let name, let known):
      "the market has no underlying \(name) (it has \(known.joined(separator: ", ")))"
    case .confidenceOutOfRange(let value):
      "a confidence lies between 0 and 1, not at \(value)"
    case .scenariosNeeded(let name):
      "a limit on \(name) needs scenarios: set them on the problem first"
    case .equityNeeded:
      "a limit on leverage needs the account's equity, a positive number of dollars: set it on the "
        + "problem first"
    case .totalOnly(let name): "\(name) is limited for the whole book only"
    case .shortfallFromBelow(let name):
      "\(name) can be limited from above only: from below the limit is not convex"
    case .costFromBelow(let name):
      "\(name) can be limited from above only: no trades are made for their cost"
    case .outOfRange(let what, let value):
      "\(what) is \(value); it must be a finite number and not negative"
    case .notAmongInstruments(let name):
      "a trade size or lot is set for \(name), which is not among the hedge instruments"
    case .noFrontierWith(let what):
      "a frontier of margin against cost cannot have \(what): leave it out"
    case .venue(let name, let reason): "venue '\(name)': \(reason)"
    case .nothingToTrade: "no instrument is left to trade: none is quoted with a size"
    case .emptyPortfolio: "the book is empty: there is nothing to hedge"
    }
  }
}
