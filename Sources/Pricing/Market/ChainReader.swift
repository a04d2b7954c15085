public import Foundation

/// A reader of option chains and futures, one row for each instrument at one moment.
///
/// The file is comma-separated with a header. Columns are found by name, others are left unread:
///
/// | column | content |
/// | --- | --- |
/// | `snap` | the moment, ISO 8601, the same in all rows |
/// | `instrument_name` | as in ``Instrument/init(name:)`` |
/// | `bid_price`, `ask_price` | best prices in the instrument's unit; empty or 0: nobody quotes |
/// | `mark_price` | the exchange's mark in the instrument's unit (coins for an inverse option) |
/// | `underlying` | the forward price for the expiry, in dollars |
/// | `implied_volatility` | annualised, a decimal; empty for futures and perpetuals |
/// | `index_price` | the underlying's index, in dollars |
/// | `open_interest`, `volume` | in coins; optional, 0 where missing |
/// | `funding_rate` | a perpetual's rate for 8 hours, a decimal; optional |
///
/// Rows are fetched one after the other, so the index moves a little between them: the market's
/// index price is the median over the underlying's rows (the lower of the middle two). The
/// forward of a future or perpetual is its mark.
public struct ChainReader: Sendable, Hashable {
  /// What becomes of rows whose contract had expired at the moment of the snapshot.
  public enum ExpiredRows: Sendable, Hashable {
    /// `MarketError.line` is thrown.
    case reject
    /// They are left out and listed in ``Chain/skipped``.
    case skip
  }

  public var expiredRows: ExpiredRows
  /// Which moment to read from a file that has several; nil for a file of one.
  public var snapshot: Timestamp?
  /// Half the spread in basis points (1e-4 of the price) of perpetuals and dated futures that stand
  /// in for missing ones, see ``Market/addingFutures(halfSpread:)``; nil adds none.
  public var standInHalfSpread: Double?

  public init(
    expiredRows: ExpiredRows = .reject, snapshot: Timestamp? = nil,
    standInHalfSpread: Double? = nil
  ) {
    self.expiredRows = expiredRows
    self.snapshot = snapshot
    self.standInHalfSpread = standInHalfSpread
  }

  /// A market, and what its file held that is not in it.
  public struct Chain: Sendable {
    public var market: Market
    /// Rows left out, each with the reason.
    public var skipped: [MarketError]
  }

  /// - Throws: `MarketError`, with the file, line and field of what is wrong.
  public func read(_ url: URL) throws(MarketError) -> Chain {
    try read(text: MarketError.contents(of: url), fileName: url.lastPathComponent)
  }

  /// Reads a chain from text; `fileName` is how errors call it. Linear in the length of the text.
  ///
  /// - Throws: `MarketError`, with the file, line and field of what is wrong.
  public func read(text: String, fileName: String) throws(MarketError) -> Chain {
    let table = try DelimitedText(text, file: fileName, required: Self.required)
    let (time, rows) = try moment(of: table)
    var quotes: [Quote] = []
    var skipped: [MarketError] = []
    var lines: [String: Int] = [:]
    var indices: [String: [Double]] = [:]
    for row in rows {
      let (quote, index) = try Self.quote(in: row, of: table)
      let name = quote.instrument.name
      if let first = lines.updateValue(row.line, forKey: name) {
        throw table.error(
          "instrument_name", row, "\(name) is quoted twice, first in line \(first)")
      }
      indices[quote.instrument.underlying, default: []].append(index)
      if let expiry = quote.instrument.expiry, expiry <= time {
        let error = MarketError.expired(name, at: time.description)
        guard expiredRows == .skip else {
          throw table.error(
            "instrument_name", row, "\(error); remove the row, or let expired rows be skipped")
        }
        skipped.append(error)
      } else {
        quotes.append(quote)
      }
    }
    guard !quotes.isEmpty else {
      throw .file(fileName, reason: "all \(skipped.count) instruments had expired at \(time)")
    }
    var market = Market(
      time: time, indexPrices: indices.mapValues { $0.sorted()[($0.count - 1) / 2] },
      quotes: quotes)
    if let standInHalfSpread { market = market.addingFutures(halfSpread: standInHalfSpread) }
    return Chain(market: market, skipped: skipped)
  }

