import LinearAlgebra
import Margin
import Pricing
import Simulation

/// The limited measures of a problem as functions of its trades.
struct MeasureTable {
  let problem: HedgeProblem
  let prices: [TradingCost.Prices]
  /// Margin of the problem's level, for limits on it.
  private(set) var margin: ConvexFunction
  private let tradeSensitivities: [Sensitivities]
  private let bookSensitivities: [Sensitivities]
  /// The expected shortfall by confidence, for the limits that need one.
  private var shortfalls: [Double: ExpectedShortfallFunction] = [:]
  /// The variance of P&L over the scenarios; nil where the objective has no such term.
  private(set) var variance: ProfitAndLossVariance?

  /// Sensitivities of one coin of an instrument, in the units of the limits.
  struct Sensitivities {
    var underlying: String
    /// Coins.
    var delta: Double
    /// Dollars for the total.
    var indexPrice: Double
    var gamma: Double
    var vega: Double
    var theta: Double

    init(of quote: Quote, in market: Market) throws {
      let greeks = try quote.greeks(at: market.time)
      underlying = quote.instrument.underlying
      indexPrice = try market.indexPrice(of: underlying)
      delta = greeks.delta
      gamma = greeks.dollarGammaPerPercent(atIndex: indexPrice)
      vega = greeks.vegaPerPoint
      theta = greeks.thetaPerDay
    }

    /// The sensitivity that a limit on the measure counts; nil where the measure is no Greek.
    func value(of measure: RiskMeasure, underlying limited: String?) -> Double? {
      if let limited, limited != underlying { return 0 }
      return switch measure {
      case .delta: limited == nil ? delta * indexPrice : delta
      case .gamma: gamma
      case .vega: vega
      case .theta: theta
      case .premium, .tradingCost, .expectedShortfall, .margin, .marginAndCost, .grossNotional,
        .leverage:
        nil
      }
    }
  }

  init(_ problem: HedgeProblem, margin: MarginFunction) throws {
    self.problem = problem
    self.margin = margin.function
    let market = problem.market
    let quotes = try problem.instruments.map { try market.quote(for: $0) }
    prices = try quotes.map {
      try problem.tradingCost.prices(
        of: $0, through: problem.orderBooks[$0.instrument.name], in: market)
    }
    tradeSensitivities = try quotes.map { try Sensitivities(of: $0, in: market) }
    bookSensitivities = try problem.portfolio.positions.map {
      try Sensitivities(of: try market.quote(for: $0.instrument), in: market)
    }
    try revalue()
  }

  /// The same measures with another convex model of the margin.
  func with(margin: MarginFunction) -> MeasureTable {
    var table = self
    table.margin = margin.function
    return table
  }

  /// Revalues book and instruments in the scenarios, once for every measure that needs it.
  private mutating func revalue() throws {
    let confidences = problem.limits.compactMap {
      if case .expectedShortfall(let confidence) = $0.measure { confidence } else { nil }
    }
    guard let scenarios = problem.scenarios, !confidences.isEmpty || problem.riskAversion > 0
    else { return }
    let losses = try ExpectedShortfallFunction(
      of: problem.portfolio, trading: problem.instruments, in: scenarios, market: problem.market,
      confidence: confidences.first ?? 0.5)
    for confidence in confidences { shortfalls[confidence] = losses.at(confidence: confidence) }
    if problem.riskAversion > 0 { variance = ProfitAndLossVariance(of: losses) }
  }

