import Margin
import QuadraticProgramming

extension HedgeProblem {
  /// The frontier of margin against trading cost under the problem's limits and sizes.
  ///
  /// The problem is valued once. The ends are found by weights: the first is no trade where that is
  /// admissible and trades cost something, else the least cost; the last is where one more dollar of cost
  /// saves `leastSaving` dollars of margin. Between them margin is minimized under limits on cost, spaced
  /// by squares since the frontier is steepest at its beginning. One program serves for all points: only
  /// the limit moves, each solution starts in the work space, and with the cuts, of the last.
  ///
  /// - Parameters:
  ///   - count: the number of points, at least 2; fewer come back where the frontier is shorter.
  ///   - leastSaving: dollars of margin that the last dollar of cost saves, above 0.
  /// - Throws: As ``solve(_:observe:)``; `HedgeError.noFrontierWith` for ``tradeRules`` or a
  ///   ``riskAversion``, `HedgeError.outOfRange` for a count or saving out of range. The weights of
  ///   margin and cost play no part.
  /// - Complexity: about `count` times that of ``solve(_:observe:)`` without its valuation.
  public func frontier(
    points count: Int = 20, leastSaving: Double = 0.01, _ settings: Settings = Settings()
  ) throws -> HedgeFrontierOutcome {
    if portfolio.isEmpty { throw HedgeError.emptyPortfolio }
    if !tradeRules.isEmpty { throw HedgeError.noFrontierWith("trade rules") }
    if riskAversion != 0 { throw HedgeError.noFrontierWith("a weight of variance") }
    guard count >= 2 else {
      throw HedgeError.outOfRange("the number of points", value: Double(count))
    }
    guard leastSaving > 0, leastSaving.isFinite else {
      throw HedgeError.outOfRange("the least saving", value: leastSaving)
    }
    var problem = self
    (problem.marginWeight, problem.costWeight) = (1, 0)
    var search = try FrontierSearch(problem, settings)
    return try search.run(points: count, leastSaving: leastSaving)
  }
}

/// The programs of a frontier, solved one after the other.
private struct FrontierSearch {
  /// A point as the solver left it.
  struct Found {
    var trades: [Double]
    var cost: Double
    var margin: Double
    var slope: Double?
    var answer: EpigraphProgram.Answer
  }

  let problem: HedgeProblem
  let settings: HedgeProblem.Settings
  let clock = Stopwatch()
  let measures: MeasureTable
  let margin: MarginFunction
  private var iterations = 0
  private var omitted = 0

  init(_ problem: HedgeProblem, _ settings: HedgeProblem.Settings) throws {
    (self.problem, self.settings) = (problem, settings)
    let boxed: EpigraphProgram
    (measures, margin, boxed) = try problem.model()
    if boxed.upper.allSatisfy({ $0 == 0 }) { throw HedgeError.nothingToTrade }
  }

  mutating func run(points count: Int, leastSaving: Double) throws -> HedgeFrontierOutcome {
    let modelSeconds = clock.seconds
    let last: Found
    switch try end(marginWeight: 1, costWeight: leastSaving) {
    case .success(let found): last = found
    case .failure(let outcome): return outcome.value
    }
    var first = idle
    if first == nil {
      switch try end(marginWeight: Self.marginWeightOfLeastCost, costWeight: 1) {
      case .success(let found): first = found
      case .failure(let outcome): return outcome.value
      }
    }
    guard let first else { return .notSolved(reason: "there is no first point") }
    var found = [first]
    if last.cost > first.cost + 1e-9 * max(1, abs(last.cost)), last.margin < first.margin {
      found += try between(first, last, count: count) + [last]
    }
    let points = try convexified(found).map {
      HedgeFrontier.Point(
        plan: try problem.plan(
          at: $0.trades, from: $0.answer, margin: margin, measures: measures,
          modelSeconds: modelSeconds),
        convexMargin: $0.margin, slope: $0.slope)
    }
    return .frontier(
      HedgeFrontier(
        points: points, omitted: omitted, iterations: iterations, seconds: clock.seconds))
  }

  /// With it a dollar of cost is not spent for less than ten thousand dollars of margin.
  private static let marginWeightOfLeastCost = 1e-4

  /// No trade, where that is admissible and nothing can be traded for nothing or less.
  private var idle: Found? {
    let none = [Double](repeating: 0, count: problem.instruments.count)
    let isAdmissible =
      problem.limits.allSatisfy {
        let value = measures.value(of: $0, at: none)
        return value >= $0.lower && value <= $0.upper
      }
      && margin.domain.allSatisfy {
        let value = $0.function.value(at: none)
        return value >= $0.lower && value <= $0.upper
      }
    let costs = measures.prices.flatMap {
      [$0.buying?.steps.first?.cost, $0.selling?.steps.first?.cost].compactMap(\.self)
    }
    guard isAdmissible, costs.allSatisfy({ $0 > 0 }),
      let program = try? EpigraphProgram(boxesOf: problem, measures: measures)
    else { return nil }
    let value = margin.function.value(at: none)
    var answer = EpigraphProgram.Answer(
      program: program, status: .optimal,
      variables: [Double](repeating: 0, count: program.variableCount), rowDuals: [],
      primalResidual: 0)
    answer.bound = value
    return Found(trades: none, cost: 0, margin: value, slope: nil, answer: answer)
  }

  /// Why there is no end.
  private struct NoEnd: Error { var value: HedgeFrontierOutcome }

