internal import Foundation

/// One expiry of the sample: its forward and its smile.
///
/// The variance per year is Gatheral's raw SVI without its constant,
/// σ²(k) = b (ρ (k − m) + √((k − m)² + s²)) with k = ln(K/F). The parameters were fitted by least
/// squares, weighted towards the money, to the implied volatilities of one expiry on 2026-08-17
/// 03:58 UTC; within 4 standard deviations the fits are off by 0.1 to 1.2 volatility points
/// (root mean square).
struct SampleSmile {
  let date: String
  /// Forward over index.
  let carry: Double
  let b: Double
  let ρ: Double
  let m: Double
  let s: Double

  init(_ date: String, _ carry: Double, _ b: Double, _ ρ: Double, _ m: Double, _ s: Double) {
    (self.date, self.carry, self.b, self.ρ, self.m, self.s) = (date, carry, b, ρ, m, s)
  }

  func volatility(_ k: Double) -> Double {
    let x = k - m
    return (b * (ρ * x + (x * x + s * s).squareRoot())).squareRoot()
  }

  /// Time to expiry at the sample's moment.
  var years: Double {
    let future = try? Instrument(name: "BTC-\(date)")
    return future?.expiry?.years(since: SampleMarket.time) ?? 0
  }
}

/// One coin of the sample.
struct SampleUnderlying {
  let coin: String
  let index: Double
  /// Decimals of a printed mark, as the exchange's.
  let markDigits: Int
  /// Half the spread of futures and the perpetual, in dollars.
  let futureTick: Double
  /// Open interest of an option at the money, in coins.
  let interest: Double
  /// Distances between strikes, in dollars.
  let strikeSteps: [Double]
  let smiles: [SampleSmile]

  func forward(_ smile: SampleSmile) -> Double { (index * smile.carry * 100).rounded() / 100 }

  /// About 25 strikes to 2.6 standard deviations on both sides, on the finest grid of round numbers
  /// that keeps them apart.
  func strikes(_ smile: SampleSmile) -> [Double] {
    let forward = forward(smile)
    let spacing = 2.6 / 12 * smile.volatility(0) * smile.years.squareRoot()
    let wanted = (-12...12).map { forward * exp(Double($0) * spacing) }
    let step = strikeSteps.last { $0 <= forward * spacing } ?? strikeSteps[0]
    return Set(wanted.map { ($0 / step).rounded() * step }).filter { $0 > 0 }.sorted()
  }

  /// Bid and ask in coins, as text, on the exchange's tick: 0.0001 below 0.005, 0.0005 above.
  ///
  /// Half the spread is 0.35 to 1 volatility point of vega out of the money, less for longer times,
  /// and grows by up to 0.035 to 0.075 coins as |delta| goes from ½ to 1: the medians by delta and
  /// maturity of the day of calibration. Nobody bids where less than a tick is left.
  func quote(
    mark: Double, delta: Double, vega: Double, years: Double
  ) -> (bid: String, ask: String) {
    let points = 0.0035 + 0.0065 * exp(-years * 20)
    let depth = max(0, 2 * abs(delta) - 1)
    let half = points * vega + (0.035 + 0.04 * min(1, 1.8 * years)) * depth * depth * depth
    func tick(_ price: Double) -> Double { price < 0.005 ? 0.0001 : 0.0005 }
    let low = mark - half
    let high = mark + max(half, 0.00005)
    let bid = (low / tick(low)).rounded(.down) * tick(low)
    let ask = (high / tick(high)).rounded(.up) * tick(high)
    return (bid < 0.00005 ? "" : SampleMarket.decimal(bid, 4), SampleMarket.decimal(ask, 4))
  }

  static let all = [
    SampleUnderlying(
      coin: "BTC", index: 63_400, markDigits: 8, futureTick: 2.5, interest: 900,
      strikeSteps: [250, 500, 1000, 2000, 5000],
      smiles: [
        SampleSmile("18AUG26", 1.00002, 2.35, -0.401, -0.0023, 0.0228),
        SampleSmile("21AUG26", 1.00039, 1.43, -0.286, -0.0009, 0.0396),
        SampleSmile("28AUG26", 1.00124, 0.9222, -0.031, 0.0276, 0.0742),
        SampleSmile("25SEP26", 1.00487, 0.5931, -0.106, 0.0611, 0.1723),
        SampleSmile("30OCT26", 1.00909, 0.4865, -0.491, -0.0479, 0.2869),
        SampleSmile("25DEC26", 1.01642, 0.3997, -0.413, -0.0387, 0.3868),
        SampleSmile("26MAR27", 1.02714, 0.2969, -0.371, -0.0151, 0.5541),
        SampleSmile("25JUN27", 1.0388, 0.2706, -0.477, -0.1241, 0.6928),
      ]),
    SampleUnderlying(
      coin: "ETH", index: 1900, markDigits: 6, futureTick: 0.1, interest: 9000,
      strikeSteps: [10, 20, 25, 50, 100, 200],
      smiles: [
        SampleSmile("18AUG26", 0.99975, 3.654, -0.093, 0.0001, 0.0258),
        SampleSmile("21AUG26", 0.99992, 1.91, -0.160, -0.0004, 0.0508),
        SampleSmile("28AUG26", 1.00054, 1.284, -0.135, 0.0087, 0.1029),
        SampleSmile("25SEP26", 1.00188, 0.7536, -0.254, -0.0049, 0.2733),
        SampleSmile("30OCT26", 1.00465, 0.5749, -0.310, -0.0403, 0.4178),
        SampleSmile("25DEC26", 1.00922, 0.4565, -0.298, -0.0494, 0.5911),
        SampleSmile("26MAR27", 1.01944, 0.3905, -0.439, -0.2279, 0.8192),
        SampleSmile("25JUN27", 1.02974, 0.346, -0.528, -0.4139, 1.0442),
      ]),
  ]
}
