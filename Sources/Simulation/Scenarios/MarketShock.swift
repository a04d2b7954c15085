internal import Pricing

/// What happens to implied volatilities in a shock. A shocked volatility is never negative.
public enum VolatilityShock: Sendable, Hashable {
  /// σ′ = σ.
  case unchanged
  /// σ′ = max(σ (1 + v), 0).
  case relative(Double)
  /// σ′ = max(σ (1 + v (reference / max(floor, days))^p), 0) with p = `shortPower` for options with
  /// less than `reference` days to expiry and `longPower` for the others; at least `minimum` where
  /// that is given.
  case termScaled(
    Double, reference: Double = 30, floorDays: Double = 1, shortPower: Double, longPower: Double,
    minimum: Double? = nil)

  /// The volatility after the shock of an option with the given days to expiry.
  public func shocked(_ volatility: Double, days: Double) -> Double {
    switch self {
    case .unchanged: return volatility
    case .relative(let v): return max(volatility * (1 + v), 0)
    case .termScaled(let v, let reference, let floorDays, let short, let long, let minimum):
      let term = VolatilityTerm(
        reference: reference, floorDays: floorDays, shortPower: short, longPower: long)
      return max(volatility * (1 + v * term.factor(days: days)), minimum ?? 0)
    }
  }

  var isFinite: Bool {
    switch self {
    case .unchanged: true
    case .relative(let v): v.isFinite
    case .termScaled(let v, let reference, let floorDays, let short, let long, let minimum):
      v.isFinite && reference.isFinite && floorDays.isFinite && short.isFinite && long.isFinite
        && (minimum ?? 0).isFinite && reference > 0 && floorDays > 0 && (minimum ?? 0) >= 0
    }
  }
}

/// A sudden move of one underlying: its price, its implied volatilities, and time that passes.
public struct MarketShock: Sendable, Hashable {
  /// The relative price move m: index and every forward become (1 + m) times what they were; m > −1.
  public var priceMove: Double
  /// What happens to implied volatilities.
  public var volatility: VolatilityShock
  /// Years that pass. An option that expires meanwhile is worth its intrinsic value at the moved
  /// forward.
  public var elapsed: Double

  /// A shock of price, volatilities and time, of which the last two may be left out.
  public init(
    priceMove: Double, volatility: VolatilityShock = .unchanged, elapsed: Double = 0
  ) {
    self.priceMove = priceMove
    self.volatility = volatility
    self.elapsed = elapsed
  }
}
