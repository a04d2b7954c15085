extension DeriveStandardMargin {
  /// The floor of the requirement over several underlyings: one choice for each expiry.
  ///
  /// It meets the rule where no oracle's confidence depends on what is held, and where no net calls are sold
  /// or the highest strike is held by whatever is not traded.
  static func floor(of shapes: [DeriveStandardShape], _ level: MarginLevel) -> MarginFloor {
    var starts = [0]
    for shape in shapes { starts.append(starts[starts.count - 1] + shape.expiryCount) }
    return MarginFloor(
      choices: shapes.flatMap { shape in
        shape.book.market.expiries.map {
          .init("\(shape.book.market.underlying) options \($0.label)", count: 2)
        }
      }
    ) { [starts] decisions, _, _ in
      .sum(
        zip(shapes, starts).map { shape, start in
          shape.floor(level, deciding: Array(decisions[start..<(start + shape.expiryCount)]))
        })
    }
  }
}

extension DeriveStandardShape {
  var expiryCount: Int { book.market.expiries.count }

  /// - Parameter decisions: for each expiry 0 where each short counts by itself, 1 where the greatest loss
  ///   does, nil for whichever is less.
  fileprivate func floor(
    _ level: MarginLevel, deciding decisions: MarginFloor.Decisions
  ) -> ConvexFunction {
    requirement(level, confidence: certain) { e in
      switch decisions[e] {
      case 0: isolated(e, level)
      case 1: .maximum(losses(e, level) + [.constant(0), unpaired(e, level)])
      default: lesser(e, level)
      }
    }
  }

  /// The options of an expiry that are held whatever is traded.
  private func certain(_ e: Int) -> [Int] {
    book.market.expiries[e].options.indices.filter {
      slots.slot(e, $0) == nil && book.market.expiries[e].options[$0].quantity != 0
    }
  }

  /// The lowest price that the highest strike held can be while net calls are sold.
  private func lowestReach(_ e: Int) -> Double {
    let options = book.market.expiries[e].options
    let calls = options.indices.filter { options[$0].right == .call }.map { options[$0].strike }
    return max(calls.min() ?? 0, certain(e).map { options[$0].strike }.max() ?? 0)
  }

  /// Net calls sold beyond a price p add p − K to the loss there, K the highest strike held, which is at
  /// least `lowestReach`: L(p) + (rate − (p − K)⁺) · net calls sold is not above the rule, and convex while the
  /// bracket is positive.
  private func losses(_ e: Int, _ level: MarginLevel) -> [ConvexFunction] {
    shaded(e, level).map { price, rate in
      let loss = loss(e, at: price)
      return rate > 0 ? .sum([loss, netCallsSold(e, times: rate)]) : loss
    }
  }

  /// Prices with what a net call sold is charged there at least.
  private func shaded(_ e: Int, _ level: MarginLevel) -> [(price: Double, rate: Double)] {
    let expiry = book.market.expiries[e]
    let (rate, reach) = (book.unpairedRate(expiry, level), lowestReach(e))
    return DeriveStandardBook.prices(expiry.options)
      .map { ($0, rate - max(0, $0 - reach)) }.filter { $0.1 >= 0 }
  }

  private func loss(_ e: Int, at price: Double) -> ConvexFunction {
    let options = book.market.expiries[e].options
    return .affine(slots.linear(e, options.indices) { -options[$0].payoff(at: price) })
  }

  private func netCallsSold(_ e: Int, times rate: Double) -> ConvexFunction {
    let options = book.market.expiries[e].options
    let calls = options.indices.filter { options[$0].right == .call }
    return .positivePart(.affine(slots.linear(e, calls) { _ in -rate }))
  }

  private func unpaired(_ e: Int, _ level: MarginLevel) -> ConvexFunction {
    netCallsSold(e, times: book.unpairedRate(book.market.expiries[e], level))
  }

  /// A function below both requirements of an expiry.
  ///
  /// A loss L(p) with a rate c on net calls sold is at most Σ (payoff(p) + c) · short, so that it, times
  /// θ = min unit / (payoff(p) + c) over the options that are sold by themselves for `unit`, is below both.
  private func lesser(_ e: Int, _ level: MarginLevel) -> ConvexFunction {
    let expiry = book.market.expiries[e]
    let units = expiry.options.map { book.isolatedUnit($0, in: expiry, level) }
    func share(_ price: Double?, _ rate: Double) -> Double {
      zip(expiry.options, units).reduce(1) { least, option in
        let most =
          (price.map { option.0.payoff(at: $0) } ?? 0) + (option.0.right == .call ? rate : 0)
        return most > 0 ? min(least, option.1 / most) : least
      }
    }
    var parts: [ConvexFunction] = [.constant(0)]
    for (price, rate) in shaded(e, level) {
      let loss = loss(e, at: price)
      parts.append(.scaled(share(price, 0), loss))
      if rate > 0 {
        parts.append(
          .scaled(share(price, rate), .sum([loss, netCallsSold(e, times: rate)])))
      }
    }
    let rate = book.unpairedRate(expiry, level)
    parts.append(.scaled(share(nil, rate), netCallsSold(e, times: rate)))
    return .maximum(parts)
  }
}
