public import RiskModels

/// What is wrong with scenarios, shocks or losses that cannot be used.
public enum SimulationError: Error, Sendable, Hashable {
  /// There is nothing to work on: no losses, no scenarios, no observations.
  case empty(String)
  /// A value is NaN or infinite: what it is, and its 0-based place.
  case notFinite(String, at: Int, value: Double)
  /// A relative price move is −1 or less: a price would be zero or negative.
  case moveBelowMinusOne(String, at: Int, value: Double)
  /// Two sizes that must agree do not.
  case size(String, expected: Int, found: Int)
  /// A number lies outside its domain, which `reason` states.
  case outOfRange(String, value: Double, reason: String)
  /// The market quotes the option without an implied volatility.
  case noVolatility(String)
  /// An instrument's underlying is not among those of the scenarios.
  case underlyingNotSimulated(String, instrument: String)
  /// A computation did not reach its accuracy: what, and the relative error that was left.
  case notConverged(String, error: Double)
  /// The history has no column for a factor that is needed.
  case unknownFactor(String)
  /// The volatility of a factor could not be estimated.
  case volatility(of: String, VolatilityError)
}

extension SimulationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty(let what): "there are no \(what)"
    case .notFinite(let what, let place, let value):
      "\(what) \(place) is \(value); it must be finite"
    case .moveBelowMinusOne(let what, let place, let value):
      "\(what) \(place) is \(value); a relative move must be greater than −1"
    case .size(let what, let expected, let found):
      "\(what): expected \(expected), found \(found)"
    case .outOfRange(let what, let value, let reason): "\(what) is \(value); \(reason)"
    case .noVolatility(let name):
      "the quote of \(name) has no implied volatility; an option cannot be revalued without one"
    case .underlyingNotSimulated(let underlying, let instrument):
      "the scenarios do not move \(underlying), the underlying of \(instrument)"
    case .notConverged(let what, let error):
      "the \(what) did not converge: a relative error of about \(error) is left"
    case .unknownFactor(let name): "the history has no factor '\(name)'"
    case .volatility(let name, let error): "the volatility of \(name): \(error)"
    }
  }
}
