import LinearAlgebra
import Pricing
import Simulation

extension HistoricalMargin {
  /// A charge on top of market risk, as convex functions of trades, one for each part.
  struct AddOn {
    let name: String
    let parts: [(name: String, function: ConvexFunction)]
  }

  /// The add-ons of the profile for a book and trades.
  func addOns(
    to portfolio: Portfolio, trading instruments: [Instrument], in market: Market
  ) throws -> [AddOn] {
    let book = AddOnBook(
      variables: TradeVariables(trading: instruments, on: portfolio), market: market)
    var addOns: [AddOn] = []
    if let rule = profile.concentration {
      addOns.append(AddOn(name: "concentration", parts: try book.concentration(rule, profile.name)))
    }
    if let rule = profile.liquidity {
      addOns.append(AddOn(name: "liquidity", parts: try book.liquidity(rule)))
    }
    if let jumps = profile.jumps {
      addOns.append(AddOn(name: "jumps", parts: try jumps.map { try book.loss(in: $0) }))
    }
    return addOns
  }
}

private struct AddOnBook {
  let variables: TradeVariables
  let market: Market

  /// Σ value · (held + traded).
  private func linear(
    _ members: [Instrument], _ value: (Instrument) throws -> Double
  ) throws -> AffineFunction {
    variables.linear(try members.map { ($0, try value($0)) })
  }

  /// Σ rate · max(0, |Δ| − multiple · volume) · index for each underlying.
  func concentration(
    _ rule: HistoricalMarginProfile.Concentration, _ profile: String
  ) throws -> [(name: String, function: ConvexFunction)] {
    try Dictionary(grouping: variables.all, by: \.underlying).sorted { $0.key < $1.key }.map {
      underlying, members in
      guard let volume = rule.dailyVolumes[underlying] else {
        throw MarginError.underlyingNotCovered(
          underlying, profile: profile, covered: Array(rule.dailyVolumes.keys))
      }
      let index = try market.indexPrice(of: underlying)
      let delta = try linear(members) { try market.quote(for: $0).greeks(at: market.time).delta }
      let excesses = rule.brackets.map { bracket in
        ConvexFunction.scaled(
          bracket.rate * index,
          .positivePart(.sum([.absolute(delta), .constant(-bracket.multiple * volume)])))
      }
      return (underlying, .sum(excesses))
    }
  }

  /// |q| times the half spreads that closing costs, for each instrument.
  func liquidity(
    _ rule: HistoricalMarginProfile.Liquidity
  ) throws -> [(name: String, function: ConvexFunction)] {
    try variables.all.map { instrument in
      let quote = try market.quote(for: instrument)
      let index = try market.indexPrice(of: instrument.underlying)
      var half = rule.unquotedRate * index
      if let bid = quote.dollarBid, let ask = quote.dollarAsk {
        guard bid.isFinite && ask.isFinite else {
          throw MarginError.notFinite("the spread of \(instrument.name)", value: ask - bid)
        }
        half = max(0, ask - bid) / 2
      }
      let cost = half * rule.halfSpreads
      return (instrument.name, .absolute(try linear([instrument]) { _ in cost }))
    }
  }

  /// share · max(0, loss in the jump).
  func loss(
    in jump: HistoricalMarginProfile.Jump
  ) throws -> (name: String, function: ConvexFunction) {
    let members = variables.all.filter { $0.underlying == jump.underlying }
    let gains = try Revaluation.profitAndLoss(
      of: members, under: [MarketShock(priceMove: jump.move)], in: market)
    let byName = Dictionary(
      uniqueKeysWithValues: members.enumerated().map { ($1.name, gains[0, $0]) })
    let loss = try linear(members) { -(byName[$0.name] ?? 0) }
    return (
      "\(jump.underlying) \(jump.move * 100) %", .scaled(jump.share, .positivePart(.affine(loss)))
    )
  }
}
