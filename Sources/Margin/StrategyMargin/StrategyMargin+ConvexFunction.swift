public import Pricing

extension StrategyMargin {
  /// An upper bound of the margin as a convex function of trades.
  ///
  /// The least margin is not convex in whole contracts. The bound keeps the pairing of the book
  /// before the trades, in which it is exact, and adds what is traded: an option by itself, or a
  /// short option that is held alone together with one that may be bought against it, whose least
  /// margin over the two is max over the vertices of its dual. Trading against a leg of a strategy
  /// is charged with what the strategy's other legs need without it:
  /// any pairing of a part of the book with any of the rest needs no less than the least of all.
  ///
  /// - Precondition: `instruments` holds each instrument once.
  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    // Instruments that are not held come into the book with quantity zero, to be priced.
    let account = portfolio.adding(instruments.map { Position(0, $0) })
    let variables = TradeVariables(trading: instruments, on: portfolio)
    var parts: [ConvexFunction] = []
    for book in try books(of: account, in: market) {
      let shape = StrategyBookShape(
        book: book, pairing: try pairing(level, of: book),
        rules: try rules(
          level, of: book,
          legs: book.legs.map { variables.slot(of: $0.name) == nil ? $0 : $0.asPurchase }),
        multiplier: profile.multiplier, variables: variables)
      parts += shape.functions()
    }
    return MarginFunction(
      .sum(parts),
      relation: .upperBound(
        reason: "trades form no new strategies of more than two legs, and break those that are held"
      ))
  }
}

extension StrategyLeg {
  /// The leg as if it were bought, which a profile may refuse.
  fileprivate var asPurchase: StrategyLeg {
    var leg = self
    if leg.holding != .stock { leg.quantity = max(1, abs(quantity)) }
    return leg
  }
}

/// The legs on one underlying with the pairing before the trades; amounts are for one unit of it.
private struct StrategyBookShape {
  private let book: StrategyMargin.Book
  private let rules: StrategyRules
  private let variables: TradeVariables
  /// The strategies of several legs, and the shares.
  private var held = 0.0
  /// Units that stand alone, by leg.
  private var alone: [Double]
  /// Legs that are short in a strategy: bought, they break it and cover nothing.
  private var isShortInStrategy: Set<Int> = []
  /// What one unit bought or sold needs, by leg.
  private var bought: [Double]
  private var sold: [Double]

  init(
    book: StrategyMargin.Book, pairing: StrategyPairing, rules: StrategyRules, multiplier: Double,
    variables: TradeVariables
  ) {
    (self.book, self.rules, self.variables) = (book, rules, variables)
    alone = book.legs.map { _ in 0 }
    func charges(isLong: Bool) -> [Double] {
      book.legs.map {
        rules.charge(of: LegSeries($0.holding, isLong: isLong, price: $0.price)).amount
      }
    }
    let (long, short) = (charges(isLong: true), charges(isLong: false))
    (bought, sold) = (long, short)
    // The pairing leaves out legs of quantity zero.
    let places = book.legs.indices.filter { book.legs[$0].quantity != 0 }
    for part in pairing.parts {
      let members = part.legs.map { (place: places[$0.index], count: Double($0.count)) }
      let first = members[0].place
      if members.count == 1, book.legs[first].holding != .stock {
        let sign = book.legs[first].quantity > 0 ? 1.0 : -1
        alone[first] = sign * Double(part.count) * multiplier
        continue
      }
      held += part.requirement.amount
      // A trade against a leg costs at most what the other legs need alone beyond the strategy.
      let charge = part.requirement.amount / (Double(part.count) * multiplier)
      let singles = members.map {
        book.legs[$0.place].quantity > 0 ? long[$0.place] : short[$0.place]
      }
      let separate = zip(singles, members).reduce(0) { $0 + $1.0 * $1.1.count }
      for (single, member) in zip(singles, members) {
        let price = separate - single - charge
        if book.legs[member.place].quantity > 0 {
          sold[member.place] = max(sold[member.place], price)
        } else {
          bought[member.place] = max(bought[member.place], price)
          isShortInStrategy.insert(member.place)
        }
      }
    }
  }

  func functions() -> [ConvexFunction] {
    var parts: [ConvexFunction] = [.constant(held)]
    var paired: Set<Int> = []
    for (short, long, charge) in covers() {
      paired.formUnion([short, long])
      parts.append(pair(short, long, charge: charge))
    }
    for i in book.legs.indices where !paired.contains(i) && book.legs[i].holding != .stock {
      let units = units(of: i)
      parts.append(.maximum([.affine(bought[i] * units), .affine(-sold[i] * units)]))
    }
    return parts
  }

  /// The units of a leg that stand alone after the trades.
  private func units(of i: Int) -> AffineFunction {
    let slot = variables.slot(of: book.legs[i].name)
    return AffineFunction(coefficient: slot == nil ? 0 : 1, of: slot ?? 0, constant: alone[i])
  }

  /// Short options held alone, each with the option that covers it best and may be traded, the
  /// largest saving first.
  private func covers() -> [(short: Int, long: Int, charge: Double)] {
    let series = book.legs.map { ($0, LegSeries($0)) }
    var found: [(saving: Double, short: Int, long: Int, charge: Double)] = []
    for (i, short) in series.enumerated() where alone[i] < 0 {
      for (j, long) in series.enumerated()
      where j != i && variables.slot(of: long.0.name) != nil && long.1.right == short.1.right
        && long.1.expiry >= short.1.expiry && !isShortInStrategy.contains(j)
      {
        let cover = LegSeries(long.0.holding, isLong: true, price: long.0.price)
        let charge = rules.spread([(short.1, 1), (cover, 1)]).amount
        let saving = sold[i] + rules.charge(of: cover).amount - charge
        if saving > 0 { found.append((saving, i, j, charge)) }
      }
    }
    var used: Set<Int> = []
    return found.sorted { ($1.saving, $0.short, $0.long) < ($0.saving, $1.short, $1.long) }
      .filter { candidate in
        guard used.isDisjoint(with: [candidate.short, candidate.long]) else { return false }
        used.formUnion([candidate.short, candidate.long])
        return true
      }.map { ($0.short, $0.long, $0.charge) }
  }

  /// The least margin of a short option and its cover, alone or as spreads: the largest of
  /// π·units over the vertices of −sold ≤ π ≤ bought, π_long − π_short ≤ charge.
  private func pair(_ short: Int, _ long: Int, charge: Double) -> ConvexFunction {
    // A spread and the sale of its long leg are a short option, and must not need less than it does.
    let s = -sold[short]...max(bought[short], bought[long] - charge)
    let l = -max(sold[long], sold[short] - charge)...bought[long]
    var vertices: [(short: Double, long: Double)] = []
    for π in [s.lowerBound, s.upperBound] {
      vertices += [l.lowerBound, l.upperBound].filter { $0 - π <= charge }.map { (π, $0) }
      if l.contains(π + charge) { vertices.append((π, π + charge)) }
    }
    for π in [l.lowerBound, l.upperBound] where s.contains(π - charge) {
      vertices.append((π - charge, π))
    }
    let (unitsShort, unitsLong) = (units(of: short), units(of: long))
    return .maximum(
      vertices.map { .sum([.affine($0.short * unitsShort), .affine($0.long * unitsLong)]) })
  }
}
