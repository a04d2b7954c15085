internal import LinearAlgebra

/// Best-first search over the supports of a ``SubsetSelection``.
///
/// A node names the variables that are in and those that are undecided. Its splitting is improved
/// from its parent's by a few Newton steps, undecided variables whose inclusion or exclusion would
/// reach the cutoff are fixed, and what is left is enumerated when that is cheap, else split.
final class SubsetSearch {
  private let source: SubsetSelection
  private let clock: SearchClock
  private let problem: ReducedSelection
  private let proof: PerspectiveBound
  private let enumeration: SubsetEnumeration
  private let exact: SupportSolver
  private var queue = NodeQueue<Node>()

  private var incumbent = Double.infinity
  private var best: [Double]?
  private var nodes = 0
  private var scores: [Double] = []
  /// The least bound of the nodes that were given up on, and of the one at work.
  private var abandoned = Double.infinity
  /// What rounding may have added to a bound.
  private let allowance: Double

  private struct Node {
    var included: [Int]
    var candidates: [Int]
    var d: [Double]
    var p: [Double]
    var μ: Double
  }

  init(_ source: SubsetSelection, _ clock: SearchClock) {
    self.source = source
    self.clock = clock
    problem = ReducedSelection(source)
    proof = PerspectiveBound(capacity: source.candidates.count)
    enumeration = SubsetEnumeration(source)
    exact = SupportSolver(source)
    // The terms of a bound are of the size of the objective without any h, and of the most that
    // all of them together can gain; their rounding errors are some n ε of that.
    let everything =
      (try? Cholesky(Matrix(rows: source.n, columns: source.n, elements: source.P)))
      .map { dot(source.c, $0.solve(source.c)) } ?? 0
    allowance = 1e-12 * (abs(source.constant) + abs(everything))
  }

  private var cutoff: Double { clock.settings.cutoff(below: incumbent) + allowance }

  func run() -> BranchAndBound.Outcome {
    enumeration.shouldStop = { [clock] in clock.checkTime() }
    enumeration.evaluate = { [unowned self] support in
      evaluate(support)
      return cutoff
    }
    findGoodSupports()
    queue.insert(
      Node(included: [], candidates: source.candidates, d: [], p: [], μ: 0), bound: leastPossible)
    var status = BranchAndBound.Status.optimal
    while let (bound, node) = queue.removeFirst() {
      if bound >= cutoff { break }
      if clock.checkTime() || nodes >= clock.settings.nodeLimit {
        status = clock.isOutOfTime ? .timeLimit : .nodeLimit
        abandoned = bound
        break
      }
      process(node, bound)
      if abandoned < .infinity {
        status = clock.isOutOfTime ? .timeLimit : .numericalLimit
        break
      }
      report()
    }
    let bound = min(incumbent, min(abandoned, cutoff) - allowance)
    report(urgent: true)
    return BranchAndBound.Outcome(
      status: status, x: best, objective: incumbent, bound: max(bound, leastPossible),
      nodes: nodes, seconds: clock.seconds)
  }

  /// The bound of the program without its cardinality.
  private var leastPossible: Double {
    source.constant - 0.5 * everythingGains - allowance
  }
  private lazy var everythingGains: Double = {
    let P = Matrix(rows: source.n, columns: source.n, elements: source.P)
    return (try? Cholesky(P)).map { dot(source.c, $0.solve(source.c)) } ?? .infinity
  }()

  private func report(urgent: Bool = false) {
    let bound = min(queue.leastBound, abandoned, cutoff) - allowance
    clock.report(
      urgent: urgent, incumbent: incumbent, bound: max(bound, leastPossible), nodes: nodes,
      openNodes: queue.count)
  }

  /// Solves a support exactly and keeps it if it is the best.
  private func evaluate(_ support: [Int]) {
    let value = exact.minimize(over: support)
    guard value < incumbent else { return }
    incumbent = value
    best = exact.x
    report(urgent: true)
  }

  private func findGoodSupports() {
    let heuristics = SubsetHeuristics(source: source, problem: problem)
    let forward = heuristics.forward()
    evaluate(forward)
    let stop = { [clock] in clock.checkTime() }
    evaluate(heuristics.exchanged(forward, pairs: true, shouldStop: stop))
  }
}

