internal import Foundation

/// The value of a European option on a spot price with a constant interest rate and a continuous
/// dividend yield (Merton 1973; Haug, *The Complete Guide to Option Pricing Formulas*, 1998, ch. 1):
/// the discounted Black-76 value at the forward F = S e^{(r − q)T}.
public struct BlackScholes: Sendable, Hashable {
  public var right: Instrument.Right
  /// S ≥ 0, in dollars.
  public var spot: Double
  /// K ≥ 0, in dollars.
  public var strike: Double
  /// r, continuously compounded, a decimal per year.
  public var rate: Double
  /// q, continuously compounded, a decimal per year; for a cost of carry b it is r − b.
  public var dividendYield: Double
  /// σ ≥ 0, annualised, a decimal.
  public var volatility: Double
  /// T in years; at or below 0 the option is worth its intrinsic value.
  public var time: Double

  public init(
    _ right: Instrument.Right, spot: Double, strike: Double, rate: Double = 0,
    dividendYield: Double = 0, volatility: Double, time: Double
  ) {
    self.right = right
    self.spot = spot
    self.strike = strike
    self.rate = rate
    self.dividendYield = dividendYield
    self.volatility = volatility
    self.time = max(0, time)
  }

  private var discount: Double { exp(-rate * time) }
  /// F = S e^{(r − q)T}.
  public var forward: Double { spot * exp((rate - dividendYield) * time) }

  private var forwardGreeks: Greeks {
    Black76.greeks(
      of: right, forward: forward, strike: strike, volatility: volatility, time: time)
  }

  /// V in dollars.
  public var value: Double {
    discount
      * Black76.value(
        of: right, forward: forward, strike: strike, volatility: volatility, time: time)
  }

  /// Delta, gamma and vanna with respect to the spot, vega, theta and volga: units as in ``Greeks``.
  public var greeks: Greeks {
    let g = forwardGreeks
    let carry = exp(-dividendYield * time)  // D ∂F/∂S
    let growth = exp((rate - dividendYield) * time)  // ∂F/∂S
    return Greeks(
      delta: carry * g.delta, gamma: carry * growth * g.gamma, vega: discount * g.vega,
      theta: rate * value - discount * (rate - dividendYield) * forward * g.delta
        + discount * g.theta,
      vanna: carry * g.vanna, volga: discount * g.volga)
  }

  /// ∂V/∂r: dollars per 1.00 of the rate, at a fixed dividend yield.
  public var rho: Double { time * (discount * forward * forwardGreeks.delta - value) }

  /// ∂V/∂q: dollars per 1.00 of the dividend yield.
  public var dividendRho: Double { -time * discount * forward * forwardGreeks.delta }

  /// ∂ln V/∂ln S; NaN where the option is worthless.
  public var elasticity: Double { greeks.delta * spot / value }
}
