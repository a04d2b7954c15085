import LinearAlgebra
import Margin
import QuadraticProgramming

/// The program with its expected shortfalls over their scenarios.
///
/// The P&L of a scenario is a row over trades x, of which there is one matrix. So the variables here are
/// u = (x, sold, others) in place of v = (bought, sold, others):
///
///     bought = x + sold,     0 ≤ x + sold ≤ most that is bought,     0 ≤ sold ≤ most that is sold,
///
/// where nothing else has changed, and the multipliers of rows are the same.
extension EpigraphProgram {
  /// A shortfall's variable may lie below its function by this, relatively, in a proven solution.
  static let provenViolation = 1e-8

  /// The solution over all scenarios. Its program has one cut for each shortfall, Σ qₛ lossₛ(x), by the
  /// multipliers q of the scenarios: with it the program has the same optimum as with the shortfall.
  func solveOverScenarios(
    _ settings: HedgeProblem.Settings, clock: Stopwatch
  ) throws -> Answer {
    var whole = ScenarioProgram(programOverTrades())
    for shortfall in shortfalls {
      let f = shortfall.function
      whole.limit(
        .expectedShortfall(confidence: f.confidence),
        of: ScenarioLoss(
          outcomes: f.profitAndLoss, book: f.baseLosses.map { -$0 },
          variables: Array(0..<tradeCount), weights: f.weights),
        byVariable: shortfall.variable)
    }
    let solution = try whole.solve(settings.solver(within: clock))
    var v = solution.x
    for i in 0..<tradeCount { v[i] += v[tradeCount + i] }
    var program = self
    for (k, q) in solution.scenarioDuals.enumerated() {
      program.addCut(ofShortfall: k, weights: q, orAt: v)
    }
    var answer = Answer(
      program: program, status: solution.status, variables: v,
      rowDuals: Array(solution.duals.inequality.prefix(rows.count))
        + solution.limitDuals.map { max(0, $0 ?? 0) },
      primalResidual: solution.residuals.relativePrimal)
    answer.bound = CertifiedBound.lowerBound(
      of: program.quadraticProgram(), at: v, equalityDuals: [], inequalityDuals: answer.rowDuals,
      coneDuals: solution.duals.cones)
    answer.rounds = 1
    answer.iterations = solution.iterations
    answer.solveSeconds = solution.setupSeconds + solution.solveSeconds
    return answer
  }

  /// Adds the cut of a shortfall by weights of its scenarios, brought into the dual set; where they
  /// are none, because nothing depends on the shortfall, the cut at a point.
  private mutating func addCut(ofShortfall k: Int, weights q: [Double], orAt v: [Double]) {
    let function = shortfalls[k].function
    let support =
      q.reduce(0, +) > 0 ? function.support(weights: q)?.function : nil
    let cut = support ?? function.cut(at: trades(in: v)).support
    shortfalls[k].cuts.insert(cut)
    addCut(cut, below: shortfalls[k].variable)
  }

  /// How far the variable of a shortfall lies below its function, relatively, at most.
  func violation(at v: [Double]) -> Double {
    let x = trades(in: v)
    return shortfalls.reduce(0) { worst, shortfall in
      let value = shortfall.function.value(at: x)
      return max(worst, (value - v[shortfall.variable]) / max(1, abs(value)))
    }
  }

  /// The program without the shortfalls over (x, sold, others): its own rows first, then those of what
  /// is bought.
  private func programOverTrades() -> QuadraticProgram {
    let n = tradeCount
    var linearCost = cost
    for i in 0..<n { linearCost[n + i] += cost[i] }
    let quadraticCost = tradeQuadratic.map { q in
      QuadraticCost.sparse(
        SparseMatrix(q).widened(by: variableCount - n, rows: variableCount - n))
    }
    var program = QuadraticProgram(quadraticCost: quadraticCost, linearCost: linearCost)
    program.objectiveConstant = objectiveConstant
    var triplets: [Triplet] = []
    func overTrades(_ expression: [Int: Double]) -> [Int: Double] {
      var terms = expression
      for (j, value) in expression where j < n { terms[n + j, default: 0] += value }
      return terms
    }
    for (i, row) in rows.enumerated() {
      for (j, value) in overTrades(row.terms) where value != 0 {
        triplets.append(Triplet(row: i, column: j, value: value))
      }
    }
    for i in 0..<n {
      triplets.append(Triplet(row: rows.count + i, column: i, value: 1))
      triplets.append(Triplet(row: rows.count + i, column: n + i, value: 1))
    }
    program.constrain(
      SparseMatrix(rows: rows.count + n, columns: variableCount, triplets: triplets),
      atLeast: rows.map(\.lower) + [Double](repeating: 0, count: n),
      atMost: rows.map(\.upper) + upper[..<n])
    addCones(to: &program) { overTrades($0.terms) }
    program.bound(
      atLeast: tradeLower + lower[n...], atMost: tradeUpper + upper[n...])
    return program
  }
}

extension ExpectedShortfallFunction {
  /// Whether the losses are those of another, by their values; at once where both share them.
  func hasLosses(of other: ExpectedShortfallFunction) -> Bool {
    baseLosses == other.baseLosses && weights == other.weights
      && profitAndLoss == other.profitAndLoss
  }
}