extension SubsetSearch {
  private func process(_ node: Node, _ bound: Double) {
    nodes += 1
    problem.reduce(including: node.included, leaving: node.candidates)
    let m = problem.m
    if m <= problem.k || problem.k == 0 {
      evaluate(node.included + (problem.k == 0 ? [] : node.candidates))
      return
    }
    if node.d.isEmpty {
      proof.start(problem)
      proof.improve(problem, cutoff: cutoff, reduction: 0.2, accuracy: 0.5, limit: 100)
      startFromIndicators()
      problem.reduce(including: node.included, leaving: node.candidates)
    } else {
      proof.start(problem, d: node.d, p: node.p, μ: node.μ)
      proof.improve(problem, cutoff: cutoff, reduction: 0.3, accuracy: 0.5, limit: 6)
    }
    if !proof.bound.isFinite {
      // Rounding spoiled the inherited splitting, or there is none yet.
      proof.start(problem)
      proof.improve(problem, cutoff: cutoff, reduction: 0.2, accuracy: 0.5, limit: 100)
    }
    guard proof.bound.isFinite else {
      abandoned = bound
      return
    }
    if max(proof.bound, bound) >= cutoff { return }
    let work = Double(m * m * m) * clock.settings.enumerationEffort
    if enumeration.run(problem, proof, included: node.included, cutoff: cutoff, budget: work) {
      return
    }
    if clock.isOutOfTime {
      abandoned = max(proof.bound, bound)
      return
    }
    split(node, max(proof.bound, bound))
  }

  /// Rounds the relaxation of the root.
  private func startFromIndicators() {
    let m = problem.m
    let order = (0..<m).sorted {
      proof.indicator($0) != proof.indicator($1)
        ? proof.indicator($0) > proof.indicator($1) : $0 < $1
    }
    let start = order.prefix(problem.k).map { problem.variables[$0] }
    let heuristics = SubsetHeuristics(source: source, problem: problem)
    evaluate(heuristics.exchanged(start, pairs: true) { [clock] in clock.checkTime() })
  }

  private func split(_ node: Node, _ bound: Double) {
    let m = problem.m
    let (q, top) = (proof.q.base, proof.top)
    var kept: [Int] = []
    var (bestScore, chosen) = (-1.0, 0)
    var bounds = (included: bound, excluded: bound)
    let B = proof.bound + 0.5 * top.sum
    for i in 0..<m {
      // The gains of q belong to this proof, not to a better bound that was inherited.
      let other = proof.bound + (q[i] < top.last ? 0.5 * (top.last - q[i]) : 0)
      let inside = max(bound, boundIncluding(i, B), other)
      let outside = max(bound, proof.bound + (q[i] >= top.last ? 0.5 * (q[i] - top.next) : 0))
      if inside >= cutoff { continue }
      kept.append(i)
      let b = proof.indicator(i)
      let score = max(b * (1 - b), 1e-6) * q[i]
      if score > bestScore {
        (bestScore, chosen) = (score, i)
        bounds = (inside, outside)
      }
    }
    let rest = kept.filter { $0 != chosen }
    let (candidates, d, p) = (
      rest.map { problem.variables[$0] }, rest.map { proof.d.base[$0] },
      rest.map { proof.p.base[$0] }
    )
    let μ = proof.μ * 2
    let excluding = Node(included: node.included, candidates: candidates, d: d, p: p, μ: μ)
    if bounds.excluded < cutoff { queue.insert(excluding, bound: bounds.excluded) }
    var including = excluding
    including.included.append(problem.variables[chosen])
    if bounds.included < cutoff { queue.insert(including, bound: bounds.included) }
  }

  /// The bound L(D, v) with variable i in the support; see ``SubsetEnumeration``. O(m).
  private func boundIncluding(_ i: Int, _ B: Double) -> Double {
    let m = problem.m
    let row = problem.S.base + i * m
    let (σ, gi) = (row[i], problem.g.base[i])
    let (di, vi) = (proof.d.base[i], proof.v.base[i])
    let e = proof.p.base[i] + di * vi
    scores.removeAll(keepingCapacity: true)
    for j in 0..<m where j != i {
      let pj = proof.p.base[j] - row[j] * e / σ
      scores.append(pj * pj / proof.d.base[j])
    }
    scores.sort(by: >)
    let sum = scores.prefix(problem.k - 1).reduce(0, +)
    return B + e / σ * (0.5 * e - gi) - 0.5 * di * vi * vi - 0.5 * sum
  }
}
