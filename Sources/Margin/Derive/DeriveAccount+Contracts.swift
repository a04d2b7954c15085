extension DeriveAccount {
  /// Where a contract of an account stands.
  public enum Contract: Sendable, Hashable {
    case option(market: Int, expiry: Int, option: Int)
    case perpetual(market: Int)
  }

  /// The contracts of the account, market by market: the options by expiry, then the perpetual.
  public var contracts: [Contract] {
    markets.enumerated().flatMap { m, market in
      market.expiries.enumerated().flatMap { e, expiry in
        expiry.options.indices.map { Contract.option(market: m, expiry: e, option: $0) }
      } + [.perpetual(market: m)]
    }
  }

  /// The account after trades at the mark, one for each of ``contracts``; cash stays as it is.
  ///
  /// - Precondition: there is one trade for each contract.
  public func adding(_ trades: [Double]) -> DeriveAccount {
    let contracts = contracts
    precondition(
      trades.count == contracts.count,
      "An account of \(contracts.count) contracts needs as many trades, not \(trades.count).")
    var sum = self
    for (contract, trade) in zip(contracts, trades) {
      switch contract {
      case .option(let m, let e, let o):
        sum.markets[m].expiries[e].options[o].quantity += trade
      case .perpetual(let m): sum.markets[m].perpetual.quantity += trade
      }
    }
    return sum
  }
}

extension DeriveAccount.Market {
  var contractCount: Int { expiries.reduce(1) { $0 + $1.options.count } }
}
