/// Why a methodology cannot say what margin a book needs.
public enum MarginError: Error, Sendable, Hashable {
  /// A profile cannot be used: its name, the field at fault, and what is wrong with it.
  case profile(String, field: String, reason: String)
  /// The profile has no parameters for an underlying of the book.
  case underlyingNotCovered(String, profile: String, covered: [String])
  /// The book reaches a part of the rule whose formula could not be verified.
  case unverifiedRule(String, profile: String)
  /// The scenarios lack an underlying of the book.
  case noScenarios(underlying: String)
  /// A number that enters the margin is NaN or infinite: what it is, and its value.
  case notFinite(String, value: Double)
  /// A number that enters the margin is outside of what the rule takes: what it is, its value, the
  /// range.
  case outOfRange(String, value: Double, allowed: ClosedRange<Double>)
  /// The rule does not know an instrument of the book, for the reason given.
  case instrumentNotCovered(String, profile: String, reason: String)
  /// Contracts settled in coins and contracts settled in dollars share a pool whose P&L is counted
  /// in what they settle in: the sum would have no unit.
  case mixedSettlement(pool: String, profile: String)
}

extension MarginError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .profile(let profile, let field, let reason):
      "margin profile '\(profile)': \(field): \(reason)"
    case .underlyingNotCovered(let underlying, let profile, let covered):
      "margin profile '\(profile)' has no parameters for \(underlying) "
        + "(it covers \(covered.sorted().joined(separator: ", "))); add them to the profile"
    case .unverifiedRule(let rule, let profile):
      "margin profile '\(profile)': \(rule); its formula is not published in full, "
        + "so no margin is computed rather than a guessed one"
    case .noScenarios(let underlying): "the scenarios do not move \(underlying)"
    case .notFinite(let what, let value): "\(what) is \(value); it must be a finite number"
    case .outOfRange(let what, let value, let range):
      "\(what) is \(value); it must be from \(range.lowerBound) to \(range.upperBound)"
    case .instrumentNotCovered(let instrument, let profile, let reason):
      "margin profile '\(profile)' does not cover \(instrument): \(reason)"
    case .mixedSettlement(let pool, let profile):
      "margin profile '\(profile)': the pool \(pool) holds contracts settled in coins and "
        + "contracts settled in dollars, whose P&L cannot be added in what they settle in; set "
        + "\"unit\" to dollars or \"pool\" to settlementCurrency"
    }
  }
}
