internal import Foundation

extension SampleMarket {
  /// A market maker's inventory as a file, read by ``PortfolioReader``: 70 lines.
  ///
  /// Of every expiry four options, about 1¼ and ⅓ standard deviations out of the money on either
  /// side, two of three lines sold, so that the book is short gamma and vega; a few dated futures
  /// left over from quoting; and perpetuals that offset six parts of seven of the delta.
  public static func bookCSV() throws(MarketError) -> String {
    let market = try market()
    var random = SampleRandom(seed: 70)
    var book = Portfolio()
    for underlying in SampleUnderlying.all {
      var inventory = Portfolio()
      for smile in underlying.smiles {
        for (i, z) in [-1.25, -0.35, 0.35, 1.25].enumerated() {
          guard let option = option(at: z, of: underlying, smile, in: market) else { continue }
          let isSold = random.uniform() < (i == 1 || i == 2 ? 0.8 : 0.55)
          let size = underlying.interest * (0.006 + 0.022 * random.uniform())
          inventory.add((isSold ? -1 : 1) * rounded(size, underlying), of: option)
        }
      }
      for date in ["28AUG26", "25DEC26"] {
        guard let future = market["\(underlying.coin)-\(date)"]?.instrument else { continue }
        let size = underlying.interest * 0.015 * (2 * random.uniform() - 1)
        inventory.add(rounded(size, underlying), of: future)
      }
      let greeks = try PortfolioGreeks(of: inventory, in: market)
      let delta = greeks.byUnderlying[underlying.coin]?.delta ?? 0
      if let perpetual = market["\(underlying.coin)-PERPETUAL"]?.instrument {
        inventory.add(rounded(-6 / 7 * delta, underlying), of: perpetual)
      }
      book = book.adding(inventory.positions)
    }
    let lines = book.positions.map { "\($0.instrument.name),\(decimal($0.quantity, 1)),coin" }
    return (["instrument,quantity,unit"] + lines).joined(separator: "\n") + "\n"
  }

  /// The put (z < 0) or call nearest to z standard deviations from the forward.
  private static func option(
    at z: Double, of underlying: SampleUnderlying, _ smile: SampleSmile, in market: Market
  ) -> Instrument? {
    let width = smile.volatility(0) * smile.years.squareRoot()
    let target = underlying.forward(smile) * exp(z * width)
    let nearest = underlying.strikes(smile).min { abs($0 - target) < abs($1 - target) }
    guard let nearest else { return nil }
    let name = "\(underlying.coin)-\(smile.date)-\(decimal(nearest, 0))-\(z < 0 ? "P" : "C")"
    return market[name]?.instrument
  }

  private static func rounded(_ size: Double, _ underlying: SampleUnderlying) -> Double {
    let lot = underlying.coin == "BTC" ? 0.1 : 1
    return (size / lot).rounded() * lot
  }

  /// Daily closing prices of the two indices as a file: columns `date`, `BTC` and `ETH`, 501 rows
  /// that end with the sample's moment.
  ///
  /// The returns are simulated: σ²(t+1) = ω + 0.08 r²(t) + 0.90 σ²(t) for each coin around a daily
  /// volatility of 2.5 and 3.4 percent, with innovations of Student's t with 6 degrees of freedom,
  /// scaled to variance 1, of correlation 0.91.
  public static func pricesCSV() -> String {
    let days = 500
    let (α, β, ρ, ν) = (0.08, 0.90, 0.91, 6)
    let longRun = [0.025 * 0.025, 0.034 * 0.034]
    var variances = longRun
    var random = SampleRandom(seed: 500)
    var logs = [[0.0, 0.0]]
    for day in 0..<(days + 100) {
      let first = random.normal()
      let normals = [first, ρ * first + (1 - ρ * ρ).squareRoot() * random.normal()]
      let chi² = (0..<ν).reduce(0.0) { sum, _ in
        let z = random.normal()
        return sum + z * z
      }
      let scale = (Double(ν - 2) / chi²).squareRoot()
      let returns = (0..<2).map { variances[$0].squareRoot() * normals[$0] * scale }
      for c in 0..<2 {
        variances[c] = (1 - α - β) * longRun[c] + α * returns[c] * returns[c] + β * variances[c]
      }
      // The first 100 days only settle the variances.
      guard day >= 100, let last = logs.last else { continue }
      logs.append([last[0] + returns[0], last[1] + returns[1]])
    }
    let end = logs[days]
    let lines = logs.enumerated().map { i, log in
      let seconds = time.startOfDay.secondsSince1970 + Double(i - days) * 86_400
      let date = Timestamp(secondsSince1970: seconds).description.prefix(10)
      let prices = SampleUnderlying.all.enumerated().map { c, underlying in
        decimal(underlying.index * exp(log[c] - end[c]), 2)
      }
      return "\(date),\(prices.joined(separator: ","))"
    }
    return (["date,BTC,ETH"] + lines).joined(separator: "\n") + "\n"
  }
}
