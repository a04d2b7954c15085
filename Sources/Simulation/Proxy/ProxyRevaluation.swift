internal import LinearAlgebra
internal import Pricing

/// Revaluation of a book in very many scenarios through functions of move and volatility level, within
/// an error that is checked.
///
/// The P&L on one underlying is a function of its move m and, where levels of volatility move, of one
/// level v: parallel and term-scaled shocks are a single number. Options that expire inside the horizon
/// are their payoff, exactly. The others are interpolated expiry by expiry at Chebyshev points, compared
/// with full revaluation at the points between them, where the error of interpolation is greatest, and
/// refined until the error holds (Trefethen, *Approximation Theory and Approximation Practice*; for
/// books, Zeron and Ruiz, arXiv:1911.10948). Their sum becomes piecewise cubics on uniform cells. Nothing
/// is ever extrapolated: the functions reach over all moves of the scenarios, and a scenario whose
/// volatilities all but vanish is priced in full.
///
/// At the end the worst scenarios, and some others, are revalued in full; should their error exceed the
/// bound, or the bound what was asked for, functions are made again, more finely, and at last the whole
/// is revalued in full. So it is where functions would cost more than they save.
public struct ProxyRevaluation: Sendable, Hashable {
  /// The error that is allowed, as a part of the largest loss.
  public var tolerance: Double

  /// A revaluation within `tolerance` of the largest loss.
  public init(tolerance: Double = 1e-6) { self.tolerance = tolerance }

  /// The losses of a book in joint scenarios, in dollars, and the certificate of their error.
  ///
  /// - Throws: `SimulationError.underlyingNotSimulated` where the scenarios do not move an underlying,
  ///   and `SimulationError.outOfRange` for a tolerance that is not positive.
  /// - Complexity: some dozens of prices for each option (some hundreds where levels move), and a few
  ///   nanoseconds for each scenario and underlying; in parallel.
  public func losses(
    of book: CollapsedBook, in scenarios: ScenarioSet
  ) throws(SimulationError) -> RevaluedLosses {
    guard tolerance > 0 && tolerance.isFinite else {
      throw .outOfRange("tolerance", value: tolerance, reason: "it must be positive")
    }
    let columns = try book.columns(in: scenarios.underlyings)
    // Functions cost tens of prices for each option, in two variables hundreds.
    let fewest = scenarios.volatilityReturns == nil ? 256 : 2048
    if scenarios.count < fewest || book.optionCount == 0 {
      return try inFull(
        book, scenarios,
        reason: book.optionCount == 0 ? nil : "the scenarios are fewer than \(fewest)")
    }
    let domains = columns.map { scenarios.domain(of: $0) }
    let pilots = Self.pilots(scenarios, columns)
    let pilotLosses = book.losses(in: scenarios, at: pilots, columns)
    let scale = Self.largest(pilotLosses)
    guard scale > 0 else {
      return try inFull(
        book, scenarios, reason: "the book has no profit or loss to scale the error")
    }
    let horizon = UnderlyingProxy.Horizon(
      elapsed: scenarios.horizon, term: scenarios.volatilityTerm)
    var valuations = pilots.count * book.optionCount
    for refinement in [1, 0.1] {
      let proxy = BookProxy(
        of: book, horizon: horizon, domains: domains,
        tolerance: 0.9 * refinement * tolerance * scale, most: scenarios.count / 4)
      var run = proxy.losses(in: scenarios, columns)
      valuations += proxy.optionValuations + run.optionValuations
      let worst = Self.worst(32, of: run.losses)
      let exact = book.losses(in: scenarios, at: worst, columns)
      valuations += worst.count * book.optionCount
      let observed = zip(pilots + worst, pilotLosses + exact)
        .reduce(0) { max($0, abs(run.losses[$1.0] - $1.1)) }
      for (i, loss) in zip(pilots + worst, pilotLosses + exact) { run.losses[i] = loss }
      let largest = Self.largest(run.losses)
      guard observed <= proxy.errorBound, proxy.errorBound <= tolerance * largest else { continue }
      return RevaluedLosses(
        losses: try LossDistribution(losses: run.losses, weights: scenarios.weights),
        certificate: RevaluationCertificate(
          method: proxy.fullOptionCount == 0 ? .proxy : .proxyAndFull,
          reasons: proxy.reasons(book), errorBound: proxy.errorBound,
          largestLoss: largest, heldBackPoints: proxy.heldBackPoints, observedError: observed,
          observedScenarios: pilots.count + worst.count, optionValuations: valuations,
          fullOptionValuations: scenarios.count * book.optionCount,
          scenariosInFull: run.scenariosInFull, expiringOptions: proxy.expiringCount))
    }
    return try inFull(
      book, scenarios, reason: "no function came within \(tolerance) of the largest loss",
      extraValuations: valuations)
  }

  /// The losses of a book under shocks that move every underlying in the same way, in dollars, and the
  /// certificate of their error.
  ///
  /// Shocks that are no joint scenarios (they differ in time, in the rule by which volatility moves spread
  /// over expiries, or hold volatilities above a least one) are revalued in full.
  /// - Throws: as ``CollapsedBook/losses(under:)``; `SimulationError.empty` where there are no shocks, and
  ///   `SimulationError.outOfRange` for a tolerance that is not positive.
  public func losses(
    of book: CollapsedBook, under shocks: [MarketShock]
  ) throws(SimulationError) -> RevaluedLosses {
    let names = book.underlyings.isEmpty ? [""] : book.underlyings.map(\.name)
    switch try ScenarioSet.representing(shocks, underlyings: names) {
    case .success(let scenarios): return try losses(of: book, in: scenarios)
    case .failure(let failure):
      let losses = try LossDistribution(losses: book.losses(under: shocks))
      return RevaluedLosses(
        losses: losses,
        certificate: .full(
          losses.losses, options: book.optionCount, reason: failure.reason))
    }
  }

