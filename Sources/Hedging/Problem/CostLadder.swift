/// The cost of buying, or of selling, one instrument: convex and piecewise linear in the coins.
struct CostLadder {
  /// So many coins at a cost in dollars each.
  struct Step {
    var cost: Double
    var quantity: Double
  }

  /// Costs rise from each step to the next.
  let steps: [Step]

  /// Any quantity at one cost.
  init(_ cost: Double) { steps = [Step(cost: cost, quantity: .infinity)] }

  /// - Precondition: there is a step, and costs do not fall.
  init(_ steps: [Step]) {
    precondition(!steps.isEmpty && zip(steps, steps.dropFirst()).allSatisfy { $0.cost <= $1.cost })
    self.steps = steps
  }

  /// The coins that there are.
  var depth: Double { steps.reduce(0) { $0 + $1.quantity } }

  /// The cost of so many coins; those beyond the depth, which no trade has but for rounding, as the last.
  func cost(of coins: Double) -> Double {
    var (cost, left) = (0.0, coins)
    for (i, step) in steps.enumerated() where left > 0 {
      let taken = i == steps.count - 1 ? left : min(left, step.quantity)
      cost += taken * step.cost
      left -= taken
    }
    return cost
  }

  /// The same as cost₀ · v + Σ rise · max(0, v − beyond) for v coins.
  var kinks: [(beyond: Double, rise: Double)] {
    var beyond = 0.0
    return zip(steps, steps.dropFirst()).map { below, above in
      beyond += below.quantity
      return (beyond, above.cost - below.cost)
    }
  }
}
