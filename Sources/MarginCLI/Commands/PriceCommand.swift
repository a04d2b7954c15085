import ArgumentParser
import Foundation
import MarginOptimization

struct PriceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "price",
    abstract: "Prices instruments of a chain by Black 76, with Greeks.",
    discussion: """
      Prices are in the exchange's unit (coins for an inverse option); values and Greeks are those \
      of one coin, in dollars.

      Example: marginopt price --sample BTC-PERPETUAL BTC-25SEP26-64000-C
      Example: marginopt price BTC-25SEP26-64000-C --forward 64000 --volatility 0.45 \
      --time 2026-08-17T08:00:00Z
      """)

  @Argument(help: "Names of instruments; none: the book.")
  var instruments: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Price without a chain: the forward price, in dollars.", valueName: "USD"))
  var forward: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Price without a chain: the annualised volatility, a decimal.", valueName: "volatility"))
  var volatility: Double?

  @Option(
    help: ArgumentHelp("Price without a chain: the moment of valuation.", valueName: "time"))
  var time: String?

  @OptionGroup(title: "Market and book") var input: MarketInput

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let market = try self.market()
    let names =
      instruments.isEmpty
      ? try input.portfolio(in: market).positions.map(\.instrument.name) : instruments
    let rows = try names.map { name in
      try PriceReport(of: market.quote(named: name, by: "price"), at: market.time)
    }
    if json { return try printJSON(rows) }
    var table = Table(
      "instrument", "model", "mark", "unit", "value USD", "delta", "gamma", "vega/pt", "theta/day",
      "implied vol")
    for row in rows {
      let decimals = row.unit == "USD" ? 2 : 6
      table.add(
        row.instrument, grouped(row.modelPrice, decimals: decimals),
        grouped(row.mark, decimals: decimals), row.unit, money(row.valueDollars),
        fixed(row.delta, 5), fixed(row.gamma, 8), fixed(row.vegaPerPoint, 2),
        fixed(row.thetaPerDay, 2), row.impliedVolatility.map { fixed($0, 4) } ?? "")
    }
    print(table.text)
  }

  private var hasChain: Bool { forward == nil && volatility == nil && time == nil }

  func validate() throws {
    guard !hasChain else {
      return try instruments.isEmpty ? input.requireBook() : input.requireChain()
    }
    guard let forward, let time, Timestamp(time) != nil else {
      throw ValidationError(
        "Without a chain give --forward and --time, the latter as 2026-08-17T08:00:00Z.")
    }
    try require("--forward", forward, in: 1e-6...1e15, "dollars")
    try require("--volatility", volatility, in: 0...20)
    if instruments.isEmpty { throw ValidationError("Name the instruments to price.") }
  }

  private func market() throws -> Market {
    guard let forward, let time = time.flatMap({ Timestamp($0) }) else { return try input.market() }
    let quotes = try Set(instruments).sorted().map { name in
      let instrument = try Instrument(name: name)
      if instrument.isOption && volatility == nil {
        throw InputError("\(name) is an option: give --volatility")
      }
      if let expiry = instrument.expiry, expiry < time {
        throw MarketError.expired(name, at: "\(time)")
      }
      var quote = Quote(
        instrument: instrument, mark: forward, forward: forward,
        volatility: instrument.isOption ? volatility : nil)
      quote.mark = try quote.modelPrice(at: time)
      return quote
    }
    let underlyings = Set(quotes.map(\.instrument.underlying))
    return Market(
      time: time,
      indexPrices: Dictionary(uniqueKeysWithValues: underlyings.map { ($0, forward) }),
      quotes: quotes)
  }
}

/// One line of `price`.
struct PriceReport: Encodable {
  var instrument: String
  /// Of the prices: a coin for inverse options, else USD.
  var unit: String
  var modelPrice: Double
  var mark: Double
  var valueDollars: Double
  var delta: Double
  var gamma: Double
  var vegaPerPoint: Double
  var thetaPerDay: Double
  var quotedVolatility: Double?
  /// The volatility that the mark implies; nil where no volatility gives that price.
  var impliedVolatility: Double?

  init(of quote: Quote, at time: Timestamp) throws {
    let greeks = try quote.greeks(at: time)
    instrument = quote.instrument.name
    unit =
      quote.instrument.isOption && quote.instrument.settlement == .inverse
      ? quote.instrument.underlying : "USD"
    modelPrice = try quote.modelPrice(at: time)
    mark = quote.mark
    valueDollars = try quote.modelValue(at: time)
    delta = greeks.delta
    gamma = greeks.gamma
    vegaPerPoint = greeks.vegaPerPoint
    thetaPerDay = greeks.thetaPerDay
    quotedVolatility = quote.volatility
    if case .option(let expiry, let strike, let right) = quote.instrument.kind {
      impliedVolatility = try? ImpliedVolatility.volatility(
        of: right, value: quote.dollarMark, forward: quote.forward, strike: strike,
        time: expiry.years(since: time))
    }
  }
}
