/// One scenario of a SPAN risk array: a move of the price and of volatility, and how much of the loss
/// counts.
public struct SPANScenario: Sendable, Hashable, Codable {
  /// The price move as a multiple of the price scan range.
  public var price: Double
  /// The volatility move as a multiple of the volatility scan range.
  public var volatility: Double
  /// The share of the loss that counts.
  public var weight: Double

  public init(price: Double, volatility: Double, weight: Double = 1) {
    self.price = price
    self.volatility = volatility
    self.weight = weight
  }

  /// The sixteen scenarios in the order of the risk arrays: no move, ±1/3, ±2/3 and ±1 of the price
  /// scan range with volatility up and down, then two extreme moves, of which a part counts.
  ///
  /// - Parameters:
  ///   - extremeMove: the extreme move in price scan ranges, 2 or 3 in use.
  ///   - extremeWeight: the share of its loss that counts, 0.3 to 0.35 in use.
  public static func standard(
    extremeMove: Double = 2, extremeWeight: Double = 0.35
  ) -> [SPANScenario] {
    let prices = [0, 1.0 / 3, -1.0 / 3, 2.0 / 3, -2.0 / 3, 1, -1]
    return prices.flatMap { price in
      [1.0, -1].map { SPANScenario(price: price, volatility: $0) }
    }
      + [extremeMove, -extremeMove].map {
        SPANScenario(price: $0, volatility: 0, weight: extremeWeight)
      }
  }

  /// The scenario with the same price move and the opposite volatility move, by index; the scenario
  /// itself for the extreme moves.
  static func volatilityPartner(of index: Int) -> Int { index < 14 ? index ^ 1 : index }

  /// As in `price +1/3 of the scan range, volatility up`.
  var label: String {
    let thirds = (abs(price) * 3).rounded()
    let isThird = price != price.rounded() && abs(abs(price) - thirds / 3) < 1e-12
    let size = isThird ? "\(Int(thirds))/3" : "\(abs(price))"
    let move =
      price == 0 ? "no price move" : "price \(price > 0 ? "+" : "-")\(size) of the scan range"
    return volatility == 0 ? move : "\(move), volatility \(volatility > 0 ? "up" : "down")"
  }
}
