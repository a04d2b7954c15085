import Pricing

/// A book on a market as an account in a Derive manager's terms, with where each instrument stands
/// in it.
///
/// The forward of an expiry is the median of the forwards by which its options are quoted (the
/// lower of the middle two), whatever the book holds; spot is the index price; all feeds are sure,
/// the stable coin at its peg, nothing is unrealized. A contract settled in coins counts as the
/// same contract settled in dollars.
struct DeriveBook {
  private(set) var account = DeriveAccount(markets: [])
  /// For each contract of the account the instrument's number, or nil where it is not among those
  /// traded.
  private(set) var slots: [Int?] = []

  /// - Parameters:
  ///   - traded: instruments that are numbered; none may be there twice.
  ///   - rate: of every expiry, a decimal per year.
  ///   - profile: the name by which errors call the rule.
  init(
    of portfolio: Portfolio, trading traded: [Instrument] = [], in market: Market, rate: Double,
    profile: String
  ) throws {
    let numbers = Dictionary(uniqueKeysWithValues: traded.enumerated().map { ($1.name, $0) })
    let held = portfolio.positions.map(\.instrument).filter { numbers[$0.name] == nil }
    let byUnderlying = Dictionary(grouping: traded + held) { $0.underlying }
    let forwards = Self.forwards(in: market, of: Set(byUnderlying.keys))
    for (underlying, instruments) in byUnderlying.sorted(by: { $0.key < $1.key }) {
      let index = try market.indexPrice(of: underlying)
      var side = DeriveAccount.Market(underlying, spot: .init(index))
      var perpetual: Instrument?
      var expiries: [Timestamp: [(Instrument, DeriveAccount.Option)]] = [:]
      for instrument in instruments {
        let quote = try market.quote(for: instrument)
        switch instrument.kind {
        case .perpetual:
          if let perpetual {
            throw MarginError.instrumentNotCovered(
              instrument.name, profile: profile,
              reason: "it knows one perpetual on \(underlying), and \(perpetual.name) is another")
          }
          perpetual = instrument
          side.perpetual = .init(
            quantity: portfolio.quantity(of: instrument), price: .init(quote.dollarMark))
        case .future:
          throw MarginError.instrumentNotCovered(
            instrument.name, profile: profile, reason: "it knows no dated futures")
        case .option(let expiry, let strike, let right):
          guard let volatility = quote.volatility else {
            throw MarketError.noVolatility(instrument.name)
          }
          expiries[expiry, default: []].append(
            (
              instrument,
              .init(
                right, strike: strike, quantity: portfolio.quantity(of: instrument),
                volatility: .init(volatility))
            ))
        }
      }
      for (expiry, options) in expiries.sorted(by: { $0.key < $1.key }) {
        side.expiries.append(
          .init(
            seconds: expiry.secondsSince1970 - market.time.secondsSince1970,
            forward: .init(forwards[underlying]?[expiry] ?? index), rate: .init(rate),
            options: options.map(\.1)))
        slots += options.map { numbers[$0.0.name] }
      }
      slots.append(perpetual.flatMap { numbers[$0.name] })
      account.markets.append(side)
    }
  }

  /// By underlying and expiry, in dollars.
  private static func forwards(
    in market: Market, of underlyings: Set<String>
  ) -> [String: [Timestamp: Double]] {
    var quoted: [String: [Timestamp: [Double]]] = [:]
    for quote in market.quotes {
      guard case .option(let expiry, _, _) = quote.instrument.kind,
        underlyings.contains(quote.instrument.underlying)
      else { continue }
      quoted[quote.instrument.underlying, default: [:]][expiry, default: []].append(quote.forward)
    }
    return quoted.mapValues { $0.mapValues { $0.sorted()[($0.count - 1) / 2] } }
  }
}
