/// What a quoted instrument is worth in dollars, by its mark and by Black's formula.
extension Quote {
  /// A price in the instrument's own unit, in dollars per coin.
  ///
  /// The price of an inverse option is in coins and worth price × forward: its exchange marks
  /// Black76(F, K, σ, T)/F coins, with the forward for the option's expiry, not the index. Every
  /// other price is in dollars already.
  public func dollars(_ price: Double) -> Double {
    instrument.isOption && instrument.settlement == .inverse ? price * forward : price
  }

  /// What one coin's worth of the contract is worth in dollars at the mark: an option's premium; 0
  /// for futures and perpetuals, whose gains are settled daily.
  public var valuationPrice: Double { instrument.isOption ? dollars(mark) : 0 }

  /// The best bid in dollars per coin; nil where nobody bids.
  public var dollarBid: Double? { bid.map(dollars) }
  /// The best offer in dollars per coin; nil where nobody offers.
  public var dollarAsk: Double? { ask.map(dollars) }
  /// The mark in dollars per coin; for futures and perpetuals their price.
  public var dollarMark: Double { dollars(mark) }

  /// The Black-76 value of an option in dollars per coin, at the quote's forward and volatility.
  ///
  /// - Parameter time: The market's moment; at and after expiry the value is the intrinsic value.
  /// - Returns: The value in dollars; 0 for futures and perpetuals.
  /// - Throws: `MarketError.noVolatility` when an option's quote has none.
  public func modelValue(at time: Timestamp) throws(MarketError) -> Double {
    guard case .option(let expiry, let strike, let right) = instrument.kind else { return 0 }
    return Black76.value(
      of: right, forward: forward, strike: strike, volatility: try neededVolatility(),
      time: expiry.years(since: time))
  }

  /// The Black-76 price of an option in its own unit: coins of an inverse option, dollars of a
  /// linear one; the mark of a future or perpetual.
  ///
  /// - Throws: `MarketError.noVolatility` when an option's quote has none.
  public func modelPrice(at time: Timestamp) throws(MarketError) -> Double {
    guard instrument.isOption else { return mark }
    let value = try modelValue(at: time)
    return instrument.settlement == .inverse ? value / forward : value
  }

  /// The Greeks of one coin's worth of the contract, derivatives of its value in dollars.
  ///
  /// Of an option they are those of Black's formula, inverse or linear: an inverse option's price in
  /// coins times the forward is the linear option's value. A future or perpetual has delta 1 coin
  /// and nothing else: q coins gain q (F′ − F) dollars, inverse contracts too.
  ///
  /// - Throws: `MarketError.noVolatility` when an option's quote has none.
  public func greeks(at time: Timestamp) throws(MarketError) -> Greeks {
    guard case .option(let expiry, let strike, let right) = instrument.kind else {
      return Greeks(delta: 1)
    }
    return Black76.greeks(
      of: right, forward: forward, strike: strike, volatility: try neededVolatility(),
      time: expiry.years(since: time))
  }

  private func neededVolatility() throws(MarketError) -> Double {
    guard let volatility else { throw .noVolatility(instrument.name) }
    return volatility
  }
}
