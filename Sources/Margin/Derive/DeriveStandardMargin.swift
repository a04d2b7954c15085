/// Derive's Standard Manager: short options by themselves or an expiry by its greatest loss,
/// whichever asks for less, and a share of the notional of perpetuals.
///
/// For each expiry, with a the short quantity of each option, u what one short option needs (its
/// mark included) and w what the expiry pays,
///
///     options = min(Σ u a, max over prices p ∈ {0, strikes} of max(−w(p), 0) + scale · F · (net calls sold)⁺).
///
/// Initial margin adds charges for oracles of low confidence and for a stable coin below its peg;
/// collateral in the underlying counts for a share of its value, as a negative requirement. The
/// *requirement* is that; the venue's *net* margin is cash and unrealized results less the
/// requirement: long options count for nothing.
///
/// Source: the manager's published behaviour, v2-core at 7736900d; verified against its test
/// results, see the package's validation document.
public struct DeriveStandardMargin: Sendable {
  public var profile: DeriveStandardMarginProfile

  public init(profile: DeriveStandardMarginProfile) { self.profile = profile }

  public var name: String { profile.name }

  /// The exact requirement of an account, in dollars, as an explained tree.
  ///
  /// - Throws: `MarginError` where a figure of the account or the profile makes no sense, or the
  ///   profile does not cover it.
  public func margin(
    _ level: MarginLevel, on account: DeriveAccount
  ) throws(MarginError) -> MarginRequirement {
    requirement(level, of: try books(of: account))
  }

  /// Cash and unrealized results less the requirement, in dollars: the venue's net margin, which
  /// must not be negative.
  ///
  /// - Throws: as ``margin(_:on:)``.
  public func netMargin(
    _ level: MarginLevel, of account: DeriveAccount
  ) throws(MarginError) -> MarginRequirement {
    let requirement = try margin(level, on: account)
    let unrealized = account.markets.map {
      MarginRequirement(
        "perpetual on \($0.underlying)",
        $0.perpetual.unrealizedProfit + $0.perpetual.unrealizedFunding)
    }
    return net(level, cash: account.cash, values: unrealized, less: requirement)
  }

  /// The account by underlying.
  func books(of account: DeriveAccount) throws(MarginError) -> [DeriveStandardBook] {
    try profile.requireNoFault()
    try account.requireSensibleNumbers()
    var books: [DeriveStandardBook] = []
    for market in account.markets {
      let parameters = try profile.parameters(of: market.underlying)
      if let other = market.collaterals.first(where: { !$0.cancelsRisk }) {
        throw .instrumentNotCovered(
          "the collateral \(other.name)", profile: name,
          reason: "it takes cash and the underlying only")
      }
      books.append(
        DeriveStandardBook(
          market: market, parameters: parameters, stablePrice: account.stablePrice))
    }
    return books
  }
}