  private func inFull(
    _ book: CollapsedBook, _ scenarios: ScenarioSet, reason: String?, extraValuations: Int = 0
  ) throws(SimulationError) -> RevaluedLosses {
    let losses = try book.losses(in: scenarios)
    return RevaluedLosses(
      losses: losses,
      certificate: .full(
        losses.losses, options: book.optionCount, reason: reason,
        extraValuations: extraValuations))
  }
}

extension RevaluationCertificate {
  /// That of full revaluation.
  fileprivate static func full(
    _ losses: [Double], options: Int, reason: String?, extraValuations: Int = 0
  ) -> RevaluationCertificate {
    let all = losses.count * options
    return RevaluationCertificate(
      method: .full, reasons: reason.map { [$0] } ?? [], errorBound: 0,
      largestLoss: ProxyRevaluation.largest(losses), heldBackPoints: 0, observedError: 0,
      observedScenarios: 0, optionValuations: all + extraValuations, fullOptionValuations: all,
      scenariosInFull: losses.count, expiringOptions: 0)
  }
}

extension ProxyRevaluation {
  /// Scenarios revalued in full before and after: spread over all, and those of the extreme moves.
  static func pilots(_ scenarios: ScenarioSet, _ columns: [Int]) -> [Int] {
    let count = scenarios.count
    var chosen = Set(stride(from: 0, to: count, by: max(count / 32, 1)))
    for column in columns.prefix(16) {
      scenarios.withMoves(of: column, 0..<count) { moves, levels in
        for values in [moves, levels].compactMap({ $0 }) {
          let range = values.extremes
          for end in [range.lower, range.upper] {
            if let place = values.firstIndex(of: end) { chosen.insert(place) }
          }
        }
      }
    }
    return chosen.sorted()
  }

  /// The largest loss, or the largest profit where nothing loses.
  static func largest(_ losses: [Double]) -> Double {
    let range = losses.withUnsafeBufferPointer { $0.extremes }
    return range.upper > 0 ? range.upper : -range.lower
  }

  /// The places of the largest losses.
  static func worst(_ k: Int, of losses: [Double]) -> [Int] {
    var kept: [(loss: Double, place: Int)] = []
    losses.withUnsafeBufferPointer { losses in
      var least = -Double.infinity
      for i in losses.indices where losses[i] > least {
        kept.append((losses[i], i))
        if kept.count == 4 * k {
          kept.sort { ($0.loss, $1.place) > ($1.loss, $0.place) }
          kept.removeLast(3 * k)
          least = kept[k - 1].loss
        }
      }
    }
    return kept.sorted { ($0.loss, $1.place) > ($1.loss, $0.place) }.prefix(k).map(\.place)
  }
}

extension BookProxy {
  /// The losses in all scenarios, and what was priced in full on the way.
  func losses(
    in scenarios: ScenarioSet, _ columns: [Int]
  ) -> (losses: [Double], scenariosInFull: Int, optionValuations: Int) {
    let blocks = (scenarios.count + scenarioBlock - 1) / scenarioBlock
    var tallies = [UnderlyingProxy.Tally](repeating: .init(), count: blocks)
    var losses: [Double] = []
    tallies.withUnsafeMutableBufferPointer {
      nonisolated(unsafe) let tallies = $0
      losses = scenarioBlocks(count: scenarios.count, cost: parts.count + fullOptionCount) {
        rows, loss in
        for (part, column) in zip(parts, columns) {
          scenarios.withMoves(of: column, rows) { moves, levels in
            tallies[rows.lowerBound / scenarioBlock] += part.addProfitAndLoss(
              moves: moves, levels: levels, into: loss)
          }
        }
        for i in loss.indices { loss[i] = 0 - loss[i] }
      }
    }
    let tally = tallies.reduce(into: UnderlyingProxy.Tally()) { $0 += $1 }
    return (
      losses, tally.scenarios, scenarios.count * fullOptionCount + tally.valuations
    )
  }
}

extension CollapsedBook {
  /// The losses in a few scenarios, by full revaluation.
  func losses(in scenarios: ScenarioSet, at places: [Int], _ columns: [Int]) -> [Double] {
    var losses = [Double](repeating: 0, count: places.count)
    for (underlying, column) in zip(underlyings, columns) {
      scenarios.withMoves(of: column, 0..<scenarios.count) { moves, levels in
        let pnl = underlying.profitAndLoss(
          at: places, moves, levels,
          .init(elapsed: scenarios.horizon, term: scenarios.volatilityTerm))
        for i in losses.indices { losses[i] -= pnl[i] }
      }
    }
    return losses
  }

  /// Σ |q| F: the size of the terms, to whose rounding any sum of them is exact.
  var grossValue: Double {
    underlyings.reduce(0) { sum, underlying in
      sum + abs(underlying.linear)
        + underlying.expiries.reduce(0) {
          $0 + $1.terms.reduce(0) { $0 + abs($1.quantity) * $1.forward }
        }
    }
  }
}

extension ScenarioSet {
  /// The range of moves and levels of one underlying.
  func domain(of column: Int) -> UnderlyingProxy.Domain {
    var domain = UnderlyingProxy.Domain(moves: 0...0, levels: nil)
    withMoves(of: column, 0..<count) { moves, levels in
      let (m, v) = (moves.extremes, levels?.extremes)
      domain = .init(moves: m.lower...m.upper, levels: v.map { $0.lower...$0.upper })
    }
    return domain
  }
}
