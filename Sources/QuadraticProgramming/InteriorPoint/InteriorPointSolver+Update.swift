extension InteriorPointSolver {
  /// Replaces the linear cost c; the work space is kept.
  ///
  /// - Parameter linearCost: An entry per variable.
  /// - Throws: ``ProblemError/notFinite(part:row:column:value:)``; the solver is then unchanged.
  public mutating func update(linearCost: [Double]) throws(ProblemError) {
    requireCount(linearCost, problem.variableCount, "variable")
    try QuadraticProgram.requireFinite(linearCost, .linearCost)
    problem.linearCost = linearCost
    form.load(CanonicalProgram(problem))
    system.load(form)
  }

  /// Replaces right-hand sides and bounds; what is not given stays. The work space is kept unless a
  /// side appears, disappears, or meets its opposite.
  ///
  /// - Throws: ``ProblemError/notFinite(part:row:column:value:)``; the solver is then unchanged.
  public mutating func update(
    equalityValues: [Double]? = nil, inequalityLower: [Double]? = nil,
    inequalityUpper: [Double]? = nil, lowerBounds: [Double]? = nil, upperBounds: [Double]? = nil,
    coneOffsets: [Double]? = nil
  ) throws(ProblemError) {
    var new = problem
    if let equalityValues {
      requireCount(equalityValues, problem.equalityCount, "equality")
      new.equalityValues = equalityValues
    }
    if let inequalityLower {
      requireCount(inequalityLower, problem.inequalityCount, "inequality")
      new.inequalityLower = inequalityLower
    }
    if let inequalityUpper {
      requireCount(inequalityUpper, problem.inequalityCount, "inequality")
      new.inequalityUpper = inequalityUpper
    }
    if let coneOffsets {
      requireCount(coneOffsets, problem.coneOffsets.count, "row of the cones")
      new.coneOffsets = coneOffsets
    }
    new.bound(atLeast: lowerBounds, atMost: upperBounds)
    try new.requireFiniteSides()
    let samePattern = new.sidePattern == problem.sidePattern
    problem = new
    if samePattern {
      form.load(CanonicalProgram(problem))
    } else {
      form = StandardForm(problem)
      iterate = Iterate(form)
      best = Iterate(form)
      residuals = Residuals(form)
      direction = SearchDirection(form, tolerance: settings.tolerance)
      system = KKTSystem(form, Self.factorization(for: form, settings.factorization))
    }
    system.load(form)
  }

  private func requireCount(_ vector: [Double], _ count: Int, _ unit: String) {
    precondition(
      vector.count == count, "An update needs an entry per \(unit): \(count), not \(vector.count).")
  }
}

extension QuadraticProgram {
  /// What of each row and bound is finite or equal: 0 none, 1 below, 2 above, 3 both, 4 equal.
  fileprivate var sidePattern: [Int8] {
    func kinds(_ lower: [Double], _ upper: [Double]) -> [Int8] {
      zip(lower, upper).map { l, u in
        l == u ? 4 : (l > -.infinity ? 1 : 0) + (u < .infinity ? 2 : 0)
      }
    }
    return kinds(inequalityLower, inequalityUpper) + kinds(lowerBounds, upperBounds)
  }
}
