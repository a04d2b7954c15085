import Foundation
import Pricing

/// The tree of Cox, Ross and Rubinstein with Black's formula in its last step, extrapolated (Broadie
/// and Detemple, *Review of Financial Studies* 9 (1996) 1211): nothing of the method that it checks is
/// in it.
struct BinomialTree {
  var right: Instrument.Right
  var spot: Double
  var strike: Double
  var rate: Double
  var dividendYield: Double
  var volatility: Double
  var time: Double

  /// The American value with a number of steps.
  func value(steps: Int) -> Double {
    let h = time / Double(steps)
    let move = volatility * h.squareRoot()
    let (up, down) = (exp(move), exp(-move))
    let p = (exp((rate - dividendYield) * h) - down) / (up - down)
    let (discountedUp, discountedDown) = (exp(-rate * h) * p, exp(-rate * h) * (1 - p))
    let sign = right.sign
    // Prices of a level: spot · e^{(2j − level) move}.
    let prices = (0...(2 * steps)).map { spot * exp(Double($0 - steps) * move) }
    var values = (0..<steps).map { j in
      let price = prices[2 * j + 1]
      let wait = BlackScholes(
        right, spot: price, strike: strike, rate: rate, dividendYield: dividendYield,
        volatility: volatility, time: h
      ).value
      return max(wait, sign * (price - strike))
    }
    for level in stride(from: steps - 2, through: 0, by: -1) {
      for j in 0...level {
        let wait = discountedUp * values[j + 1] + discountedDown * values[j]
        values[j] = max(wait, sign * (prices[steps + 2 * j - level] - strike))
      }
    }
    return values[0]
  }

  /// Two trees extrapolated in 1/steps.
  func extrapolated(steps: Int) -> Double {
    let coarse = value(steps: steps)
    return 2 * value(steps: 2 * steps) - coarse
  }
}
