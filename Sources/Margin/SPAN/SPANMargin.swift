public import Pricing

/// Margin by SPAN's sixteen scenarios: for each combined commodity
/// max(0, max(short option minimum, scan + calendar spreads + spot month − credits) − net option value).
///
/// One underlying is one combined commodity. Where the exchange's risk arrays are at hand, build
/// ``SPANBook`` values from them; here they are computed: Black's formula with the forward moved by the
/// scenario's share of the price scan range and the volatility moved by that of the volatility scan
/// range, never below zero; the composite delta is the present delta. Quantities are in units of the
/// underlying, as are the parameters.
public struct SPANMargin: ConvexMarginMethodology {
  public var parameters: SPANParameters

  public init(parameters: SPANParameters) { self.parameters = parameters }

  public var name: String { parameters.name }

  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    try portfolio.requireFiniteQuantities()
    return margin(level, of: try books(of: portfolio, in: market))
  }

  /// The requirement of books made of contracts with risk arrays.
  ///
  /// - Precondition: each book is of another commodity.
  public func margin(_ level: MarginLevel, of books: [SPANBook]) -> MarginRequirement {
    let credits = credits(among: books)
    let parts = books.map { $0.requirement(credits: credits[$0.name] ?? []) }
    return MarginRequirement(
      "\(name): \(level.rawValue) margin", .scaled(by: factor(level)), of: parts)
  }

  func factor(_ level: MarginLevel) -> Double {
    level == .initial ? parameters.initialFactor ?? 1 : 1
  }

  /// The books of a portfolio, one for each underlying in alphabetical order.
  ///
  /// - Throws: `MarginError.underlyingNotCovered`, `MarginError.outOfRange` where a scan range is as
  ///   large as the price, `MarketError` where the market lacks a quote, a volatility or an index price.
  public func books(of portfolio: Portfolio, in market: Market) throws -> [SPANBook] {
    let contracts = try contracts(for: portfolio.positions.map(\.instrument), in: market)
    return Dictionary(grouping: portfolio.positions) { $0.instrument.underlying }
      .sorted { $0.key < $1.key }
      .compactMap { name, positions in
        parameters.commodities[name].map { commodity in
          SPANBook(
            name, parameters: commodity, scenarios: parameters.scenarios,
            holdings: positions.compactMap { position in
              contracts[position.instrument.name].map { ($0, position.quantity) }
            })
        }
      }
  }

  /// Contracts with their arrays, by name.
  func contracts(
    for instruments: [Instrument], in market: Market
  ) throws -> [String: SPANContract] {
    try parameters.requireNoFault()
    let scenarios = parameters.scenarios
    var contracts: [String: SPANContract] = [:]
    for instrument in instruments {
      contracts[instrument.name] = try contract(instrument, scenarios, in: market)
    }
    return contracts
  }

  private func contract(
    _ instrument: Instrument, _ scenarios: [SPANScenario], in market: Market
  ) throws -> SPANContract {
    guard let commodity = parameters.commodities[instrument.underlying] else {
      throw MarginError.underlyingNotCovered(
        instrument.underlying, profile: name, covered: Array(parameters.commodities.keys))
    }
    let quote = try market.quote(for: instrument)
    let index = try market.indexPrice(of: instrument.underlying)
    let furthest = (parameters.extremeMove ?? 2) * commodity.priceScanRange
    guard index.isFinite, furthest < index else {
      throw MarginError.outOfRange(
        "the extreme move of \(instrument.underlying) in dollars", value: furthest,
        allowed: 0...(index.isFinite ? max(index, 0) : 0))
    }
    // A scan range in dollars of the index moves forwards in proportion.
    let moves = scenarios.map { $0.price * commodity.priceScanRange / index }
    let month = instrument.expiry.map(Self.month)
    guard commodity.allTiers.contains(where: { $0.contains(month) }) else {
      throw MarginError.instrumentNotCovered(
        instrument.name, profile: name,
        reason: "no tier has \(month.map { "the month \($0)" } ?? "perpetuals")")
    }
    guard quote.forward.isFinite, quote.forward > 0 else {
      throw MarginError.notFinite(
        "the forward of \(instrument.name), which must be positive,", value: quote.forward)
    }
    guard case .option(let expiry, let strike, let right) = instrument.kind else {
      return SPANContract(
        instrument.name, month: month,
        losses: zip(moves, scenarios).map { -$0 * quote.forward * $1.weight }, delta: 1)
    }
    guard let volatility = quote.volatility else { throw MarketError.noVolatility(instrument.name) }
    guard volatility.isFinite, volatility >= 0 else {
      throw MarginError.notFinite(
        "the volatility of \(instrument.name), which must not be negative,", value: volatility)
    }
    let time = expiry.years(since: market.time)
    guard strike > 0, strike.isFinite, time.isFinite else {
      throw MarginError.notFinite(
        "the strike or expiry of \(instrument.name), which must be positive,",
        value: time.isFinite ? strike : time)
    }
    let today = try quote.modelValue(at: market.time)
    let moved = Black76.values(
      forwards: moves.map { quote.forward * (1 + $0) },
      volatilities: scenarios.map {
        max(0, volatility + $0.volatility * commodity.volatilityScanRange)
      }, strike: strike, time: time, right: right)
    let losses = zip(moved, scenarios).map { (today - $0) * $1.weight }
    return SPANContract(
      instrument.name, month: month, losses: losses,
      delta: try quote.greeks(at: market.time).delta,
      rightSign: right.sign, optionValue: commodity.futuresStyleOptions == true ? 0 : today)
  }

  private static func month(_ expiry: Timestamp) -> String {
    let (year, month, _) = expiry.date
    func padded(_ number: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)"
    }
    return "\(padded(year, 4))-\(padded(month, 2))"
  }

  /// Credits by commodity: for each spread formed, the weighted futures price risk of each leg times its
  /// deltas times the credit rate, of the deltas that spreads of higher priority left.
  private func credits(among books: [SPANBook]) -> [String: [(name: String, amount: Double)]] {
    let spreads = parameters.interCommoditySpreads ?? []
    guard !spreads.isEmpty else { return [:] }
    var available = SPANDeltas()
    var priceRisk: [String: Double] = [:]
    for book in books {
      available.add(book.netDelta, at: book.name)
      priceRisk[book.name] = book.weightedFuturesPriceRisk
    }
    var credits: [String: [(name: String, amount: Double)]] = [:]
    for spread in spreads {
      let count = available.form(spread.legs.map { ($0.commodity, $0.side, $0.deltaRatio) })
      guard count > 0 else { continue }
      let label = "spread with " + spread.legs.map(\.commodity).joined(separator: ", ")
      for leg in spread.legs {
        let amount =
          count * leg.deltaRatio * (priceRisk[leg.commodity] ?? 0) * spread.creditRate
        credits[leg.commodity, default: []].append((label, amount))
      }
    }
    return credits
  }
}
