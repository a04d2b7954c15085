import Foundation
import Pricing

/// The options of one expiry valued once, at the mark and under every shock of PMRM: what both
/// faces of the rule are computed from.
struct DeriveExpiryValues {
  let expiry: DeriveAccount.Expiry
  /// The value of one unit of each option at the mark, in dollars.
  let marks: [Double]
  /// By scenario, the value of one unit of each option, before the static discount.
  let shocked: [[Double]]
  /// With only the forward moved.
  let forwardUp: [Double]
  let forwardDown: [Double]
  /// The static discount factors of a positive and of a negative value of the expiry.
  let positiveFactor: Double
  let negativeFactor: Double
  /// addend + multiplier · T of the forward contingency.
  let forwardWeight: Double

  init(
    of expiry: DeriveAccount.Expiry, under parameters: DerivePortfolioMarginProfile.Parameters,
    version: DerivePortfolioMarginProfile.Version
  ) {
    self.expiry = expiry
    let years = expiry.years
    let rate = max(expiry.rate.value, 0)
    let discount = version == .pmrm2 ? exp(-rate * years) : 1
    let spots = parameters.forwardContingency
    func values(
      spotTimes factor: Double, _ move: DerivePortfolioMarginProfile.VolatilityMove
    ) -> [Double] {
      let forward = expiry.forward(spotTimes: factor)
      return expiry.options.map { option in
        discount
          * Black76.value(
            of: option.right, forward: forward, strike: option.strike,
            volatility: parameters.volatility(of: option, move, in: expiry), time: years)
      }
    }
    marks = values(spotTimes: 1, .unchanged)
    shocked = parameters.scenarios.map { values(spotTimes: $0.spot, $0.volatility) }
    forwardUp = values(spotTimes: spots.up, .unchanged)
    forwardDown = values(spotTimes: spots.down, .unchanged)
    forwardWeight = spots.addend + spots.multiplier * years
    let gain = parameters.positiveDiscount
    positiveFactor = gain.base * exp(-years * (rate * gain.rateMultiplier + gain.addend))
    negativeFactor =
      parameters.negativeDiscount.map {
        min(1 / discount, $0.base * exp(years * (rate * $0.rateMultiplier + $0.addend)))
      } ?? 1
  }

  /// The factor by which a value of the expiry is discounted.
  func factor(for value: Double) -> Double { value >= 0 ? positiveFactor : negativeFactor }

  /// Σ over options of a unit value times the quantity held.
  func held(_ values: [Double]) -> Double {
    zip(values, expiry.options).reduce(0) { $0 + $1.0 * $1.1.quantity }
  }

  /// Σ over strikes of what is sold there of calls and puts together.
  var nakedShorts: [(strike: Double, quantity: Double)] {
    var net: [Double: Double] = [:]
    for option in expiry.options { net[option.strike, default: 0] += option.quantity }
    return net.filter { $0.value < 0 }.sorted { $0.key < $1.key }.map { ($0.key, -$0.value) }
  }

  /// In coins, either side counted as positive.
  var grossQuantity: Double { expiry.options.reduce(0) { $0 + abs($1.quantity) } }
}

extension DerivePortfolioMarginProfile.Parameters {
  /// The volatility of an option after a move.
  func volatility(
    of option: DeriveAccount.Option, _ move: DerivePortfolioMarginProfile.VolatilityMove,
    in expiry: DeriveAccount.Expiry
  ) -> Double {
    let σ = option.volatility.value
    switch move {
    case .unchanged: return σ
    case .up:
      let shock = volatilityShock
      return max(σ * (1 + shock.up * shock.multiple(seconds: expiry.seconds)), shock.minimumUp ?? 0)
    case .down:
      let shock = volatilityShock
      return σ * max(0, 1 - shock.down * shock.multiple(seconds: expiry.seconds))
    case .linearSkew, .absoluteSkew:
      guard let skew else { return σ }
      let k = log(option.strike / expiry.forward)
      let isLinear = move == .linearSkew
      return σ
        * skew.multiple(
          logMoneyness: isLinear ? k : abs(k), cap: isLinear ? skew.linear : skew.absolute,
          years: expiry.years)
    }
  }
}

extension DerivePortfolioMarginProfile.VolatilityShock {
  /// m = (30/max(days, floorDays))^p
  fileprivate func multiple(seconds: Double) -> Double {
    let month = 30 * 86_400.0
    let base = month / max(seconds, floorDays * 86_400)
    return pow(base, seconds <= month ? shortPower : longPower)
  }
}

extension DerivePortfolioMarginProfile.Skew {
  /// max(1 + clip(k c/k*, ±c), 0)
  fileprivate func multiple(logMoneyness k: Double, cap: Cap, years: Double) -> Double {
    let root = years.squareRoot()
    let limit = cap.cap + cap.capSlope * root
    let reach = max(minimumWidth, root * width * (volatility + root * volatilitySlope))
    let slope = k * limit / reach
    return max(0, 1 + (k >= 0 ? min(limit, slope) : max(-limit, slope)))
  }
}
