import LinearAlgebra
import Margin
import Pricing
public import QuadraticProgramming

extension HedgeProblem {
  /// How hard to look.
  public struct Settings: Sendable {
    public var solver = InteriorPointSolver.Settings()
    /// Where expected shortfalls are cut, until no cut is violated by more than this, relatively.
    public var cutTolerance = 1e-9
    /// The most programs that are solved for cuts, the first one over the scenarios included.
    public var roundLimit = 300
    /// Whether expected shortfalls are solved over their scenarios; by cuts alone if not.
    package var usesScenarios = true
    /// Seconds after which the search ends; the trades found by then are the plan, if admissible.
    public var timeLimit = Double.infinity
    /// The relative gap at which the search for trades that keep ``TradeRules`` is over.
    public var relativeGap = HedgePlan.provenGap
    /// Seconds for that search, within ``timeLimit``; the best trades by then are the plan.
    public var searchTimeLimit = 60.0

    public init() {}
  }

  /// A step of a long search, for a caller that shows progress.
  public struct Progress: Sendable {
    public var round: Int
    /// The bound so far, in dollars.
    public var bound: Double
    /// How far the worst cut is violated, relatively.
    public var violation: Double
    /// The nodes of the search under ``TradeRules`` so far; 0 before it and without it.
    public var nodes = 0
    /// The objective of the best trades that it found; ∞ while there are none.
    public var incumbent = Double.infinity
  }

  /// The trades of least margin, with certificate; or the limits that conflict.
  ///
  /// - Throws: `HedgeError`, `MarketError` or `MarginError` where the data do not make sense.
  ///   What the search finds, infeasibility included, is an outcome.
  /// - Complexity: one interior-point solution over about two variables for each instrument and, with
  ///   expected shortfalls, the scenarios: O(Sn²) per iteration for S of them and n instruments.
  public func solve(
    _ settings: Settings = Settings(), observe: (Progress) -> Void = { _ in }
  ) throws -> HedgeOutcome {
    if portfolio.isEmpty { throw HedgeError.emptyPortfolio }
    let clock = Stopwatch()
    let (measures, margin, boxed) = try model()
    var program = boxed
    if program.upper.allSatisfy({ $0 == 0 }) { throw HedgeError.nothingToTrade }
    program.addLimits(of: self, measures: measures)
    let modelSeconds = clock.seconds

    let answer = try program.solve(settings, clock: clock, observe: observe)
    switch answer.status {
    case .primalInfeasible:
      return try conflict(margin: margin, measures: measures, settings: settings, clock: clock)
    case .optimal, .nearlyOptimal, .stalled, .iterationLimit, .timeLimit:
      guard answer.primalResidual < 1e-6 else {
        if clock.seconds > settings.timeLimit {
          return .notSolved(
            reason:
              "the time limit of \(settings.timeLimit) s passed before admissible trades were "
              + "found; allow more time or fewer instruments")
        }
        // Conflicting limits do not always yield a clean certificate; the relaxation decides.
        return try conflict(margin: margin, measures: measures, settings: settings, clock: clock)
      }
      if !tradeRules.isEmpty {
        return try discretePlan(
          from: answer, margin: margin, measures: measures, modelSeconds: modelSeconds,
          settings: settings, clock: clock, observe: observe)
      }
      func plan(at x: [Double]) throws -> HedgePlan {
        try self.plan(
          at: x, from: answer, margin: margin, measures: measures, modelSeconds: modelSeconds)
      }
      let found = try plan(at: answer.program.cleanTrades(in: answer.variables))
      if found.gap <= HedgePlan.provenGap { return .plan(found) }
      // A search that was cut short may hold worse trades than none.
      let idle = try plan(at: [Double](repeating: 0, count: instruments.count))
      let isAdmissible = idle.limitViolation <= max(1e-9, found.limitViolation)
      return .plan(isAdmissible && idle.objective < found.objective ? idle : found)
    case .dualInfeasible:
      return .notSolved(reason: "the program is unbounded, which bounded trades cannot be")
    }
  }

