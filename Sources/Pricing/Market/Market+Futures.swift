extension Market {
  /// The market with a perpetual for each underlying and a dated future for each expiry of its
  /// options, where the source has none.
  ///
  /// These are stand-ins for a source of options only, not quotes: a perpetual is marked at the
  /// index price, a future at the median of the forwards by which its expiry's options are quoted
  /// (the lower of the middle two); bid and ask lie `halfSpread` basis points to either side; open
  /// interest, volume and funding rate are 0, 0 and nil. They are settled as the options are, and
  /// stand after the quotes of the source.
  ///
  /// - Parameter halfSpread: Half the spread in basis points, 1e-4 of the mark.
  /// - Precondition: The half spread is at least 0.
  public func addingFutures(halfSpread: Double = 1) -> Market {
    precondition(
      halfSpread >= 0, "A half spread should be at least 0 basis points, not \(halfSpread).")
    var forwards: [String: [Double]] = [:]
    var futures: [Instrument] = []
    for quote in quotes where quote.instrument.isOption {
      // BTC-27MAR26-100000-C → BTC-PERPETUAL, BTC-27MAR26; BTC_USDC-… alike.
      let option = quote.instrument
      let parts = option.name.split(separator: "-")
      guard parts.count > 2, let expiry = option.expiry else { continue }
      let kinds: [(String, Instrument.Kind)] = [
        ("\(parts[0])-PERPETUAL", .perpetual), ("\(parts[0])-\(parts[1])", .future(expiry: expiry)),
      ]
      for (name, kind) in kinds where self[name] == nil {
        if forwards[name] == nil {
          futures.append(
            Instrument(
              name: name, underlying: option.underlying, settlement: option.settlement, kind: kind))
        }
        forwards[name, default: []].append(quote.forward)
      }
    }
    let standIns = futures.compactMap { future -> Quote? in
      let sorted = forwards[future.name, default: []].sorted()
      let median = sorted[(sorted.count - 1) / 2]
      let mark = future.kind == .perpetual ? indexPrices[future.underlying] : median
      guard let mark else { return nil }
      return Quote(
        instrument: future, bid: mark * (1 - halfSpread * 1e-4),
        ask: mark * (1 + halfSpread * 1e-4),
        mark: mark, forward: mark)
    }
    return Market(time: time, indexPrices: indexPrices, quotes: quotes + standIns)
  }
}
