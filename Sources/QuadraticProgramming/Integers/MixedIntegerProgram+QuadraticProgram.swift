internal import LinearAlgebra

extension MixedIntegerProgram {
  /// A quadratic program with its integers and semicontinuous variables, variable for variable: an
  /// integer has a lot of one, a semicontinuous variable the nearer of its bounds as minimum size.
  ///
  /// Rows are those of A, then those of G; the program must not have second-order cones. O(n² + mn),
  /// since the data become dense.
  public init(_ program: QuadraticProgram) {
    precondition(
      program.coneRowCount == 0, "A mixed-integer program cannot hold second-order cones.")
    let n = program.variableCount
    self.init(
      quadraticCost: program.quadraticCost?.matrix ?? Matrix(rows: n, columns: n),
      linearCost: program.linearCost)
    objectiveConstant = program.objectiveConstant
    if program.equalityCount > 0 {
      constrain(
        Matrix(program.equalityMatrix), atLeast: program.equalityValues,
        atMost: program.equalityValues)
    }
    if program.inequalityCount > 0 {
      var rows = Matrix(program.inequalityMatrix)
      for block in program.inequalityBlocks {
        for (k, j) in block.columns.enumerated() {
          for (r, i) in block.rows.enumerated() { rows[i, j] += block.matrix[r, k] }
        }
      }
      constrain(rows, atLeast: program.inequalityLower, atMost: program.inequalityUpper)
    }
    let relaxation = program.relaxation
    bound(atLeast: relaxation.lowerBounds, atMost: relaxation.upperBounds)
    requireMinimumSizes(
      (0..<n).map { j in
        guard program.semicontinuousVariables.contains(j) else { return 0 }
        let (l, u) = (program.lowerBounds[j], program.upperBounds[j])
        return l <= u ? max(0, l, -u) : 0
      })
    requireLots((0..<n).map { program.integerVariables.contains($0) ? 1 : 0 })
  }
}

extension BranchAndBound {
  /// The best point of a quadratic program with integer or semicontinuous variables, and a proven
  /// bound.
  ///
  /// Binaries b that only count which variables h are not zero,
  ///
  ///     −lᵢ bᵢ ≤ hᵢ ≤ uᵢ bᵢ,   Σ bᵢ ≤ k,
  ///
  /// are recognised and replaced by a limit on the number of nonzeros, which is far quicker than
  /// branching over b; the point that is returned has them again.
  ///
  /// - Complexity: Exponential in the worst case; a node takes O(n³).
  /// - Throws: ``MixedIntegerProgramError`` for data that is no convex program.
  public func solve(
    _ program: QuadraticProgram, observer: Observer? = nil
  ) throws(MixedIntegerProgramError) -> Outcome {
    do { try program.validateData() } catch { throw .program(error) }
    if program.coneRowCount > 0 { throw .secondOrderCones(count: program.coneRows.count) }
    guard let counted = CountedProgram(program) else {
      return try solve(MixedIntegerProgram(program), observer: observer)
    }
    do {
      let outcome = try solve(counted.program, observer: observer)
      return Outcome(
        status: outcome.status, x: outcome.x.map(counted.expand), objective: outcome.objective,
        bound: outcome.bound, nodes: outcome.nodes, seconds: outcome.seconds)
    } catch .unbounded(let variable) {
      throw .unbounded(variable: counted.kept[variable])
    }
  }
}
