public import Pricing

/// A small market made up for tests: two underlyings with options on a smile, futures and
/// perpetuals, two-sided quotes.
public enum SyntheticMarket {
  public static let time = Timestamp(secondsSince1970: 1_772_323_200)  // 2026-03-01T00:00:00Z
  public static let indexPrices = ["BTC": 65_000.0, "ETH": 2_000.0]

  /// - Parameters:
  ///   - expiryDays: days to each expiry.
  ///   - moneyness: strikes as multiples of the index price.
  ///   - settlement: of every contract.
  public static func market(
    expiryDays: [Double] = [2, 20, 95], moneyness: [Double] = [0.7, 0.9, 1, 1.1, 1.4],
    settlement: Instrument.Settlement = .inverse
  ) -> Market {
    var quotes: [Quote] = []
    for (coin, index) in indexPrices.sorted(by: { $0.key < $1.key }) {
      let prefix = settlement == .inverse ? coin : "\(coin)_USDC"
      func add(_ suffix: String, _ kind: Instrument.Kind, forward: Double) {
        quotes.append(
          quote(
            Instrument(
              name: "\(prefix)-\(suffix)", underlying: coin, settlement: settlement, kind: kind),
            forward: forward))
      }
      add("PERPETUAL", .perpetual, forward: index * 1.0002)
      for days in expiryDays {
        let expiry = Timestamp(secondsSince1970: time.secondsSince1970 + days * 86_400)
        let forward = index * (1 + 0.05 * days / 365)
        add("D\(Int(days))", .future(expiry: expiry), forward: forward)
        for ratio in moneyness {
          let strike = (index * ratio).rounded()
          for right in [Instrument.Right.call, .put] {
            add(
              "D\(Int(days))-\(Int(strike))-\(right == .call ? "C" : "P")",
              .option(expiry: expiry, strike: strike, right: right), forward: forward)
          }
        }
      }
    }
    return Market(time: time, indexPrices: indexPrices, quotes: quotes)
  }

  private static func quote(_ instrument: Instrument, forward: Double) -> Quote {
    guard case .option(let expiry, let strike, let right) = instrument.kind else {
      return Quote(
        instrument: instrument, bid: forward * 0.9998, ask: forward * 1.0002, mark: forward,
        forward: forward, openInterest: 1_000, volume: 500, fundingRate: 0.0001)
    }
    let distance = strike / forward - 1
    let volatility = 0.55 - 0.15 * distance + 0.6 * distance * distance
    let value = Black76.value(
      of: right, forward: forward, strike: strike, volatility: volatility,
      time: expiry.years(since: time))
    let mark = instrument.settlement == .inverse ? value / forward : value
    return Quote(
      instrument: instrument, bid: mark * 0.97, ask: mark * 1.03, mark: mark, forward: forward,
      volatility: volatility, openInterest: 200, volume: 20)
  }

  /// A book of `count` random positions of up to `size` coins each.
  public static func book(
    of count: Int, in market: Market, size: Double = 10, random: inout TestRandom
  ) -> Portfolio {
    Portfolio(
      (0..<count).map { _ in
        Position(
          size * random.signedUnit(),
          market.listed[Int.random(in: 0..<market.listed.count, using: &random)])
      })
  }
}