  /// The program that ``solve(_:observe:)`` solves first, for another solver or another eye.
  ///
  /// Variables are the coins bought of each instrument, then the coins sold of each, then the
  /// variables of epigraphs. Expected shortfalls stand in it with the cut at no trade only.
  public func quadraticProgram() throws -> QuadraticProgram {
    let (measures, _, boxed) = try model()
    var program = boxed
    program.addLimits(of: self, measures: measures)
    program.addCutsAtNoTrade()
    return program.quadraticProgram()
  }

  /// The program without its limits, and what it is made of.
  private func model() throws -> (MeasureTable, MarginFunction, EpigraphProgram) {
    try requireSensibleNumbers()
    if riskAversion > 0 && scenarios == nil { throw HedgeError.scenariosNeeded("variance") }
    let measures = try MeasureTable(self)
    let margin = try methodology.marginFunction(
      level, trading: instruments, on: portfolio, in: market)
    return (measures, margin, try EpigraphProgram(self, measures: measures, margin: margin))
  }

  /// Weights and fees are finite and not negative: with a negative weight on cost it would pay to
  /// buy and sell the same thing at once, and a NaN fails every comparison that would reject it.
  private func requireSensibleNumbers() throws(HedgeError) {
    let numbers = [
      ("the weight of cost", costWeight), ("the risk aversion", riskAversion),
      ("the option fee", tradingCost.optionFee),
      ("the cap of the option fee", tradingCost.optionFeeCap),
      ("the future fee", tradingCost.futureFee),
    ]
    for (name, value) in numbers where !(value >= 0 && value.isFinite) {
      throw .outOfRange(name, value: value)
    }
    let rules =
      [("the lot", tradeRules.lot), ("the least trade size", tradeRules.minimumSize)]
      + tradeRules.lots.map { ("the lot of \($0)", $1) }
      + tradeRules.minimumSizes.map { ("the least trade size of \($0)", $1) }
      + [("the number of trades", Double(tradeRules.maximumTrades ?? 0))]
    for (name, value) in rules where !(value >= 0 && value.isFinite) {
      throw .outOfRange(name, value: value)
    }
    let names = Set(instruments.map(\.name))
    let named = [tradeSizes, tradeRules.lots, tradeRules.minimumSizes].flatMap(\.keys)
    if let unknown = named.filter({ !names.contains($0) }).min() {
      throw .notAmongInstruments(unknown)
    }
  }

  /// The plan of the best trades that keep the rules. It has no prices of limits: they would be those
  /// of trades that cannot move.
  private func discretePlan(
    from answer: EpigraphProgram.Answer, margin: MarginFunction, measures: MeasureTable,
    modelSeconds: Double, settings: Settings, clock: Stopwatch, observe: (Progress) -> Void
  ) throws -> HedgeOutcome {
    // The search solves relaxations by cuts: it starts from those around the optimum.
    var answer = try answer.program.solveByCuts(
      from: answer, settings, clock: clock, observe: observe)
    let found = search(
      from: answer, margin: margin, measures: measures, settings: settings, clock: clock,
      observe: observe)
    guard let trades = found.trades else {
      return .notSolved(
        reason: found.isComplete
          ? "no trades in these lots, sizes and numbers meet the limits, though trades of any size "
            + "would; the search proved it"
          : "the search ended before it found trades in these lots, sizes and numbers that meet the "
            + "limits; allow more time, or widen the limits")
    }
    answer.bound = found.bound
    answer.iterations += found.iterations
    answer.solveSeconds += found.solveSeconds
    var plan = try plan(
      at: trades, from: answer, margin: margin, measures: measures, modelSeconds: modelSeconds)
    plan.bindingLimits = []
    plan.statistics.nodes = found.nodes
    return .plan(plan)
  }

