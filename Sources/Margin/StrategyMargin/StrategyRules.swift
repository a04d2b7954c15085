/// The charges of strategies on one underlying at one level, for one unit of it.
///
/// Longs are paid in full and shorts charged with what they are worth: the requirement is held
/// against cash, proceeds of sales included, and longs, before what is owed for shorts. Source:
/// FINRA Rule 4210(f)(2), Cboe margin manual.
struct StrategyRules {
  var parameters: StrategyMarginProfile.Parameters
  var level: MarginLevel
  /// Of the underlying.
  var price: Double
  /// Expiries from here on are charged `longTermRate`.
  var longTermStart = Double.infinity
  var longTermRate = 1.0

  private typealias Term = StrategyCharge.Term

  func charge(of leg: LegSeries) -> StrategyCharge {
    switch (leg.isStock, leg.isLong) {
    case (true, let isLong):
      StrategyCharge(
        terms: (isLong ? [] : [Term(name: "market value", amount: price)]) + [
          Term(name: "share of the market value", amount: stockRate(isLong: isLong) * price)
        ])
    case (false, true): StrategyCharge(terms: [premium(leg)])
    case (false, false):
      StrategyCharge(
        terms: [premium(leg)],
        alternatives: [
          Term(
            name: "share of the underlying less the out-of-the-money amount",
            amount: parameters.shortOption.rate * price - leg.outOfTheMoney(at: price)),
          Term(
            name: leg.right == .put ? "share of the strike" : "share of the underlying",
            amount: parameters.shortOption.minimumRate * (leg.right == .put ? leg.strike : price)),
        ])
    }
  }

  /// What must be paid for a long option, or is owed for a short one.
  private func premium(_ leg: LegSeries) -> Term {
    guard leg.isLong else { return Term(name: "premium", amount: leg.price) }
    let rate = leg.expiry >= longTermStart ? longTermRate : 1
    return Term(name: rate == 1 ? "premium, paid in full" : "premium", amount: rate * leg.price)
  }

  private func stockRate(isLong: Bool) -> Double {
    guard let stock = parameters.stock else { return 0 }
    switch level {
    case .initial: return stock.initial
    case .maintenance: return isLong ? stock.longMaintenance : stock.shortMaintenance
    }
  }

  /// Longs in full, and the greatest loss at expiry (FINRA Rule 4210(f)(2)(H), Notice 12-44).
  func spread(_ legs: [(leg: LegSeries, count: Int)]) -> StrategyCharge {
    StrategyCharge(
      terms: legs.filter { $0.leg.isLong }.map {
        let premium = premium($0.leg)
        return Term(name: premium.name, amount: premium.amount * Double($0.count))
      } + [Term(name: "greatest loss at expiry", amount: Self.greatestLoss(legs))])
  }

  /// The greatest loss of options over prices of the underlying, at the first expiry, longs that
  /// live on worth their intrinsic value; infinite where calls are sold without bound.
  static func greatestLoss(_ legs: [(leg: LegSeries, count: Int)]) -> Double {
    func loss(at price: Double) -> Double {
      legs.reduce(0) {
        $0
          + Double($1.leg.isLong ? -$1.count : $1.count) * $1.leg.intrinsicValue(at: price)
      }
    }
    let calls = legs.reduce(0) {
      $0 + ($1.leg.right == .call ? ($1.leg.isLong ? $1.count : -$1.count) : 0)
    }
    if calls < 0 { return .infinity }
    return legs.reduce(max(0, loss(at: 0))) { max($0, loss(at: $1.leg.strike)) }
  }

  /// The greater of the two requirements and the premium of the other side.
  func straddle(call: LegSeries, put: LegSeries) -> StrategyCharge {
    let (c, p) = (charge(of: call).amount, charge(of: put).amount)
    return StrategyCharge(
      terms: [
        Term(name: "premium of the other side", amount: c >= p ? put.price : call.price)
      ],
      alternatives: [
        Term(name: "requirement of the call", amount: c),
        Term(name: "requirement of the put", amount: p),
      ])
  }

  /// Shares valued at the strike at most, and what the call is in the money.
  func coveredCall(_ call: LegSeries) -> StrategyCharge {
    StrategyCharge(terms: [
      Term(name: "in-the-money amount", amount: call.intrinsicValue(at: price)),
      Term(
        name: "share of the stock, at the strike at most",
        amount: stockRate(isLong: true) * min(price, call.strike)),
    ])
  }

  /// The requirement of the short shares, and what the put is in the money.
  func coveredPut(_ put: LegSeries) -> StrategyCharge {
    StrategyCharge(terms: [
      Term(name: "market value", amount: price),
      Term(name: "share of the market value", amount: stockRate(isLong: false) * price),
      Term(name: "in-the-money amount", amount: put.intrinsicValue(at: price)),
    ])
  }

  /// Shares whose loss an option bounds, in maintenance: the lesser of a share of its strike with
  /// what it is out of the money, and the shares' own requirement.
  func protected(by option: LegSeries) -> StrategyCharge {
    StrategyCharge(
      terms: (option.right == .call ? [Term(name: "market value", amount: price)] : [])
        + [premium(option)],
      alternatives: [
        Term(
          name: "share of the strike and the out-of-the-money amount",
          amount: strikeRate * option.strike + option.outOfTheMoney(at: price)),
        Term(
          name: "share of the market value",
          amount: stockRate(isLong: option.right == .put) * price),
      ], takesLargest: false)
  }

  func collar(put: LegSeries, call: LegSeries) -> StrategyCharge {
    StrategyCharge(
      terms: [
        premium(put), Term(name: "in-the-money amount", amount: call.intrinsicValue(at: price)),
      ],
      alternatives: [
        Term(
          name: "share of the put's strike and its out-of-the-money amount",
          amount: strikeRate * put.strike + put.outOfTheMoney(at: price)),
        Term(name: "share of the call's strike", amount: stockRate(isLong: true) * call.strike),
      ], takesLargest: false)
  }

  /// Shares with a long and a short option at one strike that undo them.
  func conversion(long: LegSeries, short: LegSeries) -> StrategyCharge {
    StrategyCharge(
      terms: (long.right == .call ? [Term(name: "market value", amount: price)] : []) + [
        premium(long),
        Term(name: "in-the-money amount", amount: short.intrinsicValue(at: price)),
        Term(name: "share of the strike", amount: strikeRate * long.strike),
      ])
  }

  private var strikeRate: Double { parameters.stock?.protectedStrikeRate ?? 0 }
}
