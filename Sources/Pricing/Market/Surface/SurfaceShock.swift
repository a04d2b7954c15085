/// What happens to a surface of implied volatilities in a shock. A shocked volatility is never
/// negative.
public enum SurfaceShock: Sendable, Hashable {
  /// σ′ = σ + points: 0.05 is five volatility points, at every strike and expiry.
  case parallel(Double)
  /// σ′ = σ (1 + v f) with the factor f of the days to expiry.
  case relative(Double, term: VolatilityTerm = .parallel)
  /// σ′ = σ + s f k with the factor f of the days to expiry and log-moneyness k: at the money nothing
  /// changes; s > 0 raises strikes above the forward. A power of ½ lets the skew of short expiries
  /// move more, as it does in markets.
  case skew(Double, term: VolatilityTerm = .parallel)

  /// The volatility after the shock, at a log-moneyness ln(K/F) and with the given days to expiry.
  public func shocked(_ volatility: Double, logMoneyness k: Double, days: Double) -> Double {
    max(line(days).constant + line(days).factor * volatility + line(days).slope * k, 0)
  }

  /// σ′ = constant + factor σ + slope k.
  func line(_ days: Double) -> (constant: Double, factor: Double, slope: Double) {
    switch self {
    case .parallel(let points): (points, 1, 0)
    case .relative(let v, let term): (0, 1 + v * term.factor(days: days), 0)
    case .skew(let s, let term): (0, 1, s * term.factor(days: days))
    }
  }
}

extension Market {
  /// The market with the implied volatilities of one underlying's options shocked; prices stay.
  ///
  /// - Parameters:
  ///   - shocks: applied one after the other.
  ///   - underlying: whose options; nil for all.
  public func shockingVolatilities(
    _ shocks: [SurfaceShock], of underlying: String? = nil
  ) -> Market {
    Market(
      time: time, indexPrices: indexPrices,
      quotes: quotes.map { quote in
        guard case .option(let expiry, let strike, _) = quote.instrument.kind,
          underlying.map({ $0 == quote.instrument.underlying }) ?? true,
          let σ = quote.volatility
        else { return quote }
        let days = 365 * expiry.years(since: time)
        let k = logMoneyness(strike, quote.forward)
        var shocked = quote
        shocked.volatility = shocks.reduce(σ) { $1.shocked($0, logMoneyness: k, days: days) }
        return shocked
      })
  }
}
