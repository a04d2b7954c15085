import Margin

/// The proof of least margin by a rule that is not convex: branch and bound over the choices of its floor.
///
/// A node decides some of the choices of a ``MarginFloor``. Its bound is the certified one of the program with
/// the floor for margin; trades at which it is met are judged by the exact rule. The node of least bound is
/// split at the choice that raises the floor most at its trades, whichever way it is decided.
struct ChoiceSearch {
  struct Result {
    /// No admissible trades have a lower objective by the exact rule.
    var bound: Double
    var best: ExactJudge.Verdict
    var nodes = 0
  }

  private struct Node {
    var decisions: MarginFloor.Decisions
    var bound: Double
    /// The trades at which the program of the node is met; nil where it was not solved.
    var trades: [Double]?
  }

  let problem: HedgeProblem
  let face: MarginFunction
  let floor: MarginFloor
  let judge: ExactJudge
  let settings: HedgeProblem.Settings
  let clock: Stopwatch
  private let deadline: Double
  private let lower: [Double]
  private let upper: [Double]

  /// - Parameter face: the convex face of the rule at the book, with its floor.
  init(
    _ problem: HedgeProblem, face: MarginFunction, floor: MarginFloor, measures: MeasureTable,
    settings: HedgeProblem.Settings, clock: Stopwatch
  ) throws {
    (self.problem, self.face, self.floor) = (problem, face, floor)
    (self.settings, self.clock) = (settings, clock)
    judge = ExactJudge(problem, measures: measures)
    deadline = min(settings.timeLimit, clock.seconds + settings.searchTimeLimit)
    let boxes = try EpigraphProgram(boxesOf: problem, measures: measures)
    (lower, upper) = (boxes.tradeLower, boxes.tradeUpper)
  }

  /// - Parameter incumbent: the best trades known, which are replaced where better ones come up.
  func run(
    from incumbent: ExactJudge.Verdict, observe: (HedgeProblem.Progress) -> Void
  ) throws -> Result {
    var result = Result(bound: -.infinity, best: incumbent)
    // The least bound of nodes with nothing left to decide.
    var closed = Double.infinity
    var open: [Node] = []
    func add(_ decisions: MarginFloor.Decisions, above bound: Double) throws {
      guard let node = try relax(decisions, above: bound) else { return }
      result.nodes += 1
      if let x = node.trades, let verdict = try? judge.verdict(on: x),
        verdict.isAdmissible(beside: incumbent), verdict.objective < result.best.objective
      {
        result.best = verdict
      }
      if !node.decisions.contains(where: { $0 == nil }) {
        closed = min(closed, node.bound)
      } else {
        open.append(node)
      }
    }
    try add(floor.open, above: -.infinity)
    while let place = open.indices.min(by: { open[$0].bound < open[$1].bound }) {
      let node = open[place]
      let least = result.best.objective
      let isWithinGap = node.bound >= least - settings.relativeGap * max(1, abs(least))
      if isWithinGap || closed <= node.bound || clock.seconds > deadline { break }
      open.swapAt(place, open.count - 1)
      open.removeLast()
      let choice = choiceToSplit(node)
      for alternative in 0..<floor.choices[choice].count {
        var decisions = node.decisions
        decisions[choice] = alternative
        try add(decisions, above: node.bound)
      }
      observe(
        .init(
          round: 0, bound: min(closed, open.reduce(.infinity) { min($0, $1.bound) }), violation: 0,
          nodes: result.nodes, incumbent: result.best.objective))
    }
    result.bound = min(result.best.objective, closed, open.reduce(.infinity) { min($0, $1.bound) })
    return result
  }

  /// The program of a node; nil where no trades meet the limits.
  private func relax(_ decisions: MarginFloor.Decisions, above bound: Double) throws -> Node? {
    let function = floor.function(deciding: decisions, lower: lower, upper: upper)
    let margin = MarginFunction(function, domain: face.domain)
    let measures = judge.measures.with(margin: margin)
    var program = try EpigraphProgram(problem, measures: measures, margin: margin)
    program.addLimits(of: problem, measures: measures)
    let answer = try program.solve(settings, clock: clock, observe: { _ in })
    if case .primalInfeasible = answer.status { return nil }
    let isSolved = answer.primalResidual < 1e-6
    return Node(
      decisions: decisions, bound: max(bound, answer.bound),
      trades: isSolved ? answer.program.cleanTrades(in: answer.variables) : nil)
  }

  /// The open choice whose decision, whichever it is, raises the floor most at the node's trades.
  private func choiceToSplit(_ node: Node) -> Int {
    let x = node.trades ?? lower.map { _ in 0 }
    func value(_ decisions: MarginFloor.Decisions) -> Double {
      floor.function(deciding: decisions, lower: lower, upper: upper).value(at: x)
    }
    let open = node.decisions.indices.filter { node.decisions[$0] == nil }
    let rises = open.map { c in
      let values = (0..<floor.choices[c].count).map { alternative in
        var decisions = node.decisions
        decisions[c] = alternative
        return value(decisions)
      }
      return (values.min() ?? 0, values.max() ?? 0)
    }
    let best = rises.indices.max { rises[$0] < rises[$1] } ?? 0
    return open[best]
  }
}
