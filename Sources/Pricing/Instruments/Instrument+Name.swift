/// Instruments by their names on an exchange.
extension Instrument {
  /// The instrument that an exchange calls by a name.
  ///
  /// | name | instrument |
  /// | --- | --- |
  /// | `BTC-PERPETUAL` | inverse perpetual |
  /// | `BTC-28JUN24` | inverse dated future |
  /// | `BTC-27MAR26-100000-C`, `…-P` | inverse European call, put |
  /// | `BTC_USDC-PERPETUAL`, `BTC_USDC-27MAR26-100000-C`, `XRP_USDC-27MAR26-0d55-C` | the same, linear |
  /// | `BTC-USD-PERP` | linear perpetual |
  ///
  /// These are the forms of Deribit and, for the last, of Paradex. Contracts expire at 08:00 UTC of
  /// the day in the name; the `d` in a strike stands for the decimal point.
  ///
  /// - Throws: `MarketError.unknownInstrument`, with what is wrong in the name.
  public init(name: String) throws(MarketError) {
    func unknown(_ reason: String) -> MarketError { .unknownInstrument(name, reason: reason) }
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    let (underlying, settlement) = try Self.pair(parts[0], unknown)

    let kind: Kind
    switch parts.count {
    case 2 where parts[1] == "PERPETUAL":
      kind = .perpetual
    case 2:
      kind = .future(expiry: try Self.expiry(parts[1], unknown))
    case 3 where parts[2] == "PERP" && parts[1].hasPrefix("USD") && settlement == .inverse:
      self.init(name: name, underlying: underlying, settlement: .linear, kind: .perpetual)
      return
    case 4:
      let expiry = try Self.expiry(parts[1], unknown)
      let strike = try Self.strike(parts[2], unknown)
      guard let right = ["C": Right.call, "P": .put][parts[3]] else {
        throw unknown("'\(parts[3])' should be C for a call or P for a put")
      }
      kind = .option(expiry: expiry, strike: strike, right: right)
    default:
      throw unknown(
        "expected COIN-PERPETUAL, COIN-DATE, COIN-DATE-STRIKE-C or COIN-USD-PERP, "
          + "as in BTC-27MAR26-100000-C")
    }
    self.init(name: name, underlying: underlying, settlement: settlement, kind: kind)
  }

  /// `BTC` is settled in the coin, `BTC_USDC` in dollars.
  private static func pair(
    _ text: Substring, _ unknown: (String) -> MarketError
  ) throws(MarketError) -> (underlying: String, settlement: Settlement) {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard let coin = parts.first, !coin.isEmpty,
      coin.utf8.allSatisfy({ (65...90).contains($0) || (48...57).contains($0) })
    else { throw unknown("it should begin with a coin in capital letters, as BTC") }
    if parts.count == 1 { return (String(coin), .inverse) }
    guard parts.count == 2, ["USDC", "USDT", "USD"].contains(parts[1]) else {
      throw unknown("'\(text)' should be a coin, or a coin and dollars as BTC_USDC")
    }
    return (String(coin), .linear)
  }

  private static let months = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
  ]

  /// 08:00 UTC of a day as `4SEP26` or `27MAR26`.
  private static func expiry(
    _ text: Substring, _ unknown: (String) -> MarketError
  ) throws(MarketError) -> Timestamp {
    let dayDigits = text.prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(dayDigits.count)
    guard (1...2).contains(dayDigits.count), rest.count == 5, let day = Int(dayDigits),
      let month = months.firstIndex(of: String(rest.prefix(3))),
      rest.suffix(2).allSatisfy({ $0.isASCII && $0.isNumber }), let year = Int(rest.suffix(2))
    else { throw unknown("'\(text)' should be a date as 27MAR26") }
    guard let moment = Timestamp(year: 2000 + year, month: month + 1, day: day, hour: 8) else {
      throw unknown("there is no day '\(text)'")
    }
    return moment
  }

  private static func strike(
    _ text: Substring, _ unknown: (String) -> MarketError
  ) throws(MarketError) -> Double {
    let parts = text.split(separator: "d", omittingEmptySubsequences: false)
    let digits = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) }
    }
    guard parts.count <= 2, digits, let strike = Double(parts.joined(separator: ".")),
      strike > 0, strike.isFinite
    else { throw unknown("'\(text)' should be a strike above 0, as 100000 or 0d55") }
    return strike
  }
}

extension Instrument: CustomStringConvertible {
  public var description: String { name }
}
