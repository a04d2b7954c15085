import LinearAlgebra
import QuadraticProgramming

extension TradeSearch {
  /// The children of a node at its relaxation's trades; nil where these keep all rules.
  func split(_ node: Node, at x: [Double]) -> [Node]? {
    func effect(_ i: Int) -> Double { weights[i] * abs(x[i]) }
    let undecided = x.indices.filter { x[$0] != 0 && !node.domains[$0].isMade }
    let made = node.domains.count { $0.isMade }
    if made + undecided.count > limit, let i = undecided.max(by: { effect($0) < effect($1) }) {
      return decide(node, at: i)
    }
    let broken = x.indices.filter { distance(of: x[$0], to: node.domains[$0]) > 0 }
    guard
      let i = broken.max(by: {
        weights[$0] * distance(of: x[$0], to: node.domains[$0])
          < weights[$1] * distance(of: x[$1], to: node.domains[$1])
      })
    else { return nil }
    let domain = node.domains[i]
    if abs(x[i]) < domain.least && domain.allowsZero { return decide(node, at: i) }
    // Only lots can be broken outside (−least, least).
    let below = (x[i] / domain.lot).rounded(.down) * domain.lot
    return parts(
      of: node, at: i,
      [domain.restricted(atMost: below), domain.restricted(atLeast: below + domain.lot)])
  }

  /// How far a trade is from the nearest that its rules allow; 0 within a millionth of a lot, or of
  /// the least size.
  private func distance(of x: Double, to domain: TradeDomain) -> Double {
    guard let nearest = domain.nearest(to: x) else { return 0 }
    let distance = abs(x - nearest)
    return distance <= 1e-6 * max(domain.lot, domain.least) ? 0 : distance
  }

  /// No trade in an instrument, or one that counts.
  private func decide(_ node: Node, at i: Int) -> [Node] {
    let domain = node.domains[i]
    return parts(of: node, at: i, [domain.restricted(atLeast: 0, atMost: 0)] + domain.made)
  }

  /// The node with each of some domains for one trade.
  func parts(of node: Node, at i: Int, _ domains: [TradeDomain]) -> [Node] {
    domains.filter { !$0.isEmpty }.map {
      var part = node
      part.domains[i] = $0
      return part
    }
  }

  /// Every trade at the nearest that its rules allow; nil where a domain is empty.
  func snapped(_ x: [Double], in domains: [TradeDomain]) -> [Double]? {
    let snapped = zip(x, domains).compactMap { $1.nearest(to: $0) }
    return snapped.count == x.count ? snapped : nil
  }

  /// Looks for a point that keeps all rules: takes trades away until there are few enough, the last
  /// ones by what their loss costs, then rounds the half of the trades that are nearest to a lot, and
  /// relaxes again.
  func dive(from node: Node, at trades: [Double]) {
    var (node, x) = (node, trades)
    for _ in 0..<80 where !isOutOfTime() {
      if let point = snapped(x, in: node.domains) { propose(point) }
      let undecided = x.indices.filter { x[$0] != 0 && !node.domains[$0].isMade }
        .sorted { weights[$0] * abs(x[$0]) < weights[$1] * abs(x[$1]) }
      let excess = node.domains.count { $0.isMade } + undecided.count - limit
      var next = node
      if excess > 0 {
        let dropped =
          excess > 6
          ? Array(undecided.prefix(excess / 2)) : [leastMissed(of: undecided.prefix(10), in: node)]
        for i in dropped { next.fix(i, to: 0) }
      } else {
        let broken = x.indices.filter { distance(of: x[$0], to: node.domains[$0]) > 0 }
          .sorted {
            weights[$0] * distance(of: x[$0], to: node.domains[$0])
              < weights[$1] * distance(of: x[$1], to: node.domains[$1])
          }
        if broken.isEmpty { return }
        if limit < x.count {
          for i in x.indices where x[i] == 0 && !node.domains[i].isMade { next.fix(i, to: 0) }
        }
        for i in broken.prefix((broken.count + 1) / 2) {
          next.fix(i, to: node.domains[i].nearest(to: x[i]) ?? 0)
        }
        if relax(next) == nil, let i = broken.first {
          next = node
          next.fix(i, to: node.domains[i].nearest(to: x[i]) ?? 0)
        }
      }
      guard let relaxed = relax(next) else { return }
      if relaxed.bound >= incumbent { return }
      (node, x) = (next, relaxed.trades)
    }
  }
}

extension TradeSearch {
  /// The trade without which the relaxation's bound rises least. There is one at least.
  private func leastMissed(of trades: ArraySlice<Int>, in node: Node) -> Int {
    var (least, missed) = (Double.infinity, trades.first ?? 0)
    for i in trades where !isOutOfTime() {
      var without = node
      without.bound = -.infinity
      without.fix(i, to: 0)
      guard let relaxed = relax(without), relaxed.bound < least else { continue }
      (least, missed) = (relaxed.bound, i)
    }
    return missed
  }
}

extension TradeSearch.Node {
  fileprivate mutating func fix(_ i: Int, to x: Double) {
    domains[i] = domains[i].restricted(atLeast: x, atMost: x)
  }
}

extension EpigraphProgram {
  /// Σ |x_i| / size_i over some trades, as a row.
  func countRow(over trades: [Int], _ sizes: [Double]) -> SparseMatrix {
    SparseMatrix(
      rows: 1, columns: variableCount,
      triplets: trades.filter { sizes[$0] > 0 }.flatMap {
        [
          Triplet(row: 0, column: $0, value: 1 / sizes[$0]),
          Triplet(row: 0, column: tradeCount + $0, value: 1 / sizes[$0]),
        ]
      })
  }

  /// The dollars by which a coin of each instrument moves a row of an epigraph, at most.
  func scenarioWeights() -> [Double] {
    var weights = (0..<tradeCount).map { max(cost[$0], cost[tradeCount + $0], 1e-9) }
    for row in rows where row.role == .epigraph {
      for (variable, coefficient) in row.terms where variable < tradeCount {
        weights[variable] = max(weights[variable], abs(coefficient))
      }
    }
    return weights
  }
}
