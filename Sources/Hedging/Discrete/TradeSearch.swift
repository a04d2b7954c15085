import Margin
import QuadraticProgramming

/// Branch and bound over trades that keep ``TradeRules``.
///
/// A node is an interval for each trade and a set of trades that are made. Its relaxation is the
/// epigraph program over the intervals, with Σ |x_i| / size_i ≤ k less the trades made over those
/// that are open; its bound is the ``CertifiedBound`` of whatever the interior point method returns.
/// Expected shortfalls are cut as points come up that are below them. Points are judged by the
/// functions themselves, never by the relaxation.
final class TradeSearch {
  struct Result {
    /// The best trades that were found; nil where there are none.
    var trades: [Double]?
    /// No admissible trades have a lower objective.
    var bound: Double
    var nodes: Int
    /// Whether all nodes were closed, so that no trades at all mean that none exist.
    var isComplete: Bool
    var iterations: Int
    var solveSeconds: Double
  }

  struct Node {
    var domains: [TradeDomain]
    var bound: Double
  }

  /// What a candidate is judged by: its objective by the convex face, nil where it breaks a limit.
  typealias Judge = ([Double]) -> Double?

  var program: EpigraphProgram
  private(set) var model: QuadraticProgram
  let sizes: [Double]
  let limit: Int
  let judge: Judge
  let solver: InteriorPointSolver.Settings
  let isOutOfTime: () -> Bool
  let relativeGap: Double
  private(set) var incumbent = Double.infinity
  private(set) var best: [Double]?
  private var open: [Node] = []
  private var nodes = 0
  private(set) var iterations = 0
  private(set) var solveSeconds = 0.0
  /// The least bound of nodes that could be neither closed nor split.
  private var abandoned = Double.infinity
  /// The least bound of nodes that were closed because it is within the gap.
  private var closed = Double.infinity
  /// Dollars that a coin of each instrument moves a scenario by, at most.
  let weights: [Double]

  init(
    _ program: EpigraphProgram, rules: [TradeDomain], maximumTrades: Int?, bound: Double,
    relativeGap: Double, solver: InteriorPointSolver.Settings, isOutOfTime: @escaping () -> Bool,
    judge: @escaping Judge
  ) {
    self.program = program
    self.judge = judge
    self.solver = solver
    self.isOutOfTime = isOutOfTime
    self.relativeGap = relativeGap
    model = program.quadraticProgram()
    limit = maximumTrades ?? rules.count
    sizes = zip(program.tradeLower, program.tradeUpper).map { max(-$0, $1) }
    weights = program.scenarioWeights()
    open = [Node(domains: rules, bound: bound)]
  }

  /// The bound from which on a node cannot improve the incumbent by more than the gap.
  private var cutoff: Double {
    incumbent.isFinite ? incumbent - 0.999 * relativeGap * max(1, abs(incumbent)) : .infinity
  }

  func run(observe: (_ nodes: Int, _ bound: Double, _ incumbent: Double) -> Void) -> Result {
    propose([Double](repeating: 0, count: sizes.count))
    var isComplete = true
    while let place = open.indices.min(by: { open[$0].bound < open[$1].bound }) {
      let node = open[place]
      if node.bound >= cutoff { break }
      if isOutOfTime() {
        isComplete = false
        break
      }
      open.swapAt(place, open.count - 1)
      open.removeLast()
      process(node)
      observe(nodes, provenBound, incumbent)
    }
    return Result(
      trades: best, bound: provenBound, nodes: nodes,
      isComplete: isComplete && abandoned == .infinity, iterations: iterations,
      solveSeconds: solveSeconds)
  }

  private var provenBound: Double {
    min(incumbent, abandoned, closed, open.reduce(Double.infinity) { min($0, $1.bound) })
  }

  private func process(_ node: Node) {
    nodes += 1
    guard let relaxed = relax(node) else { return }
    var node = node
    node.bound = max(node.bound, relaxed.bound)
    if isWithinGap(node) { return }
    // A dive from the root and, ever more rarely, from later nodes.
    if nodes == 1 || nodes.isMultiple(of: 16) { dive(from: node, at: relaxed.trades) }
    if isWithinGap(node) { return }
    guard let children = split(node, at: relaxed.trades) else {
      let point = snapped(relaxed.trades, in: node.domains)
      if let point { propose(point) }
      if isWithinGap(node) { return }
      let added = program.addCuts(at: relaxed.variables, relativeTolerance: 1e-9).added
      if added > 0 {
        model = program.quadraticProgram()
        open.append(node)
      } else {
        close(node)
      }
      return
    }
    open += children
  }

  /// Whether a node needs no further look; if so its bound goes into the proven one.
  private func isWithinGap(_ node: Node) -> Bool {
    guard node.bound >= cutoff else { return false }
    closed = min(closed, node.bound)
    return true
  }

  /// A node at which every rule is kept, yet whose bound is not met: split at its widest trade, or
  /// given up where nothing is left to split.
  private func close(_ node: Node) {
    let widths = node.domains.map { $0.lot > 0 ? ($0.upper - $0.lower) / $0.lot : 0 }
    guard let i = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[i] >= 1 else {
      abandoned = min(abandoned, node.bound)
      return
    }
    let middle = (node.domains[i].lower + node.domains[i].upper) / 2
    let cell = (middle / node.domains[i].lot).rounded(.down) * node.domains[i].lot
    open += parts(
      of: node, at: i,
      [
        node.domains[i].restricted(atMost: cell),
        node.domains[i].restricted(atLeast: cell + node.domains[i].lot),
      ])
  }

  /// Takes a point as the incumbent if it keeps the limits and is better.
  func propose(_ x: [Double]) {
    guard x.count(where: { $0 != 0 }) <= limit, let value = judge(x), value < incumbent else {
      return
    }
    incumbent = value
    best = x
  }

  struct Relaxed {
    var variables: [Double]
    var trades: [Double]
    var bound: Double
  }

  /// The relaxation over the node's intervals; nil where it has no point.
  func relax(_ node: Node) -> Relaxed? {
    let made = node.domains.count { $0.isMade }
    guard made <= limit, !node.domains.contains(where: \.isEmpty) else { return nil }
    var relaxation = model
    var (lower, upper) = (program.lower, program.upper)
    let n = sizes.count
    for (i, domain) in node.domains.enumerated() {
      (lower[i], upper[i]) = (max(0, domain.lower), max(0, domain.upper))
      (lower[n + i], upper[n + i]) = (max(0, -domain.upper), max(0, -domain.lower))
    }
    relaxation.bound(atLeast: lower, atMost: upper)
    if limit < n {
      relaxation.constrain(
        program.countRow(over: node.domains.indices.filter { !node.domains[$0].isMade }, sizes),
        atMost: [Double(limit - made)])
    }
    guard let solution = try? relaxation.solve(solver), solution.x.allSatisfy(\.isFinite) else {
      abandoned = min(abandoned, node.bound)
      return nil
    }
    iterations += solution.iterations
    solveSeconds += solution.setupSeconds + solution.solveSeconds
    if case .primalInfeasible = solution.status { return nil }
    let bound = CertifiedBound.lowerBound(
      of: relaxation, at: solution.x, equalityDuals: solution.duals.equality,
      inequalityDuals: solution.duals.inequality,
      coneDuals: solution.duals.cones)
    return Relaxed(
      variables: solution.x, trades: program.cleanTrades(in: solution.x),
      bound: max(node.bound, bound))
  }
}
