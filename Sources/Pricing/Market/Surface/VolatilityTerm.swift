internal import Foundation

/// How a move of the volatility level spreads over expiries: short-dated volatilities move more.
///
/// A level move v moves the volatility of an option with d days to expiry by the relative amount
/// v · (reference / max(floor, d))^p, with p = `shortPower` for d < `reference` and `longPower`
/// from there on. Venues with portfolio margin scale their volatility shocks in this way.
public struct VolatilityTerm: Sendable, Hashable {
  /// The days to expiry at which the factor is 1.
  public var reference: Double
  /// Expiries nearer than this many days count as this many.
  public var floorDays: Double
  /// The power below `reference` days.
  public var shortPower: Double
  /// The power from `reference` days on.
  public var longPower: Double

  /// A rule of the given powers; reference and floor in days.
  public init(
    reference: Double = 30, floorDays: Double = 1, shortPower: Double, longPower: Double
  ) {
    self.reference = reference
    self.floorDays = floorDays
    self.shortPower = shortPower
    self.longPower = longPower
  }

  /// The same relative move at every expiry.
  public static let parallel = VolatilityTerm(shortPower: 0, longPower: 0)

  /// The factor on a level move for an option with the given days to expiry.
  public func factor(days: Double) -> Double {
    let power = days < reference ? shortPower : longPower
    return power == 0 ? 1 : pow(reference / max(floorDays, days), power)
  }
}
