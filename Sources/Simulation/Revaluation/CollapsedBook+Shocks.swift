internal import Pricing
internal import LinearAlgebra

extension CollapsedBook {
  /// The losses of the book under shocks that move every underlying in the same way, in dollars, by full
  /// revaluation of what is left of it.
  ///
  /// - Throws: `SimulationError` for a shock that is not finite, a price move of −1 or less, or a
  ///   negative elapsed time.
  /// - Complexity: O(shocks · options left), in parallel over blocks of shocks.
  public func losses(under shocks: [MarketShock]) throws(SimulationError) -> [Double] {
    try Revaluation.check(shocks)
    let runs = Revaluation.runsOfEqualElapsed(in: shocks)
    let moves = shocks.map(\.priceMove)
    return scenarioBlocks(count: shocks.count, cost: optionCount) { rows, loss in
      moves.withUnsafeBufferPointer { moves in
        for run in runs {
          let part = run.clamped(to: rows)
          if part.isEmpty { continue }
          let local = (part.lowerBound - rows.lowerBound)..<(part.upperBound - rows.lowerBound)
          addProfitAndLoss(
            moves: .init(rebasing: moves[part]), shocks[part], into: .init(rebasing: loss[local]))
        }
      }
      for i in loss.indices { loss[i] = 0 - loss[i] }
    }
  }

  /// Adds the P&L under shocks of one elapsed time.
  private func addProfitAndLoss(
    moves: UnsafeBufferPointer<Double>, _ shocks: ArraySlice<MarketShock>,
    into result: UnsafeMutableBufferPointer<Double>
  ) {
    for underlying in underlyings {
      for i in moves.indices { result[i] += underlying.linear * moves[i] }
      for expiry in underlying.expiries {
        expiry.addProfitAndLoss(
          moves: moves, elapsed: shocks[shocks.startIndex].elapsed, into: result
        ) { term, volatilities in
          for (i, shock) in shocks.enumerated() {
            volatilities[i] = shock.volatility.shocked(term.volatility, days: 365 * expiry.years)
          }
        }
      }
    }
  }
}

extension ScenarioSet {
  /// The shocks as scenarios in which all underlyings move alike, or in words why they are none: of a
  /// scenario one horizon, one rule of terms and one number of volatility are known.
  static func representing(
    _ shocks: [MarketShock], underlyings: [String]
  ) throws(SimulationError) -> Result<ScenarioSet, NotRepresentable> {
    try Revaluation.check(shocks)
    guard let elapsed = shocks.first?.elapsed else { throw .empty("shocks") }
    if shocks.contains(where: { $0.elapsed != elapsed }) {
      return .failure(.init(reason: "the shocks differ in the time that passes"))
    }
    var levels: [Double] = []
    var rule: VolatilityTerm?
    for shock in shocks {
      var term: VolatilityTerm?
      switch shock.volatility {
      case .unchanged: levels.append(0)
      case .relative(let v):
        levels.append(v)
        term = .parallel
      case .termScaled(let v, let reference, let floor, let short, let long, let minimum):
        if minimum ?? 0 > 0 {
          return .failure(.init(reason: "the shocks hold volatilities above a least one"))
        }
        levels.append(v)
        term = VolatilityTerm(
          reference: reference, floorDays: floor, shortPower: short, longPower: long)
      }
      if let term, let rule, term != rule {
        return .failure(.init(reason: "the shocks spread over expiries by different rules"))
      }
      rule = term ?? rule
    }
    func repeated(_ column: [Double]) -> Matrix {
      Matrix(
        rows: column.count, columns: underlyings.count,
        elements: underlyings.flatMap { _ in column })
    }
    return .success(
      try ScenarioSet(
        underlyings: underlyings, spotReturns: repeated(shocks.map(\.priceMove)),
        volatilityReturns: rule.map { _ in repeated(levels) },
        volatilityTerm: rule ?? .parallel, horizon: elapsed))
  }

  /// Why shocks are no scenarios.
  struct NotRepresentable: Error {
    let reason: String
  }
}
