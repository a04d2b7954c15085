import Pricing

/// Derive's portfolio margin (formerly Lyra v2): the worst of a list of scenarios with options
/// revalued by Black-76 and discounted statically, and contingencies on top.
///
/// For each underlying, with V the mark and Y the value of an expiry under a shock, d the static
/// discount by the sign of Y and w the dampening of a scenario,
///
///     loss of a scenario  = w (perpetual and collateral at the moved spot + Σ_e (V_e − d(Y_e) Y_e)),
///     loss of a skew      = w Σ_e |d(Y_e) Y_e − V_e|,
///     forward contingency = Σ_e (a + b T_e) max(V_e − Y_e(up), V_e − Y_e(down), 0),
///
/// and L the largest of them, never negative since the forward contingency is not. C are the
/// charges on the perpetual, on naked shorts and on collateral, K those for oracles of low
/// confidence, p the growth of the initial factor below the peg of the stable coin:
///
///     PMRM 1:  initial = (f + p)(L + C) + K,             maintenance = L + C,
///     PMRM 2:  initial = (f + p) L + C_m + C_i + K,      maintenance = m L + C_m.
///
/// The *requirement* is that, a positive number; the venue's *net* margin, which must not be
/// negative, is what the account is worth less the requirement: ``netMargin(_:of:)``.
///
/// Source: the managers' published behaviour, v2-core at 7736900d; verified against its test
/// results, see the package's validation document.
public struct DerivePortfolioMargin: Sendable {
  public var profile: DerivePortfolioMarginProfile
  /// The interest rate for every expiry of a book that is margined with a `Market`, which has none:
  /// a decimal per year, continuously compounded. Accounts carry their own.
  public var interestRate: Double

  public init(profile: DerivePortfolioMarginProfile, interestRate: Double = 0) {
    self.profile = profile
    self.interestRate = interestRate
  }

  public var name: String { profile.name }

  /// The exact requirement of an account, in dollars, as an explained tree.
  ///
  /// Where the account is on several underlyings each is margined by itself.
  ///
  /// - Throws: `MarginError` where a figure of the account or the profile makes no sense, or the
  ///   profile does not cover it.
  /// - Complexity: O(scenarios × options) valuations.
  public func margin(
    _ level: MarginLevel, on account: DeriveAccount
  ) throws(MarginError) -> MarginRequirement {
    requirement(level, of: try books(of: account))
  }

  /// What the account is worth less the requirement, in dollars: the venue's net margin, which must
  /// not be negative.
  ///
  /// - Throws: as ``margin(_:on:)``.
  public func netMargin(
    _ level: MarginLevel, of account: DeriveAccount
  ) throws(MarginError) -> MarginRequirement {
    let books = try books(of: account)
    return net(
      level, cash: account.cash, values: books.map(\.value), less: requirement(level, of: books))
  }

  /// The account by underlying, valued under every scenario.
  func books(of account: DeriveAccount) throws(MarginError) -> [DeriveScenarioBook] {
    try profile.requireNoFault()
    try account.requireSensibleNumbers()
    var books: [DeriveScenarioBook] = []
    for market in account.markets {
      books.append(
        try DeriveScenarioBook(market, under: profile, stablePrice: account.stablePrice))
    }
    return books
  }
}
