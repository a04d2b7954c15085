import Foundation
import MarginOptimization

/// The book (a.1) of Glasserman, Heidelberger and Shahabuddin (2000): short ten calls and five puts at the
/// money, half a year, on each of ten assets of volatility 0.3 and price 100, over 0.04 years, here with
/// correlations of 0.2.
public enum ShortOptions {
  static let horizon = 0.04

  public static let covariance = Matrix(rows: 10, columns: 10) { i, j in
    900 * horizon * (i == j ? 1 : 0.2)
  }

  /// −(10 C + 5 P), with P = C − S + K e^{−rT}.
  private static func value(_ price: Double, _ time: Double) -> Double {
    let discount = exp(-0.05 * time)
    let call =
      discount
      * Black76.value(
        of: .call, forward: price / discount, strike: 100, volatility: 0.3, time: time)
    return -(15 * call - 5 * price + 500 * discount)
  }

  /// The losses of full repricing at moves of the prices, one for each row.
  public static func losses(_ moves: Matrix) -> [Double] {
    let today = value(100, 0.5)
    return (0..<moves.rows).map { s in
      (0..<10).reduce(0) { $0 + today - value(max(100 + moves[s, $1], 1e-6), 0.5 - horizon) }
    }
  }

  /// The quadratic through the losses at one deviation of each price.
  public static func deltaGamma() throws -> DeltaGammaRisk {
    let h = 100 * 0.3 * horizon.squareRoot()
    let v = [-h, 0, h].map { value(100 + $0, 0.5 - horizon) }
    return try DeltaGammaRisk(
      QuadraticProfitAndLoss(
        constant: 10 * (v[1] - value(100, 0.5)),
        delta: [Double](repeating: (v[2] - v[0]) / (2 * h), count: 10),
        gamma: Matrix(
          diagonal: [Double](repeating: (v[0] - 2 * v[1] + v[2]) / (h * h), count: 10))),
      covariance: covariance)
  }
}
