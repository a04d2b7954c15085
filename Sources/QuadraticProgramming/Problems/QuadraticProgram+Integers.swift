extension QuadraticProgram {
  /// Restricts variables to whole values, those of earlier calls included.
  ///
  /// Such a program is solved by ``BranchAndBound``; ``solve(_:observe:)`` refuses it.
  public mutating func restrictToIntegers(_ variables: some Sequence<Int>) {
    integerVariables.formUnion(checked(variables))
  }

  /// Makes variables semicontinuous: zero or within their bounds. Earlier ones stay so.
  ///
  /// Such a program is solved by ``BranchAndBound``; ``solve(_:observe:)`` refuses it.
  public mutating func makeSemicontinuous(_ variables: some Sequence<Int>) {
    semicontinuousVariables.formUnion(checked(variables))
  }

  /// Whether some variable is integer or semicontinuous.
  public var isDiscrete: Bool { !integerVariables.isEmpty || !semicontinuousVariables.isEmpty }

  var discreteCount: Int { integerVariables.union(semicontinuousVariables).count }

  /// The program without its integers: every variable takes any value of its bounds, which are
  /// extended to zero for semicontinuous ones. Its optimum is a lower bound.
  public var relaxation: QuadraticProgram {
    var relaxation = self
    relaxation.integerVariables = []
    relaxation.semicontinuousVariables = []
    var (lower, upper) = (lowerBounds, upperBounds)
    for j in semicontinuousVariables {
      (lower[j], upper[j]) = lower[j] <= upper[j] ? (min(0, lower[j]), max(0, upper[j])) : (0, 0)
    }
    relaxation.bound(atLeast: lower, atMost: upper)
    return relaxation
  }

  private func checked(_ variables: some Sequence<Int>) -> Set<Int> {
    let variables = Set(variables)
    precondition(
      variables.allSatisfy((0..<variableCount).contains),
      "The program has variables from 0 to \(variableCount - 1) only.")
    return variables
  }
}
