import ArgumentParser
import Foundation
import MarginOptimization

/// Where the market and the book come from.
struct MarketInput: ParsableArguments {
  @Flag(help: "Use the bundled sample: a market maker's BTC and ETH book over a made-up chain.")
  var sample = false

  @Option(
    help: ArgumentHelp(
      "The chain: CSV, a row for each instrument; - for standard input.",
      discussion: """
        Columns: snap, instrument_name, bid_price, ask_price, mark_price, underlying (the forward), \
        implied_volatility (a decimal), index_price; optional: open_interest, volume, funding_rate.
        """, valueName: "file"))
  var chain: String?

  @Option(
    help: ArgumentHelp(
      "The book: CSV with columns instrument,quantity[,unit]; the unit is coin or usd.",
      valueName: "file"))
  var book: String?

  @Option(
    help: ArgumentHelp(
      "Which moment to read from a chain with several, as in 2026-08-17T03:58:01Z.",
      valueName: "time"))
  var snapshot: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Half-spread in basis points of stand-in perpetuals and futures, where the chain has none.",
      discussion: "They are marked at the index and at the forwards; a negative number adds none.",
      valueName: "bp"))
  var standInHalfSpread = 1.0

  @Flag(help: "Refuse a chain that lists expired contracts instead of skipping them.")
  var rejectExpired = false

  func validate() throws {
    if sample && (chain != nil || book != nil) {
      throw ValidationError("--sample stands for both --chain and --book: give one or the other.")
    }
    if let snapshot, Timestamp(snapshot) == nil {
      throw ValidationError("--snapshot needs a time such as 2026-08-17T03:58:01Z.")
    }
    try require("--stand-in-half-spread", standInHalfSpread, in: -1...1000, "basis points")
  }

  func requireChain() throws {
    if !(sample || chain != nil) {
      throw ValidationError("Give --chain FILE (and --book FILE), or --sample.")
    }
  }

  func requireBook() throws {
    try requireChain()
    if !(sample || book != nil) { throw ValidationError("Give --book FILE.") }
  }

  /// The market, with what was skipped of the chain noted on standard error.
  func market() throws -> Market {
    let reader = ChainReader(
      expiredRows: rejectExpired ? .reject : .skip, snapshot: snapshot.flatMap { Timestamp($0) },
      standInHalfSpread: standInHalfSpread < 0 ? nil : standInHalfSpread)
    let text = try chain.map(readText) ?? SampleMarket.chainCSV()
    let read = try reader.read(text: text, fileName: chain ?? "sample chain")
    for skipped in read.skipped.prefix(3) { note("skipped: \(skipped)") }
    if read.skipped.count > 3 { note("skipped: \(read.skipped.count - 3) more rows") }
    return read.market
  }

  func portfolio(in market: Market) throws -> Portfolio {
    let text = try book.map(readText) ?? (try SampleMarket.bookCSV())
    return try PortfolioReader(market: market).read(text: text, fileName: book ?? "sample book")
  }
}

extension Market {
  /// The quote of an instrument that the command line names.
  func quote(named name: String, by option: String) throws -> Quote {
    let instrument = try Instrument(name: name)
    guard let quote = self[instrument.name] else {
      throw InputError(
        "\(option): the chain has no quote of \(name); it has \(quotes.count) instruments on "
          + indexPrices.keys.sorted().joined(separator: ", "))
    }
    return quote
  }
}
