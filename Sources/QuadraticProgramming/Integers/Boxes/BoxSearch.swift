internal import LinearAlgebra

/// Search over boxes and decisions, for programs with rows, lots and minimum sizes.
///
/// Depth first along the branch that the relaxation favours, until it is closed; then from the open
/// node of the least bound. Every bound is a ``LagrangianBound``, whatever the relaxation did.
final class BoxSearch {
  private let program: MixedIntegerProgram
  private let clock: SearchClock
  private let slots: Int
  private var bound: LagrangianBound
  /// What a P that is semidefinite but for rounding may take from a bound.
  private let allowance: Double
  private var queue = NodeQueue<Node>()
  private var incumbent = Double.infinity
  private var best: [Double]?
  private var nodes = 0
  /// The least bound of the nodes that were given up on.
  private var abandoned = Double.infinity

  private struct Node {
    var domains: [VariableDomain]
    var start: [Double]
    var bound: Double
  }

  init(_ program: MixedIntegerProgram, _ clock: SearchClock) throws(MixedIntegerProgramError) {
    self.program = program
    self.clock = clock
    slots = program.cardinality?.limit ?? program.variableCount
    let n = program.variableCount
    bound = LagrangianBound(program: program, d: [Double](repeating: 0, count: n))
    let values = (try? SymmetricEigen(program.quadraticCost))?.values ?? []
    let (least, largest) = (values.first ?? 0, abs(values.last ?? 0))
    guard least >= -1e-9 * largest else { throw .notConvex(eigenvalue: least) }
    if least <= 1e-9 * largest {
      let open = (0..<n).first {
        !program.lowerBounds[$0].isFinite || !program.upperBounds[$0].isFinite
      }
      if let open { throw .unbounded(variable: open) }
    }
    let reach = (0..<n).reduce(0.0) {
      let end = max(abs(program.lowerBounds[$1]), abs(program.upperBounds[$1]))
      return $0 + 4 * end * end
    }
    allowance = least < 0 ? -0.5 * least * reach : 0
  }

  private var cutoff: Double { clock.settings.cutoff(below: incumbent) }

  func run() -> BranchAndBound.Outcome {
    var status = BranchAndBound.Status.optimal
    if let root = rootNode() { queue.insert(root, bound: -.infinity) }
    var next: Node?
    while let node = next ?? queue.removeFirst()?.node {
      next = nil
      if node.bound >= cutoff { continue }
      if clock.checkTime() || nodes >= clock.settings.nodeLimit {
        status = clock.isOutOfTime ? .timeLimit : .nodeLimit
        abandoned = min(abandoned, node.bound)
        break
      }
      next = process(node)
      report(next)
    }
    if status == .optimal {
      if abandoned < cutoff {
        status = .numericalLimit
      } else if best == nil {
        status = .infeasible
      }
    }
    report(nil, urgent: true)
    return BranchAndBound.Outcome(
      status: status, x: best, objective: incumbent, bound: provenBound(nil), nodes: nodes,
      seconds: clock.seconds)
  }

  private func provenBound(_ current: Node?) -> Double {
    min(incumbent, queue.leastBound, abandoned, current?.bound ?? .infinity, cutoff)
  }

  private func report(_ current: Node?, urgent: Bool = false) {
    clock.report(
      urgent: urgent, incumbent: incumbent, bound: provenBound(current), nodes: nodes,
      openNodes: queue.count + (current == nil ? 0 : 1))
  }

  /// The domains as given and the splitting for them; nil when a domain is empty.
  private func rootNode() -> Node? {
    let n = program.variableCount
    let counted = Set(program.cardinality?.variables ?? [])
    let domains = (0..<n).map {
      VariableDomain(
        lower: program.lowerBounds[$0], upper: program.upperBounds[$0],
        minimumSize: program.minimumSizes[$0], lot: program.lots[$0],
        isCounted: counted.contains($0))
    }
    guard let settled = settle(domains) else { return nil }
    let zeros = [Double](repeating: 0, count: n)
    let plain = NodeRelaxation(bound, settled, slots: slots, start: zeros)
    let size = plain.x.reduce(0) { max($0, $1 * $1) } + 1e-12
    let weights = (0..<n).map { i in
      let e = settled[i]
      if e.lot > 0 { return e.lot * e.lot }
      if e.isIndicated { return plain.x[i] * plain.x[i] + e.minimum * e.minimum + 1e-4 * size }
      return e.lower.isFinite && e.upper.isFinite ? 0 : 1e-6 * size
    }
    let d =
      selectionSplitting() ?? DiagonalSplitting(program.quadraticCost, weights: weights).d
    bound = LagrangianBound(program: program, d: d)
    return Node(domains: settled, start: plain.x, bound: -.infinity)
  }

