public import LinearAlgebra
public import Pricing

/// The unit in which profit and loss is counted.
public enum Numeraire: Sendable, Hashable {
  /// Dollars: V′ − V. One unit of a future or perpetual, inverse or linear, gains F m.
  case dollars
  /// What the instrument settles in: coins for inverse instruments, dollars for linear ones.
  ///
  /// One coin of an inverse future or perpetual gains 1 − 1/(1 + m) coins. An inverse option gains
  /// V(F′, σ′, T′) / (I (1 + m)) − V(F, σ, T) / I coins, I the index price.
  case settlement
}

/// Full revaluation of instruments under moves of the market.
///
/// Values are the model's: an option is worth its Black (1976) value at the market's forward and mark
/// volatility, before the move and after it, so the P&L of no move is exactly zero. Days to expiry
/// that scale volatility moves are counted at the market's time. No carry is earned: forwards move
/// with the price, and time that passes acts on options alone. Results do not depend on the number
/// of threads.
public enum Revaluation {
  /// P&L of one unit of each instrument under each shock: rows are shocks, columns instruments.
  ///
  /// The shocks move the underlying of every instrument given, in the same way.
  /// - Throws: `MarketError.notQuoted`, `MarketError.noIndexPrice` (inverse instruments in coins),
  ///   `SimulationError.noVolatility`, and `SimulationError` for a shock that is not finite, a
  ///   price move of −1 or less, or a negative elapsed time.
  /// - Complexity: O(shocks · instruments), over both of which it runs in parallel where that pays.
  public static func profitAndLoss(
    of instruments: [Instrument], under shocks: [MarketShock], in market: Market,
    numeraire: Numeraire = .dollars
  ) throws -> Matrix {
    try check(shocks)
    let exposures = try instruments.map { try Exposure($0, in: market, numeraire: numeraire) }
    let moves = shocks.map(\.priceMove)
    let runs = runsOfEqualElapsed(in: shocks)
    return matrix(rows: shocks.count, of: exposures) { exposure, block, scratch, result in
      if let option = exposure.option {
        for s in block {
          scratch.volatilities[s - block.lowerBound] =
            shocks[s].volatility.shocked(option.volatility, days: option.days)
        }
      }
      moves.withUnsafeBufferPointer { moves in
        for run in runs {
          let part = run.clamped(to: block)
          if part.isEmpty { continue }
          let local = (part.lowerBound - block.lowerBound)..<(part.upperBound - block.lowerBound)
          exposure.profitAndLoss(
            moves: .init(rebasing: moves[part]),
            volatilities: .init(UnsafeMutableBufferPointer(rebasing: scratch.volatilities[local])),
            elapsed: shocks[part.lowerBound].elapsed,
            forwards: .init(rebasing: scratch.forwards[local]),
            into: .init(rebasing: result[local]))
        }
      }
    }
  }

  /// P&L in dollars of one unit of each instrument in each joint scenario: rows are scenarios,
  /// columns instruments.
  ///
  /// - Throws: `MarketError.notQuoted`, `SimulationError.noVolatility`, and
  ///   `SimulationError.underlyingNotSimulated` where the scenarios do not move an underlying.
  /// - Complexity: O(scenarios · instruments), in parallel over both.
  public static func profitAndLoss(
    of instruments: [Instrument], in scenarios: ScenarioSet, market: Market
  ) throws -> Matrix {
    let columns = try instruments.map { instrument in
      guard let column = scenarios.underlyings.firstIndex(of: instrument.underlying) else {
        throw SimulationError.underlyingNotSimulated(
          instrument.underlying, instrument: instrument.name)
      }
      return (try Exposure(instrument, in: market, numeraire: .dollars), column)
    }
    let count = scenarios.count
    let spot = scenarios.spotReturns.elements
    let levels = scenarios.volatilityReturns?.elements
    return matrix(rows: count, of: columns) { item, block, scratch, result in
      let (exposure, column) = item
      let part = (column * count + block.lowerBound)..<(column * count + block.upperBound)
      let volatilities = UnsafeMutableBufferPointer(rebasing: scratch.volatilities[..<block.count])
      if let option = exposure.option {
        let σ = option.volatility
        let factor = scenarios.volatilityTerm.factor(days: option.days)
        levels?.withUnsafeBufferPointer { levels in
          for s in 0..<block.count {
            volatilities[s] = max(σ * (1 + factor * levels[part.lowerBound + s]), 0)
          }
        }
        if levels == nil { volatilities.update(repeating: σ) }
      }
      spot.withUnsafeBufferPointer { spot in
        exposure.profitAndLoss(
          moves: .init(rebasing: spot[part]), volatilities: .init(volatilities),
          elapsed: scenarios.horizon, forwards: .init(rebasing: scratch.forwards[..<block.count]),
          into: result)
      }
    }
  }
}

extension Revaluation {
  /// Scratch of one task: room for one block.
  private struct Scratch {
    let volatilities: UnsafeMutableBufferPointer<Double>
    let forwards: UnsafeMutableBufferPointer<Double>
  }

  /// Rows that one task fills at a time: scratch and result stay in the first cache.
  private static let blockRows = 1024

  /// A matrix whose columns `fill` writes block by block, each block by one task alone.
  private static func matrix<Item: Sendable>(
    rows: Int, of items: [Item],
    fill: @Sendable (Item, Range<Int>, Scratch, UnsafeMutableBufferPointer<Double>) -> Void
  ) -> Matrix {
    var result = Matrix(rows: rows, columns: items.count)
    let blocks = (rows + blockRows - 1) / blockRows
    result.elements.withUnsafeMutableBufferPointer { elements in
      nonisolated(unsafe) let all = elements
      inParallel(count: items.count * blocks, cost: min(rows, blockRows)) { task in
        let (column, first) = (task / blocks, task % blocks * blockRows)
        let block = first..<min(first + blockRows, rows)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * block.count) { room in
          let scratch = Scratch(
            volatilities: .init(rebasing: room[..<block.count]),
            forwards: .init(rebasing: room[block.count...]))
          fill(
            items[column], block, scratch,
            .init(rebasing: all[(column * rows + first)..<(column * rows + block.upperBound)]))
        }
      }
    }
    return result
  }

  /// Consecutive shocks with one elapsed time.
  static func runsOfEqualElapsed(in shocks: [MarketShock]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for (s, shock) in shocks.enumerated() {
      if let last = runs.last, shocks[last.lowerBound].elapsed == shock.elapsed {
        runs[runs.count - 1] = last.lowerBound..<(s + 1)
      } else {
        runs.append(s..<(s + 1))
      }
    }
    return runs
  }

  static func check(_ shocks: [MarketShock]) throws(SimulationError) {
    for (s, shock) in shocks.enumerated() {
      let m = shock.priceMove
      if !m.isFinite { throw .notFinite("price move of shock", at: s, value: m) }
      if m <= -1 { throw .moveBelowMinusOne("price move of shock", at: s, value: m) }
      if !shock.volatility.isFinite {
        throw .outOfRange(
          "volatility shock \(s)", value: .nan,
          reason: "its numbers must be finite, reference and floor positive")
      }
      if !(shock.elapsed >= 0 && shock.elapsed.isFinite) {
        throw .outOfRange(
          "elapsed time of shock \(s)", value: shock.elapsed, reason: "it must be zero or more")
      }
    }
  }
}