  /// A limited measure as a function of trades, without the trading cost where that is a part of it,
  /// since that is a function of the quantities bought and sold rather than of trades.
  func function(of limit: RiskLimit) -> ConvexFunction? {
    let instruments = problem.instruments
    switch limit.measure {
    case .delta, .gamma, .vega, .theta:
      let slope = tradeSensitivities.map {
        $0.value(of: limit.measure, underlying: limit.underlying) ?? 0
      }
      let held = zip(problem.portfolio.positions, bookSensitivities).reduce(0) {
        $0 + $1.0.quantity
          * ($1.1.value(of: limit.measure, underlying: limit.underlying) ?? 0)
      }
      return .affine(AffineFunction(slope, constant: held))
    case .premium:
      return .affine(
        AffineFunction(
          zip(instruments, prices).map {
            limit.underlying == nil || limit.underlying == $0.underlying ? $1.premium : 0
          }))
    case .tradingCost: return nil
    case .expectedShortfall(let confidence):
      return shortfalls[confidence].map { .expectedShortfall($0) }
    case .margin, .marginAndCost: return margin
    case .grossNotional: return grossNotional(of: limit.underlying)
    case .leverage: return problem.equity.map { .scaled(1 / $0, grossNotional(of: nil)) }
    }
  }

  /// Σ |coins held| · index price after the trades.
  private func grossNotional(of underlying: String?) -> ConvexFunction {
    let instruments = problem.instruments
    let tradedNames = Set(instruments.map(\.name))
    func price(_ sensitivities: Sensitivities) -> Double {
      underlying == nil || underlying == sensitivities.underlying ? sensitivities.indexPrice : 0
    }
    var parts = zip(instruments, tradeSensitivities).enumerated().compactMap { i, pair in
      let price = price(pair.1)
      return price == 0
        ? nil
        : ConvexFunction.absolute(
          AffineFunction(
            coefficient: price, of: i, constant: price * problem.portfolio.quantity(of: pair.0)))
    }
    let held = zip(problem.portfolio.positions, bookSensitivities).reduce(0) {
      tradedNames.contains($1.0.instrument.name)
        ? $0 : $0 + abs($1.0.quantity) * price($1.1)
    }
    if held > 0 || parts.isEmpty { parts.append(.constant(held)) }
    return .sum(parts)
  }

  /// What a dollar of trading cost adds to a limited measure, where the limit binds.
  ///
  /// Leverage is held to L by (gross notional + L · cost) / equity ≤ L, which is the same as gross notional ≤
  /// L · (equity − cost) and convex.
  func costShare(of limit: RiskLimit) -> Double {
    switch limit.measure {
    case .tradingCost, .marginAndCost: 1
    case .leverage: limit.upper / (problem.equity ?? .nan)
    default: 0
    }
  }

  /// Coins of delta that the book and the options that may be traded can come to in an underlying:
  /// twice Σ |quantity · delta| of the book, and Σ size · |delta| of the options.
  func deltaWithinReach(of underlying: String, optionSizes: [Double]) -> Double {
    let held = zip(problem.portfolio.positions, bookSensitivities).reduce(0) {
      $0 + ($1.1.underlying == underlying ? abs($1.0.quantity * $1.1.delta) : 0)
    }
    return zip(zip(problem.instruments, tradeSensitivities), optionSizes).reduce(2 * held) {
      let ((instrument, sensitivities), size) = $1
      let counts = instrument.isOption && instrument.underlying == underlying
      return $0 + (counts ? size * abs(sensitivities.delta) : 0)
    }
  }

  /// The cost of trades in the instruments of one underlying, or of all.
  func cost(of x: [Double], underlying: String? = nil) -> Double {
    x.indices.reduce(0) { sum, i in
      guard underlying == nil || underlying == problem.instruments[i].underlying else { return sum }
      return sum + prices[i].cost(of: x[i])
    }
  }

  /// The value of a limited measure at trades x.
  func value(of limit: RiskLimit, at x: [Double]) -> Double {
    value(of: limit, by: function(of: limit), at: x)
  }

  /// The same with the function of the measure, which need not be made again for each x.
  func value(of limit: RiskLimit, by function: ConvexFunction?, at x: [Double]) -> Double {
    let value = function?.value(at: x) ?? 0
    if limit.measure == .leverage, let equity = problem.equity {
      let left = equity - cost(of: x)
      return left > 0 ? value * equity / left : .infinity
    }
    return value + (limit.measure.countsCost ? cost(of: x, underlying: limit.underlying) : 0)
  }
}
