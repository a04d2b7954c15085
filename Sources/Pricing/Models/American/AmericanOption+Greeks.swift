/// The Greeks of an American option, and its derivatives by rate and dividend yield.
public struct AmericanGreeks: Sendable, Hashable {
  /// Delta, gamma and vanna with respect to the spot price; units as in ``Greeks``.
  public let greeks: Greeks
  /// ∂V/∂r: dollars per 1.00 of the rate, at a fixed dividend yield.
  public let rho: Double
  /// ∂V/∂q: dollars per 1.00 of the dividend yield.
  public let dividendRho: Double
}

extension AmericanOption {
  /// V, ∂V/∂S and ∂²V/∂S² in dollars, coins and coins per dollar.
  ///
  /// Delta and gamma are the derivatives of the formula itself: the boundary does not depend on the
  /// price. Where exercise is right they are those of the payoff.
  public func valueDeltaGamma(spot: Double) -> (value: Double, delta: Double, gamma: Double) {
    check(spot)
    let gain = right.sign * (spot - strike)
    let x = right == .put ? spot / strike : strike / spot
    guard let g = put.sample(at: x) else {
      return gain > 0 ? (gain, right.sign, 0) : (0, 0, 0)
    }
    // A put is K g(S/K). C(S) = S g(K/S): C′ = g − x g′, C″ = x² g″/S.
    let (value, delta, gamma) =
      right == .put
      ? (strike * g.value, g.slope, g.curvature / strike)
      : (spot * g.value, g.value - x * g.slope, x * x * g.curvature / spot)
    return (max(value, gain, 0), delta, gamma)
  }

  /// All Greeks at a price.
  ///
  /// Theta follows from the Black–Scholes equation, −∂V/∂τ = rV − (r − q) S Δ − ½ σ² S² Γ, and is 0
  /// where exercise is right. Vega, vanna, volga and the two rhos move the boundary too: they are
  /// differences of fourth order over options whose boundaries are solved anew, with steps of 2 percent
  /// of the volatility and of at most 0.001 of the rates; that leaves about 6 digits.
  ///
  /// - Throws: ``AmericanOptionError`` as the initializer.
  /// - Complexity: That of 12 boundaries.
  public func greeks(spot: Double) throws(AmericanOptionError) -> AmericanGreeks {
    let (value, delta, gamma) = valueDeltaGamma(spot: spot)
    var result = Greeks(delta: delta, gamma: gamma)
    guard time > 0, !isExercised(spot: spot) else {
      return AmericanGreeks(greeks: result, rho: 0, dividendRho: 0)
    }
    let σS = volatility * spot
    result.theta =
      rate * value - (rate - dividendYield) * spot * delta - 0.5 * σS * σS * gamma
    if volatility > 0 {
      let step = 0.02 * volatility
      let moved = try differences(step: step) { (σ) throws(AmericanOptionError) in
        let other = try with(volatility: volatility + σ)
        let (v, d, _) = other.valueDeltaGamma(spot: spot)
        return (v, d)
      }
      result.vega = moved.first.0
      result.vanna = moved.first.1
      let outer = moved.samples[0].0 + moved.samples[3].0
      let inner = moved.samples[1].0 + moved.samples[2].0
      result.volga = (16 * inner - outer - 30 * value) / (12 * step * step)
    }
    // The put's rate decides whether exercise pays at all and must keep its sign.
    let (earned, paid) = right == .put ? (rate, dividendYield) : (dividendYield, rate)
    let earnedStep = earned == 0 ? 1e-3 : min(1e-3, 0.2 * abs(earned))
    let paidStep = paid == 0 ? 1e-3 : min(1e-3, 0.2 * abs(paid))
    let byRate = try differences(step: right == .put ? earnedStep : paidStep) {
      (h) throws(AmericanOptionError) in
      (try with(rate: rate + h).value(spot: spot), 0)
    }
    let byYield = try differences(step: right == .put ? paidStep : earnedStep) {
      (h) throws(AmericanOptionError) in
      (try with(dividendYield: dividendYield + h).value(spot: spot), 0)
    }
    return AmericanGreeks(greeks: result, rho: byRate.first.0, dividendRho: byYield.first.0)
  }

  /// Whether the option is worth exercising now at a price.
  public func isExercised(spot: Double) -> Bool {
    check(spot)
    return right.sign * (spot - strike) > 0
      && put.sample(at: right == .put ? spot / strike : strike / spot) == nil
  }

  private func with(
    rate: Double? = nil, dividendYield: Double? = nil, volatility: Double? = nil
  ) throws(AmericanOptionError) -> AmericanOption {
    try AmericanOption(
      right, strike: strike, rate: rate ?? self.rate,
      dividendYield: dividendYield ?? self.dividendYield,
      volatility: volatility ?? self.volatility, time: time, accuracy: accuracy)
  }

  /// First derivatives of two functions by differences of fourth order, and the functions at −2, −1, 1
  /// and 2 steps.
  private func differences(
    step: Double,
    _ function: (Double) throws(AmericanOptionError) -> (Double, Double)
  ) throws(AmericanOptionError) -> (first: (Double, Double), samples: [(Double, Double)]) {
    var samples: [(Double, Double)] = []
    for k in [-2.0, -1, 1, 2] { samples.append(try function(k * step)) }
    func slope(_ f: ((Double, Double)) -> Double) -> Double {
      (8 * (f(samples[2]) - f(samples[1])) - (f(samples[3]) - f(samples[0]))) / (12 * step)
    }
    return ((slope { $0.0 }, slope { $0.1 }), samples)
  }
}
