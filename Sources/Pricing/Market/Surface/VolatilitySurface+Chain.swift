internal import Foundation

/// A surface fitted to a market, and what the market held that is not in it.
public struct SurfaceFit: Sendable {
  public let surface: VolatilitySurface
  /// The fit of each slice, in order of time.
  public let slices: [SVICalibration.Fit]
  /// Expiries left out, each with the reason.
  public let skipped: [(expiry: Timestamp, reason: SurfaceError)]
}

extension SVICalibration {
  /// The surface of an underlying's options in a market, at their mark volatilities.
  ///
  /// Of each strike the out-of-the-money option counts, where both are quoted; its log-moneyness is by
  /// the forward it is quoted with. A slice's forward is the median over its expiry. Slices are
  /// fitted in order of time, each kept from falling below the one before where arbitrage is avoided.
  ///
  /// - Throws: `SurfaceError.noSlices` where no expiry could be fitted.
  public func surface(of underlying: String, in market: Market) throws(SurfaceError) -> SurfaceFit {
    var expiries: [Timestamp: [Quote]] = [:]
    for quote in market.quotes where quote.instrument.underlying == underlying {
      if case .option(let expiry, _, _) = quote.instrument.kind, expiry > market.time {
        expiries[expiry, default: []].append(quote)
      }
    }
    var fits: [Fit] = []
    var skipped: [(expiry: Timestamp, reason: SurfaceError)] = []
    for (expiry, quotes) in expiries.sorted(by: { $0.key < $1.key }) {
      do throws(SurfaceError) {
        fits.append(
          try slice(quotes, time: expiry.years(since: market.time), after: fits.last?.slice))
      } catch {
        skipped.append((expiry, error))
      }
    }
    guard !fits.isEmpty else {
      throw .noSlices(underlying: underlying, reasons: skipped.map { "\($0.reason)" })
    }
    return SurfaceFit(
      surface: try VolatilitySurface(underlying: underlying, slices: fits.map(\.slice)),
      slices: fits, skipped: skipped)
  }

  private func slice(
    _ quotes: [Quote], time: Double, after earlier: SVISlice?
  ) throws(SurfaceError) -> Fit {
    var smile: [Double: (k: Double, volatility: Double, isOutOfTheMoney: Bool)] = [:]
    for quote in quotes {
      guard case .option(_, let strike, let right) = quote.instrument.kind,
        let volatility = quote.volatility, volatility > 0
      else { continue }
      let k = logMoneyness(strike, quote.forward)
      let isOut = right.sign * k >= 0
      if isOut || smile[strike] == nil { smile[strike] = (k, volatility, isOut) }
    }
    let points = smile.sorted { $0.key < $1.key }.map(\.value)
    let forwards = quotes.map(\.forward).sorted()
    return try fit(
      logMoneyness: points.map(\.k), volatilities: points.map(\.volatility), time: time,
      forward: forwards[(forwards.count - 1) / 2], after: earlier)
  }
}
