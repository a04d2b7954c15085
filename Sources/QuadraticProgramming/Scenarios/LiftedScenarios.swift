package import LinearAlgebra

/// The quadratic program that a ``ScenarioProgram`` stands for, over its x and, for every risk,
///
///     expected shortfall   α, z ≥ 0:   R x + α + z ≥ −book,   risk = α + Σ pₛzₛ / (1 − confidence)
///     worst case           t:          R x + t ≥ −book,       risk = t,
///
/// where t is the variable that the risk is held below, if there is one. R is a dense block by reference;
/// scenarios of probability zero have no row, and then the others are copied.
struct LiftedScenarios {
  let program: QuadraticProgram
  private let risks: [ScenarioProgram.Risk]
  private let lifts: [Lift]

  /// Where a risk is found in the lifted program.
  private struct Lift {
    /// The scenarios with a row; nil for all.
    var scenarios: [Int]?
    /// The first row of G.
    var firstRow: Int
    /// The row of G that limits the risk, where one does.
    var limitRow: Int?
  }

  init(_ whole: ScenarioProgram) {
    let n = whole.program.variableCount
    let possible = whole.risks.map { $0.loss.possibleScenarios }
    let losses = zip(whole.risks, possible).map { risk, scenarios in
      scenarios.map { risk.loss.selecting($0) } ?? risk.loss
    }
    var count = n
    let firsts = zip(whole.risks, losses).map { risk, loss in
      defer { count += risk.addedVariables(loss) }
      return count
    }
    var lifted = whole.program.widened(to: count)
    var lower = lifted.lowerBounds
    for ((risk, loss), first) in zip(zip(whole.risks, losses), firsts) {
      guard case .expectedShortfall = risk.measure else { continue }
      for i in 0..<loss.scenarioCount { lower[first + 1 + i] = 0 }
    }
    lifted.bound(atLeast: lower)
    var lifts: [Lift] = []
    for (k, risk) in whole.risks.enumerated() {
      let firstRow = lifted.inequalityCount
      risk.addScenarios(losses[k], to: &lifted, first: firsts[k])
      let limitRow = risk.use(losses[k], in: &lifted, first: firsts[k])
      lifts.append(Lift(scenarios: possible[k], firstRow: firstRow, limitRow: limitRow))
    }
    program = lifted
    risks = whole.risks
    self.lifts = lifts
  }

  /// For every risk the multipliers of its scenarios.
  func scenarioDuals(_ duals: Duals) -> [[Double]] {
    zip(risks, lifts).map { risk, lift in
      let S = risk.loss.scenarioCount
      func dual(_ i: Int) -> Double { max(0, -duals.inequality[lift.firstRow + i]) }
      guard let scenarios = lift.scenarios else { return (0..<S).map(dual) }
      var result = [Double](repeating: 0, count: S)
      for (i, s) in scenarios.enumerated() { result[s] = dual(i) }
      return result
    }
  }

  /// For every risk that is limited the multiplier of that.
  func limitDuals(_ duals: Duals) -> [Double?] {
    zip(zip(risks, lifts), scenarioDuals(duals)).map { risk, q in
      if case .objective = risk.0.role { return nil }
      return risk.1.limitRow.map { duals.inequality[$0] } ?? q.reduce(0, +)
    }
  }
}

extension ScenarioProgram.Risk {
  fileprivate func addedVariables(_ loss: ScenarioLoss) -> Int {
    switch (measure, role) {
    case (.expectedShortfall, _): 1 + loss.scenarioCount
    case (.worstCase, .epigraph): 0
    case (.worstCase, _): 1
    }
  }

  /// Adds a row for each scenario.
  fileprivate func addScenarios(
    _ loss: ScenarioLoss, to lifted: inout QuadraticProgram, first: Int
  ) {
    let (n, S) = (lifted.variableCount, loss.scenarioCount)
    var level = first
    if case (.worstCase, .epigraph(let variable)) = (measure, role) { level = variable }
    var slacks = first..<first
    if case .expectedShortfall = measure { slacks = first + 1..<first + 1 + S }
    var starts = [Int](repeating: 0, count: n + 1)
    var indices: [Int32] = []
    indices.reserveCapacity(2 * S)
    for j in 0..<n {
      if j == level { indices += (0..<S).map(Int32.init) }
      if slacks.contains(j) { indices.append(Int32(j - slacks.lowerBound)) }
      starts[j + 1] = indices.count
    }
    let rest = SparseMatrix(
      rows: S, columns: n, columnStarts: starts, rowIndices: indices,
      values: [Double](repeating: 1, count: indices.count))
    lifted.constrain(
      loss.outcomes, over: loss.variables, plus: rest, atLeast: loss.book.map { -$0 })
  }

  /// Puts the risk into the objective, or under its limit; the row of that, where there is one.
  fileprivate func use(
    _ loss: ScenarioLoss, in lifted: inout QuadraticProgram, first: Int
  ) -> Int? {
    var terms = [(variable: first, coefficient: 1.0)]
    if case .expectedShortfall(let confidence) = measure {
      for s in 0..<loss.scenarioCount {
        terms.append((first + 1 + s, loss.probability(of: s) / (1 - confidence)))
      }
    }
    var limit = 0.0
    switch (role, measure) {
    case (.objective(let weight), _):
      for term in terms { lifted.linearCost[term.variable] += weight * term.coefficient }
      return nil
    case (.epigraph, .worstCase): return nil
    case (.epigraph(let variable), _): terms.append((variable, -1))
    case (.limit(let value), _): limit = value
    }
    let row = SparseMatrix(
      rows: 1, columns: lifted.variableCount,
      triplets: terms.map { Triplet(row: 0, column: $0.variable, value: $0.coefficient) })
    lifted.constrain(row, atMost: [limit])
    return lifted.inequalityCount - 1
  }
}

extension QuadraticProgram {
  /// The program with free variables after its own, without cost where none is given.
  func widened(to count: Int, quadraticCost given: QuadraticCost? = nil) -> QuadraticProgram {
    let added = count - variableCount
    let cost = quadraticCost.map { cost in
      switch cost {
      case .dense(let matrix):
        QuadraticCost.sparse(SparseMatrix(matrix).widened(by: added, rows: added))
      case .sparse(let matrix): QuadraticCost.sparse(matrix.widened(by: added, rows: added))
      }
    }
    var result = QuadraticProgram(
      quadraticCost: given ?? cost, linearCost: linearCost + [Double](repeating: 0, count: added))
    result.objectiveConstant = objectiveConstant
    if equalityCount > 0 {
      result.constrain(equalityMatrix.widened(by: added), equalTo: equalityValues)
    }
    if inequalityCount > 0 {
      result.constrain(
        inequalityMatrix.widened(by: added), atLeast: inequalityLower, atMost: inequalityUpper)
    }
    result.coneMatrix = coneMatrix.widened(by: added)
    (result.coneOffsets, result.coneRows) = (coneOffsets, coneRows)
    result.bound(
      atLeast: lowerBounds + [Double](repeating: -.infinity, count: added),
      atMost: upperBounds + [Double](repeating: .infinity, count: added))
    return result
  }
}

extension SparseMatrix {
  /// The matrix with empty columns, and rows, after its own.
  package func widened(by added: Int, rows more: Int = 0) -> SparseMatrix {
    SparseMatrix(
      uncheckedRows: rows + more, columns: columns + added,
      columnStarts: columnStarts + [Int](repeating: entryCount, count: added),
      rowIndices: rowIndices, values: values)
  }
}
