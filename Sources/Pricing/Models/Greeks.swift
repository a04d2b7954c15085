/// The derivatives of a value in dollars, per coin of the underlying or of a whole book.
///
/// F is the forward price in dollars, σ the annualised volatility as a decimal, t the time in years
/// of 365 days. Greeks add up over positions in one underlying: quantity × Greeks of one coin.
public struct Greeks: Sendable, Hashable {
  /// ∂V/∂F: dollars per dollar, that is coins.
  public var delta: Double
  /// ∂²V/∂F²: coins per dollar.
  public var gamma: Double
  /// ∂V/∂σ: dollars per 1.00 of volatility.
  public var vega: Double
  /// ∂V/∂t: dollars per year; negative for what loses value as time passes.
  public var theta: Double
  /// ∂²V/∂F∂σ: coins per 1.00 of volatility.
  public var vanna: Double
  /// ∂²V/∂σ²: dollars per 1.00 of volatility squared.
  public var volga: Double

  public init(
    delta: Double = 0, gamma: Double = 0, vega: Double = 0, theta: Double = 0, vanna: Double = 0,
    volga: Double = 0
  ) {
    self.delta = delta
    self.gamma = gamma
    self.vega = vega
    self.theta = theta
    self.vanna = vanna
    self.volga = volga
  }

  /// Dollars for one point (0.01) of volatility.
  public var vegaPerPoint: Double { vega / 100 }
  /// Dollars for one day, a 365th of a year.
  public var thetaPerDay: Double { theta / 365 }

  /// Dollars by which delta × index changes for a price move of 1 percent, with the index held in
  /// the product: gamma · index² / 100.
  public func dollarGammaPerPercent(atIndex index: Double) -> Double { gamma * index * index / 100 }

  public static let zero = Greeks()

  public static func + (a: Greeks, b: Greeks) -> Greeks {
    Greeks(
      delta: a.delta + b.delta, gamma: a.gamma + b.gamma, vega: a.vega + b.vega,
      theta: a.theta + b.theta, vanna: a.vanna + b.vanna, volga: a.volga + b.volga)
  }

  public static func += (a: inout Greeks, b: Greeks) { a = a + b }

  /// The Greeks of a signed quantity.
  public static func * (quantity: Double, a: Greeks) -> Greeks {
    Greeks(
      delta: quantity * a.delta, gamma: quantity * a.gamma, vega: quantity * a.vega,
      theta: quantity * a.theta, vanna: quantity * a.vanna, volga: quantity * a.volga)
  }
}
