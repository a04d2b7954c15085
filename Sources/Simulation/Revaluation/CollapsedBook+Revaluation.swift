internal import LinearAlgebra
internal import Pricing

extension CollapsedBook {
  /// The losses of the book in joint scenarios, in dollars, by full revaluation of what is left of it.
  ///
  /// - Throws: `SimulationError.underlyingNotSimulated` where the scenarios do not move an underlying.
  /// - Complexity: O(scenarios · options left), in parallel over blocks of scenarios.
  public func losses(in scenarios: ScenarioSet) throws(SimulationError) -> LossDistribution {
    let columns = try columns(in: scenarios.underlyings)
    return try LossDistribution(
      losses: allLosses(in: scenarios, columns), weights: scenarios.weights)
  }

  /// One loss for each scenario; `columns` are the places of the underlyings among those of the scenarios.
  func allLosses(in scenarios: ScenarioSet, _ columns: [Int]) -> [Double] {
    scenarioBlocks(count: scenarios.count, cost: optionCount) { rows, loss in
      for (underlying, column) in zip(underlyings, columns) {
        scenarios.withMoves(of: column, rows) { moves, levels in
          underlying.addProfitAndLoss(
            moves: moves, levels: levels, term: scenarios.volatilityTerm,
            elapsed: scenarios.horizon, into: loss)
        }
      }
      for i in loss.indices { loss[i] = 0 - loss[i] }
    }
  }

  /// The place of each underlying of the book among those of the scenarios.
  func columns(in names: [String]) throws(SimulationError) -> [Int] {
    var columns: [Int] = []
    for underlying in underlyings {
      guard let column = names.firstIndex(of: underlying.name) else {
        throw .underlyingNotSimulated(underlying.name, instrument: "positions of the book")
      }
      columns.append(column)
    }
    return columns
  }
}

/// Scenarios that are worked on together: buffers stay in the first cache, and whether a scenario meets
/// the vector or the scalar formula depends on its place in its block alone.
let scenarioBlock = 1024

/// One value for each scenario, zero at first, which `fill` works out block by block, in parallel.
/// - Parameter cost: elements of work for one scenario.
func scenarioBlocks(
  count: Int, cost: Int,
  _ fill: @Sendable (Range<Int>, UnsafeMutableBufferPointer<Double>) -> Void
) -> [Double] {
  [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
    nonisolated(unsafe) let all = buffer
    inParallel(
      count: (count + scenarioBlock - 1) / scenarioBlock, cost: scenarioBlock * max(cost, 1)
    ) {
      let rows = ($0 * scenarioBlock)..<min(($0 + 1) * scenarioBlock, count)
      let part = UnsafeMutableBufferPointer(rebasing: all[rows])
      part.initialize(repeating: 0)
      fill(rows, part)
    }
    initialized = count
  }
}

extension ScenarioSet {
  /// The moves of one underlying in a range of scenarios, where they lie.
  func withMoves(
    of column: Int, _ rows: Range<Int>,
    _ body: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>?) -> Void
  ) {
    let part = (column * count + rows.lowerBound)..<(column * count + rows.upperBound)
    spotReturns.elements.withUnsafeBufferPointer { spot in
      let moves = UnsafeBufferPointer(rebasing: spot[part])
      guard let volatilityReturns else { return body(moves, nil) }
      volatilityReturns.elements.withUnsafeBufferPointer {
        body(moves, UnsafeBufferPointer(rebasing: $0[part]))
      }
    }
  }
}

extension CollapsedBook.Underlying {
  /// Adds the P&L of all that is held to `result`, one element for each move.
  func addProfitAndLoss(
    moves: UnsafeBufferPointer<Double>, levels: UnsafeBufferPointer<Double>?, term: VolatilityTerm,
    elapsed: Double, into result: UnsafeMutableBufferPointer<Double>
  ) {
    for i in moves.indices { result[i] += linear * moves[i] }
    for expiry in expiries {
      expiry.addProfitAndLoss(
        moves: moves, levels: levels, factor: term.factor(days: 365 * expiry.years),
        elapsed: elapsed, into: result)
    }
  }
}

extension CollapsedBook.Expiry {
  /// Adds the P&L of the options to `result`; `factor` is that of a level move at this expiry.
  func addProfitAndLoss(
    moves: UnsafeBufferPointer<Double>, levels: UnsafeBufferPointer<Double>?, factor: Double,
    elapsed: Double, into result: UnsafeMutableBufferPointer<Double>
  ) {
    let count = moves.count
    guard let levels else {
      return addProfitAndLoss(moves: moves, elapsed: elapsed, into: result) { term, volatilities in
        volatilities.update(repeating: term.volatility)
      }
    }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { scales in
      for i in 0..<count { scales[i] = max(1 + factor * levels[i], 0) }
      addProfitAndLoss(moves: moves, elapsed: elapsed, into: result) { term, volatilities in
        for i in 0..<count { volatilities[i] = term.volatility * scales[i] }
      }
    }
  }

  /// Adds the P&L of the options to `result`; `fill` gives the volatilities of a term after the moves.
  func addProfitAndLoss(
    moves: UnsafeBufferPointer<Double>, elapsed: Double,
    into result: UnsafeMutableBufferPointer<Double>,
    volatilities fill: (CollapsedBook.Term, UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    let count = moves.count
    guard count > 0 && !terms.isEmpty else { return }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * count) { room in
      let parts = (0..<4).map {
        UnsafeMutableBufferPointer(rebasing: room[($0 * count)..<(($0 + 1) * count)])
      }
      let (forwards, volatilities, values, sum) = (parts[0], parts[1], parts[2], parts[3])
      sum.initialize(repeating: 0)
      var forward = -1.0
      for term in terms {
        if term.forward != forward {
          forward = term.forward
          for i in 0..<count { forwards[i] = forward * (1 + moves[i]) }
        }
        fill(term, volatilities)
        Black76.values(
          forwards: .init(forwards), volatilities: .init(volatilities), strike: term.strike,
          time: years - elapsed, right: term.right, into: values)
        let today = term.value(years: years)
        // Where nothing moved nothing is gained, to the last digit.
        if elapsed == 0 {
          for i in 0..<count where moves[i] == 0 && volatilities[i] == term.volatility {
            values[i] = today
          }
        }
        for i in 0..<count { sum[i] += term.quantity * (values[i] - today) }
      }
      for i in 0..<count { result[i] += sum[i] }
    }
  }
}

extension CollapsedBook.Term {
  /// The value today of one option.
  func value(years: Double) -> Double {
    Black76.value(
      of: right, forward: forward, strike: strike, volatility: volatility, time: years)
  }
}