  private func plan(
    at x: [Double], from answer: EpigraphProgram.Answer, margin: MarginFunction,
    measures: MeasureTable, modelSeconds: Double
  ) throws -> HedgePlan {
    let trades = instruments.indices.filter { x[$0] != 0 }.map {
      HedgePlan.Trade(
        instrument: instruments[$0], quantity: x[$0], premium: x[$0] * measures.prices[$0].premium,
        cost: abs(x[$0])
          * ((x[$0] > 0 ? measures.prices[$0].buying : measures.prices[$0].selling) ?? 0))
    }
    let after = portfolio.adding(trades.map { Position($0.quantity, $0.instrument) })
    func margins(_ level: MarginLevel) throws -> HedgePlan.Margins {
      HedgePlan.Margins(
        before: try methodology.margin(level, on: portfolio, in: market),
        after: try methodology.margin(level, on: after, in: market))
    }
    let minimized = try margins(level)
    let cost = measures.cost(of: x)
    var objective = minimized.after.amount + costWeight * cost
    if let variance = measures.variance { objective += riskAversion / 2 * variance.value(at: x) }
    let risk = riskFigures(at: x, measures: measures)
    return HedgePlan(
      trades: trades, margin: minimized,
      otherMargin: try margins(level == .initial ? .maintenance : .initial), cost: cost,
      premium: trades.reduce(0) { $0 + $1.premium }, objective: objective, bound: answer.bound,
      relation: margin.relation, risk: risk,
      bindingLimits: bindingLimits(answer, risk: risk),
      limitViolation: risk.reduce(0) { max($0, $1.relativeViolation) },
      statistics: HedgeStatistics(
        instruments: instruments.count, variables: answer.program.variableCount,
        rows: answer.program.rows.count, rounds: answer.rounds, iterations: answer.iterations,
        modelSeconds: modelSeconds, solveSeconds: answer.solveSeconds))
  }

  private func riskFigures(at x: [Double], measures: MeasureTable) -> [HedgePlan.RiskFigure] {
    let none = [Double](repeating: 0, count: x.count)
    var reported = limits
    let underlyings = Set((instruments + portfolio.positions.map(\.instrument)).map(\.underlying))
    for measure in [RiskMeasure.delta, .gamma, .vega] {
      for underlying in underlyings.sorted()
      where !limits.contains(where: { $0.measure == measure && $0.underlying == underlying }) {
        reported.append(RiskLimit(measure, of: underlying))
      }
    }
    return reported.map {
      HedgePlan.RiskFigure(
        name: $0.name, unit: $0.unit, before: measures.value(of: $0, at: none),
        after: measures.value(of: $0, at: x), lower: $0.lower, upper: $0.upper)
    }
  }

  /// The limits at which the plan lies, with their multipliers. An interior point leaves a small
  /// multiplier on limits that are far away too, which is no price.
  private func bindingLimits(
    _ answer: EpigraphProgram.Answer, risk: [HedgePlan.RiskFigure]
  ) -> [HedgePlan.BindingLimit] {
    zip(answer.program.rows, answer.rowDuals).compactMap { row, dual in
      guard case .limit(let k) = row.role, abs(dual) > 1e-6 else { return nil }
      let limit = limits[k]
      let isUpper = dual > 0
      let value = isUpper ? limit.upper : limit.lower
      guard abs(risk[k].after - value) <= 1e-5 * risk[k].scale else { return nil }
      return HedgePlan.BindingLimit(
        name: limit.name, unit: limit.unit, isUpper: isUpper, value: value, price: abs(dual))
    }.sorted { $0.price * max(1, abs($0.value)) > $1.price * max(1, abs($1.value)) }
  }
}

extension HedgePlan.RiskFigure {
  /// The size of the measure: of its limits and its value before the trades, at least one.
  var scale: Double {
    [lower, upper, before].filter(\.isFinite).reduce(1) { max($0, abs($1)) }
  }

  var relativeViolation: Double {
    max(0, after - upper, lower - after) / scale
  }
}

/// Wall-clock seconds since it was made.
package struct Stopwatch {
  private let start = ContinuousClock.now

  package init() {}

  package var seconds: Double {
    let elapsed = (ContinuousClock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }
}
