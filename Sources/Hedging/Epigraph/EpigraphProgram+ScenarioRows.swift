import Margin

extension EpigraphProgram {
  /// Holds every expected shortfall below its variable t by rows of its scenarios (R. T. Rockafellar,
  /// S. Uryasev, "Optimization of conditional value-at-risk", 2000):
  ///
  ///     t ≥ α + Σ wₛ uₛ,    uₛ ≥ lossₛ(x) − α,    uₛ ≥ 0,
  ///
  /// with w the probabilities over 1 − c. For a solver that knows no shortfalls; O(Sn) entries.
  mutating func addScenarioRows() {
    for shortfall in shortfalls {
      let f = shortfall.function
      let losses = f.scenarioLosses
      let ranges = losses.map { $0.range(lower: tradeLower, upper: tradeUpper) }
      let least = ranges.reduce(Double.infinity) { min($0, $1.lowerBound) }
      let most = ranges.reduce(-Double.infinity) { max($0, $1.upperBound) }
      let quantile = addVariable(in: least...most)
      var tail = LinearExpression(terms: [quantile: 1, shortfall.variable: -1])
      for (s, loss) in losses.enumerated() {
        let weight = f.weights.map { $0[s] / (1 - f.confidence) } ?? 1 / f.tailCount
        if weight == 0 { continue }
        let beyond = addVariable(in: 0...(most - least))
        tail.add(weight, beyond)
        var row = linear(loss)
        row.add(-1, quantile)
        row.add(-1, beyond)
        addRow(row, atMost: 0, role: .epigraph)
      }
      addRow(tail, atMost: 0, role: .epigraph)
    }
  }
}

extension ExpectedShortfallFunction {
  /// The loss in each scenario as a function of trades.
  fileprivate var scenarioLosses: [AffineFunction] {
    baseLosses.indices.map { s in
      AffineFunction(
        (0..<profitAndLoss.columns).map { -profitAndLoss[s, $0] }, constant: baseLosses[s])
    }
  }
}
