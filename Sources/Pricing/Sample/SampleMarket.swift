internal import Foundation

/// A market, a book and a price history for examples and tests: generated, always the same.
///
/// No quote of an exchange is in it. What is real is its shape: the smiles, forwards and spreads are
/// of a handful of parameters each, fitted to Deribit's public quotes of BTC and ETH options on
/// 2026-08-17, and the history has the daily volatilities and correlation of the two indices from
/// December 2025 to August 2026 (2.5 and 3.4 percent a day, 0.91).
///
/// The moment is 2026-08-17 08:00 UTC; the indices are 63,400 and 1,900 dollars.
public enum SampleMarket {
  /// The moment of the sample.
  public static let time = Timestamp(secondsSince1970: 1_786_953_600)

  /// The columns of the chain's file, as ``ChainReader`` reads them.
  static let chainHeader =
    "snap,instrument_name,bid_price,ask_price,mark_price,underlying,implied_volatility,"
    + "open_interest,volume,index_price,funding_rate"

  /// The chain as a file: about 760 inverse options of 8 expiries on BTC and ETH, with a perpetual
  /// for each and a dated future for each expiry.
  public static func chainCSV() -> String {
    var random = SampleRandom(seed: 20_260_817)
    let rows = SampleUnderlying.all.flatMap { underlying in
      futureRows(of: underlying, &random)
        + underlying.smiles.flatMap { optionRows(of: underlying, $0, &random) }
    }
    return ([chainHeader] + rows).joined(separator: "\n") + "\n"
  }

  /// The market of ``chainCSV()``.
  public static func market() throws(MarketError) -> Market {
    try ChainReader().read(text: chainCSV(), fileName: "sample-chain.csv").market
  }

  private static func futureRows(
    of underlying: SampleUnderlying, _ random: inout SampleRandom
  ) -> [String] {
    func row(_ name: String, _ mark: Double, _ interest: Double, funding: String) -> String {
      let tick = underlying.futureTick
      let (bid, ask) = (mark - tick, mark + tick)
      return "\(time),\(underlying.coin)-\(name),\(decimal(bid, 2)),\(decimal(ask, 2)),"
        + "\(decimal(mark, 2)),\(decimal(mark, 2)),,\(decimal(interest, 0)),"
        + "\(decimal(interest * 0.4, 0)),\(decimal(underlying.index, 2)),\(funding)"
    }
    let scale = underlying.interest * 120
    let perpetual = row(
      "PERPETUAL", underlying.index + underlying.futureTick, scale, funding: "0.00004")
    return [perpetual]
      + underlying.smiles.map { smile in
        row(
          smile.date, underlying.forward(smile), scale * (0.02 + 0.1 * random.uniform()),
          funding: "")
      }
  }

  private static func optionRows(
    of underlying: SampleUnderlying, _ smile: SampleSmile, _ random: inout SampleRandom
  ) -> [String] {
    let forward = underlying.forward(smile)
    return underlying.strikes(smile).flatMap { strike -> [String] in
      [Instrument.Right.call, .put].map { right in
        let k = log(strike / forward)
        let printed = (smile.volatility(k) * 1e4).rounded() / 1e4
        let greeks = Black76.greeks(
          of: right, forward: forward, strike: strike, volatility: printed, time: smile.years)
        let mark =
          Black76.value(
            of: right, forward: forward, strike: strike, volatility: printed, time: smile.years)
          / forward
        let quote = underlying.quote(
          mark: mark, delta: greeks.delta, vega: greeks.vega / forward, years: smile.years)
        // Open interest thins out with distance in standard deviations; volume is a part of it.
        let z = k / (smile.volatility(0) * smile.years.squareRoot())
        let favoured = right.sign * z > 0 ? 1.0 : 0.25
        let interest =
          underlying.interest * favoured * exp(-0.35 * z * z) * (0.3 + 1.4 * random.uniform())
        let volume = interest * 0.12 * random.uniform() / (1 + smile.years * 4)
        let letter = right == .call ? "C" : "P"
        return "\(time),\(underlying.coin)-\(smile.date)-\(decimal(strike, 0))-\(letter),"
          + "\(quote.bid),\(quote.ask),\(decimal(mark, underlying.markDigits)),"
          + "\(decimal(forward, 2)),\(decimal(printed, 4)),\(decimal(interest, 1)),"
          + "\(decimal(volume, 1)),\(decimal(underlying.index, 2)),"
      }
    }
  }

  static func decimal(_ x: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", x) }
}

/// Uniform and normal numbers that are the same everywhere: SplitMix64 (Steele, Lea and Flood 2014)
/// and Box–Muller.
struct SampleRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// In (0, 1).
  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return (Double((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53
  }

  mutating func normal() -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }
}