  /// The point at which weights meet; its bound is that on margin at its cost, which the weights imply.
  private mutating func end(
    marginWeight: Double, costWeight: Double
  ) throws -> Result<Found, NoEnd> {
    var weighted = problem
    (weighted.marginWeight, weighted.costWeight) = (marginWeight, costWeight)
    var program = try EpigraphProgram(weighted, measures: measures, margin: margin)
    program.addLimits(of: weighted, measures: measures)
    var answer = try program.solve(settings, clock: clock, observe: { _ in })
    iterations += answer.iterations
    guard answer.primalResidual < 1e-6 else {
      if clock.seconds > settings.timeLimit {
        return .failure(NoEnd(value: .notSolved(reason: Self.outOfTime)))
      }
      switch try weighted.conflict(
        margin: margin, measures: measures, settings: settings, clock: clock)
      {
      case .infeasible(let conflict): return .failure(NoEnd(value: .infeasible(conflict)))
      case .notSolved(let reason): return .failure(NoEnd(value: .notSolved(reason: reason)))
      case .plan: return .failure(NoEnd(value: .notSolved(reason: "\(answer.status)")))
      }
    }
    var found = found(answer, slope: -costWeight / marginWeight)
    // w margin + c cost ≥ bound, and the cost is at most that of the point.
    answer.bound = (answer.bound - costWeight * found.cost) / marginWeight
    found.answer = answer
    return .success(found)
  }

  private static let outOfTime = "the time limit passed before the ends of the frontier were found"

  private func found(_ answer: EpigraphProgram.Answer, slope: Double?) -> Found {
    let trades = answer.program.cleanTrades(in: answer.variables)
    return Found(
      trades: trades, cost: measures.cost(of: trades), margin: margin.function.value(at: trades),
      slope: slope, answer: answer)
  }

  /// Least margins under limits on cost, each from the last. Points after the time limit are left out.
  private mutating func between(_ first: Found, _ last: Found, count: Int) throws -> [Found] {
    var program = try EpigraphProgram(problem, measures: measures, margin: margin)
    program.addLimits(of: problem, measures: measures)
    let row = program.rows.count
    let limit = problem.limits.count
    program.addRow(
      program.costExpression(measures, underlying: nil), atMost: last.cost, role: .limit(limit))
    var points: [Found] = []
    var warm = WarmProgram(program, row: row)
    for k in 1..<max(1, count - 1) {
      if clock.seconds > settings.timeLimit {
        omitted += 1
        continue
      }
      let t = Double(k) / Double(count - 1)
      let cost = first.cost + (last.cost - first.cost) * t * t
      let answer = try warm.solve(upper: cost, limit: limit, settings, clock: clock)
      iterations += answer.iterations
      guard answer.primalResidual < 1e-6 else {
        omitted += 1
        continue
      }
      points.append(found(answer, slope: min(0, -answer.rowDuals[row])))
    }
    return points
  }

  /// The points on a falling convex line: what lies above is replaced by the mixture of its neighbours'
  /// trades, which are admissible, cost no more and need no more margin than the line has there.
  private func convexified(_ found: [Found]) -> [Found] {
    var hull: [Int] = []
    for i in found.indices {
      if let top = hull.last,
        found[i].cost <= found[top].cost || found[i].margin >= found[top].margin
      {
        continue
      }
      while hull.count >= 2 {
        let (a, b) = (found[hull[hull.count - 2]], found[hull[hull.count - 1]])
        let slopes = (
          (b.margin - a.margin) / (b.cost - a.cost),
          (found[i].margin - b.margin) / (found[i].cost - b.cost)
        )
        if slopes.0 < slopes.1 { break }
        hull.removeLast()
      }
      hull.append(i)
    }
    var result: [Found] = []
    for (a, b) in zip(hull, hull.dropFirst()) {
      result.append(found[a])
      for i in (a + 1)..<b where found[i].cost > found[a].cost && found[i].cost < found[b].cost {
        result.append(mixture(found[i], of: found[a], found[b]))
      }
    }
    return result + hull.suffix(1).map { found[$0] }
  }

  private func mixture(_ point: Found, of a: Found, _ b: Found) -> Found {
    let share = min(1, max(0, (b.cost - point.cost) / (b.cost - a.cost)))
    var mixed = point
    mixed.trades = zip(a.trades, b.trades).map { share * $0 + (1 - share) * $1 }
    mixed.cost = measures.cost(of: mixed.trades)
    mixed.margin = margin.function.value(at: mixed.trades)
    return mixed
  }
}

/// A program of which one row's upper side moves, solved from its last answer.
private struct WarmProgram: ~Copyable {
  private var program: EpigraphProgram
  private let row: Int
  /// Where there are no shortfalls, whose programs grow by cuts.
  private var sequence: ProgramSequence?

  init(_ program: EpigraphProgram, row: Int) {
    (self.program, self.row) = (program, row)
  }

  mutating func solve(
    upper: Double, limit: Int, _ settings: HedgeProblem.Settings, clock: Stopwatch
  ) throws -> EpigraphProgram.Answer {
    program.setUpper(ofLimit: limit) { _ in upper }
    guard program.shortfalls.isEmpty else {
      let answer = try program.solve(settings, clock: clock, observe: { _ in })
      if answer.primalResidual < 1e-6 {
        program = answer.program
      }
      return answer
    }
    let none = EpigraphProgram.Answer(
      program: program, status: .stalled, variables: [], rowDuals: [], primalResidual: .infinity)
    let model = program.quadraticProgram()
    if sequence == nil {
      sequence = try ProgramSequence(model, settings.solver(within: clock))
    }
    try sequence?.update(inequalityUpper: model.inequalityUpper)
    if let solution = try sequence?.solve() {
      let answer = program.answer(solution, to: model, after: none)
      if answer.primalResidual < 1e-7 && answer.isDecided { return answer }
    }
    return try program.solveRelaxation(after: none, settings, clock: clock)
  }
}
