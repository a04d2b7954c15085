internal import Pricing

/// One unit of an instrument with everything that its value depends on, read from the market once.
struct Exposure: Sendable {
  struct Option: Sendable {
    let strike: Double
    let right: Instrument.Right
    let volatility: Double
    /// Years to expiry from the market's time.
    let years: Double
    var days: Double { years * 365 }
  }

  /// The price of the underlying at the instrument's expiry, in dollars.
  let forward: Double
  /// nil for futures and perpetuals.
  let option: Option?
  /// The index price where P&L is counted in coins; nil where it is in dollars.
  let coinPrice: Double?

  init(_ instrument: Instrument, in market: Market, numeraire: Numeraire) throws {
    let quote = try market.quote(for: instrument)
    guard quote.forward.isFinite && quote.forward > 0 else {
      throw SimulationError.outOfRange(
        "forward of \(instrument.name)", value: quote.forward, reason: "it must be positive")
    }
    forward = quote.forward
    if case .option(let expiry, let strike, let right) = instrument.kind {
      guard let σ = quote.volatility else { throw SimulationError.noVolatility(instrument.name) }
      guard σ.isFinite && σ >= 0 else {
        throw SimulationError.outOfRange(
          "volatility of \(instrument.name)", value: σ, reason: "it must not be negative")
      }
      let years = expiry.years(since: market.time)
      guard strike.isFinite && strike > 0 && years.isFinite else {
        throw SimulationError.outOfRange(
          "strike or expiry of \(instrument.name)", value: strike.isFinite ? years : strike,
          reason: "strikes must be positive and expiries finite")
      }
      option = Option(strike: strike, right: right, volatility: σ, years: years)
    } else {
      option = nil
    }
    if numeraire == .settlement && instrument.settlement == .inverse {
      coinPrice = try market.indexPrice(of: instrument.underlying)
    } else {
      coinPrice = nil
    }
  }

  /// P&L under price moves, with the volatilities after them (read for options only) and one
  /// elapsed time. `forwards` is scratch; all buffers have one count.
  func profitAndLoss(
    moves: UnsafeBufferPointer<Double>, volatilities: UnsafeBufferPointer<Double>,
    elapsed: Double, forwards: UnsafeMutableBufferPointer<Double>,
    into result: UnsafeMutableBufferPointer<Double>
  ) {
    guard let option else {
      if coinPrice != nil {
        for s in 0..<moves.count { result[s] = moves[s] / (1 + moves[s]) }
      } else {
        for s in 0..<moves.count { result[s] = forward * moves[s] }
      }
      return
    }
    for s in 0..<moves.count { forwards[s] = forward * (1 + moves[s]) }
    Black76.values(
      forwards: UnsafeBufferPointer(forwards), volatilities: volatilities, strike: option.strike,
      time: option.years - elapsed, right: option.right, into: result)
    let today = Black76.value(
      of: option.right, forward: forward, strike: option.strike, volatility: option.volatility,
      time: option.years)
    if let index = coinPrice {
      for s in 0..<moves.count { result[s] = result[s] / (index * (1 + moves[s])) - today / index }
    } else {
      for s in 0..<moves.count { result[s] -= today }
    }
    // Where nothing moved nothing is gained: the last digit, in which a vector of scenarios and a
    // single one may differ, is no profit.
    if elapsed == 0 {
      for s in 0..<moves.count where moves[s] == 0 && volatilities[s] == option.volatility {
        result[s] = 0
      }
    }
  }
}
