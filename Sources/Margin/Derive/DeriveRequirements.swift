/// What the rules of Derive have in common: a requirement summed over the underlyings of an account, and
/// what is left of the account beyond it.
protocol DeriveRule {
  associatedtype Book: DeriveRequiringBook
  var name: String { get }
  /// The account by underlying.
  func books(of account: DeriveAccount) throws(MarginError) -> [Book]
}

/// An account on one underlying, ready to be charged.
protocol DeriveRequiringBook {
  func requirement(_ level: MarginLevel) -> MarginRequirement
}

extension DeriveRule {
  func requirement(_ level: MarginLevel, of books: [Book]) -> MarginRequirement {
    MarginRequirement(
      "\(name): \(level.rawValue) margin", .sum, of: books.map { $0.requirement(level) })
  }

  /// Cash and the values that count, less the requirement.
  func net(
    _ level: MarginLevel, cash: Double, values: [MarginRequirement],
    less requirement: MarginRequirement
  ) -> MarginRequirement {
    MarginRequirement(
      "net \(level.rawValue) margin", .sum,
      of: [MarginRequirement("cash", cash)] + values
        + [MarginRequirement("less the requirement", .scaled(by: -1), of: [requirement])])
  }
}

extension DerivePortfolioMargin: DeriveRule {}
extension DeriveStandardMargin: DeriveRule {}
extension DeriveScenarioBook: DeriveRequiringBook {}
extension DeriveStandardBook: DeriveRequiringBook {}
