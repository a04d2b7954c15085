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
    case .mixedSettlement(let pool, let profile):
      "margin profile '\(profile)': the pool \(pool) holds contracts settled in coins and "
        + "contracts settled in dollars, whose P&L cannot be added in what they settle in; set "
        + "\"unit\" to dollars or \"pool\" to settlementCurrency"
    }
  }
}
