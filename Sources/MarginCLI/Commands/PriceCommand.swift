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

  @Option(help: "Price without a chain: the forward price, in dollars.")
  var forward: Double?

  @Option(help: "Price without a chain: the annualised volatility, a decimal.")
  var volatility: Double?

  @Option(help: "Price without a chain: the moment of valuation.")
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
      try PriceReport(of: market.quote(for: Instrument(name: name)), at: market.time)
    }
    if json { return try printJSON(rows) }
    var table = Table(
      "instrument", "model", "mark", "value USD", "delta", "gamma", "vega/pt", "theta/day",
      "implied vol")
    for row in rows {
      table.add(
        row.instrument, String(format: "%.8g", row.modelPrice), String(format: "%.8g", row.mark),
        money(row.valueDollars), String(format: "%.5f", row.delta),
        String(format: "%.4g", row.gamma), String(format: "%.4f", row.vegaPerPoint),
        String(format: "%.4f", row.thetaPerDay),
        row.impliedVolatility.map { String(format: "%.6f", $0) } ?? "")
    }
    print(table.text)
  }

  private func market() throws -> Market {
    guard forward != nil || volatility != nil || time != nil else {
      return try input.market()
    }
    guard let forward, let time = time.flatMap({ Timestamp($0) }), forward > 0, forward.isFinite
    else {
      throw ValidationError(
        "Without a chain give --forward above 0 and --time as 2026-08-17T08:00:00Z.")
    }
    if let volatility, !(volatility >= 0 && volatility.isFinite) {
      throw ValidationError("--volatility is a decimal that is not negative, not \(volatility).")
    }
    if instruments.isEmpty { throw ValidationError("Name the instruments to price.") }
    let quotes = try Set(instruments).sorted().map { name in
      let instrument = try Instrument(name: name)
      if instrument.isOption && volatility == nil {
        throw ValidationError("\(name) is an option: give --volatility.")
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