  private static let required = [
    "snap", "instrument_name", "bid_price", "ask_price", "mark_price", "underlying",
    "implied_volatility", "index_price",
  ]

  /// The one moment of the rows that are asked for, and these rows.
  private func moment(
    of table: DelimitedText
  ) throws(MarketError) -> (Timestamp, [DelimitedText.Row]) {
    var moments: [Substring: Timestamp] = [:]
    var times: [Timestamp] = []
    for row in table.rows {
      let text = try table.needed("snap", row)
      if moments[text] == nil {
        guard let moment = Timestamp(String(text)) else {
          throw table.error(
            "snap", row, "'\(text)' is not a moment as 2026-08-17T03:58:01Z")
        }
        moments[text] = moment
      }
      if let moment = moments[text] { times.append(moment) }
    }
    guard let first = times.min(), let last = times.max() else {
      throw .file(table.file, reason: "there are no rows below the header")
    }
    guard let snapshot else {
      guard first == last else {
        throw .file(
          table.file,
          reason: "the rows are of \(Set(times).count) moments from \(first) to \(last); "
            + "choose one with snapshot")
      }
      return (first, table.rows)
    }
    let rows = zip(table.rows, times).filter { $1 == snapshot }.map(\.0)
    guard !rows.isEmpty else {
      throw .file(
        table.file, reason: "no row is of \(snapshot); the rows are from \(first) to \(last)")
    }
    return (snapshot, rows)
  }

  private static func quote(
    in row: DelimitedText.Row, of table: DelimitedText
  ) throws(MarketError) -> (Quote, index: Double) {
    func price(_ column: String) throws(MarketError) -> Double {
      _ = try table.needed(column, row)
      return try table.amount(column, row) ?? 0
    }
    func positive(_ column: String) throws(MarketError) -> Double {
      let value = try price(column)
      guard value > 0 else { throw table.error(column, row, "it should be above 0") }
      return value
    }
    func side(_ column: String) throws(MarketError) -> Double? {
      let value = try table.amount(column, row)
      return value == 0 ? nil : value
    }
    let instrument: Instrument
    do { instrument = try Instrument(name: String(table.needed("instrument_name", row))) } catch {
      if case .unknownInstrument = error {
        throw table.error("instrument_name", row, error.description)
      }
      throw error
    }
    let (bid, ask) = (try side("bid_price"), try side("ask_price"))
    if let bid, let ask, bid > ask {
      throw table.error("bid_price", row, "the bid \(bid) is above the ask \(ask)")
    }
    let mark = instrument.isOption ? try price("mark_price") : try positive("mark_price")
    let forward = instrument.isOption ? try positive("underlying") : mark
    let volatility = instrument.isOption ? try price("implied_volatility") : nil
    if let volatility, volatility > 20 {
      throw table.error(
        "implied_volatility", row,
        "\(volatility) is above 20; volatilities are decimals, 0.5 for 50 percent")
    }
    let quote = Quote(
      instrument: instrument, bid: bid, ask: ask, mark: mark, forward: forward,
      volatility: volatility, openInterest: try table.amount("open_interest", row) ?? 0,
      volume: try table.amount("volume", row) ?? 0,
      fundingRate: instrument.kind == .perpetual ? try table.number("funding_rate", row) : nil)
    return (quote, try positive("index_price"))
  }
}

extension Market {
  /// The market of a chain's file, read strictly: see ``ChainReader`` for the columns and options.
  ///
  /// - Throws: `MarketError`, also when the file has an expired contract or several moments.
  public init(chain url: URL, standInHalfSpread: Double? = nil) throws(MarketError) {
    self = try ChainReader(standInHalfSpread: standInHalfSpread).read(url).market
  }
}
