import Margin
public import Pricing

extension HedgeProblem {
  /// The largest trade in an instrument after which margin and the cost of all trades are at most the equity,
  /// under the limits.
  ///
  /// - Parameters:
  ///   - instrument: what is traded; among ``instruments`` or not.
  ///   - buying: whether it is bought, or sold.
  ///   - equity: dollars that count as margin; trades at the mark leave it as it is, their cost does not.
  ///   - hedged: whether the other instruments may be traded at the same time, within their sizes. Then it is a
  ///     convex program with a certificate. If not, the exact rule alone is asked: sizes are doubled until one
  ///     breaks a limit, and bisected; under a rule that is not convex larger sizes beyond a gap are not found.
  ///   - most: the size beyond which nobody asks, in coins; ``tradeSizes`` and the levels of an order book
  ///     go before it.
  /// - Throws: `HedgeError`, `MarketError` or `MarginError` where the data do not make sense.
  public func largestTrade(
    in instrument: Instrument, buying: Bool = true, equity: Double, hedged: Bool = false,
    atMost most: Double = 1e6, _ settings: Settings = Settings()
  ) throws -> LargestTradeOutcome {
    guard most > 0, most.isFinite else {
      throw HedgeError.outOfRange("the largest size", value: most)
    }
    guard equity.isFinite else { throw HedgeError.limitNotANumber("margin") }
    var problem = self
    (problem.marginWeight, problem.costWeight, problem.riskAversion) = (0, 0, 0)
    problem.tradeRules = TradeRules()
    if !hedged { problem.instruments = [instrument] }
    if !problem.instruments.contains(instrument) { problem.instruments.append(instrument) }
    let names = Set(problem.instruments.map(\.name))
    problem.tradeSizes = tradeSizes.filter { names.contains($0.key) }
    if problem.tradeSizes[instrument.name] == nil { problem.tradeSizes[instrument.name] = most }
    try problem.limit(.marginAndCost, atMost: equity)
    let search = try LargestTradeSearch(problem, instrument, buying: buying, settings: settings)
    return try hedged ? search.withHedges() : search.alone()
  }
}

/// The search for the largest size of one trade of a problem whose limits hold margin and cost to the equity.
struct LargestTradeSearch {
  let problem: HedgeProblem
  let place: Int
  let sign: Double
  let settings: HedgeProblem.Settings
  private let clock = Stopwatch()
  private let measures: MeasureTable
  private let margin: MarginFunction
  private let judge: ExactJudge
  /// The most that may be traded.
  private let most: Double

  init(
    _ problem: HedgeProblem, _ instrument: Instrument, buying: Bool,
    settings: HedgeProblem.Settings
  ) throws {
    self.problem = problem
    self.settings = settings
    place = problem.instruments.firstIndex(of: instrument) ?? 0
    sign = buying ? 1 : -1
    let boxes: EpigraphProgram
    (measures, margin, boxes) = try problem.model()
    judge = ExactJudge(problem, measures: measures)
    most = buying ? boxes.tradeUpper[place] : -boxes.tradeLower[place]
    if most == 0 { throw HedgeError.nothingToTrade }
  }

  // MARK: Without other trades

  /// The size alone, by the exact rule.
  func alone() throws -> LargestTradeOutcome {
    guard let start = try admissibleStart() else { return try conflict() }
    var (good, bad) = (start, Double.infinity)
    var step = max(1e-3, 1e-3 * start)
    while bad == .infinity && good < most {
      let next = min(most, good + step)
      if try isAdmissible(next) { good = next } else { bad = next }
      step *= 2
    }
    while bad - good > 1e-12 * max(1, good), bad.isFinite {
      let middle = (good + bad) / 2
      if middle == good || middle == bad { break }
      if try isAdmissible(middle) { good = middle } else { bad = middle }
    }
    return .trade(
      try trade(trades(good), bound: bad.isFinite ? bad : most, margin: margin.relation))
  }

  /// A size that is admissible: none, or, where the book breaks limits, the first that mends them. The largest
  /// violation is convex in the size where the rule is, and is searched by thirds.
  private func admissibleStart() throws -> Double? {
    if try isAdmissible(0) { return 0 }
    var (low, high) = (0.0, most)
    for _ in 0..<200 {
      let (a, b) = (low + (high - low) / 3, high - (high - low) / 3)
      let (atA, atB) = (try violation(a), try violation(b))
      if atA <= 0 { return a }
      if atB <= 0 { return b }
      if atA < atB { high = b } else { low = a }
      if high - low <= 1e-12 * most { break }
    }
    return nil
  }

  private func trades(_ size: Double) -> [Double] {
    var x = [Double](repeating: 0, count: problem.instruments.count)
    x[place] = sign * size
    return x
  }