  /// The strongest splitting for the cardinality alone, where every variable is counted and none
  /// comes in lots; nil elsewhere.
  private func selectionSplitting() -> [Double]? {
    guard let cardinality = program.cardinality, program.lots.allSatisfy({ $0 == 0 }) else {
      return nil
    }
    var selecting = MixedIntegerProgram(
      quadraticCost: program.quadraticCost, linearCost: program.linearCost)
    selecting.limitNonzeros(among: cardinality.variables, to: cardinality.limit)
    guard let selection = SubsetSelection(selecting), selection.forced.isEmpty,
      selection.limit > 0, selection.limit < selection.n
    else { return nil }
    let problem = ReducedSelection(selection)
    problem.reduce(including: [], leaving: selection.candidates)
    let proof = PerspectiveBound(capacity: selection.n)
    proof.start(problem)
    proof.improve(problem, cutoff: .infinity, reduction: 0.2, accuracy: 0.02, limit: 100)
    guard proof.bound.isFinite else { return nil }
    return proof.d.array(selection.n).map { $0 * (1 - 1e-9) }
  }

  /// The domains with what follows from a full cardinality; nil when they are infeasible.
  private func settle(_ domains: [VariableDomain]) -> [VariableDomain]? {
    var domains = domains
    guard !domains.contains(where: \.isEmpty) else { return nil }
    func isIn(_ e: VariableDomain) -> Bool {
      e.isCounted && (e.choice == .nonzero || !e.allowsZero)
    }
    let used = domains.filter(isIn).count
    guard used <= slots else { return nil }
    if used == slots {
      for i in domains.indices where domains[i].isCounted && !isIn(domains[i]) {
        domains[i].choice = .zero
        domains[i].tighten()
      }
    }
    return domains
  }
}

extension BoxSearch {
  /// Bounds a node, looks for points in it, and splits it; returns the child to go on with.
  private func process(_ node: Node) -> Node? {
    nodes += 1
    let relaxed = NodeRelaxation(bound, node.domains, slots: slots, start: node.start)
    if relaxed.ending == .infeasible { return nil }
    let value = bound.value(node.domains, slots: slots, x: relaxed.x, rows: relaxed.y) - allowance
    let proven = max(node.bound, value.isNaN ? -.infinity : value)
    if proven >= cutoff { return nil }
    let branch = branchingVariable(relaxed, node.domains)
    // A completion costs as much as the node: for every node until there is a point, then for some.
    let isSettled = (branch?.cost ?? 0) <= 1e-9 * (1 + abs(proven))
    if best == nil || nodes <= 20 || nodes.isMultiple(of: 8) || isSettled {
      complete(relaxed, node.domains)
    }
    if proven >= cutoff { return nil }
    guard let variable = branch?.variable else {
      abandoned = min(abandoned, proven)
      return nil
    }
    var children = split(node.domains[variable], at: relaxed.x[variable]).compactMap { domain in
      var domains = node.domains
      domains[variable] = domain
      return settle(domains).map { Node(domains: $0, start: relaxed.x, bound: proven) }
    }
    guard !children.isEmpty else { return nil }
    let first = children.removeFirst()
    for child in children { queue.insert(child, bound: child.bound) }
    return first
  }

