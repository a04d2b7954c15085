/// The variances that a model of volatility gives to a series of returns, date by date.
public struct ConditionalVolatility: Sendable, Hashable {
  /// hₜ: the variance of each return as seen the period before, per period, oldest first.
  public let variances: [Double]
  /// (rₜ − μ)/√hₜ.
  public let standardizedResiduals: [Double]
  /// The variance of the return that comes after the last, per period.
  public let nextVariance: Double

  /// √h of the return that comes after the last, per √period.
  public var nextVolatility: Double { nextVariance.squareRoot() }
}
