internal import Pricing

/// Black (1976) values of one option in many states.
enum OptionValues {
  /// Values where forwards and volatilities differ; intrinsic where no time is left.
  static func fill(
    _ values: UnsafeMutableBufferPointer<Double>, forwards: UnsafeBufferPointer<Double>,
    volatilities: UnsafeBufferPointer<Double>, strike: Double, years: Double,
    right: Instrument.Right
  ) {
    for s in 0..<forwards.count {
      values[s] = value(
        forward: forwards[s], volatility: volatilities[s], strike: strike, years: years,
        right: right)
    }
  }

  static func value(
    forward: Double, volatility: Double, strike: Double, years: Double, right: Instrument.Right
  ) -> Double {
    Black76.value(
      of: right, forward: forward, strike: strike, volatility: volatility, time: years)
  }
}
