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
    /// The most convex models of a rule that is not convex, made one after another at the book found; 1 for
    /// its face alone.
    public var modelLimit = 40
    /// Seconds for that search, for the models of a rule that is not convex, and for the search over the
    /// choices of such a rule, each within ``timeLimit``; the best trades by then are the plan.
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
      if isBounded(margin), settings.modelLimit > 1, tradeRules.isEmpty,
        limits.contains(where: \.measure.isOfMargin),
        let plan = try planFromLeastMargin(
          measures: measures, settings: settings, clock: clock, observe: observe)
      {
        return .plan(plan)
      }
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
      var found = try plan(at: answer.program.cleanTrades(in: answer.variables))
      if limits.contains(where: \.measure.isOfMargin) {
        found = try tightened(found, from: answer, settings: settings, clock: clock) {
          try self.plan(
            at: $0.program.cleanTrades(in: $0.variables), from: $0, margin: margin,
            measures: measures, modelSeconds: modelSeconds)
        }
      }
      if isBounded(margin), settings.modelLimit > 1 {
        found = try refined(
          found, face: margin, measures: measures, settings: settings, clock: clock,
          observe: observe)
      }
      if found.gap <= HedgePlan.provenGap && marginWeight > 0 { return .plan(found) }
      // A search that was cut short may hold worse trades than none; and where only cost counts the
      // solver's tolerance may leave trades of next to none.
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
  /// variables of epigraphs. Of an expected shortfall these are its quantile and the loss of every scenario
  /// beyond it (Rockafellar and Uryasev 2000): the whole problem, in rows that any solver takes. Of a rule
  /// that is not convex it is the face at the book as it is.
  public func quadraticProgram() throws -> QuadraticProgram {
    let (measures, _, boxed) = try model()
    var program = boxed
    program.addLimits(of: self, measures: measures)
    program.addScenarioRows()
    return program.quadraticProgram()
  }

  /// The program without its limits, and what it is made of.
  func model() throws -> (MeasureTable, MarginFunction, EpigraphProgram) {
    try requireSensibleNumbers()
    if riskAversion > 0 && scenarios == nil { throw HedgeError.scenariosNeeded("variance") }
    if limits.contains(where: { $0.measure == .leverage }) {
      guard let equity, equity > 0, equity.isFinite else { throw HedgeError.equityNeeded }
    }
    let margin = try methodology.marginFunction(
      level, trading: instruments, on: portfolio, in: market)
    let measures = try MeasureTable(self, margin: margin)
    return (measures, margin, try EpigraphProgram(self, measures: measures, margin: margin))
  }

  /// Weights and fees are finite and not negative: with a negative weight on cost it would pay to
  /// buy and sell the same thing at once, and a NaN fails every comparison that would reject it.
  func requireSensibleNumbers() throws(HedgeError) {
    let numbers = [
      ("the weight of margin", marginWeight), ("the weight of cost", costWeight),
      ("the risk aversion", riskAversion),
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