  private func violation(_ size: Double) throws -> Double {
    try judge.verdict(on: trades(size)).violation
  }

  private func isAdmissible(_ size: Double) throws -> Bool { try violation(size) <= 0 }

  // MARK: With hedges

  /// The size with other trades, by the convex face, made again at the book found where it is not the rule.
  func withHedges() throws -> LargestTradeOutcome {
    var face = margin
    var (best, bound): (ExactJudge.Verdict?, Double) = (nil, most)
    for round in 0..<max(1, settings.modelLimit) {
      let table = measures.with(margin: face)
      var program = try EpigraphProgram(problem, measures: table, margin: face)
      program.addToObjective(
        LinearExpression(terms: [sign > 0 ? place : program.tradeCount + place: -1]))
      // The other direction would be a free trade of the same thing.
      program.forbid(sign > 0 ? program.tradeCount + place : place)
      program.addLimits(of: problem, measures: table)
      guard let (found, proven) = try solve(&program) else { break }
      if round == 0 { bound = min(most, proven) }
      guard best.map({ abs(found.trades[place]) > abs($0.trades[place]) * (1 + 1e-8) }) ?? true
      else { break }
      best = found
      if margin.relation == .exact { break }
      face = try problem.methodology.marginFunction(
        problem.level, trading: problem.instruments, on: judge.portfolio(after: found.trades),
        in: problem.market
      ).translated(to: found.trades)
    }
    guard let best else { return try conflict() }
    return .trade(
      try trade(
        best.trades, bound: max(bound, abs(best.trades[place])), margin: margin.relation))
  }

  /// The program's answer, with the limits of margin moved inward until the exact rule keeps them, and the
  /// bound of its size with the limits as they are; nil where it has none.
  private func solve(
    _ program: inout EpigraphProgram
  ) throws -> (ExactJudge.Verdict, bound: Double)? {
    var bound: Double?
    for _ in 0..<6 {
      let answer = try program.solve(settings, clock: clock, observe: { _ in })
      guard answer.primalResidual < 1e-6 else { return nil }
      if case .primalInfeasible = answer.status { return nil }
      bound = bound ?? -answer.bound
      let found = try judge.verdict(on: answer.program.cleanTrades(in: answer.variables))
      if found.isAdmissible(), let bound { return (found, bound) }
      for (k, limit) in problem.limits.enumerated() where limit.measure.isOfMargin {
        let scale = max(1, abs(limit.upper))
        program.setUpper(ofLimit: k) { $0 - (2 * found.marginViolation + 1e-10) * scale }
      }
    }
    return nil
  }

  // MARK: Answers

  private func trade(
    _ x: [Double], bound: Double, margin relation: MarginFunction.Relation
  ) throws -> LargestTrade {
    let hedges = problem.instruments.indices.filter { $0 != place && x[$0] != 0 }.map {
      HedgePlan.Trade(
        instrument: problem.instruments[$0], quantity: x[$0],
        premium: x[$0] * measures.prices[$0].premium, cost: measures.prices[$0].cost(of: x[$0]))
    }
    func margin(_ portfolio: Portfolio) throws -> MarginRequirement {
      try problem.methodology.margin(problem.level, on: portfolio, in: problem.market)
    }
    return LargestTrade(
      instrument: problem.instruments[place], quantity: x[place], bound: sign * bound,
      hedges: hedges, cost: measures.cost(of: x),
      margin: .init(
        before: try margin(problem.portfolio), after: try margin(judge.portfolio(after: x))),
      heldBy: try limitsBroken(beyond: x), isExact: relation == .exact)
  }

  /// The limits that the same trades a thousandth larger in the one in question come to or break.
  private func limitsBroken(beyond x: [Double]) throws -> [String] {
    if abs(x[place]) >= most * (1 - 1e-6) { return ["no more is offered, or asked for"] }
    var larger = x
    larger[place] += sign * max(1e-6, 1e-3 * abs(x[place]))
    let margin = try judge.margin(at: larger)
    return problem.limits.compactMap { limit in
      let value =
        limit.measure.isOfMargin
        ? margin + (limit.measure.countsCost ? measures.cost(of: larger) : 0)
        : measures.value(of: limit, at: larger)
      return value > limit.upper || value < limit.lower ? limit.name : nil
    }
  }

  private func conflict() throws -> LargestTradeOutcome {
    switch try problem.conflict(
      margin: margin, measures: measures, settings: settings, clock: clock)
    {
    case .infeasible(let conflict): return .infeasible(conflict)
    case .notSolved(let reason): return .notSolved(reason: reason)
    case .plan: return .notSolved(reason: "no size was found")
    }
  }
}
