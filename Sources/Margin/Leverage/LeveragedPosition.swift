public import Pricing

/// A position in a perpetual or a future, from where it was entered.
///
/// A linear contract is counted in coins and settled in dollars; an inverse one in contracts of one
/// dollar and settled in coins: its result at price P is Q (1/E − 1/P). Amounts are in what it is
/// settled in, its margin currency.
public struct LeveragedPosition: Sendable, Hashable {
  public var settlement: Instrument.Settlement
  /// Coins of a linear contract, dollars of an inverse one; long > 0.
  public var quantity: Double
  public var entryPrice: Double

  /// - Precondition: The quantity is finite and not zero, the entry price positive and finite.
  public init(_ settlement: Instrument.Settlement, quantity: Double, entryPrice: Double) {
    precondition(quantity.isFinite && quantity != 0, "A position is a finite quantity, not zero.")
    precondition(entryPrice > 0 && entryPrice.isFinite, "An entry price is positive and finite.")
    (self.settlement, self.quantity, self.entryPrice) = (settlement, quantity, entryPrice)
  }

  public var isLong: Bool { quantity > 0 }

  /// |q| P, or |Q| / P, in the margin currency.
  public func notional(at price: Double) -> Double {
    settlement == .linear ? abs(quantity) * price : abs(quantity) / price
  }

  /// Unrealized result in the margin currency.
  public func profit(at price: Double) -> Double {
    switch settlement {
    case .linear: quantity * (price - entryPrice)
    case .inverse: quantity * (1 / entryPrice - 1 / price)
    }
  }

  /// What a funding payment takes from the position, in the margin currency; negative where it is
  /// received. Longs pay where the rate is positive.
  public func funding(rate: Double, at price: Double) -> Double {
    (isLong ? 1 : -1) * rate * notional(at: price)
  }

  /// Where a price ends a position.
  public enum Trigger: Sendable, Hashable {
    case price(Double)
    /// No price does: the margin covers every loss.
    case never
    /// The margin does not suffice at any price.
    case always

    public var price: Double? { if case .price(let price) = self { price } else { nil } }
  }

  /// The price at which margin and result equal maintenance margin and the fee of closing.
  ///
  /// With N the notional, margin + profit = c ± N with c constant, + for linear longs and inverse
  /// shorts. So N solves an equation that is piecewise linear and monotone: N − MM(N) − fN = −c, or
  /// N + MM(N) + fN = c. One bracket is consistent, found by bisection over the brackets' floors.
  ///
  /// - Parameters:
  ///   - margin: what backs the position, in the margin currency: its own margin if isolated, else
  ///     the account's equity without this position less the other positions' maintenance margin.
  ///   - brackets: over notionals in the margin currency.
  ///   - feeRate: of the notional at closing.
  /// - Precondition: The margin is finite; 0 ≤ feeRate, and feeRate and the rates sum to less than 1.
  /// - Complexity: O(log brackets).
  public func liquidationPrice(
    margin: Double, brackets: LeverageBrackets, feeRate: Double = 0
  ) -> Trigger {
    precondition(margin.isFinite, "The margin of a position is a finite number.")
    precondition(
      feeRate >= 0 && feeRate + (brackets.brackets.last?.maintenanceRate ?? 0) < 1,
      "Maintenance and fee together are less than the whole notional.")
    let entry = notional(at: entryPrice)
    let rises = isLong == (settlement == .linear)
    let notional: Double
    if rises {
      let missing = entry - margin
      if missing <= 0 { return .never }
      notional = brackets.notional(reaching: missing, sign: -1, feeRate: feeRate)
    } else {
      let cover = entry + margin
      if cover <= 0 { return .always }
      notional = brackets.notional(reaching: cover, sign: 1, feeRate: feeRate)
    }
    let price = settlement == .linear ? notional / abs(quantity) : abs(quantity) / notional
    return .price(price)
  }

  /// The price at which nothing of the margin is left.
  public func bankruptcyPrice(margin: Double) -> Trigger {
    liquidationPrice(
      margin: margin, brackets: LeverageBrackets(maintenanceRate: 0, maximumLeverage: 1))
  }
}
