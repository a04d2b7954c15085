/// A distribution on the line that knows its quantiles in both tails: what a copula needs of a
/// marginal.
public protocol UnivariateDistribution: Sendable {
  /// The value that a probability `p` in [0, 1] lies at or below.
  func quantile(_ p: Double) -> Double

  /// The value that a probability `tail` in [0, 1] lies above: the quantile of 1 − `tail`.
  func quantile(complement tail: Double) -> Double
}

extension UnivariateDistribution {
  /// The quantile of 1 − `tail`, without more digits than that has.
  public func quantile(complement tail: Double) -> Double { quantile(1 - tail) }
}

extension NormalDistribution: UnivariateDistribution {}
extension StudentT: UnivariateDistribution {}

/// A distribution given by its quantile function alone, as of an empirical sample.
public struct QuantileFunction: UnivariateDistribution {
  private let function: @Sendable (Double) -> Double

  /// The distribution whose quantile of p in (0, 1) is `function(p)`.
  public init(_ function: @escaping @Sendable (Double) -> Double) { self.function = function }

  /// The quantile as the function gives it.
  public func quantile(_ p: Double) -> Double { function(p) }
}
