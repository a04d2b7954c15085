import Pricing

/// An account whose positions share one balance.
public struct CrossMarginAccount: Sendable, Hashable {
  /// A position with its mark and the brackets that margin it, over notionals in its margin
  /// currency.
  public struct Holding: Sendable, Hashable {
    public var position: LeveragedPosition
    public var mark: Double
    public var brackets: LeverageBrackets
    /// The leverage chosen; nil for the largest of the bracket.
    public var leverage: Double?

    /// - Precondition: The mark is positive and finite.
    public init(
      _ position: LeveragedPosition, mark: Double, brackets: LeverageBrackets,
      leverage: Double? = nil
    ) {
      precondition(mark > 0 && mark.isFinite, "A mark is a positive finite price.")
      self.position = position
      self.mark = mark
      self.brackets = brackets
      self.leverage = leverage
    }

    public var notional: Double { position.notional(at: mark) }
    public var profit: Double { position.profit(at: mark) }
    public var maintenanceMargin: Double { brackets.maintenanceMargin(of: notional) }
    public var initialMargin: Double {
      brackets.initialMargin(of: notional, leverage: leverage)
    }
  }

  /// Of all positions, in the margin currency.
  public var balance: Double
  public var holdings: [Holding]
  /// Of the notional, charged where a position is closed in liquidation.
  public var liquidationFeeRate: Double

  /// - Precondition: All positions are settled alike; inverse ones are on one coin. The balance is
  ///   finite.
  public init(balance: Double, holdings: [Holding], liquidationFeeRate: Double = 0) {
    precondition(balance.isFinite, "A balance is a finite number.")
    precondition(
      Set(holdings.map(\.position.settlement)).count <= 1,
      "Positions settled in coins and in dollars share no balance.")
    self.balance = balance
    self.holdings = holdings
    self.liquidationFeeRate = liquidationFeeRate
  }

  public var equity: Double { holdings.reduce(balance) { $0 + $1.profit } }
  public var initialMargin: Double { holdings.reduce(0) { $0 + $1.initialMargin } }
  public var maintenanceMargin: Double { holdings.reduce(0) { $0 + $1.maintenanceMargin } }

  /// Equity over maintenance margin; below 1 the account is liquidated. Infinite without positions.
  public var marginRatio: Double {
    maintenanceMargin > 0 ? equity / maintenanceMargin : .infinity
  }

  /// The price of one position at which the account's equity meets maintenance margin and fee of
  /// closing it, the other marks unchanged.
  ///
  /// - Precondition: `index` is that of a holding.
  public func liquidationPrice(of index: Int) -> LeveragedPosition.Trigger {
    var margin = balance
    for (i, other) in holdings.enumerated() where i != index {
      margin += other.profit - other.maintenanceMargin
    }
    return holdings[index].position.liquidationPrice(
      margin: margin, brackets: holdings[index].brackets, feeRate: liquidationFeeRate)
  }

  /// The price of one position at which the account's equity is zero, the other marks unchanged.
  public func bankruptcyPrice(of index: Int) -> LeveragedPosition.Trigger {
    var margin = balance
    for (i, other) in holdings.enumerated() where i != index { margin += other.profit }
    return holdings[index].position.bankruptcyPrice(margin: margin)
  }

  /// The account after a funding payment at the marks.
  ///
  /// - Parameter rates: of each holding; longs pay where positive.
  public func payingFunding(_ rates: [Double]) -> CrossMarginAccount {
    precondition(rates.count == holdings.count, "Funding has one rate for each position.")
    var account = self
    for (rate, holding) in zip(rates, holdings) {
      account.balance -= holding.position.funding(rate: rate, at: holding.mark)
    }
    return account
  }
}