  /// Rounds every decision as the relaxation suggests, and solves for what is left.
  private func complete(_ relaxed: NodeRelaxation, _ domains: [VariableDomain]) {
    var rounded = domains
    let used = domains.filter {
      $0.isCounted && !$0.isIndicated && $0.choice != .zero && !($0.isFixed && $0.lower == 0)
    }.count
    let indicated = domains.indices.filter { domains[$0].isIndicated }
    let order = indicated.filter { domains[$0].isCounted }.sorted {
      let (a, b) = (score(relaxed, domains, $0), score(relaxed, domains, $1))
      return a != b ? a > b : $0 < $1
    }
    for i in order.dropFirst(max(0, slots - used)) { rounded[i].choice = .zero }
    for i in domains.indices where !domains[i].isFixed {
      let value = rounded[i].choice == .zero ? 0 : rounded[i].nearest(to: relaxed.x[i])
      if rounded[i].lot > 0 || rounded[i].choice == .zero {
        (rounded[i].lower, rounded[i].upper) = (value, value)
      } else if rounded[i].minimum > 0 {
        if value == 0 { rounded[i].choice = .zero } else { rounded[i].choice = .nonzero }
        if value > 0 { rounded[i].lower = max(rounded[i].lower, rounded[i].minimum) }
        if value < 0 { rounded[i].upper = min(rounded[i].upper, -rounded[i].minimum) }
        rounded[i].tighten()
      } else if rounded[i].isCounted {
        rounded[i].choice = .nonzero
      }
      if rounded[i].isEmpty { return }
    }
    let point = NodeRelaxation(bound, rounded, slots: slots, start: relaxed.x)
    if point.ending != .infeasible { offer(point.x) }
  }

  private func score(_ relaxed: NodeRelaxation, _ domains: [VariableDomain], _ i: Int) -> Double {
    relaxed.b[i] * relaxed.x[i] * relaxed.x[i] * program.quadraticCost[i, i]
  }

  /// Keeps a point if it satisfies the rows, to a part in 10⁹ of their terms, and is the best.
  private func offer(_ x: [Double]) {
    for r in 0..<program.rowCount {
      var (sum, magnitude) = (CompensatedSum(), 1.0)
      for i in 0..<program.variableCount {
        sum.add(program.rows[r, i], times: x[i])
        magnitude += abs(program.rows[r, i] * x[i])
      }
      let tolerance = 1e-9 * magnitude
      guard sum.value >= program.rowLower[r] - tolerance,
        sum.value <= program.rowUpper[r] + tolerance
      else { return }
    }
    let value = program.objective(at: x)
    guard value < incumbent else { return }
    (incumbent, best) = (value, x)
    report(nil, urgent: false)
  }

  /// The variable whose relaxed value is the most wrong, by what it costs to move it; nil when no
  /// decision is left.
  private func branchingVariable(
    _ relaxed: NodeRelaxation, _ domains: [VariableDomain]
  ) -> (variable: Int, cost: Double)? {
    var worst: (variable: Int, cost: Double)?
    for i in domains.indices where !domains[i].isFixed {
      let e = domains[i]
      guard e.lot > 0 || e.isIndicated else { continue }
      let x = relaxed.x[i]
      let move = e.nearest(to: x) - x
      var cost = program.quadraticCost[i, i] * move * move
      if e.isIndicated && e.isCounted {
        let b = min(max(relaxed.b[i], 0), 1)
        cost += program.quadraticCost[i, i] * x * x * b * (1 - b)
      }
      if cost > worst?.cost ?? -1 { worst = (i, cost) }
    }
    return worst
  }

  /// The parts of a domain, that of the relaxed value first.
  private func split(_ domain: VariableDomain, at x: Double) -> [VariableDomain] {
    func part(_ change: (inout VariableDomain) -> Void) -> VariableDomain {
      var part = domain
      change(&part)
      part.tighten()
      return part
    }
    if domain.isIndicated {
      let zero = part { $0.choice = .zero }
      guard domain.minimum > 0 else {
        let inside = part { $0.choice = .nonzero }
        return [inside, zero].filter { !$0.isEmpty }
      }
      let above = part { ($0.choice, $0.lower) = (.nonzero, max($0.lower, $0.minimum)) }
      let below = part { ($0.choice, $0.upper) = (.nonzero, min($0.upper, -$0.minimum)) }
      let signed = x >= 0 ? [above, below] : [below, above]
      let near = domain.nearest(to: x) == 0 ? [zero] + signed : [signed[0], zero, signed[1]]
      return near.filter { !$0.isEmpty }
    }
    let place = min(max((x / domain.lot).rounded(.down) * domain.lot, domain.lower), domain.upper)
    let middle = place < domain.upper ? place : place - domain.lot
    let below = part { $0.upper = middle }
    let above = part { $0.lower = middle + domain.lot }
    return (x - middle <= 0.5 * domain.lot ? [below, above] : [above, below])
      .filter { !$0.isEmpty }
  }
}
