/// Why a smile or a surface of implied volatilities could not be fitted or made.
public enum SurfaceError: Error, Sendable, Hashable {
  /// There are fewer different strikes than a slice has parameters.
  case tooFewStrikes(found: Int, needed: Int)
  /// Lists that must be equally long are not.
  case sizes(String, expected: Int, found: Int)
  /// A number lies outside its domain, which `reason` states.
  case outOfRange(String, value: Double, reason: String)
  /// Two slices have one expiry.
  case repeatedExpiry(time: Double)
  /// There is no slice, for the reasons given of each expiry.
  case noSlices(underlying: String, reasons: [String])
}

extension SurfaceError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooFewStrikes(let found, let needed):
      "\(found) different strikes are too few; a slice of 5 parameters needs at least \(needed)"
    case .sizes(let what, let expected, let found): "\(what): expected \(expected), found \(found)"
    case .outOfRange(let what, let value, let reason): "\(what) is \(value); \(reason)"
    case .repeatedExpiry(let time): "two slices have the expiry in \(time) years"
    case .noSlices(let underlying, let reasons):
      reasons.isEmpty
        ? "the market has no options on \(underlying)"
        : "no expiry of \(underlying) could be fitted: \(reasons.joined(separator: "; "))"
    }
  }
}
