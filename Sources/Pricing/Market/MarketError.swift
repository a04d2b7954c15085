/// What is missing or wrong in a market, a book, or the file that either was read from.
public enum MarketError: Error, Sendable, Hashable {
  /// The market has no quote of an instrument that is needed.
  case notQuoted(String)
  /// The market has no index price of an underlying that is needed.
  case noIndexPrice(String)
  /// An option's quote has no volatility, and one is needed.
  case noVolatility(String)
  /// A name is not that of an instrument.
  case unknownInstrument(String, reason: String)
  /// The instrument had expired at the market's time.
  case expired(String, at: String)
  /// A line of a file cannot be read: 1-based line, name of the field, and what is wrong with it.
  case line(file: String, line: Int, field: String, reason: String)
  /// A file as a whole cannot be used.
  case file(String, reason: String)
}

extension MarketError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notQuoted(let name):
      "the market has no quote of \(name); add it to the chain or take it out of the book"
    case .noIndexPrice(let underlying): "the market has no index price of \(underlying)"
    case .noVolatility(let name): "the quote of \(name) has no implied volatility"
    case .unknownInstrument(let name, let reason): "'\(name)' is not an instrument: \(reason)"
    case .expired(let name, let time): "\(name) had expired at the market's time, \(time)"
    case .line(let file, let line, let field, let reason):
      "\(file):\(line): \(field): \(reason)"
    case .file(let file, let reason): "\(file): \(reason)"
    }
  }
}
